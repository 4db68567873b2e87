"""How the command line shows a memory and a change of memories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.faces.cli.output import one_line, say
from engine.memory.entry import MemoryEntry
from engine.memory.journal import MemoryChange
from engine.memory.suggestions import LASTING
from engine.search.fusion import normalised
from engine.tools.builtin.current_time import local_time

# Characters of a memory in a list: `memory show` has all of it.
_MOST_SHOWN = 500


def entry_object(entry: MemoryEntry) -> dict[str, Any]:
    """One entry as `--json` prints it; the vector stays inside."""
    record = entry.to_record()
    record.pop("vector", None)
    return record


def change_object(change: MemoryChange) -> dict[str, Any]:
    """One change as `--json` prints it."""
    return {**change.to_record(), "sentence": change.sentence, "can_undo": change.can_undo}


def describe_entry(entry: MemoryEntry) -> list[tuple[str, str]]:
    """Everything of one entry that a person may want to know, with its name, in words."""
    source, links = entry.provenance, entry.links
    rows = [
        ("id", entry.id),
        ("text", entry.text),
        ("tier", entry.tier),
        ("importance", f"{entry.importance:.2f}"),
        ("pinned", "yes" if entry.pinned else ""),
        ("trust", entry.trust),
        ("tags", ", ".join(entry.tags)),
        ("project", entry.project),
        ("written", _day(entry.created_ms)),
        ("last used", f"{_day(entry.last_used_ms)}, {entry.uses} times in all" if entry.uses else "never"),
        ("said by", "you" if source.source == "user" else source.source),
        ("in the words", source.words if source.words != entry.text else ""),
        ("chat", source.chat),
        ("read in", " ".join(part for part in (source.file, source.place) if part)),
        ("replaces", ", ".join(links.supersedes)),
        ("merged from", ", ".join(links.merged_from)),
        ("points to", ", ".join(links.refers_to)),
    ]
    return [(name, value) for name, value in rows if value]


def show_entry(entry: MemoryEntry) -> None:
    """One line: id, day, tier, importance (* pinned, ? suggested), the text or its beginning."""
    marks = ("*" if entry.pinned else "") + ("?" if entry.trust == "suggested" else "")
    text = one_line(entry.text)
    if len(text) > _MOST_SHOWN:
        text = text[:_MOST_SHOWN].rsplit(" ", 1)[0] + " …"
    say(f"{entry.id}  {_day(entry.created_ms)}  {entry.tier:<10} {entry.importance:.2f}{marks}  {text}")


def show_change(change: MemoryChange) -> None:
    """One line: id, day, sentence."""
    undone = " (taken back)" if change.undone else ""
    say(f"{change.id}  {_day(change.at_ms)}  {one_line(change.sentence)}{undone}")


def _day(time_ms: int) -> str:
    return f"{local_time(time_ms):%Y-%m-%d %H:%M}"


def without_copies(entries: Sequence[MemoryEntry]) -> list[MemoryEntry]:
    """The entries without what was said in a chat in the same words as one that lasts."""
    lasting = {(entry.project, normalised(entry.text)) for entry in entries if entry.tier in LASTING}
    return [e for e in entries if e.tier in LASTING or (e.project, normalised(e.text)) not in lasting]
