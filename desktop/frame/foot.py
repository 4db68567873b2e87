"""What appears at the foot of the main area: the undo bar and plain lines; one at a time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL, UNDO_BAR_MS

# Pixels at 100 %: words want this width beside a button; in a lower window they are small.
NARROW, LOW = 260, 320


class FootBar(QWidget):
    """A sentence with at most one button; it goes after ten seconds, later while pointer or focus is on it.

    Signals: toggled: it came or went.
    """

    toggled = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._act: Callable[[], None] | None = None
        self._card = QFrame(self)
        self._card.setProperty("look", "card")
        self._words = QLabel(self._card)
        # Sentences name chats and files: never read as markup.
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._button = QPushButton(self._card)
        self._button.clicked.connect(self._on_act)
        self._close = QToolButton(self._card)
        self._close.setAccessibleName(self.tr("Close this line"))
        self._close.setToolTip(self.tr("Close this line"))
        self._close.clicked.connect(self.close_line)
        theme.bind_icon(self._close, "close")
        self._grid = QGridLayout(self._card)
        self._grid.setColumnStretch(0, 1)
        self._is_narrow: bool | None = None
        self._outer = QVBoxLayout(self)
        self._outer.addWidget(self._card)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.hide()

    @property
    def sentence(self) -> str:
        """What it says."""
        return self._words.text()

    def show_line(
        self, sentence: str, button: str = "", act: Callable[[], None] | None = None, *, stays: bool = False
    ) -> None:
        """Show a sentence; `stays` keeps it until it is closed (errors)."""
        self._act = act
        self._words.setText(sentence)
        self.setAccessibleName(sentence)
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self.show()
        self._arrange()
        self._timer.stop()
        if not stays:
            self._timer.start(UNDO_BAR_MS)

    def close_line(self) -> None:
        """Take it away."""
        self._timer.stop()
        self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.toggled.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.toggled.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """The button beside the words; where that leaves them too little room, below."""
        px = self._theme.px
        beside = self._button.sizeHint().width() if not self._button.isHidden() else 0
        narrow = beside > 0 and self.width() - beside < px(NARROW)
        self._words.setFont(self._theme.font(FONT_SMALL if self.window().height() < px(LOW) else 1.0))
        if narrow == self._is_narrow:
            return
        self._is_narrow = narrow
        for widget in (self._words, self._button, self._close):
            self._grid.removeWidget(widget)
        top, left = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignLeft
        if narrow:
            self._grid.addWidget(self._words, 0, 0)
            self._grid.addWidget(self._close, 0, 1, top)
            self._grid.addWidget(self._button, 1, 0, 1, 2, left)
        else:
            self._grid.addWidget(self._words, 0, 0)
            self._grid.addWidget(self._button, 0, 1)
            self._grid.addWidget(self._close, 0, 2)

    def _on_act(self) -> None:
        self.close_line()
        if self._act is not None:
            self._act()

    def _on_timeout(self) -> None:
        focused = self.window().focusWidget()
        if self._card.underMouse() or (focused is not None and self.isAncestorOf(focused)):
            self._timer.start(UNDO_BAR_MS)
        else:
            self.hide()

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._outer.setContentsMargins(px(12), px(4), px(12), px(8))
        self._grid.setContentsMargins(px(12), px(6), px(8), px(6))
        self._grid.setHorizontalSpacing(px(8))
        self._grid.setVerticalSpacing(px(2))
        self._arrange()
