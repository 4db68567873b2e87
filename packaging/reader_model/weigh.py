"""Learn the weights with which the search judges sentences: resources/models/answers.json.

    .venv/bin/python packaging/reader_model/weigh.py EXAMPLES [--cache FILE] [--write]

EXAMPLES comes from sets.py. Only the documents that the reader was not trained on are looked at, and observations
(`--observations`) are drawn from families kept for this (packaging/guide_model/wordings/facts_judge.jsonl). For every
question the sentences among its best passages are read by the shipped reader and their signs taken by the
engine's own code (engine/search/evidence.py).

Two logistic regressions with a ridge, by Newton's method. Every figure that is printed, the floors and the
second regression come from cross-validation by *document*: no sentence of a document helps to judge another
question over it. A document's questions resemble each other more than anything else does, so splitting by
question would flatter by several points.

The floor for "found" is the lowest at which the answers shown that are wrong stay below `MOST_WRONG` of all
questions; the floor for "near" the highest that loses at most `MOST_LOST` of the answerable ones.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent))

import sets
from score_questions import Question

from engine.search.embedding_onnx import OnnxModel
from engine.search.evidence import SIGNS, Candidate, signs_of
from engine.search.judgement import FEW, OF_THE_BEST, ORDER_SIGNS, order_signs
from engine.search.query import (
    better_neighbour,
    distinct,
    find_candidates,
    passages_to_read,
    read_stems,
    text_to_embed,
)
from engine.search.types import Hit

Rows = npt.NDArray[np.float64]
MODELS = sets.ROOT / "resources" / "models"
TARGET = MODELS / "answers.json"
# As many passages as search_documents looks into.
PASSAGES = 10
FOLDS = 6
MOST_WRONG, MOST_WRONG_AMONG_FEW, MOST_LOST = 0.036, 0.03, 0.015
# Floors that are tried.
STEPS = np.arange(0.01, 0.98, 0.01)
# Of the ridge, per observation 1/n: small beside thousands of sentences, not beside a thousand questions.
RIDGE_SENTENCE, RIDGE_ORDER = 10.0, 5.0


@dataclass(slots=True)
class Example:
    """A question with what the search found for it."""

    group: str
    question: Question
    wanted: list[str]
    candidates: list[Candidate]
    signs: Rows
    right: npt.NDArray[np.bool_]


class Looker:
    """Takes the signs of examples; a sentence is embedded once."""

    def __init__(self) -> None:
        self._model = OnnxModel(MODELS / "all-minilm-l6-v2", 0, MODELS / "reader")
        self._vectors: dict[str, npt.NDArray[np.float32]] = {}

    def look(self, e: sets.Example) -> Example:
        """The example as the judge sees it."""
        hits, words = e.hits[:PASSAGES], e.question.question
        candidates = find_candidates(hits)
        wanted = read_stems(words, candidates)
        asked, *vectors = self._embed([words, *(text_to_embed(c) for c in candidates)])
        passages = passages_to_read(hits, candidates)
        logits = self._model.reader.read(words, [dict(passages[n]) for n in sorted(passages)])
        read = [logit for passage in logits for logit in passage]
        for c, vector, logit in zip(candidates, vectors, read, strict=True):
            c.cosine, c.read = float(vector @ asked), logit
        signs = signs_of(words, wanted, candidates)
        right = [e.right[c.hit_number - 1][c.number - 1] for c in candidates]
        slim = [
            replace(c, hit=Hit(c.hit.id, "document", c.hit.text, c.hit.score, heading=c.hit.heading))
            for c in candidates
        ]
        return Example(e.group, e.question, wanted, slim, signs, np.array(right, bool))

    def _embed(self, texts: Sequence[str]) -> list[npt.NDArray[np.float32]]:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._model.embed(new), strict=True))
        return [self._vectors[text] for text in texts]


@dataclass(slots=True)
class Logistic:
    """A logistic regression over standardised columns."""

    mean: Rows
    scale: Rows
    weights: Rows
    bias: float

    def logits(self, rows: Rows) -> Rows:
        """(n,) for (n, columns)."""
        return (rows - self.mean) / self.scale @ self.weights + self.bias

    def to_fields(self) -> dict[str, Any]:
        """As the engine reads it, rounded to what matters."""
        fields = {name: [float(f"{x:.5g}") for x in getattr(self, name)] for name in ("mean", "scale", "weights")}
        return {**fields, "bias": float(f"{self.bias:.5g}")}


def fit_logistic(rows: Rows, right: npt.NDArray[np.bool_], ridge: float) -> Logistic:
    """Newton's method on the ridge-penalised likelihood; converges in about ten steps."""
    mean, scale = rows.mean(0), rows.std(0) + 1e-9
    x = np.column_stack([(rows - mean) / scale, np.ones(len(rows))])
    penalty = np.full(x.shape[1], ridge)
    penalty[-1] = 1e-6
    beta = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (right - p) - penalty * beta
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-6:
            break
    return Logistic(mean, scale, beta[:-1], float(beta[-1]))


