"""Keeps the search index equal to the store, by following the change stream.

The index is a cache. It remembers the position of the last change that it holds; the feed reads the
changes after that position, loads what they speak of and puts it into the index. There is this one path
for everything: a first start (position ""), a crash between commit and index, writes of this process and
writes of others on the same server. A stream trimmed past our position means a rebuild from the store.

A writer that wants to find what it just wrote waits for `caught_up`.

Where no space is left for it, the index stays as it was: who reads is given what it holds (`is_behind` tells so),
and the changes are tried again every second until there is room.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from engine.chats import Turn
from engine.documents.types import Document, Passage
from engine.errors import StoreError, StoreFullError
from engine.memory.entry import MemoryEntry
from engine.memory.filters import memory_bits
from engine.memory.importance import PINNED
from engine.memory.tiers import TIERS, Tier
from engine.search.hybrid import SearchIndex
from engine.search.types import IndexEntry
from engine.store.store import Change, Store

logger = logging.getLogger(__name__)

# How long one wait for changes of other processes lasts; it costs one wake-up.
WAIT_S = 5.0
# How long to leave a store alone that is away, and a disk that is full.
RETRY_S = 1.0
# How long an answer waits for a backlog of the index.
PATIENCE_S = 2.0
# What is said to a person who looks for something meanwhile.
BEHIND = "No space is left on the disk, so what was written last is not found yet; free some and it is found by itself."
# Passages put into the index in one go: bounds the memory of a rebuild.
BATCH = 512
# Of what was said before and after a memory, so much leads to it.
BESIDE_CHARACTERS = 600


class SearchFeed:
    """Carries changes from the store to the search index.

    Args:
        on_memories: called after memories were carried.
        model: whose vectors the index takes; "" any of its dimension.

    Attributes:
        is_behind: no space is left for the last changes.
    """

    def __init__(
        self,
        store: Store,
        index: SearchIndex,
        tiers: Mapping[str, Tier] = TIERS,
        on_memories: Callable[[], None] = lambda: None,
        model: str = "",
    ) -> None:
        self._model = model
        self._store, self._index, self._tiers, self._on_memories = store, index, tiers, on_memories
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.is_behind = False

    async def check(self) -> None:
        """Build the index anew if it holds more than the store; before anything is written.

        A power cut may take from the store what no barrier had acknowledged yet, but not from the cache.
        """
        if _order(self._index.position) > _order(await self._store.last_change()):
            async with self._lock:
                await self._rebuild()

    def start(self) -> None:
        """Follow changes in the background until `aclose`."""
        self._task = asyncio.create_task(self._follow(), name="search-feed")

    async def aclose(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def caught_up(self, patience_s: float | None = None) -> None:
        """Return when the index holds every change committed before this call.

        Args:
            patience_s: return after so long all the same, and at once where no space is left for the index: somebody
                waits for an answer while a hundred thousand entries come in.

        Raises:
            StoreFullError: no space is left, and there is no patience that could end.
        """
        loop = asyncio.get_running_loop()
        end_s = None if patience_s is None else loop.time() + patience_s
        while True:
            try:
                is_done = await self._catch_up()
            except StoreFullError:
                if end_s is None:
                    raise
                return
            if is_done or (end_s is not None and loop.time() >= end_s):
                return

    async def _catch_up(self) -> bool:
        """Take over the changes that there are; whether there were none."""
        async with self._lock:
            try:
                changes = await self._read()
                if changes:
                    await self._apply(changes)
            except StoreFullError as exc:
                if not self.is_behind:
                    logger.warning("the search index stays as it is: %s", exc)
                self.is_behind = True
                raise
            self.is_behind = False
            return not changes

    async def change_over(self, index: SearchIndex, model: str) -> None:
        """Let an index with vectors of another model take the place of this one; it is brought up to the store first.

        Args:
            index: empty; it is used up by this.
        """
        beside = SearchFeed(self._store, index, self._tiers, model=model)
        await beside.caught_up()
        async with self._lock:
            await beside.caught_up()
            self._model = model
            await self._index.take_over(index)
        self._on_memories()

    async def _follow(self) -> None:
        while True:
            try:
                await self.caught_up()
                await self._store.wait_for_change(self._index.position, WAIT_S)
            except StoreFullError:  # said once, when it began
                await asyncio.sleep(RETRY_S)
            except StoreError as exc:
                logger.warning("the search index waits for the store: %s", exc)
                await asyncio.sleep(RETRY_S)

    async def _read(self) -> list[Change]:
        changes = await self._store.changes(self._index.position)
        if changes is None:
            await self._rebuild()
            return await self._read()
        return changes

    async def _apply(self, changes: list[Change]) -> None:
        # Only the last change of each thing matters, in the order of these: the store is read as it is now.
        last: dict[tuple[str, str], Change] = {}
        for change in changes:
            last.pop((change.kind, change.id), None)
            last[change.kind, change.id] = change
        await self._apply_memories([id for kind, id in last if kind == "memory"])
        for (kind, id), change in last.items():
            if kind == "document":
                await self._apply_document(id, change)
            elif kind == "turn":
                await self._apply_turn(id)
            elif kind == "chat" and change.action == "delete":
                await self._index.remove_group("chat", id)
        await self._index.set_position(changes[-1].position)

    async def _apply_document(self, id: str, change: Change) -> None:
        await self._index.remove_group("document", id)
        record = None if change.action == "delete" else await self._store.get(self._store.keys.document(id))
        if record is None:
            return
        document = Document.from_record(record)
        members = await self._store.range(self._store.keys.document_passages(id))
        ids = [member for member, _ in members]
        for start in range(0, len(ids), BATCH):
            keys = [self._store.keys.passage(i) for i in ids[start : start + BATCH]]
            records = await self._store.get_many(keys)
            passages = [passage_entry(document, Passage.from_record(r)) for r in records if r]
            await self._index.put([self._fitting(entry, document.embedded_with) for entry in passages])

    async def _apply_memories(self, ids: Sequence[str]) -> None:
        """Index memories as they are now, and anew their neighbours in the conversations they belong to."""
        if not ids:
            return
        # Where they were: what is gone is asked of the index, for its neighbours still hold its words.
        were_in = await self._index.threads(ids)
        threads = set(were_in.values())
        entries = {entry.id: entry for entry in await self._memories(ids)}
        threads |= {entry.provenance.chat for entry in entries.values() if entry.provenance.chat}
        beside: dict[str, list[str]] = {}
        for thread in threads:
            gone = any(were_in.get(id) == thread for id in ids if id not in entries)
            beside |= await self._beside(thread, set(ids), gone)
        missing = {i for id, near in beside.items() for i in (id, *near)} - entries.keys()
        around = entries | {entry.id: entry for entry in await self._memories(sorted(missing))}
        fresh = [around[id] for id in dict.fromkeys((*entries, *beside)) if id in around]
        texts = {id: [around[i].text for i in near if i in around] for id, near in beside.items()}
        found = [(memory_entry(e, self._tiers, texts.get(e.id, ())), e.embedded_with) for e in fresh]
        await self._index.put([self._fitting(entry, model) for entry, model in found])
        await self._index.remove([id for id in ids if id not in entries])
        self._on_memories()

    async def _beside(self, thread: str, changed: set[str], gone: bool) -> dict[str, list[str]]:
        """The neighbours of each memory of a conversation that has changed, or stands beside one that has.

        Args:
            gone: one has left, and nobody knows beside whom it stood: all that is left is looked at.
        """
        order = [id for id, _ in await self._store.range(self._store.keys.said(thread))]
        near = {id: order[max(0, i - 1) : i] + order[i + 1 : i + 2] for i, id in enumerate(order)}
        return {id: ids for id, ids in near.items() if gone or id in changed or changed & set(ids)}

    async def _memories(self, ids: Sequence[str]) -> list[MemoryEntry]:
        records = await self._store.get_many([self._store.keys.memory(id) for id in ids])
        return [MemoryEntry.from_record(record) for record in records if record is not None]

    def _fitting(self, entry: IndexEntry, model: str) -> IndexEntry:
        """The entry without a vector of another model: found by words until it is embedded again."""
        wrong = entry.vector is not None and len(entry.vector) != self._index.dim
        return replace(entry, vector=None) if wrong or (self._model and model != self._model) else entry

    async def _apply_turn(self, id: str) -> None:
        record = await self._store.get(self._store.keys.turn(id))
        turn = Turn.from_record(record) if record else None
        if turn is None or turn.withdrawn or turn.state == "streaming" or not turn.text.strip():
            await self._index.remove([id])
        else:
            await self._index.put([turn_entry(turn)])

    async def _rebuild(self) -> None:
        """Build the whole index from the store; changes made meanwhile are applied afterwards."""
        logger.info("the search index is built anew from the store")
        position = await self._store.last_change()
        await self._index.clear()
        for id, _ in await self._store.range(self._store.keys.documents):
            await self._apply_document(id, Change(position, "document", id, "put"))
        for tier in TIERS:
            ids = [id for id, _ in await self._store.range(self._store.keys.tier(tier))]
            for start in range(0, len(ids), BATCH):
                await self._apply_memories(ids[start : start + BATCH])
        async for id in self._turn_ids():
            await self._apply_turn(id)
        await self._index.set_position(position)

    async def _turn_ids(self) -> AsyncIterator[str]:
        for chat_id, _ in await self._store.range(self._store.keys.chats):
            for turn_id, _ in await self._store.range(self._store.keys.chat_turns(chat_id)):
                yield turn_id


def _order(position: str) -> tuple[int, ...]:
    return tuple(int(part) for part in position.split("-")) if position else (0,)


def _vector(data: bytes) -> np.ndarray | None:
    return np.frombuffer(data[: len(data) // 2 * 2], np.float16) if data else None


def passage_entry(document: Document, passage: Passage) -> IndexEntry:
    """A passage as the index sees it; file name, title and headings lead to it as well."""
    return IndexEntry(
        id=passage.id,
        kind="document",
        text=passage.text,
        context=" ".join(filter(None, (document.title, document.relative_path or document.path, passage.heading))),
        group=document.id,
        position=passage.position,
        vector=_vector(passage.vector),
        project=document.project,
        path=document.path,
        page=passage.page,
        heading=passage.heading,
        labels=document.labels,
    )


def memory_entry(entry: MemoryEntry, tiers: Mapping[str, Tier] = TIERS, beside: Sequence[str] = ()) -> IndexEntry:
    """A memory as the index sees it.

    Args:
        beside: what was said before and after it.
    """
    return IndexEntry(
        id=entry.id,
        kind="memory",
        text=entry.text,
        context=" ".join([*entry.tags, *(text[:BESIDE_CHARACTERS] for text in beside)]),
        group=entry.tier,
        vector=_vector(entry.vector),
        importance=PINNED if entry.pinned else entry.importance,
        last_used_ms=entry.last_used_ms,
        half_life_s=tiers[entry.tier].half_life_s or 0.0,
        project=entry.project,
        labels=entry.labels,
        bits=memory_bits(entry),
        created_ms=entry.created_ms,
        uses=entry.uses,
        thread=entry.provenance.chat,
    )


def turn_entry(turn: Turn) -> IndexEntry:
    """A turn of a chat as the index sees it."""
    return IndexEntry(
        id=turn.id,
        kind="chat",
        text=turn.text,
        group=turn.chat_id,
        position=turn.position,
        last_used_ms=turn.created_ms,
        labels=turn.labels,
        created_ms=turn.created_ms,
    )
