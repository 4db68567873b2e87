"""The figures of the resource panel, read so cheaply that they may be asked every second.

Per process two short files of /proc (what psutil reads for processor time and resident memory) are read each
time; the exact share of memory (PSS) walks the process's maps and is read for one process at a time, the one
whose figure is oldest, at most once in PSS_EVERY_S. Between two readings PSS follows the resident size.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psutil

from engine.system.memory import proportional_bytes

PSS_EVERY_S = 5.0


@dataclass(slots=True)
class _Watched:
    process: psutil.Process
    pss_bytes: int | None = None
    rss_at_pss: int = 0
    read_at: float = field(default=0.0)


class ProcessReader:
    """Processor time and memory of our processes."""

    def __init__(self) -> None:
        self._watched: dict[int, _Watched] = {}
        self._pss_at = 0.0

    def read(self, processes: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
        """One row per process that is there: kind, pid, cpu_s (since its start), memory_bytes, shared.

        Args:
            processes: the kind (window, model, search, documents, store, command) and number of each.

        `shared` tells whether memory that several processes share is counted in full (no PSS here).
        """
        rows, alive = [], {}
        for kind, pid in processes:
            try:
                watched = self._watched.get(pid) or _Watched(psutil.Process(pid))
                times, resident = watched.process.cpu_times(), watched.process.memory_info().rss
            except psutil.Error:
                continue
            alive[pid] = watched
            rows.append((kind, pid, times.user + times.system, resident, watched))
        self._watched = alive
        self._read_one_pss()
        return [
            {"kind": kind, "pid": pid, "cpu_s": cpu_s, **self._memory(watched, resident)}
            for kind, pid, cpu_s, resident, watched in rows
        ]

    def _read_one_pss(self) -> None:
        now = time.monotonic()
        unread = [(pid, w) for pid, w in self._watched.items() if not w.read_at]
        if not unread and now - self._pss_at < PSS_EVERY_S:
            return
        oldest = sorted(self._watched.items(), key=lambda item: item[1].read_at)[:1]
        for pid, watched in unread or oldest:
            watched.pss_bytes, watched.read_at = proportional_bytes(pid), now
            try:
                watched.rss_at_pss = watched.process.memory_info().rss
            except psutil.Error:
                continue
        self._pss_at = now

    def _memory(self, watched: _Watched, resident: int) -> dict[str, Any]:
        if watched.pss_bytes is None:
            return {"memory_bytes": resident, "shared": True}
        grown = resident - watched.rss_at_pss
        return {"memory_bytes": max(0, watched.pss_bytes + grown), "shared": False}
