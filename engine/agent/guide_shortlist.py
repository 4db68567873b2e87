"""Which choices come into question for a request: the first stage of two.

The guide has seen few words of the language; the embedding model that ships for search has seen very many. A linear
layer on its vector and on the words and pairs of words of the request gives each choice a probability, and only those
that come near the best are offered to the guide. That a request sounds like a question about somebody's family is what
a vector knows; which words are the argument, and what an earlier turn adds, is what the guide knows.

Without the embedding model, or with another one than this was fitted to, all choices are offered. The layer is fitted
by packaging/guide_model/shortlist.py.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Shortlist", "features", "load_shortlist"]

# Buckets of words and pairs of words; 4,096 keep those of a request apart well enough.
N_BUCKETS = 4096
_MAX_WORDS = 48
# What the two halves of the features weigh against each other; both have length 1 before.
_VECTOR_WEIGHT, _WORDS_WEIGHT = 4.0, 3.0
# A choice is offered if it is at least so likely beside the best one.
_NEAR_BEST = 0.12
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")


def features(words: str, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """(dim + N_BUCKETS,) of a request and its embedding."""
    tokens = ["^", *_TOKEN.findall(words.casefold())[:_MAX_WORDS], "$"]
    counts = np.zeros(N_BUCKETS, np.float32)
    for gram in (*tokens, *(f"{one} {other}" for one, other in pairwise(tokens))):
        counts[zlib.crc32(gram.encode()) % N_BUCKETS] += 1.0
    return np.concatenate([vector * _VECTOR_WEIGHT, counts * (_WORDS_WEIGHT / np.linalg.norm(counts))])


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The fitted layer.

    Attributes:
        model: name of the embedding model that it was fitted to.
        tools: the choices, in the order of the columns.
        weights: (dim + N_BUCKETS, n_tools); bias: (n_tools,).
    """

    model: str
    tools: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def probabilities(self, words: str, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of each choice, in the order of `tools`."""
        scores = features(words, vector) @ self.weights + self.bias
        raised = np.exp(scores - scores.max())
        return np.asarray(raised / raised.sum(), np.float32)

    def pick(self, words: str, vector: NDArray[np.float32], near_best: float = _NEAR_BEST) -> Sequence[str]:
        """The choices that come into question, likeliest first."""
        likely = self.probabilities(words, vector)
        order = np.argsort(-likely)
        return [self.tools[at] for at in order if likely[at] >= near_best * likely[order[0]]]


def load_shortlist(path: Path) -> Shortlist | None:
    """The layer in a file, None where there is none."""
    if not path.is_file():
        return None
    with np.load(path) as saved:
        return Shortlist(
            str(saved["model"]), tuple(map(str, saved["tools"])),
            saved["weights"].astype(np.float32), saved["bias"].astype(np.float32),
        )  # fmt: skip
