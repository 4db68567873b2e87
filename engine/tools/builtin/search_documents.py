"""search_documents: the sentences that match best, with their places.

Short on purpose: three places with one or two sentences each cost a small model 150 tokens, three whole
passages cost 900 and hide the answer. The passage stays behind the citation; `read_document` gives more.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.documents.types import Document, Passage
from engine.errors import EmbedderError
from engine.search.place_asked import place_subject
from engine.search.query import SentenceHit, best_sentences
from engine.search.types import Embedder, Hit, Kind
from engine.security.taint import document_label, join
from engine.tools.quoting import cite, from_store, located, place_of, plain, shorten
from engine.tools.tool import Tool, ToolContext, ToolResult

logger = logging.getLogger(__name__)

# Places in an observation, sentences of each, and passages among which they are picked: of 848 questions the passage
# with the answer is among so many for 98.0 %, among ten for 96.6.
MAX_PLACES = 3
SENTENCES_EACH = 2
PASSAGES_READ = 14
# With chosen documents only: so many results are asked for before those of other documents fall out.
_CANDIDATES_CHOSEN = 64
_PASSAGES_CHOSEN = 40
_DOCUMENTS: tuple[Kind, ...] = ("document",)


async def find_sentences(
    question: str, query: str, context: ToolContext, limit: int, *, n_passages: int = PASSAGES_READ
) -> list[SentenceHit]:
    """The sentences that answer a question best, out of the `n_passages` passages that fit a query best.

    Each one's hit has the page and heading of the sentence, which may differ from those of its passage.
    """
    found = (await _search_passages(place_subject(question) or query, context))[:n_passages]
    passages = {hit.id: passage for hit, passage in found}
    sentences = await pick_sentences(question, [hit for hit, _ in found], context.embedder, limit)
    return [_located(s, passages[s.hit.id]) for s in sentences]


def _located(s: SentenceHit, passage: Passage) -> SentenceHit:
    """The sentence with its own place; a neighbour on the next page or under the next heading is left out."""
    first, last = s.quote
    one_place = passage.place_at(first) == passage.place_at(max(first, last - 1))
    return replace(s, hit=located(s.hit, passage, s.start), quote=s.quote if one_place else (s.start, s.end))


async def _search_passages(query: str, context: ToolContext) -> list[tuple[Hit, Passage]]:
    """Passages that fit a query, best first, as the store has them."""
    chosen = context.document_ids
    k = _CANDIDATES_CHOSEN if chosen else PASSAGES_READ
    hits = await context.search(query, k=k, kinds=_DOCUMENTS, project=context.project)
    if chosen:
        hits = [hit for hit in hits if hit.group in chosen][:PASSAGES_READ] or await _passages_of(chosen, context)
    return await from_store(context.store, hits)


async def _passages_of(document_ids: Sequence[str], context: ToolContext) -> list[Hit]:
    """The first passages of the chosen documents, for a question whose words are not in them."""
    keys = context.store.keys
    hits: list[Hit] = []
    for document_id in document_ids:
        record = await context.store.get(keys.document(document_id))
        if record is None:
            continue
        document = Document.from_record(record)
        members = await context.store.range(keys.document_passages(document_id), limit=_PASSAGES_CHOSEN)
        for found in await context.store.get_many([keys.passage(member) for member, _ in members]):
            if found is not None:
                hits.append(to_hit(document, Passage.from_record(found)))
    return hits[:_PASSAGES_CHOSEN]


def to_hit(document: Document, passage: Passage) -> Hit:
    """A passage as a search result without a score."""
    return Hit(
        passage.id, "document", passage.text, 0.0, document.path, passage.page, passage.heading, document.id,
        passage.position, labels=document.labels or (document_label(document.id),),
    )  # fmt: skip


async def pick_sentences(
    question: str, hits: Sequence[Hit], embedder: Embedder | None, limit: int
) -> list[SentenceHit]:
    """The sentences that answer best; by words alone where the embedder fails."""
    try:
        return await best_sentences(question, hits, embedder, limit=limit)
    except EmbedderError as exc:
        logger.warning("sentences are picked by words only: %s", exc)
        return await best_sentences(question, hits, None, limit=limit)


def by_place(sentences: Sequence[SentenceHit]) -> list[list[SentenceHit]]:
    """Sentences of the same place together, in the order of the text; the best place first."""
    places: dict[tuple[str, int | None, str], list[SentenceHit]] = {}
    for sentence in sentences:
        hit = sentence.hit
        found = places.setdefault((hit.id, hit.page, hit.heading), [])
        if len(found) < SENTENCES_EACH:
            found.append(sentence)
    return [sorted(found, key=lambda s: s.start) for found in list(places.values())[:MAX_PLACES]]


async def _run(arguments: dict[str, Any], context: ToolContext) -> ToolResult:
    query = arguments["query"]
    shown = by_place(await find_sentences(query, query, context, MAX_PLACES * SENTENCES_EACH))
    if not shown:
        return ToolResult(f"No document says anything about {plain(query)!r}. Try other words.")
    lines, citations = [], []
    for place in shown:
        hit = place[0].hit
        # The observation leaves out what stands between two sentences; the citation is verbatim, one run.
        citation = context.citations.add(cite(hit, hit.text[place[0].start : place[-1].end]))
        citations.append(citation)
        lines.append(f"[{citation.number}] {place_of(hit)}: {' … '.join(shorten(s.text) for s in place)}")
    used = tuple(place[0].hit for place in shown)
    return ToolResult("\n".join(lines), used, tuple(citations), _labels(used))


def _labels(hits: Sequence[Hit]) -> frozenset[str]:
    return join(*(hit.labels or (document_label(hit.group),) for hit in hits))


SEARCH_DOCUMENTS = Tool(
    name="search_documents",
    description="Find the sentences in the person's documents that fit a query. Cite them as [n].",
    parameters={
        "type": "object",
        "properties": {"query": {"type": "string", "minLength": 1, "maxLength": 2000}},
        "required": ["query"],
    },
    family="documents",
    keywords=("document", "file", "pdf", "read", "page", "contract", "letter", "where", "find", "say", "says"),
    reads=frozenset({"documents"}),
    run=_run,
)
