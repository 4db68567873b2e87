"""Freed memory back to the system while nothing is done: glibc's allocator keeps it by itself.

Reading documents in leaves tens of megabytes of freed pages with the allocator, and so do the runs of a model. Giving
them back costs some milliseconds, and their next use a fault per page: after a pause that is nothing, after each run a
quarter of its time. Where the allocator is another one (macOS, Windows, musl) nothing happens here.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time

__all__ = ["Rest", "trim_memory"]

# A pause in the work; what comes right after it pays two milliseconds for its memory.
REST_S = 1.0


class Rest:
    """Gives freed memory back once nothing was done for REST_S. No thread waits while there is nothing to give back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used_at = 0.0
        self._waiting: threading.Timer | None = None
        self._is_over = False

    def begin(self) -> None:
        """Work begins, goes on or ends: the pause is counted from here."""
        with self._lock:
            self._used_at = time.monotonic()
            if self._waiting is None and not self._is_over:
                self._wait(REST_S)

    def end(self) -> None:
        """Nothing is given back any more; no thread is left."""
        with self._lock:
            self._is_over = True
            timer, self._waiting = self._waiting, None
        if timer is not None:
            timer.cancel()
            timer.join()

    def _wait(self, seconds: float) -> None:
        timer = self._waiting = threading.Timer(seconds, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        with self._lock:
            if self._waiting is None:
                return
            left = self._used_at + REST_S - time.monotonic()
            if left > 0:
                self._wait(left)
                return
            self._waiting = None
        trim_memory()


def trim_memory() -> None:
    """Give back now what this process has freed."""
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
    if trim is not None:
        trim(0)
