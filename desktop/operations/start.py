"""What happens once when the engine has opened: the sample document, news of the store, a word after a crash."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from desktop.context import Context
from resources import resource_path

if TYPE_CHECKING:
    from engine import Engine

SAMPLE = "Welcome to Scrubjay.pdf"


def after_opening(context: Context) -> None:
    """Follow changes, read the sample document at the very first start, say if the last one ended badly."""
    _follow_changes(context)
    _read_sample(context)
    if context.state.get("running"):
        context.frame.say(
            QCoreApplication.translate(
                "Start", "Scrubjay did not end properly last time. Everything that was saved is here."
            )
        )
    context.state.set("running", True)


def _follow_changes(context: Context) -> None:
    def changes(engine: Engine) -> AsyncGenerator[Any, None]:
        return engine.changes()

    context.bridge.stream(changes, lambda change: context.bridge.changed.emit(*change))


def _read_sample(context: Context) -> None:
    sample = resource_path("sample", SAMPLE)
    if context.state.get("sample_read") or not sample.exists():
        return

    async def read(engine: Engine) -> None:
        if not await engine.documents.list():
            await engine.ingest([sample])

    context.bridge.run(read, lambda _: context.state.set("sample_read", True))
