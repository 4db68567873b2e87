"""Time as the engine sees it: passed in, so that a test can turn it."""

from __future__ import annotations

import time
from typing import Protocol

# The last moment that is believed, in ms since 1970: the end of 9998, so that it has a date in every time zone.
LAST_MS = 253_370_764_799_999


class Clock(Protocol):
    """Where every part of the engine reads the time."""

    def now_ms(self) -> int:
        """Wall clock, UTC, in milliseconds since 1970."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that only ever grow; their zero means nothing."""
        ...


class SystemClock:
    """The computer's own clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()


class FakeClock:
    """A clock that moves only when told to; for tests of TTL and decay."""

    def __init__(self, now_ms: int = 1_767_225_600_000) -> None:
        self._now_ms = now_ms
        self._monotonic_s = 0.0

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        self._now_ms += int(seconds * 1000)
        self._monotonic_s += seconds

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone, as a wrong time server does."""
        self._now_ms += int(seconds * 1000)
