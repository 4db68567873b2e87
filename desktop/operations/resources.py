"""What the resource panel asks of the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from desktop.bridge import Job
from desktop.context import Context

if TYPE_CHECKING:
    from engine import Engine


def read_figures(
    context: Context,
    done: Callable[[dict[str, Any]], None],
    *,
    with_report: bool,
    failed: Callable[[Exception], None],
    owner: QObject,
) -> Job:
    """The figures of now, with the model that questions go to; the report of operations under `report` if asked."""

    async def work(engine: Engine) -> dict[str, Any]:
        figures = await engine.monitor.figures()
        states = await engine.models.states()
        figures["chosen"] = {"source": states.source, "name": states.name, "state": states.state}
        if with_report:
            figures["report"] = await engine.monitor.report()
        return figures

    return context.bridge.run(work, done, failed=failed, owner=owner)
