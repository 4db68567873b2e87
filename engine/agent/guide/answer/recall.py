"""What the guide says out of the memory: who said it, when, and word for word.

A memory that tells of somebody else than was asked about is named as that and never as the answer; so is one of the
same subject that has nothing of the kind that was asked for, such as a price.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.agent.guide.understand.meaning import asks_about_oneself
from engine.agent.run import Outcome, Run
from engine.events import Citation
from engine.memory.asked_things import names_all_that_is_asked
from engine.memory.contradiction import newest_first, speaks_against, superseded_among
from engine.memory.correction import takes_back
from engine.memory.entry import MemoryEntry
from engine.memory.gone import takes_away
from engine.memory.kind_of_answer import MOVED, asks_for_home, cannot_answer, shares_subject
from engine.memory.memory import RecallHit
from engine.memory.persons import is_about_another
from engine.memory.suggestions import tells
from engine.memory.topics import belongs_to
from engine.search.query import SentenceHit
from engine.search.terms import FUNCTION_WORDS, words_of
from engine.security.taint import join
from engine.tools.builtin.current_time import local_time, written_date
from engine.tools.builtin.recall_memory import MEMORIES_READ, cite_memory, reads_memories, speaker_of, to_sentences
from engine.tools.builtin.search_documents import pick_sentences
from engine.tools.quoting import MAX_SHOWN, beginning_of, quoted_memory, shorten
from engine.tools.tool import ToolResult

__all__ = [
    "Recalled", "asks_what_is_known", "known_of", "recall", "tell_of_near", "tell_of_others",
    "tell_of_topic", "tell_what_is_known",
]  # fmt: skip

# Memories in an answer: the best, and others that are nearly as good.
_QUOTES = 3
# What is not sure is named where it fits this well, less well where somebody asks about themself, and twice as well as
# whatever comes second: of 19 questions asked beside twelve memories it named the right one in five of six cases.
_NEAR, _NEAR_OF_ONESELF, _AHEAD = 0.05, 0.035, 2.0
# Where it has no word of what is asked about it must mean nearly the same: "Who is my physician?" and "My doctor is …"
# have 0.57, "When does the holiday end?" and "The kindergarten closes at four" 0.40. Set on 30 facts and the questions
# beside them, held against 30 others.
_SAME, _SAME_OF_ONESELF = 0.47, 0.4
# "My name is Rosalind and I live in Whitby" has 0.36 to "What is my name?", and every word of it.
_HALF_THE_WORDS = 0.5
_NEARLY = 0.85
# What has no word of a question, nor this much of its meaning, must be as likely as the second to be told.
_MEANS_IT, _SURE_BY_READING = 0.35, 0.9
# Memories that are named where none is sure, and how likely the second is beside the first.
_NEAREST, _OF_THE_NEAREST = 2, 0.4
# What was said later than the best and shares so many words with it is told before it if it is this likely beside it.
_SHARED, _OF_THE_LATER = 2, 0.02
# A memory shorter than this is quoted whole.
_WHOLE_MEMORY = 400
_RECALLED = 5
# The weights know a question for what something is by its words.
_WHAT_IS = re.compile(r"\bwhat['’]?s\b", re.IGNORECASE)
# Memories that are named to who asks what is known, and the most that are looked at for the most important.
_NAMED = 5
_LOOKED_AT = 2000
# What is kept to last, before what was said in the last days.
_TIERS = ("semantic", "long_term", "episodic")
_FRAMES = {"person": "You told me on", "assistant": "I answered on", "kept": "I remember from"}
# Only where kin differs it is certain; "my tooth doctor" is the dentist.
_OF_ANOTHER = "I was not told this. The nearest that I remember is about somebody or something else:"
_UNSURE = "I am not sure that this answers it. The nearest that I remember:"
_NEAREST_MEMORY = "The nearest that I remember:"
_ALL = "This is all that I remember:"
_SOME = "I remember {n} things. The {k} most important, the newest of them first:"
_NONE = "I remember nothing yet. Say “Remember that …”, and I keep it."
_OFF = "Memory is switched off, so I did not look what I remember."
_ASKS_WHAT_IS_KNOWN = re.compile(
    r"(?:(?:hi|hey|hello|ok|okay|so|and|please|scrubjay|can you|could you|tell me|show me|list)\b[\s,!.]*){0,4}"
    r"(?:(?:what|which things|everything|all)(?: else| all| exactly)?(?: that)? "
    r"(?:do you|you|have you(?: got)?|did you|you have|you've(?: got)?|are you)"
    r"(?: already| actually| even| currently)? "
    r"(?:know|remember|remembered|learned|learnt|kept|stored|saved|keep|store|have stored|keeping|storing)"
    r"(?: (?:about|of|on) (?:me|us|myself))?(?: so far| already| right now| (?:by )?now)?"
    r"|(?:what|everything|all)(?: that)? (?:have i|did i|i have|i've|i)"
    r" (?:(?:told|tell) you(?: about (?:me|myself))?|(?:asked|ask|told|tell) you to (?:remember|keep|note))"
    r"(?: so far| already| until now)?"
    r"|how many (?:things|facts) (?:have|did) i (?:told|tell) you(?: so far| already| until now)?"
    r"|how many (?:things|memories|facts|notes)(?: of mine)? (?:do|did|have) you"
    r" (?:remember|know|have|keep|kept|store|stored|saved?)(?: (?:about|of) (?:me|us))?"
    r"|(?:do|did) you (?:know|remember) (?:anything|something)(?: about (?:me|us))?"
    r"|do you (?:still )?(?:remember|know) (?:me|us|who i am)(?: at all| still)?"
    r"|did i (?:ever )?tell you anything(?: at all)?(?:,? or .{3,40})?"
    r"|what is in (?:your|my|the) memory|what(?:'s|’s) in (?:your|my|the) memory"
    r"|who am i|(?:all )?(?:my|your|the) memories|what memories do you have(?: of me| about me)?)"
    r"(?: then)?(?:\W+(?:just )?(?:list|show|tell)(?: me)? (?:everything|it|them|all|the lot)(?: all)?"
    r"|\W+(?:all of it|everything)|(?: then)?(?:\W+(?:go on|come on|the lot))*)?"
    r"(?:,? (?:please|pls|thanks))?",
    re.IGNORECASE,
)


# Nothing else is told with it: "Rex died on Friday.", not "Aunt Vera died in Lisbon", nor "our boiler died".
_DEATH = re.compile(
    r"^\W*(?:(?:my|our) (?:\w+ )?(?:mother|father|mum|mom|dad|parents?|gran\w*|nana?|aunt\w*|uncle|brother|sister|wife"
    r"|husband|son|daughter|friend|neighbou?r|dog|cat|horse|rabbit|hamster|parrot|bird|pet|hen"
    r"|pony)(?: (?-i:[A-Z])\w+)?"
    r"|(?-i:[A-Z])[\w’'-]+(?: (?-i:[A-Z])[\w’'-]+)?) (?:has |have |just )*(?:died|passed away|was put (?:down"
    r"|to sleep))"
    r"(?: (?:today|yesterday|tonight|this \w+|last \w+|on \w+day|just now))?\W*$",
    re.IGNORECASE,
)
# With more behind it: "Biscuit died last night. So it's only Volt now".
_DIED = re.compile(
    r"\W*(?:(?:my|our) )?(?:\w+ )??(?P<who>\w+) (?:has |have |just )*(?:died|passed away)\b", re.IGNORECASE
)
_OF_DEATH = re.compile(
    r"\b(?:die[sd]?|dead|death|dying|pass\w*|alive|live[sd]?|funeral|grave|buried|lost|lose|loss|happen\w*|gone"
    r"|ill\w*|sick"
    r"|cancer|cause|leave us|left us|how (?:is|are|['’]?s)|who (?:is|was)|remember|told|about)\b",
    re.IGNORECASE,
)
_OF_WHOSE = re.compile(
    r"\btell (?:you|u) (?:anything )?about (?:my |our )?\w+['’]s (?P<what>[a-z]{3,})\W*$", re.IGNORECASE
)
# A number that somebody has, and no date.
_LONG_NUMBER = re.compile(r"(?<![\w.])\d(?:[ /-]?\d){5,}(?![\w.]\d)")
# Letters that stand for a word.
_STEM = 4
_PAID = re.compile(r"\b(?:paid|repaid|settled|gave back|sorted)\b", re.IGNORECASE)
_OWED = re.compile(r"\b(?:owes?|owed|lent|borrowed|debt)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=\w )[A-Z]\w+")
_NO_NAME = re.compile(r"\b[a-z]\w{3,}")
_NOT_TO_BE_TOLD = re.compile(
    r"\b(?:secrets?|keep (?:it|this|that) to (?:yourself|ourselves)|not public|(?:don['’]?t|do not) tell|between us"
    r"|not a word|nobody (?:must |may |should )?knows?|hasn['’]?t told anyone|surprise|pins?|passwords?|passcodes?"
    r"|(?:don['’]?t|do not) (?:want (?:any )?(?:to be )?remind\w*|remind me|mention"
    r"|bring (?:it|that|her|him|them) up))\b",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\b(?:changed|moved|swapped|switched|instead|correction|no longer|any ?more|left to pay|paid (?:back|off)"
    r"|(?:isn|aren|wasn|won|doesn|don)['’]?t [^.]{1,40},"
    r" (?:it|he|she|they|that)(?:['’](?:s|re|ll)| (?:is|are|will))|not \w+ but)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Recalled:
    """What a recall gives to an answer.

    Attributes:
        lines, citations: what answers.
        score: how likely the best answers, of the lines or else of what is near.
        others: what tells of somebody else.
        beside: what tells something else of the same.
        near: what may answer and is not sure to, what was said later of the same before it.
    """

    lines: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    score: float = 0.0
    others: list[MemoryEntry] = field(default_factory=list)
    beside: list[MemoryEntry] = field(default_factory=list)
    near: list[MemoryEntry] = field(default_factory=list)


async def recall(run: Run, question: str, query: str) -> Recalled:
    """`You told me on 3 May 2026: "…"`, best first."""
    memory, embedder = run.services.memory, run.services.embedder
    question = _WHAT_IS.sub("what is", question)
    # Who reads them judges better what fits than the words and the meaning by which they were found.
    is_read = reads_memories(embedder)
    n = MEMORIES_READ if is_read else _RECALLED
    found_hits = await memory.recall(query, n, project=run.chat.project, gated=not is_read, touch=False)
    hits = [hit for hit in found_hits if tells(hit.entry) and _has_the_number(question, hit.entry.text)]
    sentences = await pick_sentences(question, [to_sentences(hit) for hit in hits], embedder, n)
    by_id = {hit.entry.id: hit for hit in hits}
    others = {s.hit.id: by_id[s.hit.id].entry for s in sentences if is_about_another(question, _around(s, by_id))}
    beside = {s.hit.id for s in sentences if cannot_answer(question, _around(s, by_id))} - others.keys()
    # A death is told before what was remembered of who died, or where it is asked for; never else.
    if not _OF_DEATH.search(question):
        sentences = [s for s in sentences if not _DEATH.search(by_id[s.hit.id].entry.text)]
    open_ones = [s for s in sentences if s.hit.id not in others and s.hit.id not in beside]
    found = _good(open_ones)
    if is_read:
        found = [s for s in found if asks_about_oneself(question) or _is_near_in_meaning(s)]
    else:
        found = [s for s in found if _is_of_the_same(question, s)]
        found = [s for s in found if await names_all_that_is_asked(question, _around(s, by_id), embedder)]
    # "What did I tell you about Tomasz's sister" asks for more than Tomasz.
    if of := _OF_WHOSE.search(question):
        found = [s for s in found if of["what"][:_STEM].casefold() in by_id[s.hit.id].entry.text.casefold()]
    found = found[:_QUOTES]
    told = list(dict.fromkeys(s.hit.id for s in found))
    later = [s for s in sentences if s in open_ones or (s.hit.id in beside and _tells_of_change(s, by_id))]
    told = list(dict.fromkeys([*_said_later(question, told, later, by_id), *told])) if is_read else told
    good = [by_id[s.hit.id].entry for s in _good(sentences)]
    recalled = Recalled(
        others=[entry for entry in good if entry.id in others], beside=[entry for entry in good if entry.id in beside]
    )
    # What was said in passing is named as perhaps the answer only where it is of the same subject.
    kept = [s for s in open_ones if by_id[s.hit.id].entry.tier != "episodic" or shares_subject(question, s.text)]
    near = [] if told else _near(question, kept)
    if not told and not near and question != MOVED and asks_for_home(question):
        return await recall(run, MOVED, MOVED)
    named = list(dict.fromkeys(s.hit.id for s in near))
    named = list(dict.fromkeys([*_said_later(question, named, later, by_id), *named])) if is_read else named
    chosen = await _with_newer(run, question, [by_id[id] for id in told or named], hits)
    # What is nobody's business, or is not to be spoken of, is told to who asks for it only, by more than a name.
    first = chosen[:1] if told else []
    chosen = [*first, *(entry for entry in chosen[len(first) :] if _is_asked(run.words, entry))]
    if near:
        recalled.near, recalled.score = chosen, near[0].score
        return recalled
    chosen = chosen[:_QUOTES]
    await memory.touch([entry.id for entry in chosen])
    run.labels |= join(*(frozenset(entry.labels) for entry in chosen))
    recalled.score = found[0].score if found else 0.0
    parts = {s.hit.id: (s.start, s.end) for s in reversed(found)}
    _tell_all(run, recalled, chosen, parts)
    return recalled


def _has_the_number(question: str, text: str) -> bool:
    """Whether a text has the telephone or account number that is asked about; true where none is."""
    number = _LONG_NUMBER.search(question)
    return number is None or re.sub(r"\D", "", number[0]) in re.sub(r"(?<=\d)[ /-](?=\d)", "", text)


def _is_near_in_meaning(sentence: SentenceHit) -> bool:
    """Whether it is not by the reader alone that a memory answers: "whose is the little one?" and the ferret's name."""
    why = sentence.why
    return why["words"] > 0 or why["meaning"] >= _MEANS_IT or sentence.score >= _SURE_BY_READING


