"""The person's settings.toml, changed line by line.

The file belongs to the person: comments, order, spelling and options of a newer version stay as they are.
So it is not parsed and written anew. An option of ours stands before the first `[table]`; its lines are
found by reading on from `name =` until what was read is a value of TOML by itself (an array may take ten
lines), and only these are replaced. The result is parsed before it is written: what cannot be read back
as it was meant is never on the disk.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import threading
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["change_settings_file", "edit_toml"]

# One writer at a time in this process; between processes the last one wins, whole.
_writing = threading.Lock()

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def change_settings_file(path: Path, changes: Mapping[str, Any]) -> None:
    """Set options in the file, or take them out (None: the default again); made where there is none.

    Raises:
        ValueError: the file is not TOML; it stays as it is.
        OSError: it cannot be read or written; it stays as it is.
    """
    with _writing:
        before = path.read_text("utf-8") if path.exists() else ""
        after = edit_toml(before, changes)
        if after != before:
            _write_whole(path, after)


def edit_toml(text: str, changes: Mapping[str, Any]) -> str:
    """The text with these top-level options set; None takes one out, all else stays as it is.

    Raises:
        ValueError: the text is not TOML.
    """
    wanted = {name: value for name, value in changes.items() if value is not None}
    expected = {name: value for name, value in tomllib.loads(text).items() if name not in changes}
    lines = text.splitlines(keepends=True)
    for name, value in changes.items():
        lines = _set_option(lines, name, None if value is None else f"{name} = {to_toml(value)}\n")
    edited = "".join(lines)
    if tomllib.loads(edited) != expected | tomllib.loads("".join(f"{n} = {to_toml(v)}\n" for n, v in wanted.items())):
        raise ValueError("the settings could not be changed without changing something else")
    return edited


def to_toml(value: Any) -> str:
    """A value as TOML writes it on one line.

    Raises:
        TypeError: a kind of value that no option has.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str() | Path():
            # A basic string of TOML is a JSON string, but for DEL, which TOML wants escaped.
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(to_toml(item) for item in value)}]"
        case dict():
            return f"{{{', '.join(f'{_key(k)} = {to_toml(v)}' for k, v in value.items())}}}"
        case _:
            raise TypeError(f"a setting cannot hold {type(value).__name__}")


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _set_option(lines: list[str], name: str, line: str | None) -> list[str]:
    """The lines with one option's lines replaced; a new option stands before the first table."""
    end_of_options = _first_table(lines)
    start = _find(lines[:end_of_options], name)
    if start is not None:
        return [*lines[:start], *([line] if line else []), *lines[_end_of_value(lines, start) :]]
    if line is None:
        return lines
    head, tail = lines[:end_of_options], lines[end_of_options:]
    if head and not head[-1].endswith("\n"):
        head[-1] += "\n"
    return [*head, line, *tail]


def _first_table(lines: list[str]) -> int:
    """The number of the first line that opens a table; a line inside a value never does."""
    number = 0
    while number < len(lines):
        if lines[number].lstrip().startswith("["):
            return number
        number = _end_of_value(lines, number)
    return len(lines)


def _find(lines: list[str], name: str) -> int | None:
    pattern = re.compile(rf"\s*(?:{re.escape(name)}|\"{re.escape(name)}\"|'{re.escape(name)}')\s*=")
    number = 0
    while number < len(lines):
        if pattern.match(lines[number]):
            return number
        number = _end_of_value(lines, number)
    return None


def _end_of_value(lines: list[str], start: int) -> int:
    """The line after the statement that starts here, which may take several lines."""
    for end in range(start + 1, len(lines) + 1):
        try:
            tomllib.loads("".join(lines[start:end]))
        except tomllib.TOMLDecodeError:
            continue
        return end
    return start + 1


def _write_whole(path: Path, text: str) -> None:
    """The file as a whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    # Whatever stops it, Ctrl+C as well: no half file stays behind.
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
