"""The memory panel over 65,000 entries, every tier full: how late the loop comes round while somebody works in it.

python memories_child.py DIR      → {"first_page_ms": …, "searched_ms": …, "late_ms": {"p50": …, "p99": …}}
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.window_child import _beats, _until, opened  # noqa: E402

SCROLL_S = 6.0
# Rows that a turn of the wheel passes, and how often a second it turns.
ROWS, TURNS_PER_S = 12, 60


async def fill(data_dir: Path) -> None:
    """Write the entries through the store, as an import does."""
    from engine import Engine, Settings
    from tests.bench.bench_memory import _write_vectors

    async with Engine.open(Settings(data_dir=data_dir)) as engine:
        for tier, n in (("semantic", 50), ("long_term", 10), ("episodic", 5)):
            for number in range(n):
                await _write_vectors(engine._service, 1000, n + number, tier)
        await engine._service.search.feed.caught_up()


async def work(window: Any) -> dict[str, Any]:
    """Open the panel, scroll through it, search, choose a tier."""
    panel: Any = None

    def loaded() -> bool:
        return panel.model.rowCount() > 0 and panel.model.entry(0) is not None

    began = time.perf_counter()
    panel = window.open_panel("memory")
    await _until(loaded)
    first_page_ms = (time.perf_counter() - began) * 1000
    rows = panel.model.rowCount()
    late, _ = await asyncio.gather(_beats(SCROLL_S), _scroll(panel, SCROLL_S))
    beats = asyncio.create_task(_beats(SCROLL_S))
    searched_ms = await _answered(panel, lambda: panel.search.setText("name17 boiler"))
    panel.search.setText("")
    await asyncio.sleep(1)
    tier_ms = await _answered(panel, lambda: panel.model.show(tier="long_term"))
    return {
        "rows": rows, "first_page_ms": first_page_ms, "searched_ms": searched_ms, "tier_ms": tier_ms,
        "scrolling_ms": late, "filtering_ms": await beats,
    }  # fmt: skip


async def _scroll(panel: Any, seconds: float) -> None:
    """Turn the wheel, and jump with the bar once a second."""
    bar = panel.table.verticalScrollBar()
    end, turn = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        turn += 1
        jump = turn % TURNS_PER_S == 0
        bar.setValue((bar.maximum() * (turn * 7 % 61)) // 61 if jump else bar.value() + ROWS * bar.singleStep())
        await asyncio.sleep(1 / TURNS_PER_S)


async def _answered(panel: Any, ask: Callable[[], object]) -> float:
    """Milliseconds until the first page of what was asked for is there."""
    done = asyncio.Event()
    panel.model.loaded.connect(lambda total: done.set())
    began = time.perf_counter()
    ask()
    await asyncio.wait_for(done.wait(), 30)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    asyncio.run(fill(Path(sys.argv[1])))
    opened(Path(sys.argv[1]), work)
