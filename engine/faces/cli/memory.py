"""`scrubjay memory`: what Scrubjay remembers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, cast

import typer

from engine.engine import Engine
from engine.errors import UnknownNameError, UsageError
from engine.faces.cli.memory_show import (
    change_object,
    describe_entry,
    entry_object,
    show_change,
    show_entry,
    without_copies,
)
from engine.faces.cli.memory_transfer import export, take_in
from engine.faces.cli.output import note, one_line, printable, run, say, say_json, stderr, tell_behind
from engine.memory.entry import MemoryEntry
from engine.memory.journal import MemoryChange
from engine.memory.reader import Sort
from engine.tools.builtin.current_time import local_time
from engine.tools.quoting import shorten

app = typer.Typer(help="What Scrubjay remembers.", no_args_is_help=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
Id = Annotated[str, typer.Argument(help="Id of a memory, or its beginning.")]
Ids = Annotated[list[str], typer.Argument(help="Ids of memories, or their beginnings.")]
# Changes among which the one that was taken back is looked for, to say what it was.
_LAST_CHANGES = 200
# Words of a forgotten memory that are named when chats still have them.
_WORDS_TOLD = 5
_NOTHING = 'Nothing is remembered yet. Say `scrubjay memory add "…"`, or "Remember that …" in a chat.'


def _change(context: typer.Context, act: Callable[[Engine], Awaitable[MemoryChange]], as_json: bool) -> None:
    """Run a command whose result is one change."""

    async def work(engine: Engine) -> None:
        change = await act(engine)
        say_json(change_object(change)) if as_json else note(one_line(change.sentence) + ".")

    run(context.obj, work, as_json=as_json)


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
            show_entry(entry)

    run(context.obj, work, as_json=as_json)


@app.command("list")
def list_entries(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Only memories with words that begin like these.")] = "",
    tier: Annotated[str | None, typer.Option(help="Only this tier.")] = None,
    project: Annotated[str | None, typer.Option(help="Only this project.")] = None,
    pinned: Annotated[bool | None, typer.Option("--pinned/--unpinned", help="Only these.")] = None,
    sort: Annotated[str, typer.Option(help="used, created or importance.")] = "used",
    offset: Annotated[int, typer.Option(min=0, help="How many to pass over.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    trash: Annotated[bool, typer.Option(help="What is in the trash.")] = False,
    as_json: Json = False,
) -> None:
    """List memories, the ones used last first: id, day, tier, importance (* pinned, ? only suggested), text.

    Without --tier it leaves out what is kept of chats and tells nothing (questions, requests, answers that quote,
    notes of a running answer), and what was said in a chat in the words of a memory that is listed. --tier episodic
    shows both.
    """

    async def work(engine: Engine) -> None:
        if trash:
            thrown = await engine.memory.trashed(offset=offset, limit=limit)
            entries, total = [state.entry for state in thrown.states], thrown.total
        else:
            page = await engine.memory.list(
                query=query, tier=tier, project=project, pinned=pinned, sort=cast("Sort", sort), offset=offset,
                limit=limit,
            )  # fmt: skip
            entries, total = list(page), page.total
        if not as_json and not total:
            note(_NOTHING if not (query or tier or trash) else "Nothing fits.")
        for entry in entries if tier or trash else without_copies(entries):
            say_json(entry_object(entry)) if as_json else show_entry(entry)
        if not as_json and len(entries) < total:
            note(f"{len(entries)} of {total}; more with --offset or --limit.")

    run(context.obj, work, as_json=as_json)


@app.command("recall")
def recall(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, help="How many at most.")] = 5,
    tier: Annotated[list[str] | None, typer.Option(help="Only this tier; may be given more than once.")] = None,
    as_json: Json = False,
) -> None:
    """Recall what fits a question, with the terms of its score."""

    async def work(engine: Engine) -> None:
        hits = await engine.memory.recall(query, k=k, tiers=tier or ())
        await tell_behind(engine)
        if not hits and not as_json:
            note("Nothing that is remembered fits.")
        for hit in hits:
            if as_json:
                say_json({**entry_object(hit.entry), "score": hit.score, "why": hit.why})
                continue
            terms = ", ".join(f"{name} {value:.2f}" for name, value in hit.why.items())
            said = f"{local_time(hit.entry.created_ms):%Y-%m-%d %H:%M}"
            say(f"{hit.score:.2f}  {said}  {shorten(printable(hit.entry.text))}  ({terms})")

    run(context.obj, work, as_json=as_json)


@app.command("show")
def show(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Show one memory with where it came from."""

    async def work(engine: Engine) -> None:
        entry = await engine.memory.get(id)
        if as_json:
            say_json(entry_object(entry))
            return
        for name, value in describe_entry(entry):
            say(f"{name:<14} {one_line(value)}")

    run(context.obj, work, as_json=as_json)


