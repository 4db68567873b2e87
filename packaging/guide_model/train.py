"""Trains the guide: `python -m guide_model.train --out DIR --minutes 45` from `packaging/`, with the root on the path.

One row of a batch is one conversation from its beginning, as the model meets it later; rows of like length go
together, so little is padding. The loss counts what the model has to say; of the person's words a quarter counts, a
fifth as much, which teaches a little of the language that it reads and costs little: the logits of all words would
take a third of the time. Rows of plain prose (`--prose`) teach the same. Matrices learn with Muon, the rest with
AdamW: on a CPU the number of tokens is what is scarce, and Muon needs about half as many.

On a CPU one thread is as fast as two that wait for each other whenever another program runs, so one is the default.
A GPU is used if there is one. A checkpoint is written every ten minutes; the same command goes on from it, with text
that it has not seen yet.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from guide_model.generate import Generator, Turn
from guide_model.model import GuideModel, Shape
from guide_model.tokenizer import GuideTokenizer, train_tokenizer
from torch import Tensor
from torch.nn import functional

VOCABULARY_SIZE = 4096
BATCH_TOKENS = 6144
# Rows are drawn this many at a time and sorted by length, to pad little.
POOL_ROWS = 2048
MAX_ROW_TOKENS = 2048
USER_WEIGHT = 0.2
USER_SHARE = 0.25
# The first token of a choice names the tool, and with it everything else is decided.
TOOL_WEIGHT = 4.0
# Of the rows of a pool, how many are prose, in tokens each.
PROSE_SHARE = 0.03
PROSE_TOKENS = 96
PROSE_WEIGHT = 0.3
PEAK_RATE = 4e-3
MUON_RATE = 2e-2
WARM_UP_STEPS = 60
CHECKPOINT_S = 600


@dataclass(frozen=True, slots=True)
class Row:
    """Ids of a conversation, and the weight of each in the loss."""

    ids: list[int]
    weights: list[float]


def encode_row(turns: list[Turn], tokenizer: GuideTokenizer, draw: random.Random) -> Row:
    """A conversation as ids."""
    ids: list[int] = []
    weights: list[float] = []
    for turn in turns:
        prompt, choice = tokenizer.prompt(turn.words), tokenizer.choice(turn.choice)
        ids += prompt + choice
        weights += [USER_WEIGHT if draw.random() < USER_SHARE else 0.0 for _ in prompt[2:]] + [0.0, 0.0]
        weights += [TOOL_WEIGHT] + [1.0] * (len(choice) - 1)
    return Row(ids[:MAX_ROW_TOKENS], weights[:MAX_ROW_TOKENS])


class Texts:
    """Endless batches out of the generator and of prose.

    Args:
        prose: paragraphs of English; none are needed.
    """

    def __init__(self, generator: Generator, tokenizer: GuideTokenizer, prose: Sequence[str] = ()) -> None:
        self._generator, self._tokenizer, self._prose = generator, tokenizer, prose
        self._draw = generator.random

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """(ids, weights), each (rows, length)."""
        conversations = self._generator.conversations()
        while True:
            pool = [encode_row(c, self._tokenizer, self._draw) for c in islice(conversations, POOL_ROWS)]
            if self._prose:
                pool += [self._prose_row() for _ in range(int(POOL_ROWS * PROSE_SHARE))]
            pool.sort(key=lambda row: len(row.ids))
            cut: list[list[Row]] = [[]]
            for row in pool:
                if (len(cut[-1]) + 1) * len(row.ids) > BATCH_TOKENS:
                    cut.append([])
                cut[-1].append(row)
            self._draw.shuffle(cut)
            yield from (_pad(rows) for rows in cut if rows)

    def _prose_row(self) -> Row:
        ids = self._tokenizer.encode(self._draw.choice(self._prose))
        start = self._draw.randint(0, max(0, len(ids) - PROSE_TOKENS))
        ids = ids[start : start + PROSE_TOKENS]
        return Row(ids, [PROSE_WEIGHT] * len(ids))


def _pad(rows: list[Row]) -> tuple[Tensor, Tensor]:
    length = max(len(row.ids) for row in rows)
    ids = torch.tensor([row.ids + [0] * (length - len(row.ids)) for row in rows])
    weights = torch.tensor([row.weights + [0.0] * (length - len(row.weights)) for row in rows])
    return ids, weights


def loss_of(model: GuideModel, ids: Tensor, weights: Tensor) -> Tensor:
    """Weighted cross-entropy of the next token."""
    targets, weights = ids[:, 1:], weights[:, 1:]
    wanted = weights > 0
    logits = model(ids[:, :-1], wanted).float()
    losses = functional.cross_entropy(logits, targets[wanted], reduction="none")
    kept = weights[wanted]
    return (losses * kept).sum() / kept.sum()


@dataclass(frozen=True, slots=True)
class Sources:
    """Texts from outside the repository that training may draw on."""

    foreign: Sequence[str] = ()
    prose: Sequence[str] = ()


class Trainer:
    """The model, its two optimizers, and what a checkpoint holds."""

    def __init__(self, out: Path, vocabulary_size: int = VOCABULARY_SIZE, sources: Sources | None = None) -> None:
        self.out, self.sources = out, sources or Sources()
        out.mkdir(parents=True, exist_ok=True)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.tokenizer = self._open_tokenizer(vocabulary_size)
        torch.manual_seed(1)
        self.model = GuideModel(Shape(self.tokenizer.size)).to(self.device)
        matrices = [p for layer in self.model.layers for p in layer.parameters() if p.ndim == 2]
        rest = [p for p in self.model.parameters() if not any(p is matrix for matrix in matrices)]
        self.optimizers = [
            torch.optim.Muon(matrices, lr=MUON_RATE, weight_decay=0.02),
            torch.optim.AdamW(rest, lr=PEAK_RATE, betas=(0.9, 0.95), weight_decay=0.01),
        ]
        self.step = 0
        self.trained_s = 0.0
        self._load()

    def _open_tokenizer(self, vocabulary_size: int) -> GuideTokenizer:
        path = self.out / "tokenizer.json"
        if not path.exists():
            conversations = islice(Generator(0).conversations(), 40_000)
            texts = [text for c in conversations for turn in c for text in (turn.words, turn.choice)]
            train_tokenizer([*texts, *self.sources.prose], vocabulary_size).save(str(path))
        return GuideTokenizer.load(path)

    def _load(self) -> None:
        path = self.out / "checkpoint.pt"
        if not path.exists():
            return
        saved = torch.load(path, map_location=self.device)
        self.model.load_state_dict(saved["model"])
        for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.step, self.trained_s = saved["step"], saved["trained_s"]

    def save(self) -> None:
        """The checkpoint is replaced whole: a stop in the middle leaves the old one."""
        path = self.out / "checkpoint.pt"
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "shape": self.model.shape.to_dict(),
            "step": self.step,
            "trained_s": self.trained_s,
        }
        torch.save(state, path.with_suffix(".new"))
        os.replace(path.with_suffix(".new"), path)

    def run(self, total_s: float) -> None:
        """Trains until `total_s` seconds have gone into this model, over all runs; the rate falls to zero by then."""
        generator = Generator(self.step + 1, foreign=self.sources.foreign)
        rows = Texts(generator, self.tokenizer, self.sources.prose).batches()
        last_save = last_print = time.monotonic()
        n_tokens = 0
        asked_to_stop: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, _: asked_to_stop.append(number))
        while self.trained_s < total_s and not asked_to_stop:
            started = time.monotonic()
            ids, weights = next(rows)
            loss = self._learn(ids, weights, self.trained_s / total_s)
            now = time.monotonic()
            self.trained_s += now - started
            n_tokens += ids.numel()
            if self.step % 50 == 0:
                rate = n_tokens / (now - last_print)
                print(f"step {self.step} loss {loss:.4f} {rate:.0f} tokens/s at {self.trained_s:.0f} s", flush=True)
                last_print, n_tokens = now, 0
            if now - last_save > CHECKPOINT_S:
                self.save()
                last_save = now
        self.save()

    def _learn(self, ids: Tensor, weights: Tensor, share_done: float) -> float:
        warm = min(1.0, (self.step + 1) / WARM_UP_STEPS)
        # Flat, then a straight fall over the last 60 %.
        factor = warm * min(1.0, (1.0 - share_done) / 0.6)
        for optimizer, peak in zip(self.optimizers, (MUON_RATE, PEAK_RATE), strict=True):
            optimizer.param_groups[0]["lr"] = peak * factor
            optimizer.zero_grad()
        # bfloat16 products double the speed on processors that have them; weights and optimizers stay float32.
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            loss = loss_of(self.model, ids.to(self.device), weights.to(self.device))
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.step += 1
        return float(loss.detach())


def read_prose(paths: Sequence[Path]) -> list[str]:
    """Paragraphs of at least a few words out of text files."""
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in paths)
    paragraphs = (" ".join(part.split()) for text in texts for part in text.split("\n\n"))
    return [paragraph for paragraph in paragraphs if paragraph.count(" ") >= 12]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoint and tokenizer")
    parser.add_argument("--minutes", type=float, default=60, help="time that goes into the model over all runs")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--vocabulary-size", type=int, default=VOCABULARY_SIZE)
    parser.add_argument("--foreign", type=Path, help="sentences in other languages, one a line (foreign.py)")
    parser.add_argument("--prose", type=Path, nargs="*", default=[], help="English text files, such as licences")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    foreign = arguments.foreign.read_text(encoding="utf-8").splitlines() if arguments.foreign else []
    trainer = Trainer(arguments.out, arguments.vocabulary_size, Sources(foreign, read_prose(arguments.prose)))
    print(f"{sum(p.numel() for p in trainer.model.parameters()) / 1e6:.2f} M parameters", flush=True)
    trainer.run(arguments.minutes * 60)


if __name__ == "__main__":
    main()
