"""What the reference itself promises; the kernels are then held to the reference."""

from __future__ import annotations

import math

import numpy as np
import pytest

import accel
from accel import reference
from accel.columns import Columns, Filter, Weights
from accel.reference import quantise


def make_columns(vectors: np.ndarray, **columns: np.ndarray) -> Columns:
    n = len(vectors)
    return Columns(
        *reference.encode(vectors),
        importance=columns.get("importance", np.zeros(n)).astype(np.float32),
        last_use_s=columns.get("last_use_s", np.zeros(n)).astype(np.int32),
        tags=columns.get("tags", np.zeros(n)).astype(np.uint32),
        owner=columns.get("owner", np.zeros(n)).astype(np.uint32),
        created_s=columns.get("created_s", np.zeros(n)).astype(np.int32),
    )


def unit_rows(n: int, dim: int, seed: int = 0) -> np.ndarray:
    x = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_codes_stay_within_seven_bits_and_give_the_vector_back() -> None:
    x = unit_rows(50, 384)
    codes, scale = quantise(x)
    assert codes.min() >= -63
    assert codes.max() <= 63
    assert np.abs(codes * scale[:, None] - x).max() <= scale.max() / 2 + 1e-7


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, 1e-42])
def test_a_row_without_a_direction_has_codes_and_scale_zero(value: float) -> None:
    x = np.zeros((1, 16), np.float32)
    x[0, 3] = value
    codes, scale = quantise(x)
    assert not codes.any()
    assert scale[0] == 0


def test_decay_halves_per_half_life() -> None:
    ages = np.array([0, 300, 600, 3000], np.int32)
    got = reference.decay(ages, np.full(4, 1 / 300, np.float32))
    assert np.allclose(got, [1, 0.5, 0.25, 2.0**-10], rtol=1e-6)


def test_decay_of_a_very_old_row_is_tiny_and_not_zero_or_nan() -> None:
    got = reference.decay(np.array([2**31 - 1], np.int32), np.array([1.0], np.float32))
    assert 0 < got[0] < 1e-29


def test_the_nearest_row_comes_first_and_missing_hits_are_minus_one() -> None:
    x = unit_rows(3, 32)
    rows, scores = reference.scan(make_columns(x), *quantise(x[1:2]), 5)
    assert rows[0, 0] == 1
    assert math.isclose(scores[0, 0], 1, abs_tol=0.02)
    assert list(rows[0, 3:]) == [-1, -1]
    assert np.isneginf(scores[0, 3:]).all()


def test_equal_scores_come_in_row_order() -> None:
    x = np.repeat(unit_rows(1, 32), 40, axis=0)
    rows, _ = reference.scan(make_columns(x), *quantise(x[:1]), 7)
    assert list(rows[0]) == [0, 1, 2, 3, 4, 5, 6]


def test_weights_can_lift_a_less_similar_row() -> None:
    x = unit_rows(2, 64)
    columns = make_columns(x, importance=np.array([0.0, 1.0]))
    rows, _ = reference.scan(columns, *quantise(x[:1]), 1, Filter(), Weights(importance=5.0))
    assert rows[0, 0] == 1


def test_recency_uses_the_half_life_of_the_rows_own_tier() -> None:
    x = np.repeat(unit_rows(1, 32), 2, axis=0)
    columns = make_columns(x, tags=np.array([1, 2]))
    weights = Weights(recency=1.0, now_s=1000, half_lives_s=(0.0, 100.0, 1000.0))
    rows, scores = reference.scan(columns, *quantise(x[:1]), 2, Filter(), weights)
    assert list(rows[0]) == [1, 0]
    assert math.isclose(scores[0, 0] - scores[0, 1], 0.5 - 2.0**-10, abs_tol=1e-4)


def test_a_use_in_the_future_counts_as_now() -> None:
    x = np.repeat(unit_rows(1, 32), 2, axis=0)
    columns = make_columns(x, last_use_s=np.array([500, 2_000_000_000]))
    _, scores = reference.scan(columns, *quantise(x[:1]), 2, Filter(), Weights(recency=1.0, now_s=500))
    assert scores[0, 0] == scores[0, 1]


