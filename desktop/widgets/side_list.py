"""The list of places beside a panel: a word a row, how many there are at its end, headings between."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.chat.words import tip
from desktop.look.theme import Theme
from desktop.look.tokens import FOCUS_WIDTH, FONT_SMALL, RADIUS
from desktop.widgets.direction import isolated
from desktop.widgets.quiet_focus import QuietFocus

KEY = Qt.ItemDataRole.UserRole
COUNT = Qt.ItemDataRole.UserRole + 1
# Pixels at 100 %.
ROW, PAD = 30, 10
# Its own wish at most, so that at 200 % the panel still has room beside it.
WIDEST = 146


class Place(NamedTuple):
    """A row; without a key it is a heading. `hint` is its tooltip."""

    key: str
    words: str
    count: int = 0
    hint: str = ""


class SideList(QListWidget):
    """One place is always chosen; `currentItemChanged` tells which."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "list")
        self.setAccessibleName(name)
        QuietFocus(self)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setItemDelegate(_PlaceDelegate(theme, self))
        theme.changed.connect(self.scheduleDelayedItemsLayout)
        self._places: list[Place] = []

    def minimumSizeHint(self) -> QSize:
        """As wide as the longest of its words, within reason: a name of a file may be any length."""
        metrics, px = QFontMetrics(self._theme.font()), self._theme.px
        words = (metrics.horizontalAdvance(p.words) + (px(30) if p.count else 0) for p in self._places if p.key)
        bar = self.verticalScrollBar().sizeHint().width()
        wanted = max(words, default=0) + 2 * px(PAD) + bar + 2 * FOCUS_WIDTH + px(4)
        return QSize(min(wanted, px(WIDEST)), super().minimumSizeHint().height())

    @property
    def key(self) -> str:
        """Key of the place that is chosen."""
        item = self.currentItem()
        return str(item.data(KEY)) if item is not None else ""

    def choose(self, key: str) -> None:
        """Choose a place; nothing happens where it is not there."""
        for row, place in enumerate(self._places):
            if place.key == key:
                self.setCurrentRow(row)

    def show_places(self, places: Iterable[Place]) -> bool:
        """Show other places or counts and keep the choice; False if it is gone, and the first is chosen."""
        found = list(places)
        if found == self._places:
            return True
        key, keys = self.key, [place.key for place in found]
        same = [(p.key, p.words) for p in found] == [(p.key, p.words) for p in self._places]
        self._places = found
        self.updateGeometry()
        self.blockSignals(True)
        if not same:
            self.clear()
        for row, place in enumerate(found):
            self._fill(self.item(row) if same else QListWidgetItem(self), place)
        if not same:
            # A heading has no key and cannot be chosen.
            self.setCurrentRow(keys.index(key) if key and key in keys else 0)
        self.blockSignals(False)
        return same or key in keys

    @staticmethod
    def _fill(item: QListWidgetItem, place: Place) -> None:
        item.setText(place.words)
        item.setData(KEY, place.key)
        item.setData(COUNT, place.count)
        item.setToolTip(tip(place.hint))
        spoken = f"{place.words}, {QLocale().toString(place.count)}" if place.count else place.words
        item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
        if not place.key:
            item.setFlags(Qt.ItemFlag.NoItemFlags)


class _PlaceDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QListWidget) -> None:
        super().__init__(parent)
        self._theme, self._list = theme, parent

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        px = self._theme.px
        if not index.data(KEY):
            return QSize(0, max(px(ROW), self._heading_height(index) + px(12)))
        return QSize(0, max(px(ROW), QFontMetrics(self._theme.font()).height() + px(8)))

    def _heading_height(self, index: QModelIndex | QPersistentModelIndex) -> int:
        """A heading that is longer than the list is wide takes another line."""
        room = self._list.viewport().width() - 2 * self._theme.px(PAD)
        flags = int(Qt.TextFlag.TextWordWrap.value)
        metrics = QFontMetrics(self._theme.font(FONT_SMALL, bold=True))
        return metrics.boundingRect(QRect(0, 0, max(1, room), 0), flags, str(index.data())).height()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, px = self._theme, self._theme.px
        given: Any = option
        is_place = bool(index.data(KEY))
        selected = bool(given.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_place:
            self._paint_ground(painter, given, selected)
        inner = QRect(given.rect).adjusted(px(PAD), 0, -px(PAD), 0 if is_place else -px(3))
        room = inner.width()
        small = theme.font(FONT_SMALL)
        if index.data(COUNT):
            count = QLocale().toString(index.data(COUNT))
            self._write(painter, given, inner, count, small, theme.word_color("muted", selected), at_end=True)
            room -= QFontMetrics(small).horizontalAdvance(count) + px(8)
        font = theme.font() if is_place else theme.font(FONT_SMALL, bold=True)
        words = isolated(index.data())
        if is_place:
            words = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideMiddle, room)
        colour = theme.word_color("text" if is_place else "muted", selected)
        self._write(painter, given, inner, words, font, colour, at_bottom=not is_place)
        painter.restore()

    def _paint_ground(self, painter: QPainter, given: Any, selected: bool) -> None:
        theme = self._theme
        card, radius = QRectF(given.rect).adjusted(1, 1, -1, -1), theme.px(RADIUS) * 0.75
        if selected or given.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selected" if selected else "raised"))
            painter.drawRoundedRect(card, radius, radius)
        if not selected and given.state & QStyle.StateFlag.State_MouseOver and theme.is_contrast:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("border"), FOCUS_WIDTH / 2))
            painter.drawRoundedRect(card, radius, radius)

    @staticmethod
    def _write(
        painter: QPainter, given: Any, rect: QRect, words: str, font: QFont, colour: Any,
        *, at_end: bool = False, at_bottom: bool = False,
    ) -> None:  # fmt: skip
        side = Qt.AlignmentFlag.AlignRight if at_end else Qt.AlignmentFlag.AlignLeft
        aligned = QStyle.visualAlignment(given.direction, side) | Qt.AlignmentFlag.AlignAbsolute
        upright = Qt.AlignmentFlag.AlignBottom if at_bottom else Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font)
        painter.setPen(colour)
        wrapped = Qt.TextFlag.TextWordWrap.value if at_bottom else 0
        painter.drawText(rect, int((aligned | upright).value) | wrapped, words)