def _said_later(
    question: str, told: Sequence[str], sentences: Sequence[SentenceHit], by_id: Mapping[str, RecallHit]
) -> list[str]:
    """Ids of what was said later than the best and shares words with it: "Pickle's appointment moved to 5 May".

    It fits the question nearly as well and shares two, or one that is asked about and says that something has changed;
    with two and a change no more is asked of it.
    """
    if not told:
        return []
    best = by_id[told[0]].entry
    of_best, least = _words(best.text), _OF_THE_LATER * sentences[0].score
    later = []
    for s in sentences:
        entry = by_id[s.hit.id].entry
        shared = of_best & _words(entry.text)
        # "Wren's lesson has changed" is no news of where something was buried with Wren.
        names = {name.casefold() for name in _NAME.findall(f"{best.text} {entry.text}")}
        by_more = shared - names
        fits, shares_two = s.score >= least, len(shared) >= _SHARED
        # "I've moved the safe key" changes nothing of the key for the back door.
        wanted = of_best & _words(question)
        is_of_it = len(shared & wanted) * 2 >= len(wanted)
        things = wanted - names
        is_of_the_thing = len(shared & things) * 2 >= len(things)
        is_paid = _PAID.search(entry.text) is not None and _OWED.search(best.text) is not None
        is_change = (
            (bool(by_more) or is_paid)
            and _tells_of_change(s, by_id)
            and (shares_two or (fits and bool(shared & _words(question))))
            and is_of_it
        )
        is_later = entry.created_ms > best.created_ms and not _tells_of_another_death(question, entry.text)
        # "The bike lock code is 5512 now" is no later word of the alarm code at home.
        if is_later and (is_change or (fits and shares_two and is_of_the_thing)):
            later.append(entry.id)
    return later[:1]


