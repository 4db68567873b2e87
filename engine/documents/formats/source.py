"""What every parser is given, and the text it may hand on.

A parser is a function `parse(source) -> Iterator[Block]`. It yields blocks in reading order while it reads,
so that passages are embedded while later pages are still being parsed, and writes what it learns about the
whole file (title, number of pages, what was left out) into the `Source`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# Most bytes of one file that are looked at at all; the limit of reliability.md.
MAX_FILE_BYTES = 500_000_000
# Most bytes of a text, Markdown, HTML or code file that are read. A parser of markup needs some ten times
# that in memory, and 32 MB are already 30,000 passages. What lies beyond is named in the note.
MAX_TEXT_BYTES = 32_000_000
# Most characters of text of one document, whatever its format (a DOCX unpacks to more than it weighs).
MAX_TEXT_CHARS = 32_000_000

# Control characters, lone surrogates and non-characters: they break messages, terminals and matching.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\ufeff\u00ad]"
)
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")


def _nobody(page: int, pages: int | None) -> None:
    """Nobody follows the progress."""


@dataclass(slots=True)
class Source:
    """A file that is being read.

    Attributes:
        on_page: called after each page, or after each few blocks where a format has no pages: (done, total).
        title: what the file calls itself, "" where it does not.
        pages: how many pages, None where the format has none.
        notes: one sentence on each thing that was left out.
    """

    path: Path
    format: str = ""
    on_page: Callable[[int, int | None], None] = _nobody
    title: str = ""
    pages: int | None = None
    notes: list[str] = field(default_factory=list)

    def read_bytes(self) -> bytes:
        """The file's bytes; a file above the limit is cut and the note says so."""
        with self.path.open("rb") as file:
            data = file.read(MAX_TEXT_BYTES + 1)
        if len(data) > MAX_TEXT_BYTES:
            self.notes.append(f"Only the first {MAX_TEXT_BYTES // 1_000_000} MB of it were read.")
        return data[:MAX_TEXT_BYTES]


def clean_text(text: str) -> str:
    """Text without control characters, lone surrogates and soft hyphens, lines ended by a line feed."""
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))


def collapse(text: str) -> str:
    """Text on one line, each run of white space a single space."""
    return " ".join(text.split())


class Headings:
    """The headings above the place that is being read, as a path from the outermost."""

    def __init__(self) -> None:
        self._stack: list[tuple[float, str]] = []

    @property
    def path(self) -> tuple[str, ...]:
        """Outermost first."""
        return tuple(text for _, text in self._stack)

    def enter(self, level: float, text: str) -> tuple[str, ...]:
        """Begin a section; a smaller level is further out. Returns the new path."""
        while self._stack and self._stack[-1][0] >= level:
            self._stack.pop()
        self._stack.append((level, collapse(text)[:200]))
        return self.path

    def leave(self, level: float) -> None:
        """End every section of this level or deeper."""
        while self._stack and self._stack[-1][0] >= level:
            self._stack.pop()
