"""The documents as a Qt model: what is being read, what could not be read, what is in; newest first.

Everything is held here (ten thousand documents are 10 MB), so that search and folders answer at each key.
Changes are applied to the rows that changed: selection and place stay while 500 files come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from desktop.chat.words import tip
from desktop.context import Context
from desktop.documents.words import facts, folder_of, name_of, tr, trouble_word
from desktop.operations import documents as operations

if TYPE_CHECKING:
    from engine.documents.types import Document, Trouble

ROW = Qt.ItemDataRole.UserRole
# Changes come in swarms while files are read; they are applied together, at most so often.
REFRESH_MS = 150
# More runs of changed rows than this: the view reads all of them again.
MAX_RUNS = 64
ALL, TROUBLES, SINGLE = "all", "troubles", "single"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list.

    Attributes:
        key: what stays the same while the row changes.
        percent: of a file that is being read; None where its format does not tell.
        is_alone: no other file is read with it: then its percentage is said, else only drawn.
    """

    key: str
    name: str
    path: str
    folder: str
    order: tuple[int, float, str]
    document: Document | None = None
    trouble: Trouble | None = None
    percent: int | None = None
    is_alone: bool = True

    @property
    def is_reading(self) -> bool:
        return self.document is None and self.trouble is None

    @property
    def state(self) -> str:
        """How it is with the file, in a word or two."""
        if self.trouble is not None:
            return trouble_word(self.trouble.state)
        if self.document is None:
            is_said = self.percent is not None and self.is_alone
            return tr("Reading {n} %").format(n=self.percent) if is_said else tr("Reading")
        return tr("Partly read") if self.document.note else tr("Ready")

    @property
    def details(self) -> str:
        """The line below the name."""
        if self.trouble is not None:
            return self.trouble.error
        if self.document is None:
            return self.folder
        return self.document.note or " · ".join(facts(self.document))


def row_of_document(document: Document) -> Row:
    """A document that is in."""
    order = (2, -float(document.added_ms), document.path)
    return Row(document.id, name_of(document.path), document.path, document.folder, order, document=document)


def row_of_trouble(trouble: Trouble) -> Row:
    """A file that could not be read."""
    order = (1, -float(trouble.at_ms), trouble.path)
    return Row(trouble.id, name_of(trouble.path), trouble.path, folder_of(trouble.path), order, trouble=trouble)


