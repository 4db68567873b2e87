"""Embedders over a real worker process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import EmbedderError
from engine.search.embedding import (
    OnnxEmbedder,
    SentenceTransformerEmbedder,
    clean_text,
    create_embedder,
    create_embedder_by_name,
)
from engine.settings import Settings

LIMIT_S = 45.0
PASSAGE = "The tenant pays for repairs below one hundred euros, the landlord for all others. " * 12


def _settings(data_dir: Path, **values: object) -> Settings:
    return Settings(data_dir=data_dir, embed_threads=1, **values)  # type: ignore[arg-type]


@pytest.fixture
async def embedder(tmp_path: Path) -> AsyncIterator[OnnxEmbedder]:
    made = OnnxEmbedder(_settings(tmp_path), tmp_path)
    yield made
    await asyncio.wait_for(made.aclose(), LIMIT_S)


async def test_texts_come_back_as_vectors_in_their_order(embedder: OnnxEmbedder) -> None:
    texts = ["a heating boiler", PASSAGE, "three acorns", "the heater in the cellar"] * 5
    vectors = await asyncio.wait_for(embedder.embed(texts), LIMIT_S)
    assert vectors.shape == (20, embedder.dim)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[:4], vectors[16:], atol=1e-5)
    assert vectors[0] @ vectors[3] > vectors[0] @ vectors[2]
    assert (await embedder.embed([])).shape == (0, embedder.dim)


async def test_a_query_overtakes_bulk_work(embedder: OnnxEmbedder) -> None:
    await asyncio.wait_for(embedder.warm_up(), LIMIT_S)
    bulk = asyncio.create_task(embedder.embed([PASSAGE] * 32))
    await asyncio.sleep(0)  # lets the bulk send its first slices
    query = await asyncio.wait_for(embedder.embed(["boiler?"], urgent=True), LIMIT_S)
    assert query.shape == (1, 384)
    assert not bulk.done()
    assert (await asyncio.wait_for(bulk, LIMIT_S)).shape == (32, 384)


async def test_cancelled_bulk_work_leaves_the_embedder_usable(embedder: OnnxEmbedder) -> None:
    await asyncio.wait_for(embedder.warm_up(), LIMIT_S)
    bulk = asyncio.create_task(embedder.embed([PASSAGE] * 40))
    await asyncio.sleep(0)
    bulk.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bulk
    assert (await asyncio.wait_for(embedder.embed(["after"]), LIMIT_S)).shape == (1, 384)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
async def test_bulk_work_survives_a_killed_worker(embedder: OnnxEmbedder) -> None:
    await asyncio.wait_for(embedder.warm_up(), LIMIT_S)
    bulk = asyncio.create_task(embedder.embed([PASSAGE] * 8))
    await asyncio.sleep(0)
    assert embedder.pid is not None
    os.kill(embedder.pid, signal.SIGKILL)
    vectors = await asyncio.wait_for(bulk, LIMIT_S)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


async def test_release_ends_the_process_and_the_next_text_starts_it_again(embedder: OnnxEmbedder) -> None:
    before = await asyncio.wait_for(embedder.embed(["boiler"]), LIMIT_S)
    assert await asyncio.wait_for(embedder.release(), LIMIT_S)
    assert embedder.pid is None
    assert not await embedder.release()
    after = await asyncio.wait_for(embedder.embed(["boiler"]), LIMIT_S)
    assert np.allclose(before, after, atol=1e-6)


async def test_release_leaves_a_busy_worker_alone(embedder: OnnxEmbedder) -> None:
    work = asyncio.create_task(embedder.embed(["boiler"]))
    await asyncio.sleep(0)
    assert not await embedder.release()
    await asyncio.wait_for(work, LIMIT_S)


async def test_half_characters_and_endless_texts_are_embedded(tmp_path: Path) -> None:
    embedder = OnnxEmbedder(_settings(tmp_path, inference_process="in_process"), tmp_path)
    vectors = await asyncio.wait_for(embedder.embed(["\ud83d half a smile", "y" * 5_000_000, "\x00"]), LIMIT_S)
    assert np.isfinite(vectors).all()
    await asyncio.wait_for(embedder.aclose(), LIMIT_S)


async def test_a_missing_model_folder_says_so_when_texts_come(tmp_path: Path) -> None:
    embedder = OnnxEmbedder(_settings(tmp_path), tmp_path, folder=tmp_path / "nowhere")
    assert "install Scrubjay again" in embedder.problem
    with pytest.raises(EmbedderError, match="by words alone"):
        await embedder.embed(["boiler"])
    await embedder.aclose()


async def test_a_closed_embedder_refuses(embedder: OnnxEmbedder) -> None:
    await embedder.aclose()
    with pytest.raises(EmbedderError, match="closed"):
        await embedder.embed(["boiler"])


def test_the_setting_chooses_the_embedder(tmp_path: Path) -> None:
    assert create_embedder(_settings(tmp_path, embedder="none"), tmp_path) is None
    assert isinstance(create_embedder(_settings(tmp_path), tmp_path), OnnxEmbedder)
    made = create_embedder(_settings(tmp_path, embedder="sentence-transformers"), tmp_path)
    assert isinstance(made, SentenceTransformerEmbedder)


def test_names_lead_to_embedders() -> None:
    assert isinstance(create_embedder_by_name("all-MiniLM-L6-v2"), OnnxEmbedder)
    assert isinstance(create_embedder_by_name("sentence-transformers"), SentenceTransformerEmbedder)
    assert create_embedder_by_name("some/model").model == "sentence-transformers:some/model"


async def test_the_reference_embedder_says_what_is_missing(tmp_path: Path) -> None:
    settings = _settings(tmp_path, inference_process="in_process")
    embedder = SentenceTransformerEmbedder(settings, tmp_path, name="no/such-model")
    with pytest.raises(EmbedderError, match="choose the embedder onnx"):
        await asyncio.wait_for(embedder.embed(["boiler"]), LIMIT_S)
    await asyncio.wait_for(embedder.aclose(), LIMIT_S)


def test_importing_the_embedders_loads_no_heavy_library() -> None:
    # In a process of its own: other tests of this one have loaded them.
    heavy = "{'torch', 'onnxruntime', 'tokenizers'}"
    code = f"import sys, engine.search.embedding_batch; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT_S, check=True)
    assert done.stdout.strip() == "[]"


def test_clean_text_keeps_ordinary_text() -> None:
    assert clean_text("Grüße, 世界 😀") == "Grüße, 世界 😀"
