"""Gives vectors to what was written without one.

Writing needs no model: a memory is stored and found by its words at once, a document that came in while
the embedder was missing likewise. Both stand in the index `unembedded` until this task, which runs in the
owner only, has turned them into vectors. It works off the index in the store, so a crash loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import numpy as np

from engine.documents.types import Document, Passage
from engine.errors import EmbedderError, StoreError
from engine.memory.memory import Memory
from engine.search.types import Embedder
from engine.store.store import Store, Transaction

logger = logging.getLogger(__name__)

# Texts turned into vectors in one go; small, so that a query never waits long.
BATCH = 64
# How long to leave an embedder alone that failed.
RETRY_S = 30.0


class EmbedLater:
    """Embeds in the background what waits for it.

    Args:
        on_embedded: told the ids of memories that have just got their vectors.
        on_done: awaited when nothing waits any more.

    Attributes:
        quiet: the index serves vectors of another model for now: do not announce new ones.
    """

    def __init__(
        self,
        store: Store,
        memory: Memory,
        embedder: Embedder | None,
        on_embedded: Callable[[list[str]], None] | None = None,
        on_done: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.quiet = False
        self._on_done = on_done
        self._store, self._memory, self._embedder = store, memory, embedder
        self._on_embedded = on_embedded
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Work off what waits, then whatever `poke` announces; nothing where there is no embedder."""
        if self._embedder is not None:
            self._task = asyncio.create_task(self._run(), name="embed-later")
            self._wake.set()

    def poke(self) -> None:
        """Something new waits for its vector."""
        self._wake.set()

    async def aclose(self) -> None:
        """Stop; what still waits is found at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while await self.work_off():
                    pass
                if self._on_done is not None:
                    await self._on_done()
            except (EmbedderError, StoreError) as exc:
                logger.warning("what was written just now is found by its words only: %s", exc)
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    async def work_off(self) -> int:
        """Embed the next few that wait; returns how many there were."""
        waiting = [member for member, _ in await self._store.range(self._store.keys.unembedded, limit=BATCH)]
        memories = [m.removeprefix("memory:") for m in waiting if m.startswith("memory:")]
        if memories:
            await self._embed_memories(memories)
        for member in waiting:
            if member.startswith("document:"):
                await self._embed_document(member.removeprefix("document:"))
        return len(waiting)

    async def _vectors(self, texts: Sequence[str]) -> list[bytes]:
        assert self._embedder is not None
        vectors = await self._embedder.embed(texts)
        return [row.astype(np.float16).tobytes() for row in vectors]

    async def _embed_memories(self, ids: Sequence[str]) -> None:
        assert self._embedder is not None
        records = await self._store.get_many([self._store.keys.memory(id) for id in ids])
        texts = {id: str(record["text"]) if record else "" for id, record in zip(ids, records, strict=True)}
        vectors = await self._vectors(list(texts.values()))
        found = {id: (text, vector) for (id, text), vector in zip(texts.items(), vectors, strict=True)}
        await self._memory.set_vectors(found, self._embedder.model, announce=not self.quiet)
        if self._on_embedded is not None and not self.quiet:
            self._on_embedded(list(found))

    async def _embed_document(self, id: str) -> None:
        assert self._embedder is not None
        keys = self._store.keys
        transaction = Transaction()
        transaction.index_remove(keys.unembedded, f"document:{id}")
        record = await self._store.get(keys.document(id))
        if record is not None:
            await self._add_vectors(id, transaction)
            document = replace(Document.from_record(record), embedded_with=self._embedder.model)
            transaction.put(keys.document(id), document.to_record())
            if not self.quiet:
                transaction.announce("document", id, "put")
            # Replaced or removed meanwhile: what was written then has vectors, or waits again.
            if await self._store.get(keys.document(id)) != record:
                return
        await self._store.commit(transaction)

    async def _add_vectors(self, id: str, transaction: Transaction) -> None:
        keys = self._store.keys
        members = await self._store.range(keys.document_passages(id))
        for start in range(0, len(members), BATCH):
            records = await self._store.get_many([keys.passage(m) for m, _ in members[start : start + BATCH]])
            batch = [Passage.from_record(record) for record in records if record]
            for passage, vector in zip(batch, await self._vectors([p.text for p in batch]), strict=True):
                transaction.put(keys.passage(passage.id), replace(passage, vector=vector).to_record())
