"""What is put before a chat model with the question: pinned facts, memories, snippets of the chosen documents."""

from __future__ import annotations

from collections.abc import Sequence

from engine.agent.prompt import Given
from engine.agent.run import Run
from engine.memory.entry import MemoryEntry
from engine.memory.recall import one_of_each, within
from engine.memory.suggestions import is_statement
from engine.security.taint import Labeled, document_label
from engine.tools.builtin.recall_memory import cite_memory, memory_line, recall_for_model
from engine.tools.builtin.search_documents import MAX_PLACES, SENTENCES_EACH, by_place, find_sentences
from engine.tools.quoting import cite, file_name, place_of, shorten
from engine.tools.tool import Tool

__all__ = ["gather"]

# Memories put before the model without being asked for.
_RECALLED = 5
# Of the context, at most so much; snippets get as much again (design.md section 5).
_RECALLED_SHARE = 0.1
_PINNED = 10
_PINNED_LOOKED_AT = 200


async def gather(run: Run, role_prompt: str, tools: Sequence[Tool]) -> Given:
    """Everything that goes into the newest turn of a run."""
    return Given(
        words=run.words,
        role_prompt=role_prompt,
        registry=run.tools,
        tools=tools,
        pinned=await _pinned(run),
        memories=await _memories(run),
        snippets=await _snippets(run),
        files=await _file_names(run),
    )


async def _pinned(run: Run) -> list[MemoryEntry]:
    if not run.use_memory or run.chat.system is not None:
        return []
    entries = await run.services.memory.list(pinned=True, trust="trusted", limit=_PINNED_LOOKED_AT)
    return [entry for entry in entries if entry.project in ("", run.chat.project)][:_PINNED]


async def _memories(run: Run) -> list[Labeled]:
    if not run.use_memory:
        return []
    memory, max_tokens = run.services.memory, int(_RECALLED_SHARE * run.info.n_ctx)
    # What was said in this chat stands before the model already, unless it was compacted away.
    without_chat = "" if run.chat.visible_from else run.chat.id
    recalled = await recall_for_model(
        memory,
        run.services.embedder,
        run.words,
        _RECALLED,
        project=run.chat.project,
        turns=[turn.text for turn in run.earlier if turn.role == "user"],
        without_chat=without_chat,
        # That a statement is like an earlier one is no use of it; a question that it answers is.
        touch=not is_statement(run.words),
    )
    newer = await memory.recall_newer(recalled, project=run.chat.project, without_chat=without_chat)
    lines = []
    for hit in within(one_of_each([*recalled, *newer]), max_tokens):
        citation = run.book.add(cite_memory(hit.entry))
        lines.append(Labeled(memory_line(citation.number, hit.entry), frozenset(hit.entry.labels)))
    return lines


async def _snippets(run: Run) -> list[Labeled]:
    """What the chosen documents say to the question; without chosen ones the model searches by itself."""
    if not run.request.document_ids:
        return []
    sentences = await find_sentences(run.words, run.words, run.context(), MAX_PLACES * SENTENCES_EACH)
    lines = []
    for found in by_place(sentences):
        hit = found[0].hit
        citation = run.book.add(cite(hit, hit.text[found[0].start : found[-1].end]))
        text = f"[{citation.number}] {place_of(hit)}: {' … '.join(shorten(s.text) for s in found)}"
        lines.append(Labeled(text, frozenset(hit.labels or (document_label(hit.group),))))
    return lines


async def _file_names(run: Run) -> list[str]:
    store = run.services.store
    records = await store.get_many([store.keys.document(id) for id in run.request.document_ids])
    return [file_name(str(record["path"])) for record in records if record is not None]
