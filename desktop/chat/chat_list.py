"""The list of chats kept in step with the engine: read, searched, named, thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.chat.column import ChatColumn
from desktop.chat.model import ChatListModel
from desktop.context import Context
from desktop.operations import chat as operations

if TYPE_CHECKING:
    from engine.chats import Chat

# Changes that come together (an answer, its title) are read once.
_REFRESH_MS = 150


class ChatList(QObject):
    """What stands in the second column.

    Signals:
        opened(id): the person chose a chat.
        read: the chats are here.
        discarded(id, following): a chat went to the trash; the one that stood after it, "" for none.

    Attributes:
        current: id of the chat in front, which stays marked.
    """

    opened = Signal(str)
    read = Signal()
    discarded = Signal(str, str)

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.current = ""
        self.model = ChatListModel(self)
        self.column = ChatColumn(context, self.model)
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_MS, timeout=self.load)
        self.column.opened.connect(self.opened)
        self.column.discard_asked.connect(self.discard)
        self.column.search_changed.connect(self._on_search)
        self.model.renamed.connect(lambda id, title: operations.rename_chat(context, id, title))
        self.model.more_wanted.connect(self.load)
        context.bridge.opened.connect(self._on_opened)
        context.bridge.open_failed.connect(lambda _: self.column.set_words(self.tr("The chats could not be opened.")))
        context.bridge.changed.connect(self._on_changed)
        if context.bridge.engine is not None:
            self._on_opened()

    def load(self) -> None:
        """Read the chats; before the engine is open nothing, since they are read when it opens."""
        if self._context.bridge.engine is None:
            return
        operations.list_chats(
            self._context, self.model.limit, self._on_read, failed=self._context.frame.show_error, owner=self
        )

    def load_soon(self) -> None:
        """Read the chats when what happens now is over."""
        self._timer.start()

    def show_current(self, chat: str) -> None:
        """Mark the chat that is in front."""
        self.current = chat
        self.column.show_current(chat)

    def get(self, chat: str) -> Chat | None:
        """A chat as it was last read."""
        return next((found for found in self.model.chats if found.id == chat), None)

    def rename(self) -> None:
        """Edit the title of the marked chat."""
        self.column.rename(self.marked)

    @property
    def marked(self) -> str:
        """The chat that a command is about: the one that is marked in the list."""
        return self.column.marked

    def discard(self, chat: str) -> None:
        """Throw a chat away; it can be taken back."""
        row = self.model.row_of(chat)
        if chat and row >= 0:
            title, following = str(self.model.index(row).data()), self.model.next_chat(row + 1)
            # Undone, it stands in front again if it stood there.
            was_open = chat == self.current
            operations.discard_chat(
                self._context,
                chat,
                title,
                lambda: self.discarded.emit(chat, following),
                lambda: was_open and self.opened.emit(chat),
            )

    def _on_read(self, chats: list[Chat]) -> None:
        marked = self.column.marked
        self.model.set_chats(chats)
        self.column.mark(marked if self.model.row_of(marked) >= 0 else self.current)
        self.read.emit()

    def _on_opened(self) -> None:
        self.column.set_words(self.tr("Your chats will stand here."))
        self.load()

    def _on_changed(self, what: str, id: str, how: str) -> None:
        if what in ("chat", "all"):
            self.load_soon()

    def _on_search(self, text: str) -> None:
        if text:
            operations.search_chats(self._context, text, lambda found: self._on_found(text, found), owner=self)
        else:
            self.model.set_filter("")

    def _on_found(self, text: str, found: list[str]) -> None:
        if self.column.search.text().strip() == text:
            self.model.set_filter(text, found)
            self.column.show_current(self.current)
