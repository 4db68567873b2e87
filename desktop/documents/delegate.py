"""Paints a row of the list of documents: what it is called, how it is with it, and what to do where it failed."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem

from desktop.documents.model import ROW, Row
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL, ICON
from desktop.widgets.card_delegate import CardDelegate
from desktop.widgets.direction import isolated

# Most lines of the sentence of a file that failed; the tooltip and the details have all of it.
MAX_LINES = 4


class DocumentDelegate(CardDelegate):
    """Two lines a row; the sentence of a failure takes as many as it needs."""

    role = ROW

    def __init__(self, theme: Theme, view: QAbstractItemView) -> None:
        super().__init__(theme, view)
        self._heights: dict[tuple[str, int], int] = {}
        theme.changed.connect(self._heights.clear)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        row: Row | None = index.data(ROW)
        sentence = row.details if row is not None and row.trouble is not None else ""
        width = self._view.viewport().width()
        key = (sentence, width if sentence else 0)
        if key not in self._heights:
            if len(self._heights) > 4000:
                self._heights.clear()
            self._heights[key] = self._height(sentence, width)
        return QSize(self._theme.px(160), self._heights[key])

    def _height(self, sentence: str, width: int) -> int:
        name, small = QFontMetrics(self._theme.font(bold=True)), QFontMetrics(self._theme.font(FONT_SMALL))
        below = small.height()
        if sentence:
            room = QRect(0, 0, max(40, width - self._theme.px(2 + 12 + ICON + 12 + 14 + 2)), 10_000)
            below = small.boundingRect(room, Qt.TextFlag.TextWordWrap, sentence).height()
            below = min(below, MAX_LINES * small.lineSpacing())
        return name.height() + below + self._theme.px(4 + 8 + 8 + 4)

    def _paint_row(self, painter: QPainter, row: Row, card: QRect, inner: QRect) -> None:
        top = None if row.trouble is None else card.top() + self._theme.px(10)
        self._paint_symbol(painter, *_symbol(row), card, top)
        self._paint_words(painter, row, inner)
        if row.is_reading:
            height = max(2, self._theme.px(3))
            inset = self._theme.px(12)
            track = QRectF(card).adjusted(inset, card.height() - height, -inset, 0)
            self._paint_progress(painter, track, (row.percent or 0) / 100)

    def _paint_words(self, painter: QPainter, row: Row, inner: QRect) -> None:
        bold, small = self._theme.font(bold=True), self._theme.font(FONT_SMALL)
        first = QRect(inner.left(), inner.top(), inner.width(), QFontMetrics(bold).height())
        left = self._paint_state(painter, row, small, first)
        painter.setFont(bold)
        painter.setPen(self._theme.word_color("text", self._selected))
        name = QFontMetrics(bold).elidedText(isolated(row.name), Qt.TextElideMode.ElideMiddle, left)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        aligned = QStyle.visualAlignment(self._direction, Qt.AlignmentFlag.AlignLeft)
        painter.drawText(first, flags | aligned, name)
        below = QRect(inner.left(), first.bottom() + self._theme.px(4), inner.width(), 0)
        below.setBottom(inner.bottom() + self._theme.px(4))
        painter.setFont(small)
        if row.trouble is not None:
            painter.setPen(self._theme.word_color("text", self._selected))
            painter.drawText(below, Qt.TextFlag.TextWordWrap | aligned, row.details)
            return
        note = bool(row.document and row.document.note)
        painter.setPen(self._theme.word_color("warning" if note else "muted", self._selected))
        words = QFontMetrics(small).elidedText(isolated(row.details), Qt.TextElideMode.ElideRight, below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextSingleLine | aligned, words)

    def _paint_state(self, painter: QPainter, row: Row, font: QFont, line: QRect) -> int:
        """The state at the end of a line; returns the width that is left for its beginning."""
        colour = "warning" if row.document is not None and row.document.note else "muted"
        if row.trouble is not None or row.is_reading:
            _, colour = _symbol(row)
        metrics = QFontMetrics(font)
        taken = metrics.horizontalAdvance(row.state) + self._theme.px(16)
        if taken > line.width() * 0.6:
            return line.width()
        painter.setFont(font)
        painter.setPen(self._theme.word_color(colour, self._selected))
        aligned = QStyle.visualAlignment(self._direction, Qt.AlignmentFlag.AlignRight)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | aligned, row.state)
        return line.width() - taken


def _symbol(row: Row) -> tuple[str, str]:
    """A row's symbol and its colour."""
    if row.trouble is not None:
        return "warning", "danger" if row.trouble.state == "failed" else "warning"
    return ("clock", "accent") if row.is_reading else ("file", "muted")
