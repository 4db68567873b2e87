"""What is remembered: written, recalled, listed, changed, forgotten.

Writing needs no model: an entry is found by its words as soon as it is acknowledged, and its id waits in the
index `unembedded` until a background task gives it a vector. Recalling counts: an entry that was of use is
younger and weighs more. The counts are collected and written in one transaction (`flush`), because a recall
happens in front of a waiting person and a lost count harms nobody.
"""

from __future__ import annotations

import asyncio
import builtins
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from engine.clock import Clock
from engine.errors import UnknownNameError, UsageError
from engine.ids import create_id
from engine.memory.entry import MemoryEntry, Provenance, Source, Trust
from engine.memory.importance import PINNED
from engine.memory.tiers import TIERS, get_tier
from engine.search.types import Hit, Kind
from engine.security.taint import MEMORY_DERIVED, MEMORY_USER, Labels
from engine.store.store import Store, Transaction

__all__ = ["Memory", "RecallHit", "SearchCall", "check_text"]

# Longest text of one memory. A memory is a sentence or a page; a book is a document.
MAX_TEXT_BYTES = 1_000_000
# Uses are written as soon as so many entries wait, or when `flush` is called.
_MAX_TOUCHED = 64
# Characters that no text has; a few in a row mean that somebody handed over a file.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MEMORY: tuple[Kind, ...] = ("memory",)
_SOURCES = frozenset({"user", "assistant", "document", "tool", "import"})


class SearchCall(Protocol):
    """Search by words and meaning, as the engine offers it to memory, chats and tools."""

    async def __call__(
        self,
        query: str,
        /,
        *,
        k: int = 10,
        kinds: Collection[Kind] | None = None,
        project: str | None = "",
        exclude_groups: Collection[str] = (),
    ) -> list[Hit]: ...


@dataclass(frozen=True, slots=True)
class RecallHit:
    """One memory that fits a query; `why` has the terms of the score by name."""

    entry: MemoryEntry
    score: float
    why: dict[str, float] = field(default_factory=dict)


def check_text(text: str) -> str:
    """The text without white space around it.

    Raises:
        UsageError: it is empty, longer than 1 MB, or no text.
    """
    stripped = text.strip()
    if not stripped:
        raise UsageError("There is nothing to remember: the text is empty.")
    try:
        size_bytes = len(stripped.encode())
    except UnicodeEncodeError as exc:
        raise UsageError("This is not text and cannot be remembered; write it in words.") from exc
    if size_bytes > MAX_TEXT_BYTES:
        raise UsageError("A memory holds at most 1 MB of text; add what is longer as a document.")
    if _BINARY.search(stripped):
        raise UsageError("This is not text and cannot be remembered; write it in words.")
    return stripped


