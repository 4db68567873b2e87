"""Paints a row of the list of documents: what it is called, how it is with it, and what to do where it failed."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.documents.model import ROW, Row
from desktop.look.icons import load_pixmap
from desktop.look.theme import Theme
from desktop.look.tokens import FOCUS_WIDTH, FONT_SMALL, ICON, RADIUS
from desktop.widgets.direction import isolated

# Most lines of the sentence of a file that failed; the tooltip and the details have all of it.
MAX_LINES = 4


class DocumentDelegate(QStyledItemDelegate):
    """Two lines a row; the sentence of a failure takes as many as it needs."""

    def __init__(self, theme: Theme, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view
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

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: Row | None = index.data(ROW)
        if row is None:
            return
        px = self._theme.px
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = option.rect.adjusted(px(2), px(2), -px(2), -px(2))
        self._paint_ground(painter, option, card)
        self._paint_icon(painter, option, row, card)
        inner = card.adjusted(px(12) + px(ICON) + px(12), px(8), -px(14), -px(8))
        self._paint_words(painter, option, row, QStyle.visualRect(option.direction, card, inner))
        if row.is_reading:
            self._paint_progress(painter, row, card)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, card: QRect) -> None:
        selected = self._selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        radius = self._theme.px(RADIUS)
        if selected or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("selected" if selected else "raised"))
            painter.drawRoundedRect(QRectF(card), radius, radius)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if focused or (selected and self._theme.is_contrast):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), FOCUS_WIDTH))
            painter.drawRoundedRect(QRectF(card).adjusted(1, 1, -1, -1), radius, radius)

    def _paint_icon(self, painter: QPainter, option: QStyleOptionViewItem, row: Row, card: QRect) -> None:
        side = self._theme.px(ICON)
        name, colour = ("file", "muted")
        if row.trouble is not None:
            name, colour = "warning", "danger" if row.trouble.state == "failed" else "warning"
        elif row.is_reading:
            name, colour = "clock", "accent"
        pixmap = load_pixmap(
            name, self._theme.word_color(colour, self._selected).name(), side, painter.device().devicePixelRatioF()
        )
        top = card.center().y() - side // 2 if row.trouble is None else card.top() + self._theme.px(10)
        place = QRect(card.left() + self._theme.px(12), top, side, side)
        painter.drawPixmap(QPointF(QStyle.visualRect(option.direction, card, place).topLeft()), pixmap)

    def _paint_words(self, painter: QPainter, option: QStyleOptionViewItem, row: Row, inner: QRect) -> None:
        bold, small = self._theme.font(bold=True), self._theme.font(FONT_SMALL)
        first = QRect(inner.left(), inner.top(), inner.width(), QFontMetrics(bold).height())
        left = self._paint_state(painter, option, row, small, first)
        painter.setFont(bold)
        painter.setPen(self._theme.word_color("text", self._selected))
        name = QFontMetrics(bold).elidedText(isolated(row.name), Qt.TextElideMode.ElideMiddle, left)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        aligned = QStyle.visualAlignment(option.direction, Qt.AlignmentFlag.AlignLeft)
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

    def _paint_state(self, painter: QPainter, option: QStyleOptionViewItem, row: Row, font: QFont, line: QRect) -> int:
        """The state at the end of a line; returns the width that is left for its beginning."""
        colour = "muted"
        if row.trouble is not None:
            colour = "danger" if row.trouble.state == "failed" else "warning"
        elif row.is_reading:
            colour = "accent"
        elif row.document is not None and row.document.note:
            colour = "warning"
        metrics = QFontMetrics(font)
        taken = metrics.horizontalAdvance(row.state) + self._theme.px(16)
        if taken > line.width() * 0.6:
            return line.width()
        painter.setFont(font)
        painter.setPen(self._theme.word_color(colour, self._selected))
        aligned = QStyle.visualAlignment(option.direction, Qt.AlignmentFlag.AlignRight)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | aligned, row.state)
        return line.width() - taken

    def _paint_progress(self, painter: QPainter, row: Row, card: QRect) -> None:
        height = max(2, self._theme.px(3))
        line = QRectF(card).adjusted(self._theme.px(12), card.height() - height, -self._theme.px(12), 0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("hairline"))
        painter.drawRoundedRect(line, height / 2, height / 2)
        if row.percent is not None:
            line.setWidth(line.width() * row.percent / 100)
            painter.setBrush(self._theme.color("accent"))
            painter.drawRoundedRect(line, height / 2, height / 2)
