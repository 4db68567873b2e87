"""How often a model ended its worker lately; kept in a cache file, because each command may be a process of its own.

Three times within ten minutes is a model that does not work here as it is loaded: what can be done instead is
offered (engine.models_service). A worker that ends three times within one minute is not even started again
(engine.processes.worker); a large model that reads for long before it ends takes more than a minute for three.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["STRIKES", "Strikes"]

STRIKES = 3
WINDOW_S = 600.0
_FILE = "strikes.json"


class Strikes:
    """The ends of workers by the source of their model.

    Args:
        folder: of caches.
        now: seconds, the same in every process.
    """

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._path, self._now = folder / _FILE, now

    def note(self, source: str) -> bool:
        """A worker ended with this model; whether that was too often. Blocking."""
        times = self._load()
        times[source] = [*times.get(source, []), self._now()][-STRIKES:]
        self._keep(times)
        return len(times[source]) == STRIKES

    def is_out(self, source: str) -> bool:
        """Whether a model ended its worker too often lately. Blocking."""
        return len(self._load().get(source, [])) == STRIKES

    def forget(self, source: str) -> None:
        """Something changed: it may be tried again. Blocking."""
        times = self._load()
        if times.pop(source, None):
            self._keep(times)

    def _load(self) -> dict[str, list[float]]:
        """What is not older than the window."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
            since, now = self._now() - WINDOW_S, self._now()
            kept = {str(k): [float(t) for t in v if since < float(t) <= now] for k, v in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
        return {source: times for source, times in kept.items() if times}

    def _keep(self, times: dict[str, list[float]]) -> None:
        with contextlib.suppress(OSError):
            self._path.touch(mode=0o600)
            self._path.write_text(json.dumps(times), "utf-8")