class Memory:
    """The memories of one space.

    Args:
        search: finds entries of the kind "memory"; without it nothing is recalled.
        on_written: called after an entry was acknowledged that waits for its vector.
        on_forgotten: awaited after entries are gone from the store; rewrites logs and compacts caches.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        search: SearchCall | None = None,
        *,
        on_written: Callable[[], None] | None = None,
        on_forgotten: Callable[[Sequence[str]], Awaitable[None]] | None = None,
    ) -> None:
        self._store, self._clock, self._search = store, clock, search
        self._on_written, self._on_forgotten = on_written, on_forgotten
        self._touched: dict[str, tuple[int, int]] = {}
        # Entries are read, changed and written back; nobody else may do so in between.
        self._writing = asyncio.Lock()

    async def add(
        self,
        text: str,
        *,
        tier: str = "semantic",
        importance: float = 0.5,
        provenance: Provenance | Mapping[str, Any] | None = None,
        tags: Sequence[str] = (),
        project: str = "",
        created_at: int | None = None,
        id: str | None = None,
        pinned: bool = False,
        trust: Trust = "trusted",
        labels: Labels | None = None,
    ) -> MemoryEntry:
        """Write an entry; it survives any kill when this returns.

        Args:
            importance: 0…1; pinned entries have 1.
            created_at: UTC ms; now if None.
            id: given, a repeated call is the same write.
            labels: origins; from the provenance if None.

        Raises:
            UsageError: the text is empty, too long or binary; importance is outside 0…1.
            UnknownNameError: no such tier or source.
            StoreFullError: no space; nothing was written.
        """
        source = _provenance(provenance)
        now = self._clock.now_ms() if created_at is None else created_at
        entry = MemoryEntry(
            id=id or create_id(),
            space=self._store.keys.space,
            tier=get_tier(tier).name,
            text=check_text(text),
            created_ms=now,
            last_used_ms=now,
            project=project,
            importance=PINNED if pinned else _importance(importance),
            pinned=pinned,
            tags=tuple(dict.fromkeys(tags)),
            provenance=source,
            labels=tuple(sorted(_labels(source) if labels is None else labels)),
            trust=trust,
        )
        async with self._writing:
            await self._write(entry)
        await self._store.barrier()
        self._wake()
        return entry

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
        wanted = id.strip().upper()
        ids = [member for tier in TIERS for member, _ in await self._store.range(self._store.keys.tier(tier))]
        found = [member for member in ids if wanted and member.startswith(wanted)]
        if wanted in found:
            found = [wanted]
        if not found:
            raise UnknownNameError("memory", id, ids)
        if len(found) > 1:
            raise UsageError(f"{len(found)} memories begin with {id!r}; write more of the id.")
        return await self.get(found[0])

    async def list(
        self, *, tier: str | None = None, limit: int = 100, project: str | None = None, trust: Trust | None = None
    ) -> builtins.list[MemoryEntry]:
        """Entries, the last written or used first.

        Args:
            project: only its own; None all.
            trust: only trusted ones, or only suggestions; None both.
        """
        tiers = [get_tier(tier).name] if tier is not None else list(TIERS)
        filtered = project is not None or trust is not None
        members: list[tuple[str, float]] = []
        for name in tiers:
            members += await self._store.range(
                self._store.keys.tier(name), limit=None if filtered else limit, newest_first=True
            )
        members.sort(key=lambda m: (-m[1], m[0]))
        ids = [id for id, _ in (members if filtered else members[:limit])]
        entries = await self._load(ids)
        fitting = [e for e in entries if project in (None, e.project) and trust in (None, e.trust)]
        return fitting[:limit]

    async def recall(
        self, query: str, k: int = 5, *, project: str | None = "", touch: bool = True, suggested: bool = False
    ) -> builtins.list[RecallHit]:
        """The entries that fit a query best, best first.

        Args:
            project: its entries and the unscoped ones.
            touch: count this as a use of what was found.
            suggested: also what still waits for the person.

        Raises:
            UsageError: the query is empty or k is below 1.
        """
        if not query.strip():
            raise UsageError("The query is empty; write what you look for.")
        if k < 1:
            raise UsageError("At least one result must be asked for.")
        if self._search is None:
            return []
        # Suggestions and entries that were just forgotten fall out afterwards, so ask for some more.
        hits = await self._search(query, k=2 * k + 5, kinds=_MEMORY, project=project)
        entries = {entry.id: entry for entry in await self._load([hit.id for hit in hits])}
        found = [
            RecallHit(entries[hit.id], hit.score, dict(hit.why))
            for hit in hits
            if hit.id in entries and (suggested or entries[hit.id].trust == "trusted")
        ][:k]
        if touch:
            await self.touch([hit.entry.id for hit in found])
        return found

    async def touch(self, ids: Sequence[str]) -> None:
        """Count a use of these entries now; written with the next `flush`."""
        now = self._clock.now_ms()
        for id in ids:
            uses, _ = self._touched.get(id, (0, 0))
            self._touched[id] = (uses + 1, now)
        if len(self._touched) >= _MAX_TOUCHED:
            await self.flush()

    async def flush(self) -> None:
        """Write the uses counted so far, all in one transaction."""
        async with self._writing:
            touched = dict(self._touched)
            entries = await self._load(list(touched))
            if entries:
                transaction = Transaction()
                for entry in entries:
                    uses, last_ms = touched[entry.id]
                    last_ms = max(entry.last_used_ms, last_ms)
                    self._put(transaction, replace(entry, uses=entry.uses + uses, last_used_ms=last_ms))
                await self._store.commit(transaction)
            for id, (uses, last_ms) in touched.items():
                more, latest = self._touched[id]
                self._touched[id] = (more - uses, max(latest, last_ms))
                if more == uses:
                    del self._touched[id]

    async def edit(
        self,
        id: str,
        *,
        text: str | None = None,
        importance: float | None = None,
        tags: Sequence[str] | None = None,
        pinned: bool | None = None,
        trust: Trust | None = None,
    ) -> MemoryEntry:
        """Change an entry by the person's hand; acknowledged when this returns.

        A new text is the person's own and waits for its vector again.
        """
        async with self._writing:
            entry = await self.get(id)
            if text is not None and check_text(text) != entry.text:
                labels = tuple(sorted({*entry.labels, MEMORY_USER}))
                entry = replace(entry, text=check_text(text), vector=b"", embedded_with="", labels=labels)
            entry = replace(
                entry,
                importance=entry.importance if importance is None else _importance(importance),
                tags=entry.tags if tags is None else tuple(dict.fromkeys(tags)),
                pinned=entry.pinned if pinned is None else pinned,
                trust=trust or entry.trust,
            )
            entry = replace(entry, importance=PINNED) if entry.pinned else entry
            await self._write(entry)
        await self._store.barrier()
        self._wake()
        return entry

    async def forget(self, id: str) -> MemoryEntry:
        """Delete an entry for good and return what it was; gone for good when this returns.

        Raises:
            UnknownNameError: there is none of that id.
        """
        keys = self._store.keys
        async with self._writing:
            entry = await self.get(id)
            transaction = Transaction()
            transaction.delete(keys.memory(id))
            for index in (keys.tier(entry.tier), keys.trash):
                transaction.index_remove(index, id)
            transaction.index_remove(keys.unembedded, f"memory:{id}")
            transaction.announce("memory", id, "delete")
            await self._store.commit(transaction)
            self._touched.pop(id, None)
        await self._store.barrier()
        if self._on_forgotten is not None:
            await self._on_forgotten([id])
        return entry

    async def count(self, tier: str | None = None) -> int:
        """How many entries there are, in one tier or in all."""
        tiers = [get_tier(tier).name] if tier is not None else list(TIERS)
        return sum([await self._store.count(self._store.keys.tier(name)) for name in tiers])

    async def stats(self) -> dict[str, Any]:
        """Counts beside capacities: `{"total": n, "tiers": {name: {count, capacity, ttl_s, half_life_s}}}`."""
        tiers = {
            tier.name: {
                "count": await self._store.count(self._store.keys.tier(tier.name)),
                "capacity": tier.capacity,
                "ttl_s": tier.ttl_s,
                "half_life_s": tier.half_life_s,
            }
            for tier in TIERS.values()
        }
        waiting = await self._store.range(self._store.keys.unembedded)
        return {
            "total": sum(int(row["count"]) for row in tiers.values()),
            "without_vector": sum(1 for member, _ in waiting if member.startswith("memory:")),
            "tiers": tiers,
        }

    async def _load(self, ids: Sequence[str]) -> builtins.list[MemoryEntry]:
        records = await self._store.get_many([self._store.keys.memory(id) for id in ids])
        return [MemoryEntry.from_record(record) for record in records if record is not None]

    async def _write(self, entry: MemoryEntry) -> None:
        transaction = Transaction()
        self._put(transaction, entry)
        if not entry.vector:
            transaction.index_add(self._store.keys.unembedded, f"memory:{entry.id}", entry.created_ms)
        await self._store.commit(transaction)

    def _put(self, transaction: Transaction, entry: MemoryEntry) -> None:
        transaction.put(self._store.keys.memory(entry.id), entry.to_record())
        transaction.index_add(self._store.keys.tier(entry.tier), entry.id, entry.last_used_ms)
        transaction.announce("memory", entry.id, "put")

    def _wake(self) -> None:
        if self._on_written is not None:
            self._on_written()


def _importance(value: float) -> float:
    if not 0 <= value <= 1:
        raise UsageError(f"Importance goes from 0 to 1, not {value:g}.")
    return float(value)


def _provenance(given: Provenance | Mapping[str, Any] | None) -> Provenance:
    if given is None:
        return Provenance()
    if isinstance(given, Provenance):
        return given
    unknown = set(given) - set(Provenance.__dataclass_fields__)
    if unknown:
        raise UnknownNameError("provenance field", min(unknown), Provenance.__dataclass_fields__)
    provenance = Provenance(**{name: str(value) for name, value in given.items()})  # type: ignore[arg-type]
    if provenance.source not in _SOURCES:
        raise UnknownNameError("source", provenance.source, _SOURCES)
    return provenance


def _labels(provenance: Provenance) -> Labels:
    source: Source = provenance.source
    return frozenset({MEMORY_USER if source == "user" else MEMORY_DERIVED})
