"""What `make run` still prepares while the window is open already (llama.cpp compiles for minutes, once).

make writes one line into the file that SCRUBJAY_PREPARING names, and deletes the file when all is there. Until
then questions wait, and the status line says why.
"""

from __future__ import annotations

import os
from pathlib import Path

from desktop.context import Context

VARIABLE = "SCRUBJAY_PREPARING"
LOOK_EVERY_S = 1.0
# A file that nobody touched for so long was left by a make that was stopped.
STALE_S = 30 * 60


def watch_preparation(context: Context) -> None:
    """Show what is being prepared until it is there; nothing where nothing is."""
    path = Path(os.environ.get(VARIABLE, "")) if os.environ.get(VARIABLE) else None
    if path is None or not path.exists():
        return
    context.bridge.prepared.clear()
    job = context.bridge.begin_job(path.read_text("utf-8").strip())

    async def wait() -> None:
        # Here, because the window is painted before it is imported.
        import asyncio

        try:
            while path.exists():  # noqa: ASYNC110 (a file, made by another program, has no event)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            context.bridge.prepared.set()
            context.bridge.end_job(job)

    job.task = context.bridge.spawn(wait(), "preparing")
