"""The store in memory: the same promises without a server, for tests and for incognito work.

Records are packed as they are for Redis, so that what comes back has the same types and a test that
damages bytes finds the same error.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence

from engine.errors import EntryDamagedError
from engine.store.batches import MAX_CHANGES, check_transaction
from engine.store.keys import Keys
from engine.store.positions import parse_position
from engine.store.records import pack_record, unpack_record
from engine.store.store import Change, Record, Store, StoreInfo, Transaction

_log = logging.getLogger(__name__)


class MemoryStore(Store):
    """A `Store` that ends with its process.

    Args:
        space: the person's space.
        max_changes: changes kept before the oldest are trimmed.

    Attributes:
        values: the packed records by key; a test may damage them.
        damaged: entries whose checksum did not match since the store was made.
    """

    def __init__(self, space: str = "me", *, max_changes: int = MAX_CHANGES) -> None:
        self.keys = Keys(space)
        self.values: dict[str, bytes] = {}
        self.damaged = 0
        self._indexes: dict[str, dict[str, float]] = {}
        self._changes: list[Change] = []
        self._n_changes = 0
        self._max_changes = max_changes
        self._changed = asyncio.Event()

    async def get(self, key: str) -> Record | None:
        data = self.values.get(key)
        if data is None:
            return None
        try:
            return unpack_record(key, data)
        except EntryDamagedError:
            self.damaged += 1
            raise

    async def get_many(self, keys: Sequence[str]) -> list[Record | None]:
        records: list[Record | None] = []
        for key in keys:
            try:
                records.append(await self.get(key))
            except EntryDamagedError as exc:
                _log.warning("%s", exc)
                records.append(None)
        return records

    async def scan(self, prefix: str) -> AsyncIterator[str]:
        for key in [k for k in (*self.values, *self._indexes) if k.startswith(prefix)]:
            yield key

    async def range(
        self,
        index: str,
        *,
        low: float | None = None,
        high: float | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[tuple[str, float]]:
        members = sorted(self._indexes.get(index, {}).items(), key=lambda m: (m[1], m[0].encode()))
        found = [m for m in members if (low is None or m[1] >= low) and (high is None or m[1] <= high)]
        if newest_first:
            found.reverse()
        return found if limit is None else found[:limit]

    async def count(self, index: str) -> int:
        return len(self._indexes.get(index, {}))

    async def commit(self, transaction: Transaction) -> str:
        check_transaction(transaction)
        packed = {key: pack_record(key, record) for key, record in transaction.puts.items()}
        for key in transaction.deletes:
            self.values.pop(key, None)
            self._indexes.pop(key, None)
        for index, gone in transaction.index_removes.items():
            for member in gone:
                self._indexes.get(index, {}).pop(member, None)
        self.values.update(packed)
        for index, added in transaction.index_adds.items():
            self._indexes.setdefault(index, {}).update(added)
        self._indexes = {index: members for index, members in self._indexes.items() if members}
        return self._announce(transaction)

    def _announce(self, transaction: Transaction) -> str:
        position = ""
        for kind, id, action in transaction.announcements:
            self._n_changes += 1
            position = f"{self._n_changes}-0"
            self._changes.append(Change(position, kind, id, action))
        del self._changes[: -self._max_changes]
        if position:
            self._changed.set()
            self._changed = asyncio.Event()
        return position

    async def barrier(self) -> None:
        """Nothing to wait for: this store promises nothing beyond its process."""

    async def changes(self, after: str, limit: int = 1000) -> list[Change] | None:
        if not after:
            return self._changes[:limit] if self._n_changes == len(self._changes) else None
        positions = [parse_position(change.position) for change in self._changes]
        at = parse_position(after)
        if not positions or not positions[0] <= at <= positions[-1]:
            return None
        start = bisect_right(positions, at)
        return self._changes[start : start + limit]

    async def last_change(self) -> str:
        return self._changes[-1].position if self._changes else ""

    async def wait_for_change(self, after: str, timeout_s: float) -> bool:
        at = parse_position(after)
        try:
            async with asyncio.timeout(timeout_s):
                while not self._changes or parse_position(self._changes[-1].position) <= at:
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def info(self) -> StoreInfo:
        size = sum(len(value) for value in self.values.values())
        return StoreInfo(
            server="memory",
            version="",
            durable="Nothing is kept: this store ends with the program.",
            memory_bytes=size,
            disk_bytes=0,
            n_keys=len(self.values) + len(self._indexes),
        )

    async def aclose(self) -> None:
        """Nothing to close."""
