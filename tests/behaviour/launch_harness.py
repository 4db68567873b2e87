"""Starts ten commands at once on one data directory, round after round, and looks who owned it and what was lost.

Who owns the directory runs the one server on it. That there was never a second one is read twice: from the
processes, looked at every few milliseconds, and from the server's log, which misses nothing: every line there
begins with the pid of who wrote it, so two servers at once would take turns in it.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from command_line import LIMIT_S, Scrubjay
from kill_harness import find_lost
from process_tree import children_of, find_orphans, is_alive

from engine import Engine, Settings

LOOK_EVERY_S = 0.03
SERVERS = ("redis-server", "valkey-server")
# A line that the server itself wrote (M, the main process), not a child that writes its file anew (C).
SERVER_LINE = re.compile(r"^(\d+):M ", re.MULTILINE)


@dataclass
class LaunchReport:
    """What some rounds of ten launches did."""

    launches: int = 0
    owners: int = 0
    most_servers: int = 0
    acknowledged: int = 0
    failed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class LaunchHarness:
    """One data directory, which does not exist before the first round."""

    def __init__(self, root: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._scrubjay = Scrubjay(root / "data")
        self._n = 0
        self._memories: dict[str, str] = {}
        self._remembered: list[str] = []
        self._chats: dict[str, str] = {}
        self.report = LaunchReport()

    def run(self, n_rounds: int) -> LaunchReport:
        """Launch ten commands at once so many times, then compare the store with what was acknowledged."""
        for _ in range(n_rounds):
            self._round()
        self._read_server_log()
        asyncio.run(self._compare())
        self.report.acknowledged = len(self._memories) + len(self._remembered) + len(self._chats)
        return self.report

    def _commands(self) -> list[list[str]]:
        commands = [["memory", "list", "--limit", "100000"], ["memory", "list", "--limit", "100000"], ["doctor"]]
        for _ in range(4):
            self._n += 1
            commands.append(["memory", "add", f"The code of gate {self._n} is {self._n * 1117 % 10007}"])
        for _ in range(2):
            self._n += 1
            commands.append(["ask", f"Remember that the number of locker {self._n} is {self._n * 7919 % 10007}"])
        commands.append(["ask", f"What is {self._n} * 23?"])
        self._random.shuffle(commands)
        return commands

    def _round(self) -> None:
        before, commands = set(self._memories), self._commands()
        # Each is read by a thread of its own: one that waits for its reader may be the owner of all others.
        with ThreadPoolExecutor(len(commands)) as readers:
            running = [self._scrubjay.start(*command, "--json") for command in commands]
            ends = [readers.submit(process.communicate, timeout=LIMIT_S) for process in running]
            seen = self._watch(ends)
        for command, process, end in zip(commands, running, ends, strict=True):
            self._take(command, process, *end.result(), before)
        self.report.launches += len(commands)
        self.report.left += find_orphans(seen.values())

    def _watch(self, ends: list[Future[tuple[str, str]]]) -> dict[int, psutil.Process]:
        """Count the servers until all commands have ended; every process that was ever seen."""
        seen: dict[int, psutil.Process] = {}
        while not all(end.done() for end in ends):
            seen.update(children_of(psutil.Process().pid))
            servers = {pid for pid, process in seen.items() if self._is_server(process)}
            self.report.most_servers = max(self.report.most_servers, len(servers))
            time.sleep(LOOK_EVERY_S)
        return seen

    def _is_server(self, process: psutil.Process) -> bool:
        try:
            ours = process.cwd() == str(self._scrubjay.data_dir / "redis")
            # The child that writes the server's file anew is no second server.
            return ours and is_alive(process) and process.name() in SERVERS and process.parent().name() not in SERVERS
        except (psutil.Error, AttributeError):
            return False

    def _take(self, command: list[str], process: subprocess.Popen[str], out: str, err: str, before: set[str]) -> None:
        lines = [json.loads(line) for line in out.splitlines()]
        if process.returncode != 0 or "Traceback" in err or not (lines or command[1] == "list"):
            self.report.failed.append(f"{' '.join(command)}: {process.returncode} {out[-500:]} {err[-1000:]}")
        elif command[:2] == ["memory", "add"]:
            self._memories[lines[0]["id"]] = command[2]
        elif command[:2] == ["memory", "list"]:
            self.report.lost += sorted(before - {line["id"] for line in lines})
        elif command[0] == "ask":
            self._take_answer(command[1], lines)

    def _take_answer(self, question: str, lines: list[dict[str, Any]]) -> None:
        if lines[-1].get("reason") != "answered":
            self.report.failed.append(f"{question}: {lines[-1]}")
            return
        started = next(line for line in lines if line.get("event") == "run_started")
        self._chats[started["chat_id"]] = question
        if question.startswith("Remember that "):
            self._remembered.append(question.removeprefix("Remember that "))

    def _read_server_log(self) -> None:
        log = (self._scrubjay.data_dir / "logs" / "store.log").read_text(errors="replace")
        writers = SERVER_LINE.findall(log)
        turns = [pid for i, pid in enumerate(writers) if i == 0 or writers[i - 1] != pid]
        self.report.owners = len(turns)
        if len(turns) != len(set(turns)):
            self.report.most_servers = max(self.report.most_servers, 2)

    async def _compare(self) -> None:
        async with Engine.open(Settings(data_dir=self._scrubjay.data_dir)) as engine:
            if not engine.is_owner:
                self.report.left.append("somebody still holds the lock")
            entries = {entry.id: entry.text for entry in await engine.memory.list(limit=100_000)}
            self.report.lost += [text for id, text in self._memories.items() if entries.get(id) != text]
            self.report.lost += await find_lost(engine, self._remembered, self._chats)
