"""The child's side of a worker: one role, one channel, three threads.

    reader      takes messages off the channel. `cancel` and `ack` act at once; requests go into a queue.
                At the end of the channel it cancels everything, so that a role in the middle of a long
                call comes back, and then calls `lost` (in a process: exit, whatever the role does).
    main        runs the requests one after the other: a role needs no locks, and libraries that want one
                thread (or the main thread) have it.
    heartbeat   sends a beat each second while there is work, with a counter of progress. Nothing is sent
                while the worker is idle: an idle laptop has nothing to wake up for.

A stream is held back when its reader is slow: after WINDOW_BYTES that the parent's consumer has not taken,
`Reply.send` waits for an `ack`. Otherwise a 500 MB file would be parsed into the parent's memory. The
window counts bytes, so that tokens never pay for it. Waiting in the channel's own write would have stopped
the beats and every other answer with it.

Rejected: an event loop in the child (the work is blocking by nature; 50 ms of import), a pool of threads
(llama.cpp and ONNX Runtime have their own), `multiprocessing` (pickle executes what it reads).

Standard library and msgpack only, imports kept tiny: this is the start-up time of every worker.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol

from engine.errors import EngineError, WorkerError
from engine.processes.framing import BlockingChannel, FrameError, Message

BEAT_S = 1.0  # reliability.md: a heartbeat each second
WINDOW_BYTES = 4 * 2**20  # two large batches of passages or 100,000 tokens; more only adds memory in the parent
START_ID = 0  # the id of the answer to being started


class _Cancelled(Exception):
    """A signal, not an error: the other end is gone, stop without an answer."""


class Reply:
    """What a role answers to one request while it works on it."""

    def __init__(self, request_id: int, channel: BlockingChannel, host: _Progress) -> None:
        self.id = request_id
        self._channel = channel
        self._host = host
        self._cancelled = False
        self._unread_bytes = 0
        self._changed = threading.Condition()

    def send(self, op: str, **fields: Any) -> None:
        """Send an intermediate message; waits while the reader is far behind.

        Raises:
            FrameError: the message is too large or cannot be encoded.
        """
        with self._changed:
            while self._unread_bytes >= WINDOW_BYTES and not self._cancelled:
                self._changed.wait()
        size = self._channel.send({**fields, "id": self.id, "op": op})
        with self._changed:
            self._unread_bytes += size
        self._host.count += 1

    def progress(self, **fields: Any) -> None:
        """Say that the work goes on; without fields nothing is sent before the next beat."""
        if fields:
            self.send("progress", **fields)
        else:
            self._host.count += 1

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the answer any more; set the moment a cancel arrives."""
        return self._cancelled

    def cancel(self) -> None:
        """Mark the request as cancelled and wake it if it waits for its reader."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def acknowledge(self, size_bytes: int) -> None:
        """The consumer has taken so many bytes."""
        with self._changed:
            self._unread_bytes -= size_bytes
            self._changed.notify_all()


class Role(Protocol):
    """What a worker does. `create_role(config)` of its module makes it."""

    def handle(self, op: str, message: dict[str, Any], reply: Reply) -> dict[str, Any] | None:
        """Do one request and return the fields of its `done`.

        Raises:
            EngineError: crosses to the caller as it is.
        """
        ...

    def interrupt(self) -> None:
        """Called from the reader thread when the running request is cancelled; must not block."""
        ...

    def close(self) -> None:
        """Release what the role holds."""
        ...


class _Progress:
    """The counter that beats carry. Added to by several threads: a lost count does no harm, because only
    standing still means something."""

    def __init__(self) -> None:
        self.count = 0


class _Host:
    def __init__(self, channel: BlockingChannel, lost: Callable[[], None] | None) -> None:
        self._channel = channel
        self._lost = lost
        self._progress = _Progress()
        self._queue: queue.SimpleQueue[tuple[str, Message, Reply] | None] = queue.SimpleQueue()
        self._replies: dict[int, Reply] = {}
        self._running: Reply | None = None
        self._role: Role | None = None
        self._lock = threading.Lock()  # guards _replies, _running and _role between main and reader
        self._work = threading.Event()
        self._ended = threading.Event()

    def run(self, create_role: Callable[[dict[str, Any]], Role], config: dict[str, Any]) -> None:
        start = Reply(START_ID, self._channel, self._progress)
        threads = [threading.Thread(target=t, daemon=True) for t in (self._read, self._beat)]
        self._work.set()
        for thread in threads:
            thread.start()
        try:
            if self._answer(start, lambda: self._create(create_role, config)):
                self._serve()
        except (_Cancelled, OSError):
            pass  # the other end is gone: there is nobody to tell
        finally:
            self._close()
            if self._lost is None:  # a process exits now and takes its threads along; a thread must leave none
                for thread in threads:
                    thread.join()

    def _create(self, create_role: Callable[[dict[str, Any]], Role], config: dict[str, Any]) -> None:
        role = create_role(config)
        with self._lock:
            self._role = role

    def _serve(self) -> None:
        while True:
            with self._lock:
                if not self._replies and not self._ended.is_set():
                    self._work.clear()
            item = self._queue.get()
            if item is None:
                return
            op, message, reply = item
            self._run_one(op, message, reply)

    def _run_one(self, op: str, message: Message, reply: Reply) -> None:
        role = self._role
        assert role is not None  # _serve runs only after _create
        with self._lock:
            self._running = reply
        try:
            if reply.cancelled:
                self._answer(reply, lambda: None)
            else:
                self._answer(reply, lambda: role.handle(op, message, reply))
        finally:
            with self._lock:
                self._running = None
                self._replies.pop(reply.id, None)

    def _answer(self, reply: Reply, work: Callable[[], dict[str, Any] | None]) -> bool:
        """Run the work and send its end; True when it succeeded."""
        self._progress.count += 1
        try:
            fields = work() or {}
            self._channel.send({**fields, "id": reply.id, "op": "done"})
        except EngineError as exc:
            self._fail(reply, exc)
        except MemoryError:
            self._fail(reply, WorkerError("The work needed more memory than it may use; try it with a smaller file."))
        except OSError as exc:
            if self._ended.is_set():
                raise _Cancelled from exc
            self._fail_unexpected(reply, exc)
        except Exception as exc:  # noqa: BLE001 - the edge of the process: a bug fails one request, not the worker
            self._fail_unexpected(reply, exc)
        else:
            return True
        return False

    def _fail_unexpected(self, reply: Reply, exc: Exception) -> None:
        _log_exception()
        self._fail(reply, WorkerError(f"A part of Scrubjay failed ({type(exc).__name__}: {exc}); the log has details."))

    def _fail(self, reply: Reply, error: EngineError) -> None:
        self._channel.send({**error.to_wire(), "id": reply.id, "op": "failed"})

    def _read(self) -> None:
        try:
            while (message := self._channel.receive()) is not None:
                self._dispatch(message)
        except FrameError:
            _log_exception()
        self._ended.set()
        with self._lock:
            for reply in self._replies.values():
                reply.cancel()
            if self._role is not None:
                _interrupt(self._role)
        self._queue.put(None)
        self._work.set()
        if self._lost is not None:
            self._lost()

    def _dispatch(self, message: Message) -> None:
        request_id, op = message.pop("id"), message.pop("op")
        message.pop("v")
        if op in ("cancel", "ack"):
            with self._lock:
                reply = self._replies.get(request_id)
                if reply is not None and op == "ack":
                    reply.acknowledge(message.get("bytes", 0))
                elif reply is not None:
                    reply.cancel()
                    if reply is self._running and self._role is not None:
                        _interrupt(self._role)
            return
        reply = Reply(request_id, self._channel, self._progress)
        with self._lock:
            self._replies[request_id] = reply
            self._work.set()
        self._queue.put((op, message, reply))

    def _beat(self) -> None:
        while True:
            self._work.wait()
            if self._ended.is_set():
                return
            try:
                self._channel.send({"id": 0, "op": "beat", "progress": self._progress.count})
            except OSError:
                return  # the other end is gone; the reader sees it too
            self._ended.wait(BEAT_S)

    def _close(self) -> None:
        if self._role is not None:
            try:
                self._role.close()
            except Exception:  # noqa: BLE001 - nobody is left to tell but the log
                _log_exception()
        self._channel.close()
        self._ended.set()
        self._work.set()


def _log_exception() -> None:
    sys.excepthook(*sys.exc_info())  # to stderr, without the 10 ms of importing traceback


def _interrupt(role: Role) -> None:
    hook = getattr(role, "interrupt", None)
    if hook is None:
        return
    try:
        hook()
    except Exception:  # noqa: BLE001 - a hook's fault must not end the thread that hears the next cancel
        _log_exception()


def serve(
    create_role: Callable[[dict[str, Any]], Role],
    channel: BlockingChannel,
    config: dict[str, Any],
    *,
    lost: Callable[[], None] | None = None,
) -> None:
    """Make the role and answer requests until the channel ends; blocks. Owns the channel.

    Args:
        lost: called by the reader thread when the channel has ended, while the role may still be busy.
    """
    _Host(channel, lost).run(create_role, config)
