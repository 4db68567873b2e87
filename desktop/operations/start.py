"""What happens when the engine has opened: the sample document, news of the store, a word after a crash."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from desktop.context import Context
from resources import resource_path

if TYPE_CHECKING:
    from engine import Engine

SAMPLE = "Welcome to Scrubjay.pdf"


def after_first_opening(context: Context) -> None:
    """Read the sample document at the very first start; say if the last one ended badly."""
    _warm(context)
    _read_sample(context)
    context.state.set("ended_badly", True if context.state.get("running") else None)
    if context.state.get("ended_badly"):
        context.frame.offer(
            QCoreApplication.translate(
                "Start", "Scrubjay did not end properly last time. Everything that was saved is here."
            ),
            QCoreApplication.translate("Start", "What happened"),
            context.actions["help.report"].trigger,
        )
    context.state.set("running", True)


def follow_changes(context: Context) -> None:
    """Tell the panels what changes, here and in other processes; after each opening of the engine."""

    def changes(engine: Engine) -> AsyncGenerator[Any, None]:
        return engine.changes(after=context.bridge.opened_at)

    context.bridge.stream(changes, lambda change: context.bridge.changed.emit(change.kind, change.id, change.what))


def _warm(context: Context) -> None:
    async def warm(engine: Engine) -> None:
        await context.bridge.prepared.wait()
        await engine.warm()

    # What is missing is said when something is asked.
    context.bridge.run(warm, failed=lambda _: None)


def _read_sample(context: Context) -> None:
    sample = resource_path("sample", SAMPLE)
    if context.state.get("sample_read") or not sample.exists():
        return

    async def read(engine: Engine) -> None:
        if not await engine.documents.list():
            await engine.ingest([sample])

    context.bridge.run(read, lambda _: context.state.set("sample_read", True))
