"""What may become a memory: text, importance, provenance, tags. Every way in goes through here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.clock import LAST_MS
from engine.errors import UnknownNameError, UsageError
from engine.memory.entry import Provenance
from engine.security.taint import MEMORY_DERIVED, MEMORY_USER, Labels, document_label, is_tainted, tool_label

# Longest text of one memory. A memory is a sentence or a page; a book is a document.
MAX_TEXT_BYTES = 1_000_000
# Tags are words to find by, not a second text.
_MAX_TAGS, _MAX_TAG_CHARACTERS = 32, 64
# Characters that no text has; a few in a row mean that somebody handed over a file.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
# What no font shows and Unicode counts as letters, marks or symbols: fillers, the empty braille cell, variations.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_SOURCES = frozenset({"user", "assistant", "document", "tool", "import"})


def check_text(text: str) -> str:
    """The text without white space around it.

    Raises:
        UsageError: it is empty (also of what can be seen), longer than 1 MB, or no text.
    """
    stripped = text.strip()
    if not is_seen(stripped):
        raise UsageError("There is nothing to remember: the text is empty.")
    try:
        size_bytes = len(stripped.encode())
    except UnicodeEncodeError as exc:
        raise UsageError("This is not text and cannot be remembered; write it in words.") from exc
    if size_bytes > MAX_TEXT_BYTES:
        raise UsageError("A memory holds at most 1 MB of text; add what is longer as a document.")
    if _BINARY.search(stripped):
        raise UsageError("This is not text and cannot be remembered; write it in words.")
    return stripped


def is_seen(text: str) -> bool:
    """Whether anything of a text can be seen: more than spaces, joiners and marks of direction."""
    return any(unicodedata.category(c) not in _UNSEEN for c in _BLANK.sub("", text))


def check_time(ms: int) -> int:
    """A moment in UTC ms.

    Raises:
        UsageError: no whole number, or no date that a calendar shows.
    """
    if isinstance(ms, bool) or not isinstance(ms, int) or not 0 <= ms <= LAST_MS:
        raise UsageError("The time of a memory is in whole milliseconds since 1970, and before the year 9999.")
    return ms


def check_importance(value: float) -> float:
    """The importance as a number.

    Raises:
        UsageError: outside 0…1, or no number.
    """
    if not 0 <= value <= 1:
        raise UsageError(f"Importance goes from 0 to 1, not {value:g}.")
    return float(value)


def check_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """The tags, each once, without white space around.

    Raises:
        UsageError: too many, or one too long.
    """
    clean = tuple(dict.fromkeys(" ".join(tag.split()) for tag in tags if tag.strip()))
    if len(clean) > _MAX_TAGS or any(len(tag) > _MAX_TAG_CHARACTERS for tag in clean):
        raise UsageError(f"A memory has at most {_MAX_TAGS} tags of {_MAX_TAG_CHARACTERS} characters each.")
    return clean


def check_provenance(given: Provenance | Mapping[str, Any] | None) -> Provenance:
    """The provenance as an object; the person's own word where nothing is said.

    Raises:
        UnknownNameError: no such field or source.
    """
    if given is None:
        return Provenance()
    if isinstance(given, Provenance):
        return given
    unknown = set(given) - set(Provenance.__dataclass_fields__)
    if unknown:
        raise UnknownNameError("provenance field", min(unknown), Provenance.__dataclass_fields__)
    provenance = Provenance(**{name: str(value) for name, value in given.items()})  # type: ignore[arg-type]
    if provenance.source not in _SOURCES:
        raise UnknownNameError("source", provenance.source, _SOURCES)
    return provenance


def labels_of_source(provenance: Provenance) -> Labels:
    """The labels of an entry of which nothing more is known."""
    if provenance.source == "user":
        return frozenset({MEMORY_USER})
    named = {
        "document": document_label(provenance.file or "unknown"),
        "tool": tool_label(provenance.place or "unknown"),
    }
    return frozenset({MEMORY_DERIVED, named.get(provenance.source, MEMORY_DERIVED)})


def is_foreign(labels: Iterable[str]) -> bool:
    """True where an entry may hold words of a document, a page of the web or a foreign tool.

    Such an entry is quarantined: it waits for the person as a suggestion, whoever wrote it, and no tidying
    makes it more. What a model or an import worded (`memory:derived` alone) is ours.
    """
    return is_tainted(label for label in labels if label != MEMORY_DERIVED)