def test_filters_leave_out_what_does_not_pass() -> None:
    x = np.repeat(unit_rows(1, 32), 5, axis=0)
    columns = make_columns(x, tags=np.array([16, 32, 16 | 64, 16, 16]), owner=np.array([0, 0, 0, 7, 8]))
    mask = np.array([1, 1, 1, 1, 1], np.uint8)
    wanted = Filter(any_bits=16, no_bits=64, owner=7, mask=mask)
    rows, _ = reference.scan(columns, *quantise(x[:1]), 5, wanted)
    assert list(rows[0]) == [0, 3, -1, -1, -1]


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (Filter(), [0, 1, 2, 3, 4]),
        (Filter(tiers=0b00110), [1, 2]),
        (Filter(tiers=0), []),
        (Filter(all_bits=16 | 32), [2, 4]),
        (Filter(all_bits=16 | 32, no_bits=64), [2]),
        (Filter(created_from_s=10, created_until_s=30), [1, 2, 3]),
        (Filter(created_until_s=-1), []),
        (Filter(created_from_s=40), [4]),
        (Filter(tiers=0b11100, any_bits=32, created_from_s=20), [2, 4]),
    ],
)
def test_tiers_bits_and_time_are_conditions_that_all_must_hold(wanted: Filter, rows: list[int]) -> None:
    x = np.repeat(unit_rows(1, 32), 5, axis=0)
    tags = np.arange(5) | np.array([0, 16, 48, 16, 112])
    columns = make_columns(x, tags=tags, created_s=np.array([0, 10, 20, 30, 40]))
    found = reference.scan(columns, *quantise(x[:1]), 5, wanted)[0][0]
    assert [row for row in found if row >= 0] == rows


def test_a_row_whose_score_is_nan_is_never_a_result() -> None:
    x = unit_rows(2, 32)
    columns = make_columns(x, importance=np.array([np.nan, 0.5]))
    rows, _ = reference.scan(columns, *quantise(x[:1]), 2, Filter(), Weights(importance=1.0))
    assert list(rows[0]) == [1, -1]


def test_self_join_finds_each_pair_once_in_row_order() -> None:
    x = unit_rows(300, 96)
    x[299] = x[3]
    x[150] = x[3]
    pairs, similarity = reference.self_join(make_columns(x), 0.95)
    assert pairs.tolist() == [[3, 150], [3, 299], [150, 299]]
    assert np.allclose(similarity, 1, atol=0.03)


def test_search_orders_by_the_float32_vectors_and_gives_their_dot_products() -> None:
    x = unit_rows(2000, 384)
    queries = unit_rows(5, 384, seed=1)
    found = reference.search(make_columns(x), x, queries, 10)
    for i, query in enumerate(queries):
        exact = x @ query
        assert list(found.rows[i]) == list(np.argsort(-exact, kind="stable")[:10])
        assert np.allclose(found.similarities[i], exact[found.rows[i]], atol=1e-6)
        assert np.array_equal(found.scores[i], found.similarities[i])


def test_search_adds_the_weights_to_the_exact_similarity_and_terms_tell_them_apart() -> None:
    x = unit_rows(20, 32)
    columns = make_columns(x, importance=np.linspace(0, 1, 20), last_use_s=np.arange(20), tags=np.ones(20))
    weights = Weights(importance=0.5, recency=0.25, now_s=20, half_lives_s=(0.0, 7.0))
    found = reference.search(columns, x, x[3:4], 20, Filter(), weights)
    of_importance, of_recency = reference.terms(columns.at(found.rows[0]), weights)
    assert np.allclose(found.scores[0], found.similarities[0] + of_importance + of_recency, atol=1e-6)
    assert np.allclose(of_recency, 0.25 * 0.5 ** ((20 - found.rows[0]) / 7), atol=1e-6)


def test_search_of_rows_and_queries_without_a_direction_goes_by_the_weights() -> None:
    x = unit_rows(6, 32)
    x[1], x[2], x[3] = np.nan, 0, 1e-42
    columns = make_columns(x, importance=np.arange(6) / 10)
    found = reference.search(columns, x, np.full((1, 32), np.nan, np.float32), 6, Filter(), Weights(importance=1.0))
    assert list(found.rows[0]) == [5, 4, 3, 2, 1, 0]
    assert not found.similarities.any()


