"""One file on its way into the store: what is known of it before it is parsed, and what has come of it so far."""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass, field

from engine.documents.chunking import Chunk
from engine.documents.filing import ParsedFile
from engine.documents.formats.source import MAX_FILE_BYTES
from engine.documents.walk import FoundFile, stored_path
from engine.errors import DocumentError
from engine.events import FileIngested

__all__ = ["Job", "examine"]

# Of the time that a file takes, reading its pages; the rest is for what they mean. Of a paper of 20 pages on two busy
# cores reading was 0.3 s of 6.
READ_COST = 0.1


@dataclass(slots=True)
class Job:
    """One file on its way. `outcome` is set when there is nothing left to write for it."""

    path: str
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    outcome: FileIngested | None = None
    parsed: ParsedFile | None = None
    chunks: list[Chunk] = field(default_factory=list)
    vectors: list[bytes] = field(default_factory=list)
    waiting: int = 0  # chunks without a vector
    complete: bool = False  # no more chunks will come
    without_vectors: bool = False
    same_as: Job | None = None
    page: int | None = None
    pages: int | None = None

    _most: float = 0.0

    def measure(self) -> float | None:
        """How much of the work is done, 0…1, never less than before; None while nobody knows how long the file is."""
        if self.outcome is not None:
            return 1.0
        if self.complete:
            read = 1.0
        elif self.page and self.pages:
            read = self.page / self.pages
        else:
            return None
        understood = 1 - self.waiting / len(self.chunks) if self.chunks else 0.0
        # Pages are told of less often than passages come: for a moment there seems to be more left.
        self._most = max(self._most, read * (READ_COST + (1 - READ_COST) * understood))
        return self._most

    def settle(self) -> None:
        """Tell the commit stage if everything is there."""
        if self.complete and not self.waiting:
            self.ready.set()

    def fail(self, sentence: str, state: str = "failed") -> None:
        """Give the file up."""
        self.outcome = FileIngested(self.path, state, error=sentence)
        self.complete = True
        self.waiting = 0
        self.ready.set()


def examine(file: FoundFile, project: str) -> ParsedFile:
    """Size, time and hash of a file; blocking.

    Raises:
        DocumentError: empty, too large, or not readable.
    """
    try:
        with file.path.open("rb") as opened:
            info = os.fstat(opened.fileno())
            if info.st_size == 0:
                raise DocumentError("The file is empty.", "empty")
            if info.st_size > MAX_FILE_BYTES:
                size_mb, limit_mb = info.st_size // 10**6, MAX_FILE_BYTES // 10**6
                raise DocumentError(
                    f"The file has {size_mb} MB, at most {limit_mb} MB are read; split it.", "too_large"
                )
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
    except FileNotFoundError as exc:
        raise DocumentError("The file went away while it was being added; add it once more.") from exc
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise DocumentError(f"This file cannot be opened: {reason}.") from exc
    return ParsedFile(
        path=stored_path(file.path),
        folder=file.folder,
        relative_path=file.relative_path,
        content_hash=digest,
        size_bytes=info.st_size,
        modified_ms=info.st_mtime_ns // 1_000_000,
        project=project,
    )
