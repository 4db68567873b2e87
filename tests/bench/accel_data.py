"""Vectors that look like embeddings, columns around them, and rounds of contenders that take turns."""

from __future__ import annotations

import ctypes
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import accel

DIM = 384
HALF_LIVES_S = (300.0, 1800.0, 3 * 86400.0, 10 * 86400.0, 0.0)
NOW_S = 200_000_000


def embeddings(n: int, seed: int = 0) -> np.ndarray:
    """(n, 384) float32 rows of L2 norm 1 in clusters of uneven size, a few directions stronger than the rest."""
    rng = np.random.default_rng(seed)
    shape = np.random.default_rng(12345)
    axes = shape.standard_normal((64, DIM)) / np.sqrt(1 + np.arange(64))[:, None]
    centres = shape.standard_normal((1000, 64))
    parts = []
    for start in range(0, n, 20_000):
        m = min(20_000, n - start)
        inner = centres[rng.choice(1000, m, p=_sizes())] + 0.7 * rng.standard_normal((m, 64))
        x = (inner @ axes + 0.35 * rng.standard_normal((m, DIM))).astype(np.float32)
        parts.append(x / np.linalg.norm(x, axis=1, keepdims=True))
    return np.concatenate(parts)


def _sizes() -> np.ndarray:
    return np.random.default_rng(54321).dirichlet(np.full(1000, 0.5))


@dataclass(frozen=True)
class Table:
    """Columns as a memory of five tiers has them, with the vectors that their codes were made of."""

    vectors: np.ndarray
    columns: accel.Columns
    queries: np.ndarray

    @classmethod
    def create(cls, n: int, n_queries: int) -> Table:
        rng = np.random.default_rng(1)
        vectors = embeddings(n)
        columns = accel.Columns(
            *accel.encode(vectors),
            importance=rng.random(n, dtype=np.float32),
            last_use_s=(NOW_S - rng.exponential(5 * 86400.0, n)).astype(np.int32),
            tags=rng.integers(0, 5, n).astype(np.uint32) | (16 << rng.integers(0, 3, n)).astype(np.uint32),
            owner=rng.integers(0, 4, n).astype(np.uint32),
            created_s=(NOW_S - rng.exponential(20 * 86400.0, n)).astype(np.int32),
        )
        return cls(vectors, columns, embeddings(n_queries, seed=2))


Calls = Sequence[Callable[[], object]]


# A round counts if reading memory before and after it was at least so fast, of the fastest that was seen.
UNDISTURBED = 0.85
# Rounds that are tried, at most, as a multiple of those that are wanted.
_PATIENCE = 3
_PROBE_BYTES = 64 << 20


def race(contenders: dict[str, Calls], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of one call of each contender, by round; they take turns, after one turn that does not count.

    A turn makes all calls and counts for their median. All contenders run in this thread alone; its CPU time is
    the wall's on an idle computer, and on a busy one it leaves out what other programs took from whoever
    happened to be running. It does not leave out that they slow memory down: so the speed of reading is measured
    before and after each round, and rounds in which it fell are discarded; where there are too few others, the
    least disturbed count.
    """
    probe = np.ones(_PROBE_BYTES, np.uint8).view(np.int8)
    for calls in contenders.values():
        for call in calls:
            call()
    tried: list[tuple[float, dict[str, float]]] = []
    fastest = before = _reading_speed(probe)
    for _ in range(_PATIENCE * rounds):
        turn = {name: statistics.median(_seconds(call) for call in calls) for name, calls in contenders.items()}
        after = _reading_speed(probe)
        tried.append((min(before, after), turn))
        fastest, before = max(fastest, after), after
        if sum(speed >= UNDISTURBED * fastest for speed, _ in tried) >= rounds:
            break
    kept = sorted(tried, key=lambda one: -one[0])[:rounds]
    return {name: [turn[name] for _, turn in kept] for name in contenders}


def _reading_speed(array: np.ndarray) -> float:
    """Bytes per CPU second of one pass over an array, the best of three."""
    return array.nbytes / min(_seconds(lambda: read_bytes(array)) for _ in range(3))


def _seconds(call: Callable[[], object]) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start


def ratio(times: dict[str, list[float]], slower: str, faster: str) -> tuple[float, str]:
    """The median over the rounds of slower ÷ faster, and the spread in words."""
    ratios = sorted(a / b for a, b in zip(times[slower], times[faster], strict=True))
    spread = ", ".join(f"{value:.2f}" for value in ratios)
    return statistics.median(ratios), f"rounds {spread}"


def milliseconds(times: dict[str, list[float]], name: str) -> str:
    """The median of one call."""
    return f"{name} {statistics.median(times[name]) * 1e3:.3f} ms"


def read_bytes(array: np.ndarray) -> None:
    """Read an array as fast as this computer can: the C library looks for a byte that is not there."""
    memchr = ctypes.CDLL(None).memchr
    memchr.argtypes, memchr.restype = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t], ctypes.c_void_p
    assert memchr(array.ctypes.data, 0x80, array.nbytes) is None


def memory_mb(field: str) -> float:
    """A figure of /proc/self/status: RssAnon is what this process alone holds, VmHWM the most it ever held."""
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None
    return int(found.group(1)) / 1024


def forget_peak() -> None:
    """Let VmHWM start from what is held now."""
    Path("/proc/self/clear_refs").write_text("5")
