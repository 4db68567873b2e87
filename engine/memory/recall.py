"""Which memories fit a question, or none: the rules between the search index and whoever recalls.

The index scores (words, meaning, importance, recency; engine.search.fusion). What is decided here:

- *silence*. A search always finds something; a memory that does not fit is worse in a prompt than none. Both
  signals mean the same for every query, so there is one floor. A question whose best memory stays below it
  gets nothing; `strict` applies it to each memory, for prompts that nobody reads before the model.
- *one of each*. A reference gives way to what it refers to, a text to its copies, and a fact to the newer
  one that contradicts it.
- *the question*. "And when does it end?" says nothing by itself; the subject is in the turns before.
- *the budget*. What does not fit into the tokens that are left is left out, whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.memory.contradiction import newest_first, superseded_among
from engine.memory.entry import MemoryEntry
from engine.search.fusion import MEANING_WEIGHT, WORDS_WEIGHT
from engine.search.terms import FUNCTION_WORDS, subject_words, words_of

# The floor, for what words and meaning give together. Of 40 facts of a person (tests/bench/memory_questions.py; the
# half of the pairs that set it, then the other half) 39 are found by their question, and 37 of 40 questions about
# other things meet silence. The next lower step lets in two more of those, the next higher one loses three facts.
FLOOR = 0.235
# The same where nobody looks at what was recalled before a model does: 35 facts, 38 silences.
STRICT_FLOOR = 0.28
# Without meaning (no embedder, or not embedded yet): share of the question's words, by what they tell. Of the
# same questions 27 are found and 37 meet silence.
WORDS_FLOOR = 0.12

_CHARACTERS_PER_TOKEN = 4
# What a memory takes in a prompt besides its text: number, date.
_TOKENS_AROUND = 12
_LEANING = re.compile(
    r"\b(?:it|its|that|this|these|those|they|them|their|he|him|his|she|her|there|then|one|ones|same|also|too|else|er|sie|es|"
    r"ihn|ihm|ihr|das|dort|dann|il|elle|ça|cela|eso|esto|ello|lui|lei)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 2
_BORROWED_WORDS = 6


@dataclass(frozen=True, slots=True)
class RecallHit:
    """One memory that fits a query; `why` has the terms of the score by name."""

    entry: MemoryEntry
    score: float
    why: dict[str, float] = field(default_factory=dict)


def rewrite_query(query: str, turns: Sequence[str]) -> str:
    """The query, with the subject of the last turns where it leans on them.

    Args:
        turns: what was said before, oldest first.
    """
    own = [w for w in subject_words(query) if w not in FUNCTION_WORDS]
    if not turns or (len(own) > _FEW_WORDS and not _LEANING.search(query)):
        return query
    borrowed: list[str] = []
    for turn in reversed(turns[-2:]):
        borrowed += [w for w in subject_words(turn) if w not in FUNCTION_WORDS and w not in own]
    return " ".join([query, *dict.fromkeys(borrowed[:_BORROWED_WORDS])])


def fits(why: Mapping[str, float], floor: float, *, dense: bool) -> bool:
    """Whether a memory has to do with the question at all.

    Args:
        dense: the question had a vector.
    """
    words, meaning = why.get("words", 0.0), why.get("meaning", 0.0)
    if not dense or meaning == 0.0:
        return words >= WORDS_FLOOR * (WORDS_WEIGHT + MEANING_WEIGHT)
    return words + meaning >= floor


def audible(hits: Sequence[RecallHit], *, strict: bool) -> list[RecallHit]:
    """The hits, or none where nothing fits; `strict` leaves out each that does not."""
    dense = any(hit.why.get("meaning", 0.0) > 0 for hit in hits)
    fitting = [hit for hit in hits if fits(hit.why, STRICT_FLOOR if strict else FLOOR, dense=dense)]
    return fitting if strict or not fitting else list(hits)


def one_of_each(hits: Sequence[RecallHit]) -> list[RecallHit]:
    """The hits without what a newer one contradicts, and each entry once; what perhaps contradicts stands before."""
    kept: dict[str, RecallHit] = {}
    gone = superseded_among([hit.entry for hit in hits])
    for hit in hits:
        if hit.entry.id not in gone:
            kept.setdefault(hit.entry.id, hit)
    return [kept[entry.id] for entry in newest_first([hit.entry for hit in kept.values()])]


def within(hits: Sequence[RecallHit], max_tokens: int | None) -> list[RecallHit]:
    """The best hits that fit into the tokens, in their order."""
    if max_tokens is None:
        return list(hits)
    kept, left = [], max_tokens
    for hit in hits:
        cost = _TOKENS_AROUND + max(len(hit.entry.text) // _CHARACTERS_PER_TOKEN, len(words_of(hit.entry.text)))
        if cost <= left:
            kept.append(hit)
            left -= cost
    return kept
