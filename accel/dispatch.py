"""Which kernels run, and the functions that run on them.

The choice is made at the first use and not at import, so that a wrong `SCRUBJAY_SIMD` reaches the person as
one sentence from whoever searches first and not as a traceback of whoever imports.
"""

from __future__ import annotations

import functools
import os
from types import ModuleType
from typing import Any

import numpy.typing as npt

from accel.columns import NO_FILTER, NO_WEIGHTS, Columns, Encoded, Filter, Floats, Found, Int8s, Int32s, Weights
from accel.kernels import Kernels, NativeKernels, NumpyKernels

# Of the compiled module; one that was built from older sources is as good as none.
_CONTRACT = 3

_native: ModuleType | None
try:
    from accel import _native

    if getattr(_native, "CONTRACT", 1) != _CONTRACT:
        _native = None
except ImportError:  # not built here: the reference does the same, slower
    _native = None


class UnknownBackendError(ValueError):
    """Kernels that are not on this computer; the message is one sentence that says what to do.

    Attributes:
        name: what was asked for.
    """

    def __init__(self, name: str, hint: str) -> None:
        self.name = name
        super().__init__(f"There are no kernels named {name!r} on this computer; {hint}")


def backends() -> tuple[str, ...]:
    """See the stub."""
    return (*(_native.backends() if _native is not None else ()), "numpy")


def create_kernels(name: str) -> Kernels:
    """See the stub."""
    if name not in backends():
        raise UnknownBackendError(name, f"there are {', '.join(backends())}.")
    return NumpyKernels() if _native is None or name == "numpy" else NativeKernels(_native, name)


@functools.cache
def _chosen() -> Kernels:
    wanted = os.environ.get("SCRUBJAY_SIMD", "").strip().lower()
    if wanted and wanted not in backends():
        raise UnknownBackendError(wanted, f"unset SCRUBJAY_SIMD or set it to one of {', '.join(backends())}.")
    return create_kernels(wanted or backends()[0])


def backend() -> str:
    """See the stub."""
    return _chosen().name


def quantise(vectors: npt.NDArray[Any]) -> tuple[Int8s, Floats]:
    """See the stub."""
    return _chosen().quantise(vectors)


def encode(vectors: npt.NDArray[Any]) -> Encoded:
    """See the stub."""
    return _chosen().encode(vectors)


def scan(
    columns: Columns,
    queries: Int8s,
    query_scales: Floats,
    k: int,
    wanted: Filter = NO_FILTER,
    weights: Weights = NO_WEIGHTS,
) -> tuple[Int32s, Floats]:
    """See the stub."""
    return _chosen().scan(columns, queries, query_scales, k, wanted, weights)


def search(
    columns: Columns,
    vectors: Floats,
    queries: Floats,
    k: int,
    wanted: Filter = NO_FILTER,
    weights: Weights = NO_WEIGHTS,
) -> Found:
    """See the stub."""
    return _chosen().search(columns, vectors, queries, k, wanted, weights)


def self_join(
    columns: Columns,
    threshold: float,
    wanted: Filter = NO_FILTER,
    max_pairs: int = 1_000_000,
    vectors: Floats | None = None,
) -> tuple[Int32s, Floats]:
    """See the stub."""
    return _chosen().self_join(columns, threshold, wanted, max_pairs, vectors)
