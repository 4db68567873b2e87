"""The chats as an item model: headings by day and a row per chat, the last used first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop.chat import words

if TYPE_CHECKING:
    from engine.chats import Chat

Index = QModelIndex | QPersistentModelIndex
ID_ROLE = Qt.ItemDataRole.UserRole + 1
HEADING_ROLE = Qt.ItemDataRole.UserRole + 2
MARK_ROLE = Qt.ItemDataRole.UserRole + 3
PAGE = 300
# What happens in a chat that is not in front.
ANSWERING, ANSWERED = "answering", "answered"


class Row(NamedTuple):
    """A heading (no id) or a chat."""

    title: str
    id: str = ""
    updated_ms: int = 0


class ChatListModel(QAbstractListModel):
    """Rows of the list of chats.

    Signals:
        renamed(id, title): the person gave a chat another title.
        more_wanted: there may be older chats than those that were read.
    """

    renamed = Signal(str, str)
    more_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chats: list[Chat] = []
        self._rows: list[Row] = []
        self._filter: tuple[str, list[str] | None] = ("", None)
        self._marks: dict[str, str] = {}
        self.limit = PAGE

    def set_mark(self, chat: str, mark: str) -> None:
        """Mark a chat that is not in front: it is ANSWERING, or has ANSWERED since; "" takes the mark away."""
        if chat and mark != self._marks.get(chat, ""):
            self._marks[chat] = mark
            row = self.row_of(chat)
            if row >= 0:
                self.dataChanged.emit(self.index(row), self.index(row))

    def set_chats(self, chats: Sequence[Chat]) -> None:
        """Show these chats, the last used first."""
        self._chats = list(chats)
        self._build()

    def set_filter(self, text: str, found: list[str] | None = None) -> None:
        """Show chats whose title holds the text, then those whose ids were found by their words."""
        self._filter = (text.strip().casefold(), found)
        self._build()

    @property
    def chats(self) -> list[Chat]:
        """All chats that were read."""
        return list(self._chats)

    def row_of(self, chat: str) -> int:
        """Row of a chat, -1 if it is not shown."""
        return next((i for i, row in enumerate(self._rows) if row.id and row.id == chat), -1)

    def next_chat(self, row: int) -> str:
        """The chat at or after a row, else the one before it, "" if there is none."""
        after = [r.id for r in self._rows[row:] if r.id]
        before = [r.id for r in self._rows[:row] if r.id]
        return after[0] if after else before[-1] if before else ""

    def _build(self) -> None:
        rows = self._found() if self._filter[0] else self._by_day() if self._chats else []
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def _by_day(self) -> list[Row]:
        from datetime import date  # Late: there are no chats before the first paint.

        rows: list[Row] = []
        heading, today = "", date.today()
        for chat in self._chats:
            title = words.day_title(chat.updated_ms, today)
            if title != heading:
                rows.append(Row(title))
                heading = title
            rows.append(_row(chat))
        return rows

    def _found(self) -> list[Row]:
        text, ids = self._filter
        titled = [chat for chat in self._chats if text in chat.title.casefold()]
        by_id = {chat.id: chat for chat in self._chats}
        said = [by_id[id] for id in ids or () if id in by_id and by_id[id] not in titled]
        rows = [_row(chat) for chat in titled]
        return [*rows, Row(words.tr("Said in")), *map(_row, said)] if said else rows

    # QAbstractListModel

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return row.title
            case Qt.ItemDataRole.ToolTipRole:
                return words.tip(f"{row.title}\n{words.at_time(row.updated_ms)}") if row.id else None
            case Qt.ItemDataRole.AccessibleTextRole:
                return words.tr("Heading: {title}").format(title=row.title) if not row.id else self._spoken(row)
        if role == ID_ROLE:
            return row.id
        if role == MARK_ROLE:
            return self._marks.get(row.id, "") if row.id else ""
        return not row.id if role == HEADING_ROLE else None

    def _spoken(self, row: Row) -> str:
        marks = {ANSWERING: words.tr("{title}, answering"), ANSWERED: words.tr("{title}, new answer")}
        return marks.get(self._marks.get(row.id, ""), "{title}").format(title=row.title)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        title = " ".join(str(value).split())
        row = self._rows[index.row()]
        if role != Qt.ItemDataRole.EditRole or not row.id or not title or title == row.title:
            return False
        self._rows[index.row()] = Row(title, row.id, row.updated_ms)
        self.dataChanged.emit(index, index)
        self.renamed.emit(row.id, title)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not self._rows[index.row()].id:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and len(self._chats) >= self.limit

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self.limit *= 4
            self.more_wanted.emit()


def _row(chat: Chat) -> Row:
    return Row(chat.title or words.tr("New chat"), chat.id, chat.updated_ms)
