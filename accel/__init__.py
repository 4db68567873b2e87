"""The memory scan: filtered and weighted top-k over 7-bit codes in one pass, and a thresholded self-join.

Everything public is described in __init__.pyi; `reference.py` says to the last bit what is returned, and
stands in where the compiled module is missing.
"""

from accel.columns import (
    ALL_TIERS,
    FIRST_SECOND,
    LAST_SECOND,
    MAX_CODE,
    MAX_DIM,
    MAX_K,
    NO_FILTER,
    NO_WEIGHTS,
    RESCORED_PER_HIT,
    Columns,
    Encoded,
    Filter,
    Found,
    Weights,
)
from accel.dispatch import (
    UnknownBackendError,
    backend,
    backends,
    create_kernels,
    encode,
    quantise,
    scan,
    search,
    self_join,
)
from accel.kernels import Kernels
from accel.reference import terms

__all__ = [
    "ALL_TIERS",
    "FIRST_SECOND",
    "LAST_SECOND",
    "MAX_CODE",
    "MAX_DIM",
    "MAX_K",
    "NO_FILTER",
    "NO_WEIGHTS",
    "RESCORED_PER_HIT",
    "Columns",
    "Encoded",
    "Filter",
    "Found",
    "Kernels",
    "UnknownBackendError",
    "Weights",
    "backend",
    "backends",
    "create_kernels",
    "encode",
    "quantise",
    "scan",
    "search",
    "self_join",
    "terms",
]
