"""Is the computer's clock to be believed? Asked before anything expires.

A wrong clock must not delete a memory. The owner writes down the time it saw last; when the clock is then
somewhere that the passing of time does not explain, nothing expires and nothing is purged until the clock
is back or the person says that it is right. Within a process the passing of time is known (the monotonic
clock); between two runs a computer may have been off, so only a long absence is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.clock import Clock
from engine.store.store import Store, Transaction

# A clock that went ahead by less than this beyond what we can explain is believed: a weekend off or asleep.
AHEAD_MS = 4 * 86_400_000
# Clocks are set back by seconds (time servers); an hour is somebody's hand.
BACK_MS = 3_600_000
# What is seen is written down at most so often; a kill loses no more than this of it.
_WRITE_EVERY_MS = 600_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class ClockState:
    """Whether the clock is believed.

    Attributes:
        seen_ms: the last time that was believed.
        now_ms: what the clock says.
    """

    seen_ms: int
    now_ms: int
    believed: bool

    def to_public(self) -> dict[str, Any]:
        """For people and other programs: `{believed, seen_ms, now_ms, sentence}`."""
        days = (self.now_ms - self.seen_ms) / _DAY_MS
        where = f"{abs(days):.0f} days {'ahead of' if days > 0 else 'behind'}"
        sentence = (
            ""
            if self.believed
            else f"The computer's clock is {where} where it was last; no memory expires until you say that it is right."
        )
        return {"believed": self.believed, "seen_ms": self.seen_ms, "now_ms": self.now_ms, "sentence": sentence}


class LastSeen:
    """The last time that was believed, kept in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._seen_ms: int | None = None
        self._seen_s = 0.0
        self._written_ms = 0

    async def look(self) -> ClockState:
        """Look at the clock; what is believed becomes the last time seen."""
        now, now_s = self._clock.now_ms(), self._clock.monotonic_s()
        if self._seen_ms is None:
            self._seen_ms, self._seen_s = await self._last_written(now), now_s
        expected = self._seen_ms + int((now_s - self._seen_s) * 1000)
        believed = expected - BACK_MS <= now <= expected + AHEAD_MS
        if believed:
            await self._believe(now)
            return ClockState(now, now, True)
        return ClockState(expected, now, False)

    async def _last_written(self, now: int) -> int:
        """What was seen in an earlier run. One that was killed before it looked has its last change of a memory."""
        keys = self._store.keys
        if record := await self._store.get(keys.clock):
            return int(record["seen_ms"])
        changes = await self._store.range(keys.undo, limit=1, newest_first=True)
        return int(changes[0][1]) if changes else now

    async def accept(self) -> ClockState:
        """The person says that the clock is right."""
        now = self._clock.now_ms()
        await self._believe(now)
        await self._store.barrier()
        return ClockState(now, now, True)

    async def _believe(self, now: int) -> None:
        self._seen_ms, self._seen_s = now, self._clock.monotonic_s()
        if abs(now - self._written_ms) < _WRITE_EVERY_MS:
            return
        self._written_ms = now
        transaction = Transaction()
        transaction.put(self._store.keys.clock, {"seen_ms": now})
        await self._store.commit(transaction)
