"""Every kernel of this computer gives what the reference gives: the same rows and the same bits of the scores."""

from __future__ import annotations

import numpy as np
import pytest

import accel
from accel.columns import Columns, Filter, Weights
from accel.reference import quantise

NATIVE = accel.backends()[:-1]
REFERENCE = accel.create_kernels("numpy")
LANE_BORDERS = (0, 1, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129)


def make_columns(n: int, dim: int, rng: np.random.Generator) -> Columns:
    """Random columns with every kind of row that could go wrong: NaN, infinite, zero, denormal, equal."""
    x = rng.standard_normal((n, dim)).astype(np.float32)
    if n > 10:
        x[1], x[2], x[3], x[4] = np.nan, 0, 1e-42, np.inf
        x[8] = x[9]
    codes, scale = quantise(x)
    importance = rng.random(n).astype(np.float32)
    if n > 10:
        codes[6], scale[6] = 63, np.nan
        codes[7] = -63
        importance[5], importance[7] = np.nan, np.inf
    return Columns(
        codes=codes,
        scale=scale,
        importance=importance,
        last_use_s=rng.integers(-(2**31), 2**31 - 1, n).astype(np.int32),
        tags=rng.integers(0, 256, n).astype(np.uint32),
        owner=rng.integers(0, 3, n).astype(np.uint32),
    )


def random_filter(n: int, rng: np.random.Generator) -> Filter:
    mask = rng.integers(0, 2, n).astype(np.uint8) if rng.random() < 0.3 else None
    return Filter(int(rng.choice([0, 16, 48])), int(rng.choice([0, 64])), int(rng.choice([-1, 0, 1, 9])), mask)


def random_weights(rng: np.random.Generator) -> Weights:
    half_lives = (0.0, 300.0, 1800.0, 2.6e5, 8.6e5, 1e-9)
    now_s = int(rng.integers(0, 2**31 - 1))
    return Weights(float(rng.choice([0, 0.1])), float(rng.choice([0, 0.2])), now_s, half_lives)


def assert_same(got: tuple[np.ndarray, np.ndarray], expected: tuple[np.ndarray, np.ndarray]) -> None:
    assert np.array_equal(got[0], expected[0])
    assert np.array_equal(got[1].view(np.uint32), expected[1].view(np.uint32))


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.parametrize("n", LANE_BORDERS)
def test_scan_equals_the_reference_at_every_lane_border(name: str, n: int) -> None:
    rng = np.random.default_rng(n)
    kernels = accel.create_kernels(name)
    for dim in (16, 32, 48, 64, 80, 112, 128, 384, 1040):
        columns = make_columns(n, dim, rng)
        queries, scales = quantise(rng.standard_normal((int(rng.choice([1, 2, 8, 9])), dim)))
        wanted, weights, k = random_filter(n, rng), random_weights(rng), int(rng.choice([1, 3, 7, 63, 64]))
        expected = REFERENCE.scan(columns, queries, scales, k, wanted, weights)
        assert_same(kernels.scan(columns, queries, scales, k, wanted, weights), expected)


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.parametrize("n", LANE_BORDERS)
def test_self_join_equals_the_reference_at_every_lane_border(name: str, n: int) -> None:
    rng = np.random.default_rng(n)
    kernels = accel.create_kernels(name)
    for dim in (16, 80, 384):
        columns, wanted = make_columns(n, dim, rng), random_filter(n, rng)
        for threshold, max_pairs in ((-0.1, 10**6), (0.05, 10**6), (0.05, 10), (0.99, 1)):
            expected = REFERENCE.self_join(columns, threshold, wanted, max_pairs, None)
            assert_same(kernels.self_join(columns, threshold, wanted, max_pairs, None), expected)


@pytest.mark.parametrize("name", NATIVE)
def test_the_largest_dimension_with_the_largest_codes_does_not_overflow(name: str) -> None:
    codes = np.full((17, accel.MAX_DIM), 63, np.int8)
    codes[1::2] = -63
    ones = np.ones(17, np.float32)
    columns = Columns(codes, ones, ones, np.zeros(17, np.int32), np.zeros(17, np.uint32), np.zeros(17, np.uint32))
    got = accel.create_kernels(name).scan(columns, codes[:2], ones[:2], 17, Filter(), Weights())
    assert_same(got, REFERENCE.scan(columns, codes[:2], ones[:2], 17, Filter(), Weights()))
    assert got[1][0, 0] == 63 * 63 * accel.MAX_DIM


@pytest.mark.parametrize("name", NATIVE)
def test_a_filter_that_nothing_passes_gives_nothing(name: str) -> None:
    columns = make_columns(100, 64, np.random.default_rng(0))
    wanted = Filter(any_bits=1 << 20)
    rows, _ = accel.create_kernels(name).scan(columns, columns.codes[:2], columns.scale[:2], 5, wanted, Weights())
    pairs, _ = accel.create_kernels(name).self_join(columns, -1.0, wanted, 10, None)
    assert (rows == -1).all()
    assert len(pairs) == 0


@pytest.mark.parametrize("name", NATIVE)
def test_no_query_gives_no_result(name: str) -> None:
    columns = make_columns(20, 16, np.random.default_rng(0))
    rows, scores = accel.create_kernels(name).scan(
        columns, columns.codes[:0], columns.scale[:0], 5, Filter(), Weights()
    )
    assert rows.shape == scores.shape == (0, 5)
