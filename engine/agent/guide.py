"""The run of the guide: the model chooses a tool and its argument, everything else is ours or verbatim.

The guide is a few million parameters. It reads the person's words and says, forced by a grammar, which tool
with which of these words. From there on nothing is generated: the frame is written here, the sentence is
read from the store, the place is its citation. If nothing fits well enough, the run says so; if the guide
was wrong about where to look, the other place is tried first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from engine.agent.guide_dates import answer_about_dates
from engine.agent.guide_front import front_choice
from engine.agent.guide_grammar import (
    ABOUT,
    GUIDE_TOOLS,
    GuideChoice,
    GuideChoiceError,
    guide_grammar,
    parse_choice,
    visible_words,
)
from engine.agent.guide_help import sample_documents
from engine.agent.guide_shortlist import Shortlist, load_shortlist
from engine.agent.run import Outcome, Run
from engine.chats import Turn
from engine.errors import EmbedderError
from engine.events import Citation, TokenGenerated
from engine.llm.backend import Generated, Message, Sampling
from engine.memory.memory import RecallHit
from engine.search.query import SentenceHit
from engine.search.terms import word_set, words_of
from engine.search.types import Hit
from engine.security.taint import APP, USER, document_label, join
from engine.tools.builtin.current_time import local_time, written_date
from engine.tools.builtin.recall_memory import cite_memory, labels_of, to_hit
from engine.tools.builtin.search_documents import find_sentences, pick_sentences
from engine.tools.quoting import cite, place_of, quoted
from engine.tools.tool import ToolResult
from resources import resource_path

__all__ = ["GREETING", "HAND_OVER", "HELP", "answer_as_guide"]

HAND_OVER = (
    "I am the guide that comes with Scrubjay. I find, quote, remember and calculate. "
    "For writing, summing up and general questions, choose a model."
)
GREETING = (
    "Hello. I find and quote what is in your documents, remember what you tell me, and calculate. "
    "Ask me where something stands."
)
HELP = (
    "I am the guide that comes with Scrubjay. Add files or folders, and I find and quote what stands in them. "
    "Say “Remember that …”, and I keep it; ask for it, and I recall it; say “Forget that …”, and I throw it away. "
    "I calculate and tell the time. For writing, summing up and general questions, choose a model."
)
_WELCOME = "You are welcome."
_FAREWELL = "Goodbye."
_THANKS = re.compile(r"\b(?:thanks|thank|thx|ty|cheers)\b", re.IGNORECASE)
_GOODBYE = re.compile(r"\b(?:bye|goodbye|see you|good night)\b", re.IGNORECASE)
_NOTHING_KNOWN = "There are no documents yet. Add a file or a folder, then ask again."
_NOT_FOUND = "I found nothing about this in your documents or memories."
_NOT_FOUND_CHOSEN = "I found nothing about this in the documents you chose."
_NEAREST = "I found no sentence that surely answers this. The nearest places are:"
_KEEPING = (
    r"(?:remember|memori[sz]e|note(?: down)?|keep in mind|bear in mind|don['’]?t forget|do not forget|make a note"
    r"|take a note|write down|save|store|jot down)"
)
_ASKS_TO_KEEP = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|please|pls|can|could|would|will|you|also|and|just|kindly|now|scrubjay|i want you to"
    rf"|i['’]d like you to|i need you to)\b[\s,!.]*){{0,6}}{_KEEPING}\b(?:[\s,:]+(?:that|this|down|of|please|for me"
    r"|the following)\b(?!['’]))*[\s,:\-–]*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_OPERATION = re.compile(r"[-+*/^%×÷√(]|\b(?:of|mod)\b")
_ASKS_TO_KEEP_BEHIND = re.compile(
    rf"(?:[\s,.;:\-–]+(?:please|pls|and|can you|could you))*[\s,.;:\-–]+{_KEEPING}\s+(?:that|this|it)\b"
    r"[\w\s,]{0,20}[.!?]*$"
    r"|[\s,]+(?:please|pls|thanks|thank you|thx|ok)\b[\s!.?]*$",
    re.IGNORECASE,
)
_WHAT_TO_REMEMBER = "Write behind it what I should remember, for example: remember that the bins go out on Tuesday."
_NOTHING_TO_KEEP = word_set(
    "remember note keep store save memorise memorize please that this it to down in mind for me"
)
_MEMORY_OFF = "Memory is switched off, so I did not keep this."
_MEMORY_OFF_FORGET = "Memory is switched off, so I did not look what to forget."
_NOTHING_TO_FORGET = "I remember nothing about this."
_WHICH_TO_FORGET = "More than one memory fits, so I forgot none. Name one of them:"
_NONE_TO_FORGET = "No memory surely fits, so I forgot none. The nearest are:"

# Pairs of words and choice that the guide sees of the chat so far.
_PAIRS = 2
# The longest choice: a span of 120 words in JSON.
_CHOICE_TOKENS = 400
# A query is at most so many characters; a longer one finds nothing that a shorter one does not.
_QUERY_CHARACTERS = 1000
# Memories in an answer: the best, and others that are nearly as good.
_QUOTES = 3
_NEARLY = 0.85
# Places that are named when no sentence is good enough, the sentences among which they are chosen, and how near in
# meaning one must be that has no word of the question.
_PLACES = 3
_CANDIDATES = 30
_NEAREST_COSINE = 0.3
# The shipped document speaks of nothing but what was asked about: of fifteen questions those that its first sentence
# answers had 0.27 and more (but for one with 0.08), the others 0.04 and less.
_HELP_ENOUGH = 0.2
# A sentence of the sample document this near in meaning is its heading for what was asked (cosine: "How do I make a
# backup?" has 0.98 to "How to make a backup" and 0.80 to the next nearest sentence of the document).
_HELP_SAME = 0.95
# A memory shorter than this is quoted whole.
_WHOLE_MEMORY = 400
_RECALLED = 5
_ASKS_TO_REMEMBER = re.compile(
    r"^(?:please |and |also |(?:can|could|would|will) you (?:please )?)*"
    r"(?:remember|note|keep|memori[sz]e|don['’]t forget|do not forget|save|store|write down)\b",
    re.IGNORECASE,
)
_NEGLIGIBLE = re.compile(r"^(?:that|please|to|,|:)\s+", re.IGNORECASE)


async def answer_as_guide(run: Run) -> Outcome:
    """Choose, act, answer."""
    choice = _corrected(await _choose(run), run.words)
    act = {
        "search_documents": _look_up,
        "recall_memory": _look_up,
        "remember": _remember,
        "forget": _forget,
        "help": _help,
    }.get(choice.tool)
    if choice.tool == "greet":
        outcome = Outcome(_greeting(run.words))
    elif choice.tool == "hand_over":
        outcome = Outcome(HAND_OVER, "handed_over")
    else:
        outcome = await (act or _compute)(run, choice)
    run.labels |= {APP}
    await run.show(outcome.answer)
    run.emit(TokenGenerated(run.request.run_id, outcome.answer))
    return outcome


def _greeting(words: str) -> str:
    """Thanks and goodbyes are not answered by a hello."""
    if _THANKS.search(words):
        return _WELCOME
    return _FAREWELL if _GOODBYE.search(words) else GREETING


def _corrected(choice: GuideChoice, words: str) -> GuideChoice:
    """A question is not kept, whatever the guide thought of it; it is looked up."""
    if choice.tool == "remember" and words.rstrip().endswith("?") and not _ASKS_TO_REMEMBER.match(words.strip()):
        return GuideChoice("search_documents", {"query": words})
    return choice


async def _choose(run: Run) -> GuideChoice:
    """The choice of a rule, else the guide's; where that was cut off, the most useful one."""
    shown = Message("user", visible_words(run.words), frozenset({USER}))
    pairs = _pairs(run.earlier, run.info.source)
    await run.sent(shown, run.chat)
    before = next((turn.text for turn in reversed(run.earlier) if turn.role == "user"), "")
    if choice := front_choice(run.words, before):
        return choice
    said = [message.text for message in pairs if message.role == "user"]
    grammar = guide_grammar(run.words, said, await _tools(run))
    sampling = Sampling(temperature=0.0, max_tokens=_CHOICE_TOKENS)
    text = ""
    backend = run.services.backend
    async with aclosing(backend.generate([*pairs, shown], sampling, grammar=grammar)) as items:
        async for item in items:
            if isinstance(item, Generated):
                run.count(item)
                text = item.text
                run.transcript = [Message("assistant", text, frozenset({USER}), item.ids)]
    try:
        choice = parse_choice(text, run.words)
    except GuideChoiceError:
        run.transcript = []
        return GuideChoice("search_documents", {"query": run.words})
    if choice.tool == "calculator" and not is_a_sum_of(choice.arguments["expression"], run.words):
        return GuideChoice("hand_over", {})
    return choice


