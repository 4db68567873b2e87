"""Kills the application, its store and its workers at random moments, and looks what was lost.

*Acknowledged* is what the command line said was done: the line of a file, the last line of an answer. A
round starts one real command on one data directory, kills one real process in the middle of it, and lets
the next round go on with the same directory. At the end the store is opened and compared with the list of
what was acknowledged.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from command_line import Scrubjay
from process_tree import LOOK_EVERY_S, children_of, command_line_of, find_orphans, is_alive

from engine import Engine, Settings
from engine.documents.library import list_documents
from engine.local import LocalService

TARGETS = ("owner", "redis-server", "--worker=parse", "--worker=embed", "--worker=llm")
WORDS = [
    "boiler",
    "lease",
    "ladder",
    "kettle",
    "harbour",
    "violin",
    "orchard",
    "ledger",
    "compass",
    "lantern",
    "meadow",
    "furnace",
]
COMMAND_LIMIT_S = 60.0
# How long a target lives in a command of its kind, before one was seen; longer than on any computer we know.
FIRST_LIFE_S = 2.5
# Before that a command is an interpreter that starts.
EARLIEST_S = 0.2


@dataclass
class KillReport:
    """What a series of kills did."""

    rounds: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)


class KillHarness:
    """One data directory and a folder of documents, tormented for some rounds."""

    def __init__(self, root: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._folder, self._data_dir = root / "papers", root / "data"
        self._folder.mkdir()
        self._files: set[str] = set()
        self._memories: list[str] = []
        self._chats: dict[str, str] = {}
        self._n_written = 0
        self._lives: dict[tuple[str, str], float] = {}
        self.report = KillReport()

    def run(self, n_kills: int) -> KillReport:
        """Torment until so many kills have hit, then compare the store with what was acknowledged.

        A kill that comes too late, or whose target was not needed by the command, counts for nothing.
        """
        for number in range(3 * n_kills):
            if sum(self.report.kills.values()) >= n_kills:
                break
            if number % 2 == 0:
                self._round(self._ingest_command(), self._random.choice(TARGETS[:4]))
            else:
                self._round(self._ask_command(number), self._random.choice(("owner", "redis-server", TARGETS[4])))
            self.report.rounds += 1
        asyncio.run(self._compare())
        self.report.acknowledged = len(self._files) + len(self._memories) + len(self._chats)
        return self.report

    def _ingest_command(self) -> list[str]:
        for _ in range(4):
            self._n_written += 1
            text = "\n\n".join(self._paragraph(i) for i in range(self._random.randint(5, 60)))
            (self._folder / f"paper-{self._n_written:04}.txt").write_text(text)
        return ["ingest", str(self._folder), "--json"]

    def _paragraph(self, number: int) -> str:
        return f"Section {number}. " + " ".join(self._random.choice(WORDS) for _ in range(120)) + "."

    def _ask_command(self, number: int) -> list[str]:
        return ["ask", f"Remember that the number of locker {number} is {number * 7919 % 10007}", "--json"]

    def _round(self, arguments: Sequence[str], target: str) -> None:
        process = Scrubjay(self._data_dir).start(*arguments)
        children = self._kill_someone(process, (arguments[0], target))
        out, err = process.communicate(timeout=COMMAND_LIMIT_S)
        self._acknowledge(arguments, out)
        if "Traceback" in err:
            self.report.tracebacks.append(err[-2000:])
        self.report.orphans += find_orphans(children.values())

    def _kill_someone(self, process: subprocess.Popen[str], aim: tuple[str, str]) -> dict[int, psutil.Process]:
        """Kill the target at a random moment of its life, and return every child that was ever seen.

        Its life is taken to be as long as it was when a kill came too late, so that few kills miss.
        """
        seen: dict[int, psutil.Process] = {}
        earliest = EARLIEST_S if aim[1] == "owner" else 0.0
        moment = self._random.uniform(earliest, self._lives.get(aim, FIRST_LIFE_S))
        born: float | None = None
        lived_s = 0.0
        while process.poll() is None:
            seen.update(children_of(process.pid))
            if pids := self._pids(process, aim[1], seen):
                born = born or time.monotonic()
                lived_s = time.monotonic() - born
                if lived_s >= moment:
                    self._kill(pids, aim[1])
                    return {**seen, **children_of(process.pid)}
            time.sleep(LOOK_EVERY_S)
        if born is not None:
            self._lives[aim] = max(lived_s, EARLIEST_S)
        return seen

    def _kill(self, pids: Iterable[int], target: str) -> None:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
                self.report.kills[target] = self.report.kills.get(target, 0) + 1
            except ProcessLookupError:
                continue

    @staticmethod
    def _pids(process: subprocess.Popen[str], target: str, seen: dict[int, psutil.Process]) -> list[int]:
        if process.poll() is not None:
            return []
        if target == "owner":
            return [process.pid]
        return [pid for pid, child in seen.items() if is_alive(child) and target in " ".join(command_line_of(child))]

    def _acknowledge(self, arguments: Sequence[str], out: str) -> None:
        # The last line of a killed process may be half a line: it acknowledges nothing.
        lines = [json.loads(line) for line in out.splitlines() if line.startswith("{") and line.endswith("}")]
        if arguments[0] == "ingest":
            self._files |= {line["path"] for line in lines if line.get("state") in ("added", "replaced", "unchanged")}
        elif any(line.get("event") == "run_finished" for line in lines):
            started = next(line for line in lines if line.get("event") == "run_started")
            self._chats[started["chat_id"]] = arguments[1]
            self._memories.append(arguments[1].removeprefix("Remember that "))

    async def _compare(self) -> None:
        async with Engine.open(Settings(data_dir=self._data_dir)) as engine:
            store = engine._service.store if isinstance(engine._service, LocalService) else None
            assert store is not None
            documents = await list_documents(store)
            paths = {d.path for d in documents} | {alias for d in documents for alias in d.aliases}
            self.report.lost += sorted(self._files - paths)
            for document in documents:
                members = await store.range(store.keys.document_passages(document.id))
                passages = await store.get_many([store.keys.passage(m) for m, _ in members])
                if len(members) != document.n_passages or not all(passages):
                    self.report.half.append(document.path)
            self.report.lost += await find_lost(engine, self._memories, self._chats)


async def find_lost(engine: Engine, remembered: Iterable[str], chats: Mapping[str, str]) -> list[str]:
    """What was acknowledged and is not whole in the store: memories by their text, chats by their question."""
    kept = [entry.text for entry in await engine.memory.list(limit=100_000)]
    lost = [text for text in remembered if not any(text in whole for whole in kept)]
    for chat_id, question in chats.items():
        _, turns = await engine.chats.show(chat_id)
        if [t.state for t in turns] != ["complete", "complete"] or turns[0].text != question:
            lost.append(f"chat {chat_id}")
    return lost
