"""`scrubjay COMMAND`: the options before the command, and the list of groups."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from engine.faces.cli import ask, backup, bench, chats, doctor, documents, memory, models
from engine.faces.cli.output import EXIT_FAILED, EXIT_USAGE, Invocation, note

app = typer.Typer(
    name="scrubjay",
    help="A private assistant: reads your documents, remembers, answers with the place it found.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("ask")(ask.ask)
app.command("ingest")(documents.ingest)
app.command("search")(documents.search)
app.add_typer(documents.app, name="documents")
app.add_typer(memory.app, name="memory")
app.add_typer(chats.app, name="chats")
app.add_typer(models.app, name="models")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("doctor")(doctor.doctor)
app.command("bench")(bench.bench)


def _show_version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"scrubjay {version('scrubjay')}")
        except PackageNotFoundError:
            typer.echo("scrubjay (not installed)")
        raise typer.Exit


def _named_folder(name: str | None) -> str | None:
    """The name of a folder; an empty one, as an unset variable of a script leaves it, would be the current folder."""
    if name is not None and not name.strip():
        note("The folder after --data-dir has no name; write one, or leave --data-dir out.")
        raise typer.Exit(EXIT_USAGE)
    return name


@app.callback()
def _options(
    context: typer.Context,
    data_dir: Annotated[
        str | None,
        typer.Option(
            help="Folder where everything lives.", show_default=False, callback=_named_folder, metavar="FOLDER"
        ),
    ] = None,
    redis: Annotated[str | None, typer.Option(help="URL of a Redis server to use.", show_default=False)] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell what happens, on stderr.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,
) -> None:
    context.obj = Invocation(Path(data_dir) if data_dir else None, redis, verbose)


def main(argv: Sequence[str]) -> int:
    """Run a command line and return its exit code: 0 ok, 1 the work failed, 2 wrong use."""
    # Started with a closed output (`>&-`): what is said goes nowhere, and the work is done.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (lives as long as the process)
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A file name may hold what the terminal's encoding cannot say.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app(_folder_first(argv))
        sys.stdout.flush()
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 1
    except OSError as exc:
        if exc.errno not in (errno.ENOSPC, errno.EIO, errno.EDQUOT):
            raise
        note(f"What was to be said could not be written: {exc.strerror}.")
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (or the end of Python tries once more)
        return EXIT_FAILED
    return 0


def _folder_first(argv: Sequence[str]) -> list[str]:
    """The arguments with every `--data-dir` before the command, where it belongs: people write it behind as well."""
    first: list[str] = []
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            return [*first, *rest, word, *words]
        if word == "--data-dir":
            first.append(f"{word}={next(words, '')}")  # the last word has none, which is told
        else:
            (first if word.startswith("--data-dir=") else rest).append(word)
    return first + rest
