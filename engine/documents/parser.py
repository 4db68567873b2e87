"""The document worker as the engine starts it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from engine.processes.worker import Worker

# A file may take 1 GiB (reliability.md); the interpreter and the libraries have mapped some 400 MB before.
MEMORY_LIMIT_BYTES = (1024 + 512) * 2**20
# Longest time without a finished page.
PAGE_LIMIT_S = 60.0
# Nobody has asked for so long: its process ends, and with it 20 to 60 MB. The next file starts it again in 0.3 s.
IDLE_S = 10.0


def create_parser(log_dir: Path, host: Literal["process", "thread"] = "process", *, idle_s: float = IDLE_S) -> Worker:
    """A worker for `Ingest`, with the limits of reliability.md; a thread has none of them."""
    return Worker(
        "parse",
        config={"confine": host == "process"},
        log_dir=log_dir,
        host=host,
        hang_s=PAGE_LIMIT_S,
        idle_s=idle_s,
        memory_limit_bytes=MEMORY_LIMIT_BYTES if host == "process" else 0,
    )
