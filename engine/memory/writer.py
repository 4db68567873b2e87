"""How memories are written: every change in one transaction with its line in the journal, then a barrier."""

from __future__ import annotations

import builtins
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.clock import Clock
from engine.errors import UnknownNameError, UsageError
from engine.ids import create_id
from engine.memory.journal import Action, By, MemoryChange, create_title
from engine.memory.reader import MemoryIndex
from engine.memory.recaller import MemoryRecall, SearchCall
from engine.memory.shelf import State
from engine.memory.tiers import TIERS, Tier
from engine.store.store import Store, Transaction

# What is done to one memory can be done to several at once, as one change.
Ids = str | Sequence[str]


class MemoryWriter(MemoryRecall):
    """Writes changes of the memories of one space; what the other files of this folder stand on.

    Args:
        search: finds entries of the kind "memory"; without it nothing is recalled.
        index: makes pages of lists.
        on_written: called after an entry was acknowledged that waits for its vector.
        on_forgotten: awaited after entries are gone from the store; rewrites logs and compacts caches.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        search: SearchCall | None = None,
        *,
        index: MemoryIndex | None = None,
        tiers: Mapping[str, Tier] = TIERS,
        on_written: Callable[[], None] | None = None,
        on_forgotten: Callable[[Sequence[str]], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(store, clock, search, index, tiers)
        self._on_written, self._on_forgotten = on_written, on_forgotten
        self._last_change_ms = 0

    async def set_vectors(self, vectors: Mapping[str, tuple[str, bytes]], model: str, *, announce: bool = True) -> None:
        """Give entries their vectors.

        Args:
            vectors: by id, the text that was embedded and its vector; an entry that has another text by now
                waits again, one that is gone stays gone.
            announce: False leaves the index as it is, which then serves vectors of another model.
        """
        async with self.shelf.lock:
            transaction = Transaction()
            live = {entry.id: entry for entry in await self.shelf.load_live(list(vectors))}
            for id, (text, vector) in vectors.items():
                entry = live.get(id)
                if entry is not None and entry.text == text:
                    fresh = replace(entry, vector=vector, embedded_with=model)
                    self.shelf.rewrite(transaction, fresh, announce=announce)
                if entry is None or entry.text == text:
                    transaction.index_remove(self._store.keys.unembedded, f"memory:{id}")
            await self.shelf.commit(transaction)

    async def live_states(self, ids: Ids) -> dict[str, State]:
        """The states of entries that must all be on the shelf.

        Raises:
            UnknownNameError: one of them is not.
        """
        live = {entry.id: State(entry) for entry in await self.shelf.load_live(each_id(ids))}
        require_all(ids, live)
        return live

    async def apply(
        self, action: Action, after: Sequence[State], before: Mapping[str, State], *, by: By = "person",
        change_id: str = "", title: str = "", report: Mapping[str, Any] | None = None,
    ) -> MemoryChange:  # fmt: skip
        """Move entries from one state to another and write it into the journal; the lock must be held."""
        transaction = Transaction()
        change = await self.write_change(
            transaction, action, after, before, by=by, change_id=change_id, title=title, report=report
        )
        await self.shelf.commit(transaction)
        return change

    async def write_change(
        self,
        transaction: Transaction,
        action: Action,
        after: Sequence[State],
        before: Mapping[str, State],
        *,
        by: By = "person",
        undoes: str = "",
        change_id: str = "",
        title: str = "",
        report: Mapping[str, Any] | None = None,
    ) -> MemoryChange:
        """Put a change of entries and its journal into a transaction."""
        ids = tuple(state.entry.id for state in after)
        title = title or (create_title(after[0].entry.text) if len(ids) == 1 else "")
        id = change_id or create_id()
        at_ms = await self.next_change_ms()
        change = MemoryChange(id, at_ms, action, ids, title, by, undoes=undoes, report=dict(report or {}))
        for state in after:
            if state.entry.change != change.id:
                state = replace(state, entry=replace(state.entry, change=change.id))
            self.shelf.move(transaction, before.get(state.entry.id), state)
        self.journal.write(transaction, change, [before[id] for id in ids if id in before])
        return change

    async def next_change_ms(self) -> int:
        """Now, and later than every change before, whatever the clock did meanwhile.

        The journal is purged from its old end; a change with the time of a wrong clock would leave from the middle,
        and what it had replaced could no longer be found to be forgotten.
        """
        if not self._last_change_ms:
            newest = await self.journal.newest(1)
            self._last_change_ms = newest[0].at_ms if newest else 0
        self._last_change_ms = max(self._clock.now_ms(), self._last_change_ms + 1)
        return self._last_change_ms

    async def acknowledge(self) -> None:
        """Return when all that was written survives any kill; then let vectors be made."""
        await self._store.barrier()
        if self._on_written is not None:
            self._on_written()


def each_id(ids: Ids) -> builtins.list[str]:
    """One id or several, each once."""
    return [ids] if isinstance(ids, str) else list(dict.fromkeys(ids))


def require_all(ids: Ids, found: Mapping[str, State]) -> None:
    for id in each_id(ids):
        if id not in found:
            raise UnknownNameError("memory", id)
    if not found:
        raise UsageError("No memory was named.")
