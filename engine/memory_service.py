"""The owner's memory operations: plain arguments in, plain data out (see `engine.instance.service`)."""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.errors import StoreFullError
from engine.memory.journal import MemoryChange
from engine.memory.memory import Memory
from engine.memory.shelf import State
from engine.memory.transfer import Importer, export_lines
from engine.memory_upkeep import MemoryUpkeep
from engine.search.hybrid import SearchIndex
from engine.search.types import Embedder, Kind, PageRequest, Standing
from engine.search_feed import BEHIND, PATIENCE_S, SearchFeed

# Entries that cross the wire at once; a frame holds 16 MB and an entry may hold one.
MAX_LISTED = 1000
_MAX_LISTED_BYTES = 8_000_000


class FollowedIndex:
    """The search index, brought up to the store before it is asked; made before either is open."""

    def __init__(self) -> None:
        self.index: SearchIndex | None = None
        self.feed: SearchFeed | None = None

    def open(self, index: SearchIndex, feed: SearchFeed) -> None:
        """From now on ask this one."""
        self.index, self.feed = index, feed

    async def _ready(self) -> SearchIndex:
        assert self.index is not None
        assert self.feed is not None
        await self.feed.caught_up(PATIENCE_S)
        if self.feed.is_behind:  # a list that is made from the store lacks nothing
            raise StoreFullError(BEHIND)
        return self.index

    async def page(self, request: PageRequest) -> tuple[builtins.list[str], int]:
        """See `engine.memory.reader.MemoryIndex`."""
        return await (await self._ready()).page(request)

    async def summary(self, kind: Kind) -> dict[str, dict[str, int]]:
        """See `engine.memory.reader.MemoryIndex`."""
        return await (await self._ready()).summary(kind)

    async def standings(self, kind: Kind, group: str) -> builtins.list[Standing]:
        """See `engine.memory.reader.MemoryIndex`."""
        return await (await self._ready()).standings(kind, group)

    async def similar(
        self, ids: Sequence[str], threshold: float, kind: Kind, no_bits: int = 0
    ) -> builtins.list[tuple[str, str, float]]:
        """See `engine.memory.reader.MemoryIndex`."""
        return await (await self._ready()).similar(ids, threshold, kind, no_bits)


