"""The document worker: opens files that nobody trusts, in a process that can do little harm.

Limits of reliability.md and where they are kept:

    no network         confine.py, before the first file
    memory             address space of the process, set by whoever starts it (parser.py)
    no finished page   the worker's hang watch, 60 s; every page and every few blocks count as progress
    10 minutes         here: what was read until then is kept, and the note says so
    500 MB             job.py, before the file gets here
    zip bombs, DTDs    formats/archive.py

Messages: `parse {path: bytes}` → `passages {items: [[text, page, heading, start, end, places], …]}` again and
again → `done {format, title, pages, n_chars, notes}`; `render {path, page, width_px, quotes, before}` → `done`
with the fields of a `RenderedPage`; `about {}` → `done {network}`. A path crosses as bytes, because a file's
name need not be text.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine.documents.chunking import Chunk, Chunker
from engine.documents.confine import confine
from engine.documents.formats import load_parser
from engine.documents.formats.detect import detect
from engine.documents.formats.source import MAX_TEXT_CHARS, Source
from engine.errors import DocumentError, EngineError, UsageError
from engine.processes.worker_host import Reply

FILE_LIMIT_S = 600.0
# Passages per message: small enough that embedding starts early, large enough that messages cost nothing.
BATCH = 16
# Least time between two messages about progress.
PROGRESS_S = 0.1


class ParseRole:
    """Reads one file after the other, or shows a page of one."""

    def __init__(self, network: str) -> None:
        self._network = network

    def handle(self, op: str, message: dict[str, Any], reply: Reply) -> dict[str, Any] | None:
        """Do `parse`, `render` or `about`.

        Raises:
            DocumentError: the file cannot be read; says why.
        """
        if op == "about":
            return {"network": self._network}
        path = Path(os.fsdecode(message.get("path", b"")))
        if op == "render":
            return _guarded(lambda: _render(path, message))
        if op != "parse":
            raise UsageError(f"The document worker does not know {op!r}.")
        return _guarded(lambda: _parse(path, reply))

    def interrupt(self) -> None:
        """Nothing to do: a cancelled request is seen after each block."""

    def close(self) -> None:
        """Nothing is kept between files."""


def create_role(config: dict[str, Any]) -> ParseRole:
    """The role, in a process that has given up the network if `confine` asks for it."""
    return ParseRole(confine() if config.get("confine") else "open")


def _guarded(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return work()
    except EngineError:
        raise
    except OSError as exc:
        raise DocumentError(f"This file cannot be opened: {exc.strerror or exc}.") from exc
    except (MemoryError, RecursionError) as exc:
        raise DocumentError(
            "Reading this file takes more memory than it may; split it, or save it in another format.", "too_large"
        ) from exc
    except Exception as exc:  # the edge: libraries raise what they like at a file made to break them
        traceback.print_exc(file=sys.stderr)
        raise DocumentError(
            f"This file is damaged in a way that its reader did not expect ({type(exc).__name__}); "
            "export it once more, or save it in another format."
        ) from exc


def _render(path: Path, message: dict[str, Any]) -> dict[str, Any]:
    # Here, because a worker that reads Markdown does not pay for PDFium.
    from engine.documents.formats.pdf_page import render_page

    page = render_page(path, message["page"], message["width_px"], message["quotes"], message["before"])
    return page.to_record()


def _parse(path: Path, reply: Reply) -> dict[str, Any]:
    source = Source(path, on_page=_Pages(reply))
    source.format = detect(path)
    chunker = Chunker()
    batch: list[Chunk] = []
    found = False
    for chunk in _chunks(source, chunker, reply):
        batch.append(chunk)
        found = True
        if len(batch) >= BATCH:
            _send(reply, batch)
            batch = []
    if not found and not reply.cancelled:
        raise DocumentError("The file has no text in it.", "empty")
    _send(reply, batch)
    return {
        "format": source.format,
        "title": source.title,
        "pages": source.pages,
        "n_chars": chunker.n_chars,
        "notes": source.notes,
    }


def _chunks(source: Source, chunker: Chunker, reply: Reply) -> Iterator[Chunk]:
    ends = time.monotonic() + FILE_LIMIT_S
    for block in load_parser(source.format)(source):
        if reply.cancelled:
            return
        for chunk in chunker.feed(block):
            yield chunk
            if reply.cancelled:
                return
            reply.progress()
        reply.progress()
        if time.monotonic() > ends:
            source.notes.append(f"Reading stopped after {FILE_LIMIT_S / 60:.0f} minutes; the rest is left out.")
            break
        if chunker.n_chars > MAX_TEXT_CHARS:
            source.notes.append(f"Only the first {MAX_TEXT_CHARS // 1_000_000} million characters were read.")
            break
    yield from chunker.finish()


def _send(reply: Reply, chunks: list[Chunk]) -> None:
    if chunks:
        reply.send("passages", items=[[c.text, c.page, c.heading, c.start, c.end, c.places] for c in chunks])


class _Pages:
    """Tells of finished pages, not too often."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._told = 0.0

    def __call__(self, page: int, pages: int | None) -> None:
        now = time.monotonic()
        if now - self._told >= PROGRESS_S:
            self._told = now
            self._reply.progress(page=page, pages=pages)
        else:
            self._reply.progress()
