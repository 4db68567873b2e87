"""Cases for the kernels: everything that could go wrong with rows, filters, weights and sizes.

The reference says what must come out. The tests run them through the compiled module; `write_cases` puts
them into a file for run_cases.cpp, which runs them without Python, under sanitizers or on another processor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from accel import reference
from accel.columns import ALL_TIERS, MAX_DIM, Columns, Filter, Weights

LANE_BORDERS = (0, 1, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 160)
DIMS = (32, 64, 96, 160, 224, 384, 544, 1056)
KS = (1, 2, 3, 7, 10, 33, 63, 64)
SECOND = (-(2**31), 2**31 - 1)


@dataclass(frozen=True)
class Case:
    """One call of everything."""

    columns: Columns
    vectors: np.ndarray
    queries: np.ndarray
    k: int
    wanted: Filter
    weights: Weights
    threshold: float
    max_pairs: int


def all_cases() -> Iterator[Case]:
    """Every lane border in every dimension, and the extremes."""
    rng = np.random.default_rng(0)
    for n in LANE_BORDERS:
        for dim in DIMS:
            yield random_case(n, dim, rng)
    yield extreme_case()
    yield nothing_passes(rng)


def random_case(n: int, dim: int, rng: np.random.Generator) -> Case:
    """Random columns with every kind of row that could go wrong: NaN, infinite, zero, denormal, tiny, equal."""
    vectors = awkward_vectors(n, dim, rng)
    return Case(
        columns=awkward_columns(vectors, rng),
        vectors=vectors,
        queries=awkward_queries(int(rng.choice([1, 2, 4, 5, 9, 66])), dim, rng),
        k=int(rng.choice(KS)),
        wanted=random_filter(n, rng),
        weights=random_weights(rng),
        threshold=float(rng.choice([-0.5, 0.05, 0.3, 0.99])),
        max_pairs=int(rng.choice([1, 10, 10**6])),
    )


def extreme_case() -> Case:
    """The largest dimension with the largest codes: where a product could overflow."""
    vectors = np.ones((17, MAX_DIM), np.float32)
    vectors[1::2] = -1
    rows, zeros = reference.encode(vectors), np.zeros(17, np.uint32)
    columns = Columns(*rows, rows.scale, zeros.astype(np.int32), zeros, zeros, zeros.astype(np.int32))
    return Case(columns, vectors, vectors[:2].copy(), 17, Filter(), Weights(), 1.0, 1000)


def nothing_passes(rng: np.random.Generator) -> Case:
    """A filter that no row of a full block and a tail passes."""
    case = random_case(100, 64, rng)
    return Case(case.columns, case.vectors, case.queries, 5, Filter(any_bits=1 << 20), case.weights, -1.0, 10)


def awkward_vectors(n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    x = rng.standard_normal((n, dim)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True) + 1e-9
    for row, value in ((1, np.nan), (2, 0), (3, 1e-42), (4, np.inf), (5, -np.inf)):
        if n > row + 1:
            x[row, :: int(rng.integers(1, 4))] = value
    if n > 14:
        x[3] = 1e-42
        x[6] *= 1e-20
        x[7, ::2] = 1e-41
        x[8] = x[9] = x[14]
    return x


def awkward_queries(n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    queries = rng.standard_normal((n, dim)).astype(np.float32)
    if n > 4:
        queries[1, 3], queries[2], queries[3] = np.nan, 0, queries[3] * np.float32(1e-22)
    return queries


def awkward_columns(vectors: np.ndarray, rng: np.random.Generator) -> Columns:
    n = len(vectors)
    codes, scale = reference.quantise(vectors)
    importance = rng.random(n).astype(np.float32)
    if n > 14:
        codes[10], scale[10] = 63, np.nan
        codes[11], scale[11] = -63, np.inf
        importance[12], importance[13] = np.nan, np.inf
    return Columns(
        *reference.pack(codes, scale),
        importance=importance,
        last_use_s=rng.integers(*SECOND, n).astype(np.int32),
        tags=rng.integers(0, 256, n).astype(np.uint32) | (rng.integers(0, 2, n) << 31).astype(np.uint32),
        owner=rng.choice([0, 1, 2, 2**32 - 1], n).astype(np.uint32),
        created_s=rng.integers(*SECOND, n).astype(np.int32),
    )


def random_filter(n: int, rng: np.random.Generator) -> Filter:
    times = [SECOND, (0, SECOND[1]), (SECOND[0], 0), (-(10**9), 10**9), (5, 4)]
    created_from_s, created_until_s = times[rng.choice(5, p=[0.6, 0.1, 0.1, 0.15, 0.05])]
    return Filter(
        any_bits=int(rng.choice([0, 0, 16, 48, 1 << 31])),
        no_bits=int(rng.choice([0, 0, 64])),
        owner=int(rng.choice([-1, -1, -1, 0, 1, 9, 2**32 - 1])),
        mask=rng.integers(0, 2, n).astype(np.uint8) if rng.random() < 0.3 else None,
        all_bits=int(rng.choice([0, 0, 0, 0, 128])),
        tiers=int(rng.choice([ALL_TIERS, ALL_TIERS, ALL_TIERS, 0b11110, 0x8001])),
        created_from_s=created_from_s,
        created_until_s=created_until_s,
    )


def random_weights(rng: np.random.Generator) -> Weights:
    half_lives = (0.0, 300.0, 1800.0, 2.6e5, 8.6e5, 1e-9)
    now_s = int(rng.integers(0, SECOND[1]))
    return Weights(float(rng.choice([0, 0.1])), float(rng.choice([0, 0.2])), now_s, half_lives)


def write_cases(path: Path) -> int:
    """Write all cases with what the reference makes of them, in the order that run_cases.cpp reads.

    Returns:
        How many.
    """
    n_cases = 0
    with path.open("wb") as file:
        for case in all_cases():
            for array in _arrays(case):
                file.write(np.ascontiguousarray(array).tobytes())
            n_cases += 1
    return n_cases


def _arrays(case: Case) -> Iterator[np.ndarray]:
    c, f, w = case.columns, case.wanted, case.weights
    query_codes, query_scales = reference.quantise(case.queries)
    scanned = reference.scan(c, query_codes, query_scales, case.k, f, w)
    found = reference.search(c, case.vectors, case.queries, case.k, f, w)
    pairs = reference.self_join(c, case.threshold, f, case.max_pairs)
    exact_pairs = reference.self_join(c, case.threshold, f, case.max_pairs, case.vectors)
    yield np.array(
        [
            len(c.scale), c.dim, len(case.queries), case.k, f.any_bits, f.no_bits, f.owner, f.mask is not None,
            f.all_bits, f.tiers, f.created_from_s, f.created_until_s, f.by_time, w.now_s, case.max_pairs,
            len(pairs[0]), len(exact_pairs[0]),
        ],
        np.int64,
    )  # fmt: skip
    yield np.array([w.importance, w.recency, case.threshold, *w.rates()], np.float32)
    yield from (c.coarse, c.fine, c.reach, c.scale, c.importance, c.last_use_s, c.tags, c.owner, c.created_s)
    yield from () if f.mask is None else (f.mask,)
    yield from (case.vectors, case.queries)
    yield from (*reference.encode(case.vectors), query_codes, query_scales)
    yield from (*scanned, *found, *pairs, *exact_pairs)
