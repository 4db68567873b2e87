"""A worker as the rest of the engine sees it: call it, stream from it, close it.

The process behind it is started by the first call and started again after a crash. Crashes are answered in
two ways that do not depend on each other: each start after one waits 0.5, 1, 2, then 4 s, so that a crash at
start-up does not become a loop that burns a core; and the third within a minute refuses further work with a
sentence until `reset()`, because the same model with the same request would only crash a fourth time. A
role that cannot be made (no model, no library) is not a crash: the error goes to the caller and the next
call tries again.

Requests may overlap; the child runs them one after the other (worker_host.py). A stream is held back while
its consumer is slow, so a consumer must not wait for another request to the same worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from engine.errors import EngineError, WorkerCrashedError, WorkerError
from engine.processes.child import ProcessIdentity
from engine.processes.host import Host, HostSpec, ProcessHost, ThreadHost
from engine.processes.link import Link, Request

__all__ = ["Worker"]

BACK_OFF_S = (0.5, 1.0, 2.0, 4.0)
STRIKES = 3
STRIKE_WINDOW_S = 60.0
START_LIMIT_S = 60.0  # imports of a large library from a cold disk; far above the second it takes warm

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND

State = Literal["stopped", "starting", "ready", "crashed", "refused", "closed"]


class Worker:
    """One role in a process (or thread) of its own.

    Args:
        role: a name in engine.workers.ROLES.
        config: plain values, given to `create_role`.
        log_dir: its stderr goes to `<role>.log` there.
        host: "thread" runs the same role in a thread of this process.
        hang_s: no progress for so long while a request is in flight is a hang.
        memory_limit_bytes: address space it may take (process only); 0 is no limit.
        idle_s: the process ends when nothing was asked for so long, and starts again with the next call; 0: it stays.
        on_state: called with each new state: stopped, starting, ready, crashed, refused, closed.
        factory: `module:function` instead of the role's own, for tests and plug-ins.
    """

    def __init__(
        self,
        role: str,
        *,
        config: dict[str, Any],
        log_dir: Path,
        host: Literal["process", "thread"] = "process",
        hang_s: float = 20.0,
        nice: int = 10,
        memory_limit_bytes: int = 0,
        idle_s: float = 0.0,
        on_state: Callable[[str], None] | None = None,
        factory: str = "",
    ) -> None:
        self.role = role
        self.state: State = "stopped"
        self.restarts = 0
        self.log_path = log_dir / f"{role}.log"
        self._spec = HostSpec(role, config, self.log_path, nice, memory_limit_bytes, factory)
        self._host_kind = host
        self._hang_s = hang_s
        self._idle_s = idle_s
        self._on_state = on_state
        self._link: Link | None = None
        self._starting = asyncio.Lock()
        self._closing = asyncio.Event()
        self._crashes: deque[float] = deque(maxlen=STRIKES)
        self._in_a_row = 0
        self._has_run = False
        self._n_using = 0
        self._idle: asyncio.TimerHandle | None = None
        self._resting: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Number of the process, None when none runs (our own for a thread)."""
        return self._link.host.pid if self._link is not None and self._link.alive else None

    @property
    def identity(self) -> ProcessIdentity | None:
        """Who the process is, None when none runs and for a thread."""
        return self._link.host.identity if self._link is not None and self._link.alive else None

    async def start(self) -> None:
        """Start it now; otherwise the first call does.

        Raises:
            EngineError: it cannot be started, or crashed too often.
        """
        with self._in_use():
            await self._ready()

    async def call(self, op: str, /, **fields: Any) -> dict[str, Any]:
        """The fields of the answer. Cancelling the task cancels the request.

        Raises:
            EngineError: what the role raised.
            WorkerCrashedError: the worker ended.
            WorkerHungError: it made no progress and was ended.
        """
        with self._in_use():
            request = await self._begin(op, fields)
            try:
                while (message := await request.next()).pop("op") != "done":
                    pass
                return message
            finally:
                request.close()

    async def stream(self, op: str, /, **fields: Any) -> AsyncGenerator[dict[str, Any], None]:
        """Every message of the answer with its `op`, `done` last. Closing the generator cancels the request.

        Raises:
            EngineError: as `call`; what arrived before was yielded.
        """
        with self._in_use():
            request = await self._begin(op, fields)
            try:
                while True:
                    message = await request.next()
                    yield message
                    if message["op"] == "done":
                        return
            finally:
                request.close()

    def reset(self) -> None:
        """Forget the crashes: something changed, try again."""
        self._crashes.clear()
        self._in_a_row = 0
        if self.state == "refused":
            self._set_state("crashed")

    async def aclose(self) -> None:
        """End the worker; requests in flight fail. Nothing is left of it."""
        self._closing.set()
        if self._idle is not None:
            self._idle.cancel()
        link = self._link
        if link is not None:
            await link.aclose()
        async with self._starting:  # a start in progress notices and cleans up after itself
            if self._link is not None and self._link is not link:
                await self._link.aclose()
            self._link = None
        if self._resting is not None:
            await asyncio.wait({self._resting})
        self._set_state("closed")

    @contextlib.contextmanager
    def _in_use(self) -> Iterator[None]:
        """Somebody asks it something; when the last one has his answer it begins to be idle."""
        self._n_using += 1
        if self._idle is not None:
            self._idle.cancel()
        try:
            yield
        finally:
            self._n_using -= 1
            if self._idle_s and not self._n_using and not self._closing.is_set():
                self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._rest)

    def _rest(self) -> None:
        self._resting = asyncio.get_running_loop().create_task(self._end_idle(), name=f"the {self.role} worker rests")

    async def _end_idle(self) -> None:
        # Under the lock of starting: who asks meanwhile waits until it has ended, and gets a new one.
        async with self._starting:
            if not self._n_using and not self._closing.is_set() and self._link is not None and self._link.alive:
                self._has_run = False  # a start after this is no restart
                await self._discard()
                self._set_state("stopped")

    async def _begin(self, op: str, fields: dict[str, Any]) -> Request:
        link = self._link
        if link is None or not link.alive or self.state != "ready":
            link = await self._ready()
        return await link.begin(op, fields)

    async def _ready(self) -> Link:
        async with self._starting:
            self._refuse_closed()
            if self._link is not None and self._link.alive:
                return self._link
            await self._discard()
            self._refuse_third_strike()
            await self._back_off()
            return await self._open()

    async def _open(self) -> Link:
        self._set_state("starting")
        opening = ThreadHost.open if self._host_kind == "thread" else ProcessHost.open
        host: Host = await opening(self._spec)
        self._link = Link(
            host,
            name=f"the {self.role} worker",
            log_hint=f"Its log is {self.log_path}.",
            hang_s=self._hang_s,
            on_end=self._on_end,
        )
        try:
            self._refuse_closed()
            await self._link.start(START_LIMIT_S)
            self._refuse_closed()
        # A cancel as well: the process has begun and belongs to nobody else.
        except BaseException:
            await self._discard()
            if self.state == "starting":
                self._set_state("stopped")
            raise
        self.restarts += self._has_run
        self._has_run = True
        self._set_state("ready")
        return self._link

    async def _discard(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.aclose()

    def _on_end(self, error: EngineError) -> None:
        now = asyncio.get_running_loop().time()
        if self._crashes and now - self._crashes[-1] > STRIKE_WINDOW_S:
            self._in_a_row = 0
        self._crashes.append(now)
        self._in_a_row += 1
        self._write_down(error)
        self._set_state("refused" if self._struck_out() else "crashed")

    def _write_down(self, error: EngineError) -> None:
        """Put the end into the log that the person is sent to: a worker that is killed writes nothing itself."""
        about = self._spec.config.get("path", "")
        line = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S%z} {error}{f' It had {about}.' if about else ''}\n"
        with contextlib.suppress(OSError):
            self.log_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(self.log_path, _APPEND, 0o600), "a", encoding="utf-8") as log:
                log.write(line)

    def _struck_out(self) -> bool:
        return len(self._crashes) == STRIKES and self._crashes[-1] - self._crashes[0] <= STRIKE_WINDOW_S

    def _refuse_third_strike(self) -> None:
        if self._struck_out():
            self._set_state("refused")
            raise WorkerCrashedError(
                f"The {self.role} worker ended {STRIKES} times within a minute and is not started again; "
                f"change what it is asked to do, such as the model or the file. Its log is {self.log_path}."
            )

    async def _back_off(self) -> None:
        """After a crash, wait before the next start; closing the worker ends the wait."""
        if not self._crashes:
            return
        since = asyncio.get_running_loop().time() - self._crashes[-1]
        wait_s = BACK_OFF_S[min(self._in_a_row, len(BACK_OFF_S)) - 1] - since if self._in_a_row else 0.0
        if wait_s > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), wait_s)
        self._refuse_closed()

    def _refuse_closed(self) -> None:
        if self._closing.is_set():
            raise WorkerError(f"The {self.role} worker is closed.")

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            if self._on_state is not None:
                self._on_state(state)
