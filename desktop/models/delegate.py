"""Paints a row of the list of models: name and state, below it what it is and whether it fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from desktop.look.tokens import FONT_SMALL
from desktop.models.model import ENTRY
from desktop.models.words import facts, short_verdict, tr
from desktop.operations.models import state_words
from desktop.widgets.card_delegate import CardDelegate

if TYPE_CHECKING:
    from engine.models_face import ModelEntry


class ModelDelegate(CardDelegate):
    """Two lines a row; a third under the name where the row is narrow."""

    role = ENTRY

    def _is_narrow(self, width: int) -> bool:
        return width < self._theme.px(460)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        name, small = QFontMetrics(self._theme.font(bold=True)), QFontMetrics(self._theme.font(FONT_SMALL))
        lines = 2 if self._is_narrow(self._view.viewport().width()) else 1
        return QSize(self._theme.px(200), name.height() + lines * small.height() + self._theme.px(26))

    def _paint_row(self, painter: QPainter, entry: ModelEntry, card: QRect, inner: QRect) -> None:
        name = "check" if entry.chosen else "server" if entry.place == "server" else "models"
        name = "warning" if entry.problem and not entry.chosen else name
        colour = "accent" if entry.chosen else "danger" if entry.problem else "muted"
        self._paint_symbol(painter, name, colour, card)
        self._paint_words(painter, entry, inner)
        if entry.state == "loading":
            height = self._theme.px(3)
            track = QRectF(card.left() + height, card.bottom() - height, card.width() - 2 * height, height)
            self._paint_progress(painter, track, max(0.02, entry.loaded_share))

    def _paint_words(self, painter: QPainter, entry: ModelEntry, inner: QRect) -> None:
        theme = self._theme
        bold, small = theme.font(bold=True), theme.font(FONT_SMALL)
        name_height, small_height = QFontMetrics(bold).height(), QFontMetrics(small).height()
        narrow = self._is_narrow(inner.width() + theme.px(60))
        lines = 2 if narrow else 1
        top = inner.top() + max(0, (inner.height() - name_height - theme.px(4) - lines * small_height) // 2)
        first = QRect(inner.left(), top, inner.width(), name_height)
        state, colour = self._state(entry)
        # Where both have no room the name keeps its own; what it does is said below.
        fits = QFontMetrics(bold).horizontalAdvance(entry.name) + QFontMetrics(small).horizontalAdvance(state)
        beside = not narrow or fits + theme.px(16) <= first.width()
        rest = self._paint_right(painter, small, state, colour, first) if beside else first.width()
        self._paint_left(painter, bold, entry.name, "text", first, rest)
        second = QRect(inner.left(), first.bottom() + theme.px(4), inner.width(), small_height)
        words, colour = short_verdict(entry)
        if not beside:
            words = " · ".join(part for part in (state, words) if part)
        if narrow:
            self._paint_left(painter, small, words, colour, second, second.width())
            second.translate(0, small_height)
            self._paint_left(painter, small, " · ".join(facts(entry)), "muted", second, second.width())
        else:
            rest = self._paint_right(painter, small, words, colour, second)
            self._paint_left(painter, small, " · ".join(facts(entry)), "muted", second, rest)

    def _state(self, entry: ModelEntry) -> tuple[str, str]:
        if entry.state == "problem" and entry.place == "server":
            return state_words(entry.state, 0.0, is_server=True), "danger"
        if entry.state in ("loading", "thinking"):
            return state_words(entry.state, entry.loaded_share), "accent"
        # What a server holds is in no memory of ours.
        is_here = entry.state == "ready" and entry.place != "server"
        if entry.chosen:
            return tr("answers · in memory") if is_here else tr("answers"), "accent"
        return (tr("in memory"), "success") if is_here else ("", "muted")

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
