"""One life of a worker: its channel, the requests in flight, and the watch over its progress.

A request ends exactly once: with `done`, with `failed`, or with the link's own end. A request that its
caller gave up is cancelled and stays known until the child has answered, so that the watch still sees it.

The watch. While a request is in flight the link counts two silences, in ticks of half a second:

    no progress   no message and no change of the counter in the beats. After `hang_s` it is a hang. A child
                  that wants to run and gets no processor (a machine under load, pages coming from a slow
                  disk) is given three times as long.
    no beat       after 1.5 s the child is looked at: if it is stopped (SIGSTOP, a debugger) it will never
                  answer, and that is a hang too, told within two seconds. A missing beat alone is none: a C
                  call that holds the GIL and a busy machine look the same.

A tick counts for at most one second however late it comes: after the laptop slept, or our own loop was
blocked, nobody is accused before the messages that wait in the socket were read. Silence is no fault of a
child that waits for us to take what it sent (worker_host.py, WINDOW_BYTES).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from engine.errors import EngineError, UsageError, WorkerCrashedError, WorkerHungError, error_from_wire
from engine.processes.child import ILLEGAL_INSTRUCTION
from engine.processes.framing import FrameError, Message, encode_frame, read_sized_frame
from engine.processes.host import Host
from engine.processes.worker_host import START_ID, WINDOW_BYTES

TICK_S = 0.5
STOPPED_S = 1.5  # a beat is missing; with the tick after it, two seconds until it is told
STARVED_FACTOR = 3
_ACK_BYTES = WINDOW_BYTES // 4  # acknowledge in quarters: a token stream below 1 MiB sends none
_EXIT_LIMIT_S = 2.0  # a child whose channel has ended gets this long before it is killed
_RESERVED = frozenset({"v", "id", "op"})


class Request:
    """One request in flight, seen by its caller."""

    def __init__(self, link: Link, request_id: int) -> None:
        self.id = request_id
        self.finished = False  # the child will send nothing more
        self.unread_bytes = 0  # sent by the child, not yet taken by the caller
        self._link = link
        self._abandoned = False
        self._taken_bytes = 0
        self._messages: deque[tuple[Message, int]] = deque()
        self._error: EngineError | None = None
        self._arrived: asyncio.Future[None] | None = None

    async def next(self) -> Message:
        """The next message of the answer; `done` is the last.

        Raises:
            EngineError: what the role raised, or the end of the worker.
        """
        while not self._messages:
            if self._error is not None:
                raise self._error
            self._arrived = asyncio.get_running_loop().create_future()
            try:
                await self._arrived
            finally:
                self._arrived = None
        message, size = self._messages.popleft()
        self._acknowledge(size)
        if message["op"] == "failed":
            raise error_from_wire(message)
        return message

    def close(self) -> None:
        """Nobody waits any more: cancel it if it still runs."""
        self._messages.clear()
        self.unread_bytes = 0
        if not self.finished and not self._abandoned:
            self._abandoned = True
            self._link.send("cancel", self.id)

    def deliver(self, message: Message, size: int) -> None:
        """A message arrived."""
        if message["op"] in ("done", "failed"):
            self.finished = True
        if not self._abandoned:
            self._messages.append((message, size))
            self.unread_bytes += size
            self._wake()

    def fail(self, error: EngineError) -> None:
        """The worker ended; what arrived before is still delivered."""
        self.finished = True
        self._error = error
        self._wake()

    def _wake(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    def _acknowledge(self, size: int) -> None:
        self.unread_bytes -= size
        self._taken_bytes += size
        if self._taken_bytes >= _ACK_BYTES and not self.finished:
            self._link.send("ack", self.id, bytes=self._taken_bytes)
            self._taken_bytes = 0


class Link:
    """The parent's side of one running worker. `start` waits for its first answer.

    Args:
        host: what runs the role; the link ends it.
        name: the worker, for people: "the llm worker".
        log_hint: the sentence that says where its log is.
        on_end: called once, with the error that ended it, when it ended by itself.
    """

    def __init__(
        self, host: Host, *, name: str, log_hint: str, hang_s: float, on_end: Callable[[EngineError], None]
    ) -> None:
        self.host = host
        self._name, self._log_hint, self._hang_s = name, log_hint, hang_s
        self._on_end = on_end
        self._requests: dict[int, Request] = {}
        self._last_id = START_ID
        self._fault: EngineError | None = None
        self._closing = False
        self._ended = False
        self._progress = -1
        self._no_beat_s = self._no_progress_s = 0.0
        self._ticked_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._reading = asyncio.get_running_loop().create_task(self._read(), name=f"read {name}")

    @property
    def alive(self) -> bool:
        """Whether it takes requests."""
        return not self._ended and not self._closing and self._fault is None

    async def start(self, limit_s: float) -> None:
        """Wait until the role is made.

        Raises:
            EngineError: what `create_role` raised, or the worker ended or took longer than the limit.
        """
        request = self._track(START_ID)
        try:
            async with asyncio.timeout(limit_s):
                await self._finish(request)
        except TimeoutError as exc:
            self._hang(f"{self._name} did not start within {limit_s:.0f} s")
            raise self._fault or WorkerHungError(self._name) from exc

    async def begin(self, op: str, fields: dict[str, Any]) -> Request:
        """Send a request.

        Raises:
            FrameError: it does not fit into a message; the worker goes on.
            WorkerError: the worker ended.
        """
        if not _RESERVED.isdisjoint(fields):
            raise UsageError(f"A request cannot have fields named {sorted(_RESERVED & fields.keys())}.")
        if not self.alive:
            raise self._fault or self._crash("it had ended")
        self._last_id += 1
        frame = encode_frame({**fields, "id": self._last_id, "op": op})
        request = self._track(self._last_id)
        self.host.writer.write(frame)
        try:
            await self.host.writer.drain()
        except OSError:
            pass  # the reader sees the end too and says why
        # A cancel: the answer that comes all the same must find no request.
        except BaseException:
            request.close()
            raise
        return request

    def send(self, op: str, request_id: int, **fields: Any) -> None:
        """Send a word about a request; nothing happens when the worker is gone."""
        if not self._ended and not self.host.writer.is_closing():
            self.host.writer.write(encode_frame({**fields, "id": request_id, "op": op}))

    async def aclose(self) -> None:
        """End the worker and every request in flight."""
        if self._fault is not None:  # it is being killed for a reason: let that be what its callers hear
            await asyncio.wait({self._reading}, timeout=2 * _EXIT_LIMIT_S)
        self._closing = True
        self._stop_watch()
        try:
            await self.host.aclose()
        finally:
            self._reading.cancel()
            await asyncio.wait({self._reading})
            self._fail_all(WorkerCrashedError(f"{_capital(self._name)} was closed."))

    async def _finish(self, request: Request) -> Message:
        while (message := await request.next())["op"] != "done":
            pass
        return message

    def _track(self, request_id: int) -> Request:
        request = Request(self, request_id)
        if not self._requests:
            self._no_beat_s = 0.0
            self._note_progress()
        self._requests[request_id] = request
        if self._timer is None and not self._ended:
            self._schedule()
        return request

    async def _read(self) -> None:
        try:
            while (sized := await read_sized_frame(self.host.reader)) is not None:
                self._deliver(*sized)
        except FrameError as exc:
            if not self._closing:
                self._fault = self._fault or self._crash(f"it sent no message: {exc}")
        except OSError:
            pass  # a reset is an end
        if not self._closing:
            await self._end()

    def _deliver(self, message: Message, size: int) -> None:
        self._no_beat_s = 0.0
        if message["op"] == "beat":
            if message.get("progress") != self._progress:
                self._progress = message.get("progress", -1)
                self._note_progress()
            return
        self._note_progress()
        request = self._requests.get(message["id"])
        if request is None:
            return
        if request.id == START_ID and message["op"] == "failed":
            self._closing = True  # it could not be made and leaves: no crash
        request.deliver({k: v for k, v in message.items() if k not in ("v", "id")}, size)
        if request.finished:
            del self._requests[request.id]

    async def _end(self) -> None:
        """The channel ended and nobody asked for it: say how, to everybody who waits."""
        self._stop_watch()
        why = "it does not end"
        try:
            async with asyncio.timeout(_EXIT_LIMIT_S):
                if self._fault is not None:
                    self.host.kill()
                why = await self.host.wait()
        except TimeoutError:
            self.host.kill()
        self._ended = True
        error = self._fault or self._crash(why)
        self._fail_all(error)
        self._on_end(error)

    def _fail_all(self, error: EngineError) -> None:
        self._ended = True
        for request in self._requests.values():
            request.fail(error)
        self._requests.clear()

    def _crash(self, why: str) -> WorkerCrashedError:
        if why == ILLEGAL_INSTRUCTION:
            return WorkerCrashedError(
                f"{_capital(self._name)} ended at {why}: a library that it uses was built for another one. Install "
                f"Scrubjay anew on this computer, or use a build for every processor. {self._log_hint}"
            )
        return WorkerCrashedError(f"{_capital(self._name)} ended ({why}); try again. {self._log_hint}")

    def _hang(self, what: str) -> None:
        self._fault = WorkerHungError(f"{_capital(what)} and was ended; try again. {self._log_hint}")
        self.host.kill()

    def _note_progress(self) -> None:
        self._no_progress_s = 0.0

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        self._ticked_at = loop.time()
        self._timer = loop.call_later(TICK_S, self._tick)

    def _stop_watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        """Count the silences; stops by itself when nothing is in flight."""
        self._timer = None
        if not self._requests or not self.alive:
            return
        step = min(asyncio.get_running_loop().time() - self._ticked_at, 2 * TICK_S)
        if any(r.unread_bytes >= WINDOW_BYTES for r in self._requests.values()):
            self._note_progress()  # it waits for us
        if self._no_progress_s == 0.0:
            self.host.mark_progress()
        self._no_beat_s += step
        self._no_progress_s += step
        self._judge()
        if self.alive:
            self._schedule()

    def _judge(self) -> None:
        if self._no_beat_s >= STOPPED_S and self.host.is_stopped():
            self._hang(f"{self._name} was stopped from outside")
        elif self._no_progress_s >= self._hang_s * STARVED_FACTOR or (
            self._no_progress_s >= self._hang_s and not self.host.is_starved(self._no_progress_s)
        ):
            self._hang(f"{self._name} made no progress for {self._no_progress_s:.0f} s")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
