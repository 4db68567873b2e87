"""What became of memories: a journal that can be shown, and undone for 30 days.

A change writes down the state of each entry *before* it, in the same transaction that makes the change; so
there is no change without its undo, whatever is killed when. The entry carries the id of its last change,
and the state before that change carries the one before: an entry's history is a chain that needs no index
of its own, and "is this still the last change?" is one comparison.

What a change is called quotes the entry. So forgetting an entry walks its chain, deletes each state and
takes the quotes away: the journal then says that something was forgotten and no longer what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from engine.errors import UnknownNameError
from engine.memory.shelf import State
from engine.store.store import Store, Transaction

Action = Literal[
    "added", "suggested", "edited", "pinned", "unpinned", "trashed", "restored", "accepted", "refused", "superseded",
    "imported", "evicted", "expired", "consolidated", "undone", "forgotten",
]  # fmt: skip
By = Literal["person", "scrubjay"]

# How long a change can be undone and the trash is kept.
KEPT_MS = 30 * 86_400_000
_TITLE_CHARACTERS = 80

# What is said of one entry, and of many.
_SENTENCES: dict[str, tuple[str, str]] = {
    "added": ("Remembered {title}", "Remembered {n} memories"),
    "suggested": ("Suggested {title}", "Suggested {n} memories"),
    "edited": ("Edited {title}", "Edited {n} memories"),
    "pinned": ("Pinned {title}", "Pinned {n} memories"),
    "unpinned": ("Unpinned {title}", "Unpinned {n} memories"),
    "trashed": ("Moved {title} to the trash", "Moved {n} memories to the trash"),
    "restored": ("Took {title} out of the trash", "Took {n} memories out of the trash"),
    "accepted": ("Accepted {title}", "Accepted {n} suggestions"),
    "refused": ("Refused {title}", "Refused {n} suggestions"),
    "superseded": ("Replaced {title}", "Replaced {n} memories by what is newer"),
    "imported": ("Imported {title}", "Imported {n} memories"),
    "evicted": ("Made room: moved {title} to the trash", "Made room: moved {n} memories to the trash"),
    "expired": ("Moved {title} to the trash after its time", "Moved {n} memories to the trash after their time"),
    "consolidated": ("Tidied {title}", "Tidied {n} memories"),
    "undone": ("Undid a change of {title}", "Undid a change of {n} memories"),
    "forgotten": ("Forgot a memory for good", "Forgot {n} memories for good"),
}


@dataclass(frozen=True, slots=True)
class MemoryChange:
    """One change of memories.

    Attributes:
        at_ms: UTC.
        title: the beginning of the entry's text where it is one entry; "" once it was forgotten.
        ids: of the entries that it changed; the first hundred where the change came over a wire.
        n_ids: how many entries it changed.
        by: the person, or Scrubjay by itself (sweep, consolidation).
        undone: it was taken back.
        undoes: the change that this one took back.
        report: figures of a consolidation or import.
    """

    id: str
    at_ms: int
    action: Action
    ids: tuple[str, ...] = ()
    title: str = ""
    by: By = "person"
    undone: bool = False
    undoes: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    n_ids: int = 0

    @property
    def sentence(self) -> str:
        """What happened, for people: `Edited “Prefers metric units”`."""
        one, many = _SENTENCES[self.action]
        n = max(self.n_ids, len(self.ids))
        if n > 1 and not self.title:
            return many.format(n=n)
        return one.format(title=f"“{self.title}”" if self.title else "a memory")

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return not self.undone and self.action != "forgotten"

    def to_record(self) -> dict[str, Any]:
        """The change as the store keeps it."""
        return {**asdict(self), "ids": list(self.ids)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> MemoryChange:
        """The change that `to_record` made; what else a wire adds is dropped."""
        fields = {name: record[name] for name in cls.__dataclass_fields__ if name in record}
        return cls(**{**fields, "ids": tuple(fields.get("ids", ()))})


def create_title(text: str) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _TITLE_CHARACTERS else line[: _TITLE_CHARACTERS - 1].rstrip() + "…"


class Journal:
    """The changes of one space, newest last."""

    def __init__(self, store: Store) -> None:
        self._store, self._keys = store, store.keys

    def write(self, transaction: Transaction, change: MemoryChange, before: Sequence[State]) -> None:
        """Add a change, or more entries of it, with the states that it replaces."""
        transaction.put(self._keys.memory_change(change.id), change.to_record())
        transaction.index_add(self._keys.undo, change.id, change.at_ms)
        transaction.announce("change", change.id, "put")
        for state in before:
            transaction.put(self._keys.memory_before(change.id, state.entry.id), state.to_record())

    async def get(self, id: str) -> MemoryChange:
        """One change.

        Raises:
            UnknownNameError: there is none of that id, or no longer.
        """
        change = await self.find(id)
        if change is None:
            raise UnknownNameError("change", id)
        return change

    async def find(self, id: str) -> MemoryChange | None:
        """One change, None where there is none of that id."""
        record = await self._store.get(self._keys.memory_change(id)) if id else None
        return None if record is None else MemoryChange.from_record(record)

    async def find_many(self, ids: Sequence[str]) -> dict[str, MemoryChange]:
        """Changes by id; those that there are."""
        records = await self._store.get_many([self._keys.memory_change(id) for id in ids])
        return {id: MemoryChange.from_record(r) for id, r in zip(ids, records, strict=True) if r is not None}

    async def newest(self, limit: int) -> list[MemoryChange]:
        """The last changes, newest first."""
        members = await self._store.range(self._keys.undo, limit=limit, newest_first=True)
        records = await self._store.get_many([self._keys.memory_change(id) for id, _ in members])
        return [MemoryChange.from_record(record) for record in records if record is not None]

    async def before(self, change: MemoryChange) -> dict[str, State]:
        """The states that a change replaced, by id; what it created is not among them."""
        records = await self._store.get_many([self._keys.memory_before(change.id, id) for id in change.ids])
        return {id: State.from_record(r) for id, r in zip(change.ids, records, strict=True) if r is not None}

    async def chain(self, state: State) -> list[tuple[MemoryChange, State | None]]:
        """The changes of an entry, newest first, each with the state that it replaced."""
        found: list[tuple[MemoryChange, State | None]] = []
        id, at = state.entry.id, state.entry.change
        seen: set[str] = set()
        while at and at not in seen:
            seen.add(at)
            change = await self.find(at)
            if change is None:
                break
            old = await self._store.get(self._keys.memory_before(at, id))
            replaced = State.from_record(old) if old else None
            found.append((change, replaced))
            at = replaced.entry.change if replaced else ""
        return found

    async def is_last(self, change: MemoryChange, state: State) -> bool:
        """Whether a change is the last that stands of an entry; what was taken back does not count."""
        if state.entry.change == change.id:
            return True
        if change.action == "undone":  # is done again in the opposite order, like any undo
            return False
        for later, _ in await self.chain(state):
            if later.id == change.id:
                return True
            if not later.undone and later.action != "undone":
                return False
        return False

    async def forget(self, transaction: Transaction, state: State) -> None:
        """Take everything about an entry out of the journal."""
        for change, replaced in await self.chain(state):
            if replaced is not None:
                transaction.delete(self._keys.memory_before(change.id, state.entry.id))
            left = tuple(id for id in change.ids if id != state.entry.id)
            if left:
                self.write(transaction, replace(change, ids=left, title=""), ())
            else:
                self.remove(transaction, change)

    def remove(self, transaction: Transaction, change: MemoryChange) -> None:
        """Take a change out; it can no longer be undone."""
        transaction.delete(self._keys.memory_change(change.id))
        transaction.index_remove(self._keys.undo, change.id)
        for id in change.ids:
            transaction.delete(self._keys.memory_before(change.id, id))
        transaction.announce("change", change.id, "delete")
