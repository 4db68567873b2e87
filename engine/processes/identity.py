"""Who a process is, so that nobody else is ever killed: its number, when it began, what it runs.

A number alone is reused within minutes on a busy machine. A zombie is not alive: it holds its number and
nothing else. On Linux the start is counted by the kernel in ticks since boot and joined with the boot's
id, so that a changed clock or a restart of the computer cannot make two processes look alike; elsewhere it
is the wall clock's time that psutil reports.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process, once and for all; can be written to a file and read by the next start.

    Attributes:
        start_time: an opaque mark of when it began, equal only for the same process.
        executable: absolute path of the program it runs, "" where the system does not tell.
    """

    pid: int
    start_time: str
    executable: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """The process that has this number now, or None when there is none alive."""
        try:
            process = psutil.Process(pid)
            if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return None
            return cls(pid, _start_mark(process), _executable(process))
        except (psutil.NoSuchProcess, OSError):
            return None

    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return ProcessIdentity.of(self.pid) == self

    def kill(self) -> bool:
        """Kill the process if it is still the same; True when it was."""
        try:
            # Made before our look: psutil remembers when this process began and looks again right before it
            # kills, so a number that passed to somebody else in between is refused.
            process = psutil.Process(self.pid)
            if not self.is_alive():
                return False
            process.kill()
        except psutil.Error:
            return False
        return True


def _start_mark(process: psutil.Process) -> str:
    if sys.platform == "linux":
        # The name, in brackets, may itself hold brackets and spaces: count from the last one.
        fields = Path(f"/proc/{process.pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{fields[19]}"
    return f"{process.create_time():.3f}"


def _executable(process: psutil.Process) -> str:
    try:
        # After an upgrade Linux calls a program that still runs "… (deleted)"; it is the same process.
        return str(process.exe()).removesuffix(" (deleted)")
    except psutil.AccessDenied:
        return ""


def kill_group(pid: int) -> None:
    """Kill the process group that a child of ours leads or led."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def kill_tree(pid: int) -> None:
    """Kill a child, its group, and what it started in other groups. Only for a child that is not reaped
    yet: its number still belongs to it."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        family = [*process.children(recursive=True), process]
    kill_group(pid)
    for member in family:
        with contextlib.suppress(psutil.Error):
            member.kill()
