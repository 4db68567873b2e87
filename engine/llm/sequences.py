"""What a model has read of each chat, kept on disk, so that a chat that is opened again need not be read again.

One file per chat and model, written by the worker and sealed with a digest (state_file.py). It is a cache: it
can be deleted at any time, it is bounded, what was not used for longest goes first, and it goes with its chat
and whenever something is forgotten for good, because a model's memory of words is a copy of them. Files are
readable by the person alone, and none is written where the disk is nearly full.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from pathlib import Path

__all__ = ["SequenceShelf"]

# All files together; a chat of 4,000 tokens takes 130 MB with a model of a billion parameters.
BUDGET_BYTES = 4 << 30
# Nothing is written where less than this would be left to everybody else.
FLOOR_BYTES = 2 << 30
_SUFFIX = ".kv"
_CHAT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SequenceShelf:
    """The files of one data directory; every call is short, but blocks.

    Args:
        folder: of these files alone; made when the first is written.
        budget_bytes: of all files together.
    """

    def __init__(self, folder: Path, budget_bytes: int = BUDGET_BYTES, floor_bytes: int = FLOOR_BYTES) -> None:
        self._folder, self._budget, self._floor = folder, budget_bytes, floor_bytes

    def path(self, chat_id: str, model: Path, kv_type: str) -> Path | None:
        """Where a chat of a model is kept; None for an id that cannot be a file's name."""
        if not _CHAT_ID.fullmatch(chat_id):
            return None
        digest = hashlib.blake2b(f"{model}|{kv_type}".encode(), digest_size=8).hexdigest()
        return self._folder / f"{chat_id}.{digest}{_SUFFIX}"

    def find(self, path: Path) -> bool:
        """Whether a file is there; it counts as used now."""
        try:
            os.utime(path)
        except OSError:
            return False
        return True

    def has_room(self) -> bool:
        """Whether something may be written: the folder can be made and the disk is not nearly full."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return shutil.disk_usage(self._folder).free > self._floor
        except OSError:
            return False

    def keep_within_budget(self) -> None:
        """Delete what was not used for longest until the rest fits."""
        files = sorted(self._files(), key=lambda item: item[0], reverse=True)
        total = 0
        for _, size, path in files:
            total += size
            if total > self._budget:
                _delete(path)

    def forget(self, chat_id: str) -> None:
        """Delete what was kept of a chat."""
        for _, _, path in self._files():
            if path.name.split(".")[0] == chat_id:
                _delete(path)

    def clear(self) -> None:
        """Delete all."""
        for _, _, path in self._files():
            _delete(path)

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(size for _, size, _ in self._files())

    def _files(self) -> list[tuple[float, int, Path]]:
        """When used, size and path of each file, what a crash left half written included."""
        found = []
        with contextlib.suppress(OSError):
            for entry in os.scandir(self._folder):
                with contextlib.suppress(OSError):
                    stat = entry.stat()
                    found.append((stat.st_mtime, stat.st_size, Path(entry.path)))
        return found


def _delete(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
