"""From signs to one number: how likely a sentence is to answer, and how sure one may be of the best.

Two logistic regressions, learned by packaging/reader_model from questions that others wrote over documents
that others wrote; their weights are plain numbers in resources/models/answers.json. The first puts the
sentences of one question in order. The second looks at that order, whether the best stands alone or ten are
as good, and says how often the best of such an order was right: that is the score a person's answer hangs
on, comparable between questions. One model for both is worse at both: what tells two sentences apart is not
what tells an answered question from an unanswered one.

Without the file the search judges by its plain weights (query.py).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.search.evidence import SIGNS
from resources import resource_path

__all__ = ["FEW", "OF_THE_BEST", "ORDER_SIGNS", "Floors", "Judge", "load_judge", "order_signs"]

logger = logging.getLogger(__name__)

Row = npt.NDArray[np.float64]

# What the second model sees: of the order itself, then signs of the best sentence.
ORDER_SIGNS = ("best", "lead", "spread", "mass", "neighbour")
OF_THE_BEST = (
    "cover", "window", "passage_words", "missing", "meaning", "passage_best", "passage", "rank", "kind_met",
    "kind_unmet", "meaning_lead", "short",
)  # fmt: skip
# So many passages are few: there is less to be wrong among, so less is enough. Somebody's first note is one.
FEW = 4
# So many sentences make the order's spread and mass.
_ORDER = 6


@dataclass(frozen=True, slots=True)
class Floors:
    """From where on a sentence is shown as the answer, and from where on as a place to look at."""

    found: float
    near: float


@dataclass(frozen=True, slots=True)
class _Logistic:
    mean: Row
    scale: Row
    weights: Row
    bias: float

    @classmethod
    def load(cls, fields: Mapping[str, Any]) -> _Logistic:
        mean, scale, weights = (np.array(fields[name], np.float64) for name in ("mean", "scale", "weights"))
        return cls(mean, scale, weights, float(fields["bias"]))

    def logits(self, rows: Row) -> Row:
        result: Row = (rows - self.mean) / self.scale @ self.weights + self.bias
        return result


@dataclass(frozen=True, slots=True)
class Judge:
    """The two models and the floors that were chosen with them."""

    sentence: _Logistic
    order: _Logistic
    floors: Floors
    among_few: Floors

    def logits(self, signs: Row) -> Row:
        """(n,) of each sentence, for putting them in order."""
        return self.sentence.logits(signs)

    def confidence(self, signs: Row) -> float:
        """0…1: how often the best sentence of an order with these `order_signs` is right."""
        return float(_sigmoid(self.order.logits(signs)))

    def floors_among(self, n_passages: int) -> Floors:
        """The floors where so many passages were looked at."""
        return self.among_few if n_passages <= FEW else self.floors


def order_signs(logits: Sequence[float], best: Row, neighbour: float) -> Row:
    """What the second model looks at.

    Args:
        logits: of the distinct sentences, best first.
        best: the signs of the first.
        neighbour: logit of the better sentence next to the first, or of the first where it stands alone.
    """
    top = np.array(logits[:_ORDER], np.float64)
    second = top[1] if len(top) > 1 else top[0] - 5.0
    of_best = [best[SIGNS.index(name)] for name in OF_THE_BEST]
    return np.array([top[0], top[0] - second, top[0] - top[-1], _sigmoid(top).sum(), neighbour - top[0], *of_best])


def _sigmoid(values: Row) -> Row:
    result: Row = 1 / (1 + np.exp(-np.clip(values, -30, 30)))
    return result


@cache
def load_judge(path: Path | None = None) -> Judge | None:
    """The judge that is shipped, None where its file is missing or does not fit this version.

    Args:
        path: another file.
    """
    path = path or resource_path("models", "answers.json")
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if tuple(fields["signs"]) != SIGNS or tuple(fields["order_signs"]) != (*ORDER_SIGNS, *OF_THE_BEST):
            raise ValueError("it was learned from other signs")
        floors = {name: float(floor) for name, floor in fields["floors"].items()}
        whole, few = (Floors(floors[name], floors["near"]) for name in ("found", "found_among_few"))
        return Judge(_Logistic.load(fields["sentence"]), _Logistic.load(fields["order"]), whole, few)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        logger.warning("sentences are judged by plain weights: %s: %s", path.name, exc)
        return None
