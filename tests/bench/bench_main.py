"""`scrubjay bench main`: the main job, from the file to the cited answer.

Every figure is taken through the program's own parts; what it is held against is measured in the same run.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "behaviour"), str(ROOT / "tests" / "bench")]

from kill_harness import KillHarness  # noqa: E402
from token_cost import token_cost_figures  # noqa: E402

from engine import Engine, Settings  # noqa: E402
from engine.events import RunFinished, RunStarted  # noqa: E402
from engine.search.embedding import create_embedder  # noqa: E402
from engine.system.figures import Figure  # noqa: E402

T = TypeVar("T")
ROUNDS = 5
KILLS = 100
HEAVY = ("torch", "pyqtgraph", "mcp", "uvicorn")


def figures() -> Iterator[Figure]:
    """The figures of the main job, slowest last."""
    yield imports_figure()
    yield from second_turn_figures()
    yield ingest_figure()
    yield from token_cost_figures()
    yield from kill_figures()


def imports_figure() -> Figure:
    """What an owner with an empty store has loaded, and its memory."""
    code = (
        "import asyncio, sys, psutil, tempfile\n"
        "from engine import Engine, Settings\n"
        "async def main():\n"
        "    with tempfile.TemporaryDirectory() as d:\n"
        "        async with Engine.open(Settings(data_dir=d + '/x')):\n"
        f"            print(','.join(m for m in {HEAVY!r} if m in sys.modules) or '-')\n"
        "            print(psutil.Process().memory_full_info().uss)\n"
        "asyncio.run(main())\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    loaded, uss = out.split()
    n_loaded = 0 if loaded == "-" else loaded.count(",") + 1
    detail = f"owner's own memory {int(uss) / 2**20:.0f} MB; heavy modules loaded: {loaded}"
    return Figure("heavy modules in an owner with an empty store", n_loaded, "", "", "= 0", n_loaded == 0, detail)


def second_turn_figures() -> Iterator[Figure]:
    """What the second turn of a chat reads anew, and its time to first token beside a cold prompt."""
    with tempfile.TemporaryDirectory() as folder:
        first, second, chat = _run(_two_turns(Path(folder)))
    new = second.n_prompt - first.n_prompt - first.n_generated
    prefilled = second.n_prompt - second.n_reused
    yield Figure(
        "tokens prefilled by the second turn beside what is new in it",
        prefilled - new,
        "tokens too many",
        "",
        "≤ 1",
        prefilled - new <= 1,
        f"prompt {second.n_prompt}, reused {second.n_reused}, new {new}; chat {chat}",
    )


async def _two_turns(folder: Path) -> tuple[RunFinished, RunFinished, str]:
    async with Engine.open(Settings(data_dir=folder / "data")) as engine:
        first, chat = await _ask(engine, "What is 17 * 23?", None)
        second, _ = await _ask(engine, "And what is 12 * 12 + 5?", chat)
    return first, second, chat


async def _ask(engine: Engine, question: str, chat: str | None) -> tuple[RunFinished, str]:
    started = finished = None
    async for event in engine.ask(question, chat=chat):
        started = event if isinstance(event, RunStarted) else started
        finished = event if isinstance(event, RunFinished) else finished
    assert started is not None
    assert finished is not None
    return finished, started.chat_id


def ingest_figure() -> Figure:
    """Passages per second of an ingest beside embedding the same passages alone, interleaved."""
    with tempfile.TemporaryDirectory() as folder:
        ratios, rate = _run(_ingest_ratios(Path(folder)))
    value = statistics.median(ratios)
    spread = ", ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
    detail = f"{rate:.0f} passages/s; rounds {spread}"
    return Figure("ingest beside embedding alone", value, "×", "the embedder", "≥ 0.7", value >= 0.7, detail)


async def _ingest_ratios(folder: Path) -> tuple[list[float], float]:
    settings = Settings(data_dir=folder / "data")
    ratios, rates = [], []
    async with Engine.open(settings) as engine:
        embedder = create_embedder(settings, folder)
        assert embedder is not None
        await engine.ingest([_write_papers(folder / "warm", 3, 0)])
        for number in range(ROUNDS):
            papers = _write_papers(folder / f"round-{number}", 30, number + 1)
            report, ingest_s = await _timed(lambda papers=papers: engine.ingest([papers]))
            n_passages = sum(file.passages for file in report.files)
            texts = [hit.text for hit in await engine.search("section", k=64, sources=("documents",))]
            texts = (texts * (n_passages // len(texts) + 1))[:n_passages]
            # The embedder keeps what it has embedded; each text is made new.
            texts = [f"{number} {i} {text}" for i, text in enumerate(texts)]
            await embedder.embed(texts[:32])
            _, embed_s = await _timed(lambda texts=texts: embedder.embed(texts[32:]))
            rates.append(n_passages / ingest_s)
            ratios.append(rates[-1] / ((n_passages - 32) / embed_s))
        await embedder.aclose()
    return ratios, statistics.median(rates)


def _write_papers(folder: Path, n: int, seed: int) -> Path:
    words = [w.strip(".,") for w in (ROOT / "README.md").read_text().split() if w.isalpha()]
    chance = random.Random(seed)
    folder.mkdir()
    for number in range(n):
        sections = []
        for section in range(12):
            body = " ".join(" ".join(chance.choices(words, k=14)).capitalize() + "." for _ in range(12))
            sections.append(f"# Section {section}\n\n{body}")
        (folder / f"paper-{number}.md").write_text("\n\n".join(sections))
    return folder


async def _timed(work: Callable[[], Awaitable[T]]) -> tuple[T, float]:
    start = time.perf_counter()
    result = await work()
    return result, time.perf_counter() - start


def kill_figures() -> Iterator[Figure]:
    """A hundred kills of owner, sidecar and workers."""
    with tempfile.TemporaryDirectory() as folder:
        report = KillHarness(Path(folder), seed=random.randrange(1 << 30)).run(KILLS)
    detail = f"{report.rounds} rounds, kills {report.kills}, {report.acknowledged} acknowledged"
    for name, found in (
        ("acknowledged items lost", report.lost),
        ("half documents", report.half),
        ("orphans after 2 s", report.orphans),
        ("tracebacks", report.tracebacks),
    ):
        yield Figure(name, len(found), "", "", "= 0", not found, detail if not found else f"{detail}; {found[:3]}")


def _run(work: Awaitable[T]) -> T:
    async def main() -> T:
        return await work

    return asyncio.run(main())
