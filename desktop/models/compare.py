"""Two models side by side on one prompt: two columns that stream, with how long each took.

If memory holds only one they answer one after the other, and a sentence says so. Nothing of it becomes a chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QTextCursor
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from desktop.bridge import Job
from desktop.context import Context
from desktop.dialogs.base import Dialog, text_label
from desktop.errors import sentence_of
from desktop.look.tokens import FONT_SMALL
from desktop.models.words import THIN, number, size, speed
from desktop.operations import models as operations

if TYPE_CHECKING:
    from engine.models_face import ModelEntry

SIZE = (860, 620)
# Pixels at 100 % under which the columns stand below each other.
NARROW = 600
# Text is shown at most so often.
SHOW_MS = 50


class Answer(QFrame):
    """One column: which model, what it says, how fast."""

    def __init__(self, context: Context, entries: Sequence[ModelEntry], source: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._held: list[str] = []
        self.job: Job | None = None
        self.setProperty("look", "card")
        self.model = QComboBox(self)
        self.model.setAccessibleName(self.tr("Model"))
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.model.setMinimumContentsLength(12)
        for entry in entries:
            self.model.addItem(entry.name, entry.source)
        self.model.setCurrentIndex(max(0, self.model.findData(source)))
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setProperty("look", "plain")
        self.text.setTabChangesFocus(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByKeyboard | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self.text.setAccessibleName(self.tr("What it says"))
        self.said = QLabel(self)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setProperty("look", "muted")
        self.said.setWordWrap(True)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self.model)
        self._layout.addWidget(self.text, 1)
        self._layout.addWidget(self.said)
        self._showing = QTimer(self, singleShot=True, interval=SHOW_MS, timeout=self._show_held)
        context.theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def source(self) -> str:
        return str(self.model.currentData() or "")

    def begin(self, words: str = "") -> None:
        """Forget what was said before."""
        self._held.clear()
        self.text.clear()
        self.said.setText(words)

    def take(self, item: dict[str, Any]) -> None:
        """Show an item of `try_prompt`."""
        if item["kind"] == "text":
            self._held.append(item["text"])
            if not self._showing.isActive():
                self._showing.start()
        elif item["kind"] == "state":
            self.said.setText(self.tr("Loading…") if item["state"] == "loading" else self.tr("Reading the question…"))
        elif item["kind"] == "done":
            self._show_held()
            self.said.setText(self._figures(item))

    def fail(self, error: Exception) -> None:
        """Say why there is no answer, in the place of it."""
        self._show_held()
        self.said.setText(sentence_of(error))

    def _figures(self, done: dict[str, Any]) -> str:
        parts = [
            self.tr("{n} tokens").format(n=number(done["n_generated"])),
            speed(done["tokens_per_s"]),
            self.tr("first word after {n}").format(n=f"{number(done['first_ms'] / 1000, 1)}{THIN}s"),
        ]
        if done["reason"] == "length":
            parts.append(self.tr("cut at the longest length"))
        return " · ".join(parts)

    def _show_held(self) -> None:
        if not self._held:
            return
        bar = self.text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText("".join(self._held))
        self._held.clear()
        self.said.setText(self.tr("Writing…"))
        if at_end:
            bar.setValue(bar.maximum())

    def _on_theme_changed(self) -> None:
        px = self._context.theme.px
        self.said.setFont(self._context.theme.font(FONT_SMALL))
        self._layout.setContentsMargins(px(12), px(12), px(12), px(12))
        self._layout.setSpacing(px(8))
        self.text.setMinimumHeight(px(96))


class CompareDialog(Dialog):
    """A question and two answers.

    Args:
        entries: models that can be compared.
        source: the first one; the second is the next that is there.
    """

    def __init__(self, context: Context, entries: Sequence[ModelEntry], source: str) -> None:
        super().__init__(context, QCoreApplication.translate("CompareDialog", "Compare two models"), SIZE)
        other = next((e.source for e in entries if e.source != source), source)
        self.prompt = QPlainTextEdit(self)
        self.prompt.setPlaceholderText(self.tr("Ask both the same…"))
        self.prompt.setAccessibleName(self.tr("Question for both"))
        self.prompt.setProperty("look", "input")
        self.prompt.setTabChangesFocus(True)
        self.prompt.textChanged.connect(self._show_buttons)
        self.run = QPushButton(self.tr("Ask both"), self)
        self.run.setProperty("look", "primary")
        self.run.setDefault(True)
        self.run.clicked.connect(self._on_run)
        self._plan = text_label("", self, "muted")
        page = QWidget(self)
        page.setProperty("look", "page")
        self.answers = [Answer(context, entries, each, page) for each in (source, other)]
        self._columns = QHBoxLayout()
        for answer in self.answers:
            self._columns.addWidget(answer, 1)
            answer.model.currentIndexChanged.connect(self._look)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(page)
        self._row = QHBoxLayout()
        self._row.addWidget(self._plan, 1)
        self._row.addWidget(self.run, 0, Qt.AlignmentFlag.AlignTop)
        self._page_layout = QVBoxLayout(page)
        self._page_layout.setContentsMargins(0, 0, 0, 0)
        self._page_layout.addWidget(self.prompt)
        self._page_layout.addLayout(self._row)
        self._page_layout.addLayout(self._columns, 1)
        self.body.addWidget(self._scroll, 1)
        self._together = True
        self._waiting: list[Answer] = []
        context.theme.changed.connect(self._arrange)
        self._arrange()
        self._show_buttons()
        self._look()
        self.setAccessibleName(self.windowTitle())
        self.prompt.setFocus()

    @property
    def is_running(self) -> bool:
        """Whether one of them still answers or waits for the other."""
        return bool(self._waiting) or any(a.job is not None and a.job.is_running for a in self.answers)

    def done(self, result: int) -> None:
        """Closing it stops both."""
        self._stop()
        super().done(result)

    def _look(self) -> None:
        """Say before whether both can be in memory."""
        sources = [answer.source for answer in self.answers]
        if all(sources) and not self.is_running:
            operations.plan_comparison(self.context, sources, self._show_plan, failed=self._on_failed, owner=self)

    def _show_plan(self, together: bool, needed: int, free: int) -> None:
        same = len({answer.source for answer in self.answers}) < len(self.answers)
        self._together = together and not same
        if same:
            words = self.tr("Both sides have the same model; choose another on one of them.")
        elif not needed:
            words = ""
        elif together:
            words = self.tr("Both fit into memory at once: they need {needed}, {free} are free.")
        else:
            words = self.tr("They answer one after the other: together they need {needed}, {free} are free.")
        self._plan.setText(words.format(needed=size(needed), free=size(free)))

    def _on_failed(self, error: Exception) -> None:
        self._plan.setText(sentence_of(error))

    def _on_run(self) -> None:
        if self.is_running:
            self._stop()
            return
        self._waiting = list(self.answers)
        for answer in self.answers:
            answer.begin(self.tr("Waits for the other one…"))
        self._next()
        if self._together:
            self._next()
        self._show_buttons()
        # In a narrow dialog the answers stand below the question.
        self._scroll.ensureWidgetVisible(self.answers[0], 0, 0)

    def _next(self) -> None:
        """Ask the next one that waits."""
        if not self._waiting:
            self._show_buttons()
            return
        answer = self._waiting.pop(0)
        answer.begin()
        answer.job = operations.try_model(
            self.context,
            answer.source,
            self.prompt.toPlainText(),
            answer.take,
            lambda: None,
            failed=answer.fail,
            owner=self,
        )
        answer.job.ended.connect(lambda: self._on_ended(answer))

    def _on_ended(self, answer: Answer) -> None:
        if not isValid(self):
            return
        if self._waiting and not self._together:
            # Its memory is for the other one.
            operations.release_quietly(self.context, answer.source, self._next, owner=self)
        else:
            # When the job is over, which it is not quite while it tells its end.
            QTimer.singleShot(0, self, self._show_buttons)

    def _stop(self) -> None:
        waiting, self._waiting = self._waiting, []
        for answer in waiting:
            answer.said.clear()
        for answer in self.answers:
            if answer.job is not None and answer.job.is_running:
                answer.job.cancel()
                answer.said.setText(self.tr("Stopped"))
        self._show_buttons()

    def _show_buttons(self) -> None:
        running = self.is_running
        self.run.setText(self.tr("Stop") if running else self.tr("Ask both"))
        self.run.setEnabled(running or bool(self.prompt.toPlainText().strip()))
        for answer in self.answers:
            answer.model.setEnabled(not running)

    # Fitting

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        px = self.context.theme.px
        narrow = self.width() < px(NARROW)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._columns.setDirection(down if narrow else across)
        self._columns.setSpacing(px(12))
        self._page_layout.setSpacing(px(12))
        self._row.setDirection(down if narrow else across)
        self.prompt.setFixedHeight(px(72))
