"""The field above a list in which one types what is looked for."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.look.theme import Theme


class SearchField(QLineEdit):
    """A line of text that says what it searches, with a cross to clear it.

    Args:
        hint: what is searched; shown while it is empty.
        name: for screen readers, where the hint alone says too little.
    """

    def __init__(self, theme: Theme, hint: str, parent: QWidget, name: str = "") -> None:
        super().__init__(parent)
        self._theme = theme
        self.setPlaceholderText(hint)
        self.setAccessibleName(name or hint)
        self.setClearButtonEnabled(True)
        theme.changed.connect(self._paint_cross)
        self._paint_cross()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_theme"):
            # Qt makes its action anew for a new style.
            self._paint_cross()

    @property
    def cross(self) -> QAction | None:
        """Qt's own action, which comes and goes with the text; its picture is of one colour in every palette."""
        return self.findChild(QAction)

    def _paint_cross(self) -> None:
        if (cross := self.cross) is not None:
            cross.setIcon(self._theme.icon("close"))
            cross.setText(self.tr("Clear"))
