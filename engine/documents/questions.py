"""Questions that a document answers, made from its own headings.

A person who has just dropped a file wants to see that it was read. A heading names what a section is about in
the writer's words; put into a question it is something that can be asked, and nothing is invented. What makes
it natural is looked up in the text: whether the writer says "the notice period" or "a notice period", and
which words of a Heading In Capitals are names. A question is suggested only if asking it finds a sentence of
that very section, so that no chip leads nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence

from engine.documents.types import Passage
from engine.search.place_asked import place_subject
from engine.search.query import SentenceHit
from engine.search.sentences import split_sentences
from engine.search.terms import word_set

Find = Callable[[str], Awaitable[Sequence[SentenceHit]]]

# At most so many headings are tried, each with a search by words, and so many questions are read with passages: a
# reading takes a third of a second of the worker that questions of the person need too.
MAX_TRIED, MAX_READ = 10, 5
# A heading this short or long names nothing, or is a sentence.
_LEAST, _MOST, _MOST_WORDS = 4, 70, 9
# An answer worth showing.
_LEAST_SENTENCE = 40
# Share of words of a text that are among the commonest of English; other languages stay below a tenth of it.
_ENGLISH_SHARE = 0.12

_NUMBERING = re.compile(
    r"^(?:(?:chapter|section|part|article|appendix|annex|step|exhibit)\s+[\dIVXLA-Z]{1,5}\b[.:)]?\s*[-–—:]?|§+\s*[\d.]+"
    r"|\(?(?:\d+(?:\.\d+)*|[A-Z]|[ivx]+|[IVX]+)[.)]|\d+(?:\.\d+)*)\s+",
    re.IGNORECASE,
)
# What says how a section treats its subject, not what that is: "Booking the hall, notes".
_MANNER = re.compile(r"[,:] (?:notes|overview|summary|continued|in general|details)$", re.IGNORECASE)
_NAMELESS = word_set(
    """
    contents introduction references bibliography abstract summary conclusion conclusions acknowledgements
    acknowledgments appendix index preface foreword overview notes note background discussion results methods
    method general miscellaneous other others faq questions chapter section about more example examples
    definitions terms figure figures table tables copyright licence license imprint
    """
)
_COMMON = word_set("the of and to in is a for that it on with as are be by this or from at you not your was have can")
_VERBS = word_set(
    """
    add adjust apply ask attach avoid back begin book build buy call cancel change charge check choose clean close
    configure connect contact cook copy create delete disconnect download drain drop edit empty enable end enter
    export fill find fix forget format get give import insert install keep learn load lock log make manage measure
    mount move open order pack pay pin prepare print protect read register remember remove rename replace report
    reset restart restore return run save search send set share start stop store switch test turn undo uninstall
    unlock update upgrade use wash withdraw write
    """
)
_ASKS = re.compile(r"^(?:what|when|where|which|who|whom|whose|why|how|can|do|does|is|are|should|must|may)\b", re.I)
# "trip to Portugal": one of a kind, whose article the text need not have.
_OF_ONE = re.compile(r"(?![^\W\d_]*ing\b)[a-z]+(?<!s) (?:to|of|for|with|from) ")
# Question words and a verb behind them: a question that was only not given its mark.
_IS_QUESTION = re.compile(
    r"^(?:what|who|which|where|when|why|how) (?:is|are|was|were|can|do|does|did|must|should|may|stays|happens|counts"
    r"|changes|goes|comes|means|costs|belongs)\b",
    re.I,
)


async def suggest_questions(passages: Sequence[Passage], quick: Find, find: Find, limit: int = 3) -> list[str]:
    """Questions that the guide answers from these passages, in the order of the text.

    The best sentence for each is one of its own section: the guide answers with it, or names it as the nearest place.

    Args:
        passages: of one document, in order.
        quick: the sentences that fit a question by their words, out of all documents; tells what is worth trying.
        find: the sentences that answer it best, as the guide judges them; ten times as slow and more.
    """
    text = " ".join(passage.text for passage in passages)
    if not _is_english(text):
        return []
    found: dict[int, str] = {}
    n_left = MAX_READ
    headings = _headings(passages)
    # A heading that is a clause ("What you need") makes a clumsy question: last.
    order = sorted(_spread(len(headings), len(headings)), key=lambda at: _is_clause(headings[at]))[:MAX_TRIED]
    for position in order:
        heading = headings[position]
        for question in phrase_questions(heading.split(" › ")[-1], text):
            by_words = () if question in found.values() else await quick(question)
            if not by_words or by_words[0].hit.heading != heading:
                continue
            n_left -= 1
            if await _finds_itself(question, heading, passages, find):
                found[position] = question
            if position in found or not n_left:
                break
        if len(found) >= limit or not n_left:
            break
    return [question for _, question in sorted(found.items())]


def phrase_questions(heading: str, text: str) -> list[str]:
    """A heading as questions, the most natural first; none where it names nothing.

    Args:
        text: the document's, which tells how the writer speaks of it.
    """
    subject = _MANNER.sub("", _NUMBERING.sub("", " ".join(heading.split())).strip(" .:–—-"))
    words = subject.split()
    if not _LEAST <= len(subject) <= _MOST or len(words) > _MOST_WORDS or not re.match(r"[^\W\d_]", subject):
        return []
    if all(word.lower().strip(",&") in _NAMELESS | _COMMON for word in words):
        return []
    if heading.rstrip().endswith("?"):
        return [subject if subject.endswith("?") else subject + "?"]
    plain = " ".join(_as_written(word, text, is_first=not number) for number, word in enumerate(words))
    if plain.lower().startswith("how to "):
        return [f"How do I {plain[7:]}?"]
    if _IS_QUESTION.match(plain):
        return [f"{plain[0].upper()}{plain[1:]}?"]
    if _ASKS.match(plain):
        return [f"What do my documents say about {plain[0].lower()}{plain[1:]}?"]
    if words[0].lower() in _VERBS and len(words) > 1 and f"the {plain.lower()}" not in text.lower():
        return [f"How do I {plain[0].lower()}{plain[1:]}?"]
    named = (_article(plain, text) or ("the " if _OF_ONE.match(plain) else "")) + plain
    said = re.search(rf"\b{re.escape(named.lower())} (is|are)\b", text.lower())
    direct = [f"What {said.group(1)} {named}?"] if said else []
    return [*direct, f"Where did I read about {named}?"]


def _as_written(word: str, text: str, *, is_first: bool) -> str:
    """A word of a heading as the text writes it within a sentence: small unless it is a name.

    The first word has a capital anyway; it is taken for a name only where the text has it within a sentence.
    """
    bare = word.strip(",;:()\"'“”’")
    lower = bare.lower()
    if not bare[:1].isupper() or lower == bare:
        return word
    if re.search(rf"(?<![\w-]){re.escape(lower)}(?![\w-])", text):
        return word.replace(bare, lower)
    capital = lower.capitalize()
    if bare.isupper() and len(bare) > 1 and re.search(rf"\b{re.escape(capital)}\b", text):
        return word.replace(bare, capital)
    if is_first and bare[1:].islower() and not re.search(rf"[a-z,;] {re.escape(bare)}\b", text):
        return word.replace(bare, lower)
    return word


def _is_clause(heading: str) -> bool:
    last = _NUMBERING.sub("", heading.split(" › ")[-1])
    is_asked = last.endswith("?") or _IS_QUESTION.match(last) or last.lower().startswith("how to ")
    return bool(_ASKS.match(last)) and not is_asked


def _article(subject: str, text: str) -> str:
    """The article that the writer puts before these words, with a space; empty if none."""
    around = text.lower()
    counts = {
        article: len(re.findall(rf"\b{article} {re.escape(subject.lower())}\b", around))
        for article in ("the", "a", "an")
    }
    best = max(counts, key=lambda article: counts[article])
    return f"{best} " if counts[best] else ""


def _is_english(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text[:40_000].lower())
    return bool(words) and sum(word in _COMMON for word in words) >= _ENGLISH_SHARE * len(words)


def _headings(passages: Sequence[Passage]) -> list[str]:
    """Heading paths in the order of the text, each once, that have something to quote below them."""
    found: dict[str, None] = {}
    for passage in passages:
        for heading, part in sections_of(passage):
            if heading and any(is_quotable(part[s.start : s.end]) for s in split_sentences(part)):
                found.setdefault(heading)
    return list(found)


def sections_of(passage: Passage) -> Iterator[tuple[str, str]]:
    """The heading and the text of each section that a passage has a part of."""
    places = passage.places or ((0, passage.page, passage.heading),)
    ends = [*(place[0] for place in places[1:]), len(passage.text)]
    for (start, _, heading), end in zip(places, ends, strict=True):
        yield heading, passage.text[start:end]


def is_quotable(sentence: str) -> bool:
    """Whether it is a whole sentence, long enough to be worth showing."""
    return len(sentence) >= _LEAST_SENTENCE and sentence.rstrip("\"'”’)").endswith((".", "!"))


def _spread(count: int, most: int) -> list[int]:
    """Positions to try, far apart first, so that the questions come from all of the document."""
    order: list[int] = []
    parts = 4
    while len(order) < min(count, most) and parts <= 4096:
        for part in range(1, parts):
            position = min(count - 1, part * count // parts)
            if position not in order:
                order.append(position)
        parts *= 2
        if parts > 2 * count:
            order += [position for position in range(count) if position not in order]
    return order[:most]


async def _finds_itself(question: str, heading: str, passages: Sequence[Passage], find: Find) -> bool:
    sentences = await find(question)
    if not sentences or not sentences[0].is_near:
        return False
    best = sentences[0]
    is_here = best.hit.heading == heading and any(p.id == best.hit.id for p in passages)
    return is_here and (place_subject(question) is not None or is_quotable(best.text))