def is_a_sum_of(expression: str, words: str) -> bool:
    """Whether a calculation can be what the words ask: something is done, and no number of theirs again and again.

    Sums that are told as a story are beyond the guide; where it loses its way it repeats a number.
    """
    said = Counter(_NUMBER.findall(words))
    used = Counter(_NUMBER.findall(expression))
    return _OPERATION.search(expression) is not None and all(used[n] <= said[n] + 1 for n in said)


async def _tools(run: Run) -> Sequence[str]:
    """The choices that come into question; all where the embedding model cannot say."""
    shortlist, embedder = _shortlist(), run.services.embedder
    if shortlist is None or embedder is None or embedder.model != shortlist.model:
        return tuple(GUIDE_TOOLS)
    try:
        (vector,) = await embedder.embed([run.words[:_QUERY_CHARACTERS]], urgent=True)
    except EmbedderError:
        return tuple(GUIDE_TOOLS)
    return shortlist.pick(run.words, vector)


@lru_cache(maxsize=1)
def _shortlist() -> Shortlist | None:
    return load_shortlist(resource_path("models", "guide_shortlist.npz"))


def _pairs(turns: Sequence[Turn], source: str) -> list[Message]:
    """The last pairs of words and choice that this guide made."""
    pairs: list[Message] = []
    for user, answer in pairwise(turns):
        mine = user.role == "user" and answer.role == "assistant" and answer.source == source
        if mine and len(user.transcript) == 1 and len(answer.transcript) == 1:
            pairs += [user.transcript[0], answer.transcript[0]]
    return pairs[-2 * _PAIRS :]


