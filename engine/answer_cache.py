"""Answers that were given before, kept where the same question can have no other answer.

A greedy model (temperature 0) that used no tool answers the same prompt with the same words. So the key is all
that decides them: the token ids of the prompt (the words themselves where a backend knows no ids), the model's
file by path, size and time, the sampler, the grammar, and the generation of the index (which documents there
are: with another library the model might have been offered other places). What was recalled stands in the prompt.

A cache, in a file of its own: bounded, deleted bytes overwritten, answers of an old generation dropped. What is
forgotten empties it; a chat that is thrown away takes its answers along. Whoever is shown such an answer is told
so and can have it generated again (`fresh`).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.llm.backend import Message, ModelInfo, Sampling
from engine.store.store import Store

__all__ = ["AnswerCache", "KeptAnswer"]

logger = logging.getLogger(__name__)

MAX_ANSWERS = 1000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, chat TEXT NOT NULL, generation TEXT NOT NULL, used INTEGER NOT NULL, text TEXT NOT NULL,
    ids BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS by_chat ON answers (chat);
"""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What the model wrote: all of it, thought included, with its token ids."""

    text: str
    ids: tuple[int, ...]


class AnswerCache:
    """The answers of one data directory; the owner's.

    Args:
        path: of its file.
        store: tells which documents there are.

    Attributes:
        n_hits, n_misses: since the start.
    """

    def __init__(self, path: Path, store: Store) -> None:
        self._path, self._store = path, store
        self._database: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._n = 0
        self.n_hits = self.n_misses = 0

    async def key(
        self, info: ModelInfo, prompt: Sequence[int] | Sequence[Message], sampling: Sampling, grammar: str | None
    ) -> bytes:
        """What decides an answer, as a digest."""
        digest = hashlib.blake2b(digest_size=32)
        for part in (_file_of(info.source), repr(list(prompt)), repr(sampling), grammar or "", await self.generation()):
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(len(encoded).to_bytes(8, "little") + encoded)
        return digest.digest()

    async def generation(self) -> str:
        """Changes when a document is added, replaced or removed."""
        members = await self._store.range(self._store.keys.documents)
        return hashlib.blake2b(repr(members).encode(), digest_size=16).hexdigest()

    async def find(self, key: bytes) -> KeptAnswer | None:
        """What was answered before."""
        found = await asyncio.to_thread(self._find, key)
        if found is None:
            self.n_misses += 1
        else:
            self.n_hits += 1
        return found

    async def keep(self, key: bytes, chat_id: str, answer: KeptAnswer) -> None:
        """Keep an answer; those of another generation go."""
        await asyncio.to_thread(self._keep, key, chat_id, await self.generation(), answer)

    async def forget_chat(self, chat_id: str) -> None:
        """Drop what was answered in a chat."""
        await asyncio.to_thread(self._execute, "DELETE FROM answers WHERE chat = ?", (chat_id,))

    async def clear(self) -> None:
        """Drop everything, the file included."""
        await asyncio.to_thread(self._clear)

    async def aclose(self) -> None:
        """Close the file."""
        with self._lock:
            self._close()

    # In a thread

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self._path.touch(mode=0o600)
            self._database = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
            # A cache: nothing is waited for, and nothing of a deleted answer stays in the file or beside it.
            for pragma in ("secure_delete=ON", "journal_mode=MEMORY", "synchronous=OFF"):
                self._database.execute(f"PRAGMA {pragma}").fetchall()
            self._database.executescript(_SCHEMA)
        return self._database

    def _execute(self, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Run a statement; a file that is damaged or cannot be written is a cache that is empty."""
        with self._lock:
            try:
                return self._open().execute(statement, values).fetchall()
            except (sqlite3.Error, OSError) as exc:
                logger.warning("the cache of answers is begun anew: %s", exc)
                self._close()
                self._path.unlink(missing_ok=True)
                return []

    def _find(self, key: bytes) -> KeptAnswer | None:
        rows = self._execute("SELECT text, ids FROM answers WHERE key = ?", (key,))
        if not rows:
            return None
        self._execute("UPDATE answers SET used = ? WHERE key = ?", (self._next(), key))
        text, ids = rows[0]
        assert isinstance(ids, bytes)
        return KeptAnswer(str(text), tuple(memoryview(ids).cast("i")))

    def _keep(self, key: bytes, chat_id: str, generation: str, answer: KeptAnswer) -> None:
        ids = memoryview(bytearray(4 * len(answer.ids))).cast("i")
        for place, id in enumerate(answer.ids):
            ids[place] = id
        self._execute("DELETE FROM answers WHERE generation != ?", (generation,))
        self._execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)",
            (key, chat_id, generation, self._next(), answer.text, ids.tobytes()),
        )
        self._execute(
            "DELETE FROM answers WHERE key NOT IN (SELECT key FROM answers ORDER BY used DESC LIMIT ?)", (MAX_ANSWERS,)
        )

    def _next(self) -> int:
        """The number of the next use; higher than any in the file."""
        if not self._n:
            rows = self._execute("SELECT coalesce(max(used), 0) FROM answers")
            self._n = int(str(rows[0][0])) if rows else 0
        self._n += 1
        return self._n

    def _clear(self) -> None:
        self._execute("DELETE FROM answers")
        with self._lock:
            self._close()
            self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _file_of(source: str) -> str:
    """A model's file with its size and time: another file of the same name is another model."""
    try:
        stat = os.stat(source)
    except OSError:
        return source
    return f"{source}\0{stat.st_size}\0{stat.st_mtime_ns}"
