"""How long operations take, how often they fail, and any other figure worth a percentile.

    monitor = PerformanceMonitor()
    with monitor.track_operation("search"):
        ...
    monitor.record_metric("first_token", 182.0, unit="ms")
    monitor.get_report()["operations"]["search"]["p95_ms"]

Percentiles are exact over the last WINDOW values of each name, so that they tell how it is now and not how it
was this morning; counts, means and extremes are over all. Recording costs two microseconds and no memory that
grows: names beyond MAX_NAMES are counted together as "other".
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = ["PerformanceMonitor", "percentile"]

# Values that percentiles are taken from, per name; 8 kB each.
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
    """The values of one name."""

    __slots__ = ("count", "errors", "highest", "lowest", "recent", "total", "unit")

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.count = self.errors = 0
        self.total = self.highest = 0.0
        self.lowest = math.inf
        self.recent: deque[float] = deque(maxlen=WINDOW)

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.lowest, self.highest = min(self.lowest, value), max(self.highest, value)
        self.recent.append(value)

    def describe(self, suffix: str, *, percentiles: bool) -> dict[str, Any]:
        figures: dict[str, Any] = {
            "count": self.count,
            "errors": self.errors,
            f"mean{suffix}": self.total / self.count if self.count else 0.0,
            f"min{suffix}": self.lowest if self.count else 0.0,
            f"max{suffix}": self.highest,
        }
        if percentiles:
            ordered = sorted(self.recent)
            figures |= {f"p{p}{suffix}": percentile(ordered, p / 100) for p in (50, 95, 99)}
        return figures


class PerformanceMonitor:
    """Collects durations, figures and errors by name.

    Args:
        enable_detailed: keep values by name; without it only the totals of `get_summary` are kept.
        track_percentiles: tell p50, p95 and p99 of the last values.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        enable_detailed: bool = True,
        track_percentiles: bool = True,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._detailed, self._percentiles, self._clock = enable_detailed, track_percentiles, clock
        self._since = clock()
        self._operations: dict[str, _Series] = {}
        self._metrics: dict[str, _Series] = {}
        self._errors: deque[dict[str, str]] = deque(maxlen=MAX_ERRORS)
        self._n_operations = self._n_errors = 0
        self._busy_s = 0.0

    @contextmanager
    def track_operation(self, name: str) -> Iterator[None]:
        """Measure what happens within the block; an exception counts as an error and passes on."""
        began = self._clock()
        try:
            yield
        except Exception as exc:
            self.record_error(name, exc)
            raise
        finally:
            self.record_duration(name, self._clock() - began)

    def record_duration(self, name: str, seconds: float) -> None:
        """An operation took so long."""
        self._n_operations += 1
        self._busy_s += seconds
        if self._detailed:
            self._series(self._operations, name, "ms").add(seconds * 1000)

    def record_metric(self, name: str, value: float, unit: str = "") -> None:
        """Any figure, such as tokens per second; not a finite number is not recorded."""
        if self._detailed and math.isfinite(value):
            self._series(self._metrics, name, unit).add(value)

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
                name: series.describe("_ms", percentiles=self._percentiles)
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
            "since_s": self._clock() - self._since,
            "n_operations": n,
            "n_errors": self._n_errors,
            "error_share": self._n_errors / n if n else 0.0,
            "mean_ms": self._busy_s / n * 1000 if n else 0.0,
        }

    def _series(self, kind: dict[str, _Series], name: str, unit: str) -> _Series:
        if name not in kind and len(kind) >= MAX_NAMES:
            name = _OTHER
        return kind.setdefault(name, _Series(unit))
