"""Whether a sentence of a document speaks of something else than was asked: another place, month, owner or thing.

The reader judges what is said, and two rooms, two months or two models are spoken of in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePath

from engine.search.query import SentenceHit
from engine.search.terms import FUNCTION_WORDS, words_of

__all__ = ["is_of_another", "of_the_code"]

# "In Porto"; not "in June".
_PLACE = re.compile(
    r"\b[Ii]n (?!(?:January|February|March|April|May|June|July|August|September|October|November|December|English)\b)"
    r"([A-Z][\w’'-]+)"
)
# "May" may be no month.
_MONTH = re.compile(
    r"\b(January|February|March|April|June|July|August|September|October|November|December"
    r"|(?<=in )May|(?<=\d )May|May(?= \d))\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_PERIOD = re.compile(
    r"\b(?:until|till|to|through|between|since|from|before|after|by|each|every|monthly|yearly)\b|[–-]", re.IGNORECASE
)
# "BS-420", "E12", "flat 10"; kind and number.
_MODEL = re.compile(
    r"(?<![\w-])(?:([A-Za-z]{1,4}(?=-?\d\d)|(?-i:[A-Z]{1,2}))-?(\d{1,5})"
    r"|(flat|room|unit|plot|platform|gate|route|page|section|clause|apartment|floor|berth|cabin) (\d+[a-z]?))"
    r"(?![\w-]|[.,:]\d)",
    re.IGNORECASE,
)
# "Nell's"; not "my sister's", whom a document may call by her name.
_OWNER = re.compile(
    r"\b(?!(?:it|that|this|what|who|where|when|how|there|here|he|she|let|one|today|tomorrow|yesterday|mum|mom|dad|gran"
    r"|granny|nan|nana|grandma|grandad|grandpa|mother|father|sister|brother|son|daughter|wife|husband)\b)"
    r"([a-z][\w-]+)['’]s\b",
    re.IGNORECASE,
)
_OF_SOMEBODY = re.compile(r"\b(?:(?i:he|she|his|her|him)|[A-Z][a-z]+['’]s)\b")
# What stands between the words of a file's name; and so short a word names no thing.
_APART, _SHORT = re.compile(r"[\W_]+"), 2
# "Two flashes", "flashes red three times".
_NUMBERS = {
    name: n
    for n, names in enumerate((("one", "once"), ("two", "twice"), ("three",), ("four",), ("five",), ("six",)), 1)
    for name in (*names, str(n))
}
# So near stands a number to what it counts; and so many letters of that are the same, whatever its form.
_COUNTED, _STEM = 3, 4
# Says of what is asked how much it is, not of which kind.
_NO_KIND = frozenset({"many", "much", "long", "old", "far", "often", "high", "big", "first", "last", "next", "new"})
# "Room 1 to room 20".
_RANGE = re.compile(r"\d+[a-z]? ?(?:to|and|–|-|until) ?(?:[a-z]+ ?)?\d", re.IGNORECASE)
# "What does E5 mean?"; not "A4 paper".
_CODE = re.compile(r"\b[A-Z]-?\d{1,3}\b")
_OF_A_CODE = re.compile(
    r"\b(?:errors?|codes?|faults?|shows?|showing|displays?|means?|says|flash\w*|lights?)\b", re.IGNORECASE
)


def is_of_another(question: str, ranked: Sequence[SentenceHit]) -> bool:
    """Whether the best sentence is of another place, month, owner, model or thing than is asked about.

    Args:
        ranked: the best first; what the others speak of shows what could have been meant.
    """
    best = ranked[0]
    is_elsewhere = _is_of_another_place(question, ranked) or _is_of_another_month(question, best)
    is_elsewhere = is_elsewhere or _is_of_another_year(question, ranked) or _is_of_another_owner(question, ranked)
    is_elsewhere = is_elsewhere or _is_of_another_count(question, ranked)
    return is_elsewhere or _is_of_another_thing(question, ranked) or _is_of_another_model(question, best)


def _is_of_another_place(question: str, ranked: Sequence[SentenceHit]) -> bool:
    """Whether the best sentence speaks of one place, the question of another that a sentence behind it names."""
    asked, told = (set(_PLACE.findall(text)) for text in (question, ranked[0].text))
    before = f"{ranked[0].hit.heading} {ranked[0].hit.text[: ranked[0].end]}"
    is_elsewhere = any(name in s.text for s in ranked[1:] for name in asked)
    return bool(asked and told) and is_elsewhere and not any(name in before for name in asked)


def _is_of_another_owner(question: str, ranked: Sequence[SentenceHit]) -> bool:
    """Whether Nell's peak flow is asked about, and the sentence gives his: of somebody whose name is not hers."""
    around = _words_around(ranked[0])
    names = [name for name in _OWNER.findall(question) if f" {name.lower()} " not in around]
    is_name = any(name[0].isupper() or any(name.capitalize() in s.hit.text for s in ranked[1:]) for name in names)
    return is_name and _OF_SOMEBODY.search(ranked[0].text) is not None


