"""Train the chooser on drawn requests.

    python packaging/guide_model/chooser_train.py ROWS CHECKPOINT --weights FOLDER [--minutes 30] [--resume]

Needs torch and NumPy, and of the project ../reader_model/model.py with ../embedding_model/weights.py. ROWS comes from
chooser_rows.py, FOLDER is that of the published all-MiniLM-L6-v2, whose upper layers the chooser's begin as.
"""

from __future__ import annotations

import argparse
import math
import os
import pickle
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reader_model"))

from model import DIM, Lower, Reader, attention_mask, dropped, load_halves

PER_STEP, BUCKET = 48, 16
# The dense parts of a layer of model.py.
DENSE = ("q", "k", "v", "o", "a", "b")
WARM_STEPS, LEAST = 100, 0.02
SAVE_S = 600.0
# Logits of what is not to be chosen.
_NEVER = -1e4
# Of the loss: both ends of both spans.
SPAN_SHARE = 0.5
Row = tuple[list[int], int, int, tuple[int, int], tuple[int, int], float]


class Low(nn.Module):
    """A dense layer as published plus a product of two narrow ones, which alone is trained, with the bias."""

    def __init__(self, published: nn.Linear, rank: int) -> None:
        super().__init__()
        n_out, n_in = published.weight.shape
        self.register_buffer("fixed", published.weight.detach().clone(), persistent=False)
        self.bias = nn.Parameter(published.bias.detach().clone())
        self.a, self.b = nn.Parameter(torch.randn(rank, n_in) / n_in**0.5), nn.Parameter(torch.zeros(n_out, rank))

    def forward(self, x: Tensor) -> Tensor:
        """(…, n_in) → (…, n_out)."""
        return F.linear(x, self.fixed, self.bias) + F.linear(F.linear(x, self.a), self.b)


