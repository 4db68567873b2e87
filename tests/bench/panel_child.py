"""Opens the window with the resource panel in front and a model in memory; prints what a minute at rest costs.

python -m tests.bench.panel_child DATA SECONDS      → {"percent": …, "readings": …} of processor time of a core
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync

from desktop.app import create_application, create_window, open_engine
from desktop.main_window import MainWindow
from tests.bench.window_child import end

SETTLE_S = 6.0


async def measure(window: MainWindow, seconds: float) -> None:
    """Ask once, so that there is something to show; wait; count."""
    while window.bridge.engine is None:
        await asyncio.sleep(0.05)
    async for _ in window.bridge.engine.ask("What is 12 * 12?"):
        pass
    panel = window.open_panel("resources")
    await asyncio.sleep(SETTLE_S)
    readings, began, spent = panel.n_read, time.monotonic(), time.process_time()  # type: ignore[attr-defined]
    await asyncio.sleep(seconds)
    spent, took = time.process_time() - spent, time.monotonic() - began
    window.open_panel("chat")
    await asyncio.sleep(1)
    rest_began, rest = time.monotonic(), time.process_time()
    await asyncio.sleep(seconds)
    rest, rest_took = time.process_time() - rest, time.monotonic() - rest_began
    found = {
        "percent": 100 * spent / took,
        "without": 100 * rest / rest_took,
        "readings": panel.n_read - readings,  # type: ignore[attr-defined]
    }
    sys.stdout.write(json.dumps(found) + "\n")
    await window.bridge.aclose()


def main() -> None:
    """Run on Qt's offscreen platform."""
    app = create_application([])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    window = create_window(app, Path(sys.argv[1]))
    window.show()
    open_engine(window)
    with loop:
        loop.run_until_complete(measure(window, float(sys.argv[2])))
    end(app, window)


if __name__ == "__main__":
    main()
