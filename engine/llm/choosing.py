"""Which model is chosen, and how fast each one was here: the two small things about models that are kept.

The choice stands in settings.toml, so that it holds in every window and command of this data directory; what
is given with a command, or by the environment, comes before it. A model at a server is written as one text,
`URL#name`, because a server has many.

How fast a model answers is bounded by the memory: each token reads all active weights once. The bandwidth
of this computer is measured by copying once per start; the share of it that generations reach is learned
from the generations themselves, and for a model that ran here its own figure is taken.
"""

from __future__ import annotations

import contextlib
import json
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from engine.llm.fit import FitPlan, ModelShape

__all__ = ["Speeds", "chosen_model", "host_of", "is_url", "split_server"]

GUIDE = "guide"
# Copied to measure the bandwidth: more than any processor's cache. Reading and writing both count.
_COPY_BYTES = 64 << 20
_COPIES = 3
# The share of the bandwidth that llama.cpp reaches on a processor, until generations here say otherwise.
_FIRST_SHARE = 0.6
# What a token costs besides its weights: the layers' starts, the sampler, the way to the window.
_TOKEN_S = 0.002
_FILE = "model_speeds.json"
_BANDWIDTH = "bandwidth"


def chosen_model(data_dir: Path) -> str:
    """The model that settings.toml names, `guide` where it names none or cannot be read."""
    try:
        found = tomllib.loads((data_dir / "settings.toml").read_text("utf-8")).get("model")
    except (OSError, ValueError):
        return GUIDE
    return found.strip() if isinstance(found, str) and found.strip() else GUIDE


def is_url(choice: str) -> bool:
    """Whether a choice is the address of a server."""
    return "://" in choice


def split_server(choice: str) -> tuple[str, str]:
    """The address and the model's name of `URL#name`; the name is "" where there is none."""
    url, _, name = choice.partition("#")
    return url, name


def host_of(url: str) -> str:
    """Host and port of an address, for people."""
    try:
        return urlsplit(url).netloc or url
    except ValueError:
        return url


class Speeds:
    """How fast models answer on this computer; kept in a cache file.

    Args:
        folder: of caches.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._measured: dict[str, float] = _load(self._path)
        self._shares: dict[str, float] = {}
        self._bandwidth = self._measured.get(_BANDWIDTH, 0.0)
        self._is_measured = False

    def measure_bandwidth(self) -> float:
        """Bytes per second that the memory moves; blocking, 0.1 s the first time.

        The best that was ever measured: a computer with other things to do shows less than it has.
        """
        if not self._is_measured:
            source = np.ones(_COPY_BYTES, np.uint8)
            target = np.empty_like(source)
            best = float("inf")
            for _ in range(_COPIES):
                began = time.perf_counter()
                np.copyto(target, source)
                best = min(best, time.perf_counter() - began)
            self._bandwidth = max(self._bandwidth, 2 * _COPY_BYTES / best)
            self._measured[_BANDWIDTH] = self._bandwidth
            self._is_measured = True
            self._keep()
        return self._bandwidth

    def note(self, source: str, tokens_per_s: float, shape: ModelShape | None) -> None:
        """A model at this path generated so fast."""
        self._measured[source] = round(tokens_per_s, 2)
        if shape is not None and self._bandwidth and shape.active_bytes > _COPY_BYTES:
            self._shares[source] = tokens_per_s * shape.active_bytes / self._bandwidth
        self._keep()

    def _keep(self) -> None:
        with contextlib.suppress(OSError):
            self._path.touch(mode=0o600)
            self._path.write_text(json.dumps(self._measured), "utf-8")

    def limit(self, shape: ModelShape) -> float:
        """Tokens per second that the memory's bandwidth allows; blocking the first time."""
        return self.measure_bandwidth() / max(1, shape.active_bytes)

    def expect(self, plan: FitPlan, source: str, shape: ModelShape) -> FitPlan:
        """The plan with the speed that the model had, or may be expected to have; blocking the first time."""
        if source in self._measured:
            return replace(plan, tokens_per_s=self._measured[source], measured=True)
        shares = sorted(self._shares.values()) or [_FIRST_SHARE]
        token_s = 1 / (self.limit(shape) * shares[len(shares) // 2]) + _TOKEN_S
        return replace(plan, tokens_per_s=round(1 / token_s, 3))


def _load(path: Path) -> dict[str, float]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(k): float(v) for k, v in found.items() if isinstance(v, int | float)}