class Chooser(nn.Module):
    """Layers over the lower half's states, then a logit per choice and four per token.

    The layers are the embedding model's own with narrow corrections, which is all that has to be kept.

    Args:
        layers: of the embedding model.
        n_tools: choices.
        rank: of the corrections.
    """

    def __init__(
        self,
        layers: nn.ModuleList,
        n_tools: int,
        rank: int,
        dropout: float = 0.1,
        input_dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.input_dropout, self.dropout = input_dropout, dropout
        self.layers = layers
        for layer in layers:
            for name in DENSE:
                setattr(layer, name, Low(getattr(layer, name), rank))
        self.seg = nn.Parameter(torch.zeros(2, DIM))
        self.tool = nn.Linear(2 * DIM, n_tools)
        self.span = nn.Linear(DIM, 4)

    def forward(self, x: Tensor, n_words: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (batch, n_tools) of the choices, (batch, 4, tokens) of both ends of both spans."""
        places = torch.arange(x.shape[1])[None]
        is_earlier = places >= n_words[:, None]
        x = dropped(x + self.seg[is_earlier.long()], self.input_dropout if self.training else 0.0)
        mask = attention_mask(lengths, x.shape[1])
        for layer in self.layers:
            x = layer(x, mask)
        x = x.float()
        own = (~is_earlier).float()[..., None]
        pooled = torch.cat([x[:, 0], (x * own).sum(1) / own.sum(1)], -1)
        pooled = F.dropout(pooled, self.dropout, self.training)
        spans = self.span(x).transpose(1, 2)
        none = places == 0
        outside = torch.stack([is_earlier, is_earlier, ~is_earlier & ~none, ~is_earlier & ~none], 1)
        spans = spans.masked_fill(outside | (places >= lengths[:, None])[:, None], _NEVER)
        return self.tool(pooled), spans


def batches(rows: Sequence[Row], rng: random.Random) -> Iterator[list[Row]]:
    """Endless batches of requests of like length."""
    while True:
        order = rng.sample(range(len(rows)), len(rows))
        for start in range(0, len(order), PER_STEP * BUCKET):
            part = sorted(order[start : start + PER_STEP * BUCKET], key=lambda i: len(rows[i][0]))
            groups = [part[at : at + PER_STEP] for at in range(0, len(part), PER_STEP)]
            rng.shuffle(groups)
            yield from ([rows[i] for i in group] for group in groups)


def run(chooser: Chooser, lower: Lower, rows: Sequence[Row]) -> tuple[Tensor, Tensor]:
    """The logits of some requests."""
    lengths = torch.tensor([len(row[0]) for row in rows])
    ids = nn.utils.rnn.pad_sequence([torch.tensor(row[0]) for row in rows], batch_first=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with torch.no_grad():
            x = lower.norm(lower.words(ids) + lower.places.weight[: ids.shape[1]])
            mask = attention_mask(lengths, ids.shape[1])
            for layer in lower.layers:
                x = layer(x, mask)
        tool, spans = chooser(x.float(), torch.tensor([row[1] for row in rows]), lengths)
    return tool.float(), spans.float()


def loss_of(tool: Tensor, spans: Tensor, rows: Sequence[Row]) -> Tensor:
    """Cross entropies of the choice, of both ends of both spans, where these are known."""
    weights = torch.tensor([row[5] for row in rows])
    share = weights / weights.sum()
    wanted = torch.tensor([row[2] for row in rows])
    loss = (F.cross_entropy(tool, wanted, reduction="none", label_smoothing=0.05) * share).sum()
    for number, at in enumerate((3, 4)):
        ends = torch.tensor([row[at] for row in rows])
        for side in (0, 1):
            each = F.cross_entropy(spans[:, 2 * number + side], ends[:, side], ignore_index=-1, reduction="none")
            loss = loss + SPAN_SHARE * (each * share).sum()
    return loss


@torch.no_grad()
def score(chooser: Chooser, lower: Lower, rows: Sequence[Row]) -> tuple[float, float, float]:
    """Shares: choice right; both spans right, of those that have some and the right choice; everything right."""
    chooser.eval()
    right = spanned = both = whole = 0
    for part in in_parts(rows):
        tool, spans = run(chooser, lower, part)
        for row, choice, found in zip(part, tool.argmax(1), spans.argmax(2), strict=True):
            ok = int(choice) == row[2]
            asked = [(span, found[2 * n : 2 * n + 2].tolist()) for n, span in enumerate(row[3:5]) if span[0] >= 0]
            exact = all(list(span) == got for span, got in asked)
            right, whole = right + ok, whole + (ok and exact)
            if asked and ok:
                spanned, both = spanned + 1, both + exact
    chooser.train()
    return right / len(rows), both / max(1, spanned), whole / len(rows)


def train(chooser: Chooser, lower: Lower, data: dict[str, Any], options: argparse.Namespace) -> None:
    """Train in place; a checkpoint every ten minutes and at the end."""
    rng, began, saved = random.Random(0), time.monotonic(), time.monotonic()
    optimizer = torch.optim.AdamW(
        chooser.parameters(), lr=options.rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True
    )
    steps = int(options.epochs * len(data["train"]) / PER_STEP)
    for step, rows in zip(range(steps), batches(data["train"], rng), strict=False):
        done = max(step / steps, (time.monotonic() - began) / (60 * options.minutes))
        if done >= 1:
            break
        factor = min(1, (step + 1) / WARM_STEPS) * max(LEAST, 0.5 * (1 + math.cos(math.pi * done)))
        optimizer.param_groups[0]["lr"] = options.rate * factor
        loss = loss_of(*run(chooser, lower, rows), rows)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(chooser.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 0:
            print(f"{step}/{steps} loss {loss.item():.3f} {time.monotonic() - began:.0f} s", flush=True)
        if step % options.every == options.every - 1:
            report(chooser, lower, data)
        if time.monotonic() - saved > SAVE_S:
            save(chooser, options.checkpoint)
            saved = time.monotonic()
    save(chooser, options.checkpoint)
    report(chooser, lower, data)


def in_parts(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """Parts of 64."""
    return [rows[start : start + 64] for start in range(0, len(rows), 64)]


def report(chooser: Chooser, lower: Lower, data: dict[str, Any]) -> None:
    """Print what it scores on the sets that are never trained on."""
    for title, rows in data["scored"].items():
        tool, spans, whole = score(chooser, lower, rows)
        print(f"  {title}: choice {tool:.1%}, spans {spans:.1%}, whole {whole:.1%}", flush=True)


def save(chooser: Chooser, target: Path) -> None:
    """Write the checkpoint; the one before it stays until this one is whole."""
    part = target.with_suffix(".part")
    torch.save(chooser.state_dict(), part)
    os.replace(part, target)


def main() -> None:
    """Load, train, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("rows", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--weights", type=Path, required=True, help="folder with model.safetensors")
    parser.add_argument("--rank", type=int, default=32, help="of what is added to the layers")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--every", type=int, default=1000, help="steps between two scores")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--average", type=Path, nargs="+", help="go on from the mean of these checkpoints")
    options = parser.parse_args()
    torch.manual_seed(0)
    lower, upper = load_halves(options.weights, Reader())
    data: dict[str, Any] = pickle.loads(options.rows.read_bytes())
    chooser = Chooser(upper.layers, len(data["tools"]), options.rank)
    if begun := options.average or ([options.checkpoint] if options.resume else []):
        states = [torch.load(path, weights_only=True) for path in begun]
        chooser.load_state_dict({name: torch.stack([s[name] for s in states]).mean(0) for name in states[0]})
    chooser.train()
    train(chooser, lower, data, options)


if __name__ == "__main__":
    main()
