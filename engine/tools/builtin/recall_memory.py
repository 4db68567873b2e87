"""recall_memory: what was remembered in earlier chats, and how it is read for a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from engine.events import Citation
from engine.memory.entry import MemoryEntry
from engine.memory.memory import Memory, RecallHit
from engine.memory.recall import one_of_each, rewrite_query
from engine.memory.suggestions import tells
from engine.search.judgement import judge_of
from engine.search.types import Embedder, Hit, Reader
from engine.security.taint import Labels, join
from engine.tools.builtin.current_time import local_time, written_date
from engine.tools.builtin.search_documents import pick_sentences
from engine.tools.quoting import plain, shorten
from engine.tools.tool import Tool, ToolContext, ToolResult

_MOST = 5
# Of 2,560 questions to 24 memories each the one that answers is among so many for 99 %, among five for 97.
MEMORIES_READ = 10


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


def reads_memories(embedder: Embedder | None) -> bool:
    """Whether memories are read and judged as documents are, rather than by words and meaning alone."""
    return isinstance(embedder, Reader) and judge_of({"memory"}) is not None


async def recall_for_model(
    memory: Memory,
    embedder: Embedder | None,
    query: str,
    k: int,
    *,
    project: str,
    turns: Sequence[str] = (),
    without_chat: str = "",
    touch: bool = True,
) -> list[RecallHit]:
    """The memories that a model is given with a query: what may answer it when read, then what is like it.

    Of 256 questions to eight persons' 24 memories each the one that answers is among them for 88 %, and among what is
    like the question alone for 52 %. 0.3 come with a question to documents, where what is like it brings none.

    Args:
        turns, without_chat, touch: as for `Memory.recall`.
    """
    # Nobody reads these before the model does: a memory that does not fit is worse than none.
    like = await memory.recall(
        query, k, project=project, turns=turns, without_chat=without_chat, strict=True, touch=False
    )
    found: list[RecallHit] = []
    near: list[str] = []
    if reads_memories(embedder):
        query = rewrite_query(query, turns)
        found = await memory.recall(
            query, MEMORIES_READ, project=project, without_chat=without_chat, gated=False, touch=False
        )
        # What was asked before answers nothing.
        found = [hit for hit in found if tells(hit.entry)]
        read = await pick_sentences(query, [to_sentences(hit) for hit in found], embedder, MEMORIES_READ)
        near = [s.hit.id for s in read if s.is_near and "order" in s.why]  # nobody read them where the reader is away
    by_id = {hit.entry.id: hit for hit in [*found, *like]}
    given = [by_id[id] for id in dict.fromkeys([*near, *(hit.entry.id for hit in like)])][:k]
    if touch:
        await memory.touch([hit.entry.id for hit in given[:1]])
    return given


async def _run(arguments: dict[str, Any], context: ToolContext) -> ToolResult:
    query, memory, project = arguments["query"], context.memory, context.project
    recalled = await recall_for_model(memory, context.embedder, query, _MOST, project=project)
    # The model asked for it and reads it with that in mind: what fits less well is better than nothing.
    recalled += await memory.recall(query, _MOST, project=project, touch=False)
    recalled = list({hit.entry.id: hit for hit in reversed(recalled)}.values())[::-1][:_MOST]
    recalled = one_of_each([*recalled, *await memory.recall_newer(recalled, project=project)])
    if not recalled:
        return ToolResult(f"Nothing is remembered about {plain(query)!r}.")
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