@app.command("edit")
def edit(
    context: typer.Context,
    id: Id,
    text: Annotated[str | None, typer.Option(help="Another text.")] = None,
    tier: Annotated[str | None, typer.Option(help="Another tier.")] = None,
    importance: Annotated[float | None, typer.Option(help="0 to 1.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="The tags; may be given more than once.")] = None,
    project: Annotated[str | None, typer.Option(help="Another project.")] = None,
    as_json: Json = False,
) -> None:
    """Change one memory; undone with `memory undo`."""

    async def work(engine: Engine) -> None:
        if all(value is None for value in (text, tier, importance, tag, project)):
            raise UsageError("Say what to change: --text, --tier, --importance, --tag or --project.")
        entry = await engine.memory.edit(id, text=text, tier=tier, importance=importance, tags=tag, project=project)
        say_json(entry_object(entry)) if as_json else show_entry(entry)

    run(context.obj, work, as_json=as_json)


@app.command("pin")
def pin(
    context: typer.Context,
    id: Ids,
    off: Annotated[bool, typer.Option("--off", help="Let it go again.")] = False,
    as_json: Json = False,
) -> None:
    """Pin memories: never evicted, always known to the model."""

    async def work(engine: Engine) -> None:
        for entry in await engine.memory.pin(id, pinned=not off):
            say_json(entry_object(entry)) if as_json else show_entry(entry)

    run(context.obj, work, as_json=as_json)


@app.command("trash")
def trash(context: typer.Context, id: Ids, as_json: Json = False) -> None:
    """Move memories to the trash, where they stay for 30 days."""
    _change(context, lambda engine: engine.memory.trash(id), as_json)


@app.command("restore")
def restore(context: typer.Context, id: Ids, as_json: Json = False) -> None:
    """Take memories out of the trash."""
    _change(context, lambda engine: engine.memory.restore(id), as_json)


@app.command("undo")
def undo(
    context: typer.Context,
    change: Annotated[str | None, typer.Argument(help="Id of a change; the last one if none is given.")] = None,
    as_json: Json = False,
) -> None:
    """Take back a change of memories."""

    async def work(engine: Engine) -> None:
        newest = await engine.memory.changes(1)
        done = await engine.memory.undo(change)
        if as_json:
            say_json(change_object(done))
            return
        undone = next((c for c in await engine.memory.changes(_LAST_CHANGES) if c.id == done.undoes), None)
        if not change and newest and newest[0].action == "forgotten":
            note("What was forgotten for good cannot be taken back; this is what was done before.")
        note(one_line(f"Taken back: {undone.sentence}" if undone else done.sentence) + ".")

    run(context.obj, work, as_json=as_json)


@app.command("changes")
def changes(
    context: typer.Context,
    id: Annotated[str | None, typer.Argument(help="Only the changes of this memory.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 30,
    as_json: Json = False,
) -> None:
    """Show what changed, newest first."""

    async def work(engine: Engine) -> None:
        found = [c for c, _ in await engine.memory.history(id)] if id else await engine.memory.changes(limit)
        for change in found[:limit]:
            say_json(change_object(change)) if as_json else show_change(change)

    run(context.obj, work, as_json=as_json)


@app.command("forget")
def forget(
    context: typer.Context,
    id: Ids,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    keep_chat: Annotated[bool, typer.Option(help="Leave what was said in chats as it is.")] = False,
    as_json: Json = False,
) -> None:
    """Forget memories for good, and the words of the chat that said them."""

    async def work(engine: Engine) -> int:
        ids = [(await _anywhere(engine, one)).id for one in id]
        if not yes:
            if not stderr.is_terminal:
                raise UsageError("Nobody is there to be asked; say --yes to forget.")
            what = (
                f"“{one_line((await _anywhere(engine, ids[0])).text)[:80]}”"
                if len(ids) == 1
                else f"{len(ids)} memories"
            )
            if not typer.confirm(f"Forget {what} for good?", err=True):
                note("Kept.")
                return 1
        gone = await engine.memory.forget(ids, keep_chat=keep_chat)
        for entry in gone:
            say_json({"forgotten": entry.id}) if as_json else note(f"Forgotten: {one_line(entry.text)}")
        if not as_json:
            await _tell_still_said(engine, [entry.text for entry in gone])
        return 0

    run(context.obj, work, as_json=as_json)


async def _tell_still_said(engine: Engine, texts: list[str]) -> None:
    """Say how many turns still have words of what was forgotten: a name is no reason to blank other chats."""
    left = await engine.memory.still_said(texts)
    if n := left["turns"]:
        turns = "1 turn in chats still has" if n == 1 else f"{n} turns in chats still have"
        words = ", ".join(f"“{one_line(word)}”" for word in left["words"][:_WORDS_TOLD])
        note(f"{turns} words of it: {words}. `scrubjay chats search` finds them, `scrubjay chats delete` deletes.")


async def _anywhere(engine: Engine, id: str) -> MemoryEntry:
    """One entry, on the shelf or in the trash."""
    try:
        return await engine.memory.get(id)
    except UnknownNameError:
        states = (await engine.memory.trashed(limit=1000)).states
        found = [state.entry for state in states if state.entry.id.startswith(id.strip().upper())]
        if len(found) != 1:
            raise
        return found[0]


@app.command("suggestions")
def suggestions(
    context: typer.Context,
    accept: Annotated[list[str] | None, typer.Option(help="Accept this one; may be given more than once.")] = None,
    refuse: Annotated[list[str] | None, typer.Option(help="Refuse this one; may be given more than once.")] = None,
    as_json: Json = False,
) -> None:
    """Show what waits for you, accept or refuse it."""

    async def work(engine: Engine) -> None:
        for ids, decide in ((accept, engine.memory.accept), (refuse, engine.memory.refuse)):
            if ids:
                change = await decide(ids)
                say_json(change_object(change)) if as_json else note(change.sentence + ".")
        if accept or refuse:
            return
        waiting = await engine.memory.suggestions()
        if not waiting and not as_json:
            note("No suggestion waits.")
        for entry in waiting:
            say_json(entry_object(entry)) if as_json else show_entry(entry)

    run(context.obj, work, as_json=as_json)


@app.command("consolidate")
def consolidate(context: typer.Context, as_json: Json = False) -> None:
    """Tidy memories now: promote, merge, replace what is outdated, make room."""

    async def work(engine: Engine) -> None:
        report = await engine.memory.consolidate()
        swept = await engine.memory.sweep()
        if as_json:
            say_json({**report, "sweep": swept})
            return
        n_merged = sum(len(ids) for ids in report["merged"].values())
        n_replaced = sum(len(ids) for ids in report["superseded"].values())
        say(
            f"Promoted {len(report['promoted'])}, merged {n_merged}, replaced {n_replaced}, to the trash "
            f"{swept['expired'] + swept['evicted']}; {report['took_ms']:.0f} ms."
        )
        if report["change_id"]:
            note(f"Take it back with `scrubjay memory undo {report['change_id']}`.")
        if not swept["believed"]:
            note(
                "The computer's clock jumped, so nothing expired; say `scrubjay memory clock --accept` if it is right."
            )

    run(context.obj, work, as_json=as_json)


@app.command("clock")
def clock(
    context: typer.Context,
    accept: Annotated[bool, typer.Option("--accept", help="The clock is right: memories may expire again.")] = False,
    as_json: Json = False,
) -> None:
    """Say whether the computer's clock is believed."""

    async def work(engine: Engine) -> None:
        state = await engine.memory.accept_clock() if accept else (await engine.memory.stats())["clock"]
        say_json(state) if as_json else say(state["sentence"] or "The computer's clock is believed.")

    run(context.obj, work, as_json=as_json)


app.command("export")(export)
app.command("import")(take_in)


@app.command("stats")
def stats(context: typer.Context, as_json: Json = False) -> None:
    """Count memories by tier."""

    async def work(engine: Engine) -> None:
        counts = await engine.memory.stats()
        if as_json:
            say_json(counts)
            return
        for tier, row in counts["tiers"].items():
            size = f"{row['bytes'] / 1000:.0f} kB" if row["bytes"] < 1_000_000 else f"{row['bytes'] / 1e6:.1f} MB"
            say(f"{tier:<11} {row['count']:>6} of {row['capacity']:>6}  {row['pinned']:>4} pinned  {size:>9}")
        say(f"{'trash':<11} {counts['trash']:>6}")
        if counts["clock"]["sentence"]:
            note(counts["clock"]["sentence"])

    run(context.obj, work, as_json=as_json)