class MemoryService:
    """Every operation on memories, by name.

    Args:
        embedder: tells what vectors are made with here.
    """

    STREAMED = frozenset({"memory.export", "memory.import"})

    def __init__(self, memory: Memory, upkeep: MemoryUpkeep, embedder: Callable[[], Embedder | None]) -> None:
        self.memory, self.upkeep, self._embedder = memory, upkeep, embedder
        self._forgetting = upkeep.forgetting

    def calls(self) -> dict[str, Callable[..., Awaitable[Any]]]:
        """The operations that give one result."""
        return {
            "memory.add": self._add,
            "memory.add_many": self._add_many,
            "memory.recall": self._recall,
            "memory.list": self._list,
            "memory.get": self._get,
            "memory.edit": self._edit,
            "memory.pin": self._pin,
            "memory.trash": self._trash,
            "memory.restore": self._restore,
            "memory.trashed": self._trashed,
            "memory.forget": self._forget,
            "memory.still_said": self._still_said,
            "memory.undo": self._undo,
            "memory.changes": self._changes,
            "memory.history": self._history,
            "memory.stats": self._stats,
            "memory.accept": self._accept,
            "memory.refuse": self._refuse,
            "memory.suggest": self._suggest,
            "memory.consolidate": self._consolidate,
            "memory.sweep": self._sweep,
            "memory.accept_clock": self._accept_clock,
        }

    def streams(self) -> dict[str, Callable[..., AsyncGenerator[dict[str, Any], None]]]:
        """The operations that give items as they come."""
        return {"memory.export": self.export, "memory.import": self.take_in}

    async def _add(self, **fields: Any) -> dict[str, Any]:
        return (await self.memory.add(**fields)).to_record()

    async def _add_many(self, *, items: list[dict[str, Any]], change_id: str) -> list[str]:
        entries = [self.memory.create(**item) for item in items]
        return [entry.id for entry in await self.memory.add_many(entries, change_id=change_id)]

    async def _recall(self, *, query: str, k: int, project: str, **filters: Any) -> list[dict[str, Any]]:
        hits = await self.memory.recall(query, k=k, project=project or None, **filters)
        return [{"entry": hit.entry.to_record(), "score": hit.score, "why": hit.why} for hit in hits]

    async def _list(self, *, limit: int, **filters: Any) -> dict[str, Any]:
        page = await self.memory.list(limit=min(limit, MAX_LISTED), **filters)
        records: list[dict[str, Any]] = []
        size = 0
        for entry in page:
            size += len(entry.text)
            if records and size > _MAX_LISTED_BYTES:
                break
            # The vector stays here: nobody lists entries for their vectors.
            records.append({**entry.to_record(), "vector": b""})
        return {"entries": records, "total": page.total}

    async def _get(self, *, id: str) -> dict[str, Any]:
        return (await self.memory.find(id)).to_record()

    async def _edit(self, *, id: str, **changes: Any) -> dict[str, Any]:
        entry = await self.memory.find(id)
        return (await self.memory.edit(entry.id, **changes)).to_record()

    async def _pin(self, *, ids: list[str], pinned: bool) -> list[dict[str, Any]]:
        found = [(await self.memory.find(id)).id for id in ids]
        return [entry.to_record() for entry in await self.memory.pin(found, pinned)]

    async def _trash(self, *, ids: list[str], change_id: str) -> dict[str, Any]:
        if await self.memory.knows_change(change_id):
            return _change(await self.memory.trash((), change_id=change_id))
        return _change(await self.memory.trash([(await self.memory.find(i)).id for i in ids], change_id=change_id))

    async def _restore(self, *, ids: list[str], change_id: str) -> dict[str, Any]:
        if await self.memory.knows_change(change_id):
            return _change(await self.memory.restore((), change_id=change_id))
        found = [(await self.memory.find_trashed(id)).entry.id for id in ids]
        return _change(await self.memory.restore(found, change_id=change_id))

    async def _trashed(self, *, offset: int, limit: int) -> dict[str, Any]:
        page = await self.memory.trashed(offset=offset, limit=min(limit, MAX_LISTED), withdrawn=False)
        return {"states": [_state(state) for state in page.states], "total": page.total}

    async def _forget(self, *, ids: list[str], keep_chat: bool, change_id: str) -> list[dict[str, Any]]:
        if await self.memory.knows_change(change_id):
            return []
        found = [(await self.memory.find_anywhere(id)).entry.id for id in ids]
        gone = await self._forgetting.forget(found, keep_chat=keep_chat, change_id=change_id)
        return [entry.to_record() for entry in gone if entry.id in found]

    async def _still_said(self, *, texts: list[str]) -> dict[str, Any]:
        return await self._forgetting.still_said(texts)

    async def export(self) -> AsyncGenerator[dict[str, Any], None]:
        """The lines of an export."""
        async with contextlib.aclosing(export_lines(self.memory)) as lines:
            async for line in lines:
                yield {"line": line}

    async def take_in(self, *, path: str) -> AsyncGenerator[dict[str, Any], None]:
        """Import a file; reports as it goes, the last one is the result."""
        embedder = self._embedder()
        importer = Importer(self.memory, embedder.model if embedder else "", embedder.dim if embedder else 0)
        async with contextlib.aclosing(importer.run(Path(path))) as reports:
            async for report in reports:
                yield report.to_public()

    async def _undo(self, *, change_id: str | None, undo_id: str) -> dict[str, Any]:
        return _change(await self.memory.undo(change_id, undo_id=undo_id))

    async def _changes(self, *, limit: int) -> list[dict[str, Any]]:
        return [_change(change) for change in await self.memory.changes(limit)]

    async def _history(self, *, id: str) -> list[dict[str, Any]]:
        chain = await self.memory.history(id)
        return [{"change": _change(change), "before": _state(state) if state else None} for change, state in chain]

    async def _stats(self) -> dict[str, Any]:
        clock = await self.upkeep.sweep.last_seen.look()
        return {
            **await self.memory.stats(),
            "clock": clock.to_public(),
            "consolidation": self.upkeep.consolidator.get_stats(),
        }

    async def _accept(self, *, ids: list[str]) -> dict[str, Any]:
        found = [(await self.memory.find(id)).id for id in ids]
        return _change(await self.upkeep.suggestions.accept(found))

    async def _refuse(self, *, ids: list[str]) -> dict[str, Any]:
        found = [(await self.memory.find(id)).id for id in ids]
        return _change(await self.upkeep.suggestions.refuse(found))

    async def _suggest(self, *, text: str, words: str, **fields: Any) -> dict[str, Any]:
        made = await self.upkeep.suggestions.suggest(text, words=words, **fields)
        return {"entry": made.entry.to_record() if made.entry else None, "refused": made.refused}

    async def _consolidate(self) -> dict[str, Any]:
        return (await self.upkeep.consolidator.run_consolidation(asked=True)).to_public()

    async def _sweep(self) -> dict[str, Any]:
        return asdict(await self.upkeep.sweep.run())

    async def _accept_clock(self) -> dict[str, Any]:
        return (await self.upkeep.sweep.last_seen.accept()).to_public()


def _change(change: MemoryChange) -> dict[str, Any]:
    # The ids of a large change stay here; who wants them asks for the history of an entry.
    return {**change.to_record(), "ids": list(change.ids[:100]), "n_ids": len(change.ids)}


def _state(state: State) -> dict[str, Any]:
    record = state.to_record()
    record["entry"] = {**record["entry"], "vector": b""}
    return record
