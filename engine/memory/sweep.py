"""The table of tiers, enforced: what has had its time leaves, and what is too much.

One pass over all tiers, by the owner alone. Nothing has a TTL in Redis: that follows the wall clock, and a
clock that jumps by 40 days would delete for good (see last_seen.py). What leaves goes into the trash for 30
days, pinned entries stay whatever happens, and a full tier gives up its lowest scores. References of
short_term and what tools found for a running answer end without a trace: what they refer to, and the answer with its
steps, is still there, and the trash is for what a person may look for.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from engine.clock import Clock
from engine.errors import StoreError
from engine.memory.entry import MemoryEntry
from engine.memory.importance import score_of
from engine.memory.journal import KEPT_MS, Action, MemoryChange
from engine.memory.last_seen import ClockState, LastSeen
from engine.memory.memory import Memory
from engine.memory.shelf import State
from engine.memory.tiers import Tier
from engine.search.types import UNPINNED
from engine.store.store import Store, Transaction

logger = logging.getLogger(__name__)

# How often the owner sweeps while it runs; ten small questions to the store.
SWEEP_EVERY_S = 30.0
# Entries moved in one transaction: bounds memory, and how long the lock is held.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep did, in entries; `purged` counts chats and documents too.

    `believed` is False where the clock kept it from expiring any.
    """

    expired: int = 0
    evicted: int = 0
    purged: int = 0
    believed: bool = True


class Sweep:
    """Enforces the table of tiers on the memories of one space.

    Attributes:
        purges: the other trashes (chats, documents): each deletes for good what has had its 30 days and says how much
            that was. They are here because nothing may be deleted while the clock is not believed.
    """

    def __init__(self, memory: Memory, store: Store, clock: Clock) -> None:
        self._memory, self._store, self._clock = memory, store, clock
        self.last_seen = LastSeen(store, clock)
        self.purges: list[Callable[[], Awaitable[int]]] = []
        self._task: asyncio.Task[None] | None = None
        self._running = asyncio.Lock()

    def start(self) -> None:
        """Sweep in the background until `aclose`."""
        self._task = asyncio.create_task(self._sweep_on(), name="memory-sweep")

    async def aclose(self) -> None:
        """Stop sweeping."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _sweep_on(self) -> None:
        while True:
            try:
                await self.run()
            except StoreError as exc:
                logger.warning("memories were not swept: %s", exc)
            await asyncio.sleep(SWEEP_EVERY_S)

    async def run(self) -> SweepReport:
        """One sweep over all tiers, the trash and the journal."""
        async with self._running:
            clock = await self.last_seen.look()
            expired = purged = 0
            if clock.believed:
                for tier in self._memory.tiers.values():
                    expired += await self._expire(tier, clock)
                purged = await self._purge(clock) + sum([await purge() for purge in self.purges])
            evicted = sum([await self._evict(tier) for tier in self._memory.tiers.values()])
            if expired or evicted or purged:
                await self._store.barrier()
            return SweepReport(expired, evicted, purged, clock.believed)

    async def _expire(self, tier: Tier, clock: ClockState) -> int:
        if not tier.ttl_s:
            return 0
        last = clock.now_ms - tier.ttl_s * 1000 - 1
        ids = [id for id, _ in await self._store.range(self._store.keys.tier(tier.name), high=last)]
        return await self._remove(ids, "expired", last)

    async def _evict(self, tier: Tier) -> int:
        n_over = await self._store.count(self._store.keys.tier(tier.name)) - tier.capacity
        if n_over <= 0:
            return 0
        now = self._clock.now_ms()
        scored = [
            (score_of(s.importance, s.uses, s.last_used_ms, tier.half_life_s, now), s.last_used_ms, s.id)
            for s in await self._memory.standings(tier.name)
            if s.bits & UNPINNED
        ]
        return await self._remove([id for _, _, id in heapq.nsmallest(n_over, scored)], "evicted")

    async def _remove(self, ids: list[str], action: Action, last_used_ms: int | None = None) -> int:
        """Take entries off the shelf, those that are still unpinned and not used since."""
        n = 0
        for start in range(0, len(ids), _AT_ONCE):
            async with self._memory.shelf.lock:
                entries = await self._memory.shelf.load_live(ids[start : start + _AT_ONCE])
                going = [
                    e for e in entries if not e.pinned and (last_used_ms is None or e.last_used_ms <= last_used_ms)
                ]
                await self._take([State(e) for e in going], action)
                n += len(going)
        return n

    async def _take(self, states: list[State], action: Action) -> None:
        passing = [state for state in states if _is_passing(state.entry)]
        if passing:
            transaction = Transaction()
            for state in passing:
                self._memory.shelf.move(transaction, state, None)
            await self._memory.shelf.commit(transaction)
        before = {s.entry.id: s for s in states if not _is_passing(s.entry)}
        if before:
            now = self._clock.now_ms()
            after = [State(state.entry, now, action) for state in before.values()]
            await self._memory.apply(action, after, before, by="scrubjay")

    async def _purge(self, clock: ClockState) -> int:
        """Let go for good of what has been in the trash or the journal for 30 days."""
        keys, last = self._store.keys, clock.now_ms - KEPT_MS
        n = 0
        for id, _ in await self._store.range(keys.undo, high=last):
            record = await self._store.get(keys.memory_change(id))
            transaction = Transaction()
            change = MemoryChange.from_record(record) if record else MemoryChange(id, 0, "forgotten")
            self._memory.journal.remove(transaction, change)
            await self._memory.shelf.commit(transaction)
        gone = [id for id, _ in await self._store.range(keys.trash, high=last)]
        for start in range(0, len(gone), _AT_ONCE):
            async with self._memory.shelf.lock:
                states = await self._memory.shelf.load_trash(gone[start : start + _AT_ONCE])
                transaction = Transaction()
                for state in states.values():
                    self._memory.shelf.move(transaction, state, None)
                await self._memory.shelf.commit(transaction)
                n += len(states)
        return n


def _is_passing(entry: MemoryEntry) -> bool:
    """Whether the loop noted it for itself alone, and it stands elsewhere."""
    is_finding = entry.tier == "working" and entry.trust == "quoted" and entry.provenance.source == "tool"
    return bool(entry.links.refers_to) or is_finding
