"""The memory scan in NumPy: the contract that every kernel is held to, and what runs without them.

One pass over columns filters, multiplies, weighs and keeps the best k. A library that returns "the
nearest 50" and leaves filter and weights to its caller finds 48-86 % of the true result; here the result
is exact, because the weights are part of the score that the top-k is taken of.

The contract, to the last bit:

- *Codes* are 7-bit integers, −63…63, one f32 scale per row: `x ≈ code · scale`. Seven bits, because the
  AVX2 instruction that multiplies bytes (`maddubs`) adds two products in 16 bits and saturates with
  eight; so every instruction set gets the same integers. A row that holds NaN, infinity or nothing but
  zeros (or denormals) has codes 0 and scale 0: it is found by its importance alone.
- Rows are kept as two planes of half a byte per code (`Encoded`). That changes no result: a kernel may leave the fine
  plane of a row unread where `reach` shows that the row cannot be among the best, and reads half as much.
- The dot product is an exact integer, at most 63² · 4096 < 2²⁴, hence exact in f32 too, in any order.
- `score = f32(dot) · (query_scale · scale) + boost`, `boost = 0 + w_i · importance + w_r · decay(age)`,
  evaluated in f32 in this order and never contracted to a fused multiply-add. A weight of exactly 0
  leaves its term out, so that a NaN in an unused column does no harm.
- `decay(age) = 2^(−age / half_life)` with the half-life of the row's tier (the low four bits of its tags;
  0 is no decay), never less than 2^−100, by the polynomial `DECAY_POLYNOMIAL` and not by the C library,
  whose last bit differs.
- A row passes the filter if it has one of `any_bits` (0: no such condition), all of `all_bits`, none of
  `no_bits`, is of one of the `tiers`, was created from `created_from_s` to `created_until_s`, belongs to `owner`
  or to nobody (owner 0) unless `owner` is −1, and its byte in `mask` is not 0 (None: all pass).
- Result of `scan`: the k best that pass, best first, equal scores in row order. A NaN score is never a result.
- `search` takes the 4 k best of `scan` and scores them again with their float32 vectors:
  `score = dot(vector, query) + boost`, the boost as above. `dot` adds products into 16 lanes in the order of
  the dimensions and then the lanes pairwise (`exact_dots`), so that it too is the same on every path. A row or
  a query of scale 0 has no direction: its dot product is 0 whatever its vector holds.
- `self_join` with vectors takes the pairs whose codes come within `JOIN_MARGIN · (scale + scale)` of the
  threshold and decides by `dot`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from accel.columns import (
    ALL_TIERS,
    MAX_CODE,
    N_LANES,
    NO_FILTER,
    NO_WEIGHTS,
    RESCORED_PER_HIT,
    TIER_BITS,
    Bytes,
    Columns,
    Encoded,
    Filter,
    Floats,
    Found,
    Int8s,
    Int32s,
    Weights,
    empty_found,
)

# 2^f on (−1, 0], highest power first; error below 1.5e-7, one bit of a float32. From a least-squares fit
# of the relative error in 400 Chebyshev nodes with the last coefficient held at 1; the kernels carry the
# same six numbers, and a change here without them makes their scores differ from the contract.
DECAY_POLYNOMIAL: tuple[float, ...] = (
    0.0009435108513571322,
    0.009202176705002785,
    0.05529404059052467,
    0.2401788979768753,
    0.6931435465812683,
    1.0,
)

# Exponent of the smallest decay. Weights times it must stay normal numbers: arithmetic with denormal ones takes a
# hundred times as long, and most rows of a memory are old.
_OLDEST = np.float32(-100.0)

# Rounding to codes errs by scale/√12 per dimension, so the dot product of two rows of L2 norm 1 by
# √(scale² + scale²)/√12; this is five times that, or more. Smaller loses pairs, larger costs exact products.
JOIN_MARGIN = np.float32(1.5)

_SMALLEST_MAXIMUM = np.float32(1e-30)
_CODE_OFFSET, _FINE_BITS = 64, np.uint8(3)
_BLOCK_ROWS = 8192
_BAND_ROWS = 256


def quantise(vectors: npt.NDArray[np.floating]) -> tuple[Int8s, Floats]:
    """Codes and scales of the rows.

    Args:
        vectors: (n, dim), any floating type.

    Returns:
        (n, dim) int8 in −63…63 and (n,) float32.
    """
    x = np.ascontiguousarray(vectors, dtype=np.float32)
    with np.errstate(invalid="ignore"):
        largest = np.abs(x).max(axis=1, initial=0.0)
        usable = np.isfinite(largest) & (largest > _SMALLEST_MAXIMUM)
    divisor = np.where(usable, largest, np.float32(1.0))
    filled = np.where(usable[:, None], x, np.float32(0.0))
    codes = np.rint(filled * (np.float32(MAX_CODE) / divisor)[:, None])
    codes = np.clip(codes, -MAX_CODE, MAX_CODE).astype(np.int8)
    scale = np.where(usable, divisor / np.float32(MAX_CODE), np.float32(0.0)).astype(np.float32)
    return codes, scale


def pack(codes: Int8s, scale: Floats) -> Encoded:
    """The planes of these codes.

    Args:
        codes: (n, dim) int8 in −63…63, dim even; scale: (n,) float32.
    """
    positive = (codes + np.int8(_CODE_OFFSET)).view(np.uint8)
    coarse, fine = positive >> _FINE_BITS, positive & np.uint8((1 << _FINE_BITS) - 1)
    twice = 2 * fine.view(np.int8) - np.int8(7)
    square = np.einsum("ij,ij->i", twice, twice, dtype=np.int32)
    reach = np.ceil(np.sqrt(np.ceil(square / 4))).astype(np.uint8)
    return Encoded(_halves(coarse), _halves(fine), reach, scale)


def _halves(parts: Bytes) -> Bytes:
    width = parts.shape[1] // 2
    return parts[:, :width] | parts[:, width:] << np.uint8(4)


def encode(vectors: npt.NDArray[np.floating]) -> Encoded:
    """The rows of a scan. Args: vectors: (n, dim), any floating type, dim even."""
    return pack(*quantise(vectors))


def unpack(columns: Columns | Encoded) -> Int8s:
    """(n, dim) int8, the codes that these planes hold."""
    coarse, fine = columns.coarse, columns.fine
    low = ((coarse & np.uint8(15)) << _FINE_BITS) + (fine & np.uint8(15))
    high = ((coarse >> np.uint8(4)) << _FINE_BITS) + (fine >> np.uint8(4))
    codes: Int8s = np.concatenate([low, high], axis=1).view(np.int8) - np.int8(_CODE_OFFSET)
    return codes


def decay(age_s: Int32s, rate: Floats) -> Floats:
    """2^(−age · rate) in float32, bit for bit what the kernels compute."""
    y = np.maximum(-(age_s.astype(np.float32) * rate), _OLDEST)
    whole = y.astype(np.int32)
    fraction = y - whole.astype(np.float32)
    power = np.full_like(y, DECAY_POLYNOMIAL[0])
    for coefficient in DECAY_POLYNOMIAL[1:]:
        power = power * fraction + np.float32(coefficient)
    scale = ((whole + np.int32(127)) << np.int32(23)).view(np.float32)
    result: Floats = power * scale
    return result


def passing(columns: Columns, wanted: Filter) -> npt.NDArray[np.bool_]:
    """(n,) which rows pass the filter."""
    keep = np.ones(len(columns.scale), bool)
    if wanted.any_bits:
        keep &= (columns.tags & np.uint32(wanted.any_bits)) != 0
    if wanted.all_bits:
        keep &= (columns.tags & np.uint32(wanted.all_bits)) == np.uint32(wanted.all_bits)
    if wanted.no_bits:
        keep &= (columns.tags & np.uint32(wanted.no_bits)) == 0
    if wanted.tiers != ALL_TIERS:
        keep &= (np.uint32(wanted.tiers) >> (columns.tags & TIER_BITS)) & np.uint32(1) != 0
    if wanted.by_time and columns.created_s is not None:
        keep &= (columns.created_s >= wanted.created_from_s) & (columns.created_s <= wanted.created_until_s)
    if wanted.owner >= 0:
        keep &= (columns.owner == 0) | (columns.owner == np.uint32(wanted.owner))
    if wanted.mask is not None:
        keep &= wanted.mask != 0
    return keep


def boosts(columns: Columns, weights: Weights) -> Floats:
    """(n,) what is added to the similarity of each row."""
    of_importance, of_recency = terms(columns, weights)
    total = np.zeros(len(columns.scale), np.float32)
    total += of_importance
    total += of_recency
    return total


def terms(columns: Columns, weights: Weights) -> tuple[Floats, Floats]:
    """(n,) what importance and (n,) what recency add to the similarity of each row: the why of a hit.

    Of hits alone: `terms(columns.at(rows), weights)`.
    """
    of_importance, of_recency = np.zeros((2, len(columns.scale)), np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        if weights.importance:
            of_importance = np.float32(weights.importance) * columns.importance
        if weights.recency:
            age_s = np.maximum(np.array([weights.now_s], np.int32) - columns.last_use_s, 0).astype(np.int32)
            rates = weights.rates()[columns.tags & TIER_BITS]
            of_recency = np.float32(weights.recency) * decay(age_s, rates)
    return of_importance, of_recency


def _dots(codes: Int8s, queries: Floats) -> Floats:
    dots = np.empty((len(codes), len(queries)), np.float32)
    for start in range(0, len(codes), _BLOCK_ROWS):
        block = codes[start : start + _BLOCK_ROWS].astype(np.float32)
        dots[start : start + _BLOCK_ROWS] = block @ queries.T
    return dots


def exact_dots(vectors: Floats, query: Floats) -> Floats:
    """(n,) dot products in float32, bit for bit what the kernels compute.

    Args:
        vectors: (n, dim), dim a multiple of 16; query: (dim,).
    """
    lanes = np.zeros((len(vectors), N_LANES), np.float32)
    with np.errstate(all="ignore"):
        for start in range(0, vectors.shape[1], N_LANES):
            lanes += vectors[:, start : start + N_LANES] * query[start : start + N_LANES]
        while lanes.shape[1] > 1:
            half = lanes.shape[1] // 2
            lanes = lanes[:, :half] + lanes[:, half:]
    result: Floats = lanes[:, 0]
    return result


def _best(scores: Floats, k: int) -> tuple[Int32s, Floats]:
    found = np.flatnonzero(scores > -np.inf)
    if len(found) > k:
        kth = np.partition(scores[found], len(found) - k)[len(found) - k]
        found = found[scores[found] >= kth]
    order = found[np.argsort(-scores[found], kind="stable")][:k]
    return order.astype(np.int32), scores[order]


def scan(
    columns: Columns,
    queries: Int8s,
    query_scales: Floats,
    k: int,
    wanted: Filter = NO_FILTER,
    weights: Weights = NO_WEIGHTS,
) -> tuple[Int32s, Floats]:
    """The k best rows for each query.

    Args:
        queries: (n_queries, dim) codes as `quantise` makes them; query_scales: (n_queries,).
        k: 1…64.

    Returns:
        (n_queries, k) int32 rows, best first, −1 where there are fewer; their (n_queries, k) float32
        scores, −inf there.
    """
    rows = np.full((len(queries), k), -1, np.int32)
    scores = np.full((len(queries), k), -np.inf, np.float32)
    keep, added = passing(columns, wanted), boosts(columns, weights)
    dots = _dots(unpack(columns), queries.astype(np.float32))
    with np.errstate(invalid="ignore", over="ignore"):
        for i, query_scale in enumerate(query_scales):
            total = dots[:, i] * (np.float32(query_scale) * columns.scale) + added
            best, best_scores = _best(np.where(keep, total, np.float32(-np.inf)), k)
            rows[i, : len(best)], scores[i, : len(best)] = best, best_scores
    return rows, scores


def search(
    columns: Columns,
    vectors: Floats,
    queries: Floats,
    k: int,
    wanted: Filter = NO_FILTER,
    weights: Weights = NO_WEIGHTS,
) -> Found:
    """The k best rows for each query, by the float32 vectors.

    Args:
        vectors: (n, dim) float32, what the codes were made of; may be a mapped file.
        queries: (n_queries, dim) float32.
        k: 1…64.
    """
    codes, scales = quantise(queries)
    rough, _ = scan(columns, codes, scales, RESCORED_PER_HIT * k, wanted, weights)
    found = empty_found(len(queries), k)
    for i, query in enumerate(queries):
        rows = np.sort(rough[i][rough[i] >= 0])
        directed = (columns.scale[rows] != 0) & (scales[i] != 0)
        dots = np.where(directed, exact_dots(np.asarray(vectors[rows]), query), np.float32(0.0))
        with np.errstate(invalid="ignore", over="ignore"):
            best, scores = _best(dots + boosts(columns.at(rows), weights), k)
        found.rows[i, : len(best)], found.scores[i, : len(best)] = rows[best], scores
        found.similarities[i, : len(best)] = dots[best]
    return found


def self_join(
    columns: Columns,
    threshold: float,
    wanted: Filter = NO_FILTER,
    max_pairs: int = 1_000_000,
    vectors: Floats | None = None,
) -> tuple[Int32s, Floats]:
    """All pairs of rows at least as similar as the threshold: what consolidation groups.

    Args:
        threshold: of the similarity; the cosine for rows of L2 norm 1.
        max_pairs: the pairs that come first in row order are returned when there are more.
        vectors: (n, dim) float32 of the rows. With them a similarity is their `exact_dots`, and no pair is
            won or lost by rounding; without, it is `f32(dot) · (scale · scale)` of the codes.

    Returns:
        (n_pairs, 2) int32 with first < second, in row order, and (n_pairs,) float32 similarities.
    """
    keep, codes = np.flatnonzero(passing(columns, wanted)).astype(np.int32), unpack(columns)
    pairs: list[Int32s] = [np.empty((0, 2), np.int32)]
    values: list[Floats] = [np.empty(0, np.float32)]
    n_found = 0
    for start in range(0, len(keep), _BAND_ROWS):
        first, second, similar = _candidates(
            columns, codes, keep, start, np.float32(threshold), exact=vectors is not None
        )
        if vectors is not None:
            similar = _exact_pairs(columns, vectors, first, second)
        near = similar >= np.float32(threshold)
        pairs.append(np.stack([first[near], second[near]], axis=1))
        values.append(similar[near])
        n_found += int(near.sum())
        if n_found >= max_pairs:
            break
    return np.concatenate(pairs)[:max_pairs], np.concatenate(values)[:max_pairs]


def _candidates(
    columns: Columns, codes: Int8s, keep: Int32s, start: int, threshold: np.float32, *, exact: bool
) -> tuple[Int32s, Int32s, Floats]:
    """Pairs of a band of rows with those from it on, that the codes leave in question."""
    band, rest = keep[start : start + _BAND_ROWS], keep[start:]
    dots = _dots(codes[rest], codes[band].astype(np.float32)).T
    own, other = columns.scale[band][:, None], columns.scale[rest][None, :]
    with np.errstate(invalid="ignore", over="ignore"):
        similar = dots * (own * other)
        near = similar + JOIN_MARGIN * (own + other) >= threshold if exact else similar >= threshold
    first, second = np.nonzero(np.triu(near, 1))
    return band[first], rest[second], similar[first, second]


def _exact_pairs(columns: Columns, vectors: Floats, first: Int32s, second: Int32s) -> Floats:
    similar = np.zeros(len(first), np.float32)
    for row in np.unique(first):
        of_row = first == row
        others = second[of_row]
        dots = exact_dots(np.asarray(vectors[others]), vectors[row])
        directed = (columns.scale[others] != 0) & (columns.scale[row] != 0)
        similar[of_row] = np.where(directed, dots, np.float32(0.0))
    return similar
