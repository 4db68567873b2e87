"""What every test of children checks besides its own: nothing is left of them."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.processes.worker import Worker

HERE = Path(__file__).parent
WaitUntil = Callable[[Callable[[], bool]], Awaitable[None]]
FACTORY = "trial_role:create_role"
LIMIT_S = 20.0  # for things that take milliseconds: the machine may be busy, a test may not wait for ever


async def _wait_until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not happened():
            await asyncio.sleep(0.01)


@pytest.fixture
def wait_until() -> WaitUntil:
    """Wait for something that the system does in its own time."""
    return _wait_until


def _held() -> tuple[set[threading.Thread], set[int], int]:
    if sys.platform == "linux":  # psutil looks at every process there is: too slow for every test
        children: set[int] = set()
        for task in Path("/proc/self/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended meanwhile
                children.update(int(pid) for pid in (task / "children").read_text().split())
        return set(threading.enumerate()), children, len(os.listdir("/proc/self/fd"))
    return set(threading.enumerate()), {p.pid for p in psutil.Process().children()}, 0


@pytest.fixture(autouse=True)
async def nothing_is_left() -> AsyncIterator[None]:
    """No thread, task, process (not even a zombie) or descriptor outlives a test."""
    tasks = asyncio.all_tasks()
    threads, children, n_fds = _held()
    yield
    await _wait_until(lambda: set(threading.enumerate()) <= threads)  # one that told of its end may still be ending
    left_threads, left_children, n_left_fds = _held()
    assert left_threads <= threads
    assert left_children <= children
    assert n_left_fds <= n_fds
    assert asyncio.all_tasks() <= tasks | {asyncio.current_task()}


@pytest.fixture(params=["process", "thread"])
def host(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def create_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_is_left: None
) -> AsyncIterator[Callable[..., Worker]]:
    """Makes workers of the trial role and closes them."""
    monkeypatch.syspath_prepend(str(HERE))  # for the thread
    monkeypatch.setenv("PYTHONPATH", str(HERE))  # for the process
    workers: list[Worker] = []

    def create(host: str = "process", *, config: dict[str, Any] | None = None, **options: Any) -> Worker:
        options = {"nice": 0, **options}  # a busy machine must not make the tests slow
        worker = Worker(
            "trial",
            config=config or {},
            log_dir=tmp_path / "log",
            host=host,
            factory="trial_role:create_role",
            **options,
        )
        workers.append(worker)
        return worker

    yield create
    async with asyncio.timeout(LIMIT_S):
        for worker in workers:
            await worker.aclose()