class DocumentsModel(QAbstractListModel):
    """The rows that fit the filter and the search.

    Signals:
        loaded: the list is complete.
        load_failed(error): it could not be had.
        counted: how many rows there are of each kind may have changed.
    """

    loaded = Signal()
    load_failed = Signal(object)
    counted = Signal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.documents: dict[str, Row] = {}
        self.troubles: dict[str, Row] = {}
        self._reading: dict[str, Row] = {}
        self._shown: list[Row] = []
        self._filter, self._words = ALL, ""
        self._changed: set[str] = set()
        self._gone: set[str] = set()
        self._troubles_changed = False
        self._troubles_asked = self._troubles_taken = 0
        self.is_loaded = False
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS, timeout=self._apply_changes)
        context.bridge.changed.connect(self._on_changed)
        reading = operations.reading_of(context)
        reading.changed.connect(self._on_reading)
        self.load()

    def load(self) -> None:
        """Read everything anew."""
        found: dict[str, Row] = {}

        def done() -> None:
            self.documents = found
            self.is_loaded = True
            self._show()
            self.loaded.emit()

        operations.load_all(
            self._context,
            lambda page: found.update({document.id: row_of_document(document) for document in page}),
            done,
            failed=self.load_failed.emit,
            owner=self,
        )
        self._load_troubles()
        self._on_reading()

    # What is shown

    def show(self, *, filter: str | None = None, words: str | None = None) -> None:
        """Show what fits: all, troubles, single files, or a folder by its path; every word is in name or path."""
        self._filter = self._filter if filter is None else filter
        self._words = self._words if words is None else words
        self._show()

    def folders(self) -> dict[str, int]:
        """The folders that were added, with how many documents each has; "" for files added one by one."""
        counts: dict[str, int] = {}
        for row in self.documents.values():
            counts[row.folder] = counts.get(row.folder, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: name_of(item[0]).casefold()))

    def row(self, index: QModelIndex | QPersistentModelIndex) -> Row | None:
        return self._shown[index.row()] if 0 <= index.row() < len(self._shown) else None

    def index_of(self, key: str) -> QModelIndex:
        """The row of a document or trouble; invalid if it is not shown."""
        found = next((n for n, row in enumerate(self._shown) if row.key == key), -1)
        return self.index(found) if found >= 0 else QModelIndex()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index)
        if row is None:
            return None
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip("\n".join(filter(None, (row.path, row.trouble and row.trouble.error))))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.name}, {row.state}, {row.details}"
        return None

    def _fits(self, row: Row, words: Sequence[str]) -> bool:
        if self._filter == TROUBLES and row.trouble is None:
            return False
        if self._filter == SINGLE and (row.document is None or row.folder):
            return False
        if self._filter not in (ALL, TROUBLES, SINGLE) and row.folder != self._filter:
            return False
        if not words:
            return True
        title = row.document.title if row.document is not None else ""
        text = f"{row.path} {title}".casefold()
        return all(word in text for word in words)

    def _show(self) -> None:
        words = self._words.casefold().split()
        rows = (*self._reading.values(), *self.troubles.values(), *self.documents.values())
        self._move_to(sorted((row for row in rows if self._fits(row, words)), key=lambda row: row.order))
        self.counted.emit()

    def _move_to(self, wanted: list[Row]) -> None:
        """Change the rows into these, telling views what came and went."""
        kept, had = {row.key for row in wanted}, {row.key for row in self._shown}
        gone = list(_runs(n for n, row in enumerate(self._shown) if row.key not in kept))
        left = [row.key for row in self._shown if row.key in kept]
        came = list(_runs(n for n, row in enumerate(wanted) if row.key not in had))
        if len(gone) + len(came) > MAX_RUNS or left != [row.key for row in wanted if row.key in had]:
            self.beginResetModel()
            self._shown = wanted
            self.endResetModel()
            return
        for first, last in reversed(gone):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._shown[first : last + 1]
            self.endRemoveRows()
        for first, last in came:
            self.beginInsertRows(QModelIndex(), first, last)
            self._shown[first:first] = wanted[first : last + 1]
            self.endInsertRows()
        for first, last in _runs(n for n, row in enumerate(wanted) if row is not self._shown[n]):
            self._shown[first : last + 1] = wanted[first : last + 1]
            self.dataChanged.emit(self.index(first), self.index(last))

    # What changes

    def _on_changed(self, kind: str, id: str, what: str) -> None:
        if kind == "document":
            (self._gone if what == "delete" else self._changed).add(id)
            (self._changed if what == "delete" else self._gone).discard(id)
        elif kind == "trouble":
            self._troubles_changed = True
        elif kind == "all":
            self.load()
        if kind in ("document", "trouble") and not self._timer.isActive():
            self._timer.start()

    def _apply_changes(self) -> None:
        changed, gone = list(self._changed), set(self._gone)
        self._changed.clear()
        self._gone.clear()
        for id in gone:
            self.documents.pop(id, None)
        if changed:
            operations.load_some(self._context, changed, self._take_documents, owner=self)
        elif gone:
            self._show()
        if self._troubles_changed:
            self._troubles_changed = False
            self._load_troubles()

    def _take_documents(self, documents: Iterable[Document]) -> None:
        for document in documents:
            if document.id not in self._gone:
                self.documents[document.id] = row_of_document(document)
        self._show()

    def _load_troubles(self) -> None:
        self._troubles_asked += 1
        asked = self._troubles_asked
        operations.load_troubles(self._context, lambda troubles: self._take_troubles(troubles, asked), owner=self)

    def _take_troubles(self, troubles: Iterable[Trouble], asked: int) -> None:
        # An answer that was overtaken by a later one knows less.
        if asked < self._troubles_taken:
            return
        self._troubles_taken = asked
        self.troubles = {trouble.id: row_of_trouble(trouble) for trouble in troubles}
        self._show()

    def _on_reading(self) -> None:
        rows = {}
        for batch in operations.reading_of(self._context).batches:
            if batch.file:
                key = f"reading {batch.file}"
                folder = folder_of(batch.file)
                rows[key] = Row(
                    key, name_of(batch.file), batch.file, folder, (0, 0.0, batch.file),
                    percent=batch.percent, is_alone=batch.total <= 1,
                )  # fmt: skip
        if rows != self._reading:
            self._reading = rows
            self._show()


def _runs(numbers: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Numbers in growing order as (first, last) of those that follow each other."""
    first = last = -1
    for number in numbers:
        if first >= 0 and number == last + 1:
            last = number
            continue
        if first >= 0:
            yield first, last
        first = last = number
    if first >= 0:
        yield first, last
