"""Sampler settings of a role and of a chat are checked, and the narrower one wins."""

from __future__ import annotations

import pytest

from engine.errors import UnknownNameError, UsageError
from engine.llm.backend import Sampling
from engine.llm.sampler_settings import apply_sampling, check_sampling


def test_the_last_layer_wins_and_the_rest_stays() -> None:
    base = Sampling(temperature=0.7, max_tokens=99, stop=("x",))
    sampling = apply_sampling(base, {"temperature": 0.2, "top_k": 5}, {"temperature": 1.5}, {})
    assert sampling == Sampling(temperature=1.5, max_tokens=99, stop=("x",), top_k=5)


@pytest.mark.parametrize(
    "values",
    [{"temperature": 9}, {"top_p": "much"}, {"top_k": 2.5}, {"max_tokens": 0}, {"min_p": True}, {"seed": -1},
     {"temperature": float("nan")}],
)  # fmt: skip
def test_a_value_that_it_cannot_have_is_a_sentence_with_its_range(values: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="from"):
        check_sampling(values)


def test_a_setting_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownNameError, match="temperature"):
        check_sampling({"temperatur": 1})
