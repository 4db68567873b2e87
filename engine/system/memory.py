"""Memory of this computer, and what each of our processes takes of it.

What a process takes is its PSS where the system tells it (Linux): its own pages, and of pages that several
share each one's part, so that the sum over our processes is what all of them take. Walking a process's maps
costs the kernel a millisecond per gigabyte; whoever asks often asks for the resident size in between.
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

# Above this share of memory in use, models that nobody uses are released; below the second it is over.
PRESSURE, RELIEF = 0.80, 0.75
_CGROUP = Path("/sys/fs/cgroup")
_NO_LIMIT = 1 << 60


@dataclass(frozen=True, slots=True)
class SystemMemory:
    """Bytes: what there is for us, and what of it is available.

    Attributes:
        with_mapped: whether pages of files that somebody has mapped, such as the weights of a loaded model, count
            as available: they could go at once, but then every token reads them from the disk again.
    """

    total: int
    available: int
    with_mapped: bool = False

    @property
    def used_share(self) -> float:
        """0…1."""
        return 1 - self.available / self.total if self.total else 0.0


def read_memory() -> SystemMemory:
    """The computer's memory, or what a container is allowed of it."""
    memory = psutil.virtual_memory()
    total, available = int(memory.total), int(memory.available)
    limit = _read_number(_CGROUP / "memory.max")
    if limit is None or limit >= total:
        return SystemMemory(total, available, sys.platform == "linux")
    used = (_read_number(_CGROUP / "memory.current") or 0) - _reclaimable()
    return SystemMemory(limit, min(available, max(0, limit - used)))


def _reclaimable() -> int:
    """Pages of files in a container that go when something else needs the room."""
    with contextlib.suppress(OSError, ValueError):
        for line in (_CGROUP / "memory.stat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == "inactive_file":
                return int(value)
    return 0


def _read_number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() and int(text) < _NO_LIMIT else None


def resident_bytes(pid: int) -> int:
    """What a process has in memory, shared pages in full; 0 when it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def mapped_bytes(pid: int) -> int:
    """Of what a process has in memory, the pages of files; 0 where the system does not tell it."""
    try:
        return int(getattr(psutil.Process(pid).memory_info(), "shared", 0))
    except psutil.Error:
        return 0


def proportional_bytes(pid: int) -> int | None:
    """The process's PSS; None where the system does not tell it, or the process is gone."""
    if sys.platform != "linux":
        return None
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None
