"""Cards: one figure large, what it is above, what it means below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.look.theme import Theme
from desktop.look.tokens import FONT_LARGE, FONT_SMALL


class FigureCard(QFrame):
    """A title, a figure, a line about it; the tooltip explains it."""

    def __init__(self, theme: Theme, title: str, explanation: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title_words = title
        self.setProperty("look", "card")
        self.setToolTip(explanation)
        self.setAccessibleDescription(explanation)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._title, self._figure, self._note = QLabel(title, self), QLabel("–", self), QLabel(self)
        for label in (self._title, self._figure, self._note):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setProperty("look", "muted")
        self._note.setProperty("look", "muted")
        self._note.setWordWrap(True)
        self._figure.setWordWrap(True)
        self._layout = QVBoxLayout(self)
        for label in (self._title, self._figure, self._note):
            self._layout.addWidget(label)
        self._layout.addStretch(1)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_figure(self, figure: str, note: str = "") -> None:
        """Show a figure and a line about it; nothing is painted again where nothing changed."""
        if figure != self._figure.text():
            self._figure.setText(figure)
        if note != self._note.text():
            self._note.setText(note)
        self.setAccessibleName(f"{self._title_words}: {figure}. {note}".strip())

    @property
    def figure(self) -> str:
        return self._figure.text()

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._title.setFont(self._theme.font(FONT_SMALL))
        self._figure.setFont(self._theme.font(FONT_LARGE, bold=True))
        self._note.setFont(self._theme.font(FONT_SMALL))
        self._layout.setContentsMargins(px(14), px(10), px(14), px(10))
        self._layout.setSpacing(px(2))
