"""Train the reader on collected questions.

    python packaging/reader_model/train.py EXAMPLES CHECKPOINT --weights FOLDER [--minutes 64] [--epochs 4] [--resume]

Needs torch, numpy and tokenizers. EXAMPLES comes from sets.py, FOLDER is that of the published all-MiniLM-L6-v2. One
core with bfloat16 does about one step of four questions a second.

Each step takes four questions with five windows each: up to two that answer and others from the best passages, the
nearest most often. The loss is the share that the right sentences have of all sentences of the question and of
"nowhere here", whose logit is 0: a question without an answer teaches that all are below it.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent))

from model import Lower, Pair, Reader, load_halves
from sets import Example, held_out, load_examples
from tokenizers import Tokenizer

from engine.search.query import find_candidates
from engine.search.reading import CLS, QUESTION, SEP, Window, windows_of

PER_STEP, WINDOWS, MOST_RIGHT, NEAR = 4, 5, 2, 12
RATE, HEAD_RATE, WARM_STEPS, LEAST = 1.5e-4, 1.5e-3, 50, 0.02
SAVE_S = 600.0


@dataclass(slots=True)
class Group:
    """The windows of one question, each with the rank of its hit and what is right in it."""

    asked: Tensor
    windows: list[tuple[int, Tensor, list[tuple[int, int]], list[bool]]]

    def draw(self, rng: random.Random) -> tuple[list[Pair], Tensor]:
        """Some windows, and what is right among their sentences."""
        right = [w for w in self.windows if any(w[3])]
        chosen = rng.sample(right, min(len(right), MOST_RIGHT))
        others = [w for w in self.windows if not any(w[3]) and w[0] < NEAR]
        chosen += sorted(others, key=lambda w: w[0] + rng.random() * 10)[: WINDOWS - len(chosen)]
        return [(self.asked, w[1], w[2]) for w in chosen], torch.tensor([y for w in chosen for y in w[3]])


class Groups:
    """Makes groups; the states of a passage that several questions find are computed once."""

    def __init__(self, lower: Lower, tokenizer: Tokenizer) -> None:
        self._lower, self._tokenizer = lower, tokenizer
        self._known: dict[str, list[tuple[Window, Tensor]]] = {}

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Without the marks at both ends."""
        return [e.ids for e in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def make(self, e: Example) -> Group | None:
        """The group of an example, None where it teaches nothing: an answer that was not found at all."""
        if e.question.answers and not any(map(any, e.right)):
            return None
        asked = self._lower.states([[CLS, *self.tokens([e.question.question])[0][:QUESTION], SEP]])[0]
        windows = []
        for rank, (hit, right) in enumerate(zip(e.hits, e.right, strict=True)):
            for window, states in self._of(f"{e.group.split('/')[0]}/{hit.id}", hit):
                places = [(start, end) for _, start, end in window.sentences]
                windows.append((rank, states, places, [right[i] for i, _, _ in window.sentences]))
        return Group(asked, windows)

    def _of(self, key: str, hit: object) -> list[tuple[Window, Tensor]]:
        if key not in self._known:
            candidates = find_candidates([hit])  # type: ignore[list-item]
            passage = {"name": hit.path, "heading": hit.heading, "sentences": [c.text for c in candidates]}  # type: ignore[attr-defined]
            windows = list(windows_of(0, passage, self.tokens))
            self._known[key] = list(zip(windows, self._lower.states([w.tokens for w in windows]), strict=True))
        return self._known[key]


def loss_of(logits: Tensor, right: Tensor) -> Tensor:
    """−log of the share of the right sentences, or of "nowhere" where none is."""
    whole = torch.logsumexp(torch.cat([logits, torch.zeros(1)]), 0)
    return whole - (torch.logsumexp(logits[right], 0) if right.any() else torch.zeros(()))


@torch.no_grad()
def first_right(reader: Reader, groups: Sequence[Group]) -> float:
    """Share of the groups with an answer whose best sentence is right."""
    reader.eval()
    n = found = 0
    for group in groups:
        windows = [w for w in group.windows if w[0] < 10]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = torch.cat(reader([(group.asked, w[1], w[2]) for w in windows]))
        n, found = n + 1, found + [y for w in windows for y in w[3]][int(logits.argmax())]
    reader.train()
    return found / max(1, n)


def train(
    reader: Reader, groups: Sequence[Group], held: Sequence[Group], target: Path, minutes: float, epochs: int
) -> None:
    """Train in place; a checkpoint every ten minutes and at the end."""
    rng, began, saved = random.Random(0), time.monotonic(), time.monotonic()
    head = [p for name, p in reader.named_parameters() if not name.startswith("layers")]
    parts = [(list(reader.layers.parameters()), RATE), (head, HEAD_RATE)]
    optimizer = torch.optim.AdamW(
        [{"params": params, "lr": rate} for params, rate in parts], weight_decay=0.01, betas=(0.9, 0.98), fused=True
    )
    order = [group for _ in range(epochs) for group in rng.sample(list(groups), len(groups))]
    steps = len(order) // PER_STEP
    reader.train()
    for step in range(steps):
        done = max(step / steps, (time.monotonic() - began) / (60 * minutes))
        if done >= 1:
            break
        factor = min(1, (step + 1) / WARM_STEPS) * max(LEAST, 0.5 * (1 + math.cos(math.pi * done)))
        for part, (_, rate) in zip(optimizer.param_groups, parts, strict=True):
            part["lr"] = rate * factor
        loss = take_step(reader, optimizer, [g.draw(rng) for g in order[step * PER_STEP : (step + 1) * PER_STEP]])
        if step % 50 == 0:
            print(f"{step}/{steps} loss {loss:.3f} {time.monotonic() - began:.0f} s", flush=True)
        if time.monotonic() - saved > SAVE_S:
            save(reader, target)
            saved = time.monotonic()
            print(f"held out: first right {first_right(reader, held):.3f}", flush=True)
    save(reader, target)
    print(f"held out: first right {first_right(reader, held):.3f}")


def take_step(reader: Reader, optimizer: torch.optim.Optimizer, drawn: Sequence[tuple[list[Pair], Tensor]]) -> float:
    """One step on a few questions; their mean loss."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = reader([pair for pairs, _ in drawn for pair in pairs])
    losses, at = [], 0
    for pairs, right in drawn:
        losses.append(loss_of(torch.cat(logits[at : at + len(pairs)]), right))
        at += len(pairs)
    loss = torch.stack(losses).mean()
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def save(reader: Reader, target: Path) -> None:
    """Write the checkpoint; the one before it stays until this one is whole."""
    part = target.with_suffix(".part")
    torch.save(reader.state_dict(), part)
    os.replace(part, target)


def main() -> None:
    """Load, train, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("examples", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--weights", type=Path, required=True, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("--minutes", type=float, default=64)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    options = parser.parse_args()
    torch.manual_seed(0)
    lower, reader = load_halves(options.weights)
    if options.resume:
        reader.load_state_dict(torch.load(options.checkpoint, weights_only=True))
    examples = load_examples(options.examples)
    held = held_out(examples)
    tokenizer = Tokenizer.from_file(str(options.weights / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    maker = Groups(lower, tokenizer)
    known = [(e, g) for e in examples if (g := maker.make(e)) is not None]
    train(
        reader,
        [g for e, g in known if e.group not in held],
        [g for e, g in known if e.group in held and e.question.answers][:250],
        options.checkpoint,
        options.minutes,
        options.epochs,
    )


if __name__ == "__main__":
    main()
