"""The owner's engine: the store, the workers, the indexes and every operation on them.

Opening order: store, index (a cache), feed of the index, socket for other processes, address file. The
model, the embedder and the parser are processes that start when they are first needed. Closing goes the
other way; each step has a limit, so that an owner that is asked to end does so within five seconds.

Operations are plain: arguments and results are what msgpack can carry (see `engine.instance.service`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from engine.agent.loop import RunRequest, Services, run_agent
from engine.announcements import Announcements
from engine.answer_cache import AnswerCache
from engine.approvals import Approvals
from engine.backup import renew_backups, write_backup
from engine.change_feed import follow_changes
from engine.chat_edits import ChatEdits
from engine.chats import Chats
from engine.clock import Clock, SystemClock
from engine.documents.ingest import Ingest
from engine.documents.parser import create_parser
from engine.documents.service import DocumentParts, DocumentsService
from engine.embed_later import EmbedLater
from engine.errors import EmbedderError, UnknownNameError, UsageError
from engine.events import FileIngested, IngestProgress, NoteAdded
from engine.instance.server import OwnerServer
from engine.llm.backend import Backend
from engine.llm.shelf import ModelShelf
from engine.memory.memory import Memory
from engine.memory.tiers import create_tiers
from engine.memory_service import FollowedIndex, MemoryService
from engine.memory_upkeep import MemoryUpkeep
from engine.model_pool import ModelPool
from engine.models_service import ModelsService
from engine.monitor_service import MonitorService
from engine.processes.worker import Worker
from engine.reembedding import Reembedding, Serving, clear_other_indexes, index_dir
from engine.search.embedding import create_embedder
from engine.search.embedding_batch import BatchEmbedder
from engine.search.hybrid import SearchIndex
from engine.search.types import SUGGESTED, Embedder, Hit, Kind, Vectors
from engine.search_feed import PATIENCE_S, SearchFeed
from engine.settings import Settings
from engine.store.client import RedisStore
from engine.store.data_dir import DataDir, LockHandle
from engine.store.opening import open_store
from engine.store.space import require_space
from engine.system.doctor import examine
from engine.tools.registry import create_registry

logger = logging.getLogger(__name__)

# Dimension of the index when no embedder is there to say: that of the shipped model.
DEFAULT_DIM = 384
# Each step of closing may take so long; all of them together stay within five seconds.
CLOSE_STEP_S = 2.0
STREAMED = frozenset({"ask", "ingest", "changes"}) | MemoryService.STREAMED | ModelsService.STREAMED
SOURCE_KINDS: dict[str, Kind] = {"documents": "document", "memory": "memory", "chats": "chat"}

Operation = Callable[..., Awaitable[Any]]
Stream = Callable[..., AsyncGenerator[dict[str, Any], None]]


class LocalService:
    """Every operation of the engine, in the process that owns the data directory."""

    is_owner = True

    def __init__(
        self, settings: Settings, data_dir: DataDir, lock: LockHandle, store: RedisStore, clock: Clock
    ) -> None:
        self.settings, self.data_dir, self.store, self.clock = settings, data_dir, store, clock
        self._lock = lock
        self._parser: Worker | None = None
        self._ingest_files: Ingest | None = None
        self._closers: contextlib.AsyncExitStack = contextlib.AsyncExitStack()
        self.embedder: Embedder | None = None
        # Questions and memories: single texts, often the same again. Passages of documents go past it.
        self.batches: BatchEmbedder | None = None
        self._questions: BatchEmbedder | None = None
        self.index: SearchIndex
        self.feed: SearchFeed
        self.embed_later: EmbedLater
        self.chats = Chats(store, clock, self._search_hits)
        self.chat_edits = ChatEdits(self.chats)
        self._memory_index = FollowedIndex()
        tiers = create_tiers(settings.memory_tiers)
        self.memory = Memory(
            store,
            clock,
            self._search_hits,
            index=self._memory_index,
            tiers=tiers,
            on_written=self._on_written,
            on_forgotten=self._on_forgotten,
        )
        self.upkeep = MemoryUpkeep(self.memory, store, clock, settings)
        self.news = Announcements()
        self.answers = AnswerCache(data_dir.cache_dir / "answers.sqlite3", store)
        self.approvals = Approvals()
        kept = partial(Settings, data_dir=data_dir.path)
        self.pool = ModelPool(
            settings,
            data_dir,
            kept,
            announce=self._announce_model,
            on_answered=lambda *answered: self.figures.on_answered(*answered),
            embedder=lambda: self.embedder,
        )
        shelf = ModelShelf(data_dir.models_dir, kept)
        self.models = ModelsService(settings, data_dir, shelf, self.pool, announce=self._announce_model)
        self.figures = MonitorService(store, self.pool, self._pids, self._caches)
        self._documents = DocumentsService(
            DocumentParts(
                store=store,
                clock=clock,
                memory=self.memory,
                log_dir=data_dir.log_dir,
                search=self._search_hits,
                ingest=self._open_ingest,
                embedder=lambda: self.embedder,
                caught_up=lambda: self.feed.caught_up(),
            )
        )
        self.upkeep.sweep.purges += [self.chat_edits.purge, lambda: self._documents.trash().purge()]
        memory_service = MemoryService(self.memory, self.upkeep, lambda: self.embedder)
        self._calls: dict[str, Operation] = {
            "search": self._search,
            "doctor": self._doctor,
            "warm": self._warm,
            "backup": self._backup,
            "approve": self.approvals.decide,
            **memory_service.calls(),
            **self.models.calls(),
            **self.figures.calls(),
            "chats.list": self._chats_list,
            "chats.show": self._chats_show,
            "chats.turns": self._chats_turns,
            "chats.rename": self._chats_rename,
            "chats.branch": self._chats_branch,
            "chats.sampling": self._chats_sampling,
            "chats.discard": self._chats_discard,
            "chats.restore": self._chats_restore,
            "chats.discarded": self._chats_discarded,
            "chats.withdraw": self.chat_edits.withdraw,
            "chats.reinstate": self.chat_edits.reinstate,
            "chats.delete": self._chats_delete,
            **self._documents.calls(),
        }
        self._streams: dict[str, Stream] = {
            "ask": self._ask,
            "ingest": self._ingest,
            "changes": self._changes,
            **memory_service.streams(),
            **self.models.streams(),
        }

    @classmethod
    async def open(
        cls, settings: Settings, data_dir: DataDir, lock: LockHandle, clock: Clock | None = None
    ) -> LocalService:
        """Open everything that must be there at once; workers come when they are needed."""
        try:
            store = await open_store(settings, data_dir, lock)
        except BaseException:
            lock.release()
            raise
        service = cls(settings, data_dir, lock, store, clock or SystemClock())
        try:
            await service._open()
        except BaseException:
            await service.aclose()
            raise
        return service

    async def _open(self) -> None:
        self.embedder = create_embedder(self.settings, self.data_dir.log_dir)
        self.batches = BatchEmbedder(self.embedder) if self.embedder else None
        self.reembedding = Reembedding(self.store, self.settings, self.data_dir.log_dir, DEFAULT_DIM)
        serving = await self.reembedding.begin(self.embedder)
        self._serve(serving)
        folder = index_dir(self.data_dir.cache_dir, serving.model)
        clear_other_indexes(self.data_dir.cache_dir, folder)
        self.index = await SearchIndex.open(folder, serving.dim)
        # On a server by URL others write as well; on our own sidecar every write comes by here.
        forget_answers = self.memory.optimizer.invalidate_cache if self.settings.redis_url else _nothing
        self.feed = SearchFeed(self.store, self.index, self.memory.tiers, forget_answers, serving.model)
        self._memory_index.open(self.index, self.feed)
        self.embed_later = EmbedLater(
            self.store, self.memory, self.batches, self.upkeep.on_embedded, self._on_all_embedded
        )
        self.embed_later.quiet = bool(serving.following)
        if serving.following and serving.embedder is not None:
            self._on_close("old embedder", serving.embedder.aclose)
        self._on_close("index", self.index.aclose)
        if self.embedder is not None:
            self._on_close("embedder", self.embedder.aclose)
        if self.batches is not None:
            self._on_close("batches", self.batches.aclose)
        self._on_close("answers", self.answers.aclose)
        self._on_close("backends", self._close_backends)
        self._on_close("page viewer", self._documents.aclose)
        await self.feed.check()
        self.feed.start()
        self._on_close("feed", self.feed.aclose)
        self.embed_later.start()
        self._on_close("embed later", self.embed_later.aclose)
        await self.upkeep.start()
        self._on_close("memory upkeep", self.upkeep.aclose)
        await self.chats.mark_interrupted()
        secret = self.data_dir.create_secret()
        server = OwnerServer(self, secret, STREAMED)
        await server.start(self.data_dir.instance_address)
        self._on_close("server", server.aclose)
        self.data_dir.write_address(instance=self.data_dir.instance_address, secret=secret)

    def _serve(self, serving: Serving) -> None:
        """Embed questions with the model whose vectors the index holds."""
        self.serving = serving
        old = BatchEmbedder(serving.embedder) if serving.following and serving.embedder else None
        self._questions = old if serving.following else self.batches

    async def _on_all_embedded(self) -> None:
        """Nothing waits for a vector: where the model was changed, the new index takes the old one's place."""
        if not self.serving.following or self.embedder is None:
            return
        folder = index_dir(self.data_dir.cache_dir, self.embedder.model)
        await self.feed.change_over(await SearchIndex.open(folder, self.embedder.dim), self.embedder.model)
        self.embed_later.quiet = False
        self._serve(await self.reembedding.finish(self.embedder))
        self.memory.optimizer.invalidate_cache()
        clear_other_indexes(self.data_dir.cache_dir, folder)
        await self.index.compact()

    def _on_close(self, name: str, close: Callable[[], Awaitable[None]]) -> None:
        async def bounded() -> None:
            try:
                await asyncio.wait_for(close(), CLOSE_STEP_S)
            except TimeoutError:
                logger.warning("closing the %s took too long and was given up", name)

        self._closers.push_async_callback(bounded)

    async def aclose(self) -> None:
        """End workers, the socket, the store and the lock, in that order, within five seconds."""
        try:
            await self._closers.aclose()
        finally:
            await self.store.aclose()
            self._lock.release()

    async def _close_backends(self) -> None:
        await self.pool.aclose()
        if self._parser is not None:
            await self._parser.aclose()

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
        async with contextlib.aclosing(items):
            async for item in items:
                yield item
        self.figures.monitor.record_duration(operation, time.perf_counter() - began)

    # --- asking -------------------------------------------------------------------------------

    async def _ask(
        self,
        *,
        question: str,
        chat_id: str,
        is_new_chat: bool,
        files: list[str],
        role: str | None,
        memory: bool | None,
        project: str,
        model: dict[str, str],
        run_id: str,
        user_turn_id: str,
        turn_id: str,
        fresh: bool = False,
    ) -> AsyncGenerator[dict[str, Any], None]:
        if not is_new_chat:
            chat_id = (await self.chats.find(chat_id)).id
        document_ids = await self._read_files(files, project)
        backend, note = await self.models.backend(model, question, chat_id)
        request = RunRequest(
            question=question,
            chat_id=chat_id,
            run_id=run_id,
            user_turn_id=user_turn_id,
            turn_id=turn_id,
            role=role or (self.settings.role if is_new_chat else ""),
            use_memory=memory,
            document_ids=tuple(document_ids),
            project=project,
            fresh=fresh,
        )
        events = run_agent(request, self._services(backend))
        async with contextlib.aclosing(events):
            async for event in events:
                yield event.to_wire()
                if note:
                    yield NoteAdded(run_id, note).to_wire()
                    note = ""
        if self.settings.memory if memory is None else memory:
            self.upkeep.on_answered(backend, question, chat_id, user_turn_id, project)

    def _services(self, backend: Backend) -> Services:
        return Services(
            backend=backend,
            chats=self.chats,
            memory=self.memory,
            store=self.store,
            search=self._search_hits,
            embedder=self.embedder,
            tools=create_registry(),
            settings=self.settings,
            clock=self.clock,
            recorder=self.upkeep.recorder,
            approve=self.approvals.wait,
            answers=self.answers,
        )

    async def _read_files(self, files: list[str], project: str) -> list[str]:
        ids = []
        if files:
            report = await self._open_ingest().run([Path(f) for f in files], project=project)
            if report.failed:
                raise UsageError(f"{report.failed[0].path} could not be read: {report.failed[0].error}")
            ids = [file.document_id for file in report.files if file.document_id]
        return ids

    def _announce_model(self, source: str, what: str) -> None:
        self.news.tell("model", source, what)

    def _pids(self) -> dict[str, int | None]:
        """Processes beside the models' and our own, by what they do."""
        address = self.data_dir.read_address()
        server = address.server if address is not None else None
        return {
            "search": getattr(self.embedder, "pid", None),
            "documents": self._parser.pid if self._parser is not None else None,
            "store": server.pid if server is not None else None,
        }

    def _caches(self) -> dict[str, tuple[int, int]]:
        """How often each cache was asked, and how often it knew."""
        answers, recalled = self.answers, self.memory.optimizer.get_stats()
        embedded = self.batches.get_stats() if self.batches is not None else {"texts": 0, "cache_hits": 0}
        return {
            "answers": (answers.n_hits + answers.n_misses, answers.n_hits),
            "recall": (recalled["queries"], recalled["hits"] + recalled["shared"]),
            "embedding": (embedded["texts"], embedded["cache_hits"]),
        }

    # --- documents ----------------------------------------------------------------------------

    async def _ingest(self, *, paths: list[str], project: str) -> AsyncGenerator[dict[str, Any], None]:
        items: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

        def on_progress(progress: IngestProgress) -> None:
            items.put_nowait({"event": "progress", "fields": asdict(progress)})

        def on_done(file: FileIngested) -> None:
            items.put_nowait({"event": "file", "fields": asdict(file)})

        work = asyncio.create_task(
            self._open_ingest().run(
                [Path(p) for p in paths],
                project=project,
                progress=on_progress,
                done=on_done,
            ),
            name="ingest",
        )
        work.add_done_callback(lambda _: items.put_nowait(None))
        try:
            while (item := await items.get()) is not None:
                yield item
            await work
            await self.feed.caught_up()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    def _open_ingest(self) -> Ingest:
        """The one ingest of this owner: two at once wait for each other in it."""
        if self._ingest_files is None:
            self._parser = create_parser(self.data_dir.log_dir)
            self._ingest_files = Ingest(
                self.store, self.embedder, self._parser, self.clock, check_space=self._check_space
            )
        return self._ingest_files

    def _check_space(self) -> None:
        aof_bytes = sum(file.stat().st_size for file in self.data_dir.redis_dir.rglob("*") if file.is_file())
        require_space(self.data_dir.redis_dir, aof_bytes)

    # --- search -------------------------------------------------------------------------------

    async def _search(self, *, query: str, k: int, sources: list[str], project: str) -> list[dict[str, Any]]:
        if not query.strip():
            raise UsageError("The query is empty; write what you look for.")
        if k < 1:
            raise UsageError("At least one result must be asked for.")
        for source in sources:
            if source not in SOURCE_KINDS:
                raise UnknownNameError("source", source, SOURCE_KINDS)
        hits = await self._search_hits(query, k=k, kinds=[SOURCE_KINDS[s] for s in sources], project=project or None)
        return [{**asdict(hit), "labels": list(hit.labels)} for hit in hits]

    async def _search_hits(
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
        # The question is embedded while the index catches up and looks up the words.
        vector = asyncio.create_task(self._embed_query(query), name="embed query")
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
                now_ms=self.clock.now_ms(),
            )
        finally:
            vector.cancel()

    async def _backup(self, *, path: str) -> str:
        if self.settings.redis_url:
            raise UsageError("The store is on a server of your own; back it up there.")
        await self.store.barrier()
        return str(await asyncio.to_thread(write_backup, self.data_dir.path, Path(path) if path else None))

    async def _warm(self, *, model: dict[str, str]) -> None:
        """Start what a first question needs; a chat model other than the guide loads when it is asked."""
        await self._embed_query("warm")
        if model["model"] == "guide":
            await self.models.backend(model)

    async def _embed_query(self, text: str) -> Vectors | None:
        if self._questions is None:
            return None
        self.pool.watch()
        try:
            return await self._questions.embed_text(text)
        except EmbedderError as exc:
            logger.warning("searching by words only: %s", exc)
            return None

    # --- memory -------------------------------------------------------------------------------

    def _on_written(self) -> None:
        self.embed_later.poke()

    async def _on_forgotten(self, ids: Sequence[str]) -> None:
        """Leave nothing of what was forgotten in the store's log or in the caches."""
        await self.pool.forget_sequences()
        await self.answers.clear()
        await self.feed.caught_up()
        await self.index.compact()
        await self.store.rewrite()
        await asyncio.to_thread(renew_backups, self.data_dir.path)

    # --- chats --------------------------------------------------------------------------------

    async def _chats_list(self, *, limit: int) -> list[dict[str, Any]]:
        return [chat.to_record() for chat in await self.chats.list(limit=limit)]

    async def _chats_show(self, *, id: str) -> dict[str, Any]:
        chat = await self.chats.find(id)
        turns = await self.chats.turns(chat.id)
        return {"chat": chat.to_record(), "turns": [turn.to_record() for turn in turns]}

    async def _chats_turns(self, *, id: str, before: int | None, limit: int) -> list[dict[str, Any]]:
        turns = await self.chats.turns_before(id, before, limit)
        # What the model saw is not for reading, and larger than all else together.
        return [replace(turn, transcript=()).to_record() for turn in turns]

    async def _chats_rename(self, *, chat_id: str, title: str) -> dict[str, Any]:
        return (await self.chat_edits.rename(chat_id, title)).to_record()

    async def _chats_branch(self, *, chat_id: str, turn_id: str, title: str) -> dict[str, Any]:
        return (await self.chat_edits.branch(chat_id, turn_id, title)).to_record()

    async def _chats_sampling(self, *, chat_id: str, values: dict[str, float]) -> dict[str, Any]:
        return (await self.chat_edits.set_sampling(chat_id, values)).to_record()

    async def _chats_restore(self, *, chat_id: str) -> dict[str, Any]:
        return (await self.chat_edits.restore(chat_id)).to_record()

    async def _chats_discarded(self) -> list[dict[str, Any]]:
        return [chat.to_record() for chat in await self.chat_edits.discarded()]

    async def _chats_discard(self, *, chat_id: str) -> None:
        await self.chat_edits.discard(chat_id)
        await self.answers.forget_chat(chat_id)
        # What lies in the trash is not worth keeping read.
        await self.pool.forget_sequences(chat_id)

    async def _chats_delete(self, *, id: str) -> None:
        chat_id = (await self.chats.find(id)).id
        await self.chats.delete(chat_id)
        await self.answers.forget_chat(chat_id)
        await self.pool.forget_sequences(chat_id)

    # --- changes ------------------------------------------------------------------------------

    async def _changes(self, *, after: str | None) -> AsyncGenerator[dict[str, Any], None]:
        async with contextlib.aclosing(self.news.among(follow_changes(self.store, after))) as changes:
            async for change in changes:
                yield change

    # --- the rest -----------------------------------------------------------------------------

    async def _doctor(self) -> dict[str, Any]:
        return await examine(self.settings, self.data_dir, self.store, self.embedder, self.pool.loaded)


def _nothing() -> None:
    """Nothing has to be done."""
