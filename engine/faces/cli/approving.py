"""How the command line answers a tool call that waits for the person."""

from __future__ import annotations

import asyncio
import os
import sys
import threading

from engine.engine import Engine
from engine.errors import UsageError
from engine.events import ApprovalRequested
from engine.faces.cli.output import note, one_line, stderr

_LONGEST_ANSWER = 1024


async def answer_approval(engine: Engine, event: ApprovalRequested, *, as_json: bool) -> None:
    """Ask on the terminal whether a call may be made; where nobody is there, it is refused at once.

    Who reads JSON cannot answer either: the run would wait for its whole limit.
    """
    what = one_line(f"{event.tool.replace('_', ' ')}: {'; '.join(str(value) for value in event.arguments.values())}")
    agreed = False
    if as_json:
        pass
    elif _somebody_is_there():
        stderr.print(f"The model wants to {what}\nMay it? [y/N] ", end="")
        agreed = (await _read_line()).strip().lower() in ("y", "yes")
    else:
        note(f"Refused, because nobody is there to be asked: {what}")
    try:
        await engine.approve(event.approval_id, agreed)
    except UsageError as exc:  # it took too long
        note(str(exc))


def _somebody_is_there() -> bool:
    return stderr.is_terminal and sys.stdin is not None and sys.stdin.isatty()


async def _read_line() -> str:
    """A line of the terminal, read in a thread that an interruption leaves behind."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()

    def tell(text: str) -> None:
        if not line.done():
            line.set_result(text)

    def read() -> None:
        # Not through sys.stdin, whose lock a thread that never ends would hold while Python ends.
        try:
            text = os.read(0, _LONGEST_ANSWER).decode(errors="replace")
        except OSError:
            text = ""
        loop.call_soon_threadsafe(tell, text)

    threading.Thread(target=read, name="answer of the terminal", daemon=True).start()
    return await line
