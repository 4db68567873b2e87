"""The list beside the chat: search on top, chats by day below."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from desktop.chat.model import ID_ROLE, ChatListModel
from desktop.context import Context
from desktop.widgets.search_field import SearchField

if TYPE_CHECKING:
    from desktop.chat.view_list import ChatsView

# A search waits so long for the next letter.
_TYPING_MS = 150


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

    @cached_property
    def view(self) -> ChatsView:
        """The rows, made when there are some."""
        from desktop.chat.view_list import ChatsView

        view = ChatsView(self._theme, self.model, self)
        view.customContextMenuRequested.connect(self._on_menu)
        view.clicked.connect(lambda index: index.data(ID_ROLE) and self.opened.emit(index.data(ID_ROLE)))
        view.opened.connect(self.opened)
        view.discard_asked.connect(self.discard_asked)
        view.left.connect(self.mark_current)
        self._layout.addWidget(view, 1)
        return view

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
        if "view" in self.__dict__:
            row = self.model.row_of(chat)
            self.view.setCurrentIndex(self.model.index(row) if row >= 0 else QModelIndex())

    @property
    def marked(self) -> str:
        """The chat that is marked, else the one in front."""
        return str(("view" in self.__dict__ and self.view.currentIndex().data(ID_ROLE)) or self.current)

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
        if not none:
            self.view.show()
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
