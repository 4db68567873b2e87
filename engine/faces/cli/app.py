"""`scrubjay COMMAND`: the options before the command, and the list of groups."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from engine.faces.cli import ask, backup, bench, chats, doctor, documents, memory, models
from engine.faces.cli.output import Invocation

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


@app.callback()
def _options(
    context: typer.Context,
    data_dir: Annotated[Path | None, typer.Option(help="Folder where everything lives.", show_default=False)] = None,
    redis: Annotated[str | None, typer.Option(help="URL of a Redis server to use.", show_default=False)] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell what happens, on stderr.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,
) -> None:
    context.obj = Invocation(data_dir, redis, verbose)


def main(argv: Sequence[str]) -> int:
    """Run a command line and return its exit code: 0 ok, 1 the work failed, 2 wrong use."""
    for stream in (sys.stdout, sys.stderr):
        # A file name may hold what the terminal's encoding cannot say.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app(list(argv))
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 1
    return 0
