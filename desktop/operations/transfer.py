"""Memories into a file and out of one; everything into a backup."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale, QUrl
from PySide6.QtGui import QDesktopServices

from desktop.bridge import Job
from desktop.context import Context

if TYPE_CHECKING:
    from engine import Engine

# How often a backup that is written is looked at.
LOOK_EVERY_S = 0.2


def tr(text: str) -> str:
    return QCoreApplication.translate("Transfer", text)


def export_memories(context: Context, path: str) -> Job:
    """Write all memories into a file; one that is there is replaced when the new one is whole."""

    async def work(engine: Engine) -> int:
        return await _write(engine, path, job)

    def told(n: int) -> None:
        words = tr("1 memory is in {name}") if n == 1 else tr("{n} memories are in {name}")
        sentence = words.format(n=QLocale().toString(n), name=os.path.basename(path))
        folder = QUrl.fromLocalFile(os.path.dirname(os.path.abspath(path)))
        context.frame.offer(sentence, tr("Show in folder"), lambda: QDesktopServices.openUrl(folder))

    job = context.bridge.run(work, told, title=tr("Exporting memories"))
    return job


async def _write(engine: Engine, path: str, job: Job) -> int:
    from engine.errors import UsageError

    unfinished = f"{path}.part"
    n = -2  # the first and the last line are no memories
    try:
        # What is remembered is nobody else's business: 0600 from the first byte.
        with open(unfinished, "w", encoding="utf-8", opener=_open_private) as file:  # noqa: ASYNC230 (buffered)
            total = 0
            async with contextlib.aclosing(engine.memory.export()) as lines:
                async for line in lines:
                    total = total or json.loads(line)["n_entries"]
                    file.write(line + "\n")
                    n += 1
                    job.report(max(0, n), total)
        os.replace(unfinished, path)
    except OSError as exc:
        raise UsageError(tr("{path} cannot be written ({why}).").format(path=path, why=exc.strerror or exc)) from exc
    finally:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)
    return n


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def back_up(context: Context, path: str) -> Job:
    """Write everything that lasts into a file; one that is there is replaced when the new one is whole."""
    fresh = f"{path}.new"

    async def work(engine: Engine) -> int:
        import asyncio

        watching = asyncio.create_task(_watch_backup(job, context.data_dir, f"{fresh}.unfinished"))
        try:
            # What an earlier one left that was killed.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(fresh)
            await engine.backup(Path(fresh))
            os.replace(fresh, path)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        return _size_of(path)

    def told(size_bytes: int) -> None:
        size = QLocale().formattedDataSize(size_bytes, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)
        sentence = tr(
            "{name} ({size}) holds your chats, memories, the text of your documents and the settings. What you forget "
            "later stays in it."
        ).format(name=os.path.basename(path), size=size)
        folder = QUrl.fromLocalFile(os.path.dirname(os.path.abspath(path)))
        context.frame.offer(sentence, tr("Show in folder"), lambda: QDesktopServices.openUrl(folder))

    job = context.bridge.run(work, told, title=tr("Backing up everything"))
    return job


async def _watch_backup(job: Job, data_dir: Path, unfinished: str) -> None:
    """Say how much is written; the store's files are packed, so that the last part goes by quickly."""
    import asyncio

    total = sum(file.stat().st_size for file in (data_dir / "redis").rglob("*") if file.is_file())
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        with contextlib.suppress(OSError):
            job.report(min(_size_of(unfinished), total), total)


def _size_of(path: str) -> int:
    return os.path.getsize(path)


def import_memories(context: Context, path: str) -> Job:
    """Take in the memories of a file, with undo; what is known already stays as it is."""

    def moved(report: dict[str, Any]) -> None:
        job.report(report["added"] + report["known"] + report["damaged"], report["total"])

    def told(report: dict[str, Any]) -> None:
        sentence = outcome(report)
        change = report["change_id"]
        if report["added"] and change:
            context.frame.offer_undo(sentence, lambda: _undo(context, change))
        else:
            context.frame.say(sentence)

    job = context.bridge.run(
        lambda engine: engine.memory.take_in(path, progress=moved), told, title=tr("Importing memories")
    )
    return job


def outcome(report: dict[str, Any]) -> str:
    """What became of a file, in a sentence or two."""
    parts = [_counted(report["added"], tr("1 memory was added."), tr("{n} memories were added."))]
    if report["known"]:
        parts.append(_counted(report["known"], tr("1 was known already."), tr("{n} were known already.")))
    if report["damaged"]:
        one, many = tr("1 is damaged and was left out."), tr("{n} are damaged and were left out.")
        parts.append(_counted(report["damaged"], one, many))
    if report["over"]:
        one, many = tr("1 more than fits goes to the trash."), tr("{n} more than fit go to the trash.")
        parts.append(_counted(report["over"], one, many))
    if not report["complete"]:
        parts.append(tr("The file is not whole: some of what was exported is missing."))
    return " ".join(parts)


def _counted(n: int, one: str, many: str) -> str:
    return one if n == 1 else many.format(n=QLocale().toString(n))


def _undo(context: Context, change_id: str) -> Job:
    return context.bridge.run(
        lambda engine: engine.memory.undo(change_id), lambda change: context.frame.say(change.sentence)
    )
