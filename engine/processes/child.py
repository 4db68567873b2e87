"""A child process that ends when it should: when told to, and always when we end.

Every child on POSIX is started through a few lines of /bin/sh that do what must be done before the
program's first instruction, and then `exec` it, so that the number of the shell becomes that of the child:

    1. A guard, a shell of half a megabyte in the child's process group, reads from a pipe whose other end
       only we hold. The kernel closes our end however we end; the guard then kills the whole group, a
       Redis that is rewriting its file included. Because it is a member, the group's number cannot be
       reused before it has done so. It works the same on macOS, which has nothing like PDEATHSIG, and for a
       worker that sits in a C call with the GIL held and would never notice the end of its channel.
    2. Limits (limits.py).
    3. On Linux PR_SET_PDEATHSIG as the first line: our workers set it on themselves (`dies_with_parent` in
       engine/workers.py), programs that are not ours through `setpriv` of util-linux where it is installed.
       The kernel sends it when the *thread* that forked ends, so it is left out when a child is started from
       another thread than the main one; the guard does not care.

Rejected: `preexec_fn` (Python code between fork and exec of a process with threads can deadlock, forbids
vfork, and copying the page tables of a window with models loaded takes longer than all of the shell); a shim
in Python (15 ms, in a frozen application over 100); asyncio's subprocess transports (they need a child
watcher that differs per Python version and per Qt loop, and warn when a loop ends before them). What we
need is small: `Popen`, a descriptor that becomes readable when the child ends (pidfd on Linux, kqueue on
macOS; a thread elsewhere), and the child reaped by us alone, so that between looking and killing its number
cannot be given to somebody else.

Windows has none of this and needs none: a Job Object does it (windows.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engine.errors import WorkerError
from engine.processes.identity import ProcessIdentity, kill_group, kill_tree
from engine.processes.limits import Limits

if sys.platform == "win32":
    from asyncio import windows_utils

    from engine.processes.windows import CREATION_FLAGS, Job

__all__ = ["ChildProcess", "ChildSpec", "ProcessIdentity"]

# How a child ends whose library was built for another processor; beside the signal, what Windows says of it.
ILLEGAL_INSTRUCTION = "an instruction that this processor does not have"
_STATUS_ILLEGAL_INSTRUCTION = 0xC000001D
LOG_LIMIT_BYTES = 2**20  # a log larger than this is set aside at the next start; one older file is kept
STREAM_LIMIT_BYTES = 2**20  # what a reader buffers before it stops reading: a few large frames

_GUARD_GONE_MS = 20  # a killed shell is gone in well below one; the event loop stands still meanwhile

# Descriptor 2 is the pipe of the guard until exec opens the log in its place; $0 is the log.
_GUARD = "( { trap '' HUP INT TERM; read -r _; kill -s KILL -- -$$; } <&2 >/dev/null 2>/dev/null & )"
_PDEATHSIG = 'setpriv --pdeathsig KILL true 2>/dev/null && set -- setpriv --pdeathsig KILL -- "$@"'


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """How to start a child.

    Attributes:
        name: for the log and for people.
        log_path: where its stderr goes (and its stdout unless `stdio`); rotated at start when large.
        env: its whole environment; None is ours.
        stdio: give us its stdin and stdout as streams.
        stdin: a descriptor to be its stdin; closed by nobody but the caller.
        pass_fds: descriptors it inherits under the same numbers (POSIX).
        new_session: no terminal, no Ctrl+C; otherwise only a process group of its own.
        sets_pdeathsig: it asks to die with its parent by itself, as our workers do.
        nice, oom_score_adj, memory_limit_bytes: as in `Limits`.
    """

    name: str
    argv: Sequence[str]
    log_path: Path
    env: Mapping[str, str] | None = None
    stdio: bool = False
    stdin: int | None = None
    pass_fds: Sequence[int] = ()
    nice: int = 0
    oom_score_adj: int | None = None
    memory_limit_bytes: int = 0
    new_session: bool = True
    umask: int = 0o077
    sets_pdeathsig: bool = False


class ChildProcess:
    """A running child; made by `spawn`. Belongs to the event loop that spawned it."""

    def __init__(self, spec: ChildSpec, popen: subprocess.Popen[bytes], release: Callable[[], None]) -> None:
        self.name = spec.name
        self.pid = popen.pid
        self.stdin: asyncio.StreamWriter | None = None
        self.stdout: asyncio.StreamReader | None = None
        self._read_transport: asyncio.ReadTransport | None = None
        self._popen = popen
        self._release = release
        self._identity = ProcessIdentity.of(popen.pid)
        self._exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @classmethod
    async def spawn(cls, spec: ChildSpec) -> ChildProcess:
        """Start a child; on Linux from the main thread, or it is guarded by its pipe alone.

        Raises:
            WorkerError: there is no such program, or it may not be started.
        """
        program = shutil.which(spec.argv[0], path=(spec.env or os.environ).get("PATH"))
        if program is None:
            raise WorkerError(f"The program {spec.argv[0]} of {spec.name} is missing; install Scrubjay again.")
        log_path = _open_log(spec.log_path)
        try:
            popen, release = _start(spec, [program, *spec.argv[1:]], log_path)
        except OSError as exc:
            raise WorkerError(f"The program {program} of {spec.name} cannot be started: {exc.strerror}.") from exc
        child = cls(spec, popen, release)
        _watch_exit(popen, child._on_exit)
        if spec.stdio:
            try:
                await child._connect_stdio()
            # A cancel as well: nobody would end the process that was begun.
            except BaseException:
                await child.stop(terminate_s=0)
                raise
        return child

    @property
    def identity(self) -> ProcessIdentity:
        """Who it is. Read anew while it runs: right after `spawn` it may still be the shell that starts it;
        once it has answered anything it is itself."""
        if not self._exited.done():
            self._identity = ProcessIdentity.of(self.pid) or self._identity
        return self._identity or ProcessIdentity(self.pid, "", "")

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._exited.result() if self._exited.done() else None

    async def wait(self) -> int:
        """The return code, once the child and its group have ended."""
        return await asyncio.shield(self._exited)

    def kill(self) -> None:
        """Kill the child and everything it started, at once."""
        if self._exited.done():
            return
        if sys.platform == "win32":
            self._release()
        else:
            kill_tree(self.pid)

    async def stop(self, terminate_s: float = 2.0, kill_s: float = 2.0) -> int | None:
        """Ask it to end, wait, then kill the whole tree.

        Args:
            terminate_s: what a child needs to write what it holds; 0 kills at once.
            kill_s: a killed process goes within milliseconds unless it waits for a broken disk.

        Returns:
            The return code, None when even killing did not end it in time.
        """
        if terminate_s > 0 and not self._exited.done():
            self._terminate()
            await self._wait_for(terminate_s)
        self.kill()
        code = await self._wait_for(kill_s)
        await self._close_streams()
        return code

    def _terminate(self) -> None:
        if sys.platform == "win32":
            self._popen.terminate()
            return
        with contextlib.suppress(ProcessLookupError):  # not Popen.terminate: it would reap the child first
            os.kill(self.pid, signal.SIGTERM)

    async def _wait_for(self, limit_s: float) -> int | None:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self._exited), limit_s)
        return None

    def _on_exit(self) -> None:
        """The child has ended and is not reaped yet: its number, and that of its group, are still its own."""
        if sys.platform != "win32":
            kill_group(self.pid)
        code = self._popen.wait()
        self._release()
        if not self._exited.done():
            self._exited.set_result(code)

    async def _connect_stdio(self) -> None:
        loop = asyncio.get_running_loop()
        self.stdout = reader = asyncio.StreamReader(limit=STREAM_LIMIT_BYTES)
        self._read_transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), _pipe(self._popen.stdout)
        )
        transport, protocol = await loop.connect_write_pipe(
            lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), _pipe(self._popen.stdin)
        )
        self.stdin = asyncio.StreamWriter(transport, protocol, None, loop)

    async def _close_streams(self) -> None:
        if self.stdin is not None and not self.stdin.transport.is_closing():
            self.stdin.transport.abort()
        if self._read_transport is not None:
            self._read_transport.close()
        for pipe in (self._popen.stdin, self._popen.stdout):  # left open where connecting was broken off
            if pipe is not None and not pipe.closed:
                pipe.close()
        await asyncio.sleep(0)  # transports let go of their descriptors in the loop's next turn


def _pipe(stream: IO[bytes] | None) -> Any:
    assert stream is not None
    return stream


def _open_log(path: Path) -> Path:
    """Set aside a log that has grown large, make a new one private to us; the null device if it cannot be."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(f".1{path.suffix}"))
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    except OSError:
        return Path(os.devnull)  # a full or read-only disk must not keep the child from running
    return path


