"""What can be seen of a sentence that may answer: signs, each a number, for `judgement` to weigh.

A sentence is looked at by itself (how much of the question it covers, how near its meaning is), among its
neighbours (a paragraph often names its subject once, two sentences before the answer), in its passage, and
beside the other candidates (how far it stands out). Form comes last: a number where a number is asked for, a
time for "when", and whether it is a sentence at all.

Kinds of question are told by English words, since the weights were learned on English; in another language
these signs are zero and the others decide.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from engine.search.holding import time_signs
from engine.search.sentences import Span
from engine.search.terms import word_set
from engine.search.types import Hit

__all__ = ["SIGNS", "Candidate", "idf_of", "signs_of"]

Rows = npt.NDArray[np.float64]
Row = npt.NDArray[np.float64]


@dataclass(slots=True)
class Candidate:
    """A sentence of a hit, with what is needed to judge it.

    Attributes:
        stems, heading, file: of its words, of the hit's heading and of the name of its file.
        cosine: with the question.
        read: the reader's logit.
    """

    hit_number: int
    hit: Hit
    number: int
    span: Span
    text: str
    stems: list[str] = field(default_factory=list)
    heading: list[str] = field(default_factory=list)
    file: list[str] = field(default_factory=list)
    cosine: float = 0.0
    read: float = 0.0


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words.split())})\b", re.IGNORECASE)


_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|once|twice|half|third|dozen|hundred"
    r"|thousand|million)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:1[5-9]\d\d|20\d\d|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|\d+(?:st|nd|rd|th)|daily|weekly|monthly|yearly"
    r"|annually|\d+:\d\d|century|days?|weeks?|months?|years?|hours?|minutes?)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(r"[$€£%]|\b(?:euros?|dollars?|pounds?|eur|usd|gbp|cents?|per ?cent)\b", re.IGNORECASE)
_PERSON = re.compile(
    r"(?<!^)(?<![.!?] )\b[A-Z][a-z]+ (?:[A-Z]\. ?)?[A-Z][a-z]+|\b(?:by|author|developer|president|leader|chair"
    r"|secretary|manager|team|company|committee|tenant|landlord|members?|owner|maintainers?)\b"
)
_REASON = re.compile(
    r"\b(?:because|since|so that|in order|due to|reason|therefore|thus|as a result|otherwise|prevent|avoid"
    r"|means that|allows?)\b",
    re.IGNORECASE,
)
_STEPS = _pattern("click select use using type run press set choose open enter add create install option command menu "
                  "button key must should need")  # fmt: skip
_PLACE = re.compile(
    r"\b(?:in|at|on|from|under|directory|folder|file|menu|located|place|page|site|address|street|hall|room)\b|/[\w.]+",
    re.IGNORECASE,
)
_DEFINES = re.compile(r"\b(?:is|are|was|were|means|refers to|stands for|called|known as|defined as)\b", re.IGNORECASE)
_DECIDES = re.compile(
    r"\b(?:yes|no|not|can|cannot|may|must|only|never|always|allowed|possible|supports?|required?)\b|n['’]t\b",
    re.IGNORECASE,
)
# What is asked for, and what an answer to that has.
_KINDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile(r"\bhow (?:many|much|long|old|far|often|large|big|high|fast|wide|deep|heavy|tall|late|early)\b"
                r"|\bwhat (?:percentage|number|share|price|size|rate|age|fee|temperature|speed|majority|maximum|minimum"
                r"|limit)\b|\bat (?:most|least)\b", re.IGNORECASE), _NUMBER),
    (re.compile(r"\bwhen\b|\bwhat (?:year|date|time|day|month)\b|\bhow (?:long|often)\b", re.IGNORECASE), _TIME),
    (re.compile(r"\bhow much\b|\bcosts?\b|\bprice\b|\bfee\b|\bpay\b|\brent\b|\bdeposit\b", re.IGNORECASE), _MONEY),
    (re.compile(r"\bwho(?:se|m)?\b|\bwhich person\b", re.IGNORECASE), _PERSON),
    (re.compile(r"\bwhy\b|\breason\b|\bwhat for\b|\bhow come\b", re.IGNORECASE), _REASON),
    (re.compile(r"\bhow (?:do|can|to|should|would|does|could|is|are)\b|\bwhat do i\b"
                r"|\bwhich (?:key|command|option|button|menu|setting|program|tool|flag|switch)\b", re.IGNORECASE),
     _STEPS),
    (re.compile(r"\bwhere\b|\bwhich (?:file|folder|directory|place|page|menu)\b", re.IGNORECASE), _PLACE),
    (re.compile(r"^\s*(?:what(?:'s|’s| is| are| does)|who (?:is|was)|define|meaning of)\b", re.IGNORECASE), _DEFINES),
    (re.compile(r"^\s*(?:is|are|was|were|can|could|do|does|did|may|must|should|will|would|has|have|am)\b",
                re.IGNORECASE), _DECIDES),
)  # fmt: skip
_SENTENCE_END = (".", "!", "?", ";", ":", "。", "！", "？")
_QUOTES = "\"'”’」』])"
_AUXILIARY = word_set("a an the is are was were be of to in on at for and or do does did i you it")


def idf_of(wanted: Sequence[str], candidates: Sequence[Candidate]) -> dict[str, float]:
    """How much each stem of the question tells among these sentences; what none has tells the most."""
    counts = Counter(stem for c in candidates for stem in set(c.stems))
    n = len(candidates)
    return {stem: math.log(1 + (n - counts[stem] + 0.5) / (counts[stem] + 0.5)) for stem in wanted}


def bm25_share(c: Candidate, idf: Mapping[str, float], total: float) -> float:
    """BM25 (k1 = 1.2, b = 0.75) of a sentence among sentences of 18 words, divided by the most it can be."""
    counts = Counter(c.stems)
    saturation = 1.2 * (0.25 + 0.75 * min(len(c.stems), 40) / 18)
    return sum(weight * counts[s] / (counts[s] + saturation) for s, weight in idf.items() if counts[s]) / total


def is_heading(c: Candidate) -> bool:
    """A short line that does not end as a sentence does."""
    return len(c.stems) < 9 and not c.text.rstrip(_QUOTES).endswith(_SENTENCE_END)


def is_question(c: Candidate) -> bool:
    """A sentence that asks; those of a FAQ are the likest of all to the question, and never its answer."""
    return c.text.rstrip(_QUOTES).endswith(("?", "？"))


# Signs of a sentence beside the other candidates; the last columns of `signs_of`.
_BESIDE = ("meaning_z", "words_z", "meaning_lead", "words_lead", "file_behind", "read", "read_lead", "read_share")
# In the order of the columns of `signs_of`.
SIGNS = (
    "words", "window", "passage_words", "cover", "around", "head", "file", "missing", "meaning", "before", "after",
    "passage_best", "passage_mean", "passage", "rank", "behind", "kind_met", "kind_unmet", "numbers", "length", "short",
    "long", "heading", "question", "colon", "first", "depth", "title", "pairs", "code", "time_asked",
    "time_now", "latest", *_BESIDE,
)  # fmt: skip


def signs_of(question: str, wanted: Sequence[str], candidates: Sequence[Candidate], today: date | None = None) -> Rows:
    """(n candidates, n SIGNS): what is seen of each.

    Args:
        wanted: the stems of the question that name its subject.
        candidates: in the order of the hits and of their text; stems, cosines and the reader's logits filled in.
        today: what "now" means; the machine's date where none is given.
    """
    idf = idf_of(wanted, candidates)
    kinds = [answer for asks, answer in _KINDS if asks.search(question)]
    numbers = set(re.findall(r"\d+", question))
    bigrams = _bigrams(question.lower().split())
    best_score = candidates[0].hit.score if candidates else 0.0
    times = iter(
        time_signs(question, [c.text for c in candidates], [c.stems for c in candidates], today or date.today())
    )
    rows: list[list[float]] = []
    for group in _by_hit(candidates):
        around = _Passage(group, idf)
        for i, c in enumerate(group):
            rows.append([
                *around.covers(i),
                *around.meanings(i),
                c.hit.score, c.hit_number - 1.0, best_score - c.hit.score,
                *_form(c, kinds, numbers, bigrams, i, len(group)),
                *next(times),
            ])  # fmt: skip
    own = np.array(rows, np.float64).reshape(len(candidates), len(SIGNS) - len(_BESIDE))
    return np.column_stack([_with_leads(own), *_read(np.array([c.read for c in candidates], np.float64))])


def _read(logits: Row) -> tuple[Row, Row, Row]:
    """The reader's logit, its lead over the best other, and the share of all odds, "nowhere here" included."""
    if not len(logits):
        return logits, logits, logits
    odds = np.exp(np.clip(logits, -30, 30))
    return logits, _lead(logits), odds / (1 + odds.sum())


