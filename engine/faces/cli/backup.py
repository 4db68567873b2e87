"""`scrubjay backup` and `scrubjay restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.backup import restore_backup
from engine.engine import Engine
from engine.faces.cli.output import Invocation, errors_as_sentences, named_path, note, run, say, say_json

Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]


def backup(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Argument(help="A new file, or a folder; in the data folder if none.", parser=named_path),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write everything that lasts into one file: memories, documents, chats, settings."""

    async def work(engine: Engine) -> None:
        written = await engine.backup(path)
        say_json({"path": str(written)}) if as_json else say(str(written))
        if path is not None and not as_json:
            note("What you have forgotten later stays in this file, because it lies outside Scrubjay's folder.")

    run(context.obj, work, as_json=as_json)


def restore(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A file that `scrubjay backup` wrote.", parser=named_path)],
    as_json: Json = False,
) -> None:
    """Make an empty data folder (--data-dir) of a backup."""
    invocation: Invocation = context.obj
    with errors_as_sentences(as_json):
        folder = Path(invocation.settings().data_dir).expanduser().absolute()
        n_files = restore_backup(path, folder)
        say_json({"data_dir": str(folder), "files": n_files}) if as_json else note(f"Restored into {folder}.")
