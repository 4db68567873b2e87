"""The list beside the chat: search on top, chats by day; Enter opens, F2 renames, Delete throws away."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.chat.model import ANSWERING, HEADING_ROLE, ID_ROLE, MARK_ROLE, ChatListModel
from desktop.context import Context
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL
from desktop.widgets.direction import WordsDelegate
from desktop.widgets.quiet_focus import QuietFocus
from desktop.widgets.search_field import SearchField

# The focus goes to a menu or another window and comes back.
PASSING = (
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)
# A search waits so long for the next letter.
_TYPING_MS = 150


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


class ChatColumn(QWidget):
    """Search field and list.

    Signals:
        opened(id): a chat was chosen.
        discard_asked(id): a chat should go to the trash.
        search_changed(text): after a pause in typing.

    Attributes:
        current: id of the chat in front.
    """

    opened = Signal(str)
    discard_asked = Signal(str)
    search_changed = Signal(str)

    def __init__(self, context: Context, model: ChatListModel) -> None:
        super().__init__()
        self._theme, self._context = context.theme, context
        self.model = model
        self.setProperty("look", "surface")
        self.current = ""
        self.search = SearchField(context.theme, self.tr("Search chats"), self)
        new = QToolButton(self)
        new.setAccessibleName(self.tr("New chat"))
        new.setToolTip(self.tr("New chat ({keys})").format(keys=context.actions["chat.new"].shortcut().toString()))
        new.clicked.connect(context.actions["chat.new"].trigger)
        context.theme.bind_icon(new, "plus")
        self.view = ChatsView(self)
        self._set_up_view()
        self.empty = QLabel(self)
        self.empty.setWordWrap(True)
        self.empty.setProperty("look", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(new)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(top)
        self._layout.addWidget(self.empty)
        self._layout.addWidget(self.view, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TYPING_MS)
        self._timer.timeout.connect(lambda: self.search_changed.emit(self.search.text().strip()))
        self.search.textChanged.connect(self._on_typed)
        self.search.returnPressed.connect(self._on_search_entered)
        model.modelReset.connect(self._show_empty)
        context.theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._words = self.tr("Opening…")
        self._show_empty()

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setProperty("look", "list")
        view.setAccessibleName(self.tr("Chats"))
        QuietFocus(view)
        view.setItemDelegate(ChatDelegate(self._theme, view))
        view.setUniformItemSizes(False)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setTextElideMode(Qt.TextElideMode.ElideRight)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._on_menu)
        view.clicked.connect(lambda index: index.data(ID_ROLE) and self.opened.emit(index.data(ID_ROLE)))
        view.opened.connect(self.opened)
        view.discard_asked.connect(self.discard_asked)
        view.left.connect(self.mark_current)

    def set_words(self, words: str) -> None:
        """What an empty list says."""
        self._words = words
        self._show_empty()

    def show_current(self, chat: str) -> None:
        """Mark the chat that is in front."""
        self.current = chat
        self.mark_current()

    def mark_current(self) -> None:
        """Mark the chat that is in front, and no other one that arrows or a menu had reached."""
        self.mark(self.current)

    def mark(self, chat: str) -> None:
        """Mark a chat: what a key or a command does is done to it."""
        row = self.model.row_of(chat)
        self.view.setCurrentIndex(self.model.index(row) if row >= 0 else QModelIndex())

    @property
    def marked(self) -> str:
        """The chat that is marked, else the one in front."""
        return str(self.view.currentIndex().data(ID_ROLE) or self.current)

    def rename(self, chat: str) -> None:
        """Edit a title in place."""
        row = self.model.row_of(chat)
        if row >= 0:
            self.view.edit(self.model.index(row))

    def _on_typed(self, text: str) -> None:
        self.model.set_filter(text)
        self._timer.start()

    def _on_search_entered(self) -> None:
        chat = self.model.next_chat(0)
        if chat:
            self.opened.emit(chat)

    def _show_empty(self) -> None:
        none = not self.model.rowCount()
        self.empty.setVisible(none)
        self.empty.setText(self.tr("No chat holds these words.") if self.search.text().strip() else self._words)

    def _on_menu(self, place: QPoint) -> None:
        chat = self.view.indexAt(place).data(ID_ROLE)
        if not chat:
            return
        self.mark(chat)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Open"), lambda: self.opened.emit(chat))
        menu.addAction(self.tr("Rename…"), lambda: self.rename(chat))
        menu.addAction(self.tr("Delete"), lambda: self.discard_asked.emit(chat))
        # The mark shows what the menu is about, no longer than it is there.
        menu.aboutToHide.connect(self.mark_current)
        menu.popup(self.view.viewport().mapToGlobal(place))

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(8), px(8), px(8), px(8))
        self._layout.setSpacing(px(8))
        self.empty.setContentsMargins(px(8), 0, px(8), 0)
        self.view.doItemsLayout()
