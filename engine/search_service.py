"""The owner's search: the embedder, the index, what keeps the index up to the store, and the questions put to both.

Opened in two steps, because what is opened in between is closed in between. Where the embedding model was changed,
questions are embedded with the old one until everything has a new vector (see `engine.reembedding`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import asdict
from typing import Any

from engine.clock import Clock
from engine.closing import Closing
from engine.embed_later import EmbedLater
from engine.errors import EmbedderError, UnknownNameError, UsageError
from engine.memory.memory import Memory
from engine.memory_upkeep import MemoryUpkeep
from engine.reembedding import Reembedding, Serving, clear_other_indexes, index_dir
from engine.search.embedding import create_embedder
from engine.search.embedding_batch import BatchEmbedder
from engine.search.hybrid import SearchIndex
from engine.search.types import SUGGESTED, Embedder, Hit, Kind, Vectors
from engine.search_feed import BEHIND, PATIENCE_S, SearchFeed
from engine.settings import Settings
from engine.store.client import RedisStore
from engine.store.data_dir import DataDir

logger = logging.getLogger(__name__)

__all__ = ["SearchService"]

# Dimension of the index when no embedder is there to say: that of the shipped model.
DEFAULT_DIM = 384
SOURCE_KINDS: dict[str, Kind] = {"documents": "document", "memory": "memory", "chats": "chat"}


class SearchService:
    """Finds by words and by meaning in documents, memories and chats.

    Attributes:
        embedder: what makes vectors here, None where the settings want none.
        batches: for questions and memories: single texts, often the same again. Passages go past it.
        serving: the model whose vectors the index holds, and the one that follows it.

    Args:
        watch: called before the embedder is used, so that it is released when nobody does any more.
    """

    index: SearchIndex
    feed: SearchFeed
    embed_later: EmbedLater
    serving: Serving

    def __init__(
        self, settings: Settings, data_dir: DataDir, store: RedisStore, clock: Clock, watch: Callable[[], None]
    ) -> None:
        self._settings, self._data_dir, self._store = settings, data_dir, store
        self._clock, self._watch = clock, watch
        self.embedder: Embedder | None = None
        self.batches: BatchEmbedder | None = None
        self._questions: BatchEmbedder | None = None

    def calls(self) -> dict[str, Callable[..., Awaitable[Any]]]:
        """The operations that give one result."""
        return {"search": self._search, "search.behind": self._behind}

    async def open(self, memory: Memory, upkeep: MemoryUpkeep, closing: Closing) -> None:
        """Open the index; the embedder starts when it is first asked."""
        settings, cache_dir = self._settings, self._data_dir.cache_dir
        self.embedder = create_embedder(settings, self._data_dir.log_dir)
        self.batches = BatchEmbedder(self.embedder) if self.embedder else None
        self._reembedding = Reembedding(self._store, settings, self._data_dir.log_dir, DEFAULT_DIM)
        self._forget_recalled = memory.optimizer.invalidate_cache
        serving = await self._reembedding.begin(self.embedder)
        self._serve(serving)
        folder = index_dir(cache_dir, serving.model)
        clear_other_indexes(cache_dir, folder)
        self.index = await SearchIndex.open(folder, serving.dim)
        # On a server by URL others write as well; on our own sidecar every write comes by here.
        forget_answers = self._forget_recalled if settings.redis_url else _nothing
        self.feed = SearchFeed(self._store, self.index, memory.tiers, forget_answers, serving.model)
        self.embed_later = EmbedLater(self._store, memory, self.batches, upkeep.on_embedded, self._on_all_embedded)
        self.embed_later.quiet = bool(serving.following)
        if serving.following and serving.embedder is not None:
            closing.add("old embedder", serving.embedder.aclose)
        closing.add("index", self.index.aclose)
        if self.embedder is not None:
            closing.add("embedder", self.embedder.aclose)
        if self.batches is not None:
            closing.add("batches", self.batches.aclose)

    async def start(self, closing: Closing) -> None:
        """Begin to follow the store, and to give vectors to what has none."""
        await self.feed.check()
        self.feed.start()
        closing.add("feed", self.feed.aclose)
        self.embed_later.start()
        closing.add("embed later", self.embed_later.aclose)

    async def hits(
        self,
        query: str,
        /,
        *,
        k: int = 10,
        kinds: Collection[Kind] | None = None,
        project: str | None = "",
        exclude_groups: Collection[str] = (),
        no_bits: int = SUGGESTED,
        created_from_ms: int | None = None,
        created_to_ms: int | None = None,
    ) -> list[Hit]:
        """See `engine.memory.memory.SearchCall`; of all kinds where none is named."""
        # The question is embedded while the index catches up and looks up the words.
        vector = asyncio.create_task(self.embed_query(query), name="embed query")
        try:
            await self.feed.caught_up(PATIENCE_S)
            return await self.index.search(
                query,
                vector,
                k=k,
                kinds=kinds or tuple(SOURCE_KINDS.values()),
                project=project,
                exclude_groups=exclude_groups,
                no_bits=no_bits,
                created_from_ms=created_from_ms,
                created_to_ms=created_to_ms,
                now_ms=self._clock.now_ms(),
            )
        finally:
            vector.cancel()

    async def embed_query(self, text: str) -> Vectors | None:
        """The vector of a question; None where it can be searched for by its words only."""
        if self._questions is None:
            return None
        self._watch()
        try:
            return await self._questions.embed_text(text)
        except EmbedderError as exc:
            logger.warning("searching by words only: %s", exc)
            return None

    async def _search(self, *, query: str, k: int, sources: list[str], project: str) -> list[dict[str, Any]]:
        if not query.strip():
            raise UsageError("The query is empty; write what you look for.")
        if k < 1:
            raise UsageError("At least one result must be asked for.")
        for source in sources:
            if source not in SOURCE_KINDS:
                raise UnknownNameError("source", source, SOURCE_KINDS)
        hits = await self.hits(query, k=k, kinds=[SOURCE_KINDS[s] for s in sources], project=project or None)
        return [{**asdict(hit), "labels": list(hit.labels)} for hit in hits]

    async def _behind(self) -> str:
        """What a person should know who found less than there is; "" where nothing is missing."""
        return BEHIND if self.feed.is_behind else ""

    def _serve(self, serving: Serving) -> None:
        """Embed questions with the model whose vectors the index holds."""
        self.serving = serving
        old = BatchEmbedder(serving.embedder) if serving.following and serving.embedder else None
        self._questions = old if serving.following else self.batches

    async def _on_all_embedded(self) -> None:
        """Nothing waits for a vector: where the model was changed, the new index takes the old one's place."""
        if not self.serving.following or self.embedder is None:
            return
        cache_dir = self._data_dir.cache_dir
        folder = index_dir(cache_dir, self.embedder.model)
        opening = asyncio.ensure_future(SearchIndex.open(folder, self.embedder.dim))
        try:
            # Shielded: a thread opens its files, and what is cancelled meanwhile would leave them open.
            await self.feed.change_over(await asyncio.shield(opening), self.embedder.model)
        # A cancel as well: who has not been taken over is closed by nobody else.
        except BaseException:
            fresh = await opening
            if not self.index.has_taken(fresh):
                await fresh.aclose()
            raise
        self.embed_later.quiet = False
        self._serve(await self._reembedding.finish(self.embedder))
        self._forget_recalled()
        clear_other_indexes(cache_dir, folder)
        await self.index.compact()


def _nothing() -> None:
    """Nothing has to be done."""
