"""Writes what the MLX folder chooses, greedily and without a grammar: the same prompts as `torch_choices.py`.

Runs where mlx-lm is installed (`pip install "mlx[cpu]" mlx-lm`, on Linux too); compare with `evaluate.py --compare`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import mlx.core as mx
from guide_model.tokenizer import ASSISTANT, END, SPECIAL_TOKENS, USER
from mlx_lm import load

MAX_CHOICE_TOKENS = 200


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the folder that export_mlx.py wrote")
    parser.add_argument("--choices", type=Path, required=True, help="choices of PyTorch, for their prompts")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    model, tokenizer = load(str(arguments.model))
    found = {}
    for words in json.loads(arguments.choices.read_text(encoding="utf-8")):
        ids = [USER, *tokenizer.encode(words, add_special_tokens=False), END, ASSISTANT]
        n_prompt = len(ids)
        while len(ids) < n_prompt + MAX_CHOICE_TOKENS:
            token = int(mx.argmax(model(mx.array([ids]))[0, -1]))
            if token == END:
                break
            ids.append(token)
        found[words] = tokenizer.decode([token for token in ids[n_prompt:] if token >= len(SPECIAL_TOKENS)])
    arguments.out.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
