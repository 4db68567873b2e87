"""Does a newer sentence say of an older one that it is not so any more?

Contradiction (contradiction.py) sees one subject with two values, both told in the same form. People correct in other
words: "Clara doesn't live in Madrid any more, she lives in Rome", "the meeting is on Thursday instead of Tuesday", "the
key is in the hall, not in the drawer", "Correction: the cat is grey". Such a sentence has a mark, and three things are
read of it by form alone:

- what it takes back. A clause without its negation is the older sentence, word for word: "Clara lives in Madrid".
- what stands in the place of what: with "instead of Tuesday" replaced, "the meeting is on Tuesday" is left.
- where it only announces itself ("Correction:", "Actually,", "now"): the same subject, with another value.

What is taken back must be *all* that the older sentence says: "… lives in Madrid with her two children" tells more, and
stays. The one freedom is how somebody is named: "my sister Clara", "Clara" and "my sister" are the same where nobody
else of that name is remembered (`corrected_among`). Maybes, wishes and questions correct nothing. A correction that is
not recognised does no harm, both are shown; one that is seen where there is none hides what is true.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine.memory.persons import RELATIONS
from engine.search.terms import word_set

__all__ = [
    "Correction",
    "Tokens",
    "announces_itself",
    "read_correction",
    "same_subject",
    "takes_back",
    "tokens_of",
    "without_announcement",
]

Tokens = tuple[str, ...]

_TOKEN = re.compile(r"[^\W_]+(?:['’.,:\-][^\W_]+)*", re.UNICODE)
# Words without which a sentence says the same.
_IGNORED = word_set(
    """
    a an the my our do does did is am are was were be now currently still really also just actually instead
    der die das den dem des ein eine einen einem einer mein meine meinen meinem meiner unser unsere unseren unserem
    ist sind war waren jetzt nun noch auch eigentlich stattdessen inzwischen mittlerweile
    """
)
_NEGATION = r"(?:not|n['’]t|never|nicht|kein(?:e[nmrs]?)?)"
_ANY_MORE = re.compile(
    rf"\bno longer\b|{_NEGATION}\b(?P<en>[^,;]*?)\b(?:any ?more|any longer)\b|\bnicht (?:mehr|länger)\b"
    r"|\bkein(?:e[nmrs]?)?\b(?P<de>[^,;]*?)\bmehr\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;]|(?<=\w{3})[.!]\s|[–—]|\b(?:but|because|since|as of|sondern|weil|seitdem|denn)\b", re.IGNORECASE
)
_IN_PLACE_OF = (
    re.compile(r"^(?P<kept>.+?),? (?:instead of|anstatt|anstelle von|statt) (?P<gone>[^,;]+)$", re.IGNORECASE),
    re.compile(r"^(?P<before>.+?) (?:not|nicht) (?P<gone>[^,;]+?),? (?:but|sondern) (?P<now>[^,;]+)$", re.IGNORECASE),
    re.compile(r"^(?P<kept>.+?), (?:and not|not|nicht|und nicht) (?P<gone>[^,;]+)$", re.IGNORECASE),
)
_ANNOUNCED = re.compile(
    r"^(?:(?:sorry|oops|no|nein|oh|wait|entschuldigung|moment)\b[\s,.!:–-]*)*"
    r"(?:correction|corrected|update|i was wrong|i made a mistake|that(?:['’]s| is| was) (?:wrong|not right|not true)"
    r"|korrektur|berichtigung|richtigstellung|ich habe mich geirrt|das (?:ist|war) falsch)\b[\s,.!:–-]*",
    re.IGNORECASE,
)
_NEWLY = re.compile(
    r"\b(?:actually|now|meanwhile|instead|by now|moved to|eigentlich|jetzt|inzwischen|mittlerweile|stattdessen)\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:also|too|as well|auch|if|would|could|might|maybe|perhaps|sometimes|often|usually|probably|wish|hope|think"
    r"|guess|believe|suppose|imagine|unsure|not sure|heard|dreamed|dreamt|today|tonight|tomorrow|yesterday"
    r"|this (?:time|week|month|morning|evening)|once|almost|nearly|soon|wenn|falls|würde\w*|könnte\w*|vielleicht"
    r"|manchmal|oft|glaube|denke|vermutlich|wahrscheinlich|heute|morgen|gestern|diesmal|bald|fast)\b",
    re.IGNORECASE,
)
_NOT = re.compile(rf"\b(?:no|nobody|none|nothing|without|ohne|nie|niemand)\b|\b{_NEGATION}\b|n['’]t\b", re.IGNORECASE)
_GERMAN_RELATIONS = word_set(
    """schwester bruder mutter vater mama papa frau mann freund freundin partner partnerin tochter sohn oma opa
    grossmutter großmutter grossvater großvater tante onkel cousin cousine nichte neffe nachbar nachbarin chef chefin
    kollege kollegin vermieter vermieterin hund katze kater"""
)
_RELATION_WORDS = frozenset(RELATIONS) | _GERMAN_RELATIONS
# What is taken back must name its subject and say something of it.
_FEWEST_WORDS = 2
# A correction is a sentence or two.
_LONGEST_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Correction:
    """What a sentence says about an older one.

    Attributes:
        taken_back: sentences, as tokens, that are not so any more.
        kept, gone: "the meeting is on Thursday" and "Tuesday", which it was before; () where nothing is replaced.
    """

    taken_back: tuple[Tokens, ...] = ()
    kept: Tokens = ()
    gone: Tokens = ()

    def holds_against(self, old: str) -> bool:
        """Whether the older sentence is one that is not so any more."""
        if old.rstrip().endswith("?") or _NOT.search(old):
            return False
        told = tokens_of(old)
        return any(same_subject(one, told) for one in self.taken_back) or self._replaces(told)

    def _replaces(self, told: Tokens) -> bool:
        rest, last = told[: -len(self.gone)], told[-len(self.gone) :]
        if not self.gone or not rest or _lower(last) != _lower(self.gone):
            return False
        pairs = [(self.kept, one) for one in _names(rest)] + [(one, rest) for one in _names(self.kept)]
        # "tea at night, not coffee" has more in the place of "coffee" than another value.
        return any(_begins(kept, one) and len(kept) - len(one) <= len(self.gone) + 1 for kept, one in pairs)


def read_correction(text: str) -> Correction | None:
    """What a text takes back; None where it takes back nothing, or only perhaps."""
    return None if len(text) > _LONGEST_CHARACTERS else _read_correction(text)


@lru_cache(maxsize=4096)
def _read_correction(text: str) -> Correction | None:
    words = without_announcement(text).rstrip(" .!")
    if "\n" in words or words.endswith("?") or _HEDGED.search(words):
        return None
    taken_back = tuple(tokens for tokens in _taken_back(words) if len(tokens) >= _FEWEST_WORDS)
    if taken_back:
        return Correction(taken_back)
    for pattern in _IN_PLACE_OF:
        if match := pattern.match(words):
            found = match.groupdict()
            before = found.get("kept") or found["before"]
            kept, gone = tokens_of(before), tokens_of(found["gone"])
            return Correction(kept=kept, gone=gone) if kept and gone else None
    return None


def announces_itself(text: str) -> bool | None:
    """Whether a text says that it corrects something: True for sure, None perhaps ("actually", "now")."""
    return False if len(text) > _LONGEST_CHARACTERS else _announces(text)


@lru_cache(maxsize=4096)
def _announces(text: str) -> bool | None:
    if text.rstrip().endswith("?") or _HEDGED.search(text):
        return False
    return True if _ANNOUNCED.match(text.strip()) else None if _NEWLY.search(text) else False


def takes_back(text: str) -> bool:
    """Whether a text says for sure that something told before is not so."""
    return announces_itself(text) is True or read_correction(text) is not None


def without_announcement(text: str) -> str:
    """The text behind its "Correction:"."""
    return _ANNOUNCED.sub("", text.strip(), count=1)


def same_subject(one: Tokens, other: Tokens) -> bool:
    """Whether two say the same, somebody being named in full in one and shortly in the other."""
    return _lower(one) in _names(other, lower=True) or _lower(other) in _names(one, lower=True)


def tokens_of(text: str) -> Tokens:
    """The words that tell something, in order and as they are written; of a long text those of its beginning."""
    return _tokens(text[: 2 * _LONGEST_CHARACTERS])


@lru_cache(maxsize=4096)
def _tokens(text: str) -> Tokens:
    return tuple(m.group() for m in _TOKEN.finditer(text) if m.group().lower() not in _IGNORED)


def _taken_back(words: str) -> Iterator[Tokens]:
    """Clauses that say of something that it is not so any more, without their negation."""
    for match in _ANY_MORE.finditer(words):
        starts = [m.end() for m in _CLAUSE.finditer(words, 0, match.start())]
        ends = [m.start() for m in _CLAUSE.finditer(words, match.end())]
        before = words[max(starts, default=0) : match.start()]
        # "doesn't" is cut within its word.
        before = re.sub(r"\b(?:do|does|did|is|are|was|were|have|has)$", "", before)
        middle = match["en"] or match["de"] or ""
        yield tokens_of(" ".join([before, middle, words[match.end() : min(ends, default=len(words))]]))


def _names(tokens: Tokens, *, lower: bool = False) -> list[Tokens]:
    """The tokens as they are, and with "sister Clara" as "Clara" and as "sister"."""
    found = [tokens]
    for i, (one, following) in enumerate(itertools.pairwise(tokens)):
        if one.lower() in _RELATION_WORDS and following[0].isupper():
            found += [tokens[:i] + tokens[i + 1 :], tokens[: i + 1] + tokens[i + 2 :]]
    return [_lower(one) for one in found] if lower else found


def _begins(whole: Tokens, part: Tokens) -> bool:
    """Whether the one begins with the other."""
    return bool(part) and _lower(whole)[: len(part)] == _lower(part)


def _lower(tokens: Tokens) -> Tokens:
    return tuple(_stem(token.lower().replace("’", "'")) for token in tokens)


def _stem(word: str) -> str:
    """A verb as "I", "she" and "doesn't" have it: "drinks", "goes" and "drink", "go"."""
    if re.search(r"(?:o|sh|ch|x|ss)es$", word):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "'s")) else word
