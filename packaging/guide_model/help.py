"""Writes the vectors of the questions in resources/help/questions.md: `python -m guide_model.help`."""

from __future__ import annotations

import asyncio

import numpy as np
from guide_model.shortlist import embed

from engine.agent.guide_questions import read_questions
from resources import resource_path


def main() -> None:
    """Bytes are enough to tell questions apart: the largest number of a row becomes 127."""
    wordings, _, _ = read_questions(resource_path("help", "questions.md"))
    model, vectors = asyncio.run(embed(wordings))
    codes = np.rint(vectors * (127 / np.abs(vectors).max(axis=1, keepdims=True))).astype(np.int8)
    np.savez_compressed(
        resource_path("models", "guide_help.npz"), model=np.array(model), wordings=np.array(wordings), vectors=codes
    )
    print(f"{len(wordings)} wordings")


if __name__ == "__main__":
    main()
