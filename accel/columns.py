"""What goes into a scan and comes out of it: columns of rows, a filter, weights, hits.

`accel.reference` says what is done with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

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
RESCORED_PER_HIT = 4
N_LANES = 16
N_TIERS = 16
TIER_BITS = np.uint32(N_TIERS - 1)
ALL_TIERS = (1 << N_TIERS) - 1
FIRST_SECOND, LAST_SECOND = -(2**31), 2**31 - 1


class Encoded(NamedTuple):
    """Vectors as a scan reads them; the first four columns of `Columns`.

    A code of −63…63 is 8 · coarse + fine − 64. Half a byte holds a part: the low half of byte i that of code i, the
    high half that of code dim / 2 + i.

    Attributes:
        coarse: (n, dim / 2) uint8, parts of 0…15.
        fine: (n, dim / 2) uint8, parts of 0…7.
        reach: (n,) uint8, the L2 norm of fine − 3.5, rounded up: how far the fine parts can move a product.
        scale: (n,) float32, not negative.
    """

    coarse: Bytes
    fine: Bytes
    reach: Bytes
    scale: Floats


@dataclass(slots=True)
class Columns:
    """What is scanned, a column per property, all of the same number of rows, C-contiguous.

    Attributes:
        coarse, fine, reach, scale: as `encode` makes them of vectors; dim a multiple of 32, at most 4096.
        importance: (n,) float32.
        last_use_s: (n,) int32, seconds since any moment that is the same for all rows and `now_s`.
        tags: (n,) uint32; the low four bits are the tier, the rest is the caller's (kind, pinned, trust …).
        owner: (n,) uint32, a project or person; 0 belongs to nobody and passes for every owner.
        created_s: (n,) int32, seconds likewise; needed only where a filter asks for it.
    """

    coarse: Bytes
    fine: Bytes
    reach: Bytes
    scale: Floats
    importance: Floats
    last_use_s: Int32s
    tags: UInt32s
    owner: UInt32s
    created_s: Int32s | None = None

    @property
    def dim(self) -> int:
        """Of the vectors."""
        return 2 * int(self.coarse.shape[1])

    def at(self, rows: Int32s) -> Columns:
        """The columns of these rows alone, copied."""
        created_s = None if self.created_s is None else self.created_s[rows]
        return Columns(
            self.coarse[rows], self.fine[rows], self.reach[rows], self.scale[rows], self.importance[rows],
            self.last_use_s[rows], self.tags[rows], self.owner[rows], created_s,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows take part: those for which all of this holds.

    Attributes:
        any_bits: their tags have at least one of these bits; 0 is no condition.
        no_bits: their tags have none of these bits.
        owner: they are of this owner or of nobody; −1 is no condition.
        mask: (n,) uint8, 0 where a row does not take part.
        all_bits: their tags have all of these bits.
        tiers: a set of tiers, bit t for tier t.
        created_from_s, created_until_s: first and last second of creation.
    """

    any_bits: int = 0
    no_bits: int = 0
    owner: int = -1
    mask: Bytes | None = None
    all_bits: int = 0
    tiers: int = ALL_TIERS
    created_from_s: int = FIRST_SECOND
    created_until_s: int = LAST_SECOND

    def __post_init__(self) -> None:
        """Refuse what the kernels' integers cannot hold.

        Raises:
            ValueError: a value is out of its range.
        """
        for name, low, high in (
            ("any_bits", 0, 2**32 - 1), ("no_bits", 0, 2**32 - 1), ("all_bits", 0, 2**32 - 1), ("tiers", 0, ALL_TIERS),
            ("owner", -1, 2**32 - 1), ("created_from_s", FIRST_SECOND, LAST_SECOND),
            ("created_until_s", FIRST_SECOND, LAST_SECOND),
        ):  # fmt: skip
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be {low}…{high}, it is {getattr(self, name)}.")

    @property
    def by_time(self) -> bool:
        """Whether creation is a condition, so that the columns must have it."""
        return self.created_from_s > FIRST_SECOND or self.created_until_s < LAST_SECOND


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


class Found(NamedTuple):
    """Hits of a search, best first; where a query has fewer than k, row −1 with score −inf and similarity 0.

    Attributes:
        rows: (n_queries, k) int32.
        scores: (n_queries, k) float32, similarity and boost together.
        similarities: (n_queries, k) float32, the dot product with the query alone.
    """

    rows: Int32s
    scores: Floats
    similarities: Floats


NO_FILTER = Filter()
NO_WEIGHTS = Weights()


def empty_found(n_queries: int, k: int) -> Found:
    """No hit for any query."""
    shape = (n_queries, k)
    return Found(np.full(shape, -1, np.int32), np.full(shape, -np.inf, np.float32), np.zeros(shape, np.float32))
