"""What can be found and how it is put in order; plain data, no widget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["command", "chat", "document", "memory", "passage", "ask"]
# The order of the sections, and how many of each are shown.
SHOWN: dict[Kind, int] = {"command": 5, "chat": 5, "document": 5, "memory": 5, "passage": 6, "ask": 1}
SNIPPET_CHARACTERS = 120


@dataclass(frozen=True)
class Found:
    """One row.

    Attributes:
        detail: where it is or what surrounds it.
        keys: of a command, as the system writes them.
        act: opens it.
    """

    kind: Kind
    title: str
    detail: str
    act: Callable[[], object]
    keys: str = ""


def fits(words: Sequence[str], text: str) -> int:
    """How well a text fits: 0 not at all, 1 every word is in it, 2 every word begins one, 3 it begins with them."""
    folded = text.casefold()
    if not all(word in folded for word in words):
        return 0
    if folded.startswith(" ".join(words)):
        return 3
    beginnings = folded.replace("-", " ").split()
    return 2 if all(any(b.startswith(word) for b in beginnings) for word in words) else 1


def best_fits(query: str, candidates: Iterable[Found]) -> list[Found]:
    """The candidates whose title or detail fits, titles that begin with the query first; all for an empty query."""
    words = query.casefold().split()
    ranked = [(max(2 * fits(words, c.title), fits(words, f"{c.title} {c.detail}")), c) for c in candidates]
    return [found for _, found in sorted((r for r in ranked if r[0]), key=lambda r: -r[0])]


def in_sections(found: Iterable[Found]) -> list[Found]:
    """The rows in the order of their sections, each cut to what is shown."""
    rows: list[Found] = []
    everything = list(found)
    for kind, limit in SHOWN.items():
        rows += [each for each in everything if each.kind == kind][:limit]
    return rows


def snippet(text: str, query: str) -> str:
    """The part of a text around the first word of the query, on one line."""
    line = " ".join(text.split())
    if len(line) <= SNIPPET_CHARACTERS:
        return line
    folded = line.casefold()
    places = [folded.find(word) for word in query.casefold().split()]
    first = min((p for p in places if p >= 0), default=0)
    start = max(0, first - SNIPPET_CHARACTERS // 4)
    if start:
        start = line.find(" ", start, first) + 1 or start
    end = start + SNIPPET_CHARACTERS
    return ("…" if start else "") + line[start:end].strip() + ("…" if end < len(line) else "")