def _lead(values: Row) -> Row:
    """By how much the best is ahead of the second, and each other behind the best."""
    best = values.max()
    second = np.partition(values, -2)[-2] if len(values) > 1 else 0.0
    lead: Row = np.where(values >= best, values - second, values - best)
    return lead


def _by_hit(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    groups: dict[int, list[Candidate]] = {}
    for c in candidates:
        groups.setdefault(c.hit_number, []).append(c)
    return list(groups.values())


def _bigrams(words: Sequence[str]) -> set[tuple[str, str]]:
    bare = [re.sub(r"\W", "", word) for word in words]
    return {pair for pair in pairwise(bare) if not set(pair) <= _AUXILIARY}


class _Passage:
    """The sentences of one hit and what they cover together."""

    def __init__(self, group: Sequence[Candidate], idf: Mapping[str, float]) -> None:
        self._group, self._idf = group, idf
        self._total = sum(idf.values()) or 1.0
        self._rarest = max(idf.values(), default=1.0) or 1.0
        self._all = {stem for c in group for stem in c.stems} | set(group[0].heading)
        self._cosines = [c.cosine for c in group]

    def _cover(self, stems: set[str]) -> float:
        return sum(weight for stem, weight in self._idf.items() if stem in stems) / self._total

    def covers(self, i: int) -> list[float]:
        group, own = self._group, set(self._group[i].stems)
        window = own.union(group[i].heading, *(c.stems for c in group[max(0, i - 1) : i + 2]))
        cover, wide = self._cover(own), self._cover(window)
        missing = max((weight for stem, weight in self._idf.items() if stem not in own), default=0.0)
        return [
            bm25_share(group[i], self._idf, self._total), wide, self._cover(self._all), cover, wide - cover,
            self._cover(set(group[i].heading)), self._cover(set(group[i].file)), missing / self._rarest,
        ]  # fmt: skip

    def meanings(self, i: int) -> list[float]:
        cosines = self._cosines
        before = cosines[i - 1] if i else 0.0
        after = cosines[i + 1] if i + 1 < len(cosines) else 0.0
        return [cosines[i], before, after, max(cosines), sum(cosines) / len(cosines)]


def _form(
    c: Candidate, kinds: Sequence[re.Pattern[str]], numbers: set[str], bigrams: set[tuple[str, str]], i: int, n: int
) -> list[float]:
    met = sum(kind.search(c.text) is not None for kind in kinds)
    n_words = len(c.stems)
    title = c.hit.heading.split(" › ")[-1].casefold().split() == c.text.casefold().split()
    return [
        met, len(kinds) - met, len(numbers.intersection(re.findall(r"\d+", c.text))) if numbers else 0.0,
        min(n_words, 60), n_words < 6, n_words > 45, is_heading(c), is_question(c), c.text.endswith((":", "：")),
        i == 0, i / n, title, min(4, len(bigrams & _bigrams(c.text.lower().split()))),
        len(re.findall(r"[{}<>|=_\\$]", c.text)) > 3,
    ]  # fmt: skip


def _with_leads(rows: Rows) -> Rows:
    """The rows, and how each stands beside the others."""
    spread: list[Rows] = []
    leads: list[Rows] = []
    for name in ("meaning", "words"):
        values = rows[:, SIGNS.index(name)]
        spread.append((values - values.mean()) / (values.std() + 1e-6))
        leads.append(_lead(values))
    file = rows[:, SIGNS.index("file")]
    return np.column_stack([rows, *spread, *leads, file - file.max(initial=0.0)])
