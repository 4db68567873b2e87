"""The one connection that writes, and the barrier that acknowledges.

Commits go one after the other over one connection, so that what was written later never lands earlier.
A commit whose connection broke is repeated: ids are made by the writer, so the same commit twice is
the same as once. It is repeated only when the *server* ended the connection; one that merely is silent may
still carry out what it has, after newer writes (see wire.REPLY_LIMIT_S). For the same reason a cancelled
caller leaves its commit running: what was half sent is finished, in its turn.

*Acknowledged* means that the barrier returned. Until then each batch is kept here: a server whose append
failed after its reply (full disk) and that is killed then comes back without it, answers well, and
would let the next barrier promise what is gone. So a new connection first sends again, in order, all that
was not acknowledged.

The barrier asks INFO for `aof_last_write_status:ok` and `aof_buffer_length:0`, then flushes the file in a
thread. Callers that arrive while a flush is running share the next one: theirs may have committed after
the running one began. After a failed flush the kernel forgets the dirty pages and the next flush
"succeeds"; so nothing is acknowledged until a rewrite has put the whole content into a new file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from redis.exceptions import BusyLoadingError, ResponseError

from engine.errors import StoreError, StoreFullError, StoreUnavailableError
from engine.store.barrier import flush_aof
from engine.store.batches import Batch, pack_command
from engine.store.wire import Patience, Wire

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

# What may be committed and not acknowledged before a commit waits for a barrier first: memory, not safety.
MAX_UNACKNOWLEDGED_BYTES = 64 * 2**20

# Longest time between a commit that nobody acknowledges and the flush that we do anyway.
FLUSH_EVERY_S = 1.0

# Another client's write of this very moment may be in the server's buffer; it leaves within one turn of
# its loop. Looks, and the pause between two of them in seconds.
_BUFFER_LOOKS, _BUFFER_PAUSE_S = 40, 0.005

# Limit that a server by URL has to confirm its disk, in milliseconds; `everysec` needs up to 2,000.
_WAITAOF_MS = 10_000


class Writer:
    """Commits and barriers of one store.

    Args:
        patience: how long to wait for a server that went away.
        rewrite: makes the server write its file anew (the owner's supervisor); None where that is not ours.

    Attributes:
        can_wait_for_disk: False once a server by URL said that it cannot confirm its disk.
    """

    def __init__(self, patience: Patience, rewrite: Callable[[], Awaitable[None]] | None = None) -> None:
        self._patience = patience
        self._rewrite = rewrite
        self._lock = asyncio.Lock()
        self._wire: Wire | None = None
        self._unacknowledged: list[Batch] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._current: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._settled: set[tuple[int, int]] = set()
        self._suspect = False
        self._complained = False
        self.can_wait_for_disk = True

    async def open(self) -> None:
        """Connect once, to say early and clearly what is wrong."""
        async with self._lock:
            await self._patience(self._connected)

    async def commit(self, batch: Batch) -> str:
        """Send a batch; returns the position of its last announcement.

        Cancelled, the batch is still sent, and a commit that follows comes after it.

        Raises:
            StoreFullError, StoreUnavailableError: see `Store.commit`.
        """
        if sum(b.size_bytes for b in self._unacknowledged) > MAX_UNACKNOWLEDGED_BYTES:
            await self.barrier()
        return await asyncio.shield(self._spawn(self._commit_in_turn(batch), "store commit"))

    async def _commit_in_turn(self, batch: Batch) -> str:
        async with self._lock:
            position = await self._patience(lambda: self._send(batch))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_EVERY_S, self._on_timer)
        return position

    async def _send(self, batch: Batch) -> str:
        position = await (await self._connected()).commit(batch)
        self._unacknowledged.append(batch)
        return position

    async def _connected(self) -> Wire:
        if self._wire is not None and self._wire.is_open:
            return self._wire
        wire = await Wire.open(self._patience.locate())
        try:
            for batch in self._unacknowledged:
                await wire.commit(batch)
        # A cancel as well: what was sent by half is sent again on a new connection.
        except BaseException:
            await wire.close()
            raise
        self._wire = wire
        return wire

    async def barrier(self) -> None:
        """See `Store.barrier`."""
        if self._next is None:
            self._next = self._spawn(self._flush_after(self._current), "store barrier")
        # A caller that is cancelled leaves; the others still get their answer.
        await asyncio.shield(self._next)

    async def _flush_after(self, previous: asyncio.Task[None] | None) -> None:
        if previous is not None:
            await asyncio.wait((previous,))
        # From here on a caller may have committed what this flush does not see: it gets the one after.
        self._current, self._next = self._next, None
        await self._flush()

    async def _flush(self) -> None:
        if self._suspect:
            await self._recover()
        async with self._lock:
            aof_dir = await self._patience(self._require_written)
            n_covered = len(self._unacknowledged)
        if aof_dir is not None:
            try:
                await asyncio.to_thread(flush_aof, aof_dir, self._settled)
            except OSError as exc:
                self._suspect = True
                raise StoreFullError(
                    f"The disk under {aof_dir} failed while saving ({exc.strerror or exc}): check the disk; what was "
                    "said last is not saved yet."
                ) from exc
        del self._unacknowledged[:n_covered]

    async def _recover(self) -> None:
        if self._rewrite is None:
            raise StoreFullError("The disk failed while saving: check it, then close and open Scrubjay.")
        await self._rewrite()
        self._suspect = False

    async def _require_written(self) -> Path | None:
        """Refuse to acknowledge while the server holds bytes that its file does not have.

        Returns:
            Where the file to flush is; None where the server has confirmed its disk, or cannot.
        """
        wire = await self._connected()
        aof_dir = self._patience.locate().aof_dir
        if aof_dir is None:
            await self._confirm_on_server(wire)
            return None
        for _ in range(_BUFFER_LOOKS):
            state = await wire.info("persistence")
            if state.get("loading") == "1":
                # INFO answers even then, and says that there is no file: it is not open for writing yet.
                raise BusyLoadingError("LOADING")
            if state.get("aof_enabled") != "1":
                raise StoreError("The store keeps no file, so nothing is saved; close and open Scrubjay.")
            if state.get("aof_last_write_status") != "ok":
                break
            if state.get("aof_buffer_length", "0") == "0":
                return aof_dir
            await asyncio.sleep(_BUFFER_PAUSE_S)
        raise StoreFullError("The disk is full: free some space; what was said last is not saved yet, reading goes on.")

    async def _confirm_on_server(self, wire: Wire) -> None:
        """WAITAOF where it exists; elsewhere the server's durability is its own, and `info` says so.

        WAITAOF speaks of the writes of its own connection. All that is not acknowledged was written over
        this one, because a new connection sends it again.
        """
        if not self.can_wait_for_disk or not self._unacknowledged:
            return
        limit_s = _WAITAOF_MS / 1000 + 5
        try:
            [(n_local, _)] = await wire.call_many((pack_command("WAITAOF", 1, 0, _WAITAOF_MS),), 1, limit_s=limit_s)
        except ResponseError as exc:
            # A server that knows no such command, keeps no file, or does not allow us to ask.
            self.can_wait_for_disk = False
            _log.info("The server cannot confirm its disk (%s); its durability is its own.", exc)
            return
        if n_local < 1:
            raise StoreUnavailableError("The Redis server has not confirmed its disk; check its disk and its log.")

    def _on_timer(self) -> None:
        self._timer = None
        if self._unacknowledged:
            self._spawn(self._flush_quietly(), "store flush")

    async def _flush_quietly(self) -> None:
        try:
            await self.barrier()
        except StoreError as exc:
            if not self._complained:
                _log.warning("Not everything is saved yet: %s", exc)
            self._complained = True
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(FLUSH_EVERY_S, self._on_timer)
        else:
            self._complained = False

    def _spawn(self, work: Coroutine[Any, Any, _T], name: str) -> asyncio.Task[_T]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        # Callers see the failure through the shield; one that nobody waits for any more is no news.
        if not task.cancelled():
            task.exception()

    async def aclose(self) -> None:
        """Flush what is left, then close.

        Raises:
            StoreError: something could not be saved; the connection is closed all the same.
        """
        try:
            if self._unacknowledged or self._tasks:
                await self.barrier()
        finally:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            left = list(self._tasks)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            if self._wire is not None:
                await self._wire.close()
