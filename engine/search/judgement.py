"""From signs to one number: how likely a sentence is to answer, and how sure one may be of the best.

Two small nets, learned by packaging/reader_model from questions that others wrote over documents that others
wrote; their weights are plain numbers in resources/models/answers.json. What a person told has two of its own in
memories.json: there a passage is a sentence, and every one of them is near. The first net puts the sentences of one
question in order. The second looks at that order, whether the best stands alone or ten are as good, and says how
often the best of such an order was right: that is the score a person's answer hangs on, comparable between
questions. One for both is worse at both: what tells two sentences apart is not what tells an answered question
from an unanswered one. And a plain regression is worse: a lead means one thing where the reader is sure and
another where all is far.

Without the file the search judges by its plain weights (query.py).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.search.evidence import SIGNS
from resources import resource_path

__all__ = [
    "FARTHEST",
    "FILES",
    "OF_THE_BEST",
    "ORDER_SIGNS",
    "Floors",
    "Judge",
    "Net",
    "judge_of",
    "load_judge",
    "order_signs",
]

logger = logging.getLogger(__name__)

Row = npt.NDArray[np.float64]

# What the second model sees: of the order itself, how likely the reader holds it that the answer is nowhere here and
# among how many sentences (both as logarithms), then signs of the best sentence.
ORDER_SIGNS = ("best", "lead", "spread", "mass", "neighbour", "nowhere", "count")
OF_THE_BEST = (
    "cover", "window", "passage_words", "missing", "meaning", "passage_best", "passage", "rank", "kind_met",
    "kind_unmet", "meaning_lead", "short", "read", "read_lead", "read_share",
    "file", "file_behind",
)  # fmt: skip
# So many sentences make the order's spread and mass.
_ORDER = 6
# In resources/models, by the kind of the hits.
FILES = {"document": "answers.json", "memory": "memories.json"}
# Deviations beyond which a sign says nothing more.
FARTHEST = 4.0


@dataclass(frozen=True, slots=True)
class Floors:
    """From where on a sentence is shown as the answer, and from where on as a place to look at."""

    found: float
    near: float


@dataclass(frozen=True, slots=True)
class Net:
    """A weighted sum of standardised signs, and of rectified weighted sums of them.

    Attributes:
        mean: (signs,).
        scale: (signs,).
        hidden: (signs, sums).
        hidden_bias: (sums,).
        weights: (sums,), of the rectified sums.
        direct: (signs,), of the signs themselves.
        bias: (1,).
    """

    mean: Row
    scale: Row
    hidden: Row
    hidden_bias: Row
    weights: Row
    direct: Row
    bias: Row

    @classmethod
    def load(cls, fields: Mapping[str, Any]) -> Net:
        """From a file's fields."""
        return cls(**{name: np.array(field, np.float64) for name, field in fields.items()})

    def logits(self, rows: Row) -> Row:
        """(n,) of (n, signs)."""
        x = np.clip((rows - self.mean) / self.scale, -FARTHEST, FARTHEST)
        rectified = np.maximum(x @ self.hidden + self.hidden_bias, 0)
        result: Row = rectified @ self.weights + x @ self.direct + self.bias
        return result


@dataclass(frozen=True, slots=True)
class Judge:
    """The two nets and the floors that were chosen with them."""

    sentence: Net
    order: Net
    floors: Floors

    def logits(self, signs: Row) -> Row:
        """(n,) of each sentence, for putting them in order."""
        return self.sentence.logits(signs)

    def confidence(self, signs: Row) -> float:
        """0…1: how often the best sentence of an order with these `order_signs` is right."""
        return float(_sigmoid(self.order.logits(signs[None]))[0])


def order_signs(logits: Sequence[float], read: Sequence[float], best: Row, neighbour: float) -> Row:
    """What the second model looks at.

    Args:
        logits: of the distinct sentences, best first.
        read: the reader's logits of the same.
        best: the signs of the first.
        neighbour: logit of the better sentence next to the first, or of the first where it stands alone.
    """
    top = np.array(logits[:_ORDER], np.float64)
    second = top[1] if len(top) > 1 else top[0] - 5.0
    of_order = [top[0], top[0] - second, top[0] - top[-1], _sigmoid(top).sum(), neighbour - top[0]]
    nowhere = -np.log1p(np.exp(np.array(read, np.float64)).sum())
    of_best = [best[SIGNS.index(name)] for name in OF_THE_BEST]
    return np.array([*of_order, nowhere, np.log(len(logits)), *of_best])


def _sigmoid(values: Row) -> Row:
    result: Row = 1 / (1 + np.exp(-np.clip(values, -30, 30)))
    return result


def judge_of(kinds: Collection[str]) -> Judge | None:
    """The shipped judge of hits of these kinds; None where nothing was learned of them, or of them together."""
    names = {FILES.get(kind) for kind in kinds}
    name = names.pop() if len(names) == 1 else None
    return load_judge(resource_path("models", name)) if name else None


@cache
def load_judge(path: Path) -> Judge | None:
    """The judge of a file, None where it is missing or does not fit this version."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if tuple(fields["signs"]) != SIGNS or tuple(fields["order_signs"]) != (*ORDER_SIGNS, *OF_THE_BEST):
            raise ValueError("it was learned from other signs")
        floors = Floors(**{name: float(floor) for name, floor in fields["floors"].items()})
        return Judge(Net.load(fields["sentence"]), Net.load(fields["order"]), floors)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        logger.warning("sentences are judged by plain weights: %s: %s", path.name, exc)
        return None
