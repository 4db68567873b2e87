"""The memory scan: filtered and weighted top-k over 7-bit codes in one pass, and a thresholded self-join.

    columns = accel.Columns(*accel.encode(vectors), importance, last_use_s, tags, owner)
    wanted, weights = accel.Filter(tiers=0b11000), accel.Weights(0.1, 0.1, now_s, half_lives_s)
    found = accel.search(columns, vectors, query[None], 10, wanted, weights)
    pairs, similarities = accel.self_join(columns, 0.9, vectors=vectors)

Columns are plain arrays that the caller owns: rows are appended, changed and taken out in place (a row is
out as soon as no filter lets it pass), and a slice of longer arrays scans only what is in use. A call uses
the caller's thread alone, releases the GIL and keeps nothing; columns must not change while it runs.
"""

from typing import Any, Final

import numpy.typing as npt

from accel.columns import ALL_TIERS as ALL_TIERS
from accel.columns import FIRST_SECOND as FIRST_SECOND
from accel.columns import LAST_SECOND as LAST_SECOND
from accel.columns import MAX_CODE as MAX_CODE
from accel.columns import MAX_DIM as MAX_DIM
from accel.columns import MAX_K as MAX_K
from accel.columns import NO_FILTER as NO_FILTER
from accel.columns import NO_WEIGHTS as NO_WEIGHTS
from accel.columns import RESCORED_PER_HIT as RESCORED_PER_HIT
from accel.columns import Columns as Columns
from accel.columns import Encoded as Encoded
from accel.columns import Filter as Filter
from accel.columns import Floats, Int8s, Int32s
from accel.columns import Found as Found
from accel.columns import Weights as Weights
from accel.kernels import Kernels as Kernels
from accel.reference import terms as terms

__all__: Final[list[str]]

class UnknownBackendError(ValueError):
    """Kernels that are not on this computer; the message is one sentence that says what to do.

    Attributes:
        name: what was asked for.
    """

    name: str
    def __init__(self, name: str, hint: str) -> None: ...

def backends() -> tuple[str, ...]:
    """The names of all kernels that run on this computer, fastest first; "numpy" is always the last."""

def backend() -> str:
    """The name of the kernels that this process runs on: the first of `backends()`, or what `SCRUBJAY_SIMD` says.

    Raises:
        UnknownBackendError: `SCRUBJAY_SIMD` names kernels that are not among `backends()`. Every function
            below raises it too.
    """

def create_kernels(name: str) -> Kernels:
    """The kernels of that name, whatever `SCRUBJAY_SIMD` says: all of them give the same results.

    Raises:
        UnknownBackendError: not one of `backends()`.
    """

def quantise(vectors: npt.NDArray[Any]) -> tuple[Int8s, Floats]:
    """Codes and scales of the rows: `vectors ≈ codes · scale`.

    Args:
        vectors: (n, dim), any floating type. A row that holds NaN or infinity, or nothing above 1e-30, has no
            direction: codes and scale 0.

    Returns:
        (n, dim) int8 in −63…63 and (n,) float32.
    """

def encode(vectors: npt.NDArray[Any]) -> Encoded:
    """The rows of a scan: codes as `quantise` makes them, kept as two planes.

    Args:
        vectors: (n, dim), any floating type; dim a multiple of 32, at most 4096.

    Raises:
        ValueError: the vectors are not of such a shape.
    """

def scan(
    columns: Columns,
    queries: Int8s,
    query_scales: Floats,
    k: int,
    wanted: Filter = ...,
    weights: Weights = ...,
) -> tuple[Int32s, Floats]:
    """The k best rows for each query, by the codes alone. Exact vectors come with `search`.

    Args:
        queries: (n_queries, dim) codes and query_scales: (n_queries,), as `quantise` makes them.
        k: 1…64.

    Returns:
        (n_queries, k) int32 rows, best first, equal scores in row order, −1 where fewer rows pass; their
        (n_queries, k) float32 scores, −inf there. A score is similarity + boost; see `Weights`.

    Raises:
        ValueError: shapes or types are not as `Columns` says, or k is out of range.
    """

def search(
    columns: Columns,
    vectors: Floats,
    queries: Floats,
    k: int,
    wanted: Filter = ...,
    weights: Weights = ...,
) -> Found:
    """The k best rows for each query, by the float32 vectors: what recall is made of.

    One pass over the columns filters, multiplies, weighs and keeps the 4 k best by the codes; these are
    scored again with their vectors. `score = dot(vector, query) + w_i · importance + w_r · 2^(−age / half-life
    of the row's tier)`; `terms(columns.at(rows), weights)` gives the last two of a hit.

    Args:
        vectors: (n, dim) float32, the rows that the codes were made of, C-contiguous; may be a mapped file, of
            which only 4 k rows per query are read.
        queries: (n_queries, dim) float32. Eight are as cheap as two when the columns do not fit the cache;
            hundreds are one call too.
        k: 1…64.

    Raises:
        ValueError: shapes or types are not as `Columns` says, or k is out of range.
    """

def self_join(
    columns: Columns,
    threshold: float,
    wanted: Filter = ...,
    max_pairs: int = ...,
    vectors: Floats | None = None,
) -> tuple[Int32s, Floats]:
    """All pairs of rows at least as similar as the threshold: what consolidation groups.

    Args:
        threshold: of the similarity; the cosine for rows of L2 norm 1.
        wanted: rows that do not pass are in no pair.
        max_pairs: the pairs that come first in row order are returned when there are more.
        vectors: (n, dim) float32. With them a similarity is that of the vectors, and for rows of L2 norm 1 no
            pair is won or lost by rounding; without them it is that of the codes (within about 0.003).

    Returns:
        (n_pairs, 2) int32 with first < second, in row order, and (n_pairs,) float32 similarities.

    Raises:
        ValueError: shapes or types are not as `Columns` says.
    """
