"""BatchEmbedder: queue, batches, cache, order."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.errors import EmbedderError, UsageError
from engine.search.embedding import OnnxEmbedder
from engine.search.embedding_batch import BatchEmbedder
from engine.settings import Settings

LIMIT_S = 30.0


def _vector(text: str) -> npt.NDArray[np.float32]:
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
    row = np.random.default_rng(seed).normal(size=16).astype(np.float32)
    return row / np.float32(np.linalg.norm(row))


class HashEmbedder:
    """An embedder whose vectors are known, that waits at a gate and notes what it was asked."""

    dim = 16

    def __init__(self) -> None:
        self.model = "hash-1"
        self.calls: list[tuple[list[str], bool]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.two_called = asyncio.Event()
        self.closed = False

    async def embed(self, texts: Sequence[str], *, urgent: bool = False) -> npt.NDArray[np.float32]:
        self.calls.append((list(texts), urgent))
        if len(self.calls) == 2:
            self.two_called.set()
        if not urgent:
            await self.gate.wait()
        if "bad" in texts:
            raise EmbedderError("The bad text cannot be embedded; leave it out.")
        return np.stack([_vector(text) for text in texts])

    async def aclose(self) -> None:
        self.closed = True


class Encoder:
    """What a SentenceTransformer looks like from outside."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.options: dict[str, Any] = {}
        self._fault = fault

    def get_sentence_embedding_dimension(self) -> int:
        return 16

    def encode(self, sentences: list[str], **options: Any) -> npt.NDArray[np.float64]:
        self.options = options
        if self._fault is not None:
            raise self._fault
        return np.stack([_vector(text) for text in sentences]).astype(np.float64)


async def test_vectors_come_in_the_order_of_the_texts() -> None:
    batcher = BatchEmbedder(HashEmbedder(), batch_size=4)
    texts = [f"{'long ' * (n * 7 % 5)}{n}" for n in range(23)]
    vectors = await asyncio.wait_for(batcher.embed_batch(texts), LIMIT_S)
    assert np.array_equal(vectors, np.stack([_vector(text) for text in texts]))
    assert np.array_equal(await batcher.embed_text(texts[5]), _vector(texts[5]))
    await batcher.aclose()


async def test_batches_hold_texts_of_similar_length() -> None:
    embedder = HashEmbedder()
    batcher = BatchEmbedder(embedder, batch_size=5)
    await asyncio.wait_for(batcher.embed_batch(["x" * (n * 13 % 20 + 1) for n in range(20)]), LIMIT_S)
    spans = sorted((min(map(len, texts)), max(map(len, texts))) for texts, _ in embedder.calls)
    assert spans == [(1, 5), (6, 10), (11, 15), (16, 20)]
    await batcher.aclose()


async def test_single_texts_of_many_callers_share_batches() -> None:
    embedder = HashEmbedder()
    batcher = BatchEmbedder(embedder, batch_size=32)
    await asyncio.wait_for(asyncio.gather(*(batcher.embed_text(f"text {n}") for n in range(64))), LIMIT_S)
    assert [len(texts) for texts, _ in embedder.calls] == [32, 32]
    assert batcher.get_stats()["mean_batch"] == 32
    await batcher.aclose()


async def test_a_known_text_is_not_embedded_again() -> None:
    embedder = HashEmbedder()
    batcher = BatchEmbedder(embedder)
    first = await batcher.embed_text("boiler")
    second = await batcher.embed_text("boiler")
    assert second is (await batcher.embed_text("boiler"))
    assert np.array_equal(first, second)
    assert len(embedder.calls) == 1
    assert batcher.get_stats()["cache_hits"] == 2
    await batcher.aclose()


async def test_another_model_does_not_use_the_cache_of_the_first() -> None:
    embedder = HashEmbedder()
    batcher = BatchEmbedder(embedder)
    await batcher.embed_text("boiler")
    embedder.model = "hash-2"
    await batcher.embed_text("boiler")
    assert len(embedder.calls) == 2
    await batcher.aclose()


