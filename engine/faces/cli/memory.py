"""`scrubjay memory`: what Scrubjay remembers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from engine.engine import Engine
from engine.errors import UsageError
from engine.faces.cli.output import note, one_line, run, say, say_json, stderr
from engine.memory.entry import MemoryEntry

app = typer.Typer(help="What Scrubjay remembers.", no_args_is_help=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
Id = Annotated[str, typer.Argument(help="Id of a memory, or its beginning.")]


def entry_object(entry: MemoryEntry) -> dict[str, Any]:
    """One entry as `--json` prints it; the vector stays inside."""
    record = entry.to_record()
    record.pop("vector", None)
    return record


def _show(entry: MemoryEntry) -> None:
    day = datetime.fromtimestamp(entry.created_ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    say(f"{entry.id}  {day}  {entry.tier:<10} {entry.importance:.2f}  {one_line(entry.text)}")


@app.command("add")
def add(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What to remember.")],
    tier: Annotated[str, typer.Option(help="working, short_term, episodic, long_term or semantic.")] = "semantic",
    importance: Annotated[float, typer.Option(help="0 to 1.")] = 0.8,
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be given more than once.")] = None,
    as_json: Json = False,
) -> None:
    """Remember something."""

    async def work(engine: Engine) -> None:
        entry = await engine.memory.add(text, tier=tier, importance=importance, tags=tag or ())
        if as_json:
            say_json(entry_object(entry))
        else:
            _show(entry)

    run(context.obj, work, as_json=as_json)


@app.command("list")
def list_entries(
    context: typer.Context,
    tier: Annotated[str | None, typer.Option(help="Only this tier.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """List memories, newest first."""

    async def work(engine: Engine) -> None:
        entries = await engine.memory.list(tier=tier, limit=limit)
        if not entries and not as_json:
            note('Nothing is remembered yet. Say `scrubjay memory add "…"`, or "Remember that …" in a chat.')
        for entry in entries:
            if as_json:
                say_json(entry_object(entry))
            else:
                _show(entry)

    run(context.obj, work, as_json=as_json)


@app.command("show")
def show(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Show one memory with where it came from."""

    async def work(engine: Engine) -> None:
        entry = await engine.memory.get(id)
        if as_json:
            say_json(entry_object(entry))
            return
        for name, value in entry_object(entry).items():
            say(f"{name:<14} {one_line(str(value))}")

    run(context.obj, work, as_json=as_json)


@app.command("forget")
def forget(
    context: typer.Context,
    id: Id,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Forget one memory for good."""

    async def work(engine: Engine) -> int:
        entry = await engine.memory.get(id)
        if not yes:
            if not stderr.is_terminal:
                raise UsageError("Nobody is there to be asked; say --yes to forget.")
            if not typer.confirm(f"Forget “{one_line(entry.text)[:80]}” for good?", err=True):
                note("Kept.")
                return 1
        await engine.memory.forget(entry.id)
        if as_json:
            say_json({"forgotten": entry.id})
        else:
            note(f"Forgotten: {one_line(entry.text)}")
        return 0

    run(context.obj, work, as_json=as_json)


@app.command("stats")
def stats(context: typer.Context, as_json: Json = False) -> None:
    """Count memories by tier."""

    async def work(engine: Engine) -> None:
        counts = await engine.memory.stats()
        if as_json:
            say_json(counts)
            return
        for tier, row in counts["tiers"].items():
            say(f"{tier:<11} {row['count']:>6} of {row['capacity']:>6}")
        say(f"{'trash':<11} {counts['trash']:>6}")

    run(context.obj, work, as_json=as_json)
