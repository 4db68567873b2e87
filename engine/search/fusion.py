"""One score out of words and meaning.

Both signals are put on a scale that means the same for every query, and added: BM25 divided by the most
that the query's terms could give (so 1 is "every word of the question, many times, in a short text"), and
the cosine. Ranks are not enough: reciprocal-rank fusion gives the best of a weak list as much as the best
of a strong one, and on all three of our sets of questions it came out behind this sum.

Importance and recency of memories and turns are small next to both: they decide between equals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.search.types import Vectors

# Of 0.2 to 0.8 for words, 0.4 alone is within 0.04 of the best MRR on each of three sets of queries over 5,553
# passages of seven manuals that we did not write. MRR of this sum, words alone, meaning alone, reciprocal rank fusion:
# 68 questions of a person 0.67, 0.51, 0.67, 0.60; 300 headings 0.60, 0.49, 0.51, 0.57; 300 half-remembered sentences
# 0.65, 0.65, 0.35, 0.55. So it is as good as the better signal, without knowing which that is.
WORDS_WEIGHT = 0.4
MEANING_WEIGHT = 0.6
IMPORTANCE_WEIGHT = 0.04
RECENCY_WEIGHT = 0.04

# The largest factor that BM25 (k1 = 1.2) gives to the idf of a term.
_BM25_CEILING = 2.2

# Two results of at least this cosine say the same; below 0.97 passages that differ in a number are lost.
DUPLICATE_COSINE = 0.985


class Signals(NamedTuple):
    """What is known of one candidate. `cosine` is None where either side has no vector.

    Attributes:
        bm25: as the index gives it, 0 if no word matched.
        recency: 2^(−age / half-life), 0 where the entry has no half-life.
    """

    bm25: float
    cosine: float | None
    importance: float
    recency: float


def explain(signals: Signals, sum_idf: float, *, dense: bool) -> dict[str, float]:
    """The terms of the score by name; they add up to it.

    Args:
        sum_idf: of all terms of the query, those that nothing has included.
        dense: the query has a vector.
    """
    words = min(1.0, signals.bm25 / (_BM25_CEILING * sum_idf)) if sum_idf > 0 else 0.0
    if not dense:
        why = {"words": (WORDS_WEIGHT + MEANING_WEIGHT) * words}
    elif signals.cosine is None:  # not embedded yet: judged by its words alone, not punished
        why = {"words": (WORDS_WEIGHT + MEANING_WEIGHT) * words, "meaning": 0.0}
    else:
        why = {"words": WORDS_WEIGHT * words, "meaning": MEANING_WEIGHT * max(0.0, signals.cosine)}
    why["importance"] = IMPORTANCE_WEIGHT * signals.importance
    why["recency"] = RECENCY_WEIGHT * signals.recency
    return why


def recency(last_used_ms: int, half_life_s: float, now_ms: int) -> float:
    """2^(−age / half-life); 0 without a half-life or without a clock."""
    if half_life_s <= 0 or not now_ms:
        return 0.0
    age_s = max(0.0, (now_ms - last_used_ms) / 1000)
    return float(2.0 ** max(-126.0, -age_s / half_life_s))


def normalised(text: str) -> str:
    """The text for the test of sameness: words alone, lower case."""
    return " ".join(re.findall(r"\w+", text.lower()))


def first_of_each(texts: Sequence[str], vectors: Vectors, limit: int) -> list[int]:
    """Which of the results, best first, are no near-duplicate of a better one; at most `limit`.

    Args:
        vectors: (n, dim) of L2 norm 1, zeros where there is none.
    """
    kept: list[int] = []
    seen: set[str] = set()
    different = np.empty((limit, vectors.shape[1]), np.float32)
    for i, text in enumerate(texts):
        plain = normalised(text)
        # Not a matrix product: the threads of BLAS would cost more than the work, most of all on a busy computer.
        if plain in seen or (np.einsum("ij,j->i", different[: len(kept)], vectors[i]) >= DUPLICATE_COSINE).any():
            continue
        seen.add(plain)
        different[len(kept)] = vectors[i]
        kept.append(i)
        if len(kept) == limit:
            break
    return kept
