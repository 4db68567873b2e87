"""forget: throw a memory away, where it is sure which one is meant.

What is meant is surely one fact if one memory has all the words that the person named, small words aside, and no other
has them as well, but for those that say the same or say it with another value: what was said in a chat and what was
kept of it, the old password and the new. All of these go together, or the person would believe forgotten what a recall
still finds. It goes to the trash, from where it can be taken back for 30 days; for good it goes there by itself,
or by the memory panel. Otherwise nothing is thrown away and the candidates are named.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from typing import Any

from engine.errors import UnknownNameError
from engine.memory.contradiction import contradicts
from engine.memory.entry import MemoryEntry
from engine.memory.persons import is_about_another
from engine.memory.suggestions import tells
from engine.search.terms import word_set
from engine.search.types import Kind
from engine.security.taint import join, tool_label
from engine.tools.builtin.remember import create_memory_id
from engine.tools.quoting import plain, shorten
from engine.tools.tool import Tool, ToolContext, ToolResult

# Memories that are looked at, and that are named where it is not sure which one is meant.
_LOOKED_AT = 12
_NAMED = 3
# Named is only what shares a word with what is to be forgotten, or comes so near in meaning (cosine).
_NEAR = 0.3
_MEMORY: tuple[Kind, ...] = ("memory",)
# Where what was remembered on purpose lies; turns of chats that say the same go their own way.
_KEPT_TIERS = ("semantic", "long_term")
_WORD = re.compile(r"\w+(?:['’]\w+)?")
_SMALL_WORDS = """
a about all an and any are as at be but by can could did do does everything for from had has have he her his how i
i'm in is it it's its me memory memories my note of on or our said say she that the their them they thing things
this to told was we were what when where which who will with you your yours
"""
_ASKING = word_set("remember keep note save store please pls that this it down for me you can could thanks")
# Of a long memory so much tells it from others.
_BEGINNING = 300
_SMALL = frozenset(_SMALL_WORDS.split())


def create_forgetting_id(turn_id: str, ids: Sequence[str]) -> str:
    """Of the change by which a turn forgets these memories: a repeated run makes the same, and finds it."""
    return create_memory_id(turn_id, " ".join(["forget", *sorted(ids)]))


async def _run(arguments: dict[str, Any], context: ToolContext) -> ToolResult:
    text = " ".join(arguments["text"].split())
    nearest = await _nearest(text, context)
    entries = [entry for entry, _ in nearest]
    kept = [entry for entry in entries if entry.tier in _KEPT_TIERS]
    fitting = _fitting(text, kept) or _fitting(text, [entry for entry in entries if entry not in kept])
    labels = join({tool_label("forget")}, *(entry.labels for entry in (fitting or entries)))
    if fitting and all(_is_same_fact(entry, fitting[0]) for entry in fitting):
        # A search shows one of several that say the same.
        alike = await context.memory.list(
            query=fitting[0].text[:_BEGINNING].rstrip(".!"), project=context.project or None
        )
        found = {entry.id: entry for entry in (*entries, *alike) if entry.trust == "trusted"}
        gone = [entry for entry in found.values() if _is_same_fact(entry, fitting[0])]
        ids = [entry.id for entry in gone]
        await context.memory.trash(ids, change_id=create_forgetting_id(context.turn_id, ids))
        said = tuple(dict.fromkeys(entry.text for entry in sorted(gone, key=lambda entry: -entry.created_ms)))
        observation = f"Forgotten: {', '.join(repr(shorten(text)) for text in said)}. It can be taken back for 30 days."
        return ToolResult(observation, labels=labels, data={"forgotten": said, "ids": ids})
    # What was only said or asked in a chat is found where it is meant, and is no suggestion.
    wanted = _words(text) - _SMALL
    near = [e for e, meaning in nearest if meaning >= _NEAR or wanted & _words(e.text)]
    named = (fitting or [e for e in kept if e in near] or [e for e in near if tells(e)])[:_NAMED]
    if not named:
        return ToolResult(f"Nothing is remembered about {plain(text)!r}.", ok=False, labels=labels)
    lines = "\n".join(f"- {shorten(entry.text)}" for entry in named)
    sentence = "Several memories fit; name one of them:" if fitting else "None fits for sure; the nearest are:"
    data = {"nearest": tuple(entry.text for entry in named), "several": bool(fitting)}
    return ToolResult(f"{sentence}\n{lines}", ok=False, labels=labels, data=data)


async def _nearest(text: str, context: ToolContext) -> list[tuple[MemoryEntry, float]]:
    """Memories near the words that count, and how near in meaning; unlike a recall also those that answer nothing."""
    query = " ".join(word for word in text.split() if _words(word) - _SMALL) or text
    hits = await context.search(query, k=_LOOKED_AT, kinds=_MEMORY, project=context.project)
    entries = []
    for hit in hits:
        with contextlib.suppress(UnknownNameError):  # just gone, and the index a moment behind
            entries.append((await context.memory.get(hit.id), hit.why.get("meaning", 0.0)))
    return [(entry, meaning) for entry, meaning in entries if entry.trust == "trusted"]


def _fitting(text: str, entries: Sequence[MemoryEntry]) -> list[MemoryEntry]:
    """Those that have all the words that count; of these only the ones that say exactly this, if there are any."""
    wanted = _words(text) - _SMALL
    if not wanted:
        return []
    same = [entry for entry in entries if _words(entry.text) == _words(text)]
    fitting = [entry for entry in entries if wanted <= _words(entry.text)]
    return same[:1] or [entry for entry in fitting if not is_about_another(text, entry.text)]


def _is_same_fact(entry: MemoryEntry, other: MemoryEntry) -> bool:
    """Whether two say the same, one of them perhaps with the asking to keep it, or the same of another value."""
    said = _words(entry.text) - _ASKING == _words(other.text) - _ASKING
    return said or contradicts(entry.text, other.text)


def _words(text: str) -> set[str]:
    """Words without case, possessive and plural s."""
    folded = (match.casefold().replace("’", "'").removesuffix("'s") for match in _WORD.findall(text))
    return {word.removesuffix("s") if len(word) > 3 else word for word in folded}


FORGET = Tool(
    name="forget",
    description="Throw away one memory. Copy the person's own words for what is to be forgotten.",
    parameters={
        "type": "object",
        "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 2000}},
        "required": ["text"],
    },
    family="memory",
    keywords=("forget", "delete", "erase", "longer true", "any more", "anymore"),
    writes=frozenset({"memory"}),
    run=_run,
)
