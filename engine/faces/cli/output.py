"""How the command line speaks: answers to stdout, everything else to stderr, errors as one sentence.

Text that is not ours (file names, documents, answers) is printed without control characters, so that
nothing in a document can move the cursor, change the title or recolour the terminal.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console

from engine.engine import Engine
from engine.errors import EngineError, UsageError
from engine.faces.cli.outlet import unhurried_stdout
from engine.llm.keys import key_file_for
from engine.settings import Settings

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
stdout = Console(highlight=False, markup=False, soft_wrap=True, emoji=False)
stderr = Console(stderr=True, highlight=False, markup=False, soft_wrap=True, emoji=False)


@dataclass(slots=True)
class Invocation:
    """What the options before the command said."""

    data_dir: Path | None = None
    redis_url: str | None = None
    verbose: bool = False

    def settings(self, **overrides: Any) -> Settings:
        """The settings, with what the command line says on top.

        Raises:
            UsageError: a value that cannot be used, with its name.
        """
        chosen = {"data_dir": self.data_dir, "redis_url": self.redis_url, **overrides}
        try:
            return _with_its_key(
                Settings(**{name: value for name, value in chosen.items() if value is not None}), chosen
            )
        except ValidationError as exc:
            problem = exc.errors()[0]
            name = ".".join(str(part) for part in problem["loc"])
            why = problem["msg"].removeprefix("Value error, ")
            raise UsageError(f"The setting {name} cannot be used: {why}.") from exc


def _with_its_key(settings: Settings, chosen: Mapping[str, Any]) -> Settings:
    """Without a key file that was kept for another server than the one that the command line names."""
    if not chosen.get("model") or chosen.get("key_file") or settings.key_file is None:
        return settings
    kept = Settings(**{name: value for name, value in chosen.items() if value is not None and name != "model"})
    return settings.model_copy(update={"key_file": key_file_for(settings.model, kept.model, settings.key_file)})


def printable(text: str) -> str:
    """A text without control characters other than newline and tab, and without lone surrogates."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in whole if c in _KEPT or (c.isprintable() and c not in _BIDI))


# Line breaks, and the joiners that belong to words and emoji.
_KEPT = frozenset("\n\t\u200c\u200d")
# Marks that reorder what follows on the line, with which a file name can pose as another.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """A printable text on one line, for names and snippets."""
    return " ".join(printable(text).split())


def named_path(name: str) -> Path:
    """The path of an argument; an empty one, as an unset variable of a shell leaves it, is not the current folder."""
    if not name.strip():
        note("A path is empty; name a file or folder, or write . for the folder you are in.")
        raise typer.Exit(EXIT_USAGE)
    return Path(name)


def say(text: str) -> None:
    """An answer or a row of one."""
    stdout.print(printable(text))


def note(text: str) -> None:
    """Something beside the answer."""
    stderr.print(printable(text))


async def tell_behind(engine: Engine) -> None:
    """Say why less may have been found than there is."""
    if sentence := await engine.behind():
        note(sentence)


def say_json(payload: Any) -> None:
    """One JSON value on one line."""
    sys.stdout.write(json.dumps(payload, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return None
    if isinstance(value, frozenset | set | tuple):
        return sorted(value) if isinstance(value, frozenset | set) else list(value)
    return str(value)


@contextmanager
def errors_as_sentences(as_json: bool) -> Any:
    """Turn whatever goes wrong into one sentence and an exit code."""
    try:
        yield
    except EngineError as exc:
        report(exc, as_json)
        raise typer.Exit(EXIT_USAGE if isinstance(exc, UsageError) else EXIT_FAILED) from exc
    except (KeyboardInterrupt, asyncio.CancelledError) as exc:
        stderr.print("Stopped. What was finished is kept.")
        raise typer.Exit(EXIT_INTERRUPTED) from exc
    except BrokenPipeError as exc:
        # Whoever read our output has gone, as `| head` does.
        sys.stdout = None
        raise typer.Exit(EXIT_FAILED) from exc


def report(error: EngineError, as_json: bool) -> None:
    """One error on stderr: a sentence, or an object with `--json`."""
    if as_json:
        sys.stderr.write(json.dumps({"error": error.to_wire()}, ensure_ascii=False) + "\n")
    else:
        note(str(error))


def run(
    invocation: Invocation,
    work: Callable[[Engine], Awaitable[int | None]],
    *,
    as_json: bool = False,
    **overrides: Any,
) -> None:
    """Open an engine, do the work, close it; exit with the work's code."""

    async def opened() -> int:
        async with Engine.open(settings) as engine:
            return await work(engine) or 0

    with errors_as_sentences(as_json):
        settings = invocation.settings(**overrides)
        _start_log(settings.log_level if invocation.verbose else logging.CRITICAL)
        with unhurried_stdout():
            code = _run(opened())
    if code:
        raise typer.Exit(code)


def _run(main: Coroutine[Any, Any, int]) -> int:
    with asyncio.Runner() as runner:
        return runner.run(main)


def _start_log(level: str | int) -> None:
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
