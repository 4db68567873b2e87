"""What happened lately: models that were loaded, released, stepped down and up; the marks of the time line in words."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL
from desktop.models.words import number
from desktop.resources.words import event_words, tr

MOST = 7


class Lately(QFrame):
    """A card with a row per event, the newest first."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "card")
        self._title = QLabel(self.tr("What happened"), self)
        self._nothing = QLabel(self.tr("Nothing yet: models that are loaded or released are told here."), self)
        self._nothing.setProperty("look", "muted")
        self._nothing.setWordWrap(True)
        self._grid = QGridLayout()
        self._grid.setColumnStretch(0, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []
        # Of engines that were open before this one too: what happened, happened.
        self._seen: dict[tuple[float, str, str], dict[str, Any]] = {}
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._nothing)
        self._layout.addLayout(self._grid)
        self._layout.addStretch(1)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_events(self, events: list[dict[str, Any]], now_s: float) -> None:
        """Show the newest events; labels change only where their words do."""
        for event in events:
            self._seen[event["at_s"], event["kind"], event["name"]] = event
        newest = [self._seen[key] for key in sorted(self._seen, reverse=True)[:MOST]]
        self._seen = {key: self._seen[key] for key in sorted(self._seen)[-MOST:]}
        self._nothing.setVisible(not newest)
        while len(self._rows) < len(newest):
            self._add_row()
        for (what, when), event in zip(self._rows, newest, strict=False):
            words = event_words(event["kind"]).format(name=event["name"])
            for label, text in ((what, words), (when, _ago(now_s - event["at_s"]))):
                if label.text() != text:
                    label.setText(text)

    def _add_row(self) -> None:
        what, when = QLabel(self), QLabel(self)
        for column, label in enumerate((what, when)):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setFont(self._theme.font(FONT_SMALL))
            self._grid.addWidget(label, len(self._rows), column, Qt.AlignmentFlag.AlignTop)
        what.setWordWrap(True)
        when.setProperty("look", "muted")
        when.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignTop)
        self._rows.append((what, when))

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._title.setFont(self._theme.font(bold=True))
        self._nothing.setFont(self._theme.font(FONT_SMALL))
        for row in self._rows:
            for label in row:
                label.setFont(self._theme.font(FONT_SMALL))
        self._layout.setContentsMargins(px(14), px(10), px(14), px(10))
        self._grid.setHorizontalSpacing(px(14))
        self._grid.setVerticalSpacing(px(5))


def _ago(seconds: float) -> str:
    """In steps that change rarely."""
    if seconds < 60:
        return tr("just now")
    if seconds < 3600:
        return tr("{n} min ago").format(n=number(seconds // 60))
    return tr("{n} h ago").format(n=number(seconds // 3600))
