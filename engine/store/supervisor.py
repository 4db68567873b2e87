"""Keeps a sidecar running for as long as we are the owner.

A sidecar that dies is started again on the same socket with the same passwords, so that the store, its
connections and other processes go on without knowing: their calls wait, and are repeated. The first restart
is immediate; the more often it died within a minute, the longer the pause, and it is never given up:
a full disk gets free again.

Besides, every two seconds: is it still answering (a stopped or hung server is killed, which loses nothing; asked
on a connection that stays, because logging in anew woke both processes four times as often), and every ten
seconds: has its file grown enough to be written anew. It does that only when told to, because
a rewrite needs free space that only we know of.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress

from redis.exceptions import RedisError

from engine.errors import StoreError, StoreFullError, StoreUnavailableError
from engine.processes.child import ProcessIdentity
from engine.settings import Settings
from engine.store.barrier import flush_aof
from engine.store.data_dir import DataDir
from engine.store.lock import LockHandle
from engine.store.sidecar import Credentials, Sidecar
from engine.store.space import require_space
from engine.store.wire import Endpoint, Wire

_log = logging.getLogger(__name__)

# Pause before the restart after the n-th death within the last minute, in seconds.
BACKOFF_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_REMEMBER_S = 60.0

_TEND_EVERY_S = 2.0
_LOOK_AT_SIZE_EVERY = 5  # rounds of tending

# A server that has not answered for this long is killed. Shorter than wire.REPLY_LIMIT_S, so that waiting
# callers see the connection end and repeat, instead of giving up.
HANG_S = 15.0

# The file is written anew when it has doubled since the last time, and is worth the work.
_REWRITE_ABOVE_BYTES = 32 * 2**20
_REWRITE_GROWTH = 2.0
_REWRITE_LIMIT_S = 600.0
_REWRITE_POLL_S = 0.05
# A server that goes away meanwhile is back after a tenth of a second.
_REWRITE_ATTEMPTS, _REWRITE_AGAIN_S = 5, 0.3


class Supervisor:
    """The owner's hold on its sidecar; made by `start`."""

    def __init__(self, data_dir: DataDir, settings: Settings, lock: LockHandle) -> None:
        self._data_dir, self._settings, self._lock = data_dir, settings, lock
        self._credentials = Credentials()
        self._sidecar: Sidecar | None = None
        self._deaths: deque[float] = deque(maxlen=len(BACKOFF_S))
        self._reason = ""
        self._tasks: list[asyncio.Task[None]] = []
        self._rewriting = asyncio.Lock()
        self._on_start: list[asyncio.Event] = []
        self._pulse: Wire | None = None
        self.restarts = 0

    @classmethod
    async def start(cls, data_dir: DataDir, settings: Settings, lock: LockHandle) -> Supervisor:
        """Start the sidecar and look after it until `aclose`.

        Raises:
            StoreError: it does not start; nothing is left running.
        """
        supervisor = cls(data_dir, settings, lock)
        await supervisor._start_sidecar()
        supervisor._tasks = [
            asyncio.create_task(supervisor._watch(), name="store watch"),
            asyncio.create_task(supervisor._tend(), name="store tend"),
        ]
        return supervisor

    async def _start_sidecar(self) -> None:
        self._sidecar = await Sidecar.start(self._data_dir, self._settings, self._lock, self._credentials)
        self._reason = ""
        if self._sidecar.load_errors:
            _log.warning(
                "The store's file holds %d damaged commands; what they wrote is missing. Restore a backup.",
                self._sidecar.load_errors,
            )

    @property
    def sidecar(self) -> Sidecar:
        """The present run of the server, or the last."""
        assert self._sidecar is not None
        return self._sidecar

    @property
    def identity(self) -> ProcessIdentity:
        """Who the server is now."""
        return self.sidecar.identity

    def endpoint(self) -> Endpoint:
        """Where the store is; the same for all runs of this owner, except on Windows."""
        return self.sidecar.endpoint

    def reason(self) -> str:
        """Why the server is away, as a sentence; "" while it is not."""
        return self._reason

    def on_restart(self) -> asyncio.Event:
        """An event that is set at the next restart; for tests and for the address file."""
        event = asyncio.Event()
        self._on_start.append(event)
        return event

    async def _watch(self) -> None:
        while True:
            code = await self.sidecar.process.wait()
            _log.warning("The store's server ended (%s) and is started again.", code)
            self._reason = "The store's server ended and is being started again; try again in a moment."
            await self._restart()

    async def _restart(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._deaths.append(loop.time())
            recent = sum(1 for at in self._deaths if loop.time() - at < _REMEMBER_S)
            await asyncio.sleep(BACKOFF_S[min(recent, len(BACKOFF_S)) - 1])
            try:
                await self._start_sidecar()
            except (StoreError, OSError) as exc:
                _log.warning("The store's server does not start: %s", exc)
                self._reason = str(exc)
                continue
            self.restarts += 1
            events, self._on_start = self._on_start, []
            for event in events:
                event.set()
            return

    async def _tend(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(_TEND_EVERY_S)
            rounds += 1
            sidecar = self.sidecar
            if sidecar.process.returncode is not None:
                continue
            if not await self._answers(sidecar):
                _log.warning("The store's server has not answered for %d s and is started again.", HANG_S)
                sidecar.process.kill()
            elif rounds % _LOOK_AT_SIZE_EVERY == 0:
                await self._rewrite_if_grown()

    async def _answers(self, sidecar: Sidecar) -> bool:
        """False when the server holds its connection and says nothing; one that is gone is not our business."""
        try:
            async with asyncio.timeout(HANG_S):
                if self._pulse is None or not self._pulse.is_open:
                    self._pulse = await Wire.open(sidecar.keeper)
                await self._pulse.call("PING")
        except TimeoutError:
            return False
        except (RedisError, OSError):
            return True
        return True

    async def _rewrite_if_grown(self) -> None:
        with suppress(RedisError, OSError):
            state = await _persistence(self.sidecar.keeper)
            size, base = int(state["aof_current_size"]), int(state["aof_base_size"])
            # A file with damaged commands is kept as it is: a rewrite would make the loss final.
            if self.sidecar.load_errors or size < max(_REWRITE_ABOVE_BYTES, base * _REWRITE_GROWTH):
                return
            try:
                await self.rewrite()
            except StoreError as exc:
                _log.warning("The store's file was not written anew: %s", exc)

    async def rewrite(self) -> None:
        """Write the server's file anew from what it holds; returns when the new one is flushed.

        What was deleted before the call is in no file afterwards.

        Raises:
            StoreFullError: not enough free space, or the disk filled up.
            StoreUnavailableError: the server went away meanwhile.
        """
        async with self._rewriting:
            try:
                async with asyncio.timeout(_REWRITE_LIMIT_S):
                    state = await self._rewrite_once()
            except (RedisError, OSError) as exc:
                raise StoreUnavailableError("The store's file could not be written anew; try again.") from exc
            if state.get("aof_last_bgrewrite_status") != "ok":
                raise StoreFullError("The store's file could not be written anew: free some space and try again.")
            # Redis 6.2 swaps the files without flushing what was written during the rewrite.
            try:
                await asyncio.to_thread(flush_aof, self._data_dir.redis_dir)
            except OSError as exc:
                raise StoreFullError(f"The disk failed while saving ({exc.strerror or exc}); check the disk.") from exc

    async def _rewrite_once(self) -> dict[str, str]:
        """The state behind a rewrite that one and the same server began and ended.

        A server that is started again meanwhile is idle and knows of no failure; its file is still the old one.
        """
        for attempt in range(_REWRITE_ATTEMPTS):
            keeper = self.sidecar.keeper
            try:
                before = await self._until_idle(keeper)
                require_space(self._data_dir.redis_dir, int(before["aof_current_size"]))
                await _ask(keeper, "BGREWRITEAOF")
                after = await self._until_idle(keeper)
            except (RedisError, OSError):
                if attempt + 1 == _REWRITE_ATTEMPTS:
                    raise
            else:
                if after["run_id"] == before["run_id"]:
                    return after
            await asyncio.sleep(_REWRITE_AGAIN_S)
        raise ConnectionError("the server was started again during each rewrite")

    async def _until_idle(self, keeper: Endpoint) -> dict[str, str]:
        while True:
            state = await _persistence(keeper)
            if state.get("aof_rewrite_in_progress") == "0" and state.get("aof_rewrite_scheduled") == "0":
                return state
            await asyncio.sleep(_REWRITE_POLL_S)

    async def aclose(self) -> None:
        """Stop looking after the server, and the server; bounded by some seconds."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._pulse is not None:
            await self._pulse.close()
        if self._sidecar is not None:
            await self._sidecar.aclose()


async def _ask(keeper: Endpoint, *args: str) -> None:
    wire = await Wire.open(keeper)
    try:
        await wire.call(*args)
    finally:
        await wire.close()


async def _persistence(keeper: Endpoint) -> dict[str, str]:
    wire = await Wire.open(keeper)
    try:
        return {**await wire.info("server"), **await wire.info("persistence")}
    finally:
        await wire.close()
