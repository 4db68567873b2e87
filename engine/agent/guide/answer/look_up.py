"""Where the guide finds an answer: a sentence of a document or a memory, word for word, with its place.

What the guide chose is looked at first, then the other place. Where no sentence surely answers, the nearest places are
named and said to be no answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from engine.agent.guide.answer.nearest import HALF_THE_WORDS, point_to_nearest, quote, says_it
from engine.agent.guide.answer.of_another import is_of_another, of_the_code
from engine.agent.guide.answer.recall import Recalled, recall, tell_of_near, tell_of_others
from engine.agent.guide.answer.told_before import INVITES
from engine.agent.guide.understand.follow_up import another_meant, asked_in_full
from engine.agent.guide.understand.grammar import ABOUT, GUIDE_TOOLS, GuideChoice
from engine.agent.guide.understand.languages import foreign_language, is_other_script
from engine.agent.guide.understand.meaning import (
    asks_about_oneself,
    asks_for_a_name,
    asks_for_judgement,
    asks_of_us,
    asks_what_is_known_of,
    asks_what_was_told,
    has_a_name,
    is_a_question,
    is_a_task,
    is_or_may_be_a_question,
    only_names_the_other,
    spelled_out,
    tells_of_trouble,
)
from engine.agent.run import Outcome, Run
from engine.events import Citation
from engine.memory.kind_of_answer import shares_subject
from engine.memory.persons import is_about_another
from engine.search.place_asked import place_subject, topic_asked
from engine.search.query import SentenceHit
from engine.search.sentences import cells_of
from engine.search.terms import words_of
from engine.tools.builtin.recall_memory import reads_memories
from engine.tools.builtin.search_documents import find_sentences
from engine.tools.tool import ToolResult

__all__ = [
    "CANDIDATES",
    "QUERY_CHARACTERS",
    "as_likely",
    "look_up",
    "look_up_all_the_same",
    "nothing_found",
    "sure_answer",
    "word_of_doubt",
]

_NOTHING_KNOWN = "There are no documents yet. Add a file or a folder, then ask again."
_NOT_FOUND = "I found nothing about this in your documents or memories."
_LARGER_MODEL = "For general knowledge, choose a larger model."
_NOT_REMEMBERED = f"I found nothing about this, neither in what I remember nor in your documents. {INVITES}"
_NEVER_TOLD = f"I found nothing about this in what I remember. {INVITES}"
_NOT_FOUND_CHOSEN = "I found nothing about this in the documents you chose."
_OF_THEIRS = re.compile(r"['’]s \w")
_PERHAPS = "I am not certain that this answers it; it comes nearest:"
_PERHAPS_ONE = "I am not certain which of these answers it; they come nearest:"

# A query is at most so many characters; a longer one finds nothing that a shorter one does not.
QUERY_CHARACTERS = 1000
# The sentences among which an answer is chosen.
CANDIDATES = 30
# How sure the chooser is of what was surely told.
_SURELY_TOLD = 0.9
# How likely a memory has to be to be named as perhaps the answer to what was to be asked of documents, and, to who asks
# about themself, to be told as the answer where no document has anything like it. In six sets of first prompts none of
# 15 that were named with less answered, and 20 of 21 with more, beside a document that had nothing like it.
_MAY_BE_TOLD, _TOLD_ALL_THE_SAME = 0.8, 0.98
# And named as perhaps to who asked for neither.
_NAMED_ALL_THE_SAME = 0.93
# And to who asks for what they told, with a word of it and without one.
_LEAST_TOLD, _LEAST_TOLD_APART = 0.15, 0.35
# From here on the nearest of the other place is named, too.
_WORTH_NAMING_TOO = 0.3
# Asked about themself a memory comes first unless a place is so much likelier.
_OF_ONESELF = 0.5
# From here on a sentence is the answer without a word of doubt. In seventeen sets of first prompts by outsiders 26 of
# 197 that were shown below it were wrong or half of the answer, and 22 of 500 above.
_CERTAIN = 0.9
# Of the score of the first in doubt: from where on a second is shown with it. Of 100 such firsts over 5,000 questions
# 17 were wrong, and for 12 of them the second was right.
_AS_LIKELY = 0.9
# And is shown beside what was only told from here on.
_SURE_UNASKED = 0.88
# What the guide would leave to a larger model is answered out of the documents if a sentence reaches this. Of 13 such
# prompts about documents 8 had 0.45 and more; of 53 that were chat, knowledge or writing two had 0.34 and more, and no
# question among them, so that a question needs less.
_SPEAKS_OF_DOCUMENTS, _SPEAKS_WHERE_ASKED = 0.45, 0.3
# And has to mean nearly the same where the chooser is sure that nothing is to be looked up ("What does a whole day
# cost?" and the price of half a day have 0.61).
_MEANS_THE_SAME = 0.5
# And where nothing is asked at all.
_SAYS_THE_SAME = 0.6
# And is shown as the answer only from here on, below as the nearest ("Should I buy now? I have a bit put by").
_SURE_ALL_THE_SAME = 0.9
# Or a sentence has all words of the question ("What is Knoppix?"): none of 300 prompts that were chat had one.
_ALL_WORDS = 0.99
# Of the score of the best: what is shown beside it of a topic.
_SPEAKS_TOO = 0.2
# So many words may be keywords.
_KEYWORDS = 5
_OWN = re.compile(r"\b(?:my|mine|our|ours|we|us)\b", re.IGNORECASE)
_IS_PERSONAL = re.compile(r"\b(?:i|i['’]m|me|you|u)\b", re.IGNORECASE)
_HOW_TO = re.compile(
    r"\W*(?:\w+[\s,]+){0,2}how (?:do|can|could|would|should|does|to)\b"
    r"(?!.*\b(?:my|our|(?-i:[A-Z]\w+)['’]s)\b)",
    re.IGNORECASE,
)
# "Why do gannets dive like that?"; not "why does Juno hate gannets?".
_OF_THE_WORLD = re.compile(
    r"\W*(?:so |and |but )?why (?:do|does|did|is|are|was|were|can|don['’]?t|can['’]?t) "
    r"(?!.*\b(?:i|we|me|us|my|our|(?-i:[A-Z]\w+))\b)",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(?:it|its|they|them|their|that|this|these|those|one|ones|he|she|him|his|her|hers|there|same|else|more|other|so"
    r"|then)\b",
    re.IGNORECASE,
)
# "Who told you that Walt has a pacemaker?" What answers is that memory, with its day.
_WHO_TOLD = re.compile(
    r"\W*who (?:on earth |the \w+ )?told you (?:that |about )?(?!to\b|that\b)(?P<what>\w.{5,})", re.IGNORECASE
)
_REMIND_ME = re.compile(
    r"^\W*(?:(?:please|pls|can you|could you|hey)\b[\s,]*)*remind me (?=(?:what|when|who|where|how|which|why)\b)",
    re.IGNORECASE,
)
_WHOLE = 4
# Turns in which a chain of follow-ups may have begun.
_LOOKED_BACK = 12
_NAME_WITHIN = re.compile(r"[a-z,] [A-Z][a-z]+")
_TELLS_A_FEELING = re.compile(r"(?:i['’]?m|i am|i feel|i['’]ve been feeling|feeling)\b", re.IGNORECASE)
# No paper of the person's says what something is in general.
_IN_GENERAL = re.compile(r"\b(?:in general|generally speaking|in theory|scientifically)\b", re.IGNORECASE)
# "It's the day of the fete and the car is in the lane. When does it have to be gone?" is a situation.
_SENTENCES = re.compile(r"\w[.!] \w")
# "No rehearsal 16 February" says nothing of when there is one.
_NONE_OF = re.compile(r"\bno \w+", re.IGNORECASE)
_I_MEAN = re.compile(r"\bi mean\b", re.IGNORECASE)
# Longer ones bring their text along, to be worked on.
_QUESTION_CHARACTERS = 400


async def look_up(run: Run, choice: GuideChoice) -> Outcome:
    """Look where the guide said, then in the other place, then say that nothing was found."""
    query, question = await _query_and_question(run, choice)
    places = ["search_documents", *(["recall_memory"] if run.use_memory and not run.request.document_ids else [])]
    if choice.tool == "recall_memory":
        places.reverse()
    if choice.tool == "recall_memory" and asks_what_was_told(question) and "recall_memory" in places:
        places = ["recall_memory"]
    wants_place = place_subject(question) is not None
    ranked: list[SentenceHit] = []
    recalled = Recalled()
    told, cited = list[str](), list[Citation]()
    for tool in places:
        run.start_step(tool, {"query": query})
        before = run.services.clock.monotonic_s()
        if tool == "search_documents":
            ranked = await _search(run, question, query)
            lines, citations = _answer(run, ranked if not wants_place and _is_an_answer(question, ranked) else [])
        else:
            recalled = await recall(run, question, query)
            lines, citations = recalled.lines, recalled.citations
        took_ms = (run.services.clock.monotonic_s() - before) * 1000
        answer = "\n".join(lines)
        result = ToolResult(answer or "Nothing was found.", citations=tuple(citations))
        run.end_step(tool, {"query": query}, result, took_ms=took_ms)
        # "What's the combination of my lock?" may have been told, however sure a manual is of a stove's lock. Where a
        # document was to be asked it is the answer only if no document has anything like it.
        is_beside = tool == "recall_memory" and choice.tool == "search_documents" and not told
        if is_beside and not _is_told_instead(question, ranked, recalled):
            continue
        # "My meat's gone grey" is asked of documents, too, where what was told has no word of it, and it was not clear
        # that it was told.
        is_open = tool == "recall_memory" and run.likely.get(tool, 1.0) < _SURELY_TOLD
        is_far = is_open and not any(shares_subject(question, c.text) for c in citations)
        if is_far and not told and choice.tool == tool and recalled.score < _SURELY_TOLD:
            continue
        if _is_doubtful(told) and not asks_about_oneself(question):
            continue
        if not told or (lines and (recalled.score >= ranked[0].score) == (tool == "recall_memory")):
            told, cited = lines, citations
        is_own = tool == "search_documents" and (asks_about_oneself(question) or _is_doubtful(lines))
        if told and not is_own and not is_far:
            break
        if wants_place and not told and (place := point_to_nearest(run, ranked, is_asked=True)):
            return place
        if (
            tool == "search_documents" == choice.tool
            and not told
            and (places_of_it := await _speak_of_topic(run, question))
        ):
            return places_of_it
    if told:
        outcome = Outcome("\n".join(told), "uncertain" if _is_doubtful(told) else "answered", tuple(cited))
        # "Locked out, who's got a key?": what comes nearest in a document, and what was told.
        is_too = _is_doubtful(told) and recalled.score >= _SURELY_TOLD
        return (_together(outcome, tell_of_near(run, recalled, is_behind=True)) if is_too else None) or outcome
    nearest = _name_nearest(run, choice, question, ranked, recalled)
    is_recall = choice.tool == "recall_memory" and "recall_memory" in places
    return nearest or Outcome(await nothing_found(run, is_recall=is_recall), "not_found")


async def _query_and_question(run: Run, choice: GuideChoice) -> tuple[str, str]:
    """What is searched for, and the question that a sentence has to answer."""
    query = spelled_out(_in_full(choice))[:QUERY_CHARACTERS]
    alone = _REMIND_ME.sub("", spelled_out(run.words)[:QUERY_CHARACTERS])
    if told := _WHO_TOLD.match(alone):
        return told["what"], told["what"]
    before = ""
    for turn in run.earlier[-_LOOKED_BACK:]:
        # "And flour?" asks in full, for "and eggs?" to go on from.
        before = asked_in_full(turn.text, before) or turn.text if turn.role == "user" else before
    meant = another_meant(alone)
    if asked := asked_in_full(f"and {meant}?" if meant else run.words, before) or meant:
        return asked, asked
    if ABOUT not in choice.arguments:
        return query, alone
    # What a follow-up refers to is part of the question.
    query = alone if await _is_of_its_own(run, query) else query
    return query, query


async def _is_of_its_own(run: Run, in_full: str) -> bool:
    """Whether a follow-up is a whole question that a place fits better alone: "And who is the landlord?".

    Args:
        in_full: behind what it was taken to refer to, as in "And at weekends?".
    """
    is_whole = len(run.words.split()) >= _WHOLE and is_or_may_be_a_question(run.words)
    if not is_whole or _REFERS.search(run.words):
        return False
    alone, behind = [await _search(run, words, words) for words in (run.words[:QUERY_CHARACTERS], in_full)]
    return bool(alone) and (not behind or alone[0].score > behind[0].score)


async def _speak_of_topic(run: Run, question: str) -> Outcome | None:
    """What is said of what somebody asks to read about: "What does the lease say about pets?"."""
    topic = topic_asked(question)
    if not topic:
        return None
    ranked = await find_sentences(topic, topic, run.context(), CANDIDATES)
    papers = set(words_of(question)) - set(words_of(topic))
    ranked = [s for s in ranked if papers & set(words_of(PurePath(s.hit.path).stem))] or ranked
    ranked = [s for s in ranked if s.score >= _SPEAKS_TOO * ranked[0].score or s.why["words"] >= HALF_THE_WORDS]
    return point_to_nearest(run, ranked, is_asked=True, trusts_reader=True)


def _is_told_instead(question: str, ranked: Sequence[SentenceHit], recalled: Recalled) -> bool:
    """Whether a memory is the answer to what was to be asked of documents."""
    if _SENTENCES.search(question):
        return False
    is_sure = recalled.score >= _TOLD_ALL_THE_SAME and asks_about_oneself(question)
    return is_sure and ranked[0].score < _WORTH_NAMING_TOO if ranked else bool(recalled.lines)


def _name_nearest(
    run: Run, choice: GuideChoice, question: str, ranked: Sequence[SentenceHit], recalled: Recalled
) -> Outcome | None:
    """The nearest place or memory, whichever is likelier where it was to be found, and the other where it may be it."""
    asks_memory = choice.tool == "recall_memory"
    of_place = ranked[0].score if ranked else 0.0
    is_place = of_place >= _least_named(run, choice, question) or (bool(ranked) and says_it(ranked[0]))
    # Where there is no place at all a doubtful memory hides none.
    least = _MAY_BE_TOLD if ranked else _WORTH_NAMING_TOO
    if asks_memory:
        memory_leads = recalled.score >= of_place * (_OF_ONESELF if asks_about_oneself(question) else 1.0)
    else:
        memory_leads = recalled.score >= least and of_place < _WORTH_NAMING_TOO
    told: Outcome | None = None
    if memory_leads or not is_place:
        is_worth = not ranked or _is_worth_telling(run, question, recalled)
        may_be_told = is_worth if asks_memory else recalled.score >= least
        told = tell_of_near(run, recalled) if may_be_told else None
        told = told or (tell_of_others(run, recalled) if asks_memory else None)
        is_doubtful = (of_place >= _WORTH_NAMING_TOO and recalled.score < _MAY_BE_TOLD) or not asks_memory
        if is_place and (not told or is_doubtful):
            places = point_to_nearest(run, ranked, trusts_reader=not asks_memory, is_behind=told is not None)
            told = _together(told, places)
    else:
        told = point_to_nearest(run, ranked, trusts_reader=not asks_memory)
        least = _WORTH_NAMING_TOO if asks_memory else _MAY_BE_TOLD
        if recalled.score >= least or (asks_memory and not told):
            told = _together(told, tell_of_near(run, recalled, is_behind=told is not None))
    return told or tell_of_others(run, recalled)


def _is_worth_telling(run: Run, question: str, recalled: Recalled) -> bool:
    """Whether a memory is worth naming to who asks for what they told: where Fen lives is no matter of the wills."""
    # "What did I tell you about Callum's girlfriend?": nothing, and what was told of him is none of it.
    if _OF_THEIRS.search(asks_what_is_known_of(run.words)):
        return False
    if not reads_memories(run.services.embedder):
        return True
    texts = [*(entry.text for entry in recalled.near), *(c.text for c in recalled.citations)]
    least = _LEAST_TOLD if any(shares_subject(question, text) for text in texts) else _LEAST_TOLD_APART
    return recalled.score >= least


def _together(first: Outcome | None, second: Outcome | None) -> Outcome | None:
    if not first or not second:
        return first or second
    return Outcome(f"{first.answer}\n{second.answer}", "uncertain", (*first.citations, *second.citations))


def _least_named(run: Run, choice: GuideChoice, question: str) -> float:
    """The score from which on the nearest places are named.

    One that has nothing to do with it is worse than none where somebody asks for what they told, or for a judgement.
    """
    judges = asks_for_judgement(question)
    if not judges and choice.tool != "recall_memory":
        return 0.0
    surely_told = judges or run.likely.get("recall_memory", 1.0) >= _SURELY_TOLD
    return _SPEAKS_OF_DOCUMENTS if surely_told else _SPEAKS_WHERE_ASKED


async def look_up_all_the_same(run: Run, *, is_unlikely: bool = False) -> Outcome | None:
    """What was told, or stands in documents, about what the guide thinks is not for it; None where nothing is.

    Args:
        is_unlikely: the chooser is sure that it is not; a document must fit better then, and who asks for what they
            told must speak of themselves ("tea or coffee, pick a side" does not).
    """
    if len(run.words) > _QUESTION_CHARACTERS:
        return None
    # "When did Pellet die?" only looks like a question to the world.
    is_own = asks_about_oneself(run.words) or (is_a_question(run.words) and _NAME_WITHIN.search(run.words) is not None)
    recalled = Recalled() if is_unlikely and not is_own else await _recall_all_the_same(run)
    is_sure = recalled.score >= _TOLD_ALL_THE_SAME or not reads_memories(run.services.embedder)
    if is_sure and any(shares_subject(run.words, c.text) for c in recalled.citations):
        return Outcome("\n".join(recalled.lines), "answered", tuple(recalled.citations))
    found = await _search_all_the_same(run, is_unlikely=is_unlikely)
    return found or (tell_of_near(run, recalled) if recalled.score >= _NAMED_ALL_THE_SAME else None)


async def _recall_all_the_same(run: Run) -> Recalled:
    """ "Do I like tea better" asks for what was told, if it was, and so may "is anybody coming to fix the pipes?"."""
    is_read = reads_memories(run.services.embedder)
    asks = (
        (asks_about_oneself(run.words) or is_read) and is_or_may_be_a_question(run.words) and not asks_of_us(run.words)
    )
    # "I feel a bit flat today, not sure why" asks for nothing that was told.
    asks = asks and (is_a_question(run.words) or not _TELLS_A_FEELING.match(run.words))
    # "How do I get a broken cork out" asks for nothing that was told of the cork factory.
    asks = asks and not _HOW_TO.match(run.words) and not _OF_THE_WORLD.match(run.words)
    is_ours = not foreign_language(run.words) and not is_other_script(run.words)
    if not asks or not is_ours or not run.use_memory or run.request.document_ids:
        return Recalled()
    before = run.services.clock.monotonic_s()
    words = spelled_out(run.words)
    recalled = await recall(run, words, words)
    # Nothing was to be looked up: what shares no subject with the question is there by chance; but "what would our
    # granddaughter like to unwrap" and her microscope.
    is_likely = recalled.score >= _NAMED_ALL_THE_SAME and asks_about_oneself(run.words)
    if not recalled.lines or not (is_likely or any(shares_subject(words, c.text) for c in recalled.citations)):
        return Recalled()
    run.start_step("recall_memory", {"query": run.words})
    result = ToolResult("\n".join(recalled.lines), citations=tuple(recalled.citations))
    took_ms = (run.services.clock.monotonic_s() - before) * 1000
    run.end_step("recall_memory", {"query": run.words}, result, took_ms=took_ms)
    return recalled


async def sure_answer(run: Run, words: str = "", least: float = _SURE_UNASKED) -> Outcome | None:
    """The sentence of a document that surely speaks to the words; None where none does.

    Args:
        words: the person's, where it is not all of them.
        least: how likely it has to answer, beyond what is enough to be shown at all.
    """
    words = words or run.words
    store = run.services.store
    if len(words) > _QUESTION_CHARACTERS or not await store.count(store.keys.documents):
        return None
    ranked = await find_sentences(words, words, run.context(), CANDIDATES)
    sure = [s for s in ranked[:1] if s.is_sure and "order" in s.why and s.score >= least]
    lines, citations = _answer(run, sure)
    return Outcome("\n".join(lines), "answered", tuple(citations)) if lines else None


async def _search_all_the_same(run: Run, *, is_unlikely: bool) -> Outcome | None:
    store = run.services.store
    if not await store.count(store.keys.documents):
        return None
    # "I'm bored, entertain me" asks no document, nor does "can you keep a secret"; but "I find this morning's tablet
    # still in the pack" may have one that says so.
    is_trouble = tells_of_trouble(run.words)
    is_personal = _IS_PERSONAL.search(run.words) and not is_or_may_be_a_question(run.words) and not is_trouble
    if asks_of_us(run.words) or asks_for_judgement(run.words):
        return None
    before = run.services.clock.monotonic_s()
    ranked = await find_sentences(spelled_out(run.words), run.words, run.context(), CANDIDATES)
    enough = _SPEAKS_WHERE_ASKED if run.words.rstrip().endswith("?") else _SPEAKS_OF_DOCUMENTS
    # Without the reader a score says less.
    if not ranked or "order" not in ranked[0].why:
        return None
    if is_personal and (ranked[0].score < _CERTAIN or ranked[0].why["meaning"] < _SAYS_THE_SAME):
        return None
    is_said = says_it(ranked[0])
    if ranked[0].score < enough and ranked[0].why["words"] < _ALL_WORDS and not is_said:
        return None
    if not _same_language(run.words, ranked[0].text):
        return None
    best = ranked[0]
    # What is neither a question nor a few keywords is told, and a place that is near to it of no use.
    is_told = not is_or_may_be_a_question(run.words) and len(run.words.split()) >= _KEYWORDS
    if is_told and (not best.is_sure or best.score < _CERTAIN):
        return None
    is_unlikely = is_unlikely and not (is_trouble and best.is_sure)
    is_far = best.score < _SPEAKS_OF_DOCUMENTS and not is_said
    if is_unlikely and (is_a_task(run.words) or is_far or best.why["meaning"] < _MEANS_THE_SAME):
        return None
    wants_place = place_subject(run.words) is not None
    run.start_step("search_documents", {"query": run.words})
    is_likely = not is_unlikely or best.score >= _SURE_ALL_THE_SAME
    is_answer = not wants_place and is_likely and _is_an_answer(run.words, ranked)
    lines, citations = _answer(run, ranked if is_answer else [])
    reason = "uncertain" if _is_doubtful(lines) else "answered"
    outcome = Outcome("\n".join(lines), reason, tuple(citations)) if lines else None
    outcome = outcome or point_to_nearest(run, ranked, is_asked=wants_place, trusts_reader=True)
    result = ToolResult("\n".join(lines) or "Nothing was found.", citations=tuple(citations))
    took_ms = (run.services.clock.monotonic_s() - before) * 1000
    run.end_step("search_documents", {"query": run.words}, result, took_ms=took_ms)
    return outcome


def word_of_doubt(best: SentenceHit) -> str:
    """What is said before an answer of whose kind one in seven is wrong; "" before a better one.

    Without a reader a score means something else.
    """
    return _PERHAPS if "order" in best.why and best.score < _CERTAIN else ""


def _answer(run: Run, ranked: Sequence[SentenceHit]) -> tuple[list[str], list[Citation]]:
    """The sentence that answers; where that is in doubt behind a word of it, with another that is as likely."""
    doubt = word_of_doubt(ranked[0]) if ranked else ""
    found = [*ranked[:1], *(as_likely(ranked) if doubt else [])]
    lines, citations = quote(run, found)
    doubt = _PERHAPS_ONE if len(found) > 1 else doubt
    return [line for line in (doubt, *lines) if line], citations


def _is_doubtful(lines: Sequence[str]) -> bool:
    return bool(lines) and lines[0] in (_PERHAPS, _PERHAPS_ONE)


def as_likely(ranked: Sequence[SentenceHit]) -> list[SentenceHit]:
    """The second sentence where it is nearly as likely as the first and stands apart from it."""
    first, second = ranked[0], next(iter(ranked[1:]), None)
    if second is None or second.score < _AS_LIKELY * first.score:
        return []
    beside = second.hit.id == first.hit.id and abs(second.sentence_number - first.sentence_number) <= 1
    return [] if beside else [second]


def _is_an_answer(question: str, ranked: Sequence[SentenceHit]) -> bool:
    """Whether the best sentence of the documents may be shown as the answer, without a reserve."""
    if not ranked or not ranked[0].is_sure or asks_for_judgement(question):
        return False
    text = ranked[0].text
    of_somebody_else = is_about_another(question, text, kin_only=True) or only_names_the_other(question, text)
    lacks_name = asks_for_a_name(question) and not has_a_name(text, question)
    # "If the temperature goes above -60 °C:" only begins to say it.
    begins_only = ranked[0].hit.text[slice(*ranked[0].quote)].rstrip().endswith(":")
    # The head of a table has no value; and a row that has no word of what is asked is that of something else.
    is_row = len(cells_of(text)) > 1
    if is_row and not (any(c.isdigit() for c in text) and shares_subject(question, _NONE_OF.sub("", text))):
        return False
    question = _I_MEAN.sub("", question)
    is_general = _IN_GENERAL.search(question) and not _IN_GENERAL.search(text)
    if is_general and not asks_about_oneself(question):
        return False
    return not (of_somebody_else or lacks_name or begins_only or is_of_another(question, ranked))


def _same_language(words: str, text: str) -> bool:
    """Whether a text can answer what is asked in a language that the guide does not speak; true for English."""
    return foreign_language(words) in ("", foreign_language(text)) and is_other_script(words) <= is_other_script(text)


def _in_full(choice: GuideChoice) -> str:
    """The argument behind what it refers to: a follow-up as it would have been asked alone."""
    about = choice.arguments.get(ABOUT, "").rstrip(" ?!.,;:")
    return " ".join(part for part in (about, choice.arguments.get(GUIDE_TOOLS[choice.tool])) if part)


async def nothing_found(run: Run, *, is_recall: bool = False) -> str:
    """The sentence for it, with what to do where there are no documents.

    Args:
        is_recall: what the person told was asked for.
    """
    if run.request.document_ids:
        return _NOT_FOUND_CHOSEN
    store = run.services.store
    if is_recall:
        return _NOT_REMEMBERED if await store.count(store.keys.documents) else _NEVER_TOLD
    # What may be asked of the world as well.
    if max(run.likely.get(name, 0.0) for name in ("search_documents", "hand_over")) and not _OWN.search(run.words):
        return f"{_NOT_FOUND} {_LARGER_MODEL}"
    return _NOT_FOUND if await store.count(store.keys.documents) else f"{_NOT_FOUND} {_NOTHING_KNOWN}"


async def _search(run: Run, question: str, query: str) -> list[SentenceHit]:
    """The sentences that may answer, best first, out of all passages that fit."""
    # All the words first: what the guide cut off as politeness may be the subject.
    ranked = await find_sentences(question, question, run.context(), CANDIDATES)
    if query != question and not (ranked and ranked[0].is_near):
        ranked = await find_sentences(question, query, run.context(), CANDIDATES) or ranked
    return of_the_code(question, ranked)
