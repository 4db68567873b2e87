"""`scrubjay bench memory`: what a memory costs, finds, keeps out, and what looking after it takes.

The scan and the self-join are in `scrubjay bench accel`. Times stand beside something that was measured in the
same rounds (embedding alone, an idle loop), because this computer may be busy.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "bench")]

import numpy as np  # noqa: E402
from junk_replay import Outcome, Replay  # noqa: E402
from memory_questions import ANSWERED, MEASURING, UNANSWERED  # noqa: E402

from engine import Engine, PerformanceMonitor, Settings  # noqa: E402
from engine.ids import create_id  # noqa: E402
from engine.local import LocalService  # noqa: E402
from engine.memory.entry import MemoryEntry  # noqa: E402
from engine.search.vectors import ScanIndex, VectorRow  # noqa: E402
from engine.store.store import Transaction  # noqa: E402
from engine.system.figures import Figure  # noqa: E402

N_ENTRIES = 65_000
ROUNDS, QUERIES = 5, 100
REPLAYS = 6


def figures() -> Iterator[Figure]:
    """The figures of memory, the large store last."""
    yield from _run(silence_figures)
    yield from monitor_figures()
    yield bytes_figure()
    yield from _run(writing_figures)
    yield _run(notice_figure)
    yield from replay_figures()
    yield from _run(recall_figures)


def _run(work: Callable[[Path], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            return await work(Path(folder))

    return asyncio.run(main())


async def silence_figures(folder: Path) -> list[Figure]:
    """Questions that the half of the facts which did not set the floor answer, and questions that nothing answers."""
    async with Engine.open(Settings(data_dir=folder / "data")) as engine:
        ids = await engine.memory.add_many([{"text": fact} for fact, _ in ANSWERED])
        await _embedded(engine)
        found = 0
        for id, (_, question) in list(zip(ids, ANSWERED, strict=True))[MEASURING]:
            found += id in [hit.entry.id for hit in await engine.memory.recall(question, k=5)]
        silent = sum([not await engine.memory.recall(question) for question in UNANSWERED[MEASURING]])
    n_asked, n_foreign = len(ANSWERED[MEASURING]), len(UNANSWERED[MEASURING])
    return [
        Figure(
            "facts found by their question", found, f"of {n_asked}", "", "", None, "half that did not set the floor"
        ),
        Figure(
            "silence where nothing fits", silent, f"of {n_foreign}", "", "", None, "half that did not set the floor"
        ),
    ]


async def _embedded(engine: Engine) -> None:
    while (await engine.memory.stats())["without_vector"]:
        await asyncio.sleep(0.05)


def monitor_figures() -> Iterator[Figure]:
    """One record, one report, and the memory of 10,000 operations."""
    n = 20_000
    tracemalloc.start()
    monitor = PerformanceMonitor()
    for number in range(10_000):
        monitor.record_metric(f"name {number % 20}", float(number))
    size_mb = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    rounds, tracked = [], []
    for _ in range(ROUNDS):
        began = time.thread_time()
        for number in range(n):
            monitor.record_metric("metric", number)
        rounds.append((time.thread_time() - began) / n * 1e6)
        began = time.thread_time()
        for _ in range(n):
            with monitor.track_operation("operation"):
                pass
        tracked.append((time.thread_time() - began) / n * 1e6)
    began = time.perf_counter()
    monitor.get_report()
    report_ms = (time.perf_counter() - began) * 1000
    middle, best = statistics.median(rounds), min(tracked)
    yield Figure("monitor: one record", middle, "µs", "", "≤ 1", middle <= 1, f"median of {ROUNDS} rounds of {n}")
    yield Figure("monitor: one tracked block", best, "µs", "", "≤ 1", best <= 1, f"best of {ROUNDS} rounds of {n}")
    yield Figure("monitor: a report", report_ms, "ms", "", "≤ 10", report_ms <= 10)
    yield Figure("monitor: memory of 10,000 records", size_mb, "MB", "", "≤ 10", size_mb <= 10)


def bytes_figure() -> Figure:
    """Codes and columns in RAM per entry; the float32 vectors are in a file."""
    n = 4096
    tracemalloc.start()
    with tempfile.TemporaryDirectory() as folder:
        vectors = np.random.default_rng(0).standard_normal((n, 384)).astype(np.float32)
        before = tracemalloc.get_traced_memory()[0]
        index = ScanIndex(Path(folder) / "other.f32", 384)
        for number, vector in enumerate(vectors):
            slot, _ = index.reserve(vector)
            index.publish(slot, VectorRow(number, "memory"))
        per_entry = (tracemalloc.get_traced_memory()[0] - before) / n
        index.close()
    tracemalloc.stop()
    return Figure("memory per entry in RAM", per_entry, "B", "hnswlib f32: 1,536 + links", "≤ 450", per_entry <= 450)


async def writing_figures(folder: Path) -> list[Figure]:
    """Writing 1,000 entries with one barrier; tidying 1,000 end to end and what the event loop feels of it."""
    settings = Settings(data_dir=folder / "data", embedder="none")
    async with Engine.open(settings) as engine:
        service = engine._service
        assert isinstance(service, LocalService)
        store_ms: list[float] = []
        store_cpu_ms: list[float] = []
        for number in range(ROUNDS):
            items = [{"text": f"Note {number} {i} about the garden and the boiler"} for i in range(1000)]
            await service.search.feed.caught_up()
            await asyncio.sleep(0.2)
            began_s = time.process_time()
            store_ms.append(await _timed(lambda items=items: engine.memory.add_many(items)))
            store_cpu_ms.append((time.process_time() - began_s) * 1000)
        tidy_ms, gaps = [], []
        for number in range(ROUNDS):
            await _write_vectors(service, 1000, number)
            await service.search.feed.caught_up()
            async with _loop_gaps() as seen:
                tidy_ms.append(await _timed(engine.memory.consolidate))
            gaps += seen
        idle = await _idle_cost()
    gap = sorted(gaps)[int(0.99 * len(gaps))]
    best, middle = min(store_ms), statistics.median(store_ms)
    tidy = statistics.median(tidy_ms)
    spread = ", ".join(f"{ms:.0f}" for ms in store_ms)
    return [
        Figure(
            "store 1,000 entries",
            middle,
            "ms",
            "",
            "≤ 100",
            middle <= 100,
            f"best {best:.0f}; rounds {spread}; "
            f"processor time of this process {statistics.median(store_cpu_ms):.0f} ms",
        ),
        Figure("consolidate 1,000 entries", tidy, "ms", "", "< 500", tidy < 500),
        Figure("event loop meanwhile, p99", gap, "ms", "", "≤ 33", gap <= 33),
        Figure("idle cost", idle, "% of a core", "", "≤ 1", idle <= 1),
    ]


async def _timed(work: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1000


@asynccontextmanager
async def _loop_gaps() -> AsyncIterator[list[float]]:
    """How late a timer of 1 ms fires, in milliseconds, while the block runs."""
    gaps: list[float] = []

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            gaps.append((time.perf_counter() - began) * 1000)

    task = asyncio.create_task(tick())
    yield gaps
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _idle_cost(seconds: float = 10.0) -> float:
    began_s, began_cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    return 100 * (time.process_time() - began_cpu) / (time.perf_counter() - began_s)


async def _write_vectors(service: LocalService, n: int, seed: int, tier: str = "semantic") -> None:
    """Entries with random vectors straight into the store, every tenth nearly a copy of the one before."""
    generator, chance = np.random.default_rng(seed), random.Random(seed)
    words = [w.strip(".,()`") for w in (ROOT / "README.md").read_text("utf-8").split()]
    words += [f"name{number}" for number in range(5000)]
    transaction, now = Transaction(), service.clock.now_ms()
    text, vector = "", np.zeros(384, np.float32)
    for number in range(n):
        if number % 10:
            text = " ".join(chance.choices(words, k=18))
            vector = generator.standard_normal(384).astype(np.float32)
            vector /= np.linalg.norm(vector)
        entry = MemoryEntry(
            create_id(), service.memory.space, tier, text, now, now, vector=vector.astype(np.float16).tobytes(),
            embedded_with=service.search.serving.model,
        )  # fmt: skip
        service.memory.shelf.rewrite(transaction, entry)
    await service.memory.shelf.commit(transaction)


async def notice_figure(folder: Path) -> Figure:
    """How long after a write in one process another process hears of it."""
    settings = Settings(data_dir=folder / "data", embedder="none")
    late: list[float] = []
    async with Engine.open(settings) as owner, Engine.open(settings) as other:
        heard: asyncio.Queue[tuple[str, float]] = asyncio.Queue()

        async def listen() -> None:
            async for change in other.changes():
                heard.put_nowait((change.id, time.perf_counter()))

        task = asyncio.create_task(listen())
        await asyncio.sleep(0.5)
        for number in range(20):
            written = time.perf_counter()
            entry = await owner.memory.add(f"note {number}")
            while True:
                id, at = await asyncio.wait_for(heard.get(), 5)
                if id == entry.id:
                    late.append((at - written) * 1000)
                    break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    worst = max(late)
    return Figure(
        "a write heard in another process, from its call, worst of 20", worst, "ms", "", "≤ 100", worst <= 100
    )


def replay_figures() -> Iterator[Figure]:
    """Thirty scripted days, six times: a month has few promotions, and one is a tenth of them."""
    outcomes: list[Outcome] = []
    for seed in range(1, REPLAYS + 1):
        outcomes.append(_run(lambda folder, seed=seed: Replay(seed, folder).run()))
    lasting = sum(len(o.lasting) for o in outcomes)
    junk = 100 * sum(len(o.junk) for o in outcomes) / lasting
    copies, missed, stale = (sum(len(getattr(o, name)) for o in outcomes) for name in ("copies", "missed", "stale"))
    promoted = sum(len(set(o.promoted)) for o in outcomes)
    right = 100 * (1 - sum(len(set(o.wrongly)) for o in outcomes) / max(1, promoted))
    wrong = sum(o.n_wrong for o in outcomes)
    detail = f"{sum(o.n_suggested for o in outcomes)} suggestions, {wrong} of them wrong; {lasting} lasting memories"
    yield Figure("replay: junk", junk, "%", "", "≤ 5", junk <= 5, detail)
    yield Figure("replay: copies of itself", copies, "", "", "= 0", copies == 0)
    yield Figure("replay: planted facts not found", missed, "", "", "= 0", missed == 0)
    yield Figure("replay: contradictions that give the old", stale, "", "", "= 0", stale == 0)
    yield Figure("replay: promotion right", right, "%", "", "≥ 90", right >= 90, f"{promoted} promotions")


async def recall_figures(folder: Path) -> list[Figure]:
    """Recall end to end beside embedding alone, with every tier full, interleaved; and from the cache.

    Two kinds of questions: of the invented person, whose words few entries have, and half-remembered entries, whose
    words many have.
    """
    async with Engine.open(Settings(data_dir=folder / "data")) as engine:
        service = engine._service
        assert isinstance(service, LocalService)
        assert service.search.embedder is not None
        for tier, n in (("semantic", 50_000), ("long_term", 10_000), ("episodic", 5_000)):
            for number in range(n // 1000):
                await _write_vectors(service, 1000, n + number, tier)
        await service.search.feed.caught_up()
        entries = [entry.text for entry in await engine.memory.list(limit=1000)]
        chance = random.Random(1)
        asked = [f"{question} {number}" for number in range(3) for _, question in ANSWERED]
        remembered = [" ".join(chance.sample(chance.choice(entries).split(), 7)) for _ in asked]
        questions = [q for pair in zip(asked, remembered, strict=True) for q in pair][: 2 * QUERIES]
        chance.shuffle(questions)
        await service.search.embedder.embed(["warm"], urgent=True)
        alone, whole, own, cached = [], [], [], []
        for question in questions:
            text = [question[::-1]]
            alone.append(await _timed(lambda text=text: service.search.embedder.embed(text, urgent=True)))
            began_s = time.process_time()
            whole.append(await _timed(lambda question=question: engine.memory.recall(question, k=10)))
            own.append((time.process_time() - began_s) * 1000)
            cached.append(await _timed(lambda question=question: service.memory.recall(question, 10, touch=False)))
            cached.append(await _timed(lambda question=question: service.memory.recall(question, 10, touch=False)))
    p50 = statistics.median(whole) - statistics.median(alone)
    p99 = _p99(whole) - _p99(alone)
    again = statistics.median(cached[1::2])
    detail = (
        f"embedding {statistics.median(alone):.1f} and {_p99(alone):.1f}, recall {statistics.median(whole):.1f} and "
        f"{_p99(whole):.1f} ms; {N_ENTRIES:,} entries, {len(questions)} questions; "
        f"processor time of this process {statistics.median(own):.1f} and {_p99(own):.1f} ms"
    )
    return [
        Figure("recall end to end, p50", p50, "ms", "embedding alone", "≤ 10", p50 <= 10, detail),
        Figure("recall end to end, p99", p99, "ms", "embedding alone", "≤ 25", p99 <= 25, detail),
        Figure("recall from the cache", again, "ms", "", "≤ 0.1", again <= 0.1),
    ]


def _p99(times: list[float]) -> float:
    return sorted(times)[int(0.99 * len(times))]
