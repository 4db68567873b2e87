"""read_document: more of a document, around a place that was found or at a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from engine.documents.types import Document, Passage
from engine.errors import UnknownNameError
from engine.security.taint import document_label
from engine.tools.builtin.search_documents import to_hit
from engine.tools.quoting import cite, file_name, located, place_of
from engine.tools.tool import Tool, ToolContext, ToolResult

# Longest text that one call gives, in characters: about 800 tokens.
MAX_CHARACTERS = 3000
_NUMBER = re.compile(r"\[?(\d{1,3})\]?")


async def _run(arguments: dict[str, Any], context: ToolContext) -> ToolResult:
    source = arguments["source"].strip()
    try:
        document, passages, start = await _open(source, context)
    except UnknownNameError as exc:
        return ToolResult(str(exc), ok=False)
    name, offset, page = file_name(document.path), 0, arguments.get("page")
    if not passages:
        return ToolResult(f"{name} has no text.", ok=False)
    if page is not None:
        starts = _page_starts(passages)
        if page not in starts:
            return ToolResult(f"{name} has no text on page {page}; its last is {max(starts, default=0)}.", ok=False)
        start, offset = starts[page]
    return _excerpt(document, passages, start, offset, context)


def _page_starts(passages: Sequence[Passage]) -> dict[int, tuple[int, int]]:
    """Where each page begins: which passage, and the offset in it."""
    starts: dict[int, tuple[int, int]] = {}
    for i, passage in enumerate(passages):
        for offset, page, _ in passage.places or ((0, passage.page, passage.heading),):
            if page is not None:
                starts.setdefault(page, (i, offset))
    return starts


async def _open(source: str, context: ToolContext) -> tuple[Document, list[Passage], int]:
    """The document, its passages, and the passage to begin at."""
    keys = context.store.keys
    match = _NUMBER.fullmatch(source)
    citation = context.citations.get(int(match.group(1))) if match else None
    if match and citation is None:
        raise UnknownNameError("place", source)
    if citation is None:
        document = await _find(source, context)
        return document, await _passages(document, context), 0
    record = await context.store.get(keys.passage(citation.passage_id)) if citation.kind == "document" else None
    if record is None:
        raise UnknownNameError("document at", source)
    passage = Passage.from_record(record)
    found = await context.store.get(keys.document(passage.document_id))
    if found is None:
        raise UnknownNameError("document at", source)
    document = Document.from_record(found)
    passages = await _passages(document, context)
    # One passage before the place, so that a sentence cut by the border of a passage is whole.
    at = next((i for i, p in enumerate(passages) if p.id == passage.id), 0)
    return document, passages, max(0, at - 1)


async def _find(name: str, context: ToolContext) -> Document:
    """The document of that file name, of the run's own documents or of all."""
    keys = context.store.keys
    ids = context.document_ids or tuple(id for id, _ in await context.store.range(keys.documents))
    records = await context.store.get_many([keys.document(id) for id in ids])
    documents = [Document.from_record(record) for record in records if record is not None]
    wanted = name.casefold()
    for document in documents:
        if wanted in (file_name(document.path).casefold(), document.path.casefold(), document.title.casefold()):
            return document
    raise UnknownNameError("document", name, [file_name(d.path) for d in documents])


async def _passages(document: Document, context: ToolContext) -> list[Passage]:
    keys = context.store.keys
    members = await context.store.range(keys.document_passages(document.id))
    records = await context.store.get_many([keys.passage(member) for member, _ in members])
    return [Passage.from_record(record) for record in records if record is not None]


def _excerpt(
    document: Document, passages: Sequence[Passage], start: int, offset: int, context: ToolContext
) -> ToolResult:
    text, last = "", passages[start]
    for passage in passages[start:]:
        # Passages overlap; the offsets say how much of the next one is new.
        new = passage.text[max(0, last.end - passage.start) :] if text else passage.text[offset:]
        gap = "\n\n" if text and passage.start > last.end else ""
        if text and len(text) + len(new) > MAX_CHARACTERS:
            break
        text, last = text + gap + new, passage
    text = text[:MAX_CHARACTERS]
    hit = located(to_hit(document, passages[start]), passages[start], offset)
    citation = context.citations.add(cite(hit, text))
    more = "" if last is passages[-1] else "\n(There is more after this.)"
    return ToolResult(
        f"[{citation.number}] {place_of(hit)}:\n{text}{more}", (hit,), (citation,),
        frozenset(document.labels or (document_label(document.id),)),
    )  # fmt: skip


READ_DOCUMENT = Tool(
    name="read_document",
    description="Read more of a document: around a place [n] that was found, or a file, or one page of it.",
    parameters={
        "type": "object",
        "properties": {
            "source": {"type": "string", "minLength": 1, "maxLength": 400},
            "page": {"type": "integer", "minimum": 1, "maximum": 100_000},
        },
        "required": ["source"],
    },
    family="documents",
    keywords=("read", "whole", "page", "chapter", "section", "summary", "summarise", "more"),
    reads=frozenset({"documents"}),
    run=_run,
)
