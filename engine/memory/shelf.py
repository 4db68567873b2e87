"""Where a memory lies in the store: on the shelf of its tier, or in the trash.

Everything that becomes of an entry is one move from a state to another, and this file alone knows which
keys that touches. So no change can forget an index, and an undo is a move like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.memory.entry import MemoryEntry
from engine.store.store import Store, Transaction

# Why an entry is in the trash whose turn was taken back: it comes out with the turn, nobody threw it away.
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class State:
    """An entry and where it lies.

    Attributes:
        trashed_ms: when it went into the trash, UTC; 0 while it is on the shelf.
        reason: why it is in the trash: trashed, full, expired, merged, superseded, refused, withdrawn.
    """

    entry: MemoryEntry
    trashed_ms: int = 0
    reason: str = ""

    def to_record(self) -> dict[str, Any]:
        """The state as the store keeps it."""
        return {"entry": self.entry.to_record(), "trashed_ms": self.trashed_ms, "reason": self.reason}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> State:
        """The state that `to_record` made."""
        return cls(MemoryEntry.from_record(record["entry"]), int(record["trashed_ms"]), str(record["reason"]))


class Shelf:
    """Reads and moves the memories of one space.

    Attributes:
        lock: held by whoever reads entries, changes them and writes them back.
        on_changed: called after every commit of something that a recall would tell.
    """

    def __init__(self, store: Store) -> None:
        self.store, self.keys = store, store.keys
        self.lock = asyncio.Lock()
        self.on_changed: Callable[[], None] = lambda: None

    async def commit(self, transaction: Transaction) -> None:
        """Write moves of entries; what was recalled before does not count any more."""
        try:
            await self.store.commit(transaction)
        finally:
            self.on_changed()

    async def load(self, ids: Iterable[str]) -> dict[str, State]:
        """The states of these entries by id, wherever they lie; those that are nowhere or damaged are left out."""
        wanted = list(dict.fromkeys(ids))
        live = await self.store.get_many([self.keys.memory(id) for id in wanted])
        states = {id: State(MemoryEntry.from_record(r)) for id, r in zip(wanted, live, strict=True) if r is not None}
        return states | await self.load_trash([id for id in wanted if id not in states])

    async def load_trash(self, ids: Sequence[str]) -> dict[str, State]:
        """The states of entries in the trash by id."""
        gone = await self.store.get_many([self.keys.trashed_memory(id) for id in ids])
        return {id: State.from_record(r) for id, r in zip(ids, gone, strict=True) if r is not None}

    async def load_live(self, ids: Sequence[str]) -> list[MemoryEntry]:
        """The entries with these ids that are on the shelf, in that order."""
        records = await self.store.get_many([self.keys.memory(id) for id in ids])
        return [MemoryEntry.from_record(record) for record in records if record is not None]

    def move(self, transaction: Transaction, before: State | None, after: State | None) -> None:
        """Write that an entry is now in another state; None is nowhere."""
        if before is not None:
            self._take(transaction, before)
        if after is not None:
            self._put(transaction, after)

    def rewrite(self, transaction: Transaction, entry: MemoryEntry, *, announce: bool = True) -> None:
        """Write an entry that stays where it is: its uses, its vector."""
        transaction.put(self.keys.memory(entry.id), entry.to_stored())
        transaction.index_add(self.keys.tier(entry.tier), entry.id, entry.last_used_ms)
        if announce:
            transaction.announce("memory", entry.id, "put")

    def _take(self, transaction: Transaction, state: State) -> None:
        entry = state.entry
        if state.trashed_ms:
            transaction.delete(self.keys.trashed_memory(entry.id))
            transaction.index_remove(self.keys.trash, entry.id)
            if state.reason == WITHDRAWN:
                transaction.index_remove(self.keys.withdrawn, entry.id)
            transaction.announce("trash", entry.id, "delete")
            return
        transaction.delete(self.keys.memory(entry.id))
        transaction.index_remove(self.keys.tier(entry.tier), entry.id)
        transaction.index_remove(self.keys.unembedded, f"memory:{entry.id}")
        if entry.provenance.chat:
            transaction.index_remove(self.keys.said(entry.provenance.chat), entry.id)
        transaction.announce("memory", entry.id, "delete")

    def _put(self, transaction: Transaction, state: State) -> None:
        entry = state.entry
        if state.trashed_ms:
            transaction.put(self.keys.trashed_memory(entry.id), state.to_record())
            transaction.index_add(self.keys.trash, entry.id, state.trashed_ms)
            if state.reason == WITHDRAWN:
                transaction.index_add(self.keys.withdrawn, entry.id, state.trashed_ms)
            transaction.announce("trash", entry.id, "put")
            return
        self.rewrite(transaction, entry)
        if not entry.vector and entry.trust != "quoted":  # what is quoted is never recalled
            transaction.index_add(self.keys.unembedded, f"memory:{entry.id}", entry.created_ms)
        if entry.provenance.chat:
            transaction.index_add(self.keys.said(entry.provenance.chat), entry.id, entry.created_ms)
