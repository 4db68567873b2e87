"""Paints a row of the list of models: name and state, below it what it is and whether it fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.look.icons import load_pixmap
from desktop.look.theme import Theme
from desktop.look.tokens import FOCUS_WIDTH, FONT_SMALL, ICON, RADIUS
from desktop.models.model import ENTRY
from desktop.models.words import facts, short_verdict, tr
from desktop.operations.models import state_words

if TYPE_CHECKING:
    from engine.models_face import ModelEntry


class ModelDelegate(QStyledItemDelegate):
    """Two lines a row; a third under the name where the row is narrow."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._selected = False
        self._direction = Qt.LayoutDirection.LeftToRight

    def _is_narrow(self, width: int) -> bool:
        return width < self._theme.px(460)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        name, small = QFontMetrics(self._theme.font(bold=True)), QFontMetrics(self._theme.font(FONT_SMALL))
        view = self.parent()
        width = view.viewport().width() if view is not None else 400  # type: ignore[attr-defined]
        lines = 2 if self._is_narrow(width) else 1
        return QSize(self._theme.px(200), name.height() + lines * small.height() + self._theme.px(26))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: ModelEntry | None = index.data(ENTRY)
        if entry is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = self._theme.px
        card = option.rect.adjusted(px(2), px(2), -px(2), -px(2))
        self._paint_ground(painter, option, card)
        self._paint_icon(painter, entry, card)
        self._direction = option.direction
        inner = card.adjusted(px(12) + px(ICON) + px(12), px(8), -px(14), -px(8))
        inner = QStyle.visualRect(self._direction, card, inner)
        self._paint_words(painter, entry, inner)
        if entry.state == "loading":
            self._paint_progress(painter, entry, card)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, card: QRect) -> None:
        selected = self._selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("selected" if selected else "raised" if hovered else "page"))
        radius = self._theme.px(RADIUS)
        painter.drawRoundedRect(QRectF(card), radius, radius)
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if selected and (has_focus or self._theme.is_contrast):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), FOCUS_WIDTH))
            painter.drawRoundedRect(QRectF(card).adjusted(1, 1, -1, -1), radius, radius)

    def _paint_icon(self, painter: QPainter, entry: ModelEntry, card: QRect) -> None:
        side = self._theme.px(ICON)
        name = "check" if entry.chosen else "server" if entry.place == "server" else "models"
        name = "warning" if entry.problem and not entry.chosen else name
        colour = "accent" if entry.chosen else "danger" if entry.problem else "muted"
        scale = painter.device().devicePixelRatioF()
        pixmap = load_pixmap(name, self._theme.word_color(colour, self._selected).name(), side, scale)
        place = QRect(card.left() + self._theme.px(12), card.center().y() - side // 2, side, side)
        painter.drawPixmap(QPointF(QStyle.visualRect(self._direction, card, place).topLeft()), pixmap)

    def _paint_words(self, painter: QPainter, entry: ModelEntry, inner: QRect) -> None:
        theme = self._theme
        bold, small = theme.font(bold=True), theme.font(FONT_SMALL)
        name_height, small_height = QFontMetrics(bold).height(), QFontMetrics(small).height()
        narrow = self._is_narrow(inner.width() + theme.px(60))
        lines = 2 if narrow else 1
        top = inner.top() + max(0, (inner.height() - name_height - theme.px(4) - lines * small_height) // 2)
        first = QRect(inner.left(), top, inner.width(), name_height)
        state, colour = self._state(entry)
        rest = self._paint_right(painter, small, state, colour, first)
        self._paint_left(painter, bold, entry.name, "text", first, rest)
        second = QRect(inner.left(), first.bottom() + theme.px(4), inner.width(), small_height)
        words, colour = short_verdict(entry)
        if narrow:
            self._paint_left(painter, small, words, colour, second, second.width())
            second.translate(0, small_height)
            self._paint_left(painter, small, " · ".join(facts(entry)), "muted", second, second.width())
        else:
            rest = self._paint_right(painter, small, words, colour, second)
            self._paint_left(painter, small, " · ".join(facts(entry)), "muted", second, rest)

    def _state(self, entry: ModelEntry) -> tuple[str, str]:
        if entry.state in ("loading", "thinking"):
            return state_words(entry.state, entry.loaded_share), "accent"
        if entry.chosen:
            return tr("answers") if entry.state != "ready" else tr("answers · in memory"), "accent"
        return (tr("in memory"), "success") if entry.state == "ready" else ("", "muted")

    def _paint_right(self, painter: QPainter, font: QFont, words: str, colour: str, line: QRect) -> int:
        """Words at the end of a line; returns the width that is left for its beginning."""
        painter.setFont(font)
        painter.setPen(self._theme.word_color(colour, self._selected))
        painter.drawText(line.adjusted(0, -2, 0, 2), self._aligned(Qt.AlignmentFlag.AlignRight), words)
        taken = QFontMetrics(font).horizontalAdvance(words)
        return line.width() - (taken + self._theme.px(16) if words else 0)

    def _paint_left(self, painter: QPainter, font: QFont, words: str, colour: str, line: QRect, width: int) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.word_color(colour, self._selected))
        elided = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, width)
        # Two pixels more: underscores stand below what the metrics call the height.
        painter.drawText(line.adjusted(0, -2, 0, 2), self._aligned(Qt.AlignmentFlag.AlignLeft), elided)

    def _aligned(self, side: Qt.AlignmentFlag) -> int:
        """The side as the language's direction has it; a name in another script keeps to it."""
        aligned = QStyle.visualAlignment(self._direction, side) | Qt.AlignmentFlag.AlignAbsolute
        return int((aligned | Qt.AlignmentFlag.AlignVCenter).value)

    def _paint_progress(self, painter: QPainter, entry: ModelEntry, card: QRect) -> None:
        height = self._theme.px(3)
        track = QRectF(card.left() + height, card.bottom() - height, card.width() - 2 * height, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("hairline"))
        painter.drawRoundedRect(track, height / 2, height / 2)
        track.setWidth(track.width() * max(0.02, entry.loaded_share))
        painter.setBrush(self._theme.color("accent"))
        painter.drawRoundedRect(track, height / 2, height / 2)
