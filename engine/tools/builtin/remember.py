"""remember: keep something for good.

Only the person's own words of this turn become a trusted memory. What a model words itself waits as a
suggestion, which is never recalled, until the person accepts it.
"""

from __future__ import annotations

import hashlib
from typing import Any

from ulid import ULID

from engine.errors import UsageError
from engine.events import Citation
from engine.ids import create_id
from engine.memory.entry import MemoryEntry, Provenance
from engine.memory.importance import REMEMBERED
from engine.security.approval import normalise
from engine.security.taint import MEMORY_DERIVED, MEMORY_USER, join, tool_label
from engine.tools.quoting import shorten
from engine.tools.tool import Tool, ToolContext, ToolResult


def create_memory_id(turn_id: str, text: str) -> str:
    """The same id for the same words of the same turn, so that a repeated run is the same write."""
    try:
        time_part = ULID.from_str(turn_id).bytes[:6]
    except ValueError:
        return create_id()
    return str(ULID.from_bytes(time_part + hashlib.sha256(f"{turn_id}\0{text}".encode()).digest()[:10]))


async def _run(arguments: dict[str, Any], context: ToolContext) -> ToolResult:
    text = " ".join(arguments["text"].split())
    labels = frozenset({tool_label("remember")})
    trusted = context.decision.verdict == "allow"
    try:
        known = await _find_same(text, context) if trusted else None
        entry = known or await _add(text, context, trusted=trusted)
    except UsageError as exc:
        return ToolResult(str(exc), ok=False, labels=labels)
    if known:
        observation = f'This is remembered already: "{shorten(known.text)}"'
    elif trusted:
        observation = f'Remembered: "{shorten(entry.text)}"'
    else:
        observation = (
            "These are not the person's own words, so they wait as a suggestion until the person accepts them; "
            "do not say that they are remembered."
        )
    data = {"id": entry.id, "text": entry.text, "trusted": trusted, "known": known is not None}
    return ToolResult(observation, labels=labels, data=data)


async def _find_same(text: str, context: ToolContext) -> MemoryEntry | None:
    hits = await context.memory.recall(text, 3, project=context.project, touch=False)
    return next((hit.entry for hit in hits if _same(hit.entry.text, text)), None)


def _same(one: str, other: str) -> bool:
    return normalise(one).rstrip(".!") == normalise(other).rstrip(".!")


async def _add(text: str, context: ToolContext, *, trusted: bool) -> MemoryEntry:
    labels = frozenset({MEMORY_USER}) if trusted else join({MEMORY_DERIVED}, context.labels)
    # Who has to accept it sees which document said it.
    read = None if trusted else context.citations.of(text)
    return await context.memory.add(
        text,
        id=create_memory_id(context.turn_id, text),
        tier="semantic",
        importance=REMEMBERED,
        project=context.project,
        provenance=Provenance(
            "user" if trusted else "assistant",
            chat=context.chat_id,
            turn=context.turn_id,
            file=read.path if read else "",
            place=_place(read) if read else "",
            words=context.session.words[:2000],
        ),
        trust="trusted" if trusted else "suggested",
        labels=labels,
    )


def _place(citation: Citation) -> str:
    parts = (f"page {citation.page}" if citation.page is not None else "", citation.heading)
    return ", ".join(part for part in parts if part)


REMEMBER = Tool(
    name="remember",
    description="Keep something for later chats. Copy the person's own words exactly.",
    parameters={
        "type": "object",
        "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 1_000_000}},
        "required": ["text"],
    },
    family="memory",
    keywords=("remember", "note", "keep", "forget", "remind", "save"),
    writes=frozenset({"memory"}),
    quarantines=True,
    run=_run,
)
