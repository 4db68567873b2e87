"""Learn to read the mood of who writes out of the embedding of what they write.

    python packaging/guide_model/moods_train.py ROWS TARGET

Needs torch alone. ROWS comes from chooser_rows.py; chooser_export.py puts what is written here beside the chooser.

A net of one hidden layer over the embedding model's own vector. Of 490 messages held out it names the mood of 93 % and
points 93 % of those in need to help where 1 % of the others are; a linear layer over the states of the chooser,
which were trained for it, 89 % and 75 %: these know the messages that they learned from too well.
"""

from __future__ import annotations

import argparse
import pickle
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HIDDEN, DROPPED, SMOOTHED = 128, 0.3, 0.05
# What ships is the mean of so many nets, which is one net with their sums side by side.
NETS = 3
PER_STEP, EPOCHS, RATE, DECAY = 128, 20, 1e-3, 0.02
# One number of the embedding is the same for all texts.
FLATTEST = 1e-3


def fit(vectors: Tensor, moods: Tensor, counts: Tensor, seed: int) -> dict[str, Tensor]:
    """Weights of one net.

    Args:
        vectors: (n, dim), scaled.
        moods, counts: (n,), which mood, and how much the message counts.
    """
    torch.manual_seed(seed)
    first, last = nn.Linear(vectors.shape[1], HIDDEN), nn.Linear(HIDDEN, int(moods.max()) + 1)
    net = nn.Sequential(nn.Dropout(DROPPED), first, nn.GELU(), nn.Dropout(DROPPED), last)
    steps = EPOCHS * len(vectors) // PER_STEP
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1)
    for _ in range(steps):
        drawn = torch.randint(0, len(vectors), (PER_STEP,))
        each = F.cross_entropy(net(vectors[drawn]), moods[drawn], reduction="none", label_smoothing=SMOOTHED)
        optimizer.zero_grad()
        (each * counts[drawn]).mean().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return {"first.weight": first.weight, "first.bias": first.bias, "last.weight": last.weight, "last.bias": last.bias}


def train(vectors: Tensor, moods: Tensor, counts: Tensor) -> dict[str, Tensor]:
    """The mean of `NETS` nets over vectors as they are: first.weight (NETS · HIDDEN, dim) and so on."""
    mean, scale = vectors.mean(0), vectors.std(0).clamp_min(FLATTEST)
    with torch.enable_grad():
        nets = [fit((vectors - mean) / scale, moods, counts, seed) for seed in range(NETS)]
    parts = {name: [net[name].detach() for net in nets] for name in nets[0]}
    first = torch.cat(parts["first.weight"]) / scale
    return {
        "first.weight": first,
        "first.bias": torch.cat(parts["first.bias"]) - first @ mean,
        "last.weight": torch.cat(parts["last.weight"], 1) / NETS,
        "last.bias": torch.stack(parts["last.bias"]).mean(0),
    }


def shares(net: dict[str, Tensor], vectors: Tensor) -> Tensor:
    """(n, moods): how likely each is."""
    inner = F.gelu(vectors @ net["first.weight"].T + net["first.bias"])
    return (inner @ net["last.weight"].T + net["last.bias"]).softmax(1)


def main() -> None:
    """Load, train, score, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("rows", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    data: dict[str, Any] = pickle.loads(options.rows.read_bytes())
    vectors, moods, counts = (torch.tensor(part) for part in data["messages"])
    net = train(vectors.float(), moods, counts)
    torch.save(net, options.target)
    held, wanted, _ = (torch.tensor(part) for part in data["scored_messages"])
    likely = shares(net, held.float())
    right = likely.argmax(1) == wanted
    for number, mood in enumerate(data["moods"]):
        print(f"{mood}: {right[wanted == number].float().mean():.1%} of {int((wanted == number).sum())}")
    print(f"all: {right.float().mean():.1%}, loss {F.nll_loss(likely.log(), wanted):.3f}")


if __name__ == "__main__":
    main()
