"""What the guide says of Scrubjay itself: a sentence of the document that comes with it, else a known answer.

Where neither has one, it says so and what it can do.
"""

from __future__ import annotations

import re
from dataclasses import replace

from engine.agent.guide.answer.look_up import CANDIDATES, QUERY_CHARACTERS, nothing_found
from engine.agent.guide.answer.nearest import point_to_nearest, quote
from engine.agent.guide.answer.questions import KnownAnswer, answer_known_question
from engine.agent.guide.understand.meaning import asks_of_us, is_or_may_be_a_question, speaks_to_us
from engine.agent.run import Outcome, Run
from engine.documents.library import document_by_path
from engine.documents.walk import stored_path
from engine.search.query import SentenceHit
from engine.store.store import Store
from engine.tools.builtin.search_documents import find_sentences
from engine.tools.tool import ToolResult
from resources import resource_path

__all__ = ["HELP", "UNKNOWN_HELP", "answer_about_scrubjay"]

HELP = (
    "I am the guide that comes with Scrubjay. Add files or folders, and I find and quote what stands in them. "
    "Say “Remember that …”, and I keep it; ask for it, and I recall it; say “Forget that …”, and I throw it away. "
    "I calculate and tell the time. For writing, summing up and general questions, choose a model."
)
# Not everything that is taken for a question about Scrubjay is one.
UNKNOWN_HELP = f"I have no answer to this. {HELP}"
# The shipped document speaks of nothing but what was asked about: of fifteen questions those that its first sentence
# answers had 0.27 and more (but for one with 0.08), the others 0.04 and less.
_HELP_ENOUGH = 0.2
# A sentence of the sample document this near in meaning is its heading for what was asked (cosine: "How do I make a
# backup?" has 0.98 to "How to make a backup" and 0.80 to the next nearest sentence of the document).
_HELP_SAME = 0.95
# However somebody asks whether they are safe here, this is what there is to know, both halves of it.
_PRIVACY_QUESTIONS = ("What stays on this computer?", "What can leave this computer?")
_PRIVACY = re.compile(
    r"\b(?:privacy|private|confidential|upload(?:s|ed|ing)?|cloud|internet|online|offline|telemetry|spy(?:s|ing)?|spies"
    r"|track(?:s|ed|ing)? me|phone home|third part(?:y|ies)"
    r"|(?:to|by|from|with|use|uses|using) (?:openai|chatgpt|google|microsoft)"
    r"|leaves? (?:this|my|the) (?:computer|machine|laptop|pc|device|house)"
    r"|(?:do|does|did|will|can|is|are|would) .{0,60}"
    r"\b(?:sends?|sent|shared|sells?|sold|leaks?|leaked|transmit\w*|collect\w*"
    r"|shares? (?:my|our|any|this|these|it|them|what|data|information))"
    r"|(?:who|any(?:body|one)|some(?:body|one)|others|other people|people)(?: else)? (?:can |could |may |is able to )?"
    r"(?:see|read|access|look at|get at)"
    r"|(?:safe|secure) (?:here|with you|to (?:give|tell|add|put|use|store|trust|share)))\b",
    re.IGNORECASE,
)
_OF_MINE = re.compile(
    r"\b(?:my|our) (?:\w+ )?(?:questions?|data|files?|documents?|chats?|memories|notes?|secrets?|information|words"
    r"|prompts?|stuff|things|details|conversations?|papers|pdfs?|privacy|computer|laptop|machine|pc|house)\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"(?:how (?:do|can|could|should|to)|where (?:do|can)|which)\b|.*\b(?:look .{0,20}up|search|browse|download)\b",
    re.IGNORECASE | re.DOTALL,
)


