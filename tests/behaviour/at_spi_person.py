"""A person who sees nothing: asks with the keyboard and reads through the accessibility bus, as a screen reader does.

Run by the system's Python, whose python3-pyatspi this needs, inside a session bus and a screen of its own:
python3 at_spi_person.py QUESTION SOCKET COMMAND...: starts the program, asks once its window listens at the socket,
prints what was heard as one line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyatspi

LIMIT_S = 60.0
RETURN, TAB = 0xFF0D, 0xFF09


def until(what: str, look: Callable[[], Any]) -> Any:
    """Look until there is something; the bus has no end of a thought to wait for."""
    end = time.monotonic() + LIMIT_S
    while True:
        try:
            found = look()
        except Exception as gone:  # noqa: BLE001 (objects come and go while they are walked)
            found, what = None, f"{what} ({gone})"
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.1)


def walk(node: Any) -> Iterator[Any]:
    """Every object below one, itself first."""
    yield node
    for child in node:
        if child is not None:
            yield from walk(child)


def program() -> Any:
    """The program on the bus."""
    return next((app for app in pyatspi.Registry.getDesktop(0) if app is not None and app.name == "Scrubjay"), None)


def named(app: Any, word: str, *roles: str) -> Any:
    """The first object that is shown, has a role, and a name with a word in it."""
    return next((n for n in walk(app) if word in n.name and n.getRoleName() in roles and is_shown(n)), None)


def is_shown(node: Any) -> bool:
    return bool(node.getState().contains(pyatspi.STATE_SHOWING))


def has_focus(node: Any) -> bool:
    return bool(node.getState().contains(pyatspi.STATE_FOCUSED))


def text_of(node: Any) -> str:
    """What a text says."""
    try:
        text = node.queryText()
    except NotImplementedError:
        return str(node.name)
    return str(text.getText(0, -1))


def press(key: int) -> None:
    pyatspi.Registry.generateKeyboardEvent(key, None, pyatspi.KEY_SYM)


def write(text: str) -> None:
    pyatspi.Registry.generateKeyboardEvent(0, text, pyatspi.KEY_STRING)


def ask(question: str) -> dict[str, Any]:
    """The main job: write, send, read the answer and its source."""
    app = until("the program on the bus", program)
    field = until("the field for a message", lambda: next((n for n in walk(app) if is_field(n) and has_focus(n)), None))
    heard: dict[str, Any] = {"field": field.name}
    write(question)
    until("the words in the field", lambda: text_of(field).strip() == question)
    press(RETURN)
    answer = until("an answer", lambda: named(app, "Scrubjay, ", "panel", "grouping", "filler", "text", "list item"))
    heard["turn"] = until("its sources", lambda: answer.name if "source" in answer.name else "")
    heard["read"] = [text_of(n) for n in walk(answer) if n.getRoleName() in ("text", "label", "document text")]
    heard["actions"] = sorted({n.name for n in walk(answer) if n.getRoleName() in ("push button", "button")})
    return heard


def is_field(node: Any) -> bool:
    return bool(node.getState().contains(pyatspi.STATE_EDITABLE)) and is_shown(node)


def main() -> None:
    question, socket, *command = sys.argv[1:]
    process = subprocess.Popen(command)
    try:
        until("the program on the bus", program)
        until("that it takes later starts", Path(socket).exists)
        # The second start brings the window to the front: this screen has no window manager that would do it.
        subprocess.run(command, timeout=LIMIT_S, check=True)
        print(json.dumps(ask(question)))
    finally:
        process.terminate()
        process.wait(15)


if __name__ == "__main__":
    main()