def _tells_of_another_death(question: str, text: str) -> bool:
    """Whether a memory begins with a death that is not asked about: Biscuit's is no matter of the biscuit tin's key."""
    died = _DIED.match(text)
    return died is not None and died["who"].casefold() not in words_of(question) and not _OF_DEATH.search(question)


def _tells_of_change(sentence: SentenceHit, by_id: Mapping[str, RecallHit]) -> bool:
    text = by_id[sentence.hit.id].entry.text
    return takes_back(text) or _CHANGED.search(text) is not None


def _words(text: str) -> set[str]:
    return {re.sub(r"['’]s?$", "", word) for word in words_of(text)} - FUNCTION_WORDS


async def _with_newer(
    run: Run, question: str, told: Sequence[RecallHit], hits: Sequence[RecallHit]
) -> list[MemoryEntry]:
    """What is told, and before it what was said later of the same, however well that fits the words of the question."""
    beside = [*hits, *await run.services.memory.recall_newer(told, project=run.chat.project)]
    newer = [h.entry for h in beside if any(speaks_against(h.entry, old.entry) for old in told) and tells(h.entry)]
    newer = [entry for entry in newer if not _tells_of_another_death(question, entry.text)]
    # What takes something away names it; the other names in it are no matter.
    newer = [
        entry
        for entry in newer
        if not is_about_another(question, entry.text) or any(takes_away(entry.text, old.entry.text) for old in told)
    ]
    return newest_first(list({e.id: e for e in [*(hit.entry for hit in told), *newer]}.values()))


