"""recall_memory: what was remembered in earlier chats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from engine.events import Citation
from engine.memory.entry import MemoryEntry
from engine.memory.memory import RecallHit
from engine.memory.recall import one_of_each
from engine.search.types import Hit
from engine.security.taint import Labels, join
from engine.tools.builtin.current_time import local_time, written_date
from engine.tools.quoting import plain, shorten
from engine.tools.tool import Tool, ToolContext, ToolResult

_MOST = 5


Speaker = Literal["person", "assistant", "kept"]


def speaker_of(entry: MemoryEntry) -> Speaker:
    """Whose words a memory is: the person's, an answer's, or what was accepted, imported or found."""
    source = entry.provenance.source
    if source == "assistant":
        # A suggestion keeps the words that it was made of.
        return "kept" if entry.provenance.words else "assistant"
    return "person" if source == "user" else "kept"


def memory_line(number: int, entry: MemoryEntry) -> str:
    """A memory as a model sees it: `[2] remembered on 3 May 2026: text`; its own words are named as that."""
    how = "answered by the assistant" if speaker_of(entry) == "assistant" else "remembered"
    return f"[{number}] {how} on {written_date(local_time(entry.created_ms))}: {shorten(entry.text)}"


def cite_memory(entry: MemoryEntry) -> Citation:
    """A citation of a whole memory."""
    return Citation(0, "", None, written_date(local_time(entry.created_ms)), entry.text, entry.id, "memory")


def to_hit(recalled: RecallHit) -> Hit:
    """A memory as a search result."""
    entry = recalled.entry
    return Hit(entry.id, "memory", entry.text, recalled.score, group=entry.tier, why=recalled.why, labels=entry.labels)


def to_sentences(recalled: RecallHit) -> Hit:
    """The same for picking sentences: people note things without a full stop, and that makes no heading of it."""
    hit = to_hit(recalled)
    return hit if hit.text.endswith((".", "!", "?")) else replace(hit, text=hit.text + ".")


def labels_of(recalled: list[RecallHit]) -> Labels:
    """Origins of what was recalled."""
    return join(*(hit.entry.labels for hit in recalled))


async def _run(arguments: dict[str, Any], context: ToolContext) -> ToolResult:
    recalled = await context.memory.recall(arguments["query"], _MOST, project=context.project)
    recalled = one_of_each([*recalled, *await context.memory.recall_newer(recalled, project=context.project)])
    if not recalled:
        return ToolResult(f"Nothing is remembered about {plain(arguments['query'])!r}.")
    citations = tuple(context.citations.add(cite_memory(hit.entry)) for hit in recalled)
    lines = [memory_line(c.number, hit.entry) for c, hit in zip(citations, recalled, strict=True)]
    hits = tuple(to_hit(hit) for hit in recalled)
    return ToolResult("\n".join(lines), hits, citations, labels_of(recalled))


RECALL_MEMORY = Tool(
    name="recall_memory",
    description="Find what was remembered about the person or from earlier chats.",
    parameters={
        "type": "object",
        "properties": {"query": {"type": "string", "minLength": 1, "maxLength": 2000}},
        "required": ["query"],
    },
    family="memory",
    keywords=("remember", "recall", "told", "said", "my", "know", "earlier", "last", "favourite", "birthday"),
    reads=frozenset({"memory"}),
    run=_run,
)
