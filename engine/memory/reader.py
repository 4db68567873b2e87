"""Memories as they are read: one, a page of a list, the trash, the journal, the counts.

A list of 65,000 entries is cut into pages by the search index, which holds what a list is filtered and
sorted by; only the entries of the page are read from the store. Where there is no index (a script, or one
that cannot be written) the list is made from the store, slower and the same.
"""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, overload

from engine.clock import Clock
from engine.errors import StoreError, UnknownNameError, UsageError
from engine.memory.entry import MemoryEntry, Trust
from engine.memory.filters import RECORDS, memory_bits
from engine.memory.journal import Journal, MemoryChange
from engine.memory.shelf import Shelf, State
from engine.memory.tiers import TIERS, Tier, get_tier
from engine.search.types import Kind, PageRequest, Standing
from engine.store.store import Store

Sort = Literal["used", "created", "importance"]
TRUSTS: tuple[Trust, ...] = ("trusted", "suggested", "quoted")
SORTS: tuple[Sort, ...] = ("used", "created", "importance")


class MemoryIndex(Protocol):
    """What the search index tells of memories, as up to date as the store."""

    async def page(self, request: PageRequest) -> tuple[builtins.list[str], int]:
        """The ids of one page of a list, and how many entries there are in all."""
        ...

    async def summary(self, kind: Kind) -> dict[str, dict[str, int]]:
        """`{tier: {count, pinned, suggested, bytes}}`."""
        ...

    async def standings(self, kind: Kind, group: str) -> builtins.list[Standing]:
        """What the scores of all entries of a tier are made of."""
        ...

    async def similar(
        self, ids: Sequence[str], threshold: float, kind: Kind, no_bits: int = 0
    ) -> builtins.list[tuple[str, str, float]]:
        """For each of these entries those that are at least so similar, with the cosine."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryPage(Sequence[MemoryEntry]):
    """Some entries of a list; `total` is how many fit the filters in all."""

    entries: tuple[MemoryEntry, ...] = ()
    total: int = 0

    @overload
    def __getitem__(self, index: int) -> MemoryEntry: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[MemoryEntry, ...]: ...
    def __getitem__(self, index: int | slice) -> MemoryEntry | tuple[MemoryEntry, ...]:
        return self.entries[index]

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[MemoryEntry]:
        return iter(self.entries)


@dataclass(frozen=True, slots=True)
class TrashPage:
    """Some entries of the trash, the last ones first; `total` is how many there are."""

    states: tuple[State, ...] = field(default=())
    total: int = 0


class MemoryReader:
    """Reads the memories of one space.

    Args:
        index: makes pages of lists; without it they are made from the store.
        tiers: the table of tiers.

    Attributes:
        shelf, journal: for the other files of this folder.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        index: MemoryIndex | None = None,
        tiers: Mapping[str, Tier] = TIERS,
    ) -> None:
        self._store, self._clock, self._index, self.tiers = store, clock, index, tiers
        self.shelf, self.journal = Shelf(store), Journal(store)

    @property
    def space(self) -> str:
        """Whose memories these are."""
        return self._store.keys.space

    def now_ms(self) -> int:
        """What the clock says."""
        return self._clock.now_ms()

    async def get(self, id: str) -> MemoryEntry:
        """One entry.

        Raises:
            UnknownNameError: there is none of that id.
            EntryDamagedError: its checksum does not match.
        """
        record = await self._store.get(self._store.keys.memory(id))
        if record is None:
            raise UnknownNameError("memory", id)
        return MemoryEntry.from_record(record)

    async def find(self, id: str) -> MemoryEntry:
        """One entry by its id or the beginning of it.

        Raises:
            UnknownNameError: nothing begins like that.
            UsageError: more than one does.
        """
        return await self.get(await self._find_id(id, [self._store.keys.tier(tier) for tier in TIERS]))

    async def find_trashed(self, id: str) -> State:
        """One entry of the trash by its id or the beginning of it.

        Raises:
            UnknownNameError: nothing begins like that.
            UsageError: more than one does.
        """
        found = await self._find_id(id, [self._store.keys.trash])
        states = await self.shelf.load_trash([found])
        if found not in states:
            raise UnknownNameError("memory", id)
        return states[found]

    async def find_anywhere(self, id: str) -> State:
        """One entry, on the shelf or in the trash, by its id or the beginning of it.

        Raises:
            UnknownNameError: nothing begins like that.
            UsageError: more than one does.
        """
        keys = self._store.keys
        found = await self._find_id(id, [*(keys.tier(tier) for tier in TIERS), keys.trash])
        states = await self.shelf.load([found])
        if found not in states:
            raise UnknownNameError("memory", id)
        return states[found]

    async def _find_id(self, id: str, indexes: Sequence[str]) -> str:
        wanted = id.strip().upper()
        if len(wanted) == 26 and await self.shelf.load([wanted]):
            return wanted
        ids = [member for index in indexes for member, _ in await self._store.range(index)]
        found = [member for member in ids if wanted and member.startswith(wanted)]
        if wanted in found:
            return wanted
        if not found:
            raise UnknownNameError("memory", id, ids[-1000:])
        if len(found) > 1:
            raise UsageError(f"More than one memory begins with {id!r}; write more of the id.")
        return found[0]

    async def list(
        self,
        *,
        query: str = "",
        tier: str | None = None,
        project: str | None = None,
        pinned: bool | None = None,
        trust: Trust | None = None,
        sort: Sort = "used",
        offset: int = 0,
        limit: int = 100,
    ) -> MemoryPage:
        """A page of the entries that fit, best first by `sort`.

        What the loop records for itself (quoted turns, references of short_term) is listed only where a tier or a
        trust is asked for.

        Args:
            query: every word of it is the beginning of a word of the entry.
            project: only its own, "" the unscoped ones; None all.
            trust: only trusted ones, only suggestions, or only what is quoted; None all.
            sort: used = last written or used first; created = newest first; importance = highest first.

        Raises:
            UnknownNameError: no such tier or order.
        """
        if sort not in SORTS:
            raise UnknownNameError("order", sort, SORTS)
        tiers = (get_tier(tier).name,) if tier is not None else ()
        if trust is not None and trust not in TRUSTS:
            raise UnknownNameError("trust", trust, TRUSTS)
        no_bits = RECORDS if trust is None and tier is None else 0
        request = PageRequest(("memory",), query, tiers, project, pinned, trust, sort, max(0, offset), limit, no_bits)
        if self._index is not None:
            try:
                ids, total = await self._index.page(request)
            except StoreError:
                return await self._list_from_store(request)
            return MemoryPage(tuple(await self.shelf.load_live(ids)), total)
        return await self._list_from_store(request)

    async def _list_from_store(self, request: PageRequest) -> MemoryPage:
        keys = self._store.keys
        ids = [id for tier in request.groups or TIERS for id, _ in await self._store.range(keys.tier(tier))]
        entries = [entry for entry in await self.shelf.load_live(ids) if _fits(entry, request)]
        entries.sort(key=lambda e: (-_sort_value(e, request.sort), e.id))
        return MemoryPage(tuple(entries[request.offset : request.offset + request.limit]), len(entries))

    async def trashed(self, *, offset: int = 0, limit: int = 100, withdrawn: bool = True) -> TrashPage:
        """A page of the trash, what went in last first.

        Args:
            withdrawn: also what the loop recorded of turns that were taken back.
        """
        keys = self._store.keys
        hidden = set() if withdrawn else {id for id, _ in await self._store.range(keys.withdrawn)}
        members = await self._store.range(keys.trash, limit=offset + limit + len(hidden), newest_first=True)
        ids = [id for id, _ in members if id not in hidden][offset : offset + limit]
        states = await self.shelf.load_trash(ids)
        total = await self._store.count(keys.trash) - len(hidden)
        return TrashPage(tuple(states[id] for id in ids if id in states), total)

    async def changes(self, limit: int = 100) -> builtins.list[MemoryChange]:
        """The last changes of any memory, newest first."""
        return await self.journal.newest(limit)

    async def all_ids(self) -> builtins.list[str]:
        """Ids of everything on the shelf, tier by tier, in the order of last use."""
        keys = self._store.keys
        return [id for tier in TIERS for id, _ in await self._store.range(keys.tier(tier))]

    async def last_change(self) -> str:
        """Position of the newest change of anything in the store."""
        return await self._store.last_change()

    async def changes_after(self, position: str) -> set[str] | None:
        """Ids of memories that changed after a position; None when nobody knows any more."""
        ids: set[str] = set()
        while True:
            changes = await self._store.changes(position)
            if changes is None:
                return None
            if not changes:
                return ids
            ids |= {change.id for change in changes if change.kind == "memory"}
            position = changes[-1].position

    async def knows_change(self, change_id: str) -> bool:
        """Whether there was such a change: who repeats a request after a crash finds its own."""
        return await self.journal.find(change_id) is not None

    async def history(self, id: str) -> builtins.list[tuple[MemoryChange, State | None]]:
        """The changes of one entry, newest first, each with what the entry was before.

        Raises:
            UnknownNameError: there is none of that id, nor in the trash.
        """
        return await self.journal.chain(await self.find_anywhere(id))

    async def count(self, tier: str | None = None) -> int:
        """How many entries there are, in one tier or in all."""
        tiers = [get_tier(tier).name] if tier is not None else list(TIERS)
        return sum([await self._store.count(self._store.keys.tier(name)) for name in tiers])

    async def stats(self) -> dict[str, Any]:
        """Counts beside capacities.

        `{"total", "trash", "without_vector", "tiers": {name: {holds, count, capacity, ttl_s, half_life_s, pinned,
        suggested, bytes}}}`; bytes of text.
        """
        keys, summary = self._store.keys, await self._summary()
        tiers = {}
        for tier in self.tiers.values():
            found = summary.get(tier.name, {})
            tiers[tier.name] = {
                "holds": tier.holds,
                "count": await self._store.count(keys.tier(tier.name)),
                "capacity": tier.capacity,
                "ttl_s": tier.ttl_s,
                "half_life_s": tier.half_life_s,
                **{name: found.get(name, 0) for name in ("pinned", "suggested", "bytes")},
            }
        waiting = await self._store.range(keys.unembedded)
        return {
            "total": sum([await self._store.count(keys.tier(name)) for name in TIERS]),
            "trash": await self._store.count(keys.trash) - await self._store.count(keys.withdrawn),
            "without_vector": sum(1 for member, _ in waiting if member.startswith("memory:")),
            "tiers": tiers,
        }

    async def standings(self, tier: str) -> builtins.list[Standing]:
        """What the scores of all entries of a tier are made of."""
        if self._index is not None:
            with contextlib.suppress(StoreError):
                return await self._index.standings("memory", tier)
        entries = await self.shelf.load_live([id for id, _ in await self._store.range(self._store.keys.tier(tier))])
        return [Standing(e.id, e.importance, e.uses, e.last_used_ms, memory_bits(e)) for e in entries]

    async def similar(
        self, ids: Sequence[str], threshold: float, no_bits: int = 0
    ) -> builtins.list[tuple[str, str, float]]:
        """For each of these entries those that are at least so similar, with the cosine; none without an index."""
        return [] if self._index is None else await self._index.similar(ids, threshold, "memory", no_bits)

    async def _summary(self) -> dict[str, dict[str, int]]:
        if self._index is not None:
            with contextlib.suppress(StoreError):
                return await self._index.summary("memory")
        found = {}
        for tier in TIERS:
            entries = await self.shelf.load_live([id for id, _ in await self._store.range(self._store.keys.tier(tier))])
            found[tier] = {
                "pinned": sum(e.pinned for e in entries),
                "suggested": sum(e.trust == "suggested" for e in entries),
                "bytes": sum(len(e.text.encode()) for e in entries),
            }
        return found


def _fits(entry: MemoryEntry, request: PageRequest) -> bool:
    words = entry.text.casefold().split()
    return (
        request.project in (None, entry.project)
        and request.pinned in (None, entry.pinned)
        and request.trust in (None, entry.trust)
        and not memory_bits(entry) & request.no_bits & RECORDS
        and all(any(w.startswith(part) for w in words) for part in request.query.casefold().split())
    )


def _sort_value(entry: MemoryEntry, sort: str) -> float:
    return {"used": entry.last_used_ms, "created": entry.created_ms, "importance": entry.importance}[sort]