def _in_full(choice: GuideChoice) -> str:
    """The argument behind what it refers to: a follow-up as it would have been asked alone."""
    about = choice.arguments.get(ABOUT, "").rstrip(" ?!.,;:")
    return " ".join(part for part in (about, choice.arguments.get(GUIDE_TOOLS[choice.tool])) if part)


async def _compute(run: Run, choice: GuideChoice) -> Outcome:
    """calculator and current_time: the observation is the answer, or what follows from it by a sum with dates."""
    result = await run.call(choice.tool, dict(choice.arguments))
    if not result.ok:
        return Outcome(result.observation, "not_found")
    if choice.tool == "calculator":
        return Outcome(f"{result.observation} {choice.unit}".strip())
    now = local_time(run.services.clock.now_ms())
    return Outcome(answer_about_dates(run.words, now) or f"{result.observation}.")


async def _forget(run: Run, choice: GuideChoice) -> Outcome:
    """Throw a memory away where it is sure which one is meant, and say what was forgotten."""
    if not run.use_memory:
        return Outcome(_MEMORY_OFF_FORGET, "not_found")
    text = choice.arguments.get("text") or choice.arguments[ABOUT]
    result = await run.call("forget", {"text": _NEGLIGIBLE.sub("", text).strip() or text})
    if result.ok:
        said = ", ".join(quoted(text) for text in result.data["forgotten"])
        return Outcome(f"I have forgotten: {said} It can be taken back for 30 days.")
    if "nearest" not in result.data:
        return Outcome(_NOTHING_TO_FORGET, "not_found")
    named = [f"- {quoted(text)}" for text in result.data["nearest"]]
    sentence = _WHICH_TO_FORGET if result.data["several"] else _NONE_TO_FORGET
    return Outcome("\n".join([sentence, *named]), "uncertain")


