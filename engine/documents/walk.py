"""From what a person named to the files to read: folders opened, junk left out, trouble told in a line."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.events import FileIngested

# Folders whose files a program made for itself.
_JUNK_FOLDERS = frozenset({"node_modules", "__pycache__", "__MACOSX", "$RECYCLE.BIN", "System Volume Information"})
_JUNK_FILES = frozenset({"thumbs.db", "desktop.ini", "icon\r"})
# Lock and backup files of editors and word processors.
_JUNK_STARTS = ("~$", ".~lock.")
_STORED_BYTE = re.compile(rb"\\x([89a-f][0-9a-f])")
_JUNK_ENDS = (".pyc", ".pyo", ".o", ".a", ".so", ".dll", ".tmp", ".part", ".crdownload", "~")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read.

    Attributes:
        folder: the folder that was named, "" for a file that was named itself.
    """

    path: Path
    folder: str = ""
    relative_path: str = ""


def stored_path(path: Path | str) -> str:
    """A path as the store and messages keep it: text, also where the name's bytes are none.

    Bytes that are no UTF-8 become `\\xNN`; every other name stays as it is.
    """
    text = os.fspath(path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(text).decode("utf-8", "backslashreplace")
    return text


def real_path(stored: str) -> str:
    """The path of which this is the `stored_path`: what the file is opened by."""
    if "\\x" not in stored or os.path.lexists(stored):
        return stored
    raw = _STORED_BYTE.sub(lambda found: bytes.fromhex(found[1].decode()), stored.encode("utf-8", "surrogatepass"))
    meant = os.fsdecode(raw)
    return meant if os.path.lexists(meant) else stored


def find_files(paths: Sequence[Path]) -> Iterator[FoundFile | FileIngested]:
    """Files below the paths, each once, in the order of their names; blocking.

    A file that is named itself is always tried, also through a link; in folders what is hidden and junk is passed
    over. What cannot be opened comes as a `FileIngested` that says why, and so does how many links led elsewhere.
    """
    seen: set[str] = set()
    for named in paths:
        path = Path(os.path.abspath(os.path.expanduser(named)))
        for item in _below(path):
            key = item.path if isinstance(item, FileIngested) else os.fspath(item.path)
            if key not in seen:
                seen.add(key)
                yield item


def _below(path: Path) -> Iterator[FoundFile | FileIngested]:
    try:
        info = path.stat()
    except (OSError, ValueError) as exc:
        yield _trouble(path, _cannot_stat(path, exc))
        return
    if stat.S_ISDIR(info.st_mode):
        yield from _walk(path)
    else:
        yield _file(path, info, "", "")


def _walk(root: Path) -> Iterator[FoundFile | FileIngested]:
    """Files in a folder and below. Links are followed within it, never out of it; no folder is entered twice.

    Who adds a folder sees what lies in it; a link may lead to a whole disk.
    """
    real_root, n_left_out = os.path.realpath(root), 0
    entered: set[tuple[int, int]] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            info = folder.stat()
            if (info.st_dev, info.st_ino) in entered:
                continue
            entered.add((info.st_dev, info.st_ino))
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries)
        except OSError as exc:
            yield _trouble(folder, f"This folder cannot be opened: {exc.strerror or exc}.")
            continue
        inner: list[Path] = []
        for name in names:
            if _is_junk(name):
                continue
            if _leads_out(folder / name, real_root):
                n_left_out += 1
                continue
            yield from _entry(folder / name, root, inner)
        waiting.extend(reversed(inner))
    if n_left_out:
        yield FileIngested(stored_path(root), "left_out", note=_left_out(n_left_out))


def _leads_out(path: Path, real_root: str) -> bool:
    """Whether this is a link to something that is there and lies outside."""
    if not (path.is_symlink() or _is_junction(path)) or not os.path.exists(path):
        return False
    target = os.path.realpath(path)
    return target != real_root and not target.startswith(real_root.rstrip(os.sep) + os.sep)


def _is_junction(path: Path) -> bool:
    return hasattr(os.path, "isjunction") and os.path.isjunction(path)


def _left_out(n_links: int) -> str:
    which = "1 link that leads" if n_links == 1 else f"{n_links} links that lead"
    return (
        f"{which} out of this folder {'was' if n_links == 1 else 'were'} left out; add what is meant by its own name."
    )


def _entry(path: Path, root: Path, folders: list[Path]) -> Iterator[FoundFile | FileIngested]:
    try:
        info = path.stat()
    except OSError as exc:
        yield _trouble(path, _cannot_stat(path, exc))
        return
    if stat.S_ISDIR(info.st_mode):
        if path.name not in _JUNK_FOLDERS:
            folders.append(path)
    else:
        yield _file(path, info, stored_path(root), stored_path(path.relative_to(root)))


def _file(path: Path, info: os.stat_result, folder: str, relative_path: str) -> FoundFile | FileIngested:
    if not stat.S_ISREG(info.st_mode):
        kind = next((what for test, what in _SPECIAL if test(info.st_mode)), "no file")
        return _trouble(path, f"This is {kind}, not a document.", "unsupported")
    return FoundFile(path, folder, relative_path)


_SPECIAL = (
    (stat.S_ISFIFO, "a pipe between programs"),
    (stat.S_ISSOCK, "a socket of a program"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a disk"),
)


def _cannot_stat(path: Path, exc: OSError | ValueError) -> str:
    if isinstance(exc, FileNotFoundError) and path.is_symlink():
        return "This link points to nothing."
    if isinstance(exc, FileNotFoundError):
        return "There is no file or folder of this name; check the spelling."
    if isinstance(exc, OSError):
        return f"This file cannot be opened: {exc.strerror or exc}."
    return "No file can have this name."


def _trouble(path: Path, sentence: str, state: str = "failed") -> FileIngested:
    return FileIngested(stored_path(path), state, error=sentence)


def _is_junk(name: str) -> bool:
    lower = name.lower()
    return (
        name.startswith((".", *_JUNK_STARTS))
        or lower in _JUNK_FILES
        or name in _JUNK_FOLDERS
        or lower.endswith(_JUNK_ENDS)
    )