if sys.platform == "win32":

    def _start(spec: ChildSpec, argv: list[str], log_path: Path) -> tuple[subprocess.Popen[bytes], Callable[[], None]]:
        job = Job(low_priority=spec.nice > 0, memory_limit_bytes=spec.memory_limit_bytes)
        with log_path.open("ab") as log:
            # Pipes that a Proactor loop can wait for exist only there.
            popen_class: Any = windows_utils.Popen if spec.stdio else subprocess.Popen
            popen = popen_class(
                argv,
                stdin=subprocess.PIPE if spec.stdio else spec.stdin or subprocess.DEVNULL,
                stdout=subprocess.PIPE if spec.stdio else log,
                stderr=log,
                env=None if spec.env is None else dict(spec.env),
                creationflags=CREATION_FLAGS,
            )
        try:
            job.adopt(int(popen._handle))
        except OSError:
            popen.kill()
            raise

        def release() -> None:
            job.kill()
            job.close()

        return popen, release

else:

    def _start(spec: ChildSpec, argv: list[str], log_path: Path) -> tuple[subprocess.Popen[bytes], Callable[[], None]]:
        guard, ours = os.pipe()
        stdin = spec.stdin if spec.stdin is not None else subprocess.DEVNULL
        try:
            popen = subprocess.Popen(
                ["/bin/sh", "-c", _script(spec), str(log_path), *argv],
                stdin=subprocess.PIPE if spec.stdio else stdin,
                stdout=subprocess.PIPE if spec.stdio else subprocess.DEVNULL,
                stderr=guard,
                env=None if spec.env is None else dict(spec.env),
                pass_fds=tuple(spec.pass_fds),
                start_new_session=spec.new_session,
                process_group=None if spec.new_session else 0,
                umask=spec.umask,
            )
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(guard)
        return popen, lambda: _let_go(ours)

    def _let_go(guard: int) -> None:
        """Close our end of a guard that was killed, once it is gone: it may hold the lock of a data directory
        that the child was given, and the next owner would find it locked."""
        gone = select.poll()
        gone.register(guard, 0)  # POLLERR, when no reader is left, is always reported
        gone.poll(_GUARD_GONE_MS)
        os.close(guard)


