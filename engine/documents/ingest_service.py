"""Reading documents in, for the owner: plain arguments in, plain data out (see `engine.instance.service`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.clock import Clock
from engine.documents.ingest import Ingest
from engine.documents.parser import create_parser
from engine.errors import UsageError
from engine.events import FileIngested, IngestProgress
from engine.processes.worker import Worker
from engine.search.types import Embedder
from engine.store.data_dir import DataDir
from engine.store.space import require_space
from engine.store.store import Store

__all__ = ["IngestService"]


class IngestService:
    """The one ingest of an owner, with the parser that it starts when it is first needed.

    Args:
        embedder: what vectors are made with, once it is open.
        caught_up: returns when the search index holds all that was written.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        data_dir: DataDir,
        *,
        embedder: Callable[[], Embedder | None],
        caught_up: Callable[[], Awaitable[None]],
    ) -> None:
        self._store, self._clock, self._data_dir = store, clock, data_dir
        self._embedder, self._caught_up = embedder, caught_up
        self._parser: Worker | None = None
        self._ingest: Ingest | None = None

    @property
    def pid(self) -> int | None:
        """Number of the parser's process, where there is one."""
        return self._parser.pid if self._parser is not None else None

    def get(self) -> Ingest:
        """The one ingest of this owner: two at once wait for each other in it."""
        if self._ingest is None:
            self._parser = create_parser(self._data_dir.log_dir)
            self._ingest = Ingest(
                self._store, self._embedder(), self._parser, self._clock, check_space=self._check_space
            )
        return self._ingest

    async def read(self, files: list[str], project: str) -> list[str]:
        """Ids of the documents that these files became.

        Raises:
            UsageError: one of them could not be read.
        """
        ids = []
        if files:
            report = await self.get().run([Path(f) for f in files], project=project)
            if report.failed:
                raise UsageError(f"{report.failed[0].path} could not be read: {report.failed[0].error}")
            ids = [file.document_id for file in report.files if file.document_id]
        return ids

    async def run(self, *, paths: list[str], project: str) -> AsyncGenerator[dict[str, Any], None]:
        """Read files and folders in; gives how far it is and what became of each file. Closing it stops the work."""
        items: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

        def on_progress(progress: IngestProgress) -> None:
            items.put_nowait({"event": "progress", "fields": asdict(progress)})

        def on_done(file: FileIngested) -> None:
            items.put_nowait({"event": "file", "fields": asdict(file)})

        work = asyncio.create_task(
            self.get().run([Path(p) for p in paths], project=project, progress=on_progress, done=on_done),
            name="ingest",
        )
        work.add_done_callback(lambda _: items.put_nowait(None))
        try:
            while (item := await items.get()) is not None:
                yield item
            await work
            await self._caught_up()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def aclose(self) -> None:
        """End the parser."""
        if self._parser is not None:
            await self._parser.aclose()

    def _check_space(self) -> None:
        redis_dir = self._data_dir.redis_dir
        aof_bytes = sum(file.stat().st_size for file in redis_dir.rglob("*") if file.is_file())
        require_space(redis_dir, aof_bytes)
