"""`scrubjay ask`: one question, one answer with its places."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.engine import Engine
from engine.errors import ModelStruckOutError, UsageError
from engine.events import (
    ApprovalRequested,
    Citation,
    Event,
    NoteAdded,
    RunFailed,
    RunFinished,
    RunStarted,
    ThoughtStreamed,
    TokenGenerated,
    ToolCalled,
)
from engine.faces.cli.approving import answer_approval
from engine.faces.cli.outlet import settle
from engine.faces.cli.output import (
    EXIT_FAILED,
    Invocation,
    named_path,
    note,
    one_line,
    printable,
    run,
    say_json,
    stderr,
)

_NO_TEXT = "What came from standard input is not text; give a file with --file instead."

# A prompt that is read for longer than this is told about, as often.
READING_EVERY_S = 5.0


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="What you want to know; - reads it from standard input.")],
    file: Annotated[
        list[Path] | None,
        typer.Option(help="Read this file into your documents first, and search only it.", parser=named_path),
    ] = None,
    model: Annotated[str | None, typer.Option(help="guide, a GGUF file, or the URL of a server.")] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File that holds the key of the server.", parser=named_path)
    ] = None,
    role: Annotated[str | None, typer.Option(help="Role that answers.")] = None,
    chat: Annotated[str | None, typer.Option(help="Id of the chat to go on with.")] = None,
    no_memory: Annotated[bool, typer.Option("--no-memory", help="Neither recall nor remember.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Even if the same answer was given before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON, one a line; the answer last.")] = False,
) -> None:
    """Ask a question; the answer comes with the place where it stands."""
    invocation: Invocation = context.obj

    async def work(engine: Engine) -> int:
        words = _read_words() if question == "-" else question
        face = _JsonFace() if as_json else _TextFace()
        stream = engine.ask(
            words,
            chat=chat,
            files=file or (),
            role=role,
            memory=False if no_memory else None,
            model=model,
            fresh=again,
        )
        reading = asyncio.create_task(_tell_reading(engine), name="tell how far a prompt is read")
        try:
            async with contextlib.aclosing(stream):
                async for event in stream:
                    face.show(event)
                    if isinstance(event, ApprovalRequested):
                        await answer_approval(engine, event, as_json=as_json)
                    if isinstance(event, RunFailed) and event.kind == ModelStruckOutError.kind and not as_json:
                        await _offer_smaller(engine, model or "")
        except ModelStruckOutError:
            await _offer_smaller(engine, model or "")
            raise
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        return face.code

    run(invocation, work, as_json=as_json, model=model, key_file=key_file)


async def _tell_reading(engine: Engine) -> None:
    """Say on stderr how far a long prompt is read, until cancelled: a large model may need minutes for one."""
    told: dict[str, float] = {}
    while True:
        await asyncio.sleep(READING_EVERY_S)
        for model in (await engine.monitor.figures())["models"]:
            share = model["read_share"]
            if share > told.get(model["source"], 0.0):
                note(f"{one_line(model['name'])} reads the question and its sources: {share:.0%}")
            told[model["source"]] = share


async def _offer_smaller(engine: Engine, model: str) -> None:
    """Say with which command a model that ended again and again is exchanged for less."""
    for offer in await engine.models.smaller(model):
        context = f" --context {offer.n_ctx}" if offer.n_ctx else ""
        note(f'To use less: scrubjay models use "{one_line(offer.name)}"{context} ({offer.sentence})')


class _TextFace:
    """Streams the answer to stdout, what happens to stderr."""

    def __init__(self) -> None:
        self.code = 0
        self._streamed = self._thinks = False

    def show(self, event: Event) -> None:
        if self._thinks and not isinstance(event, ThoughtStreamed):
            stderr.print()
        self._thinks = isinstance(event, ThoughtStreamed) and not event.text.endswith("\n")
        match event:
            case RunStarted():
                note(f"{one_line(event.model)} · chat {event.chat_id}")
            case ToolCalled():
                note(f"→ {_said(event)}")
            case ThoughtStreamed():
                stderr.print(printable(event.text), end="", style="dim")
            case NoteAdded():
                note(event.text)
            case TokenGenerated():
                self._streamed = True
                sys.stdout.write(printable(event.text))
                sys.stdout.flush()
            case RunFinished():
                self._finish(event)
            case RunFailed():
                self._end_line()
                note(event.sentence)
                self.code = EXIT_FAILED

    def _finish(self, event: RunFinished) -> None:
        if not self._streamed:
            sys.stdout.write(printable(event.answer))
            self._streamed = True
        self._end_line()
        if event.repeated:
            note("Answered before; --again asks again.")
        if event.reason == "handed_over":
            note("Choose one with --model FILE.gguf, or --model URL for a model server.")
        for citation in event.citations:
            note(f"[{citation.number}] {_place(citation)}")

    def _end_line(self) -> None:
        if self._streamed:
            sys.stdout.write("\n")
            sys.stdout.flush()
            # What follows goes to stderr, which may be the same terminal or file.
            settle()


def _said(call: ToolCalled) -> str:
    """A tool call in words: `search documents: notice period`."""
    arguments = "; ".join(str(value) for value in call.arguments.values())
    name = call.tool.replace("_", " ")
    return one_line(f"{name}: {arguments}" if arguments else name)[:160]


def _place(citation: Citation) -> str:
    parts = [one_line(citation.path) or citation.kind]
    if citation.page is not None:
        parts.append(f"page {citation.page}")
    if citation.heading:
        parts.append(one_line(citation.heading))
    return ", ".join(parts)


class _JsonFace:
    """Prints each event as it comes; the last line is the answer."""

    def __init__(self) -> None:
        self.code = 0

    def show(self, event: Event) -> None:
        say_json(event.to_wire())
        if isinstance(event, RunFinished):
            say_json(answer_object(event))
        elif isinstance(event, RunFailed):
            self.code = EXIT_FAILED
            say_json({"error": {"kind": event.kind, "sentence": event.sentence}, "partial": event.partial})


def answer_object(event: RunFinished) -> dict[str, Any]:
    """The last line of `ask --json`."""
    shown = ("path", "page", "heading", "text", "number", "kind")
    citations = [{name: getattr(citation, name) for name in shown} for citation in event.citations]
    fields = ("answer", "steps", "model", "reason", "n_prompt", "n_reused", "n_generated", "tokens_per_s", "repeated")
    return {**{name: getattr(event, name) for name in fields}, "citations": citations}


def _read_words() -> str:
    """A question from standard input.

    Raises:
        UsageError: it is not text.
    """
    try:
        words = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as exc:
        raise UsageError(_NO_TEXT) from exc
    if "\0" in words:
        raise UsageError(_NO_TEXT)
    return words
