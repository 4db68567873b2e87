"""Memories with an index that also tells scores and neighbours, and vectors out of words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from engine.memory.memory import Memory
from engine.memory_service import FollowedIndex
from engine.search.terms import FUNCTION_WORDS, words_of


def word_vector(text: str) -> bytes:
    """A vector in which texts that share words are near: each word has a direction of its own."""
    total = np.zeros(384, np.float32)
    for word in words_of(text):
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        weight = 0.2 if word in FUNCTION_WORDS else 1.0
        total += weight * np.random.default_rng(seed).standard_normal(384).astype(np.float32)
    return (total / max(1e-9, float(np.linalg.norm(total)))).astype(np.float16).tobytes()


async def embed(memory: Memory, ids: Sequence[str]) -> None:
    """Give entries their vectors, as the background task does."""
    entries = [await memory.get(id) for id in ids]
    await memory.set_vectors({e.id: (e.text, word_vector(e.text)) for e in entries}, "words")


@pytest.fixture
def memory(desk) -> Memory:
    """The desk's memories, seen through the index."""
    index = FollowedIndex()
    index.open(desk.index, desk.feed)
    return Memory(desk.store, desk.clock, desk.search, index=index)
