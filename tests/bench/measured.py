"""What the benchmarks of models share: a worker of one thread, an answer with its times, a ratio of rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from engine.llm.backend import Generated, Message, Piece, Sampling
from engine.llm.local import LocalBackend
from engine.system.figures import Figure


def create_backend(model: Path, folder: Path, n_ctx: int, **how: object) -> LocalBackend:
    """A model in its worker, on one thread."""
    return LocalBackend(model, log_dir=folder, n_ctx=n_ctx, n_threads=1, **how)


async def generate(
    backend: LocalBackend, messages: Sequence[Message], n: int, **how: object
) -> tuple[Generated, list[float]]:
    """The end of an answer and the time of each of its tokens."""
    times, end = [], None
    async for item in backend.generate(messages, Sampling(max_tokens=n), **how):
        if isinstance(item, Piece):
            times.append(time.perf_counter())
        end = item
    assert isinstance(end, Generated)
    return end, times


def ratio(name: str, ratios: Sequence[float], peer: str, bar: float, detail: str = "") -> Figure:
    """The median of the rounds, with all of them in the detail."""
    value = statistics.median(ratios)
    spread = ", ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
    return Figure(
        name, value, "×", peer, f"≥ {bar:g}", value >= bar, f"rounds {spread}" + (f"; {detail}" if detail else "")
    )
