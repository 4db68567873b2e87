"""Works a long time with one engine, and measures what its processes hold after each piece of work.

A cycle leaves nothing behind: the documents that it reads are taken out, what it remembers is forgotten, its
chats are deleted. So whatever is larger at the end than after the warm-up has leaked. Measured is in rest,
when the tasks are back to those of the beginning: the engine in this process, the workers and the server
beside it. Compared are medians over a window, because one reading moves by what the allocator just holds.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from kill_harness import WORDS
from process_tree import children_of, command_line_of

from engine import Engine, Settings
from engine.events import RunFinished, RunStarted, TokenGenerated

# Caches and allocators fill at first: a sixth of the time, at most ten minutes, counts for nothing.
WARM_UP_SHARE, WARM_UP_LIMIT_S = 1 / 6, 600.0
# Of the time after the warm-up, what is compared at each end.
WINDOW_SHARE = 0.2
REST_LIMIT_S = 30.0
STEP_LIMIT_S = 60.0
LOOK_EVERY_S = 0.02


@dataclass(frozen=True)
class Reading:
    """What one process held in rest."""

    rss: int
    n_fds: int
    n_threads: int


@dataclass
class SoakReport:
    """What a soak did and what grew, by process: owner, redis-server, embed, llm, parse."""

    cycles: int = 0
    answers: int = 0
    cancelled: int = 0
    documents: int = 0
    before: dict[str, Reading] = field(default_factory=dict)
    after: dict[str, Reading] = field(default_factory=dict)
    tasks_left: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        did = f"{self.cycles} cycles, {self.answers} answers, {self.cancelled} cancelled, {self.documents} documents"
        pairs = [(name, old, self.after[name]) for name, old in self.before.items() if name in self.after]
        rows = [
            f"{name:<14}{old.rss / 1e6:8.1f} → {new.rss / 1e6:.1f} MB, "
            f"{old.n_fds} → {new.n_fds} descriptors, {old.n_threads} → {new.n_threads} threads"
            for name, old, new in pairs
        ]
        return "\n".join([did, *rows])


class Soak:
    """One engine on one data directory, worked for a while."""

    def __init__(self, root: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._folder, self._data_dir = root / "papers", root / "data"
        self._folder.mkdir()
        self._n = 0
        self._readings: list[tuple[float, dict[str, Reading]]] = []
        self._pids: dict[str, int] = {}
        self.report = SoakReport()

    async def run(self, duration_s: float) -> SoakReport:
        """Work so long, then say what grew since the warm-up."""
        async with Engine.open(Settings(data_dir=self._data_dir)) as engine:
            assert engine.is_owner
            await self._cycle(engine)
            tasks = _task_names()
            began = time.monotonic()
            while (passed := time.monotonic() - began) < duration_s:
                await self._cycle(engine)
                self.report.tasks_left = await _rest(tasks)
                self._readings.append((passed, self._measure()))
        self._compare(min(duration_s * WARM_UP_SHARE, WARM_UP_LIMIT_S))
        return self.report

    async def _cycle(self, engine: Engine) -> None:
        """Read two papers while asking, cancel an answer and a reading, take everything out again."""
        self._n += 1
        self.report.cycles += 1
        papers, chats = [self._paper(i) for i in range(2)], []
        async with asyncio.timeout(STEP_LIMIT_S * 4), asyncio.TaskGroup() as group:
            group.create_task(engine.ingest(papers), name="soak ingest")
            chats.append(await self._ask(engine, f"What is {self._n} * 23?"))
        for question in (
            f"In which room of house {self._n} stands the {self._random.choice(WORDS)}?",
            f"Remember that the number of locker {self._n} is {self._n * 7919 % 10007}",
            f"What is the number of locker {self._n}?",
        ):
            chats.append(await self._ask(engine, question))
        chats.append(await self._ask(engine, "Tell me what stands in the house.", stop=True))
        await self._cancel_ingest(engine)
        await self._take_out(engine, [chat for chat in chats if chat])

    def _paper(self, number: int) -> Path:
        path = self._folder / f"paper-{number}.txt"
        lines = [f"In house {self._n} the {word} stands in room {self._random.randrange(100)}." for word in WORDS]
        filler = "\n\n".join(" ".join(self._random.choice(WORDS) for _ in range(120)) + "." for _ in range(5))
        path.write_text(f"# House {self._n}, part {number}\n\n" + " ".join(lines) + "\n\n" + filler)
        return path

    async def _ask(self, engine: Engine, question: str, *, stop: bool = False) -> str:
        """The id of the chat; a question that is stopped is stopped at a random event."""
        chat, left = "", self._random.randrange(1, 4)
        async with asyncio.timeout(STEP_LIMIT_S), aclosing(engine.ask(question, fresh=True)) as events:
            async for event in events:
                chat = event.chat_id if isinstance(event, RunStarted) else chat
                self.report.answers += isinstance(event, RunFinished)
                left -= 1
                if stop and (left <= 0 or isinstance(event, TokenGenerated)):
                    self.report.cancelled += 1
                    break
        return chat

    async def _cancel_ingest(self, engine: Engine) -> None:
        """Stop a reading at its first sign of life; what is in stays in until it is taken out."""
        begun = asyncio.Event()
        papers = [self._paper(number) for number in range(2, 5)]
        work = asyncio.create_task(engine.ingest(papers, progress=lambda _: begun.set()), name="soak cancelled ingest")
        async with asyncio.timeout(STEP_LIMIT_S):
            await asyncio.wait([work, waiting := asyncio.create_task(begun.wait())], return_when="FIRST_COMPLETED")
            for task in (work, waiting):
                task.cancel()
            await asyncio.gather(work, waiting, return_exceptions=True)
        self.report.cancelled += work.cancelled()

    async def _take_out(self, engine: Engine, chats: list[str]) -> None:
        async with asyncio.timeout(STEP_LIMIT_S * 2):
            for document in await engine.documents.list():
                await engine.documents.remove(document.id)
                self.report.documents += 1
            if entries := await engine.memory.list(limit=1000):
                await engine.memory.forget([entry.id for entry in entries])
            for chat in chats:
                await engine.chats.delete(chat)

    def _measure(self) -> dict[str, Reading]:
        gc.collect()
        found = {"owner": psutil.Process()}
        for process in children_of(psutil.Process().pid).values():
            if name := _role(process):
                found[name] = process
        for name, process in found.items():
            if self._pids.setdefault(name, process.pid) != process.pid:
                self.report.replaced.append(f"{name}: {self._pids[name]} → {process.pid}")
                self._pids[name] = process.pid
        return {n: Reading(p.memory_info().rss, p.num_fds(), p.num_threads()) for n, p in found.items()}

    def _compare(self, warm_s: float) -> None:
        warm = [readings for at, readings in self._readings if at >= warm_s]
        n = max(1, int(len(warm) * WINDOW_SHARE))
        self.report.before, self.report.after = _median(warm[:n]), _median(warm[-n:])


def _role(process: psutil.Process) -> str:
    """What a child is; "" for shells and what is about to become something else."""
    words = command_line_of(process)
    workers = [word.removeprefix("--worker=") for word in words if word.startswith("--worker=")]
    if workers:
        return workers[0]
    return "redis-server" if words and "redis-server" in words[0] else ""


def _median(readings: list[dict[str, Reading]]) -> dict[str, Reading]:
    """Of each process that is in any of the readings, the median of each figure."""
    found: dict[str, list[Reading]] = {}
    for reading in readings:
        for name, one in reading.items():
            found.setdefault(name, []).append(one)
    return {
        name: Reading(
            *(int(statistics.median(getattr(r, figure) for r in many)) for figure in ("rss", "n_fds", "n_threads"))
        )
        for name, many in found.items()
    }


def _task_names() -> list[str]:
    return sorted(_plain(task.get_name()) for task in asyncio.all_tasks())


def _plain(name: str) -> str:
    # asyncio numbers the tasks that nobody named.
    return "unnamed" if name.startswith("Task-") else name


async def _rest(usual: list[str]) -> list[str]:
    """Wait until no more tasks are there than usual; those that stay beyond the limit."""
    deadline = time.monotonic() + REST_LIMIT_S
    while len(asyncio.all_tasks()) > len(usual) and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_EVERY_S)
    return _task_names() if len(asyncio.all_tasks()) > len(usual) else []