async def test_the_least_recently_used_vector_leaves_a_full_cache() -> None:
    embedder = HashEmbedder()
    batcher = BatchEmbedder(embedder, cache_size=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        await batcher.embed_text(text)
    assert [texts for texts, _ in embedder.calls] == [["a"], ["b"], ["c"], ["b"]]
    assert batcher.get_stats()["cached"] == 2
    await batcher.aclose()


async def test_without_a_cache_every_text_is_embedded() -> None:
    embedder = HashEmbedder()
    batcher = BatchEmbedder(embedder, cache_size=0)
    assert np.array_equal(await batcher.embed_text("a"), await batcher.embed_text("a"))
    assert len(embedder.calls) == 2
    await batcher.aclose()


async def test_equal_texts_at_the_same_time_are_embedded_once() -> None:
    embedder = HashEmbedder()
    batcher = BatchEmbedder(embedder)
    vectors = await asyncio.wait_for(batcher.embed_batch(["same"] * 50), LIMIT_S)
    assert vectors.shape == (50, 16)
    assert embedder.calls == [(["same"], False)]
    assert batcher.get_stats()["shared"] == 49
    await batcher.aclose()


async def test_a_query_is_answered_while_bulk_work_stands_still() -> None:
    embedder = HashEmbedder()
    embedder.gate.clear()
    batcher = BatchEmbedder(embedder, batch_size=2)
    bulk = asyncio.create_task(batcher.embed_batch([f"passage {n}" for n in range(20)]))
    await asyncio.wait_for(embedder.two_called.wait(), LIMIT_S)
    assert (await asyncio.wait_for(batcher.embed_text("boiler?"), LIMIT_S)).shape == (16,)
    # Even one that waits among the bulk comes forward.
    assert (await asyncio.wait_for(batcher.embed_text("passage 19"), LIMIT_S)).shape == (16,)
    assert not bulk.done()
    embedder.gate.set()
    assert (await asyncio.wait_for(bulk, LIMIT_S)).shape == (20, 16)
    assert sum(texts.count("passage 19") for texts, _ in embedder.calls) == 1
    await batcher.aclose()


async def test_an_error_reaches_who_waits_and_the_rest_goes_on() -> None:
    batcher = BatchEmbedder(HashEmbedder(), batch_size=1)
    with pytest.raises(EmbedderError, match="bad text"):
        await asyncio.wait_for(batcher.embed_batch(["good", "bad", "better"]), LIMIT_S)
    assert (await batcher.embed_text("good")).shape == (16,)
    assert batcher.get_stats()["errors"] == 1
    await batcher.aclose()


async def test_one_caller_that_gives_up_does_not_take_the_text_from_another() -> None:
    embedder = HashEmbedder()
    embedder.gate.clear()
    batcher = BatchEmbedder(embedder)
    first = asyncio.create_task(batcher.embed_batch(["shared"]))
    second = asyncio.create_task(batcher.embed_batch(["shared"]))
    await asyncio.sleep(0)
    first.cancel()
    embedder.gate.set()
    assert (await asyncio.wait_for(second, LIMIT_S)).shape == (1, 16)
    with pytest.raises(asyncio.CancelledError):
        await first
    await batcher.aclose()


async def test_closing_fails_what_waits_and_leaves_the_callers_embedder_open() -> None:
    embedder = HashEmbedder()
    embedder.gate.clear()
    batcher = BatchEmbedder(embedder, batch_size=1)
    work = asyncio.create_task(batcher.embed_batch(["a", "b", "c"]))
    await asyncio.wait_for(embedder.two_called.wait(), LIMIT_S)
    await asyncio.wait_for(batcher.aclose(), LIMIT_S)
    with pytest.raises(EmbedderError, match="closed"):
        await asyncio.wait_for(work, LIMIT_S)
    with pytest.raises(EmbedderError, match="closed"):
        await batcher.embed_text("a")
    with pytest.raises(EmbedderError, match="closed"):
        await batcher.start_background_processor()
    assert not embedder.closed


async def test_the_background_processor_starts_at_once_and_stats_say_so() -> None:
    batcher = BatchEmbedder(HashEmbedder())
    assert batcher.get_stats()["running"] is False
    await batcher.start_background_processor()
    await batcher.start_background_processor()
    assert batcher.get_stats()["running"] is True
    await batcher.aclose()


def test_one_batcher_serves_two_loops_one_after_the_other() -> None:
    batcher = BatchEmbedder(HashEmbedder())

    async def embed(text: str) -> int:
        return len(await batcher.embed_text(text))

    assert asyncio.run(embed("a")) == asyncio.run(embed("b")) == 16


async def test_a_sentence_transformer_object_is_taken() -> None:
    encoder = Encoder()
    batcher = BatchEmbedder(encoder)
    assert batcher.dim == 16
    vectors = await asyncio.wait_for(batcher.embed_batch(["a", "b"]), LIMIT_S)
    assert vectors.dtype == np.float32
    assert encoder.options["normalize_embeddings"] is True
    await batcher.aclose()


async def test_a_fault_of_the_given_model_is_one_sentence() -> None:
    batcher = BatchEmbedder(Encoder(RuntimeError("no memory")))
    with pytest.raises(EmbedderError, match="no memory"):
        await batcher.embed_text("a")
    await batcher.aclose()


@pytest.mark.parametrize(("batch_size", "cache_size"), [(0, 10), (-1, 10), (4, -1)])
def test_sizes_that_cannot_be_are_refused(batch_size: int, cache_size: int) -> None:
    with pytest.raises(UsageError):
        BatchEmbedder(HashEmbedder(), batch_size, cache_size)


def test_something_that_is_no_model_is_refused() -> None:
    with pytest.raises(UsageError, match="name of a model"):
        BatchEmbedder(object())  # type: ignore[arg-type]


async def test_it_works_on_the_real_embedder(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, embed_threads=1, inference_process="in_process")
    embedder = OnnxEmbedder(settings, tmp_path)
    batcher = BatchEmbedder(embedder)
    vectors = await asyncio.wait_for(batcher.embed_batch(["a heating boiler", "acorns"] * 40), LIMIT_S)
    assert vectors.shape == (80, 384)
    assert batcher.get_stats()["embedded"] == 2
    await batcher.aclose()
    await asyncio.wait_for(embedder.aclose(), LIMIT_S)
