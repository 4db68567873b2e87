"""What appears at the foot of the main area: the undo bar and plain lines; one at a time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from desktop.look.theme import Theme
from desktop.look.tokens import UNDO_BAR_MS


class FootBar(QFrame):
    """A sentence with at most one button; it goes after ten seconds, later while pointer or focus is on it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self._act: Callable[[], None] | None = None
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._button = QPushButton(self)
        self._button.clicked.connect(self._on_act)
        self._close = QToolButton(self)
        self._close.setAccessibleName(self.tr("Close this line"))
        self._close.setToolTip(self.tr("Close this line"))
        self._close.clicked.connect(self.hide)
        theme.bind_icon(self._close, "close")
        layout = QHBoxLayout(self)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._button)
        layout.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)
        self.hide()

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
        self._timer.stop()
        if not stays:
            self._timer.start(UNDO_BAR_MS)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.start(UNDO_BAR_MS) if self._timer.isActive() else None
        super().enterEvent(event)

    def _on_act(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()

    def _on_timeout(self) -> None:
        if self.underMouse() or self.isAncestorOf(self.window().focusWidget() or self):
            self._timer.start(UNDO_BAR_MS)
        else:
            self.hide()