async def _help(run: Run, choice: GuideChoice) -> Outcome:
    """A question about Scrubjay: looked up in what comes with it, then in all; else what can be done."""
    chosen = run.request.document_ids
    sample = () if chosen else await sample_documents(run.services.store)
    question = run.words[:_QUERY_CHARACTERS]
    run.start_step("search_documents", {"query": question})
    before = run.services.clock.monotonic_s()
    found: list[SentenceHit] = []
    for ids in dict.fromkeys((sample or chosen, chosen)):
        context = replace(run.context(), document_ids=ids)
        is_own = bool(ids) and ids == sample
        best = [] if found else await find_sentences(question, question, context, _CANDIDATES)
        if best and (best[0].is_sure or (is_own and (best[0].score >= _HELP_ENOUGH or _is_asked(best[0])))):
            found = [_below_a_heading(best)]
    lines, citations = _quote(run, found)
    took_ms = (run.services.clock.monotonic_s() - before) * 1000
    result = ToolResult("\n".join(lines) or "Nothing was found.", citations=tuple(citations))
    run.end_step("search_documents", {"query": question}, result, took_ms=took_ms)
    if lines:
        return Outcome("\n".join(lines), "answered", tuple(citations))
    # The guide takes some questions to documents for questions about itself.
    is_of_documents = bool(best) and best[0].score >= _HELP_ENOUGH
    return (_point_to_nearest(run, best, trusts_reader=True) if is_of_documents else None) or Outcome(HELP)


def _is_asked(sentence: SentenceHit) -> bool:
    """Whether it is what was asked, nearly word for word: a heading then."""
    return sentence.why["meaning"] >= _HELP_SAME


def _below_a_heading(best: list[SentenceHit]) -> SentenceHit:
    """The best sentence; a heading is no answer but stands above it."""
    headings = set(best[0].hit.heading.split(" › "))
    below = [s for s in best if s.hit.id == best[0].hit.id and s.text not in headings and not _is_asked(s)]
    return (
        below[0] if below and below[0] is not best[0] and (best[0].text in headings or _is_asked(best[0])) else best[0]
    )


async def _remember(run: Run, choice: GuideChoice) -> Outcome:
    if not run.use_memory:
        return Outcome(_MEMORY_OFF, "not_found")
    text = what_to_keep(run.words)
    if not set(words_of(text)) - _NOTHING_TO_KEEP:
        return Outcome(_WHAT_TO_REMEMBER, "not_found")
    result = await run.call("remember", {"text": text})
    if not result.ok:
        return Outcome(result.observation, "not_found")
    frame = "I remember this already" if result.data["known"] else "I will remember"
    return Outcome(f"{frame}: {quoted(str(result.data['text']))}")


def what_to_keep(words: str) -> str:
    """What the person wants remembered: all they wrote but for the asking itself.

    The guide's own span is not taken: it ends at a comma too often ("my shoe size, 43"), and what is left out is lost.
    """
    text = _ASKS_TO_KEEP_BEHIND.sub("", _ASKS_TO_KEEP.sub("", words.strip(), count=1), count=1).strip(" ,;-")
    return text or words.strip()


async def _look_up(run: Run, choice: GuideChoice) -> Outcome:
    """Look where the guide said, then in the other place, then say that nothing was found."""
    query = _in_full(choice)[:_QUERY_CHARACTERS]
    # What a follow-up refers to is part of the question.
    question = (query if ABOUT in choice.arguments else run.words)[:_QUERY_CHARACTERS]
    places = ["search_documents", *(["recall_memory"] if run.use_memory and not run.request.document_ids else [])]
    if choice.tool == "recall_memory":
        places.reverse()
    ranked: list[SentenceHit] = []
    for tool in places:
        run.start_step(tool, {"query": query})
        before = run.services.clock.monotonic_s()
        if tool == "search_documents":
            ranked = await _search(run, question, query)
            lines, citations = _quote(run, [s for s in ranked[:1] if s.is_sure])
        else:
            lines, citations = await _recall(run, question, query)
        took_ms = (run.services.clock.monotonic_s() - before) * 1000
        answer = "\n".join(lines)
        result = ToolResult(answer or "Nothing was found.", citations=tuple(citations))
        run.end_step(tool, {"query": query}, result, took_ms=took_ms)
        if answer:
            return Outcome(answer, "answered", tuple(citations))
    nearest = _point_to_nearest(run, ranked, trusts_reader=choice.tool == "search_documents")
    return nearest or Outcome(await _nothing(run), "not_found")


