"""`scrubjay ingest`, `scrubjay search`, `scrubjay documents`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from engine.engine import SOURCES, Engine
from engine.errors import UnknownNameError
from engine.events import FileIngested, IngestProgress
from engine.faces.cli.output import (
    EXIT_FAILED,
    Invocation,
    named_path,
    note,
    one_line,
    run,
    say,
    say_json,
    stderr,
    tell_behind,
)
from engine.search.types import Hit

app = typer.Typer(help="What was read.", no_args_is_help=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
_NOTHING = "Nothing was read yet. Say `scrubjay ingest PATH`, or drop files on the window."


def ingest(
    context: typer.Context,
    path: Annotated[list[Path], typer.Argument(help="Files and folders to read.", parser=named_path)],
    project: Annotated[str | None, typer.Option(help="Project that the documents belong to.")] = None,
    as_json: Json = False,
) -> None:
    """Read files and folders, so that they can be asked about."""
    invocation: Invocation = context.obj

    async def work(engine: Engine) -> int:
        with _Bar(shown=stderr.is_terminal and not as_json) as bar:
            report = await engine.ingest(
                path, project=project, progress=bar.move, done=_print_json if as_json else bar.print_file
            )
        if not as_json:
            passages = sum(f.passages for f in report.files)
            n = sum(f.state != "left_out" for f in report.files)
            n_files = f"{n} file" if n == 1 else f"{n} files"
            note(f"{n_files}, {_count(passages)}, {len(report.failed)} could not be read.")
        return EXIT_FAILED if report.failed else 0

    run(invocation, work, as_json=as_json)


def _print_json(file: FileIngested) -> None:
    fields = asdict(file)
    say_json({**fields, "error": fields["error"] or None})


class _Bar:
    """The progress of an ingest on a terminal; prints nothing elsewhere."""

    def __init__(self, *, shown: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
        self._progress = Progress(*columns, TimeElapsedColumn(), console=stderr, disable=not shown, transient=True)
        self._task: TaskID | None = None

    def __enter__(self) -> _Bar:
        self._progress.start()
        self._task = self._progress.add_task("", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def move(self, progress: IngestProgress) -> None:
        """Show how far it is."""
        if self._task is not None:
            self._progress.update(
                self._task, completed=progress.done, total=progress.total, description=_reading(progress)
            )

    def print_file(self, file: FileIngested) -> None:
        """One finished file."""
        pages = f", {_pages(file.pages)}" if file.pages else ""
        counted = "" if file.state == "left_out" else f"{_count(file.passages)}{pages}"
        detail = "; ".join(part for part in (file.error or counted, one_line(file.note)) if part)
        say(f"{file.state:<11} {one_line(file.path)}: {detail}")
        sys.stdout.flush()


def _reading(progress: IngestProgress) -> str:
    """What is being read and how far it is; of a text without pages the passages tell that it goes on."""
    name = one_line(Path(progress.file).name)[:40]
    page = f" · page {progress.page} of {progress.pages}" if progress.page and progress.pages else ""
    return f"{name}{page} · {progress.passages:,} passages"


def _count(n_passages: int) -> str:
    return f"{n_passages} passage" if n_passages == 1 else f"{n_passages} passages"


def _pages(n: int) -> str:
    return "1 page" if n == 1 else f"{n} pages"


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="What you look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=64, help="How many results.")] = 10,
    within: Annotated[str, typer.Option("--in", help="documents,memory,chats")] = ",".join(SOURCES),
    as_json: Json = False,
) -> None:
    """Search documents, memory and chats."""
    invocation: Invocation = context.obj
    sources = [s.strip() for s in within.split(",") if s.strip()]

    async def work(engine: Engine) -> None:
        for source in sources:
            if source not in SOURCES:
                raise UnknownNameError("source", source, SOURCES)
        hits = await engine.search(query, k=k, sources=sources)
        await tell_behind(engine)
        if as_json:
            say_json({"hits": [hit_object(hit) for hit in hits]})
        elif not hits:
            note("Nothing found.")
        else:
            for number, hit in enumerate(hits, 1):
                say(f"[{number}] {_place(hit)} ({hit.score:.2f})\n    {one_line(hit.text)[:300]}")

    run(invocation, work, as_json=as_json)


def hit_object(hit: Hit) -> dict[str, object]:
    """One hit as `search --json` prints it."""
    names = ("id", "kind", "text", "score", "path", "page", "heading", "why")
    return {name: getattr(hit, name) for name in names}


def _place(hit: Hit) -> str:
    page = f", page {hit.page}" if hit.page is not None else ""
    heading = f", {one_line(hit.heading)}" if hit.heading else ""
    return f"{one_line(hit.path) or hit.kind}{page}{heading}"


@app.command("list")
def list_documents(context: typer.Context, as_json: Json = False) -> None:
    """List what was read."""

    async def work(engine: Engine) -> None:
        documents = await engine.documents.list()
        states = await engine.documents.file_states([document.id for document in documents])
        if not documents and not as_json:
            note(_NOTHING)
        for document in documents:
            state = states.get(document.id, "missing")
            if as_json:
                say_json({**document.to_record(), "file": state})
            else:
                pages = f", {_pages(document.pages)}" if document.pages else ""
                gone = "; the file is gone" if state == "missing" else ""
                say(f"{document.id}  {one_line(document.path)}  {_count(document.n_passages)}{pages}{gone}")

    run(context.obj, work, as_json=as_json)


@app.command("remove")
def remove_document(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Id or path of a document.")],
    as_json: Json = False,
) -> None:
    """Take a document out of Scrubjay; the file stays where it is."""

    async def work(engine: Engine) -> None:
        document = await engine.documents.remove(name)
        if as_json:
            say_json({"removed": document.id, "path": document.path})
        else:
            note(f"{one_line(document.path)} and its {_count(document.n_passages)} are no longer in Scrubjay.")

    run(context.obj, work, as_json=as_json)
