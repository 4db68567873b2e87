"""The owner's engine: the store, the workers, the indexes and every operation on them.

Opening order: store, index (a cache), feed of the index, socket for other processes, address file. The
model, the embedder and the parser are processes that start when they are first needed. Closing goes the
other way (`engine.closing`).

Operations are plain: arguments and results are what msgpack can carry (see `engine.instance.service`). Most
stand with what they work on, here are those that touch everything:

    asking.py                     ask
    search_service.py             search, and the index with what keeps it up to the store
    documents/ingest_service.py   reading documents in
    documents/service.py          the other operations on documents
    chats_service.py, memory_service.py, models_service.py, monitor_service.py
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from engine.agent.loop import Services
from engine.announcements import Announcements
from engine.answer_cache import AnswerCache
from engine.approvals import Approvals
from engine.asking import Asking
from engine.backup import renew_backups, write_backup
from engine.change_feed import follow_changes
from engine.chat_edits import ChatEdits
from engine.chats import Chats
from engine.chats_service import ChatsService
from engine.clock import Clock, SystemClock
from engine.closing import Closing
from engine.documents.ingest_service import IngestService
from engine.documents.service import DocumentParts, DocumentsService
from engine.errors import UnknownNameError, UsageError
from engine.instance.server import OwnerServer
from engine.llm.backend import Backend
from engine.llm.choosing import GUIDE
from engine.llm.shelf import ModelShelf
from engine.memory.memory import Memory
from engine.memory.tiers import create_tiers
from engine.memory_service import FollowedIndex, MemoryService
from engine.memory_upkeep import MemoryUpkeep
from engine.model_pool import ModelPool
from engine.models_service import ModelsService
from engine.monitor_service import MonitorService
from engine.processes.rest import Rest
from engine.search.types import Embedder
from engine.search_service import SearchService
from engine.settings import Settings
from engine.store.client import RedisStore
from engine.store.data_dir import DataDir, LockHandle
from engine.store.opening import open_store
from engine.system.doctor import examine
from engine.tools.registry import create_registry

STREAMED = frozenset({"ask", "ingest", "changes"}) | MemoryService.STREAMED | ModelsService.STREAMED
# What leaves much freed memory behind, which is given back when nothing followed for a second.
LEAVES_MUCH = frozenset({"ask", "ingest"})

Operation = Callable[..., Awaitable[Any]]
Stream = Callable[..., AsyncGenerator[dict[str, Any], None]]


class LocalService:
    """Every operation of the engine, in the process that owns the data directory."""

    is_owner = True

    def __init__(
        self, settings: Settings, data_dir: DataDir, lock: LockHandle, store: RedisStore, clock: Clock
    ) -> None:
        self.settings, self.data_dir, self.store, self.clock = settings, data_dir, store, clock
        self._lock, self._closing, self._rest = lock, Closing(), Rest()
        self.news, self.approvals = Announcements(), Approvals()
        self.answers = AnswerCache(data_dir.cache_dir / "answers.sqlite3", store)
        self.search = SearchService(settings, data_dir, store, clock, watch=lambda: self.pool.watch())
        self.ingest = IngestService(
            store, clock, data_dir, embedder=self._embedder, caught_up=lambda: self.search.feed.caught_up()
        )
        self.chats = Chats(store, clock, self.search.hits)
        self._memory_index = FollowedIndex()
        self.memory = self._create_memory()
        self.upkeep = MemoryUpkeep(self.memory, store, clock, settings)
        kept = partial(Settings, data_dir=data_dir.path)
        self.pool = ModelPool(
            settings,
            data_dir,
            kept,
            announce=self._announce_model,
            on_answered=lambda *answered: self.figures.on_answered(*answered),
            embedder=self._embedder,
        )
        shelf = ModelShelf(data_dir.models_dir, kept)
        self.models = ModelsService(settings, data_dir, shelf, self.pool, announce=self._announce_model)
        self.figures = MonitorService(store, self.pool, self._pids, self._caches)
        self._documents = self._create_documents()
        chat_edits = ChatEdits(self.chats, self.upkeep.recorder)
        self.upkeep.sweep.purges += [chat_edits.purge, lambda: self._documents.trash().purge()]
        self._calls, self._streams = self._create_operations(chat_edits)

    def _create_memory(self) -> Memory:
        return Memory(
            self.store,
            self.clock,
            self.search.hits,
            index=self._memory_index,
            tiers=create_tiers(self.settings.memory_tiers),
            on_written=lambda: self.search.embed_later.poke(),
            on_forgotten=self._on_forgotten,
        )

    def _create_documents(self) -> DocumentsService:
        return DocumentsService(
            DocumentParts(
                store=self.store,
                clock=self.clock,
                memory=self.memory,
                log_dir=self.data_dir.log_dir,
                search=self.search.hits,
                ingest=self.ingest.get,
                embedder=self._embedder,
                caught_up=lambda: self.search.feed.caught_up(),
            )
        )

    def _create_operations(self, chat_edits: ChatEdits) -> tuple[dict[str, Operation], dict[str, Stream]]:
        asking = Asking(self.settings, self.chats, self.models, self.upkeep, self.ingest, self._services)
        memory_service = MemoryService(self.memory, self.upkeep, self._embedder)
        calls: dict[str, Operation] = {
            "doctor": self._doctor,
            "warm": self._warm,
            "backup": self._backup,
            "approve": self.approvals.decide,
            **self.search.calls(),
            **memory_service.calls(),
            **self.models.calls(),
            **self.figures.calls(),
            **ChatsService(self.chats, chat_edits, self.answers, self.pool).calls(),
            **self._documents.calls(),
        }
        streams: dict[str, Stream] = {
            "ask": asking.ask,
            "ingest": self.ingest.run,
            "changes": self._changes,
            **memory_service.streams(),
            **self.models.streams(),
        }
        return calls, streams

    @classmethod
    async def open(
        cls, settings: Settings, data_dir: DataDir, lock: LockHandle, clock: Clock | None = None
    ) -> LocalService:
        """Open everything that must be there at once; workers come when they are needed."""
        try:
            store = await open_store(settings, data_dir, lock)
        # A cancel as well: nobody could open this folder again before the process ends.
        except BaseException:
            lock.release()
            raise
        service = cls(settings, data_dir, lock, store, clock or SystemClock())
        try:
            await service._open()
            # Reading the index has left as much behind as it holds.
            service._rest.begin()
        # A cancel as well: what is open already would stay open.
        except BaseException:
            await service.aclose()
            raise
        return service

    async def _open(self) -> None:
        closing = self._closing
        await self.search.open(self.memory, self.upkeep, closing)
        self._memory_index.open(self.search.index, self.search.feed)
        closing.add("answers", self.answers.aclose)
        closing.add("backends", self._close_backends)
        closing.add("page viewer", self._documents.aclose)
        await self.search.start(closing)
        await self.upkeep.start()
        closing.add("memory upkeep", self.upkeep.aclose)
        await self.chats.mark_interrupted()
        secret = self.data_dir.create_secret()
        server = OwnerServer(self, secret, STREAMED)
        await server.start(self.data_dir.instance_address)
        closing.add("server", server.aclose)
        self.data_dir.write_address(instance=self.data_dir.instance_address, secret=secret)

    async def aclose(self) -> None:
        """End workers, the socket, the store and the lock, in that order, within five seconds."""
        try:
            await self._closing.aclose()
        finally:
            self._rest.end()
            await self.store.aclose()
            self._lock.release()

    async def _close_backends(self) -> None:
        await self.pool.aclose()
        await self.ingest.aclose()

    async def call(self, operation: str, **arguments: Any) -> Any:
        """See `engine.instance.service.Service`."""
        if operation not in self._calls:
            raise UnknownNameError("operation", operation, self._calls)
        with self.figures.monitor.track_operation(operation):
            return await self._calls[operation](**arguments)

    async def stream(self, operation: str, **arguments: Any) -> AsyncGenerator[dict[str, Any], None]:
        """See `engine.instance.service.Service`."""
        if operation not in self._streams:
            raise UnknownNameError("operation", operation, self._streams)
        began = time.perf_counter()
        items = self._streams[operation](**arguments)
        try:
            async with contextlib.aclosing(items):
                async for item in items:
                    yield item
        finally:
            if operation in LEAVES_MUCH:
                self._rest.begin()
        self.figures.monitor.record_duration(operation, time.perf_counter() - began)

    # What the parts are told of each other

    def _embedder(self) -> Embedder | None:
        return self.search.embedder

    def _services(self, backend: Backend) -> Services:
        return Services(
            backend=backend,
            chats=self.chats,
            memory=self.memory,
            store=self.store,
            search=self.search.hits,
            embedder=self.search.embedder,
            tools=create_registry(),
            settings=self.settings,
            clock=self.clock,
            recorder=self.upkeep.recorder,
            approve=self.approvals.wait,
            answers=self.answers,
        )

    def _announce_model(self, source: str, what: str) -> None:
        self.news.tell("model", source, what)

    def _pids(self) -> dict[str, int | None]:
        """Processes beside the models' and our own, by what they do."""
        address = self.data_dir.read_address()
        server = address.server if address is not None else None
        return {
            "search": getattr(self.search.embedder, "pid", None),
            "documents": self.ingest.pid,
            "store": server.pid if server is not None else None,
        }

    def _caches(self) -> dict[str, tuple[int, int]]:
        """How often each cache was asked, and how often it knew."""
        answers, recalled, batches = self.answers, self.memory.optimizer.get_stats(), self.search.batches
        embedded = batches.get_stats() if batches is not None else {"texts": 0, "cache_hits": 0}
        return {
            "answers": (answers.n_hits + answers.n_misses, answers.n_hits),
            "recall": (recalled["queries"], recalled["hits"] + recalled["shared"]),
            "embedding": (embedded["texts"], embedded["cache_hits"]),
        }

    async def _on_forgotten(self, ids: Sequence[str]) -> None:
        """Leave nothing of what was forgotten in the store's log or in the caches."""
        await self.pool.forget_sequences()
        await self.answers.clear()
        await self.search.feed.caught_up()
        await self.search.index.compact()
        await self.store.rewrite()
        await asyncio.to_thread(renew_backups, self.data_dir.path)

    # Operations that touch everything

    async def _changes(self, *, after: str | None) -> AsyncGenerator[dict[str, Any], None]:
        async with contextlib.aclosing(self.news.among(follow_changes(self.store, after))) as changes:
            async for change in changes:
                yield change

    async def _backup(self, *, path: str) -> str:
        if self.settings.redis_url:
            raise UsageError("The store is on a server of your own; back it up there.")
        await self.store.barrier()
        stop, target = threading.Event(), Path(path) if path else None
        try:
            return str(await asyncio.to_thread(write_backup, self.data_dir.path, target, is_stopped=stop.is_set))
        finally:
            # A cancel leaves the thread behind, which takes away what it has written and ends.
            stop.set()

    async def _warm(self, *, model: dict[str, str]) -> None:
        """Start what a first question needs; a chat model other than the guide loads when it is asked."""
        await self.search.embed_query("warm")
        if model["model"] == "guide":
            await self.models.backend(model)

    async def _doctor(self, *, chosen: str) -> dict[str, Any]:
        settings = self.settings.model_copy(update={"model": chosen})
        report = await examine(settings, self.data_dir, self.store, self.search.embedder, self.pool.loaded)
        if chosen != GUIDE and (loss := await asyncio.to_thread(self.models.loss_of, chosen)):
            report["problems"].append({"kind": "model_broken", "sentence": f"The model that is chosen: {loss}"})
        return report
