"""Writes the vectors of the questions in resources/help/questions.md: `python -m guide_model.help`."""

from __future__ import annotations

import asyncio

import numpy as np
from numpy.typing import NDArray

from engine.agent.guide.answer.questions import read_questions
from engine.search.embedding import create_embedder_by_name
from resources import resource_path


async def embed(texts: list[str]) -> tuple[str, NDArray[np.float32]]:
    """Name of the embedding model that ships, and its vectors."""
    embedder = create_embedder_by_name("onnx")
    try:
        return embedder.model, await embedder.embed(texts)
    finally:
        await embedder.aclose()


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
