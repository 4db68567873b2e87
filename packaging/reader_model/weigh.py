"""Learn the weights with which the search judges sentences: resources/models/answers.json and memories.json.

    .venv/bin/python packaging/reader_model/weigh.py EXAMPLES … [--kind memory] [--cache FILE] [--write]

EXAMPLES come from sets.py, some of them with `--alone`, those of memories with `--memories`. Only what the reader was
not trained on is looked at, and observations (`--observations`) are drawn from families kept for this
(packaging/guide_model/wordings/facts_judge.jsonl). For every question the sentences among its best passages are read
by the shipped reader and their signs taken by the engine's own code (engine/search/evidence.py).

Two nets with one hidden layer, each the mean of a few, by Adam. That of the sentences learns which of a question's
sentences is right, or that none is; that of the order how often the first is. Every figure that is printed, the floors
and the second net come from cross-validation by *document*: no sentence of a document helps to judge another question
over it. A document's questions resemble each other more than anything else does, so splitting by question would
flatter by several points.

The floor for "found" is the lowest at which the answers shown that are wrong stay below `MOST_WRONG` of all
questions; the floor for "near" the highest that loses at most `MOST_LOST` of the answerable ones. Prompts that nothing
answers (sets.py --chat) are learned from and told of, and no floor hangs on them: they would lower it.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent))

import sets
from score_questions import Question

from engine.search.embedding_onnx import OnnxModel
from engine.search.evidence import SIGNS, Candidate, signs_of
from engine.search.judgement import FARTHEST, FILES, OF_THE_BEST, ORDER_SIGNS, Net, order_signs
from engine.search.query import (
    better_neighbour,
    distinct,
    find_candidates,
    passages_to_read,
    read_stems,
    text_to_embed,
)
from engine.search.types import Hit
from engine.tools.builtin.recall_memory import MEMORIES_READ
from engine.tools.builtin.search_documents import PASSAGES_READ

Rows = npt.NDArray[np.float64]
MODELS = sets.ROOT / "resources" / "models"
# Of a small collection that is drawn out of a larger one.
MOST_DRAWN = 4
# How often what is asked of it stands in it, where it can: mostly, who has one note asks for what is in it.
ASKED_OF_THESE = 0.7
FOLDS = 6
# By kind, the most that is shown and wrong, of all, and of answerable questions told that nothing was found. A memory
# that is named as perhaps the answer is nearly as good as one that is told; one that has nothing to do with it annoys.
MOST_WRONG = {"document": 0.036, "memory": 0.013}
MOST_LOST = {"document": 0.015, "memory": 0.07}
# Floors that are tried.
STEPS = np.arange(0.01, 0.98, 0.01)
# The nets, how many are averaged (each is another draw of the same), and how they are trained. So many questions are
# few: much is left out, and noise is added.
SUMS_OF_SENTENCE, SUMS_OF_ORDER, NETS = 16, 32, 3
STEPS_OF_NET, QUESTIONS, BATCH, RATE, DECAY, DROPPED, NOISE = 2000, 32, 256, 3e-3, 0.1, 0.25, 0.05
BIASES = (1, 4)


# Kinds of examples.
AS_ASKED, AMONG_FEW, OBSERVED = "as asked", "among a few passages", "observations"


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
        hits, words = e.hits[: passages_read(e.group)], e.question.question
        candidates = find_candidates(hits)
        wanted = read_stems(words, candidates)
        asked, *vectors = self._embed([words, *(text_to_embed(c) for c in candidates)])
        passages = passages_to_read(hits, candidates)
        logits = self._model.reader.read(words, [dict(passages[n]) for n in sorted(passages)])
        read = [logit for passage in logits for logit in passage]
        for c, vector, logit in zip(candidates, vectors, read, strict=True):
            c.cosine, c.read = float(vector @ asked), logit
        signs = signs_of(words, wanted, candidates, TODAY)
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


# What "now" means in papers that were written about this time, whenever the signs are taken.
TODAY = date(2026, 11, 1)
Draw = Callable[[np.random.Generator], tuple[Rows, Callable[[Rows], Rows]]]


def fit_net(rows: Rows, n_sums: int, draw: Draw) -> Net:
    """The mean of `NETS` nets, which is one net with their sums side by side; the same for the same rows."""
    nets = [_fit_one(rows, n_sums, draw, np.random.default_rng(seed)) for seed in range(NETS)]
    return Net(
        nets[0].mean,
        nets[0].scale,
        np.concatenate([net.hidden for net in nets], 1),
        np.concatenate([net.hidden_bias for net in nets]),
        np.concatenate([net.weights for net in nets]) / NETS,
        np.mean([net.direct for net in nets], 0),
        np.mean([net.bias for net in nets], 0),
    )


def _fit_one(rows: Rows, n_sums: int, draw: Draw, rng: np.random.Generator) -> Net:
    """A net of one hidden layer, by Adam with decaying weights, dropout and noise.

    Args:
        rows: (n, signs) all there are, for their mean and scale.
        draw: some rows, and what turns their logits into the gradient of the loss.
    """
    mean, scale, n = rows.mean(0), rows.std(0) + 1e-9, rows.shape[1]
    weights = [
        rng.normal(0, n**-0.5, (n, n_sums)), np.zeros(n_sums), rng.normal(0, 0.3 * n_sums**-0.5, n_sums), np.zeros(n),
        np.zeros(1),
    ]  # fmt: skip
    first, second = ([np.zeros_like(part) for part in weights] for _ in range(2))
    for step in range(1, STEPS_OF_NET + 1):
        hidden, hidden_bias, out, direct, bias = weights
        drawn, gradient_of = draw(rng)
        x = np.clip((drawn - mean) / scale, -FARTHEST, FARTHEST) + NOISE * rng.normal(size=drawn.shape)
        sums = x @ hidden + hidden_bias
        kept = (sums > 0) * (rng.random(sums.shape) >= DROPPED) / (1 - DROPPED)
        back = gradient_of((sums * kept) @ out + x @ direct + bias)
        behind = np.outer(back, out) * kept
        gradients = (x.T @ behind, behind.sum(0), (sums * kept).T @ back, x.T @ back, back.sum(keepdims=True))
        rate = RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS_OF_NET))
        for i, (part, gradient) in enumerate(zip(weights, gradients, strict=True)):
            first[i] = 0.9 * first[i] + 0.1 * gradient
            second[i] = 0.99 * second[i] + 0.01 * gradient**2
            part -= rate * first[i] / (1 - 0.9**step) / (np.sqrt(second[i] / (1 - 0.99**step)) + 1e-8)
            part *= 1 - rate * DECAY * (i not in BIASES)
    return Net(mean, scale, *weights)


def to_fields(net: Net) -> dict[str, Any]:
    """As the engine reads it, rounded to what matters."""
    return {
        part.name: np.vectorize(lambda x: float(f"{x:.4g}"))(getattr(net, part.name)).tolist() for part in fields(net)
    }


def fit_sentences(examples: Sequence[Example]) -> Net:
    """The net that orders sentences: the loss is −log of the share of the right ones among all and "nowhere"."""

    def draw(rng: np.random.Generator) -> tuple[Rows, Callable[[Rows], Rows]]:
        part = [examples[i] for i in rng.integers(0, len(examples), QUESTIONS)]

        def gradient(logits: Rows) -> Rows:
            ends = np.cumsum([len(e.right) for e in part])[:-1]
            found = [_listwise(own, e.right) for own, e in zip(np.split(logits, ends), part, strict=True)]
            return np.concatenate(found) / len(part)

        return np.concatenate([e.signs for e in part]), gradient

    return fit_net(np.concatenate([e.signs for e in examples]), SUMS_OF_SENTENCE, draw)


def _listwise(logits: Rows, right: npt.NDArray[np.bool_]) -> Rows:
    """The gradient of the loss of one question."""
    odds = np.exp(np.append(logits, 0.0) - max(0.0, logits.max()))
    wanted = np.append(right, not right.any()) * odds
    return (odds / odds.sum() - wanted / wanted.sum())[:-1]


def fit_order(signs: Rows, right: npt.NDArray[np.bool_]) -> Net:
    """The net that says how often the first of such an order is right."""

    def draw(rng: np.random.Generator) -> tuple[Rows, Callable[[Rows], Rows]]:
        drawn = rng.integers(0, len(signs), BATCH)
        return signs[drawn], lambda logits: (_sigmoid(logits) - right[drawn]) / BATCH

    return fit_net(signs, SUMS_OF_ORDER, draw)


def _sigmoid(values: Rows) -> Rows:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))


def smaller(e: Example, rng: random.Random) -> Example:
    """The same question in a collection of a few passages, mostly one with an answer among them.

    A person's first document has five passages, and the signs that compare sentences look different among few.
    """
    numbers = sorted({c.hit_number for c in e.candidates})
    drawn = set(rng.sample(numbers, min(len(numbers), rng.randint(1, MOST_DRAWN))))
    answering = sorted({c.hit_number for c, right in zip(e.candidates, e.right, strict=True) if right})
    if answering and rng.random() < ASKED_OF_THESE and drawn.isdisjoint(answering):
        drawn = {*list(drawn)[1:], rng.choice(answering)}
    kept = sorted(drawn)
    rows = [i for i, c in enumerate(e.candidates) if c.hit_number in kept]
    candidates = [replace(e.candidates[i], hit_number=kept.index(e.candidates[i].hit_number) + 1) for i in rows]
    signs = signs_of(e.question.question, e.wanted, candidates, TODAY)
    right = e.right[rows]
    question = e.question if right.any() else replace(e.question, answers=())
    return Example(e.group, question, e.wanted, candidates, signs, right)


def kind_of(e: Example) -> str:
    """Which figures it belongs to."""
    if e.group.startswith("observed/"):
        return OBSERVED
    if e.question.kind == sets.CHAT:
        return sets.CHAT
    return AMONG_FEW if e.candidates[-1].hit_number < passages_read(e.group) else AS_ASKED


def passages_read(group: str) -> int:
    """As many as the engine reads."""
    return MEMORIES_READ if group.startswith(sets.MEMORIES) else PASSAGES_READ


def folds_of(examples: Sequence[Example]) -> npt.NDArray[np.int64]:
    """Which fold each example is in; a document is in one."""
    groups = sorted({e.group.removeprefix(sets.ALONE) for e in examples})
    random.Random(1).shuffle(groups)
    number = {group: i % FOLDS for i, group in enumerate(groups)}
    return np.array([number[e.group.removeprefix(sets.ALONE)] for e in examples])


@dataclass(slots=True)
class Order:
    """What the sentence model made of one question."""

    signs: Rows
    first: bool
    shown: bool
    in_reach: bool


def order_of(e: Example, model: Net) -> Order:
    """The order of the sentences, as engine/search/query.py makes it."""
    logits = [float(x) for x in model.logits(e.signs)]
    order = distinct(e.candidates, logits)
    best = order[0]
    beside = better_neighbour(e.candidates, logits, best)
    against = logits[beside if beside is not None else best]
    signs = order_signs([logits[i] for i in order], [e.candidates[i].read for i in order], e.signs[best], against)
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
        model = fit_order(signs[fold != f], shown[fold != f])
        confidence[fold == f] = _sigmoid(model.logits(signs[fold == f]))
    return orders, confidence


def found_floor(orders: Sequence[Order], confidence: Rows, most_wrong: float) -> float:
    """The lowest at which so few of all are shown and wrong."""
    shown = np.array([o.shown for o in orders])
    return round(float(next((t for t in STEPS if ((confidence >= t) & ~shown).mean() <= most_wrong), 0.98)), 2)


def near_floor(examples: Sequence[Example], confidence: Rows, found: float, most_lost: float) -> float:
    """The highest at which so few answerable questions are told to have no answer; no higher than for found."""
    answerable = np.array([bool(e.question.answers) for e in examples])
    lost = [t for t in STEPS if (confidence[answerable] < t).mean() <= most_lost]
    return round(float(min(lost[-1] if lost else 0.02, found)), 2)


def figures(
    examples: Sequence[Example], orders: Sequence[Order], confidence: Rows, found: float, near: float
) -> Iterator[tuple[str, float]]:
    """What the cross-validation says, in per cent."""
    answerable = np.array([bool(e.question.answers) for e in examples])
    first, shown, reach = (np.array([getattr(o, n) for o in orders]) for n in ("first", "shown", "in_reach"))
    sure, far = confidence >= found, confidence < near
    yield "questions", len(examples)
    yield "answerable", int(answerable.sum())
    yield "found, % of unanswerable", 100 * sure[~answerable].mean()
    yield "not found, % of unanswerable", 100 * far[~answerable].mean()
    if not answerable.any():
        return
    yield "answer among the passages, % of answerable", 100 * reach[answerable].mean()
    yield "best sentence right, % of answerable", 100 * first[answerable].mean()
    yield "best or its neighbour right, % of answerable", 100 * shown[answerable].mean()
    yield "found and right, % of answerable", 100 * (sure & shown)[answerable].mean()
    yield "not found, % of answerable", 100 * far[answerable].mean()
    yield "found and wrong, % of all", 100 * (sure & ~shown).mean()
    pairs = confidence[answerable][:, None] - confidence[~answerable][None]
    yield "AUC, answerable against unanswerable", float((pairs > 0).mean() + 0.5 * (pairs == 0).mean())


def load_all(paths: Sequence[Path], kind: str, cache: Path | None, n_observations: int) -> list[Example]:
    """All examples of hits of a kind that the reader does not know, from the cache where there is one."""
    if cache is not None and cache.exists():
        return list(pickle.loads(cache.read_bytes()))
    looker = Looker()
    drawn = sets.observed(n_observations, sets.FACTS.with_name("facts_judge.jsonl"))
    held = [e for path in paths for e in sets.load_examples(path) if sets.is_held_out(e)]
    held = [e for e in held if e.hits and e.hits[0].kind == kind]
    examples = [looker.look(e) for e in (*held, *drawn)]
    if cache is not None:
        cache.write_bytes(pickle.dumps(examples))
    return examples


def main() -> None:
    """Collect, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("examples", type=Path, nargs="+", help="what sets.py wrote")
    parser.add_argument("--cache", type=Path, default=None, help="keeps the signs; ours, not to be shared")
    parser.add_argument("--observations", type=int, default=0, help="so many are drawn besides")
    parser.add_argument("--kind", choices=FILES, default="document", help="of what was searched")
    parser.add_argument("--write", action="store_true", help="write the file in resources/models")
    options = parser.parse_args()
    parts: dict[str, list[Example]] = {AS_ASKED: [], AMONG_FEW: [], OBSERVED: [], sets.CHAT: []}
    for e in load_all(options.examples, options.kind, options.cache, options.observations):
        if e.candidates:
            parts[kind_of(e)].append(e)
    rng = random.Random(2)
    for kind, few in ((AS_ASKED, AMONG_FEW), (sets.CHAT, sets.CHAT)):
        parts[few] += [smaller(e, rng) for e in list(parts[kind])]
    examples = [e for part in parts.values() for e in part]
    all_orders, all_confidence = cross_validate(examples)
    ends = np.cumsum([len(part) for part in parts.values()])
    orders = {kind: all_orders[end - len(parts[kind]) : end] for kind, end in zip(parts, ends, strict=True)}
    confidence = dict(zip(parts, np.split(all_confidence, ends[:-1]), strict=True))
    asked = (AS_ASKED, AMONG_FEW)
    of_asked = [o for kind in asked for o in orders[kind]]
    found = found_floor(of_asked, np.concatenate([confidence[k] for k in asked]), MOST_WRONG[options.kind])
    near = near_floor(parts[AS_ASKED], confidence[AS_ASKED], found, MOST_LOST[options.kind])
    told = {
        kind: {
            name: round(float(value), 3) for name, value in figures(part, orders[kind], confidence[kind], found, near)
        }
        for kind, part in parts.items()
        if part
    }
    print(json.dumps({"found": found, "near": near, **told}, indent=2))
    sentence = fit_sentences(examples)
    order = fit_order(np.stack([o.signs for o in all_orders]), np.array([o.shown for o in all_orders]))
    written = {
        "made_by": "packaging/reader_model/weigh.py",
        "signs": list(SIGNS),
        "order_signs": [*ORDER_SIGNS, *OF_THE_BEST],
        "floors": {"found": found, "near": near},
        "sentence": to_fields(sentence),
        "order": to_fields(order),
        "cross_validated_by_document": told,
    }
    if options.write:
        (MODELS / FILES[options.kind]).write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
