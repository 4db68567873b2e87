"""The embedding worker's role and its batches, without a process around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EmbedderError, UsageError
from engine.search.embedding_onnx import plan_batches
from engine.search.embedding_worker import create_role
from resources import resource_path

CONFIG: dict[str, Any] = {"library": "onnx", "folder": str(resource_path("models", "all-minilm-l6-v2")), "threads": 1}


class _Reply:
    """What the host gives a role, cut to what this role uses; cancelled after so many batches."""

    def __init__(self, cancel_after: int = 1_000_000) -> None:
        self.n_progress = 0
        self._cancel_after = cancel_after

    def progress(self) -> None:
        self.n_progress += 1

    @property
    def cancelled(self) -> bool:
        return self.n_progress > self._cancel_after


@given(st.lists(st.integers(1, 256), max_size=80), st.integers(256, 4096))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], n_tokens: int) -> None:
    batches = list(plan_batches(lengths, n_tokens))
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(max(lengths[i] for i in batch) * len(batch) <= n_tokens for batch in batches)


def test_a_text_longer_than_the_budget_is_a_batch_of_its_own() -> None:
    assert list(plan_batches([10, 500, 10], 100)) == [[1], [0, 2]]


def test_load_says_what_the_vectors_are() -> None:
    role = create_role(CONFIG)
    answer = role.handle("load", {}, _Reply())  # type: ignore[arg-type]
    assert answer["dim"] == 384
    assert answer["model"].startswith("all-minilm-l6-v2-")
    role.close()


def test_embed_answers_float32_bytes_of_norm_1_and_reports_progress() -> None:
    reply = _Reply()
    texts = ["word " * 300] * 9
    answer = create_role(CONFIG).handle("embed", {"texts": texts}, reply)  # type: ignore[arg-type]
    vectors = np.frombuffer(answer["vectors"], "<f4").reshape(-1, answer["dim"])
    assert vectors.shape == (9, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert reply.n_progress == 3  # 9 texts of 256 tokens, 1,024 tokens at a time


def test_measured_lengths_are_tokens_and_change_no_vector() -> None:
    role, texts = create_role(CONFIG), ["boiler", "", "word " * 300, "boiler"]
    before = role.handle("embed", {"texts": texts}, _Reply())  # type: ignore[arg-type]
    assert role.handle("measure", {"texts": texts}, _Reply()) == {"lengths": [3, 2, 256, 3]}  # type: ignore[arg-type]
    assert role.handle("embed", {"texts": texts}, _Reply()) == before  # type: ignore[arg-type]


def test_a_cancelled_request_stops_at_the_next_batch() -> None:
    reply = _Reply(cancel_after=1)
    create_role(CONFIG).handle("embed", {"texts": ["word " * 300] * 40}, reply)  # type: ignore[arg-type]
    assert reply.n_progress == 2


def test_an_unknown_request_is_refused() -> None:
    with pytest.raises(UsageError, match="'fly'"):
        create_role(CONFIG).handle("fly", {}, _Reply())  # type: ignore[arg-type]


def test_a_missing_model_is_an_error_at_the_first_request_and_not_before(tmp_path: Path) -> None:
    role = create_role({**CONFIG, "folder": str(tmp_path)})
    with pytest.raises(EmbedderError, match=r"card\.json is missing"):
        role.handle("load", {}, _Reply())  # type: ignore[arg-type]


def test_the_reference_library_is_asked_for_by_name_and_says_when_it_is_missing() -> None:
    role = create_role({"library": "sentence-transformers", "name": "no/such-model"})
    with pytest.raises(EmbedderError, match="choose the embedder onnx"):
        role.handle("load", {}, _Reply())  # type: ignore[arg-type]
