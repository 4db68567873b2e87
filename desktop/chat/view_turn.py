"""One turn on the page: what all turns share, and the person's words in their tinted block."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.chat import words
from desktop.chat.markdown import parse_plain
from desktop.chat.prose import ProseView
from desktop.chat.turn import TurnData
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL

# More of what a person wrote is folded: a paste of a megabyte is not laid out.
FOLDED_CHARACTERS = 3000
UNFOLDED_CHARACTERS = 100_000
# The widest of the first lines gives the block its width.
_MEASURED_LINES = 60
# The person's block is at most this part of the width.
_SHARE = 0.85


class TurnView(QFrame):
    """A region that takes the focus as a whole; its parts are reached with Tab while it has it.

    Signals:
        resized: its height may be another.
        acted(name): an action of this turn was chosen: copy, edit, again, memories, menu, model.
        cite_asked(number), cite_pointed(number, rect), link_asked(address): as in `ProseView`.
        entered: it got the focus.
    """

    resized = Signal()
    acted = Signal(str)
    cite_asked = Signal(int)
    cite_pointed = Signal(int, QRect)
    link_asked = Signal(str)
    entered = Signal()

    def __init__(self, data: TurnData, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data, self._theme = data, theme
        self.is_current = False
        self._horizon: QLabel | None = None
        self.setProperty("look", "turn-region")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._layout = QVBoxLayout(self)
        px = theme.px
        self._layout.setContentsMargins(px(10), px(6), px(10), px(2))
        self._layout.setSpacing(px(6))

    def height_for(self, width: int) -> int:
        """How tall it is at a width."""
        return self._layout.totalHeightForWidth(width) if self._layout.hasHeightForWidth() else self.sizeHint().height()

    def refresh(self) -> None:
        """Show the data as they are now."""
        self.setAccessibleName(words.turn_name(self.data))
        self.set_current(self.is_current)
        self.resized.emit()

    def show_horizon(self, shown: bool) -> None:
        """Say above this turn that the model no longer sees what is before it."""
        if shown and self._horizon is None:
            self._horizon = label(self, self._theme)
            self._horizon.setText(self.tr("The model no longer sees what is above this line."))
            self._horizon.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self._layout.insertWidget(0, self._horizon)
        if self._horizon is not None:
            self._horizon.setVisible(shown)

    def text_views(self) -> list[ProseView]:
        """The views whose text can be searched, in order."""
        return self.findChildren(ProseView)

    def set_current(self, current: bool) -> None:
        """The current turn is the one that Tab goes into."""
        self.is_current = current
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if current else Qt.FocusPolicy.ClickFocus)
        inner = Qt.FocusPolicy.StrongFocus if current else Qt.FocusPolicy.ClickFocus
        for kind in (QAbstractButton, QTextBrowser):
            for widget in self.findChildren(kind):
                widget.setFocusPolicy(inner)

    def copy(self) -> None:
        """Edit → Copy while the turn as a whole has the focus."""
        self.acted.emit("copy")

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.resized.emit()
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        reasons = (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        self._set_ring(event.reason() not in reasons)
        super().focusInEvent(event)
        self.entered.emit()

    def _set_ring(self, seen: bool) -> None:
        """The ring is for who moves with keys; a click shows by itself where it was."""
        if seen != bool(self.property("ring")):
            self.setProperty("ring", seen)
            self.style().unpolish(self)
            self.style().polish(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        menu = event.key() == Qt.Key.Key_Menu or (
            event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        )
        if menu:
            self.acted.emit("menu")
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.acted.emit("menu")

    def _listen(self, view: ProseView) -> None:
        view.cite_asked.connect(self.cite_asked)
        view.cite_pointed.connect(self.cite_pointed)
        view.link_asked.connect(self.link_asked)


class ActionRow(QWidget):
    """Small buttons that are seen while the pointer or the focus is on their turn; their place is always kept."""

    chosen = Signal(str)

    def __init__(self, turn: TurnView, theme: Theme, *, right: bool = False) -> None:
        """Args:
        right: stand at the right side, the words outermost.
        """
        super().__init__(turn)
        self._turn = turn
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.px(2))
        self._theme = theme
        self.said = QLabel(self)
        self.said.setProperty("look", "muted")
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setFont(theme.font(FONT_SMALL))
        if right:
            self._layout.addStretch(1)
        self._layout.addWidget(self.said)
        if not right:
            self._layout.addStretch(1)
        # Made when they are first seen: most turns of a long chat are only scrolled past.
        self._declared: dict[str, tuple[str, str]] = {}
        self._buttons: dict[str, QToolButton] = {}
        self._names: set[str] = set()
        # A button with its ring, at every zoom.
        self.setFixedHeight(theme.px(32))
        turn.installEventFilter(self)

    def add(self, name: str, icon: str, text: str) -> None:
        """A button that emits `chosen(name)`."""
        self._declared[name] = (icon, text)

    def show_only(self, names: set[str]) -> None:
        """Which buttons there are for this turn."""
        self._names = names
        self._update_visible()

    def _make(self) -> None:
        for name, (icon, text) in self._declared.items():
            button = QToolButton(self)
            button.setAccessibleName(text)
            button.setToolTip(text)
            button.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            self._theme.bind_icon(button, icon)
            button.installEventFilter(self)
            self._buttons[name] = button
            # At the right side the words are outermost.
            self._layout.insertWidget(self._layout.count() - 1, button)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        kinds = (QEvent.Type.Enter, QEvent.Type.Leave, QEvent.Type.FocusIn, QEvent.Type.FocusOut)
        if event.type() in kinds:
            self._update_visible(left=event.type() == QEvent.Type.Leave and watched is self._turn)
        return False

    def _update_visible(self, left: bool = False) -> None:
        focused = self._turn.window().focusWidget() if self._turn.window() else None
        inside = focused is not None and (focused is self._turn or self._turn.isAncestorOf(focused))
        seen = inside or (self._turn.underMouse() and not left)
        if seen and not self._buttons:
            self._make()
            self._turn.set_current(self._turn.is_current)
        for name, button in self._buttons.items():
            button.setVisible(seen and name in self._names)


class PersonTurn(TurnView):
    """What the person wrote."""

    def __init__(self, data: TurnData, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(data, theme, parent)
        px = theme.px
        self._bubble = QFrame(self)
        self._bubble.setProperty("look", "turn")
        inside = QVBoxLayout(self._bubble)
        # The lines are taller than their letters, which stand at their top.
        inside.setContentsMargins(px(14), px(10), px(14), px(5))
        inside.setSpacing(px(4))
        self._text = ProseView(theme, self._bubble)
        self._text.setAccessibleName(self.tr("Your words"))
        self._listen(self._text)
        inside.addWidget(self._text)
        self._more = QPushButton(self.tr("Show all"), self._bubble)
        self._more.setProperty("look", "link")
        self._more.clicked.connect(self._on_more)
        inside.addWidget(self._more)
        self._files = QLabel(self._bubble)
        self._files.setTextFormat(Qt.TextFormat.PlainText)
        self._files.setProperty("look", "muted")
        self._files.setFont(theme.font(FONT_SMALL))
        self._files.setWordWrap(True)
        inside.addWidget(self._files)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._bubble)
        self._layout.addLayout(row)
        self.row = ActionRow(self, theme, right=True)
        self.row.add("copy", "copy", self.tr("Copy"))
        self.row.add("edit", "edit", self.tr("Edit and ask again"))
        self.row.chosen.connect(self.acted)
        self._layout.addWidget(self.row)
        self._layout.setContentsMargins(px(10), px(10), px(10), 0)
        self._ideal, self._shown = 0, data.text
        self._show(data.text[:FOLDED_CHARACTERS])
        self.refresh()

    def refresh(self) -> None:
        names = [path.replace("\\", "/").rsplit("/", 1)[-1] for path in self.data.files]
        self._files.setText(self.tr("With {files}").format(files=", ".join(names)))
        self._files.setVisible(bool(names))
        if self._shown != self.data.text:
            self._shown = self.data.text
            self._show(self._shown[:FOLDED_CHARACTERS])
        self.row.said.setText(words.at_time(self.data.created_ms))
        self.row.show_only({"copy", "edit"} if self.data.id else {"copy"})
        super().refresh()

    def height_for(self, width: int) -> int:
        px = self._theme.px
        padding = self._bubble.layout().contentsMargins()
        frame = padding.left() + padding.right() + 2
        room = int((width - px(20)) * _SHARE)
        files = QFontMetrics(self._files.font()).horizontalAdvance(self._files.text()) if self.data.files else 0
        self._bubble.setFixedWidth(max(min(room, max(self._ideal, files + 2, px(24)) + frame), 1))
        return super().height_for(width)

    def _show(self, text: str) -> None:
        self._text.writer.clear()
        for block in parse_plain(text):
            self._text.writer.append(block)
        self._text.writer.close_lines()
        self._more.setVisible(len(text) < min(len(self.data.text), UNFOLDED_CHARACTERS))
        metrics = QFontMetrics(self._theme.font())
        lines = text.splitlines()[:_MEASURED_LINES]
        self._ideal = max((metrics.horizontalAdvance(line[:500]) for line in lines), default=0) + self._theme.px(4)

    def _on_more(self) -> None:
        self._show(self.data.text[:UNFOLDED_CHARACTERS])
        self.resized.emit()


def label(parent: QWidget, theme: Theme, look: str = "muted") -> QLabel:
    """A line of plain words that wraps."""
    found = QLabel(parent)
    found.setProperty("look", look)
    found.setTextFormat(Qt.TextFormat.PlainText)
    found.setWordWrap(True)
    found.setFont(theme.font(FONT_SMALL))
    found.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return found
