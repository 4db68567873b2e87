"""Writes what the checkpoint chooses in PyTorch, greedily and without a grammar, for `evaluate.py --compare`."""

from __future__ import annotations

import argparse
import json
from itertools import islice
from pathlib import Path

import torch
from guide_model.generate import Generator
from guide_model.model import GuideModel, Shape
from guide_model.tokenizer import END, GuideTokenizer

MAX_CHOICE_TOKENS = 200


@torch.no_grad()
def choose(model: GuideModel, tokenizer: GuideTokenizer, words: str) -> str:
    """The most likely choice."""
    ids = tokenizer.prompt(words)
    n_prompt = len(ids)
    while len(ids) < n_prompt + MAX_CHOICE_TOKENS:
        token = int(model(torch.tensor([ids]))[0, -1].argmax())
        if token == END:
            break
        ids.append(token)
    return tokenizer.decode(ids[n_prompt:])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--turns", type=int, default=300)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    saved = torch.load(arguments.checkpoint / "checkpoint.pt", map_location="cpu")
    model = GuideModel(Shape(**saved["shape"]))
    model.load_state_dict(saved["model"])
    model.eval()
    tokenizer = GuideTokenizer.load(arguments.checkpoint / "tokenizer.json")
    turns = (turn for conversation in Generator(98, "held_out").conversations() for turn in conversation)
    choices = {turn.words: choose(model, tokenizer, turn.words) for turn in islice(turns, arguments.turns)}
    arguments.out.write_text(json.dumps(choices, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
