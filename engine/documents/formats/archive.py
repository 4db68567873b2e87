"""Whether a zip is safe to unpack: checked before any library sees it."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from engine.errors import DocumentError

# Limits of reliability.md.
MAX_ENTRIES = 10_000
MAX_RATIO = 100
MAX_TOTAL_BYTES = 500_000_000
# A small part may well shrink a hundredfold; below this size the ratio says nothing.
_RATIO_FROM_BYTES = 1_000_000
_STEP_BYTES = 1 << 16
# A definition of entities, in the encodings that an XML parser takes by itself.
_DOCTYPES = tuple("<!DOCTYPE".encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be"))


def check_zip(path: Path) -> None:
    """Return if every entry has a harmless name and size, and no XML part defines entities.

    The sizes that a zip declares are not believed: each entry is unpacked once, piece by piece.

    Raises:
        DocumentError: it is not safe, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise _refused(f"it holds {len(entries)} parts, and {MAX_ENTRIES} is the most that is opened")
            total = 0
            for entry in entries:
                _check_name(entry.filename)
                total += _check_entry(archive, entry, MAX_TOTAL_BYTES - total)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as exc:
        raise DocumentError(
            "This file is damaged or cut short and cannot be opened; fetch or export it once more."
        ) from exc


def _check_name(name: str) -> None:
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or name[1:2] == ":":
        raise _refused("a part in it is named so that it would be written outside")


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> int:
    size, tail = 0, b""
    is_xml = entry.filename.lower().endswith((".xml", ".rels"))
    with archive.open(entry) as part:
        while piece := part.read(_STEP_BYTES):
            size += len(piece)
            if size > room:
                raise _refused(f"it unpacks to more than {MAX_TOTAL_BYTES // 1_000_000} MB")
            if size > _RATIO_FROM_BYTES and size > MAX_RATIO * max(1, entry.compress_size):
                raise _refused(f"a part of it unpacks to more than {MAX_RATIO} times its size")
            if is_xml and any(mark in tail + piece for mark in _DOCTYPES):
                raise _refused("it defines entities of its own, which no word processor writes")
            tail = piece[-20:]
    return size


def _refused(why: str) -> DocumentError:
    return DocumentError(f"This file was not opened, because {why}. If you trust it, save it anew from its program.")
