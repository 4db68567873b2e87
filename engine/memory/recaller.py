"""Memories as they are recalled: the question, the search, the uses that are counted.

Recalling counts: an entry that was of use is younger and weighs more. The counts are collected and written in
one transaction (`flush`), because a recall happens in front of a waiting person and a lost count harms nobody.
Equal questions are answered from a cache until something is written (engine.search.optimizer).
"""

from __future__ import annotations

import asyncio
import builtins
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from engine.clock import Clock
from engine.errors import StoreError, UsageError
from engine.memory.contradiction import speaks_against
from engine.memory.entry import MemoryEntry
from engine.memory.filters import unwanted_bits
from engine.memory.reader import MemoryIndex, MemoryReader
from engine.memory.recall import RecallHit, audible, one_of_each, rewrite_query, within
from engine.memory.tiers import TIERS, Tier
from engine.search.optimizer import QueryOptimizer
from engine.search.types import Hit, Kind
from engine.store.store import Store, Transaction

logger = logging.getLogger(__name__)

# Uses are written in the background as soon as so many entries wait, or when `flush` is called.
_MAX_TOUCHED = 64
# What fits less than this beside the best was shown and not used.
_OF_USE = 0.9
# Of what was recalled so many of the best are looked around for what was said later, by so much of their text, and
# among so many.
_FOLLOWED, _FOLLOWED_CHARACTERS, _LOOKED_AT = 2, 300, 10
_MEMORY: tuple[Kind, ...] = ("memory",)


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
        no_bits: int = 0,
        created_from_ms: int | None = None,
        created_to_ms: int | None = None,
    ) -> list[Hit]: ...


@dataclass(frozen=True, slots=True)
class _Filters:
    """What a recall depends on besides the question."""

    k: int
    project: str | None
    tiers: tuple[str, ...]
    pinned: bool
    created_from: int | None
    created_to: int | None
    without_chat: str
    max_tokens: int | None
    strict: bool
    gated: bool
    suggested: bool


