"""What stands behind a citation: the passage as it was read, the file as it is now, the page as it looks.

Pages are painted by a document worker of their own, so that looking at a source does not wait for a folder
that is being read, and a page that brings the painter down takes no ingest with it. It starts when it is
first needed and ends when nobody has looked for a while: it holds 60 MB.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from engine.documents.library import get_document
from engine.documents.parser import create_parser
from engine.documents.trash import DocumentTrash
from engine.documents.types import Document, FileState, Passage, RenderedPage, Source
from engine.documents.walk import real_path
from engine.errors import DocumentError, UnknownNameError, WorkerCrashedError, WorkerHungError
from engine.processes.worker import Worker
from engine.store.store import Store

# Nobody has looked at a page for so long: its worker ends.
IDLE_S = 120.0
# A page takes 20 ms; one that takes this long is one that nobody can look at.
RENDER_LIMIT_S = 20.0
# A sentence to mark has at most so many characters; and so many of them are marked at once.
_MAX_QUOTE, _MAX_QUOTES = 4000, 32


class PageViewer:
    """Paints pages in a worker that ends when it is idle."""

    def __init__(self, log_dir: Path) -> None:
        self._log_dir = log_dir
        self._worker: Worker | None = None

    async def render(self, path: str, page: int, width_px: int, quotes: Sequence[str], before: str) -> RenderedPage:
        """A page of a PDF.

        Raises:
            DocumentError: the file cannot be read, or the painter did not survive it.
            UsageError: there is no such page.
        """
        short = [quote[:_MAX_QUOTE] for quote in quotes[:_MAX_QUOTES]]
        try:
            fields = await asyncio.wait_for(
                self._painter().call(
                    "render",
                    path=os.fsencode(real_path(path)),
                    page=page,
                    width_px=width_px,
                    quotes=short,
                    before=before,
                ),
                RENDER_LIMIT_S,
            )
        except (WorkerCrashedError, WorkerHungError, TimeoutError) as exc:
            await self._drop()
            raise DocumentError("This page cannot be shown; painting it was given up.") from exc
        return RenderedPage.from_record(fields)

    async def warm(self) -> None:
        """Start the worker, so that the next page is there at once; as idle as any other it ends."""
        await self._painter().start()

    async def aclose(self) -> None:
        """End the worker."""
        await self._drop()

    def _painter(self) -> Worker:
        if self._worker is None:
            self._worker = create_parser(self._log_dir, idle_s=IDLE_S)
        return self._worker

    async def _drop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(worker.aclose(), 2.0)


async def find_source(store: Store, trash: DocumentTrash, passage_id: str) -> Source:
    """The passage, its document and what became of its file.

    Raises:
        UnknownNameError: there is no such passage any more.
    """
    record = await store.get(store.keys.passage(passage_id))
    if record is None:
        raise UnknownNameError("passage", passage_id)
    passage = Passage.from_record(record)
    document = await get_document(store, passage.document_id)
    if document is None:
        return Source(await trash.find(passage.document_id), passage, "removed")
    state, path = await asyncio.to_thread(look_at_file, document)
    return Source(document, passage, state, path)


def look_at_file(document: Document) -> tuple[FileState, str]:
    """Whether the file is still what was read, and where it is; blocking."""
    changed = ""
    for path in (document.path, *document.aliases):
        try:
            info = os.stat(real_path(path))
        except (OSError, ValueError):
            continue
        is_same_time = info.st_mtime_ns // 1_000_000 == document.modified_ms
        # A copy, or a file that was only saved again, has a time of its own: what is in it tells.
        if info.st_size == document.size_bytes and (is_same_time or _has_content(path, document.content_hash)):
            return "there", path
        changed = changed or path
    return ("changed", changed) if changed else ("missing", document.path)


def _has_content(path: str, content_hash: str) -> bool:
    try:
        with open(real_path(path), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == content_hash
    except OSError:
        return False


async def load_passages_around(store: Store, document_id: str, around: str, reach: int) -> list[Passage]:
    """Passages of a document in order, `reach` before and after one of them; all from the first if it is empty.

    Raises:
        UnknownNameError: the document has no such passage.
    """
    members = [id for id, _ in await store.range(store.keys.document_passages(document_id))]
    middle = 0
    if around:
        if around not in members:
            raise UnknownNameError("passage", around)
        middle = members.index(around)
    ids = members[max(0, middle - reach) : middle + reach + 1]
    records = await store.get_many([store.keys.passage(id) for id in ids])
    return [Passage.from_record(record) for record in records if record is not None]
