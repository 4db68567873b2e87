"""The sentence that answers: picked from the best hits, quoted as it stands, or said not to be there.

Every sentence of the hits is a candidate. It is judged by how much of the question it covers (stemmed
words, rare ones counting more), by its meaning (cosine of the embeddings), by what its surroundings cover
(headings, the sentence before), by its passage's own score, and by a few marks of form: a number where the
question asks for one, a definition where it asks what something is; a heading or a question is no answer.
A logistic regression puts these on one scale, so that a caller can name one floor for "not found".
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.search.lexical import Stemmer
from engine.search.sentences import Span, split_sentences
from engine.search.terms import pairs_of, subject_words
from engine.search.types import Embedder, Hit

__all__ = ["NOT_FOUND_BELOW", "SentenceHit", "Span", "best_sentences", "split_sentences"]

# The floor for "not found". On the questions named below it refuses all 40 whose answer is not there and keeps 39 of
# the 42 right sentences. It is weak where a question names the collection's own subject without being answered: of 16
# such it refuses 9 (0.4 refuses 13, at the price of three more right sentences). Without an embedder it refuses 30 of
# the 40 and keeps 24 of 28.
NOT_FOUND_BELOW = 0.25

MAX_SENTENCES = 120
_MAX_CHARS_EMBEDDED = 600


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """A sentence that may answer.

    Attributes:
        hit_number: of its hit in the list that was given, from 1.
        sentence_number: within its hit, from 1.
        text: `hit.text[start:end]`.
        score: 0…1, the estimated probability that it answers; comparable between questions.
        why: the features of the score by name.
    """

    hit_number: int
    hit: Hit
    sentence_number: int
    text: str
    start: int
    end: int
    score: float
    why: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Candidate:
    hit_number: int
    hit: Hit
    number: int
    span: Span
    text: str
    stems: list[str] = field(default_factory=list)
    around: set[str] = field(default_factory=set)
    cosine: float = 0.0


async def best_sentences(
    question: str, hits: Sequence[Hit], embedder: Embedder | None, limit: int = 3
) -> list[SentenceHit]:
    """The sentences of the hits that best answer the question, best first.

    Args:
        hits: best first, as a search returned them.
        embedder: None judges by words alone.

    Raises:
        EmbedderError: the embedder is gone; calling again with None works.
    """
    candidates = _candidates(hits)
    if not candidates or limit < 1:
        return []
    wanted = await asyncio.to_thread(_read_stems, question, candidates)
    if embedder is not None:
        texts = [question, *(c.text[:_MAX_CHARS_EMBEDDED] for c in candidates)]
        vectors = await embedder.embed(texts, urgent=True)
        for candidate, cosine in zip(candidates, np.asarray(vectors[1:] @ vectors[0]), strict=True):
            candidate.cosine = float(cosine)
    return _ranked(question, wanted, candidates, dense=embedder is not None)[:limit]


def _candidates(hits: Sequence[Hit]) -> list[_Candidate]:
    found: list[_Candidate] = []
    for hit_number, hit in enumerate(hits, 1):
        for number, span in enumerate(split_sentences(hit.text), 1):
            found.append(_Candidate(hit_number, hit, number, span, hit.text[span.start : span.end]))
    return found[:MAX_SENTENCES]


def _read_stems(question: str, candidates: Sequence[_Candidate]) -> list[str]:
    """Fill in the stems of the candidates and their surroundings; the stems that the question asks for."""
    stemmer = Stemmer()
    try:
        subject = " ".join([*subject_words(question), *pairs_of(question)])
        headings = {c.hit_number: c.hit.heading for c in candidates}
        stems = stemmer.stems([subject, *(c.text for c in candidates), *headings.values()])
    finally:
        stemmer.close()
    by_hit = dict(zip(headings, stems[1 + len(candidates) :], strict=True))
    before: _Candidate | None = None
    for candidate, found in zip(candidates, stems[1:], strict=False):
        candidate.stems = found
        candidate.around = set(by_hit[candidate.hit_number])
        if before is not None and before.hit_number == candidate.hit_number:
            candidate.around |= set(before.stems)
        before = candidate
    return list(dict.fromkeys(stems[0]))


# Logistic regressions over the features below, with and without an embedder. The weights were chosen on 68 questions
# of a person over seven manuals that we did not write (42 answered by their first sentence; a fit of the weights to
# the same questions finds the same 42, and does not hold up better when tested on others); scale and bias were fitted
# to those and to 40 questions that the manuals do not answer.
_WEIGHTS = {"words": 3.2, "meaning": 5.5, "around": 1.1, "passage": 2.0, "form": 0.9, "heading": -1.4}
_BIAS = -5.95
_WEIGHTS_BY_WORDS = {"words": 2.6, "meaning": 0.0, "around": 0.8, "passage": 1.0, "form": 0.5, "heading": -0.8}
_BIAS_BY_WORDS = -2.2

_ASKS_NUMBER = re.compile(
    r"\b(how (?:much|many|long|old|far|often|large|big|high)|when|what (?:year|date|time|percentage|rate|number|price)"
    r"|default value|wie (?:viel|viele|lange|oft|hoch|alt|weit)|wann|combien|quand|cuánto|cuándo|quanto|quando)\b",
    re.IGNORECASE,
)
_HAS_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|once|twice|hundred|thousand|million|daily|weekly|monthly"
    r"|yearly|annually|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    re.IGNORECASE,
)
_ASKS_DEFINITION = re.compile(
    r"^\s*(?:what (?:is|are|does .* mean)|who (?:is|was)|was (?:ist|sind)|define)\b", re.IGNORECASE
)
_DEFINES = re.compile(r"\b(?:is|are|was|means|refers to|stands for|ist|sind|bedeutet)\b", re.IGNORECASE)


def _ranked(
    question: str, wanted: Sequence[str], candidates: Sequence[_Candidate], *, dense: bool
) -> list[SentenceHit]:
    idf = _idf(wanted, candidates)
    found = [_judged(c, _features(question, c, wanted, idf), dense=dense) for c in candidates]
    best: dict[str, SentenceHit] = {}
    for sentence in sorted(found, key=lambda s: -s.score):
        best.setdefault(" ".join(sentence.text.lower().split()), sentence)
    return list(best.values())


def _idf(wanted: Sequence[str], candidates: Sequence[_Candidate]) -> dict[str, float]:
    """How much each stem of the question tells among these sentences; what none has tells the most."""
    counts = Counter(stem for c in candidates for stem in set(c.stems))
    n = len(candidates)
    return {stem: math.log(1 + (n - counts[stem] + 0.5) / (counts[stem] + 0.5)) for stem in wanted}


def _features(question: str, c: _Candidate, wanted: Sequence[str], idf: dict[str, float]) -> dict[str, float]:
    total = sum(idf.values()) or 1.0
    counts = Counter(c.stems)
    # BM25 (k1 = 1.2, b = 0.75) of a sentence among sentences of 18 words, divided by the most it can be.
    saturation = 1.2 * (0.25 + 0.75 * min(len(c.stems), 40) / 18)
    words = sum(idf[s] * counts[s] / (counts[s] + saturation) for s in wanted) / total
    around = sum(idf[s] for s in wanted if s not in counts and s in c.around) / total
    return {
        "words": words,
        "meaning": max(0.0, c.cosine),
        "around": around,
        "passage": c.hit.score,
        "form": _form(question, c.text),
        "heading": float(_is_heading_or_question(c)),
    }


def _form(question: str, text: str) -> float:
    number = _ASKS_NUMBER.search(question) is not None and _HAS_NUMBER.search(text) is not None
    definition = _ASKS_DEFINITION.search(question) is not None and _DEFINES.search(text) is not None
    return float(number) + float(definition)


def _is_heading_or_question(c: _Candidate) -> bool:
    ends_as_sentence = c.text.rstrip("\"')”’」』").endswith((".", "!", "。", "！"))
    return c.text.endswith(("?", "？")) or (len(c.stems) < 8 and not ends_as_sentence)


def _judged(c: _Candidate, why: dict[str, float], *, dense: bool) -> SentenceHit:
    weights, bias = (_WEIGHTS, _BIAS) if dense else (_WEIGHTS_BY_WORDS, _BIAS_BY_WORDS)
    logit = bias + sum(weights[name] * value for name, value in why.items())
    score = 1 / (1 + math.exp(-logit))
    return SentenceHit(c.hit_number, c.hit, c.number, c.text, c.span.start, c.span.end, score, why)