def _is_of_another_thing(question: str, ranked: Sequence[SentenceHit]) -> bool:
    """Whether the deposit for the garden room is asked about, and the sentence is of the reading room."""
    pairs = [(a, b) for a, b in pairwise(words_of(question)) if not {a, b} & FUNCTION_WORDS]
    best = _words_around(ranked[0])
    pairs = [(a, b) for a, b in pairs if len(a) > _SHORT and a not in _NO_KIND]
    # Of the other the best has to speak: "reading room".
    others = {b: re.findall(rf" (\w+) {re.escape(b)} ", best) for _, b in pairs}
    apart = [f" {a} {b} " for a, b in pairs if f" {a} " not in best and set(others[b]) - FUNCTION_WORDS]
    return any(pair in _words_around(s) for pair in apart for s in ranked[1:])


def _is_of_another_count(question: str, ranked: Sequence[SentenceHit]) -> bool:
    """Whether two flashes are asked about, the best sentence counts three, and another two."""
    told = _counts(ranked[0].text)
    for stem, asked in _counts(question).items():
        if (
            stem in told
            and not asked & told[stem]
            and any(asked & _counts(s.text).get(stem, set()) for s in ranked[1:])
        ):
            return True
    return False


def _counts(text: str) -> dict[str, set[int]]:
    """The numbers that stand near each word, by its first letters."""
    words = words_of(text)
    counts: dict[str, set[int]] = {}
    for at, word in enumerate(words):
        if word in _NUMBERS:
            for other in words[max(0, at - _COUNTED) : at + _COUNTED + 1]:
                if len(other) >= _STEM and other not in _NUMBERS and other not in FUNCTION_WORDS:
                    counts.setdefault(other[:_STEM], set()).add(_NUMBERS[word])
    return counts


def _words_around(s: SentenceHit) -> str:
    """The words of a sentence's file, headings and passage, a blank around each."""
    path = _APART.sub(" ", PurePath(s.hit.path).stem)
    return f" {' '.join(words_of(f'{path} {s.hit.heading} {s.hit.text}'))} "


def _is_of_another_month(question: str, best: SentenceHit) -> bool:
    """Whether a month is asked about and the sentence names another one, as the day of what it tells."""
    asked, told = ({m.casefold()[:3] for m in _MONTH.findall(text)} for text in (question, best.text))
    about = {m.casefold()[:3] for m in _MONTH.findall(best.hit.heading)}
    return bool(asked and told) and not asked & (told | about) and not _PERIOD.search(best.text)


def _is_of_another_year(question: str, ranked: Sequence[SentenceHit]) -> bool:
    """Whether the best sentence names other years than the one asked about, which another sentence has."""
    asked, told = set(_YEAR.findall(question)), set(_YEAR.findall(ranked[0].text))
    return bool(asked and told) and not asked & told and any(asked & set(_YEAR.findall(s.text)) for s in ranked[1:])


def _is_of_another_model(question: str, best: SentenceHit) -> bool:
    """Whether a model is asked about of which there is the like only: BS-620 where a passage tells of BS-420.

    Or the sentence tells of the like, whatever stands beside it: E7 where E3 is asked about.
    """
    passage = f"{best.hit.path} {best.hit.heading} {best.hit.text}"
    asked, around, told = (_models_of(text) for text in (question, passage, best.text))
    if _RANGE.search(best.text):
        return False
    return any(
        one not in part and any(one[0] == other[0] for other in part) for one in asked for part in (around, told)
    )


def _models_of(text: str) -> set[tuple[str, str]]:
    return {((m[1] or m[3]).upper(), (m[2] or m[4]).upper()) for m in _MODEL.finditer(text)}


def of_the_code(question: str, ranked: list[SentenceHit]) -> list[SentenceHit]:
    """Those that have the code which is asked about, where one is: no row of E5 says what E3 means."""
    codes = _CODE.findall(question) if _OF_A_CODE.search(question) else []
    return [s for s in ranked if any(re.search(rf"\b{code}\b", s.text) for code in codes)] if codes else ranked
