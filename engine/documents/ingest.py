"""Files in, documents out: parse, embed and commit at the same time, one document a unit.

Three stages run side by side, with queues between them that are short, so that a folder of a thousand books
is never in memory:

    read     looks at a file (size, hash, known already?), has the worker parse it, hands on its passages
             while later pages are still being read
    embed    gathers passages, across documents, into full batches; two are under way at a time, so that the
             embedder finds the next one when it has finished one
    commit   takes the documents in their order as soon as the last passage has its vector, writes each in
             one transaction, and puts a barrier after each or, when they come fast, after a few

`done` is called for a file when the barrier behind it has returned: what was told is safe. Cancelling ends
the run between two documents; those that were told stay.

What can go wrong with one file ends in that file's `FileIngested`. An embedder that fails costs the vectors,
not the documents: they are found by words and embedded later. A full store refuses the rest of the files,
each with the sentence that says so. Only a store that cannot be reached ends the run.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.clock import Clock
from engine.documents.chunking import Chunk
from engine.documents.filing import ParsedFile, file_parsed
from engine.documents.job import Job, examine
from engine.documents.library import delete_document, document_by_content, get_document, list_documents
from engine.documents.troubles import Troubles
from engine.documents.walk import FoundFile, find_files, stored_path
from engine.errors import (
    DocumentError,
    EmbedderError,
    EngineError,
    StoreFullError,
    UnknownNameError,
    WorkerCrashedError,
    WorkerError,
    WorkerHungError,
)
from engine.events import FileIngested, IngestProgress, IngestReport
from engine.processes.worker import Worker
from engine.search.types import Embedder
from engine.store.store import Store, Transaction

logger = logging.getLogger(__name__)

# Passages embedded in one go, and how many such batches are under way.
EMBED_BATCH, EMBED_TASKS = 64, 2
# Messages of the parser (16 passages each) that wait for the embedder, and files that wait for their commit.
MAX_WAITING_TEXTS, MAX_WAITING_FILES = 24, 32
# Most documents behind one barrier: a person sees them told together.
BARRIER_EVERY = 16
# The parser may fall over so many files in a row before it is the parser that is broken.
MAX_CRASHES = 5

Progress = Callable[[IngestProgress], None]
Done = Callable[[FileIngested], None]


class Ingest:
    """Puts files into the store; one object per store, since its lock orders the writes.

    Args:
        embedder: None where there is none: documents are then found by words.
        parser: the document worker (`engine.documents.parser.create_parser`).
        on_commit: called with a document's id after the barrier behind it.
        check_space: raises StoreFullError when there is too little room to add a document.
    """

    def __init__(
        self,
        store: Store,
        embedder: Embedder | None,
        parser: Worker,
        clock: Clock,
        on_commit: Callable[[str], Awaitable[None]] | None = None,
        *,
        check_space: Callable[[], None] | None = None,
    ) -> None:
        self._store, self._embedder, self._parser, self._clock = store, embedder, parser, clock
        self._on_commit, self._check_space = on_commit, check_space
        self.writing = asyncio.Lock()  # what is decided from the store is written before anything else is
        self._troubles = Troubles(store, clock)
        self._parsing = asyncio.Lock()  # a second run waits here, not in the worker's queue under its watch
        self._crashes = 0
        self._n_runs, self._is_idle = 0, asyncio.Event()
        self._is_idle.set()

    async def idle(self) -> None:
        """Wait until nothing is being read in."""
        await self._is_idle.wait()

    async def run(
        self,
        paths: Sequence[Path],
        *,
        project: str = "",
        progress: Progress | None = None,
        done: Done | None = None,
    ) -> IngestReport:
        """Read files and folders into the store.

        Args:
            progress: called when a file begins and when pages are finished.
            done: called for each file when it is safe, or refused.

        Raises:
            StoreUnavailableError: the store went away; what was told by `done` is in it.
        """
        run = _Run(self, project, progress, done)
        self._n_runs += 1
        self._is_idle.clear()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(run.read(paths))
                for _ in range(EMBED_TASKS):
                    group.create_task(run.embed())
                group.create_task(run.commit())
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors
        finally:
            self._n_runs -= 1
            if not self._n_runs:
                self._is_idle.set()
        return IngestReport(tuple(run.files))

    async def remove(self, document_id: str) -> None:
        """Take a document out: its passages, its aliases, every key that leads to it.

        Raises:
            UnknownNameError: there is no such document.
        """
        async with self.writing:
            document = await get_document(self._store, document_id)
            if document is None:
                raise UnknownNameError("document", document_id, [d.id for d in await list_documents(self._store)])
            transaction = Transaction()
            await delete_document(self._store, transaction, document)
            await self._store.commit(transaction)
        await self._store.barrier()


class _Run:
    """One call of `Ingest.run`: the queues and the three stages."""

    def __init__(self, ingest: Ingest, project: str, progress: Progress | None, done: Done | None) -> None:
        self._ingest, self._project, self._progress, self._done = ingest, project, progress, done
        self._store, self._embedder = ingest._store, ingest._embedder
        self._texts: asyncio.Queue[tuple[Job, int, list[Chunk]] | None] = asyncio.Queue(MAX_WAITING_TEXTS)
        self._jobs: asyncio.Queue[Job | None] = asyncio.Queue(MAX_WAITING_FILES)
        self._by_content: dict[str, Job] = {}
        # Those that are not told as done, in their order.
        self._open: deque[Job] = deque()
        self._n_total = self._n_passages = 0
        self._full: StoreFullError | None = None
        self.files: list[FileIngested] = []

    # read

    async def read(self, paths: Sequence[Path]) -> None:
        found = await asyncio.to_thread(lambda: list(find_files(paths)))
        self._n_total = len(found)
        for item in found:
            job = Job(item.path if isinstance(item, FileIngested) else stored_path(item.path))
            self._open.append(job)
            await self._jobs.put(job)
            if isinstance(item, FileIngested):
                job.outcome = item
                job.ready.set()
            else:
                await self._read_one(job, item)
        for _ in range(EMBED_TASKS):
            await self._texts.put(None)
        await self._jobs.put(None)

    async def _read_one(self, job: Job, file: FoundFile) -> None:
        self._tell(job)
        try:
            self._check_space()
            job.parsed = await asyncio.to_thread(examine, file, self._project)
            if not await self._is_known(job, job.parsed):
                await self._parse(job, file.path)
        except (DocumentError, StoreFullError) as exc:
            job.fail(str(exc), exc.state if isinstance(exc, DocumentError) else "failed")
        job.complete = True
        job.settle()

    def _check_space(self) -> None:
        if self._full is not None:
            raise self._full
        if self._ingest._check_space is not None:
            self._ingest._check_space()

    async def _is_known(self, job: Job, file: ParsedFile) -> bool:
        """True for content that is in the store, or that an earlier file of this run has."""
        job.same_as = self._by_content.get(file.content_hash)
        if job.same_as is not None or await document_by_content(self._store, file.content_hash) is not None:
            return True
        self._by_content[file.content_hash] = job
        return False

    async def _parse(self, job: Job, path: Path) -> None:
        """Have a file parsed and hand its passages on.

        Raises:
            DocumentError: it cannot be read, or the parser did not survive it.
        """
        ingest = self._ingest
        try:
            async with ingest._parsing, aclosing(ingest._parser.stream("parse", path=os.fsencode(path))) as messages:
                async for message in messages:
                    await self._take(job, message)
        except (WorkerCrashedError, WorkerHungError) as exc:
            ingest._crashes += 1
            if ingest._crashes < MAX_CRASHES:
                ingest._parser.reset()  # the file is to blame, not the worker: the next file gets a new one
            logger.warning("the document worker ended over a file: %s", exc)
            raise DocumentError(_crash_sentence(exc)) from exc
        except WorkerError as exc:
            raise DocumentError(str(exc)) from exc
        ingest._crashes = 0

    async def _take(self, job: Job, message: dict[str, object]) -> None:
        if message["op"] == "progress":
            page, pages = message.get("page"), message.get("pages")
            if isinstance(page, int) and isinstance(pages, int):
                job.page, job.pages = page, pages
            self._tell(job)
        elif message["op"] == "done":
            assert job.parsed is not None
            job.parsed.done = message
        elif message["op"] == "passages":
            items = message["items"]
            assert isinstance(items, list)
            chunks = [_chunk(item) for item in items]
            first = len(job.chunks)
            job.chunks += chunks
            job.vectors += [b""] * len(chunks)
            self._n_passages += len(chunks)
            if self._embedder is not None:
                job.waiting += len(chunks)
                await self._texts.put((job, first, chunks))

    # embed

    async def embed(self) -> None:
        ended = False
        while not ended:
            batch: list[tuple[Job, int, list[Chunk]]] = []
            item = await self._texts.get()
            while item is not None:
                batch.append(item)
                if sum(len(chunks) for _, _, chunks in batch) >= EMBED_BATCH or self._texts.empty():
                    break
                item = self._texts.get_nowait()
            ended = item is None
            if batch:
                await self._embed_batch(batch)

    async def _embed_batch(self, batch: list[tuple[Job, int, list[Chunk]]]) -> None:
        vectors = await self._vectors([chunk.text for _, _, chunks in batch for chunk in chunks])
        for job, first, chunks in batch:
            if vectors is None:
                job.without_vectors = True
            else:
                job.vectors[first : first + len(chunks)] = [vectors.pop(0) for _ in chunks]
            if job.outcome is None:
                job.waiting -= len(chunks)
                job.settle()
            self._tell(job)

    async def _vectors(self, texts: list[str]) -> list[bytes] | None:
        """Vectors as they are stored; None when the embedder is gone, and for the rest of the run."""
        if self._embedder is None:
            return None
        try:
            rows = await self._embedder.embed(texts)
        except (EmbedderError, WorkerError) as exc:
            logger.warning("documents go in without vectors: %s", exc)
            self._embedder = None
            return None
        return [row.tobytes() for row in rows.astype(np.float16)]

    # commit

    async def commit(self) -> None:
        told: list[FileIngested] = []
        async for job in self._in_order(told):
            try:
                outcome = await self._commit_one(job)
            except StoreFullError as exc:
                self._full = exc
                outcome = FileIngested(job.path, "failed", error=str(exc))
            job.outcome = outcome
            job.parsed = None
            job.chunks, job.vectors = [], []
            told.append(outcome)
        await self._acknowledge(told)

    async def _in_order(self, told: list[FileIngested]) -> AsyncIterator[Job]:
        """Jobs as they are ready; where none is, what was written is made safe and told meanwhile."""
        while True:
            if self._jobs.empty() or len(told) >= BARRIER_EVERY:
                await self._acknowledge(told)
            job = await self._jobs.get()
            if job is None:
                return
            if not job.ready.is_set():
                await self._acknowledge(told)
            await job.ready.wait()
            yield job

    async def _commit_one(self, job: Job) -> FileIngested:
        first = job.same_as
        if job.outcome is not None:
            return job.outcome
        if first is not None and first.outcome is not None and first.outcome.error:
            return replace(first.outcome, path=job.path)
        assert job.parsed is not None
        job.parsed.chunks = job.chunks
        if self._embedder is not None and not job.without_vectors:
            job.parsed.vectors, job.parsed.embedded_with = job.vectors, self._embedder.model
        async with self._ingest.writing:
            return await file_parsed(self._store, self._ingest._clock, job.parsed)

    async def _acknowledge(self, told: list[FileIngested]) -> None:
        if any(file.state in ("added", "replaced", "unchanged") for file in told):
            try:
                await self._store.barrier()
            except StoreFullError as exc:
                self._full = exc
                told[:] = [file if file.error else replace(file, state="failed", error=str(exc)) for file in told]
        with contextlib.suppress(StoreFullError):  # the sentences are told now, and only not kept for later
            await self._ingest._troubles.note(told)
        for file in told:
            self.files.append(file)
            if self._done is not None:
                self._done(file)
            if self._ingest._on_commit is not None and file.document_id and not file.error:
                await self._ingest._on_commit(file.document_id)
            self._tell(self._open.popleft())
        told.clear()

    def _tell(self, job: Job) -> None:
        """Tell how far it is: of the first file that is not done, whichever moved."""
        if self._progress is not None:
            at = self._open[0] if self._open else job
            done, total = len(self.files), self._n_total
            self._progress(IngestProgress(done, total, at.path, self._n_passages, at.page, at.pages, at.measure()))


def _chunk(item: list[Any]) -> Chunk:
    text, page, heading, start, end, places = item
    return Chunk(text, page, heading, start, end, tuple((at, there, above) for at, there, above in places))


def _crash_sentence(exc: EngineError) -> str:
    if isinstance(exc, WorkerHungError):
        return "Reading this file came to a standstill and was ended; it may be damaged or far too complex."
    return "The reader broke down over this file and was started anew; the file is probably damaged."


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that ended the run; the others came after it."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
