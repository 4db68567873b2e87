"""Where a worker's role runs: a process (the default) or a thread (scripts, debuggers), behind one surface."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil  # type: ignore[import-untyped,unused-ignore]

import engine
from engine.processes.child import STREAM_LIMIT_BYTES, ChildProcess, ChildSpec, ProcessIdentity, describe_exit
from engine.processes.framing import BlockingChannel, decode_body, encode_frame
from engine.processes.roles import ROLES, load_factory, worker_command
from engine.processes.worker_host import START_ID, serve

# A worker goes before the window when memory runs out (reliability.md).
OOM_SCORE_ADJ = 500
EXIT_S = 2.0  # what a role gets to release its model after the channel has ended; our whole shutdown has 5 s


@dataclass(frozen=True, slots=True)
class HostSpec:
    """What to run and under which limits. `factory` is `module:function`; empty takes the role's own."""

    role: str
    config: dict[str, Any]
    log_path: Path
    nice: int = 10
    memory_limit_bytes: int = 0
    factory: str = ""


class Host(Protocol):
    """A running role and the parent's end of its channel."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pid: int

    @property
    def identity(self) -> ProcessIdentity | None:
        """Who the process is; None for a thread."""
        ...

    def is_stopped(self) -> bool:
        """Whether somebody has stopped it (SIGSTOP): it will never answer by itself."""
        ...

    def is_starved(self, seconds: float) -> bool:
        """Whether it wants to run and got next to no processor time, or waits for the disk."""
        ...

    def mark_progress(self) -> None:
        """Remember the processor time used so far; `is_starved` counts from here."""
        ...

    def kill(self) -> None:
        """End it at once; the channel ends with it."""
        ...

    async def wait(self) -> str:
        """How it ended, in words."""
        ...

    async def aclose(self) -> None:
        """End it: channel, then time to release what it holds, then by force."""
        ...


async def _streams(sock: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    sock.setblocking(False)
    return await asyncio.open_connection(sock=sock, limit=STREAM_LIMIT_BYTES)


async def _close_writer(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        await asyncio.wait_for(writer.wait_closed(), EXIT_S)
    except (OSError, TimeoutError):
        writer.transport.abort()  # what it still had to send, nobody will read


class ProcessHost:
    """A role in a process of its own."""

    def __init__(self, child: ChildProcess, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.pid = child.pid
        self._child = child
        self._cpu_s = 0.0

    @classmethod
    async def open(cls, spec: HostSpec) -> ProcessHost:
        """Start the process and give it its configuration; its first answer has id START_ID.

        Raises:
            WorkerError: it cannot be started.
        """
        child, reader, writer = await _spawn(spec)
        host = cls(child, reader, writer)
        writer.write(encode_frame({"id": START_ID, "op": "config", **_hello(spec)}))
        return host

    @property
    def identity(self) -> ProcessIdentity | None:
        return self._child.identity

    def is_stopped(self) -> bool:
        with contextlib.suppress(psutil.Error):
            return psutil.Process(self.pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
        return False

    def is_starved(self, seconds: float) -> bool:
        # 5 % of a core: less than any model, parser or endless loop takes on a machine that lets it run.
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            wants_to_run = process.status() in (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)
            return wants_to_run and self._cpu_used() - self._cpu_s < 0.05 * seconds
        return False

    def mark_progress(self) -> None:
        self._cpu_s = self._cpu_used()

    def _cpu_used(self) -> float:
        with contextlib.suppress(psutil.Error):
            times = psutil.Process(self.pid).cpu_times()
            return float(times.user + times.system)
        return 0.0

    def kill(self) -> None:
        self._child.kill()

    async def wait(self) -> str:
        return describe_exit(await self._child.wait())

    async def aclose(self) -> None:
        try:
            await _close_writer(self.writer)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._child.wait(), EXIT_S)
        finally:
            self.kill()
            await self._child.stop(terminate_s=0)


async def _spawn(spec: HostSpec) -> tuple[ChildProcess, asyncio.StreamReader, asyncio.StreamWriter]:
    if sys.platform == "win32":  # no socketpair that a child could inherit: its stdin and stdout
        child = await ChildProcess.spawn(_child_spec(spec, stdio=True, stdin=None))
        assert child.stdout is not None
        assert child.stdin is not None
        return child, child.stdout, child.stdin
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            child = await ChildProcess.spawn(_child_spec(spec, stdio=False, stdin=theirs.fileno()))
    # A cancel as well: the descriptor would stay open.
    except BaseException:
        ours.close()
        raise
    try:
        reader, writer = await _streams(ours)
    # A cancel as well: a child without a reader would never be ended.
    except BaseException:
        ours.close()
        await child.stop(terminate_s=0)
        raise
    return child, reader, writer


def _child_spec(spec: HostSpec, *, stdio: bool, stdin: int | None) -> ChildSpec:
    return ChildSpec(
        name=f"the {spec.role} worker",
        argv=worker_command(spec.role),
        log_path=spec.log_path,
        env={**os.environ, **_python_path()},
        stdio=stdio,
        stdin=stdin,
        nice=spec.nice,
        oom_score_adj=OOM_SCORE_ADJ,
        memory_limit_bytes=spec.memory_limit_bytes,
        sets_pdeathsig=True,
    )


def _python_path() -> dict[str, str]:
    """The folder we were imported from, so that a worker runs the same code from any working directory."""
    if getattr(sys, "frozen", False):
        return {}
    ours = str(Path(engine.__file__ or "").resolve().parent.parent)
    inherited = os.environ.get("PYTHONPATH", "")
    return {"PYTHONPATH": os.pathsep.join(filter(None, [ours, inherited]))}


def _hello(spec: HostSpec) -> dict[str, Any]:
    return {
        "config": spec.config,
        "factory": spec.factory,
        "parent_pid": os.getpid(),
        # PDEATHSIG fires when the thread that forked ends (child.py).
        "die_with_parent": threading.current_thread() is threading.main_thread(),
    }


class ThreadHost:
    """A role in a thread of this process. A thread cannot be killed: `kill` ends its channel, which cancels
    and interrupts the role; one that ignores both is left behind as a daemon and its worker is given up."""

    def __init__(
        self, thread: threading.Thread, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ended: asyncio.Event
    ) -> None:
        self.reader, self.writer = reader, writer
        self.pid = os.getpid()
        self._thread = thread
        self._ended = ended

    @classmethod
    async def open(cls, spec: HostSpec) -> ThreadHost:
        """Start the thread; its first answer has id START_ID."""
        path = spec.factory or ROLES[spec.role]
        # The role sees what it would see in a process: plain values, nothing shared.
        config = decode_body(encode_frame({"id": 0, "op": "config", "config": spec.config})[4:])["config"]
        ours, theirs = socket.socketpair()
        try:
            reader, writer = await _streams(ours)
        # A cancel as well: the descriptors would stay open.
        except BaseException:
            ours.close()
            theirs.close()
            raise
        ended = asyncio.Event()
        tell = _teller(ended)

        def run() -> None:
            try:
                serve(lambda config: load_factory(path)(config), BlockingChannel.from_socket(theirs), config)
            finally:
                theirs.close()
                tell()

        thread = threading.Thread(target=run, name=f"worker-{spec.role}", daemon=True)
        thread.start()
        return cls(thread, reader, writer, ended)

    @property
    def identity(self) -> ProcessIdentity | None:
        return None

    def is_stopped(self) -> bool:
        return False

    def is_starved(self, seconds: float) -> bool:
        return False

    def mark_progress(self) -> None:
        pass

    def kill(self) -> None:
        sock = self.writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    async def wait(self) -> str:
        await self._ended.wait()
        return "its thread ended"

    async def aclose(self) -> None:
        await _close_writer(self.writer)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), EXIT_S)
            self._thread.join(EXIT_S)


def _teller(event: asyncio.Event) -> Callable[[], None]:
    loop = asyncio.get_running_loop()

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # the loop closed first
            loop.call_soon_threadsafe(event.set)

    return tell
