"""Learn the weights with which the search judges sentences: resources/models/answers.json.

    .venv/bin/python packaging/reader_model/train.py --set NAME DOCS QUESTIONS [--set …] [--cache FILE] [--write]

Each set is a folder of documents and a file of questions as tests/bench/score_questions.py takes them. The
documents go through a real engine; for every question the signs of the sentences among its best passages are
taken by the engine's own code (engine/search/evidence.py) and each sentence is marked right or not.

Two logistic regressions with a ridge, by Newton's method. Every figure that is printed, the floors and the
second regression come from cross-validation by *document*: no sentence of a document helps to judge another
question over it. A document's questions resemble each other more than anything else does, so splitting by
question would flatter by several points.

The floor for "found" is the lowest at which the answers shown that are wrong stay below `MOST_WRONG` of all
questions; the floor for "near" the highest that loses at most `MOST_LOST` of the answerable ones.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import pickle
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "bench")]

from score_questions import Question, is_answer, load_questions  # noqa: E402

from engine import Engine, Settings  # noqa: E402
from engine.local import LocalService  # noqa: E402
from engine.search.evidence import SIGNS, Candidate, signs_of  # noqa: E402
from engine.search.judgement import OF_THE_BEST, ORDER_SIGNS, order_signs  # noqa: E402
from engine.search.query import (  # noqa: E402
    better_neighbour,
    distinct,
    find_candidates,
    read_stems,
    text_to_embed,
)
from engine.search.types import Hit  # noqa: E402
from engine.tools.quoting import from_store  # noqa: E402

Rows = npt.NDArray[np.float64]
TARGET = ROOT / "resources" / "models" / "answers.json"
# As many passages as search_documents looks into.
PASSAGES = 10
FOLDS = 6
MOST_WRONG, MOST_LOST = 0.04, 0.08
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


async def collect(name: str, docs: Path, questions: Sequence[Question]) -> list[Example]:
    """The examples of one set, through an engine on a fresh data directory."""
    found: list[Example] = []
    with tempfile.TemporaryDirectory() as folder:
        async with Engine.open(Settings(data_dir=Path(folder) / "data", memory=False)) as engine:
            await engine.ingest([docs])
            service = engine._service
            assert isinstance(service, LocalService)
            assert service.embedder is not None
            for question in questions:
                words = question.question
                hits = await service._search_hits(words, k=PASSAGES, kinds=("document",))
                pairs = await from_store(service.store, hits)
                candidates = find_candidates([hit for hit, _ in pairs])
                texts = [words, *(text_to_embed(c) for c in candidates)]
                vectors = await service.embedder.embed(texts, urgent=True)
                passages = {hit.id: passage for hit, passage in pairs}
                pages = [passages[c.hit.id].place_at(c.span.start)[0] for c in candidates]
                found.append(create_example(name, question, candidates, pages, vectors[1:] @ vectors[0]))
    return found


def create_example(
    name: str, question: Question, candidates: list[Candidate], pages: Sequence[int | None], cosines: Sequence[float]
) -> Example:
    """An example out of candidates and what the embedder says of them."""
    wanted = read_stems(question.question, candidates)
    for candidate, cosine in zip(candidates, cosines, strict=True):
        candidate.cosine = float(cosine)
    right = [is_answer(question, c.text, c.hit.path, page) for c, page in zip(candidates, pages, strict=True)]
    signs = signs_of(question.question, wanted, candidates)
    slim = [
        replace(c, hit=Hit(c.hit.id, "document", c.hit.text, c.hit.score, heading=c.hit.heading)) for c in candidates
    ]
    return Example(f"{name}/{question.doc}", question, wanted, slim, signs, np.array(right, bool))


def smaller(e: Example, rng: random.Random) -> Example:
    """The same question in a collection of a few passages, the one with the answer perhaps not among them.

    A person's first document has five passages, and the signs that compare sentences look different among few.
    """
    numbers = sorted({c.hit_number for c in e.candidates})
    kept = sorted(rng.sample(numbers, min(len(numbers), rng.randint(1, 4))))
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
    steps = np.arange(0.02, 0.98, 0.01)
    found = next((t for t in steps if ((confidence >= t) & ~shown).mean() <= MOST_WRONG), 0.98)
    lost = [t for t in steps if (confidence[answerable] < t).mean() <= MOST_LOST]
    return round(float(found), 2), round(float(min(lost[-1] if lost else 0.02, found)), 2)


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


def load_sets(sets: Sequence[Sequence[str]], cache: Path | None) -> list[Example]:
    """All examples, from the cache where there is one."""
    if cache is not None and cache.exists():
        return list(pickle.loads(cache.read_bytes()))
    examples: list[Example] = []
    for name, docs, questions in sets:
        examples += asyncio.run(collect(name, Path(docs), load_questions(Path(questions))))
    if cache is not None:
        cache.write_bytes(pickle.dumps(examples))
    return examples


def main() -> None:
    """Collect, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--set", nargs=3, action="append", default=[], metavar=("NAME", "DOCS", "QUESTIONS"))
    parser.add_argument("--cache", type=Path, default=None, help="keeps what was collected; ours, not to be shared")
    parser.add_argument("--write", action="store_true", help="write resources/models/answers.json")
    options = parser.parse_args()
    whole = [e for e in load_sets(options.set, options.cache) if len(e.candidates)]
    rng = random.Random(2)
    examples = [*whole, *(smaller(e, rng) for e in whole)]
    orders, confidence = cross_validate(examples)
    n = len(whole)
    found, near = choose_floors(examples[:n], orders[:n], confidence[:n])
    told = {
        name: {k: round(float(v), 3) for k, v in figures(examples[part], orders[part], confidence[part], found, near)}
        for name, part in (("as asked", slice(0, n)), ("among a few passages", slice(n, None)))
    }
    print(json.dumps({"found": found, "near": near, **told}, indent=2))
    sentence = fit_sentences(examples)
    order = fit_logistic(np.stack([o.signs for o in orders]), np.array([o.shown for o in orders]), RIDGE_ORDER)
    fields = {
        "made_by": "packaging/reader_model/train.py",
        "signs": list(SIGNS),
        "order_signs": [*ORDER_SIGNS, *OF_THE_BEST],
        "floors": {"found": found, "near": near},
        "sentence": sentence.to_fields(),
        "order": order.to_fields(),
        "cross_validated_by_document": told,
    }
    if options.write:
        TARGET.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
