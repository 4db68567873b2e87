"""`scrubjay chats`: what was said."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from engine.chats import Turn
from engine.engine import Engine
from engine.faces.cli.documents import hit_object
from engine.faces.cli.output import note, one_line, run, say, say_json
from engine.tools.builtin.current_time import local_time

app = typer.Typer(help="What was said.", no_args_is_help=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]


def _day(ms: int) -> str:
    return f"{local_time(ms):%Y-%m-%d %H:%M}"


@app.command("list")
def list_chats(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List chats, the last used first."""

    async def work(engine: Engine) -> None:
        chats = await engine.chats.list(limit=limit)
        if not chats and not as_json:
            note('There are no chats yet. Say `scrubjay ask "…"`, or write in the window.')
        for chat in chats:
            if as_json:
                say_json(chat.to_record())
            else:
                say(f"{chat.id}  {_day(chat.updated_ms)}  {one_line(chat.title)}")

    run(context.obj, work, as_json=as_json)


@app.command("show")
def show(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="Id of a chat, or its beginning.")],
    as_json: Json = False,
) -> None:
    """Show a chat turn by turn."""

    async def work(engine: Engine) -> None:
        chat, turns = await engine.chats.show(id)
        if as_json:
            say_json({**chat.to_record(), "turns": [turn_object(turn) for turn in turns]})
            return
        say(one_line(chat.title))
        for turn in turns:
            who = "You" if turn.role == "user" else turn.model or "Scrubjay"
            mark = "" if turn.state == "complete" else f" ({turn.state})"
            say(f"\n{who}, {_day(turn.created_ms)}{mark}\n{turn.text}")

    run(context.obj, work, as_json=as_json)


def turn_object(turn: Turn) -> dict[str, Any]:
    """One turn as `--json` prints it; token ids stay inside."""
    record = turn.to_record()
    record.pop("transcript", None)
    return record


@app.command("search")
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="What you look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=64)] = 10,
    as_json: Json = False,
) -> None:
    """Find what was said."""

    async def work(engine: Engine) -> None:
        hits = await engine.search(query, k=k, sources=("chats",))
        if as_json:
            say_json({"hits": [hit_object(hit) for hit in hits]})
        elif not hits:
            note("Nothing found.")
        else:
            for hit in hits:
                say(f"{hit.group}  {one_line(hit.text)[:200]}")

    run(context.obj, work, as_json=as_json)


@app.command("delete")
def delete(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="Id of a chat, or its beginning.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a chat."""

    async def work(engine: Engine) -> int:
        chat, turns = await engine.chats.show(id)
        if not yes and not typer.confirm(f"Delete “{one_line(chat.title)}” ({len(turns)} turns)?", err=True):
            note("Kept.")
            return 1
        await engine.chats.delete(chat.id)
        note(f"Deleted: {one_line(chat.title)}")
        return 0

    run(context.obj, work)