async def answer_about_scrubjay(run: Run, known: KnownAnswer | None, *, is_sure: bool = False) -> Outcome:
    """A question about Scrubjay: looked up in what comes with it, then in all; else what can be done.

    Args:
        known: an answer that comes with Scrubjay, for where the shipped document has none.
        is_sure: it certainly is one, so that nothing else speaks of it.
    """
    chosen = run.request.document_ids
    sample = () if chosen else await _sample_documents(run.services.store)
    question = run.words[:QUERY_CHARACTERS]
    run.start_step("search_documents", {"query": question})
    before = run.services.clock.monotonic_s()
    # "My mate needs the internet, what does he type in?" asks nothing about us.
    is_private = asks_about_privacy(question) and (speaks_to_us(question) or _OF_MINE.search(question) is not None)
    found = await _about_privacy(run, sample) if is_private else []
    best = found or (await _in_sample(run, question, sample) if sample else [])
    if not found and best:
        found = [_below_a_heading(best)]
    if is_private and not found and known is None:
        known = await answer_known_question(_PRIVACY_QUESTIONS[0], None)
    if not found and known is None and not is_sure and not asks_of_us(question):
        best = await find_sentences(question, question, run.context(), CANDIDATES)
        found = [s for s in best[:1] if s.is_sure]
    lines, citations = quote(run, found)
    took_ms = (run.services.clock.monotonic_s() - before) * 1000
    result = ToolResult("\n".join(lines) or "Nothing was found.", citations=tuple(citations))
    run.end_step("search_documents", {"query": question}, result, took_ms=took_ms)
    if lines:
        return Outcome("\n".join(lines), "answered", tuple(citations))
    if known is not None:
        return Outcome(known.text)
    # The guide takes some questions to documents for questions about itself, which one speaks to.
    is_to_us = is_sure or speaks_to_us(question)
    is_of_documents = bool(best) and not is_sure and (best[0].score >= _HELP_ENOUGH or not is_to_us)
    nearest = point_to_nearest(run, best, trusts_reader=True) if is_of_documents else None
    if nearest is None and is_or_may_be_a_question(question):
        return Outcome(UNKNOWN_HELP if is_to_us else await nothing_found(run), "not_found")
    return nearest or Outcome(HELP)


async def _in_sample(run: Run, question: str, sample: tuple[str, ...]) -> list[SentenceHit]:
    """Its sentences, best first, where the best answers."""
    context = replace(run.context(), document_ids=sample)
    best = await find_sentences(question, question, context, CANDIDATES)
    answers = best and (best[0].is_sure or best[0].score >= _HELP_ENOUGH or _is_asked(best[0]))
    return best if answers else []


def asks_about_privacy(words: str) -> bool:
    """Whether somebody asks what becomes of what they write and add: who sees it, and whether it goes anywhere."""
    return _PRIVACY.search(words) is not None and _TASK.match(words.strip()) is None


async def _about_privacy(run: Run, sample: tuple[str, ...]) -> list[SentenceHit]:
    """What stays and what can leave, as the shipped document says it; nothing where it is not there any more."""
    context = replace(run.context(), document_ids=sample)
    found: list[SentenceHit] = []
    for plain in _PRIVACY_QUESTIONS if sample else ():
        best = await find_sentences(plain, plain, context, CANDIDATES)
        if best and best[0].is_sure:
            found.append(best[0])
    return found


async def _sample_documents(store: Store) -> tuple[str, ...]:
    """Ids of the shipped documents that the person has not removed; empty where none came with this installation."""
    folder = resource_path("sample")
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    documents = [await document_by_path(store, stored_path(file)) for file in files]
    return tuple(document.id for document in documents if document is not None)


def _is_asked(sentence: SentenceHit) -> bool:
    """Whether it is what was asked, nearly word for word: a heading then."""
    return sentence.why["meaning"] >= _HELP_SAME


def _below_a_heading(best: list[SentenceHit]) -> SentenceHit:
    """The best sentence; a heading is no answer but stands above it."""
    headings = set(best[0].hit.heading.split(" › "))
    of_passage = (s for s in best if s.hit.id == best[0].hit.id)
    return next((s for s in of_passage if s.text not in headings and not _is_asked(s)), best[0])
