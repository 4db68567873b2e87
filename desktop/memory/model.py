"""The memories as a Qt model: rows by page, loaded when they are looked at, so that 65,000 cost as much as 100."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from desktop.chat.words import tip
from desktop.context import Context
from desktop.operations import memory as operations

if TYPE_CHECKING:
    from engine.memory.entry import MemoryEntry

PAGE = 200
TEXT, TIER, IMPORTANCE, USED = range(4)
ENTRY = Qt.ItemDataRole.UserRole
DAY_S = 86_400


def tr(text: str, n: int = -1) -> str:
    return QCoreApplication.translate("MemoryModel", text, None, n)


def tier_name(tier: str) -> str:
    """A tier in the person's words."""
    return {
        "working": tr("Working"),
        "short_term": tr("Short-term"),
        "episodic": tr("Episodic"),
        "long_term": tr("Long-term"),
        "semantic": tr("Semantic"),
    }.get(tier, tier)


def tier_hint(tier: str, capacity: int, ttl_s: int) -> str:
    """What a tier is for, how much it takes and how long."""
    words = {
        "working": tr("What the answer that runs is about."),
        "short_term": tr("The last questions and answers of all chats, so that the next answer knows of them."),
        "episodic": tr("What was said and what happened, with its time."),
        "long_term": tr("What proved important because it was needed again."),
        "semantic": tr("Facts, and what you said to remember."),
    }.get(tier, "")
    most = tr("At most {n}.").format(n=QLocale().toString(capacity))
    return " ".join(part for part in (words, most, _span_words(ttl_s)) if part)


def _span_words(seconds: int) -> str:
    if not seconds:
        return tr("Nothing leaves by itself.")
    unit, words = next(
        (unit, words)
        for unit, words in (
            (DAY_S, tr("What is not used for {n} days leaves.")),
            (3600, tr("What is not used for {n} h leaves.")),
            (60, tr("What is not used for {n} min leaves.")),
            (1, tr("What is not used for {n} s leaves.")),
        )
        if seconds >= unit
    )
    return words.format(n=QLocale().toString(seconds / unit, "g", 3))


def age_words(then_ms: int, now_ms: float | None = None) -> str:
    """How long ago, in words; the date beyond a week."""
    age_s = max(0.0, (now_ms or time.time() * 1000) - then_ms) / 1000
    if age_s < 60:
        return tr("now")
    if age_s < 3600:
        return tr("{n} min ago").format(n=int(age_s // 60))
    if age_s < DAY_S:
        return tr("{n} h ago").format(n=int(age_s // 3600))
    if age_s < 7 * DAY_S:
        return tr("{n} d ago").format(n=int(age_s // DAY_S))
    from PySide6.QtCore import QDateTime

    return QLocale().toString(QDateTime.fromMSecsSinceEpoch(then_ms).date(), QLocale.FormatType.ShortFormat)


class MemoryModel(QAbstractTableModel):
    """Entries that fit the filters, or the trash.

    Signals:
        loaded(total): the first page is there.
        load_failed(error): it could not be had.
    """

    loaded = Signal(int)
    load_failed = Signal(object)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._filters: dict[str, Any] = {"query": "", "tier": None, "pinned": None, "trust": None, "sort": "used"}
        self._trashed = False
        self._pages: dict[int, list[MemoryEntry]] = {}
        self._asked: set[int] = set()
        self._total = 0
        # Answers to an older question are not shown.
        self._generation = 0

    @property
    def is_trash(self) -> bool:
        return self._trashed

    def show(self, *, trashed: bool = False, **filters: Any) -> None:
        """Show other entries; filters as of `engine.memory.list`."""
        self._trashed = trashed
        self._filters |= filters
        self.refresh()

    def refresh(self) -> None:
        """Read again; what is shown stays until the first page is there."""
        self._generation += 1
        self._asked = {0}
        self._ask(0)

    def entry(self, row: int) -> MemoryEntry | None:
        """The entry of a row; None while it is being loaded."""
        page = self._pages.get(row // PAGE)
        if page is None:
            if row // PAGE not in self._asked:
                self._asked.add(row // PAGE)
                self._ask(row // PAGE)
            return None
        return page[row % PAGE] if row % PAGE < len(page) else None

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("Memory"), tr("Tier"), tr("Importance"), tr("Last used"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section == IMPORTANCE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self.entry(index.row())
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == IMPORTANCE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if entry is None:
            return "…" if role == Qt.ItemDataRole.DisplayRole and index.column() == TEXT else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(entry, index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == TEXT:
            return tip(entry.text)
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == TEXT:
            pinned = tr("pinned, ") if entry.pinned else ""
            return f"{entry.text}, {pinned}{tier_name(entry.tier)}, {age_words(entry.last_used_ms)}"
        if role == Qt.ItemDataRole.DecorationRole and index.column() == TEXT and entry.pinned:
            return self._context.theme.icon("pin", "accent")
        return None

    def _words(self, entry: MemoryEntry, column: int) -> str:
        if column == TEXT:
            return " ".join(entry.text.split())
        if column == TIER:
            return tier_name(entry.tier)
        if column == IMPORTANCE:
            return QLocale().toString(entry.importance, "f", 2)
        return age_words(entry.last_used_ms)

    def _ask(self, page: int) -> None:
        generation = self._generation

        def show(found: Any) -> None:
            if generation == self._generation:
                self._take(page, found)

        operations.load_page(
            self._context, show, trashed=self._trashed, filters=self._filters, offset=page * PAGE, limit=PAGE,
            owner=self, failed=self.load_failed.emit,
        )  # fmt: skip

    def _take(self, page: int, found: Any) -> None:
        entries = [state.entry for state in found.states] if self._trashed else list(found)
        if page == 0:
            self.beginResetModel()
            self._pages = {0: entries}
            # A page that was asked for meanwhile and came before this one is gone with the others: ask again.
            self._asked = {0}
            self._total = found.total
            self.endResetModel()
            self.loaded.emit(self._total)
            return
        self._pages[page] = entries
        first = page * PAGE
        self.dataChanged.emit(self.index(first, 0), self.index(first + len(entries) - 1, 3))
