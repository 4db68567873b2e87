"""The chosen row in full: verdict with its sum, where it is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from desktop.chat.turn import is_local
from desktop.chat.words import tip
from desktop.context import Context
from desktop.look.tokens import FONT_LARGE, FONT_SMALL
from desktop.models.room_bar import RoomBar
from desktop.models.words import facts, number, short_verdict, speed, sum_words, verdict
from desktop.operations import models as operations
from desktop.operations.models import state_words

if TYPE_CHECKING:
    from engine.models_face import ModelEntry


class ElidedLabel(QLabel):
    """A path on one line, cut in the middle; the whole of it is the tooltip."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_whole(self, words: str) -> None:
        """Show as much of this as there is room for."""
        self._whole = words
        self.setToolTip(tip(words))
        self.setAccessibleName(words)
        self._cut()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._cut()

    def _cut(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, self.width()))


class ModelDetail(QFrame):
    """A card under the list, or in the side sheet.

    Signals:
        compare_asked(source): this model shall be compared with another.
    """

    compare_asked = Signal(str)

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._entry: ModelEntry | None = None
        self.setProperty("look", "card")
        self._name, self._state = QLabel(self), QLabel(self)
        self._words, self._facts, self._place = QLabel(self), QLabel(self), ElidedLabel(self)
        self._sum, self._note = QLabel(self), QLabel(self)
        for label in (self._name, self._words, self._facts, self._sum, self._note):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        for label in (self._facts, self._place, self._state, self._sum):
            label.setProperty("look", "muted")
        self._note.setProperty("look", "warning")
        self._bar = RoomBar(context.theme, self)
        self._build_buttons()
        head = QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self._state, 0, Qt.AlignmentFlag.AlignTop)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(head)
        for widget in (self._words, self._note, self._bar, self._sum, self._facts, self._place):
            self._layout.addWidget(widget)
        self._layout.addLayout(self._buttons)
        context.theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _build_buttons(self) -> None:
        context = self._context
        self.use = QPushButton(self.tr("Use"), self)
        self.use.setProperty("look", "primary")
        self.use.clicked.connect(lambda: self.use_shown())
        self.anyway = QPushButton(self.tr("Use anyway"), self)
        self.anyway.setToolTip(self.tr("The sum is an estimate. If it is right, the computer becomes very slow."))
        self.anyway.clicked.connect(lambda: self.use_shown(anyway=True))
        self.load = QPushButton(self.tr("Load"), self)
        self.load.setToolTip(self.tr("Put it into memory now, so that nothing waits for it later."))
        self.load.clicked.connect(lambda: self._do(lambda e: operations.load_model(context, e.source, e.name)))
        self.unload = QPushButton(self.tr("Unload"), self)
        self.unload.setToolTip(self.tr("Give its memory back now; the next question loads it again."))
        self.unload.clicked.connect(lambda: self._do(lambda e: operations.unload_model(context, e.source)))
        self.compare = QPushButton(self.tr("Compare…"), self)
        self.compare.setToolTip(self.tr("Ask this model and another one the same, side by side."))
        self.compare.clicked.connect(lambda: self._do(lambda e: self.compare_asked.emit(e.source)))
        self.show_file = QPushButton(self.tr("Show file"), self)
        self.show_file.clicked.connect(lambda: self._do(lambda e: operations.show_in_folder(e.path)))
        self.more = QPushButton(self.tr("More about it"), self)
        self.more.clicked.connect(lambda: self._do(self._show_more))
        self.remove = QPushButton(self.tr("Take out of the list"), self)
        self.remove.clicked.connect(lambda: self._do(lambda e: operations.remove_source(context, e.source, e.name)))
        self.delete = QPushButton(self.tr("Delete"), self)
        self.delete.setToolTip(self.tr("Delete its file; it can be undone for a day, then the space is free."))
        self.delete.clicked.connect(lambda: self._do(lambda e: operations.delete_model(context, e.source)))
        self._buttons = QHBoxLayout()
        for button in (
            self.use, self.anyway, self.load, self.unload, self.compare, self.show_file, self.more, self.remove,
            self.delete,
        ):  # fmt: skip
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)

    def show_entry(self, entry: ModelEntry | None) -> None:
        """Show a model; hidden without one."""
        self._entry = entry
        self.setVisible(entry is not None)
        if entry is None:
            return
        self.setAccessibleName(entry.name)
        self._name.setText(entry.name)
        is_new = entry.state != "asleep" or entry.chosen
        self._state.setText(state_words(entry.state, entry.loaded_share) if is_new and not entry.problem else "")
        self._words.setText(self._sentence(entry))
        colour = short_verdict(entry)[1]
        self._words.setProperty("look", colour if colour in ("danger", "warning") else "")
        self._words.style().polish(self._words)
        plan = entry.plan if entry.source != "guide" else None
        self._bar.show_plan(plan)
        self._sum.setText(sum_words(plan) if plan is not None else "")
        self._sum.setVisible(plan is not None)
        self._note.setText("\n".join(filter(None, (entry.note, entry.template_note))))
        self._note.setVisible(bool(self._note.text()))
        lines = [" · ".join(self._all_facts(entry)), entry.calibration]
        self._facts.setText("\n".join(line for line in lines if line))
        self._place.show_whole(entry.path)
        self._place.setVisible(entry.source != "guide")
        self._show_buttons(entry)

    def use_shown(self, *, anyway: bool = False) -> None:
        """Have questions go to the model that is shown, if it can be used and does not already."""
        if self._entry is not None and not self._entry.chosen and _is_usable(self._entry):
            # Chosen anew it is used whole, whatever it was reduced to after a crash.
            operations.use_model(self._context, self._entry.source, anyway=anyway, n_ctx=0)

    def _do(self, act: Callable[[ModelEntry], object]) -> None:
        if self._entry is not None:
            act(self._entry)

    def _show_more(self, entry: ModelEntry) -> None:
        def show(markdown: str) -> None:
            page = QTextBrowser()
            page.setProperty("look", "prose")
            page.setOpenLinks(False)
            page.setAccessibleName(entry.name)
            page.setMarkdown(markdown)
            self._context.frame.show_sheet(page, entry.name)

        operations.show_model(self._context, entry.source, show, owner=self)

    def _sentence(self, entry: ModelEntry) -> str:
        if entry.problem:
            return entry.problem
        if entry.source == "guide":
            return self.tr(
                "Finds, quotes, remembers and calculates; it writes nothing of its own. For writing, summing up and "
                "general questions use a larger model."
            )
        if entry.plan is None:
            if is_local(entry.path):
                return self.tr("A server on this computer runs it; what you ask stays here.")
            return self.tr("What you ask travels to this server. Nothing is loaded here.")
        words = verdict(entry.plan)
        if entry.plan.tokens_per_s:
            how = (
                self.tr("It wrote {speed} here.")
                if entry.plan.measured
                else self.tr("It should write about {speed} here.")
            )
            words += " " + how.format(speed=speed(entry.plan.tokens_per_s))
        return words

    def _all_facts(self, entry: ModelEntry) -> list[str]:
        words = facts(entry)
        if entry.plan is not None and entry.plan.tokens_per_s:
            words.pop()
        if entry.architecture and entry.source != "guide":
            words.insert(1, entry.architecture)
        if entry.n_ctx_train:
            words.append(self.tr("reads up to {n} tokens").format(n=number(entry.n_ctx_train)))
        return words

    def _show_buttons(self, entry: ModelEntry) -> None:
        too_large = entry.plan is not None and entry.plan.verdict == "too_large" and entry.source != "guide"
        usable = _is_usable(entry)
        chosen = self.tr("Chosen") if entry.problem else self.tr("Answers now")
        self.use.setText(chosen if entry.chosen else self.tr("Use"))
        self.use.setEnabled(not entry.chosen)
        self.use.setVisible(usable and not too_large)
        self.anyway.setVisible(usable and too_large and not entry.chosen)
        is_file = usable and entry.place not in ("server", "guide")
        self.load.setVisible(is_file and entry.state in ("asleep", "problem") and not too_large)
        self.compare.setVisible(usable and entry.source != "guide" and not too_large)
        self.delete.setVisible(entry.own)
        self.unload.setVisible(entry.state in ("ready", "thinking") and entry.place != "server")
        self.unload.setEnabled(entry.state == "ready")
        self.show_file.setVisible(entry.place not in ("server", "guide"))
        self.more.setVisible(entry.place != "server" and usable)
        self.remove.setVisible(entry.place == "server")
        self.remove.setEnabled(not entry.chosen)
        self.remove.setToolTip(self.tr("Questions go to it; choose another model first.") if entry.chosen else "")

    def set_narrow(self, narrow: bool) -> None:
        """Narrow: the buttons stand below each other."""
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._buttons.setDirection(down if narrow else across)

    def _on_theme_changed(self) -> None:
        theme = self._context.theme
        self._name.setFont(theme.font(FONT_LARGE, bold=True))
        for label in (self._facts, self._place, self._state, self._sum, self._note):
            label.setFont(theme.font(FONT_SMALL))
        self._layout.setContentsMargins(theme.px(16), theme.px(12), theme.px(16), theme.px(14))
        self._layout.setSpacing(theme.px(6))
        self._buttons.setSpacing(theme.px(8))
        self._buttons.setContentsMargins(0, theme.px(6), 0, 0)


def _is_usable(entry: ModelEntry) -> bool:
    """Whether questions can go to it: a server's last problem may be over, a broken file stays broken."""
    return not entry.problem or entry.plan is not None or entry.place == "server"