def tell_of_others(run: Run, recalled: Recalled) -> Outcome | None:
    """The nearest memory, which seems to be about somebody or something else; None where there is none."""
    named = Recalled()
    for entry in [entry for entry in (*recalled.beside, *recalled.others) if _is_asked(run.words, entry)][:1]:
        run.labels |= frozenset(entry.labels)
        _tell(run, named, entry, (0, _WHOLE_MEMORY))
    is_of_another = any(is_about_another(run.words, c.text, kin_only=True) for c in named.citations)
    text = "\n".join([_OF_ANOTHER if is_of_another else _UNSURE, *named.lines])
    return Outcome(text, "uncertain", tuple(named.citations)) if named.lines else None


def tell_of_near(run: Run, recalled: Recalled, *, is_behind: bool = False) -> Outcome | None:
    """The memory that may answer, said to be no more than that; None where there is none.

    Args:
        is_behind: places of documents were named before it.
    """
    named, entries = Recalled([*recalled.lines], [*recalled.citations]), recalled.near[:_QUOTES]
    if not named.lines:
        run.labels |= join(*(frozenset(entry.labels) for entry in entries))
        _tell_all(run, named, entries, {})
    frame = _NEAREST_MEMORY if is_behind else _UNSURE
    return Outcome("\n".join([frame, *named.lines]), "uncertain", tuple(named.citations)) if named.lines else None


