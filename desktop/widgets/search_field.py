"""The field above a list in which one types what is looked for."""

from __future__ import annotations

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
        # Qt's own action, which comes and goes with the text; its picture is of one colour in every palette.
        (self.clear_action,) = self.findChildren(QAction)
        self.clear_action.setText(self.tr("Clear"))
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _on_theme_changed(self) -> None:
        self.clear_action.setIcon(self._theme.icon("close"))