def smaller(e: Example, rng: random.Random) -> Example:
    """The same question in a collection of a few passages, the one with the answer perhaps not among them.

    A person's first document has five passages, and the signs that compare sentences look different among few.
    """
    numbers = sorted({c.hit_number for c in e.candidates})
    kept = sorted(rng.sample(numbers, min(len(numbers), rng.randint(1, FEW))))
    rows = [i for i, c in enumerate(e.candidates) if c.hit_number in kept]
    candidates = [replace(e.candidates[i], hit_number=kept.index(e.candidates[i].hit_number) + 1) for i in rows]
    signs = signs_of(e.question.question, e.wanted, candidates)
    right = e.right[rows]
    question = e.question if right.any() else replace(e.question, answers=())
    return Example(e.group, question, e.wanted, candidates, signs, right)


def folds_of(examples: Sequence[Example]) -> npt.NDArray[np.int64]:
    """Which fold each example is in; a document is in one."""
    groups = sorted({e.group for e in examples})
    random.Random(1).shuffle(groups)
    number = {group: i % FOLDS for i, group in enumerate(groups)}
    return np.array([number[e.group] for e in examples])


def fit_sentences(examples: Sequence[Example]) -> Logistic:
    """The model that orders sentences."""
    signs = np.concatenate([e.signs for e in examples])
    return fit_logistic(signs, np.concatenate([e.right for e in examples]), RIDGE_SENTENCE)


@dataclass(slots=True)
class Order:
    """What the sentence model made of one question."""

    signs: Rows
    first: bool
    shown: bool
    in_reach: bool


def order_of(e: Example, model: Logistic) -> Order:
    """The order of the sentences, as engine/search/query.py makes it."""
    logits = [float(x) for x in model.logits(e.signs)]
    order = distinct(e.candidates, logits)
    best = order[0]
    beside = better_neighbour(e.candidates, logits, best)
    signs = order_signs([logits[i] for i in order], e.signs[best], logits[beside if beside is not None else best])
    first = bool(e.right[best])
    return Order(signs, first, first or (beside is not None and bool(e.right[beside])), bool(e.right.any()))


def cross_validate(examples: Sequence[Example]) -> tuple[list[Order], Rows]:
    """Orders and confidences of all examples, each from models that never saw its document."""
    fold = folds_of(examples)
    orders: list[Order] = [Order(np.zeros(0), False, False, False)] * len(examples)
    for f in range(FOLDS):
        model = fit_sentences([e for e, g in zip(examples, fold, strict=True) if g != f])
        for i in np.flatnonzero(fold == f):
            orders[i] = order_of(examples[i], model)
    signs, shown = np.stack([o.signs for o in orders]), np.array([o.shown for o in orders])
    confidence = np.zeros(len(examples))
    for f in range(FOLDS):
        model = fit_logistic(signs[fold != f], shown[fold != f], RIDGE_ORDER)
        confidence[fold == f] = 1 / (1 + np.exp(-model.logits(signs[fold == f])))
    return orders, confidence


def choose_floors(examples: Sequence[Example], orders: Sequence[Order], confidence: Rows) -> tuple[float, float]:
    """The floors for found and near."""
    shown = np.array([o.shown for o in orders])
    answerable = np.array([bool(e.question.answers) for e in examples])
    found = found_floor(shown, confidence, MOST_WRONG)
    lost = [t for t in STEPS if (confidence[answerable] < t).mean() <= MOST_LOST]
    return found, round(float(min(lost[-1] if lost else 0.02, found)), 2)


