"""What a child may take: memory, priority, its place in the queue of the out-of-memory killer.

POSIX limits are lines of the shell that starts every child (see child.py): they hold before the program's
first instruction, need no code between fork and exec, and are the same for our workers and for programs
that are not ours. On Windows they are part of the Job Object (windows.py).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one child.

    Attributes:
        nice: added to our own niceness, 0-19; models must not make the window stutter.
        oom_score_adj: -1000…1000, Linux; 500 makes a worker go before the window. None leaves it.
        memory_limit_bytes: address space (Linux; macOS mostly ignores it), committed memory (Windows);
            0 is no limit.
    """

    nice: int = 0
    oom_score_adj: int | None = None
    memory_limit_bytes: int = 0

    def shell_lines(self) -> list[str]:
        """Commands for /bin/sh that put the limits on itself; a limit that is refused is left out."""
        # No core files: a crash of a model would write gigabytes of the person's text to disk.
        lines = ["ulimit -c 0 2>/dev/null"]
        if self.memory_limit_bytes > 0:
            lines.append(f"ulimit -v {max(1, self.memory_limit_bytes // 1024)} 2>/dev/null")
        if self.oom_score_adj is not None and sys.platform == "linux":
            lines.append(f"{{ echo {int(self.oom_score_adj)} > /proc/self/oom_score_adj; }} 2>/dev/null")
        if self.nice > 0:
            lines.append(f'set -- nice -n {int(self.nice)} "$@"')
        return lines
