"""The rows as a Qt model, and how one is drawn."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.find.results import Found, Kind
from desktop.look.icons import load_pixmap
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL, ICON, RADIUS
from desktop.widgets.direction import isolated

FOUND = Qt.ItemDataRole.UserRole
# Words above the row, where a section begins.
SECTION = Qt.ItemDataRole.UserRole + 1
ICONS: dict[Kind, str] = {
    "command": "right",
    "chat": "chat",
    "document": "documents",
    "memory": "memory",
    "passage": "file",
    "ask": "send",
}
Index = QModelIndex | QPersistentModelIndex


class FoundModel(QAbstractListModel):
    """What was found, in sections."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.rows: list[Found] = []

    def show(self, rows: list[Found]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        found = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return found.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (self.section_title(found.kind), found.title, found.detail) if part)
        if role == FOUND:
            return found
        if role == SECTION:
            first = index.row() == 0 or self.rows[index.row() - 1].kind != found.kind
            return self.section_title(found.kind) if first else ""
        return None

    def section_title(self, kind: Kind) -> str:
        """The words above a section."""
        return {
            "command": self.tr("Commands"),
            "chat": self.tr("Chats"),
            "document": self.tr("Documents"),
            "memory": self.tr("Memories"),
            "passage": self.tr("Passages"),
            "ask": self.tr("Ask"),
        }[kind]


class FoundDelegate(QStyledItemDelegate):
    """Icon, title with detail below, keys at the end; the section's name above its first row."""

    def __init__(self, theme: Theme, parent: Any) -> None:
        super().__init__(parent)
        self._theme = theme
        self._selected = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        px = self._theme.px
        found: Found = index.data(FOUND)
        height = px(16) + QFontMetrics(self._theme.font()).height()
        if found.detail:
            height += QFontMetrics(self._small()).height()
        if index.data(SECTION):
            height += self._head()
        return QSize(px(200), height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        found: Found = index.data(FOUND)
        rect = QRect(option.rect)  # type: ignore[attr-defined]
        section, self._selected = index.data(SECTION), False
        if section:
            gap = self._theme.px(8)
            head = QRect(rect.left() + gap, rect.top(), rect.width() - 2 * gap, self._head())
            self._write(painter, head, section, self._small(), "muted", Qt.AlignmentFlag.AlignBottom)
            rect.setTop(rect.top() + self._head())
        self._selected = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
        if self._selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("selected"))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), RADIUS, RADIUS)
        self._paint_row(painter, self._mirrored(option), rect, found)
        painter.restore()

    def _paint_row(self, painter: QPainter, mirrored: bool, rect: QRect, found: Found) -> None:
        px = self._theme.px
        side, gap = px(ICON), px(8)
        inner = rect.adjusted(gap, 0, -gap, 0)
        icon = QRect(inner.left(), inner.center().y() - side // 2, side, side)
        keys_width = QFontMetrics(self._small()).horizontalAdvance(found.keys)
        words = inner.adjusted(side + gap, 0, -(keys_width + gap if keys_width else 0), 0)
        keys = QRect(inner.right() - keys_width, inner.top(), keys_width + 1, inner.height())
        if mirrored:
            icon, words, keys = (
                QRect(inner.left() + inner.right() - r.right(), r.top(), r.width(), r.height())
                for r in (icon, words, keys)
            )
        colour = self._theme.word_color("muted", self._selected).name()
        scale = painter.device().devicePixelRatioF()
        painter.drawPixmap(icon.topLeft(), load_pixmap(ICONS[found.kind], colour, side, scale))
        centre = Qt.AlignmentFlag.AlignVCenter
        self._write(painter, keys, found.keys, self._small(), "muted", centre)
        if not found.detail:
            self._write(painter, words, found.title, self._theme.font(), "text", centre)
            return
        height = QFontMetrics(self._theme.font()).height()
        top = words.top() + px(8)
        self._write(
            painter, QRect(words.left(), top, words.width(), height), found.title, self._theme.font(), "text", centre
        )
        below = QRect(words.left(), top + height, words.width(), QFontMetrics(self._small()).height())
        self._write(painter, below, found.detail, self._small(), "muted", centre)

    def _write(
        self, painter: QPainter, rect: QRect, text: str, font: QFont, token: str, align: Qt.AlignmentFlag
    ) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.word_color(token, self._selected))
        shown = QFontMetrics(font).elidedText(isolated(text), Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, int(align | Qt.AlignmentFlag.AlignLeading), shown)

    def _small(self) -> QFont:
        return self._theme.font(FONT_SMALL)

    def _head(self) -> int:
        return QFontMetrics(self._small()).height() + self._theme.px(8)

    @staticmethod
    def _mirrored(option: QStyleOptionViewItem) -> bool:
        return bool(option.direction == Qt.LayoutDirection.RightToLeft)  # type: ignore[attr-defined]
