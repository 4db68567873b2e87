"""The last minute of figures: differences of counters become rates, rates become lines of a plot."""

from __future__ import annotations

from collections import deque
from typing import Any

WINDOW_S = 60.0
# Tokens per second; a limit above it is that of a tiny model and would press every other line to the ground.
HIGHEST_LIMIT = 1000.0


class History:
    """Keeps samples of the last WINDOW_S by name; a name that has gone stays until its samples are old."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[tuple[float, float]]] = {}
        self._counters: dict[str, tuple[float, float]] = {}
        self.now = 0.0

    def add(self, name: str, at_s: float, value: float) -> None:
        """A value at a time; times never go back."""
        self.now = max(self.now, at_s)
        line = self._lines.setdefault(name, deque())
        line.append((at_s, value))

    def rate(self, name: str, at_s: float, counter: float) -> float | None:
        """What a counter grew by per second since it was last told, 0 where it began anew; None the first time."""
        before = self._counters.get(name)
        self._counters[name] = (at_s, counter)
        if before is None or at_s <= before[0]:
            return None
        return max(0.0, (counter - before[1]) / (at_s - before[0]))

    def trim(self) -> None:
        """Forget what is older than the window."""
        oldest = self.now - WINDOW_S
        for name in list(self._lines):
            line = self._lines[name]
            while line and line[0][0] < oldest:
                line.popleft()
            if not line:
                del self._lines[name]

    def line(self, name: str) -> tuple[list[float], list[float]]:
        """Seconds before now (negative) and values, oldest first."""
        points = self._lines.get(name, ())
        return [at - self.now for at, _ in points], [value for _, value in points]

    def names(self, prefix: str) -> list[str]:
        """Names that begin so, in the order in which they came."""
        return [name for name in self._lines if name.startswith(prefix)]


def _line_of(row: dict[str, Any]) -> str:
    """A line for each process: of several models each has its own."""
    return f"{row['kind']}/{row['name']}" if row.get("name") else str(row["kind"])


def _limit_of(models: list[dict[str, Any]]) -> float:
    """What memory allows the model that writes, else those that are loaded; 0 where that says nothing."""
    for state in ("thinking", "ready"):
        limits = [m["limit_per_s"] for m in models if m["state"] == state and 0 < m["limit_per_s"] < HIGHEST_LIMIT]
        if limits:
            return float(max(limits))
    return 0.0


def add_figures(history: History, figures: dict[str, Any]) -> dict[str, float]:
    """Put one reading into the history; returns the rates: cpu (cores in use) and tokens per second."""
    at = figures["at_s"]
    cores = 0.0
    for row in figures["processes"]:
        used = history.rate(f"cpu_s/{row['pid']}", at, row["cpu_s"])
        if used is not None:
            cores += used
            history.add(f"cpu/{_line_of(row)}", at, used * 100)
        history.add(f"memory/{_line_of(row)}", at, row["memory_bytes"] / (1 << 20))
    for number, gpu in enumerate(figures.get("gpus", ())):
        history.add(f"gpu/{number} {gpu['name']}", at, gpu["used_share"] * 100)
    for name, key in (("kept", "n_reused"), ("read", "n_prefilled")):
        grown = history.rate(name, at, sum(model[key] for model in figures["models"]))
        if grown is not None:
            history.add(f"prompt/{name}", at, grown)
    limit = _limit_of(figures["models"])
    if limit:
        history.add("tokens/limit", at, limit)
    tokens = history.rate("tokens", at, sum(model["n_generated"] for model in figures["models"]))
    if tokens is not None:
        history.add("tokens/generated", at, tokens)
    history.trim()
    return {"cores": cores, "tokens": tokens or 0.0}
