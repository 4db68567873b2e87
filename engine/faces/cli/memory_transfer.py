"""`scrubjay memory export` and `import`: all memories as a file, and back."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from engine.engine import Engine
from engine.errors import UsageError
from engine.faces.cli.output import named_path, note, run, say, say_json, stderr

# The name that means standard input or output.
_STANDARD = Path("-")
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]


def export(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Argument(help="A new file; standard output if none is given, or -.", parser=named_path),
    ] = None,
    force: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
) -> None:
    """Write all memories as JSON Lines, with vectors and checksums."""

    target = None if path == _STANDARD else path

    async def work(engine: Engine) -> None:
        if target is not None and target.exists() and not force:
            raise UsageError(f"{target} is there already; say --force to replace it.")
        n = await _write_lines(engine, target)
        if target is not None:
            note(f"{n} memories are in {target}.")

    run(context.obj, work)


async def _write_lines(engine: Engine, path: Path | None) -> int:
    n = -2  # the first and the last line are no memories
    try:
        # A memory is nobody else's business: 0600 from the first byte.
        file = sys.stdout if path is None else open(path, "w", encoding="utf-8", opener=_open_private)  # noqa: ASYNC230, SIM115
        async with contextlib.aclosing(engine.memory.export()) as lines:
            async for line in lines:
                file.write(line + "\n")
                n += 1
        if path is not None:
            file.close()
    except OSError as exc:
        raise UsageError(f"{path or 'The output'} cannot be written ({exc.strerror or exc}).") from exc
    return n


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def take_in(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(help="A file that `memory export` wrote; - reads standard input.", parser=named_path),
    ],
    as_json: Json = False,
) -> None:
    """Take in memories from an export; what is known already stays as it is."""

    given = _read_standard() if path == _STANDARD else b""

    async def work(engine: Engine) -> int:
        with _bar(shown=not as_json) as move, _file_of(engine, path, given) as file:
            report = await engine.memory.take_in(file, progress=move)
        if as_json:
            say_json(report)
        else:
            say(f"Added {report['added']}, known already {report['known']}, damaged {report['damaged']}.")
            for problem in report["problems"]:
                note(problem)
            if report["over"]:
                note(f"That is more than fits: the {report['over']} least important go to the trash, for 30 days.")
            if not report["complete"]:
                note("The file is not whole: some of what was exported is missing.")
        return 0 if report["complete"] and not report["damaged"] else 1

    run(context.obj, work, as_json=as_json)


def _read_standard() -> bytes:
    """All of standard input, read before the data are opened: others may ask for them meanwhile."""
    return sys.stdin.buffer.read() if sys.stdin is not None else b""


@contextlib.contextmanager
def _file_of(engine: Engine, path: Path, given: bytes) -> Iterator[Path]:
    """The file to take in: who owns the data reads it, which may be another process, so it has to have a name."""
    if path != _STANDARD:
        yield path
        return
    folder = Path(engine.settings.data_dir).expanduser() / "cache"
    handle, name = tempfile.mkstemp(prefix="import-", suffix=".jsonl", dir=folder)
    try:
        with open(handle, "wb") as file:
            file.write(given)
        yield Path(name)
    finally:
        os.unlink(name)


@contextlib.contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[dict[str, Any]], None]]:
    """The progress of an import on a terminal; prints nothing elsewhere."""
    columns = (TextColumn("{task.completed} of {task.total}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, disable=not (shown and stderr.is_terminal), transient=True) as bar:
        task = bar.add_task("", total=None)

        def move(report: dict[str, Any]) -> None:
            done = report["added"] + report["known"] + report["damaged"]
            bar.update(task, completed=done, total=report["total"] or None)

        yield move