def _script(spec: ChildSpec) -> str:
    lines = [_GUARD, *Limits(spec.nice, spec.oom_score_adj, spec.memory_limit_bytes).shell_lines()]
    in_main_thread = threading.current_thread() is threading.main_thread()
    if sys.platform == "linux" and in_main_thread and not spec.sets_pdeathsig:
        lines.append(_PDEATHSIG)
    lines.append('exec "$@" 2>>"$0"' if spec.stdio else 'exec "$@" 2>>"$0" >&2')
    return "\n".join(lines)


def _watch_exit(popen: subprocess.Popen[bytes], on_exit: Callable[[], None]) -> None:
    """Call `on_exit` in the running loop once the child has ended; it is left to be reaped."""
    loop = asyncio.get_running_loop()
    watch = _exit_descriptor(popen.pid)
    if watch is None:
        thread = threading.Thread(
            target=_wait_in_thread, args=(popen, loop, on_exit), name=f"wait-{popen.pid}", daemon=True
        )
        thread.start()
        return
    fd, close = watch

    def ended() -> None:
        loop.remove_reader(fd)
        close()
        on_exit()

    loop.add_reader(fd, ended)


def _exit_descriptor(pid: int) -> tuple[int, Callable[[], None]] | None:
    if sys.platform == "linux" and hasattr(os, "pidfd_open"):
        try:
            fd = os.pidfd_open(pid)
        except OSError:
            return None  # a kernel before 5.3, or a sandbox that forbids it
        return fd, lambda: os.close(fd)
    if sys.platform == "darwin":
        queue = select.kqueue()
        event = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
        try:
            queue.control([event], 0)
        except OSError:  # it has ended already
            queue.close()
            return None
        return queue.fileno(), queue.close
    return None


def _wait_in_thread(
    popen: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop, on_exit: Callable[[], None]
) -> None:
    if sys.platform == "linux":
        os.waitid(os.P_PID, popen.pid, os.WEXITED | os.WNOWAIT)
    else:
        popen.wait()
    with contextlib.suppress(RuntimeError):  # the loop closed first: the guard has the child
        loop.call_soon_threadsafe(on_exit)


def describe_exit(code: int | None) -> str:
    """How a child ended, in words: "signal SIGABRT", "exit code 3"."""
    if code is None:
        return "it could not be ended"
    if code in (-signal.SIGILL, _STATUS_ILLEGAL_INSTRUCTION):
        return ILLEGAL_INSTRUCTION
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