def found_floor(shown: npt.NDArray[np.bool_], confidence: Rows, most_wrong: float) -> float:
    """The lowest at which so few of all are shown and wrong."""
    return round(float(next((t for t in STEPS if ((confidence >= t) & ~shown).mean() <= most_wrong), 0.98)), 2)


def figures(
    examples: Sequence[Example], orders: Sequence[Order], confidence: Rows, found: float, near: float
) -> Iterator[tuple[str, float]]:
    """What the cross-validation says, in per cent."""
    answerable = np.array([bool(e.question.answers) for e in examples])
    first, shown, reach = (np.array([getattr(o, n) for o in orders]) for n in ("first", "shown", "in_reach"))
    sure, far = confidence >= found, confidence < near
    yield "questions", len(examples)
    yield "answerable", int(answerable.sum())
    yield "answer among the passages, % of answerable", 100 * reach[answerable].mean()
    yield "best sentence right, % of answerable", 100 * first[answerable].mean()
    yield "best or its neighbour right, % of answerable", 100 * shown[answerable].mean()
    yield "found and right, % of answerable", 100 * (sure & shown)[answerable].mean()
    yield "not found, % of answerable", 100 * far[answerable].mean()
    yield "found and wrong, % of all", 100 * (sure & ~shown).mean()
    yield "found, % of unanswerable", 100 * sure[~answerable].mean()
    yield "not found, % of unanswerable", 100 * far[~answerable].mean()
    pairs = confidence[answerable][:, None] - confidence[~answerable][None]
    yield "AUC, answerable against unanswerable", float((pairs > 0).mean() + 0.5 * (pairs == 0).mean())


def load_all(path: Path, cache: Path | None, n_observations: int) -> list[Example]:
    """All examples over documents that the reader does not know, from the cache where there is one."""
    if cache is not None and cache.exists():
        return list(pickle.loads(cache.read_bytes()))
    known = sets.load_examples(path)
    held, looker = sets.held_out(known), Looker()
    drawn = sets.observed(n_observations, sets.FACTS.with_name("facts_judge.jsonl"))
    examples = [looker.look(e) for e in (*(e for e in known if e.group in held), *drawn)]
    if cache is not None:
        cache.write_bytes(pickle.dumps(examples))
    return examples


def main() -> None:
    """Collect, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("examples", type=Path, help="what sets.py wrote")
    parser.add_argument("--cache", type=Path, default=None, help="keeps the signs; ours, not to be shared")
    parser.add_argument("--observations", type=int, default=0, help="so many are drawn besides")
    parser.add_argument("--write", action="store_true", help="write resources/models/answers.json")
    options = parser.parse_args()
    looked_at = [e for e in load_all(options.examples, options.cache, options.observations) if len(e.candidates)]
    whole = [e for e in looked_at if not e.group.startswith("observed/")]
    rng = random.Random(2)
    examples = [*whole, *(smaller(e, rng) for e in whole), *(e for e in looked_at if e.group.startswith("observed/"))]
    orders, confidence = cross_validate(examples)
    n = len(whole)
    found, near = choose_floors(examples[:n], orders[:n], confidence[:n])
    few = found_floor(np.array([o.shown for o in orders[n : 2 * n]]), confidence[n : 2 * n], MOST_WRONG_AMONG_FEW)
    told = {
        name: {k: round(float(v), 3) for k, v in figures(examples[part], orders[part], confidence[part], floor, near)}
        for name, part, floor in (
            ("as asked", slice(0, n), found),
            ("among a few passages", slice(n, 2 * n), few),
            ("observations", slice(2 * n, None), few),
        )
        if examples[part]
    }
    print(json.dumps({"found": found, "among few": few, "near": near, **told}, indent=2))
    sentence = fit_sentences(examples)
    order = fit_logistic(np.stack([o.signs for o in orders]), np.array([o.shown for o in orders]), RIDGE_ORDER)
    fields = {
        "made_by": "packaging/reader_model/weigh.py",
        "signs": list(SIGNS),
        "order_signs": [*ORDER_SIGNS, *OF_THE_BEST],
        "floors": {"found": found, "found_among_few": few, "near": near},
        "sentence": sentence.to_fields(),
        "order": order.to_fields(),
        "cross_validated_by_document": told,
    }
    if options.write:
        TARGET.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
