"""Who is running below a process, and who outlives it."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil

# A child notices its parent's death at once; two seconds are what we promise.
ORPHAN_LIMIT_S = 2.0
LOOK_EVERY_S = 0.02


def children_of(pid: int) -> dict[int, psutil.Process]:
    """Everything below a process, by pid."""
    try:
        return {child.pid: child for child in psutil.Process(pid).children(recursive=True)}
    except psutil.Error:
        return {}


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; who ended and was not waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def command_line_of(process: psutil.Process) -> list[str]:
    """Its words; none of one that is gone."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def find_orphans(seen: Iterable[psutil.Process]) -> list[str]:
    """The command lines of those that still live when the time is over that they have."""
    seen = list(seen)
    deadline = time.monotonic() + ORPHAN_LIMIT_S
    while any(is_alive(process) for process in seen) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
    return [" ".join(command_line_of(process)) for process in seen if is_alive(process)]
