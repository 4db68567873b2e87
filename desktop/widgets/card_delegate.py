"""A row that is painted as a card: its ground, a symbol at its beginning, words, and a line of progress at its foot."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.look.icons import load_pixmap
from desktop.look.theme import Theme
from desktop.look.tokens import FOCUS_WIDTH, ICON, RADIUS


class CardDelegate(QStyledItemDelegate):
    """Paints the card; what stands on it is painted by `_paint_row`, from what the model has in `role`."""

    role: int = Qt.ItemDataRole.UserRole

    def __init__(self, theme: Theme, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view
        self._selected = False
        self._direction = Qt.LayoutDirection.LeftToRight

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = index.data(self.role)
        if row is None:
            return
        px = self._theme.px
        self._selected = bool(option.state & QStyle.StateFlag.State_Selected)
        self._direction = option.direction
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = option.rect.adjusted(px(2), px(2), -px(2), -px(2))
        self._paint_ground(painter, option, card)
        inner = card.adjusted(px(12) + px(ICON) + px(12), px(8), -px(14), -px(8))
        self._paint_row(painter, row, card, QStyle.visualRect(self._direction, card, inner))
        painter.restore()

    def _paint_row(self, painter: QPainter, row: Any, card: QRect, inner: QRect) -> None:
        """Paint what stands on the card; `inner` is the room for words beside the symbol."""
        raise NotImplementedError

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, card: QRect) -> None:
        radius = self._theme.px(RADIUS)
        if self._selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("selected" if self._selected else "raised"))
            painter.drawRoundedRect(QRectF(card), radius, radius)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if focused or (self._selected and self._theme.is_contrast):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), FOCUS_WIDTH))
            painter.drawRoundedRect(QRectF(card).adjusted(1, 1, -1, -1), radius, radius)

    def _paint_symbol(self, painter: QPainter, name: str, colour: str, card: QRect, top: int | None = None) -> None:
        """A symbol at the card's beginning, in the middle of its height unless `top` is given."""
        side, scale = self._theme.px(ICON), painter.device().devicePixelRatioF()
        pixmap = load_pixmap(name, self._theme.word_color(colour, self._selected).name(), side, scale)
        place = QRect(
            card.left() + self._theme.px(12), card.center().y() - side // 2 if top is None else top, side, side
        )
        painter.drawPixmap(QPointF(QStyle.visualRect(self._direction, card, place).topLeft()), pixmap)

    def _paint_progress(self, painter: QPainter, track: QRectF, share: float) -> None:
        """A line that is done to a share of 0 to 1."""
        radius = track.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, width in (("hairline", track.width()), ("accent", track.width() * share)):
            painter.setBrush(self._theme.color(colour))
            painter.drawRoundedRect(QRectF(track.left(), track.top(), width, track.height()), radius, radius)