class MemoryRecall(MemoryReader):
    """Recalls the memories of one space.

    Attributes:
        optimizer: keeps answers until something is written.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        search: SearchCall | None = None,
        index: MemoryIndex | None = None,
        tiers: Mapping[str, Tier] = TIERS,
    ) -> None:
        super().__init__(store, clock, index, tiers)
        self._search = search
        self.optimizer = QueryOptimizer()
        self.shelf.on_changed = self.optimizer.invalidate_cache
        self._touched: dict[str, tuple[int, int]] = {}
        self._flushing: asyncio.Task[None] | None = None

    async def recall(
        self,
        query: str,
        k: int = 5,
        *,
        project: str | None = "",
        tiers: Sequence[str] = (),
        pinned: bool = False,
        created_from: int | None = None,
        created_to: int | None = None,
        turns: Sequence[str] = (),
        without_chat: str = "",
        max_tokens: int | None = None,
        strict: bool = False,
        gated: bool = True,
        suggested: bool = False,
        touch: bool = True,
    ) -> builtins.list[RecallHit]:
        """The entries that fit a query best, best first; none where nothing fits.

        Args:
            project: its entries and the unscoped ones; None every project.
            tiers: only these; empty: all.
            pinned: only pinned ones.
            created_from, created_to: UTC ms, bounds included.
            turns: what was said before the query, oldest first; a query that leans on it borrows its subject.
            without_chat: entries that were said in this chat are left out: the model has it before it.
            max_tokens: what does not fit is left out.
            strict: leave out each entry that does not fit by itself.
            gated: none where nothing fits; False for who reads them and judges better than words and meaning do.
            suggested: also what still waits for the person.
            touch: count this as a use of the best, and of what fits nearly as well.

        Raises:
            UsageError: the query is empty or k is below 1.
            UnknownNameError: no such tier.
        """
        if not query.strip():
            raise UsageError("The query is empty; write what you look for.")
        if k < 1:
            raise UsageError("At least one result must be asked for.")
        if self._search is None:
            return []
        filters = _Filters(
            k,
            project,
            tuple(tiers),
            pinned,
            created_from,
            created_to,
            without_chat,
            max_tokens,
            strict,
            gated,
            suggested,
        )
        rewritten = rewrite_query(query, turns)
        kept = await self.optimizer.execute_query(rewritten, partial(self._recall, filters=filters), scope=filters)
        if touch and kept:
            await self.touch([hit.entry.id for hit in kept if hit.score >= _OF_USE * kept[0].score])
        return list(kept)

    async def _recall(self, query: str, *, filters: _Filters) -> builtins.list[RecallHit]:
        assert self._search is not None
        # References, copies, and what is contradicted fall out afterwards, so ask for some more.
        hits = await self._search(
            query, k=2 * filters.k + 5, kinds=_MEMORY, project=filters.project,
            no_bits=unwanted_bits(tiers=filters.tiers, pinned=filters.pinned, suggested=filters.suggested),
            created_from_ms=filters.created_from, created_to_ms=filters.created_to,
        )  # fmt: skip
        chat = filters.without_chat
        found = [hit for hit in await self._resolved(hits) if not (chat and hit.entry.provenance.chat == chat)]
        heard = audible(found, strict=filters.strict) if filters.gated else found
        return within(one_of_each(heard)[: filters.k], filters.max_tokens)

    async def recall_newer(
        self, hits: Sequence[RecallHit], *, project: str | None, without_chat: str = ""
    ) -> builtins.list[RecallHit]:
        """What was said later than the best of these and speaks against one of them, best first; not counted as a use.

        "Tom moved to Oslo" has no word of "Where does my brother live?", which finds that Tom lives in Rome.
        """
        found: dict[str, RecallHit] = {}
        for best in hits[:_FOLLOWED]:
            # Its beginning names what it is about.
            text = best.entry.text[:_FOLLOWED_CHARACTERS]
            for hit in await self.recall(text, _LOOKED_AT, project=project, without_chat=without_chat, touch=False):
                if any(speaks_against(hit.entry, old.entry) for old in hits):
                    found.setdefault(hit.entry.id, hit)
        return list(found.values())

    async def search_entries(
        self, text: str, k: int, *, project: str | None, tiers: Sequence[str]
    ) -> builtins.list[MemoryEntry]:
        """The trusted entries that are nearest to a text, whether they fit or not; not counted as a use."""
        if self._search is None:
            return []
        bits = unwanted_bits(tiers=tiers)
        hits = await self._search(text, k=k, kinds=_MEMORY, project=project, no_bits=bits)
        return await self.shelf.load_live([hit.id for hit in hits])

    async def _resolved(self, hits: Sequence[Hit]) -> builtins.list[RecallHit]:
        """The hits with their entries, references replaced by what they refer to."""
        entries = {entry.id: entry for entry in await self.shelf.load_live([hit.id for hit in hits])}
        targets = [entry.links.refers_to[0] for entry in entries.values() if entry.links.refers_to]
        originals = {entry.id: entry for entry in await self.shelf.load_live(targets)}
        found = []
        for hit in hits:
            entry = entries.get(hit.id)
            if entry is not None and entry.links.refers_to:
                entry = originals.get(entry.links.refers_to[0])
            if entry is not None:
                found.append(RecallHit(entry, hit.score, dict(hit.why)))
        return found

    async def touch(self, ids: Sequence[str]) -> None:
        """Count a use of these entries now; written with the next `flush`."""
        now = self._clock.now_ms()
        for id in ids:
            uses, _ = self._touched.get(id, (0, 0))
            self._touched[id] = (uses + 1, now)
        if len(self._touched) >= _MAX_TOUCHED and self._flushing is None:
            # Not here: somebody waits for what was recalled.
            self._flushing = asyncio.create_task(self._flush_quietly(), name="count uses")

    async def settle(self) -> None:
        """End what recalls left running; uses that were not written are lost, which harms nobody."""
        if self._flushing is not None:
            await self._flushing
        await self.optimizer.aclose()

    async def _flush_quietly(self) -> None:
        try:
            await self.flush()
        except StoreError as exc:
            logger.warning("uses of memories are not counted yet: %s", exc)
        finally:
            self._flushing = None

    async def flush(self) -> None:
        """Write the uses counted so far, all in one transaction."""
        async with self.shelf.lock:
            touched = dict(self._touched)
            entries = await self.shelf.load_live(list(touched))
            if entries:
                transaction = Transaction()
                for entry in entries:
                    uses, last_ms = touched[entry.id]
                    last_ms = max(entry.last_used_ms, last_ms)
                    self.shelf.rewrite(transaction, replace(entry, uses=entry.uses + uses, last_used_ms=last_ms))
                await self._store.commit(transaction)
            for id, (uses, last_ms) in touched.items():
                more, latest = self._touched[id]
                self._touched[id] = (more - uses, max(latest, last_ms))
                if more == uses:
                    del self._touched[id]
