"""How much room a store needs before it takes in more."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.errors import StoreFullError

# A rewrite needs the file once more, and what comes in meanwhile; the rest is for the system (reliability.md).
_AOF_TIMES = 2
_RESERVE_BYTES = 200 * 10**6


def free_space_floor(aof_bytes: int) -> int:
    """Bytes that must be free before an ingest or a rewrite: 2 × the store's file + 200 MB."""
    return _AOF_TIMES * aof_bytes + _RESERVE_BYTES


def require_space(folder: Path, aof_bytes: int) -> None:
    """Return when there is room for more.

    Args:
        folder: where the store's file lies.
        aof_bytes: its size (`StoreInfo.disk_bytes`).

    Raises:
        StoreFullError: below the floor; says how much to free.
    """
    free, floor = shutil.disk_usage(folder).free, free_space_floor(aof_bytes)
    if free < floor:
        raise StoreFullError(
            f"Only {free // 10**6} MB are free under {folder} and Scrubjay wants {floor // 10**6} MB before it takes "
            f"in more: free {(floor - free) // 10**6 + 1} MB. Asking and reading go on."
        )