def _is_asked(words: str, entry: MemoryEntry) -> bool:
    """Whether a memory may be told to anybody, or is asked for by more than a name."""
    asked = set(_NO_NAME.findall(words)) - FUNCTION_WORDS
    # However the name is typed.
    asked -= {name.casefold() for name in re.findall(r"\b[A-Z][a-z]+", entry.text)}
    return not _NOT_TO_BE_TOLD.search(entry.text) or bool(asked & _words(entry.text))


def asks_what_is_known(words: str) -> bool:
    """Whether somebody asks for all that is remembered rather than for something in it."""
    return _ASKS_WHAT_IS_KNOWN.fullmatch(words.strip().rstrip(" ?!.")) is not None


async def tell_what_is_known(run: Run) -> Outcome:
    """The few most important memories, said to be that; all of them where there are few."""
    if not run.use_memory:
        return Outcome(_OFF, "not_found")
    run.start_step("recall_memory", {"query": run.words})
    before = run.services.clock.monotonic_s()
    entries = await _known(run)
    recalled = Recalled()
    for entry in sorted(entries[:_NAMED], key=lambda entry: -entry.created_ms):
        run.labels |= frozenset(entry.labels)
        _tell(run, recalled, entry, (0, _WHOLE_MEMORY))
    result = ToolResult("\n".join(recalled.lines) or _NONE, citations=tuple(recalled.citations))
    took_ms = (run.services.clock.monotonic_s() - before) * 1000
    run.end_step("recall_memory", {"query": run.words}, result, took_ms=took_ms)
    if not recalled.lines:
        return Outcome(_NONE, "not_found")
    frame = _ALL if len(entries) <= _NAMED else _SOME.format(n=len(entries), k=_NAMED)
    return Outcome("\n".join([frame, *(f"- {line}" for line in recalled.lines)]), "answered", tuple(recalled.citations))


async def tell_of_topic(run: Run, topic: str) -> Outcome | None:
    """All that is remembered of somebody or something, the newest of it; None where that is nothing."""
    if not run.use_memory or not (entries := await known_of(run, topic)):
        return None
    run.start_step("recall_memory", {"query": topic})
    before = run.services.clock.monotonic_s()
    recalled = Recalled()
    named = sorted(entries, key=lambda entry: -entry.created_ms)[:_NAMED]
    await run.services.memory.touch([entry.id for entry in named])
    run.labels |= join(*(frozenset(entry.labels) for entry in named))
    _tell_all(run, recalled, named, {})
    result = ToolResult("\n".join(recalled.lines), citations=tuple(recalled.citations))
    run.end_step("recall_memory", {"query": topic}, result, took_ms=(run.services.clock.monotonic_s() - before) * 1000)
    return Outcome("\n".join(recalled.lines), "answered", tuple(recalled.citations))


