"""The memory scan: filtered and weighted top-k over 7-bit codes in one pass, and a thresholded self-join.

`scan` and `self_join` run on the fastest kernels that this computer has; `reference.py` says to the last
bit what they return and stands in where the compiled module is missing. `SCRUBJAY_SIMD` forces one of
`backends()`; a name that is not among them is logged and ignored.
"""

from __future__ import annotations

import logging
import os
from types import ModuleType

from accel.kernels import Kernels, NativeKernels, NumpyKernels
from accel.reference import (
    MAX_CODE,
    MAX_DIM,
    MAX_K,
    NO_FILTER,
    NO_WEIGHTS,
    Columns,
    Filter,
    Floats,
    Int8s,
    Int32s,
    Weights,
    quantise,
)

_native: ModuleType | None
try:
    from accel import _native
except ImportError:  # not built here: the reference does the same, slower
    _native = None

__all__ = [
    "MAX_CODE",
    "MAX_DIM",
    "MAX_K",
    "Columns",
    "Filter",
    "Kernels",
    "Weights",
    "backend",
    "backends",
    "create_kernels",
    "quantise",
    "scan",
    "self_join",
]

_log = logging.getLogger(__name__)


def backends() -> tuple[str, ...]:
    """The names of all kernels that run on this computer, fastest first; "numpy" is always the last."""
    return (*(_native.backends() if _native is not None else ()), "numpy")


def create_kernels(name: str) -> Kernels:
    """The kernels of that name.

    Raises:
        ValueError: not one of `backends()`.
    """
    if name not in backends():
        raise ValueError(f"There are no kernels named {name!r} on this computer; there are {', '.join(backends())}.")
    return NumpyKernels() if _native is None or name == "numpy" else NativeKernels(_native, name)


def _choose() -> Kernels:
    wanted = os.environ.get("SCRUBJAY_SIMD", "").strip().lower()
    if wanted and wanted not in backends():
        _log.warning("SCRUBJAY_SIMD=%s is not one of %s; taking the fastest.", wanted, ", ".join(backends()))
        wanted = ""
    return create_kernels(wanted or backends()[0])


_kernels = _choose()


def backend() -> str:
    """The name of the kernels that `scan` and `self_join` run on: avx512vnni, avx2, portable or numpy."""
    return _kernels.name


def scan(
    columns: Columns,
    queries: Int8s,
    query_scales: Floats,
    k: int,
    wanted: Filter = NO_FILTER,
    weights: Weights = NO_WEIGHTS,
) -> tuple[Int32s, Floats]:
    """The k best rows for each query; see `accel.reference.scan`.

    Raises:
        ValueError: shapes or types of the columns, dim or k are not as `Columns` says.
    """
    return _kernels.scan(columns, queries, query_scales, k, wanted, weights)


def self_join(
    columns: Columns, threshold: float, wanted: Filter = NO_FILTER, max_pairs: int = 1_000_000
) -> tuple[Int32s, Floats]:
    """All pairs of rows at least as similar as the threshold; see `accel.reference.self_join`.

    Raises:
        ValueError: shapes or types of the columns or dim are not as `Columns` says.
    """
    return _kernels.self_join(columns, threshold, wanted, max_pairs)
