"""Fits the first stage of the guide's choice: `python -m guide_model.shortlist --out guide_shortlist.npz`.

Multinomial logistic regression, full batch, Adam, NumPy alone (engine/agent/guide_shortlist.py has the features).
Texts come from the same generator as those of the model: prompts that were written by hand, as they stand and varied,
and turns out of the templates. Needs the program's own environment, with the embedding model that ships.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import numpy as np
from guide_model.generate import Generator
from guide_model.slots import WORDINGS
from guide_model.written import Turn, read_written
from numpy.typing import NDArray

from engine.agent.guide_front import front_choice
from engine.agent.guide_grammar import GUIDE_TOOLS
from engine.agent.guide_shortlist import Shortlist, features
from engine.search.embedding import create_embedder_by_name

N_TEMPLATE_TURNS = 9000
N_VARIED = 5000
# Prompts that people wrote count more than those out of templates.
WRITTEN_WEIGHT = 4.0
VARIED_WEIGHT = 1.5
# Of the squared weights, so that rare pairs of words are not believed.
SHRINKAGE = 1e-4
STEPS = 300
RATE = 0.05
_MAX_CHARACTERS = 600

Floats = NDArray[np.float32]


def draw_turns(seed: int = 7) -> tuple[list[Turn], Floats]:
    """Turns and how much each counts."""
    generator = Generator(seed)
    written = list(read_written(WORDINGS / "written.txt"))
    varied = [generator._written_exchange()[-1] for _ in range(N_VARIED)]
    drawn = [generator.exchange()[-1] for _ in range(N_TEMPLATE_TURNS)]
    weights = [WRITTEN_WEIGHT] * len(written) + [VARIED_WEIGHT] * len(varied) + [1.0] * len(drawn)
    every = [*written, *varied, *drawn]
    kept = [at for at, turn in enumerate(every) if front_choice(turn.words) is None]
    return [every[at] for at in kept], np.array([weights[at] for at in kept], np.float32)


async def embed(texts: list[str]) -> tuple[str, Floats]:
    """Name of the embedding model that ships, and its vectors."""
    embedder = create_embedder_by_name("onnx")
    try:
        return embedder.model, await embedder.embed(texts)
    finally:
        await embedder.aclose()


def fit(x: Floats, y: NDArray[np.int64], counts: Floats, n_tools: int) -> tuple[Floats, Floats]:
    """Weights and bias."""
    parameters = np.zeros((x.shape[1] + 1, n_tools), np.float32)
    x = np.concatenate([x, np.ones((len(x), 1), np.float32)], axis=1)
    wanted = np.eye(n_tools, dtype=np.float32)[y]
    share = (counts / counts.sum())[:, None]
    mean, square = np.zeros_like(parameters), np.zeros_like(parameters)
    for step in range(1, STEPS + 1):
        scores = x @ parameters
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        gradient = x.T @ ((likely - wanted) * share) + 2 * SHRINKAGE * parameters
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        parameters -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return parameters[:-1], parameters[-1]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    turns, counts = draw_turns()
    model, vectors = asyncio.run(embed([turn.words[:_MAX_CHARACTERS] for turn in turns]))
    tools = list(GUIDE_TOOLS)
    x = np.stack([features(turn.words, vector) for turn, vector in zip(turns, vectors, strict=True)])
    y = np.array([tools.index(turn.tool) for turn in turns])
    weights, bias = fit(x, y, counts, len(tools))
    found = Shortlist(model, tuple(tools), weights, bias)
    right = np.mean([found.pick(t.words, v)[0] == t.tool for t, v in zip(turns, vectors, strict=True)])
    np.savez_compressed(
        arguments.out, model=model, tools=np.array(tools), weights=weights.astype(np.float16), bias=bias
    )
    print(f"{len(turns)} turns, {right:.1%} of their choices come first; {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
