"""The model worker may end in any way: it is said, what was answered stays, and the next answer comes (G6, G19)."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import sys
import threading
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from engine.errors import WorkerCrashedError, WorkerError, WorkerHungError
from engine.llm.backend import Generated, Message, Piece, Prefilled, Sampling
from engine.llm.local import LocalBackend
from engine.processes import link
from engine.processes.worker import Worker
from tests.bench.tiny_gguf import Shape, write_gguf
from tests.engine.llm.mutations import load_mutations

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="faults are sent as POSIX signals")
HELLO = [Message("user", "hello there")]
ENDLESS = Sampling(max_tokens=1800)
LIMIT_S = 50.0
# The long form runs for an hour beside whatever else the computer does; one slow answer among 20,000 is no fault.
LONG_LIMIT_S = 300.0
FAULTS = {
    "abort": WorkerCrashedError,
    "garbage": WorkerCrashedError,
    "half a message": WorkerCrashedError,
    "balloon": WorkerError,
    "hang": WorkerHungError,
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", Shape(n_layer=1), plain=True)


def _backend(model: Path, tmp_path: Path, fault: str) -> LocalBackend:
    backend = LocalBackend(model, log_dir=tmp_path, n_ctx=2048, n_threads=1)
    config = {"path": str(model), "n_ctx": 2048, "n_threads": 1, "fault": fault, "marker": str(tmp_path / "marker")}
    backend.worker = Worker(
        "llm",
        config=config,
        log_dir=tmp_path,
        factory="tests.engine.llm.faulty_role:create_role",
        hang_s=1.0,
        memory_limit_bytes=8 << 30 if fault == "balloon" else 0,
    )
    return backend


async def _ask(
    backend: LocalBackend,
    sampling: Sampling = ENDLESS,
    *,
    said: list[str] | None = None,
    kill: int = 0,
    limit_s: float = LIMIT_S,
) -> tuple[str, Generated | None]:
    """The answer and its end; pieces go into `said` as they come, and the first one has the worker sent a signal."""
    said, end = [] if said is None else said, None
    async with asyncio.timeout(limit_s), aclosing(backend.generate(HELLO, sampling)) as items:
        async for item in items:
            said += [item.text] if isinstance(item, Piece) else []
            end = item if isinstance(item, Generated) else None
            if kill and said and backend.worker.pid:
                os.kill(backend.worker.pid, kill)
    return "".join(said), end


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_in_the_middle_of_an_answer_is_told_and_the_next_answer_comes(
    model: Path, tmp_path: Path, fault: str
) -> None:
    backend = _backend(model, tmp_path, fault)
    said: list[str] = []
    try:
        with pytest.raises(FAULTS[fault]) as told:
            await _ask(backend, said=said)
        assert str(told.value).endswith((".", ".log."))
        assert "".join(said), "what was said before the fault was delivered"
        text, end = await _ask(backend, Sampling(max_tokens=8))
        assert end is not None
        assert end.n_generated == 8
        assert "".join(said).startswith(text[:1])
    finally:
        await backend.aclose()


async def test_a_worker_that_is_stopped_is_told_within_two_seconds_and_replaced(model: Path, tmp_path: Path) -> None:
    assert link.STOPPED_S + link.TICK_S <= 2.0, "a second without a beat, and the ticks that count it"
    backend = _backend(model, tmp_path, "")
    try:
        with pytest.raises(WorkerHungError, match="stopped"):
            await _ask(backend, kill=signal.SIGSTOP)
        assert (await _ask(backend, Sampling(max_tokens=8)))[1] is not None
    finally:
        await backend.aclose()


async def test_three_crashes_within_a_minute_offer_a_smaller_plan(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.processes.worker.BACK_OFF_S", (0.01,))
    backend = LocalBackend(model, log_dir=tmp_path, n_ctx=2048, n_threads=1)
    try:
        for _ in range(3):
            with pytest.raises(WorkerCrashedError):
                await _ask(backend, kill=signal.SIGKILL)
        with pytest.raises(WorkerCrashedError, match="1,024 tokens"):
            await _ask(backend)
        backend.worker.reset()
        assert (await _ask(backend, Sampling(max_tokens=4)))[1] is not None
    finally:
        await backend.aclose()


async def _cancel_at_random(model: Path, tmp_path: Path, n: int, seed: int, limit_s: float = LIMIT_S) -> None:
    """Cancel n answers at random moments; count what is left behind of tasks, threads, files and memory."""
    rng = random.Random(seed)
    backend = LocalBackend(model, log_dir=tmp_path, n_ctx=2048, n_threads=1)
    try:
        await _ask(backend, Sampling(max_tokens=8), limit_s=limit_s)
        assert backend.worker.pid
        worker, ours = psutil.Process(backend.worker.pid), psutil.Process()
        await _cancel_some(backend, min(n, 50), rng, limit_s)
        before = (worker.num_fds(), worker.num_threads(), ours.num_fds(), threading.active_count())
        tasks, rss = len(asyncio.all_tasks()), worker.memory_info().rss
        await _cancel_some(backend, n, rng, limit_s)
        await _ask(backend, Sampling(max_tokens=8), limit_s=limit_s)
        gc.collect()
        after = (worker.num_fds(), worker.num_threads(), ours.num_fds(), threading.active_count())
        assert after == before
        assert len(asyncio.all_tasks()) == tasks
        assert worker.memory_info().rss - rss < 16 << 20
        assert backend.worker.restarts == 0
    finally:
        await backend.aclose()


async def _cancel_some(backend: LocalBackend, n: int, rng: random.Random, limit_s: float) -> None:
    for number in range(n):
        messages = [Message("user", f"{number} " + "word " * rng.randrange(1, 300))]
        kind, left = rng.choice((Prefilled, Piece, object)), rng.randrange(1, 6)
        async with asyncio.timeout(limit_s), aclosing(backend.generate(messages, Sampling(max_tokens=40))) as items:
            async for item in items:
                left -= isinstance(item, kind)
                if not left:
                    break


async def test_two_hundred_cancels_leave_nothing_behind(model: Path, tmp_path: Path) -> None:
    await _cancel_at_random(model, tmp_path, 200, seed=1)


@pytest.mark.long
@pytest.mark.timeout(7200)
async def test_twenty_thousand_cancels_leave_nothing_behind(model: Path, tmp_path: Path) -> None:
    await _cancel_at_random(model, tmp_path, 20_000, seed=2, limit_s=LONG_LIMIT_S)


async def test_damaged_files_are_refused_or_loaded_and_the_next_model_answers(model: Path, tmp_path: Path) -> None:
    report = await load_mutations(model, tmp_path, iter(range(25)))
    assert sum(report.outcomes.values()) == 25
    assert report.ended == [], "files that ended the worker: the check of the header must learn to refuse them"


@pytest.mark.long
@pytest.mark.timeout(7200)
async def test_five_hundred_damaged_files_never_end_the_worker(model: Path, tmp_path: Path) -> None:
    report = await load_mutations(model, tmp_path, iter(range(1000, 1500)))
    print(report)
    assert report.ended == []
