"""The only crossing between Qt and the engine: views call operations, operations hand work to the bridge.

One thread runs both (the Qt loop is the asyncio loop), so nothing here locks. The bridge
- opens the engine after the window was painted and keeps it until the window ends,
- holds every task in a set (`spawn`; nothing else in desktop/ makes one), so that none is collected
  while it runs and all are cancelled and awaited at the end,
- lets work wait for the engine: what is asked before it is open happens as soon as it is; what is asked before
  `open` is not even begun then, so that the window is painted before asyncio is imported,
- catches in one place: an EngineError reaches the work's `failed` or the window as a sentence; anything
  else is our own fault, goes to the log with its traceback and to the window as one sentence.

Callbacks are plain functions. Give `owner`: a callback whose owner was deleted meanwhile is not called.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

if TYPE_CHECKING:
    import asyncio

    from engine import Engine, Settings

logger = logging.getLogger(__name__)

# Quitting takes at most five seconds in all; tasks get two of them to stop.
STOP_LIMIT_S = 2.0


class Job(QObject):
    """A piece of work that runs: what it is, how far it is, and a way to stop it.

    A job with a `title` is shown in the status line until it ends.
    """

    progressed = Signal()
    ended = Signal()

    def __init__(self, title: str = "", stop: Callable[[], None] | None = None) -> None:
        """Args:
        stop: how the work is stopped, where the caller runs it.
        """
        super().__init__()
        self.title = title
        self._stop = stop
        self.detail = ""
        self.done = 0
        self.total = 0
        self.task: asyncio.Task[None] | None = None
        # Until the bridge opens the engine for the first time, there is no task.
        self.is_waiting = False
        self.has_ended = False
        # Kind of the error that ended it, "" where none did; not the error, which holds whatever the work held.
        self.failure = ""

    @property
    def is_running(self) -> bool:
        return self.is_waiting or (self.task is not None and not self.task.done())

    def report(self, done: int, total: int, detail: str = "") -> None:
        """Tell how far the work is; `total` 0 is unknown."""
        self.done, self.total, self.detail = done, total, detail
        self.progressed.emit()

    def cancel(self) -> None:
        """Stop the work; what it has done until now stays."""
        self.is_waiting = False
        if self._stop is not None:
            self._stop()
        elif self.is_running and self.task is not None:
            self.task.cancel()


class Bridge(QObject):
    """The engine as Qt sees it.

    Signals:
        opened: the engine is ready; again after each `reopen`.
        open_failed(error): it could not be opened; `open` may be called again.
        failed(error): work without a `failed` of its own failed.
        changed(kind, id, what): something changed, here or in another process: a memory, trash, change, chat,
            turn, document or model; "all" where so much did that everything is to be read again. `what` is put
            or delete; forgotten or undone where this window did that.
        jobs_changed: a titled job began or ended.
    """

    opened = Signal()
    open_failed = Signal(object)
    failed = Signal(object)
    changed = Signal(str, str, str)
    jobs_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine: Engine | None = None
        # Where its changes stood before anything was read of it.
        self.opened_at = ""
        # Why the engine did not open; None while it opens and once it has.
        self.problem: Exception | None = None
        self.jobs: list[Job] = []
        # Set for good when the window ends: what is asked from then on is not begun.
        self._is_ending = False
        # What was asked before `open`; None from then on.
        self._asked: list[tuple[Job, Callable[[], Coroutine[Any, Any, None]]]] | None = []
        self._tasks: set[asyncio.Task[Any]] = set()
        # Those that have been given the engine: they end with it.
        self._users: set[asyncio.Task[Any]] = set()
        self._settings: Callable[[], Settings] | None = None
        self._opening: asyncio.Task[Any] | None = None
        self._last: asyncio.Task[None] | None = None

    @cached_property
    def prepared(self) -> asyncio.Event:
        """Cleared while something that answers need is still being prepared (desktop/preparing.py)."""
        event = _new_event()
        event.set()
        return event

    @cached_property
    def _ready(self) -> asyncio.Event:
        return _new_event()

    @cached_property
    def _closing(self) -> asyncio.Event:
        return _new_event()

    def spawn(self, work: Coroutine[Any, Any, None], name: str = "") -> asyncio.Task[None]:
        """Run a coroutine; the bridge keeps, watches and in the end cancels its task."""
        task = _create_task(work, name)
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)
        return task

    def spawn_last(self, work: Coroutine[Any, Any, None]) -> None:
        """Run what ends the program: not cancelled by `aclose`, which it awaits."""
        self._last = _create_task(work, "end")

    def open(self, settings: Callable[[], Settings]) -> None:
        """Open the engine with the settings that `settings` returns; called after the first paint."""
        self._settings = settings
        if self._opening is None or self._opening.done():
            self._opening = self.spawn(self._hold_engine(settings), "engine")
        self._begin_asked()

    def _begin_asked(self) -> None:
        asked, self._asked = self._asked or [], None
        for job, work in asked:
            if job.is_waiting and not self._is_ending:
                self._begin(job, work())
            else:
                self.end_job(job)
            job.is_waiting = False

    def reopen(self) -> None:
        """Close the engine and open it with the settings read anew.

        What uses the engine is stopped (ask the person while something runs), what waits for it goes on.
        """
        self.spawn(self._reopen(), "reopen")

    def run(
        self,
        work: Callable[[Engine], Awaitable[Any]],
        done: Callable[[Any], None] | None = None,
        *,
        failed: Callable[[Exception], None] | None = None,
        owner: QObject | None = None,
        title: str = "",
    ) -> Job:
        """Await `work(engine)` and give `done` its result."""

        async def go(job: Job) -> None:
            result = await work(await self._engine())
            if done is not None and _is_there(owner):
                done(result)

        return self._start(go, failed, owner, title)

    def stream(
        self,
        work: Callable[[Engine], AsyncGenerator[Any, None]],
        item: Callable[[Any], None],
        *,
        done: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        owner: QObject | None = None,
        title: str = "",
    ) -> Job:
        """Give `item` what `work(engine)` yields; stops when the owner is gone."""

        async def go(job: Job) -> None:
            async with contextlib.aclosing(work(await self._engine())) as items:
                async for each in items:
                    if not _is_there(owner):
                        return
                    item(each)
            if done is not None and _is_there(owner):
                done()

        return self._start(go, failed, owner, title)

    def begin_job(self, title: str, stop: Callable[[], None] | None = None) -> Job:
        """Show a job whose work the caller runs, and how it is stopped; the caller calls `end_job`."""
        job = Job(title, stop)
        self._show(job)
        return job

    async def aclose(self) -> None:
        """Stop all work, begin none, close the engine; within the limits of both."""
        import asyncio

        self._is_ending = True
        self._begin_asked()
        opening = self._opening
        others = [t for t in self._tasks if t is not opening and t is not asyncio.current_task()]
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=STOP_LIMIT_S)
        self._closing.set()
        if opening is not None:
            if self.engine is None:
                opening.cancel()
            await asyncio.wait([opening])

    async def _engine(self) -> Engine:
        while self.engine is None or not self._ready.is_set():
            await self._ready.wait()
        import asyncio

        task = asyncio.current_task()
        assert task is not None
        self._users.add(task)
        return self.engine

    async def _reopen(self) -> None:
        import asyncio

        self._ready.clear()
        users = list(self._users)
        for task in users:
            task.cancel()
        if users:
            await asyncio.wait(users, timeout=STOP_LIMIT_S)
        self._closing.set()
        if self._opening is not None:
            if self.engine is None:
                self._opening.cancel()
            await asyncio.wait([self._opening])
        self._closing.clear()
        if self._settings is not None:
            self.open(self._settings)

    async def _hold_engine(self, settings: Callable[[], Settings]) -> None:
        try:
            import asyncio

            # Here, because the window is painted before the engine is imported; in a thread, because that is half a
            # second of work on a fast computer, in which somebody may be typing.
            engine_class = await asyncio.to_thread(_import_engine)
            async with engine_class.open(settings()) as engine:
                self.opened_at = await engine.position()
                self.engine, self.problem = engine, None
                self._ready.set()
                self.opened.emit()
                await self._closing.wait()
        # An edge: the window stays, and says in words why nothing is open.
        except Exception as error:
            logger.warning("the engine did not open: %s", error, exc_info=not _is_ours(error))
            self.problem = error
            self.open_failed.emit(error)
        finally:
            self._ready.clear()
            self.engine = None

    def _start(
        self,
        go: Callable[[Job], Coroutine[Any, Any, None]],
        failed: Callable[[Exception], None] | None,
        owner: QObject | None,
        title: str,
    ) -> Job:
        job = Job(title)
        if self._is_ending:
            return job

        async def guarded() -> None:
            try:
                await go(job)
            except Exception as error:  # noqa: BLE001 (an edge: every failure becomes words)
                job.failure = getattr(error, "kind", "") or type(error).__name__
                self._tell(error, failed, owner)
            finally:
                self.end_job(job)

        if title:
            self._show(job)
        if self._asked is None:
            self._begin(job, guarded())
        else:
            job.is_waiting = True
            self._asked.append((job, guarded))
        return job

    def _begin(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        job.task = self.spawn(work, job.title)
        # Work that is stopped before its first step never comes to its own end.
        job.task.add_done_callback(lambda _: self.end_job(job))

    def _tell(self, error: Exception, failed: Callable[[Exception], None] | None, owner: QObject | None) -> None:
        if not _is_ours(error):
            logger.error("a fault of our own", exc_info=error)
        if failed is not None and _is_there(owner):
            failed(error)
        elif failed is None:
            self.failed.emit(error)

    def _show(self, job: Job) -> None:
        self.jobs.append(job)
        self.jobs_changed.emit()

    def end_job(self, job: Job) -> None:
        """Take a job out of the status line and say that it ended, once."""
        if job.has_ended:
            return
        job.has_ended = True
        if job in self.jobs:
            self.jobs.remove(job)
            self.jobs_changed.emit()
        job.ended.emit()

    def _on_task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._users.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a task failed outside its guard", exc_info=task.exception())


def _new_event() -> asyncio.Event:
    # Here, as wherever the bridge needs it: the window is painted before asyncio is imported.
    import asyncio

    return asyncio.Event()


def _create_task(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    import asyncio

    return asyncio.get_event_loop().create_task(work, name=name or None)


def _is_there(owner: QObject | None) -> bool:
    return owner is None or isValid(owner)


def _is_ours(error: Exception) -> bool:
    from engine.errors import EngineError

    return isinstance(error, EngineError)


def _import_engine() -> type[Engine]:
    """The engine, with what opening it needs."""
    import importlib

    from engine import Engine

    importlib.import_module("engine.local")
    return Engine
