"""How long operations take, how often they fail, and any other figure worth a percentile.

    monitor = PerformanceMonitor()
    with monitor.track_operation("search"):
        ...
    monitor.record_metric("first_token", 182.0, unit="ms")
    monitor.get_report()["operations"]["search"]["p95_ms"]

Percentiles are exact over the last WINDOW values of each name, so that they tell how it is now and not how it
was this morning; counts, means and extremes are over all. Recording is one append: a value waits in a list that
is added up when it is full or when somebody asks, so that a record costs a fraction of a microsecond and no
memory that grows. Names beyond MAX_NAMES are counted together as "other".
"""

from __future__ import annotations

import math
import time
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

__all__ = ["PerformanceMonitor", "percentile"]

# Values that percentiles are taken from, per name; 8 kB each, and as many again that wait to be added up.
WINDOW = 1024
MAX_NAMES = 200
MAX_ERRORS = 50
_OTHER = "other"


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0…1) of the ordered values do not exceed; 0.0 of none."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class _Series:
    """The values of one name.

    Attributes:
        waiting: values that are not added up yet; whoever appends the last of WINDOW calls `add_up`.
    """

    __slots__ = ("_count", "_highest", "_lowest", "_recent", "_total", "errors", "unit", "waiting")

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.errors = 0
        self.waiting: list[float] = []
        self._count, self._total = 0, 0.0
        self._highest, self._lowest = 0.0, math.inf
        self._recent = array("d")

    def add_up(self) -> None:
        """Count what waits."""
        if not self.waiting:
            return
        self._count += len(self.waiting)
        self._total += sum(self.waiting)
        self._lowest, self._highest = min(self._lowest, min(self.waiting)), max(self._highest, max(self.waiting))
        self._recent = (self._recent + array("d", self.waiting))[-WINDOW:]
        self.waiting.clear()

    def describe(self, suffix: str, *, percentiles: bool, scale: float = 1.0) -> dict[str, Any]:
        """Count, errors, mean, extremes and percentiles; values times the scale."""
        self.add_up()
        figures: dict[str, Any] = {
            "count": self._count,
            "errors": self.errors,
            f"mean{suffix}": scale * self._total / self._count if self._count else 0.0,
            f"min{suffix}": scale * self._lowest if self._count else 0.0,
            f"max{suffix}": scale * self._highest,
        }
        if percentiles:
            ordered = sorted(self._recent)
            figures |= {f"p{p}{suffix}": scale * percentile(ordered, p / 100) for p in (50, 95, 99)}
        return figures


class _Tracked(AbstractContextManager[None]):
    """Measures its block; a class, because a generator would cost more than the record."""

    __slots__ = ("_began", "_monitor", "_name")

    def __init__(self, monitor: PerformanceMonitor, name: str) -> None:
        self._monitor, self._name = monitor, name

    def __enter__(self) -> None:
        self._began = self._monitor.clock()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        monitor = self._monitor
        if error is not None and isinstance(error, Exception):
            monitor.record_error(self._name, error)
        monitor.record_duration(self._name, monitor.clock() - self._began)


class PerformanceMonitor:
    """Collects durations, figures and errors by name.

    Args:
        enable_detailed: keep values by name; without it only the totals of `get_summary` are kept.
        track_percentiles: tell p50, p95 and p99 of the last values.
        clock: seconds, never going back.

    Attributes:
        clock: as given.
    """

    def __init__(
        self,
        enable_detailed: bool = True,
        track_percentiles: bool = True,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._detailed, self._percentiles, self.clock = enable_detailed, track_percentiles, clock
        self._since = clock()
        self._operations: dict[str, _Series] = {}
        self._metrics: dict[str, _Series] = {}
        self._errors: deque[dict[str, str]] = deque(maxlen=MAX_ERRORS)
        self._n_operations = self._n_errors = 0
        self._busy_s = 0.0

    def track_operation(self, name: str) -> AbstractContextManager[None]:
        """Measure what happens within the block; an exception counts as an error and passes on."""
        return _Tracked(self, name)

    def record_duration(self, name: str, seconds: float) -> None:
        """An operation took so long."""
        self._n_operations += 1
        self._busy_s += seconds
        if self._detailed:
            series = self._operations.get(name) or self._series(self._operations, name, "ms")
            series.waiting.append(seconds)
            if len(series.waiting) >= WINDOW:
                series.add_up()

    def record_metric(self, name: str, value: float, unit: str = "") -> None:
        """Any figure, such as tokens per second; not a finite number is not recorded."""
        try:
            is_finite = -math.inf < value < math.inf
        except TypeError:  # "fast": a figure that is none must not end the work that it is about
            return
        if self._detailed and is_finite:
            series = self._metrics.get(name) or self._series(self._metrics, name, unit)
            series.waiting.append(float(value))
            if len(series.waiting) >= WINDOW:
                series.add_up()

    def record_error(self, name: str, error: BaseException | str) -> None:
        """An operation failed; the newest errors are kept with their words."""
        self._n_errors += 1
        kind = type(error).__name__ if isinstance(error, BaseException) else "error"
        self._errors.append({"name": name, "kind": kind, "sentence": str(error)[:300]})
        if self._detailed:
            self._series(self._operations, name, "ms").errors += 1

    def get_report(self) -> dict[str, Any]:
        """Everything by name: counts, means, extremes, percentiles, and the newest errors, newest last."""
        return {
            **self.get_summary(),
            "operations": {
                name: series.describe("_ms", percentiles=self._percentiles, scale=1000)
                for name, series in sorted(self._operations.items())
            },
            "metrics": {
                name: {**series.describe("", percentiles=self._percentiles), "unit": series.unit}
                for name, series in sorted(self._metrics.items())
            },
            "last_errors": list(self._errors),
        }

    def get_summary(self) -> dict[str, Any]:
        """Totals: since when, how many operations and errors, how long they took in all."""
        n = self._n_operations
        return {
            "since_s": self.clock() - self._since,
            "n_operations": n,
            "n_errors": self._n_errors,
            "error_share": self._n_errors / n if n else 0.0,
            "mean_ms": self._busy_s / n * 1000 if n else 0.0,
        }

    def _series(self, kind: dict[str, _Series], name: str, unit: str) -> _Series:
        if name not in kind and len(kind) >= MAX_NAMES:
            name = _OTHER
        return kind.setdefault(name, _Series(unit))
