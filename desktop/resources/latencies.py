"""A table of how long operations take: usually (p50), when slow (p95), when very slow (p99)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL
from desktop.models.words import THIN, number
from desktop.resources.words import operation_name

# The operations that took most time in all; more are noise.
MOST = 7
# Columns that a narrow panel has no room for: the slowest times, and how many there were.
WIDE_COLUMNS = (3, 4)


class LatencyTable(QFrame):
    """A card with a row per operation."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._narrow = False
        self.setProperty("look", "card")
        self._title = QLabel(self.tr("How long things take"), self)
        explained = self.tr("Usual: half are faster. Slow: 1 in 20 takes longer. Very slow: 1 in 100.")
        self.setToolTip(explained)
        self._explained = QLabel(explained, self)
        self._explained.setProperty("look", "muted")
        self._explained.setWordWrap(True)
        self._grid = QGridLayout()
        self._grid.setColumnStretch(0, 1)
        self._cells: list[list[QLabel]] = []
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._explained)
        self._layout.addLayout(self._grid)
        self._layout.addStretch(1)
        self._set_row(0, ["", self.tr("usual"), self.tr("slow"), self.tr("very slow"), self.tr("how often")])
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_report(self, report: dict[str, Any]) -> None:
        """Show what `PerformanceMonitor.get_report` tells."""
        rows = {name: row for name, row in report["operations"].items() if operation_name(name)}
        first = report["metrics"].get("first_token")
        if first is not None:
            rows["first_token"] = {f"{key}_ms": value for key, value in first.items()} | {"count": first["count"]}
        ranked = sorted(rows.items(), key=lambda item: -item[1]["count"] * item[1]["mean_ms"])[:MOST]
        for place, (name, row) in enumerate(ranked, 1):
            times = [_milliseconds(row[f"p{p}_ms"]) for p in (50, 95, 99)]
            self._set_row(place, [operation_name(name), *times, number(row["count"])])

    def set_narrow(self, narrow: bool) -> None:
        """Narrow: the usual and the slow times only."""
        self._narrow = narrow
        self._explained.setVisible(not narrow)
        for row in self._cells:
            for column in WIDE_COLUMNS:
                row[column].setVisible(not narrow)

    def _set_row(self, place: int, words: list[str]) -> None:
        while len(self._cells) <= place:
            self._cells.append([self._add_cell(len(self._cells), column) for column in range(5)])
        for label, text in zip(self._cells[place], words, strict=True):
            if label.text() != text:
                label.setText(text)

    def _add_cell(self, row: int, column: int) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFont(self._theme.font(FONT_SMALL))
        if row == 0 or column == 4:
            label.setProperty("look", "muted")
        label.setWordWrap(column == 0)
        side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
        label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(label, row, column)
        label.setVisible(not (self._narrow and column in WIDE_COLUMNS))
        return label

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._title.setFont(self._theme.font(bold=True))
        self._explained.setFont(self._theme.font(FONT_SMALL))
        for row in self._cells:
            for label in row:
                label.setFont(self._theme.font(FONT_SMALL))
        self._layout.setContentsMargins(px(14), px(10), px(14), px(10))
        self._grid.setHorizontalSpacing(px(14))
        self._grid.setVerticalSpacing(px(5))


def _milliseconds(value: float) -> str:
    if value >= 1000:
        return f"{number(value / 1000, 1)}{THIN}s"
    return f"{number(value, 0 if value >= 10 else 1)}{THIN}ms"