def test_search_with_fewer_rows_than_k_fills_up_with_nothing() -> None:
    x = unit_rows(2, 32)
    found = reference.search(make_columns(x), x, x[:1], 4)
    assert list(found.rows[0][2:]) == [-1, -1]
    assert np.isneginf(found.scores[0][2:]).all()


def test_self_join_with_vectors_finds_exactly_the_pairs_of_float32() -> None:
    base = unit_rows(40, 384)
    x = np.repeat(base, 8, axis=0) + 0.6 * unit_rows(320, 384, seed=1)
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    exact = x @ x.T
    expected = [(i, j) for i, j in np.argwhere(np.triu(exact >= 0.72, 1)).tolist()]
    pairs, similarity = reference.self_join(make_columns(x), 0.72, vectors=x)
    assert len(expected) > 100
    assert [tuple(pair) for pair in pairs.tolist()] == expected
    assert np.allclose(similarity, [exact[i, j] for i, j in expected], atol=1e-6)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda c: setattr(c, "coarse", c.coarse[:, :15]), "multiple of 32"),
        (lambda c: setattr(c, "fine", c.fine[:, :8]), "fine"),
        (lambda c: setattr(c, "reach", c.reach[:2]), "reach"),
        (lambda c: setattr(c, "scale", c.scale[:2]), "scale"),
        (lambda c: setattr(c, "tags", c.tags.astype(np.int32)), "tags"),
        (lambda c: setattr(c, "coarse", np.asfortranarray(c.coarse)), "contiguous"),
        (lambda c: setattr(c, "coarse", c.coarse[0]), "two dimensions"),
    ],
)
@pytest.mark.parametrize("name", accel.backends())
def test_columns_that_do_not_fit_are_refused_by_every_backend(change, word: str, name: str) -> None:
    columns = make_columns(unit_rows(5, 32))
    change(columns)
    with pytest.raises(ValueError, match=word):
        accel.create_kernels(name).self_join(columns, 0.5, Filter(), 10, None)


@pytest.mark.parametrize("k", [0, 65, -1])
def test_k_beyond_its_range_is_refused(k: int) -> None:
    x = unit_rows(5, 32)
    with pytest.raises(ValueError, match="k must be"):
        accel.scan(make_columns(x), *quantise(x[:1]), k)


@pytest.mark.parametrize("wrong", [{"owner": -2}, {"any_bits": 2**32}, {"tiers": -1}, {"created_from_s": 2**31}])
def test_a_filter_that_the_kernels_cannot_hold_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Filter(**wrong)


def test_a_filter_by_time_without_the_column_is_refused() -> None:
    x = unit_rows(5, 32)
    columns = make_columns(x)
    columns.created_s = None
    with pytest.raises(ValueError, match="created_s"):
        accel.scan(columns, *quantise(x[:1]), 1, Filter(created_from_s=1))


@pytest.mark.parametrize("name", accel.backends())
def test_vectors_that_do_not_fit_are_refused(name: str) -> None:
    x = unit_rows(5, 32)
    kernels = accel.create_kernels(name)
    for wrong in (x[:4], x[:, :16], x.astype(np.float64)):
        with pytest.raises(ValueError, match="vectors"):
            kernels.search(make_columns(x), wrong, x[:1], 1, Filter(), Weights())
        with pytest.raises(ValueError, match="vectors"):
            kernels.self_join(make_columns(x), 0.5, Filter(), 10, wrong)
    with pytest.raises(ValueError, match="queries"):
        kernels.search(make_columns(x), x, x[:1].astype(np.float64), 1, Filter(), Weights())


def test_queries_of_another_dimension_are_refused() -> None:
    columns = make_columns(unit_rows(5, 32))
    with pytest.raises(ValueError, match="queries"):
        accel.scan(columns, *quantise(unit_rows(1, 64)), 3)


@pytest.mark.parametrize("name", accel.backends())
@pytest.mark.parametrize("shape", [(3, 48), (3, 0), (3, 4128), (32,)])
def test_vectors_that_cannot_be_scanned_are_not_encoded(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="dim"):
        accel.create_kernels(name).encode(np.zeros(shape, np.float32))
