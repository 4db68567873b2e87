"""The rows of the list of chats: Enter opens, F2 renames, Delete throws away.

Not imported before the first paint (desktop/chat/column.py): until the engine is open there are none.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyleOptionViewItem, QWidget

from desktop.chat.model import ANSWERING, HEADING_ROLE, ID_ROLE, MARK_ROLE, ChatListModel
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL
from desktop.widgets.direction import WordsDelegate
from desktop.widgets.quiet_focus import QuietFocus

# The focus goes to a menu or another window and comes back.
PASSING = (
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)


class ChatDelegate(WordsDelegate):
    """Headings are small and muted; titles are cut with an ellipsis, before the mark of a chat that answers."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The field of a new title stands on its row, and on no other."""
        editor.setFixedHeight(option.rect.height())  # type: ignore[attr-defined]
        editor.setGeometry(option.rect)  # type: ignore[attr-defined]

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        editor = super().createEditor(parent, option, index)
        editor.setProperty("look", "inline")
        return editor

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        font: QFont = option.font  # type: ignore[attr-defined]
        line = round(font.pointSizeF() * 1.34)
        return QSize(0, self._theme.px(14) + line if not index.data(HEADING_ROLE) else self._theme.px(18) + line)

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        mark = index.data(MARK_ROLE)
        if mark:
            given: Any = option
            side = self._theme.px(14)
            given.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            given.decorationPosition = QStyleOptionViewItem.Position.Right
            given.decorationSize = QSize(side, side)
            given.icon = self._theme.icon("clock" if mark == ANSWERING else "chat", "accent")

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        if not index.data(HEADING_ROLE):
            super().paint(painter, option, index)
            return
        px = self._theme.px
        painter.save()
        painter.setFont(self._theme.font(FONT_SMALL, bold=True))
        painter.setPen(self._theme.color("muted"))
        rect = option.rect.adjusted(px(10), px(6), -px(4), -px(2))  # type: ignore[attr-defined]
        flags = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignBottom
        painter.drawText(rect, flags, str(index.data()))
        painter.restore()


class ChatsView(QListView):
    """The rows; what a key asks for is a signal, and that the focus went elsewhere (`left`)."""

    opened = Signal(str)
    discard_asked = Signal(str)
    left = Signal()

    def __init__(self, theme: Theme, model: ChatListModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setProperty("look", "list")
        self.setAccessibleName(self.tr("Chats"))
        QuietFocus(self)
        self.setItemDelegate(ChatDelegate(theme, self))
        self.setUniformItemSizes(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        theme.changed.connect(self.doItemsLayout)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chat = self.currentIndex().data(ID_ROLE) or ""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and chat and self.state() != self.State.EditingState:
            self.opened.emit(chat)
            self.activated.emit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Delete and chat:
            self.discard_asked.emit(chat)
        elif event.text().strip() and event.text().isprintable():
            # Not Qt's search by the first letters: the search stands above, and who types here writes a message.
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in PASSING and self.state() != self.State.EditingState:
            self.left.emit()
