"""The store on a Redis or Valkey server: our sidecar, or one by URL.

Writes go through `Writer`. Reads take a connection from a small pool and are repeated when the server
goes away under them. Long answers are fetched in slices, so that no answer holds up the window.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from engine.errors import EntryDamagedError, StoreError, StoreUnavailableError, UsageError
from engine.store.batches import MAX_CHANGES, change_checksum, changes_count_key, create_batch, pack_command
from engine.store.keys import Keys
from engine.store.positions import parse_position
from engine.store.records import unpack_record
from engine.store.store import Change, Record, Store, StoreInfo, Transaction
from engine.store.wire import PATIENCE_S, REPLY_LIMIT_S, Endpoint, Patience, Wire
from engine.store.writer import Writer

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

# Oldest server that has what we use (ACL, exclusive ranges); design.md section 2.
OLDEST_SERVER = (6, 2)

# Records fetched and unpacked at a stretch: about 2 ms.
_RECORDS_AT_ONCE = 128

# Members of an index that are turned into Python values at a stretch: about 2 ms.
_MEMBERS_AT_ONCE = 4096

# Hint for SCAN: keys looked at per reply.
_SCAN_HINT = 1000

# How long the last barrier waits for a server that is away: closing takes five seconds in all.
_CLOSING_PATIENCE_S = 1.5

# Idle connections kept for reading.
_IDLE_WIRES = 4


class RedisStore(Store):
    """A `Store` on a server.

    Attributes:
        damaged: entries whose checksum did not match since the store was opened.
    """

    def __init__(
        self,
        patience: Patience,
        space: str = "me",
        *,
        max_changes: int = MAX_CHANGES,
        rewrite: Callable[[], Awaitable[None]] | None = None,
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.keys = Keys(space)
        self.damaged = 0
        self.patience = patience
        self._max_changes = max_changes
        self._rewrite = rewrite
        self._on_close = on_close
        self._writer = Writer(patience, rewrite)
        self._idle: list[Wire] = []
        self._closed = False

    @classmethod
    async def open(
        cls,
        address: str | Callable[[], Endpoint],
        password: str = "",
        space: str = "me",
        aof_path: Path | None = None,
        *,
        username: str = "",
        patience_s: float = PATIENCE_S,
        reason: Callable[[], str] = lambda: "",
        max_changes: int = MAX_CHANGES,
        rewrite: Callable[[], Awaitable[None]] | None = None,
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> RedisStore:
        """Connect to a server.

        Args:
            address: a Unix socket's path, a URL, or a function that tells where the server is now (it
                raises OSError while there is none); with a function the other three are its business.
            aof_path: directory of the append-only file where flushing it is ours.
            patience_s: how long each call waits for a server that went away.
            reason: why the server is away, for the sentence.
            rewrite: makes the server write its file anew.
            on_close: what to stop after the last connection.

        Raises:
            StoreUnavailableError: no server there, it refused us, or it is too old.
            UsageError: not an address.
        """
        endpoint = None if callable(address) else Endpoint(address, username, password, aof_path)
        find = address if callable(address) else lambda: cast("Endpoint", endpoint)
        store = cls(
            Patience(find, patience_s, reason), space, max_changes=max_changes, rewrite=rewrite, on_close=on_close
        )
        try:
            await store._check_server()
        # A cancel as well: the connection belongs to nobody yet.
        except BaseException:
            store._on_close = None
            await store.aclose()
            raise
        return store

    @property
    def endpoint(self) -> Endpoint:
        """Where the server is.

        Raises:
            OSError: nowhere, for the moment.
        """
        return self.patience.locate()

    async def _check_server(self) -> None:
        patience = self.patience
        patience.limit_s, limit_s = min(1.0, patience.limit_s), patience.limit_s
        try:
            await self._writer.open()
            server = await self._read(lambda wire: wire.info("server"))
        finally:
            patience.limit_s = limit_s
        version = server.get("valkey_version") or server.get("redis_version", "0")
        if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < OLDEST_SERVER:
            raise StoreUnavailableError(f"The Redis server is version {version}; Scrubjay needs 6.2 or newer.")

    async def _read(self, work: Callable[[Wire], Awaitable[_T]]) -> _T:
        return await self.patience(lambda: self._read_once(work))

    async def _read_once(self, work: Callable[[Wire], Awaitable[_T]]) -> _T:
        if self._closed:
            raise StoreUnavailableError("The store is closed; open Scrubjay again.")
        wire = self._idle.pop() if self._idle else await Wire.open(self.patience.locate())
        try:
            return await work(wire)
        finally:
            if not wire.is_open:
                # The server ended it, and with it the idle ones; a cancelled read only costs a reconnection.
                await self._close_idle()
            elif self._closed or len(self._idle) >= _IDLE_WIRES:
                await wire.close()
            else:
                self._idle.append(wire)

    async def _call(self, *args: str | bytes | int) -> Any:
        async def work(wire: Wire) -> Any:
            return await wire.call(*args)

        return await self._read(work)

    async def _close_idle(self) -> None:
        idle, self._idle = self._idle, []
        for wire in idle:
            await wire.close()

    async def get(self, key: str) -> Record | None:
        # MGET, not GET: for a key that holds an index it answers "none" instead of an error.
        reply = await self._call("MGET", key)
        if reply[0] is None:
            return None
        try:
            return unpack_record(key, reply[0])
        except EntryDamagedError:
            self.damaged += 1
            raise

    async def get_many(self, keys: Sequence[str]) -> list[Record | None]:
        records: list[Record | None] = []
        at_once = _RECORDS_AT_ONCE
        while len(records) < len(keys):
            some = keys[len(records) : len(records) + at_once]
            values = await self._call("MGET", *some)
            # Where nothing was there, likely nothing is: who asks for ids just made need not ask many times.
            at_once = _RECORDS_AT_ONCE if any(values) else 8 * _RECORDS_AT_ONCE
            for start in range(0, len(some), _RECORDS_AT_ONCE):
                await asyncio.sleep(0)
                part = slice(start, start + _RECORDS_AT_ONCE)
                records += map(self._unpack_or_none, some[part], values[part])
        return records

    def _unpack_or_none(self, key: str, value: bytes | None) -> Record | None:
        if value is None:
            return None
        try:
            return unpack_record(key, value)
        except EntryDamagedError as exc:
            self.damaged += 1
            _log.warning("%s", exc)
            return None

    async def scan(self, prefix: str) -> AsyncIterator[str]:
        pattern = "".join(f"\\{c}" if c in "*?[]\\^-" else c for c in prefix) + "*"
        internal = {self.keys.changes, changes_count_key(self.keys)}
        seen: set[str] = set()
        cursor = b"0"
        while True:
            cursor, found = await self._call("SCAN", cursor, "MATCH", pattern, "COUNT", _SCAN_HINT)
            for raw in found:
                key = raw.decode("utf-8", "surrogatepass")
                if key not in seen and key not in internal:
                    seen.add(key)
                    yield key
            if cursor == b"0":
                return

    async def range(
        self,
        index: str,
        *,
        low: float | None = None,
        high: float | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[tuple[str, float]]:
        bottom, top = _bound(low, -math.inf), _bound(high, math.inf)
        command, first, last = ("ZREVRANGEBYSCORE", top, bottom) if newest_first else ("ZRANGEBYSCORE", bottom, top)
        window = () if limit is None else ("LIMIT", 0, max(0, limit))
        flat = await self._call(command, index, first, last, "WITHSCORES", *window)
        pairs = zip(flat[::2], flat[1::2], strict=True)
        members: list[tuple[str, float]] = []
        while some := [(m.decode("utf-8", "surrogatepass"), float(s)) for m, s in islice(pairs, _MEMBERS_AT_ONCE)]:
            members += some
            await asyncio.sleep(0)
        return members

    async def count(self, index: str) -> int:
        return int(await self._call("ZCARD", index))

    async def commit(self, transaction: Transaction) -> str:
        if self._closed:
            raise StoreUnavailableError("The store is closed; open Scrubjay again.")
        batch = await create_batch(self.keys, transaction, self._max_changes)
        return await self._writer.commit(batch) if batch.n_commands else ""

    async def barrier(self) -> None:
        await self._writer.barrier()

    async def rewrite(self) -> None:
        """Make the server write its file anew, so that deleted text leaves the disk.

        Raises:
            StoreError: the server is not ours, or could not.
        """
        if self._rewrite is None:
            raise StoreError("Only the Scrubjay that started the store can write its file anew; ask it there.")
        await self.barrier()
        await self._rewrite()

    async def changes(self, after: str, limit: int = 1000) -> list[Change] | None:
        at = parse_position(after)
        stream = self.keys.changes
        start = "(" + "-".join(map(str, at)) if after else "-"
        commands = (
            ("MULTI",),
            ("XRANGE", stream, "-", "+", "COUNT", 1),
            ("XREVRANGE", stream, "+", "-", "COUNT", 1),
            ("GET", changes_count_key(self.keys)),
            ("XLEN", stream),
            ("XRANGE", stream, start, "+", "COUNT", max(1, limit)),
            ("EXEC",),
        )
        packed = (b"".join(pack_command(*command) for command in commands),)
        replies = await self._read(lambda wire: wire.call_many(packed, len(commands)))
        if isinstance(replies[-1], Exception):
            raise StoreError(f"The store refused a command: {replies[-1]}")
        oldest, newest, counted, length, entries = replies[-1]
        if not after:
            complete = int(counted or 0) == length
        else:
            ends = [parse_position(end[0][0].decode()) for end in (oldest, newest) if end]
            complete = len(ends) == 2 and ends[0] <= at <= ends[1]
        return _to_changes(entries) if complete else None

    async def last_change(self) -> str:
        entries = await self._call("XREVRANGE", self.keys.changes, "+", "-", "COUNT", 1)
        return bytes(entries[0][0]).decode() if entries else ""

    async def wait_for_change(self, after: str, timeout_s: float) -> bool:
        position = "-".join(map(str, parse_position(after)))
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_s

        async def block(wire: Wire) -> bool:
            # 0 would block for ever.
            left_ms = max(1, int((end - loop.time()) * 1000))
            limit_s = left_ms / 1000 + REPLY_LIMIT_S
            command = pack_command("XREAD", "COUNT", 1, "BLOCK", left_ms, "STREAMS", self.keys.changes, position)
            return (await wire.call_many((command,), 1, limit_s=limit_s))[0] is not None

        return await self._read(block)

    async def info(self) -> StoreInfo:
        async def ask(wire: Wire) -> tuple[dict[str, str], int]:
            sections = [await wire.info(section) for section in ("server", "memory", "persistence")]
            return {k: v for section in sections for k, v in section.items()}, int(await wire.call("DBSIZE"))

        found, n_keys = await self._read(ask)
        is_valkey = "valkey_version" in found
        return StoreInfo(
            server="Valkey" if is_valkey else "Redis",
            version=found["valkey_version" if is_valkey else "redis_version"],
            durable=self._durability(found),
            memory_bytes=int(found.get("used_memory", 0)),
            disk_bytes=int(found.get("aof_current_size", 0)),
            n_keys=n_keys,
        )

    def _durability(self, found: dict[str, str]) -> str:
        endpoint = self.patience.locate()
        if endpoint.aof_dir is not None:
            return "Everything that counts as saved has reached the disk."
        if found.get("aof_enabled") != "1":
            return f"The server at {endpoint.shown} keeps no append-only file: what it loses in a crash is lost."
        if self._writer.can_wait_for_disk and _can_waitaof(found):
            return f"The server at {endpoint.shown} confirms that its disk has what counts as saved."
        return f"The server at {endpoint.shown} cannot confirm its disk: a crash there may lose the last second."

    async def aclose(self) -> None:
        if self._closed:
            return
        self.patience.limit_s = min(self.patience.limit_s, _CLOSING_PATIENCE_S)
        try:
            await self._writer.aclose()
        finally:
            self._closed = True
            await self._close_idle()
            if self._on_close is not None:
                await self._on_close()


def _bound(value: float | None, default: float) -> str:
    if value is not None and math.isnan(value):
        raise UsageError("The bound of a range is not a number.")
    return repr(float(default if value is None else value))


def _can_waitaof(found: dict[str, str]) -> bool:
    major, _, rest = found.get("redis_version", "0.0").partition(".")
    return (int(major), int(rest.partition(".")[0] or 0)) >= (7, 2)


def _to_changes(entries: list[tuple[bytes, list[bytes]]]) -> list[Change] | None:
    """The changes, or None when the checksum of one does not match: a cache is then built anew."""
    changes = []
    for position, flat in entries:
        fields: dict[bytes, Any] = dict(zip(flat[::2], flat[1::2], strict=False))
        kind, id, action = (fields.get(name, b"").decode("utf-8", "replace") for name in (b"kind", b"id", b"action"))
        if fields.get(b"crc") != change_checksum(kind, id, action):
            _log.warning("The entry %s of the change stream is damaged; caches are built anew.", position.decode())
            return None
        changes.append(Change(position.decode(), kind, id, cast("Literal['put', 'delete']", action)))
    return changes