async def known_of(run: Run, topic: str, *, even_superseded: bool = False) -> list[MemoryEntry]:
    """What is remembered of somebody or something, the most important first."""
    known = await _known(run, even_superseded=even_superseded)
    return [entry for entry in known if belongs_to(topic, entry.text)]


async def _known(run: Run, *, even_superseded: bool = False) -> list[MemoryEntry]:
    """What is remembered in this project, each text once, what was kept on purpose first, then the most important."""
    page = await run.services.memory.list(trust="trusted", sort="created", limit=_LOOKED_AT)
    entries = [e for e in page if e.tier in _TIERS and e.project in ("", run.chat.project) and tells(e)]
    gone = set() if even_superseded else superseded_among(entries)
    entries.sort(key=lambda e: (not e.pinned, _TIERS.index(e.tier), -e.importance, -e.created_ms))
    return list({e.text.casefold().rstrip(".!"): e for e in reversed(entries) if e.id not in gone}.values())[::-1]


def _of_one_day(entries: Sequence[MemoryEntry]) -> set[str]:
    """Ids of those that speak against each other and are of one day: only their times tell which is newer."""
    pairs = [(new, old) for new in entries for old in entries if speaks_against(new, old)]
    return {entry.id for pair in pairs if _date(pair[0]) == _date(pair[1]) for entry in pair}


def _date(entry: MemoryEntry) -> str:
    return written_date(local_time(entry.created_ms))


def _tell_all(
    run: Run, recalled: Recalled, entries: Sequence[MemoryEntry], parts: Mapping[str, tuple[int, int]]
) -> None:
    timed = _of_one_day(entries)
    for entry in entries:
        _tell(run, recalled, entry, parts.get(entry.id, (0, _WHOLE_MEMORY)), with_time=entry.id in timed)


def _tell(run: Run, recalled: Recalled, entry: MemoryEntry, part: tuple[int, int], *, with_time: bool = False) -> None:
    text = entry.text if len(entry.text) <= _WHOLE_MEMORY else entry.text[slice(*part)]
    if len(text) < len(entry.text) and part == (0, _WHOLE_MEMORY):
        text = shorten(entry.text[: 2 * _WHOLE_MEMORY], _WHOLE_MEMORY)
    date = _date(entry) + (f", {local_time(entry.created_ms):%H:%M:%S}" if with_time else "")
    recalled.lines.append(f"{_FRAMES[speaker_of(entry)]} {date}: {quoted_memory(text)}")
    shown = text if len(text) <= MAX_SHOWN else beginning_of(text)
    recalled.citations.append(run.book.add(replace(cite_memory(entry), text=shown)))


def _around(sentence: SentenceHit, by_id: dict[str, RecallHit]) -> str:
    """What says whom a sentence tells of: the memory, or of a long one the sentence."""
    text = by_id[sentence.hit.id].entry.text
    return text if len(text) <= _WHOLE_MEMORY else sentence.text


def _near(question: str, sentences: Sequence[SentenceHit]) -> list[SentenceHit]:
    """What may answer: of memories that were read the best two, else the best where it stands alone."""
    if not sentences:
        return []
    if "order" in sentences[0].why:
        least = _OF_THE_NEAREST * sentences[0].score
        best = {s.hit.id: s for s in reversed(sentences) if s.is_near and s.score >= least}
        return sorted(best.values(), key=lambda s: -s.score)[:_NEAREST]
    is_own = asks_about_oneself(question)
    enough = _NEAR_OF_ONESELF if is_own else _NEAR
    second = max((s.score for s in sentences[1:] if s.hit.id != sentences[0].hit.id), default=0.0)
    first = sentences[0]
    return [first] if first.score >= max(enough, _AHEAD * second) and _is_of_the_same(question, first) else []


def _is_of_the_same(question: str, sentence: SentenceHit) -> bool:
    """Whether a sentence has a word of what is asked about, or means nearly the same; true where nobody can say."""
    is_own = asks_about_oneself(question)
    enough, meaning = (_SAME_OF_ONESELF if is_own else _SAME), sentence.why["meaning"]
    has_words = is_own and sentence.why["words"] >= _HALF_THE_WORDS
    return shares_subject(question, sentence.text) or meaning == 0.0 or meaning >= enough or has_words


def _good(sentences: Sequence[SentenceHit]) -> list[SentenceHit]:
    """The best sentence if it answers at all, and those that are nearly as good."""
    return [s for s in sentences if s.is_sure and s.score >= _NEARLY * sentences[0].score]
