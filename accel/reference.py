"""The memory scan in NumPy: the contract that every kernel is held to, and what runs without them.

One pass over columns filters, multiplies, weighs and keeps the best k. A library that returns "the
nearest 50" and leaves filter and weights to its caller finds 48-86 % of the true result; here the result
is exact, because the weights are part of the score that the top-k is taken of.

The contract, to the last bit:

- *Codes* are 7-bit integers, −63…63, one f32 scale per row: `x ≈ code · scale`. Seven bits, because the
  AVX2 instruction that multiplies bytes (`maddubs`) adds two products in 16 bits and saturates with
  eight; so every instruction set gets the same integers. A row that holds NaN, infinity or nothing but
  zeros (or denormals) has codes 0 and scale 0: it is found by its importance alone.
- The dot product is an exact integer, at most 63² · 4096 < 2²⁴, hence exact in f32 too, in any order.
- `score = f32(dot) · (query_scale · scale) + boost`, `boost = 0 + w_i · importance + w_r · decay(age)`,
  evaluated in f32 in this order and never contracted to a fused multiply-add. A weight of exactly 0
  leaves its term out, so that a NaN in an unused column does no harm.
- `decay(age) = 2^(−age / half_life)` with the half-life of the row's tier (the low four bits of its tags;
  0 is no decay), never less than 2^−100, by the polynomial `DECAY_POLYNOMIAL` and not by the C library,
  whose last bit differs.
- A row passes the filter if it has one of `any_bits` (0: no such condition), none of `no_bits`, belongs to
  `owner` or to nobody (owner 0) unless `owner` is −1, and its byte in `mask` is not 0 (None: all pass).
- Result: the k best that pass, best first, equal scores in row order. A NaN score is never a result.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Int8s = npt.NDArray[np.int8]
Int32s = npt.NDArray[np.int32]
UInt32s = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

MAX_CODE = 63
MAX_DIM = 4096
MAX_K = 64
N_TIERS = 16
TIER_BITS = np.uint32(N_TIERS - 1)

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

_SMALLEST_MAXIMUM = np.float32(1e-30)
_BLOCK_ROWS = 8192


@dataclass(slots=True)
class Columns:
    """What is scanned, a column per property, all of the same number of rows.

    Attributes:
        codes: (n, dim) int8 in −63…63, C-contiguous; dim a multiple of 16, at most 4096.
        scale: (n,) float32.
        importance: (n,) float32.
        last_use_s: (n,) int32, seconds since any moment that is the same for all rows and `now_s`.
        tags: (n,) uint32; the low four bits are the tier, the rest is the caller's.
        owner: (n,) uint32; 0 belongs to nobody and passes for every owner.
    """

    codes: Int8s
    scale: Floats
    importance: Floats
    last_use_s: Int32s
    tags: UInt32s
    owner: UInt32s


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows take part; see the head of this file."""

    any_bits: int = 0
    no_bits: int = 0
    owner: int = -1
    mask: Bytes | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """What is added to the similarity of a row.

    Attributes:
        importance: w_i.
        recency: w_r.
        now_s: the time that ages are counted from; a later last use has age 0.
        half_lives_s: by tier, up to 16; 0 (and a tier beyond the end) is no decay.
    """

    importance: float = 0.0
    recency: float = 0.0
    now_s: int = 0
    half_lives_s: tuple[float, ...] = field(default=())

    def rates(self) -> Floats:
        """(16,) float32: one divided by the half-life of each tier, 0 where there is none."""
        rates = np.zeros(N_TIERS, np.float32)
        for tier, half_life_s in enumerate(self.half_lives_s[:N_TIERS]):
            if half_life_s > 0:
                rates[tier] = min(1.0 / half_life_s, 1e6)
        return rates


NO_FILTER = Filter()
NO_WEIGHTS = Weights()


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
    if wanted.no_bits:
        keep &= (columns.tags & np.uint32(wanted.no_bits)) == 0
    if wanted.owner >= 0:
        keep &= (columns.owner == 0) | (columns.owner == np.uint32(wanted.owner))
    if wanted.mask is not None:
        keep &= wanted.mask != 0
    return keep


def boosts(columns: Columns, weights: Weights) -> Floats:
    """(n,) what is added to the similarity of each row."""
    total = np.zeros(len(columns.scale), np.float32)
    if weights.importance:
        total += np.float32(weights.importance) * columns.importance
    if weights.recency:
        age_s = np.maximum(np.array([weights.now_s], np.int32) - columns.last_use_s, 0).astype(np.int32)
        total += np.float32(weights.recency) * decay(age_s, weights.rates()[columns.tags & TIER_BITS])
    return total


def _dots(codes: Int8s, queries: Floats) -> Floats:
    dots = np.empty((len(codes), len(queries)), np.float32)
    for start in range(0, len(codes), _BLOCK_ROWS):
        block = codes[start : start + _BLOCK_ROWS].astype(np.float32)
        dots[start : start + _BLOCK_ROWS] = block @ queries.T
    return dots


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
    dots = _dots(columns.codes, queries.astype(np.float32))
    with np.errstate(invalid="ignore", over="ignore"):
        for i, query_scale in enumerate(query_scales):
            total = dots[:, i] * (np.float32(query_scale) * columns.scale) + added
            best, best_scores = _best(np.where(keep, total, np.float32(-np.inf)), k)
            rows[i, : len(best)], scores[i, : len(best)] = best, best_scores
    return rows, scores


def self_join(
    columns: Columns, threshold: float, wanted: Filter = NO_FILTER, max_pairs: int = 1_000_000
) -> tuple[Int32s, Floats]:
    """All pairs of rows at least as similar as the threshold: what consolidation groups.

    Args:
        threshold: of `f32(dot) · (scale · scale)`, the cosine for rows of L2 norm 1.
        max_pairs: the pairs that come first in row order are returned when there are more.

    Returns:
        (n_pairs, 2) int32 with first < second, in row order, and (n_pairs,) float32 similarities.
    """
    keep = np.flatnonzero(passing(columns, wanted))
    codes, scale = columns.codes[keep], columns.scale[keep]
    pairs: list[Int32s] = []
    values: list[Floats] = []
    n_found = 0
    for start in range(0, len(keep), 256):
        stop = min(start + 256, len(keep))
        dots = _dots(codes[start:], codes[start:stop].astype(np.float32)).T
        with np.errstate(invalid="ignore", over="ignore"):
            similar = dots * (scale[start:stop, None] * scale[None, start:])
        first, second = np.nonzero(np.triu(similar >= np.float32(threshold), 1))
        pairs.append(np.stack([keep[start + first], keep[start + second]], axis=1).astype(np.int32))
        values.append(similar[first, second])
        n_found += len(first)
        if n_found >= max_pairs:
            break
    if not pairs:
        return np.empty((0, 2), np.int32), np.empty(0, np.float32)
    return np.concatenate(pairs)[:max_pairs], np.concatenate(values)[:max_pairs]