def _point_to_nearest(run: Run, ranked: Sequence[SentenceHit], *, trusts_reader: bool) -> Outcome | None:
    """Where to look oneself: the best sentence of each of the nearest passages, said to be no sure answer.

    Args:
        trusts_reader: name what a reader put first although it shares no word with the question. Not for what
            somebody once told us: asked for a sister's birthday, any document has a nearest place.
    """
    if not ranked or not ranked[0].is_near:
        return None
    nearest: dict[object, SentenceHit] = {}
    for sentence in ranked:
        is_readers = trusts_reader and sentence is ranked[0] and "order" in sentence.why
        if not (is_readers or _is_near(sentence)):
            continue
        hit = sentence.hit
        nearest.setdefault(hit.id if hit.page is None else (hit.path, hit.page), sentence)
    if not nearest:
        return None
    lines, citations = _quote(run, list(nearest.values())[:_PLACES])
    return Outcome("\n".join([_NEAREST, *lines]), "uncertain", tuple(citations))


def _is_near(sentence: SentenceHit) -> bool:
    """Whether it speaks of what was asked at all, by a word or by its meaning."""
    return sentence.why["words"] > 0 or sentence.why["meaning"] >= _NEAREST_COSINE


async def _nothing(run: Run) -> str:
    if run.request.document_ids:
        return _NOT_FOUND_CHOSEN
    store = run.services.store
    return _NOT_FOUND if await store.count(store.keys.documents) else f"{_NOT_FOUND} {_NOTHING_KNOWN}"


async def _search(run: Run, question: str, query: str) -> list[SentenceHit]:
    """The sentences that may answer, best first, out of all passages that fit."""
    # All the words first: what the guide cut off as politeness may be the subject.
    ranked = await find_sentences(question, question, run.context(), _CANDIDATES)
    if query != question and not (ranked and ranked[0].is_near):
        ranked = await find_sentences(question, query, run.context(), _CANDIDATES) or ranked
    return ranked


def _quote(run: Run, found: Sequence[SentenceHit]) -> tuple[list[str], list[Citation]]:
    """`lease.pdf, page 4: "The notice period is …"`: one sentence, or two that belong together."""
    run.labels |= join(*(s.hit.labels or (document_label(s.hit.group),) for s in found))
    texts = [s.hit.text[slice(*s.quote)] for s in found]
    citations = [run.book.add(cite(s.hit, text)) for s, text in zip(found, texts, strict=True)]
    return [f"{place_of(s.hit)}: {quoted(text)}" for s, text in zip(found, texts, strict=True)], citations


async def _recall(run: Run, question: str, query: str) -> tuple[list[str], list[Citation]]:
    """`You told me on 3 May 2026: "…"`, best first."""
    memory = run.services.memory
    recalled = await memory.recall(query, _RECALLED, project=run.chat.project, touch=False)
    by_id = {hit.entry.id: hit for hit in recalled}
    sentences = await pick_sentences(question, [_for_picking(hit) for hit in recalled], run.services.embedder, _QUOTES)
    found = _good(sentences)
    kept = list(dict.fromkeys(s.hit.id for s in found))
    await memory.touch(kept)
    run.labels |= labels_of([by_id[id] for id in kept])
    lines, citations = [], []
    for id in kept:
        entry = by_id[id].entry
        said = next(s for s in found if s.hit.id == id)
        text = entry.text if len(entry.text) <= _WHOLE_MEMORY else entry.text[said.start : said.end]
        date = written_date(local_time(entry.created_ms))
        frame = "You told me" if entry.provenance.source == "user" else "I remember from"
        lines.append(f"{frame} on {date}: {quoted(text)}" if frame[0] == "Y" else f"{frame} {date}: {quoted(text)}")
        citations.append(run.book.add(replace(cite_memory(entry), text=text)))
    return lines, citations


def _for_picking(recalled: RecallHit) -> Hit:
    """A memory as a sentence: people note things without a full stop, and that makes no heading of it."""
    hit = to_hit(recalled)
    return hit if hit.text.endswith((".", "!", "?")) else replace(hit, text=hit.text + ".")


def _good(sentences: Sequence[SentenceHit]) -> list[SentenceHit]:
    """The best sentence if it answers at all, and those that are nearly as good."""
    return [s for s in sentences if s.is_sure and s.score >= _NEARLY * sentences[0].score]
