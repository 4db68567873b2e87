"""The script that makes the model file. Its parts need `onnx`, its whole the published weights."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from engine.search.embedding_onnx import OnnxModel
from resources import resource_path

FOLDER = resource_path("models", "all-minilm-l6-v2")


@pytest.fixture(scope="module")
def build() -> ModuleType:
    pytest.importorskip("onnx", reason="the build script needs onnx")
    from embedding_model import build as module

    return module


@pytest.fixture(scope="module")
def weights(build: Any) -> Path:
    folder: Path | None = build.find_weights()
    if folder is None:
        pytest.skip("the published weights are not installed (see packaging/embedding_model/README.md)")
    return folder


def _sentences(count: int) -> list[str]:
    people = ["my sister", "the landlord", "a bird", "the council", "every second reader", "Dr. Okafor", "nobody", "I"]
    deeds = ["signed", "hid", "measured", "paid for", "forgot", "translated", "repaired", "argued about", "found"]
    things = ["the lease", "four acorns", "a broken boiler", "section 12 (b)", "the invoice of 1,240 euros", "a map"]
    times = ["in May", "before breakfast", "on 3 October 2019", "when it rained", "twice", "without asking anybody"]
    rng = np.random.default_rng(7)
    parts = [[group[i] for i in rng.integers(0, len(group), count)] for group in (people, deeds, things, times)]
    return [f"{n % 97} {' '.join(words)}." for n, words in enumerate(zip(*parts, strict=True))]


def test_quantised_values_are_within_half_a_step(build: Any) -> None:
    rng = np.random.default_rng(1)
    blocks = rng.normal(size=(6, 32, 5)).astype(np.float32) * np.float32([1e-3, 1, 50, 1, 0, 7])[:, None, None]
    values, scales = build.quantise(blocks, axis=1)
    step = scales.astype(np.float32)
    # Half a step, and the half of the last place by which an f16 scale may be too small for the largest value.
    assert (np.abs(values * step - blocks) <= 0.5 * step + np.abs(blocks) * 2**-10).all()


def test_rebuilding_gives_the_shipped_bytes(build: Any, weights: Path, tmp_path: Path) -> None:
    card = build.write_folder(weights, tmp_path)
    assert card == json.loads((FOLDER / "card.json").read_text())


@pytest.mark.timeout(240)
def test_a_thousand_sentences_are_as_in_float32(build: Any, weights: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((weights / "tokenizer.json").read_bytes())
    tensors = build.load_safetensors(weights / "model.safetensors")
    (tmp_path / "model.onnx").write_bytes(build.build_model(tensors, quantised=False))
    card = build.create_card(tmp_path, ["model.onnx", "tokenizer.json"])
    (tmp_path / "card.json").write_text(json.dumps(card))
    sentences = _sentences(1000)
    assert len(set(sentences)) >= 950
    cosines = (OnnxModel(FOLDER).embed(sentences) * OnnxModel(tmp_path).embed(sentences)).sum(axis=1)
    assert cosines.min() >= 0.9992
