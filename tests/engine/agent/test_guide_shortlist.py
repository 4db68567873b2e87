"""The first stage of the guide's choice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.agent.guide_grammar import GUIDE_TOOLS, guide_grammar
from engine.agent.guide_shortlist import N_BUCKETS, Shortlist, features, load_shortlist
from engine.search.embedding import DEFAULT_DIM
from resources import resource_path

VECTOR = np.eye(1, DEFAULT_DIM, dtype=np.float32)[0]


def _fitted(scores: list[float]) -> Shortlist:
    """A layer that says the same of every request."""
    weights = np.zeros((DEFAULT_DIM + N_BUCKETS, len(scores)), np.float32)
    return Shortlist("m", ("a", "b", "c")[: len(scores)], weights, np.array(scores, np.float32))


def test_the_likeliest_choices_come_first_and_unlikely_ones_are_left_out() -> None:
    assert _fitted([0.0, 2.0, -9.0]).pick("x", VECTOR) == ["b", "a"]
    assert _fitted([0.0, 9.0, 0.0]).pick("x", VECTOR) == ["b"]


@pytest.mark.parametrize("words", ["", "What?", "🙂", "x " * 5000, "\ud800"])
def test_any_words_have_features_of_the_same_size(words: str) -> None:
    found = features(words.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), VECTOR)
    assert found.shape == (DEFAULT_DIM + N_BUCKETS,)
    assert np.all(np.isfinite(found))


def test_without_a_file_there_is_no_shortlist(tmp_path: Path) -> None:
    assert load_shortlist(tmp_path / "none.npz") is None


def test_the_shipped_layer_knows_every_choice() -> None:
    path = resource_path("models", "guide_shortlist.npz")
    shipped = load_shortlist(path)
    assert shipped is not None
    assert shipped.tools == tuple(GUIDE_TOOLS)
    assert shipped.weights.shape == (DEFAULT_DIM + N_BUCKETS, len(GUIDE_TOOLS))
    assert path.stat().st_size < 200_000


def test_only_choices_of_the_shortlist_are_offered_unless_the_words_allow_none_of_them() -> None:
    root = guide_grammar("who pays?", (), ("search_documents", "help")).splitlines()[0]
    assert root == 'root ::= search | "help"'
    assert guide_grammar("who pays?", (), ("calculator",)) == guide_grammar("who pays?")
