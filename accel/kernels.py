"""One face for the reference and the compiled kernels, and the checks that both stand behind.

C++ sees raw pointers: whatever is wrong with a shape, a type or a dimension is refused here, for all
kernels alike, so that the fallback accepts exactly what the fast path does.
"""

from __future__ import annotations

from types import ModuleType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from accel import reference
from accel.reference import MAX_DIM, MAX_K, Columns, Filter, Floats, Int8s, Int32s, Weights


class Kernels(Protocol):
    """What every set of kernels does, with the results that `accel.reference` defines."""

    name: str

    def scan(
        self, columns: Columns, queries: Int8s, query_scales: Floats, k: int, wanted: Filter, weights: Weights
    ) -> tuple[Int32s, Floats]: ...

    def self_join(
        self, columns: Columns, threshold: float, wanted: Filter, max_pairs: int
    ) -> tuple[Int32s, Floats]: ...


def _expect(name: str, array: npt.NDArray[np.generic], dtype: type[np.generic], shape: tuple[int, ...]) -> None:
    if array.dtype != dtype or array.shape != shape or not array.flags.c_contiguous:
        raise ValueError(
            f"{name} must be a C-contiguous {np.dtype(dtype)} array of shape {shape}, "
            f"it is {array.dtype} of shape {array.shape}."
        )


def check_columns(columns: Columns, wanted: Filter) -> None:
    """Refuse columns that the kernels must not see.

    Raises:
        ValueError: a shape, a type, an order in memory or the dimension is not as `Columns` says.
    """
    if columns.codes.ndim != 2:
        raise ValueError("codes must have two dimensions, rows and dim.")
    n, dim = columns.codes.shape
    if dim % 16 or not 16 <= dim <= MAX_DIM:
        raise ValueError(f"dim must be a multiple of 16 from 16 to {MAX_DIM}, it is {dim}.")
    _expect("codes", columns.codes, np.int8, (n, dim))
    _expect("scale", columns.scale, np.float32, (n,))
    _expect("importance", columns.importance, np.float32, (n,))
    _expect("last_use_s", columns.last_use_s, np.int32, (n,))
    _expect("tags", columns.tags, np.uint32, (n,))
    _expect("owner", columns.owner, np.uint32, (n,))
    if wanted.mask is not None:
        _expect("mask", wanted.mask, np.uint8, (n,))


def check_queries(columns: Columns, queries: Int8s, query_scales: Floats, k: int) -> None:
    """Refuse queries that do not fit the columns.

    Raises:
        ValueError: their shape or type does not fit, or k is not 1…64.
    """
    if not 1 <= k <= MAX_K:
        raise ValueError(f"k must be 1…{MAX_K}, it is {k}.")
    _expect("queries", queries, np.int8, (len(queries), columns.codes.shape[1]))
    _expect("query_scales", query_scales, np.float32, (len(queries),))


class NumpyKernels:
    """The reference behind the same face."""

    name = "numpy"

    def scan(
        self, columns: Columns, queries: Int8s, query_scales: Floats, k: int, wanted: Filter, weights: Weights
    ) -> tuple[Int32s, Floats]:
        check_columns(columns, wanted)
        check_queries(columns, queries, query_scales, k)
        return reference.scan(columns, queries, query_scales, k, wanted, weights)

    def self_join(self, columns: Columns, threshold: float, wanted: Filter, max_pairs: int) -> tuple[Int32s, Floats]:
        check_columns(columns, wanted)
        return reference.self_join(columns, threshold, wanted, max_pairs)


class NativeKernels:
    """The compiled kernels of one instruction set. They release the GIL and use the caller's thread alone."""

    def __init__(self, native: ModuleType, name: str) -> None:
        self.name = name
        self._native = native

    def scan(
        self, columns: Columns, queries: Int8s, query_scales: Floats, k: int, wanted: Filter, weights: Weights
    ) -> tuple[Int32s, Floats]:
        check_columns(columns, wanted)
        check_queries(columns, queries, query_scales, k)
        rows = np.empty((len(queries), k), np.int32)
        scores = np.empty((len(queries), k), np.float32)
        self._native.scan(
            self.name, *_unpacked(columns), *_conditions(wanted), weights.importance, weights.recency,
            weights.now_s, weights.rates(), queries, query_scales, k, rows, scores,
        )  # fmt: skip
        return rows, scores

    def self_join(self, columns: Columns, threshold: float, wanted: Filter, max_pairs: int) -> tuple[Int32s, Floats]:
        check_columns(columns, wanted)
        found = self._native.self_join(self.name, *_unpacked(columns), *_conditions(wanted), threshold, max_pairs)
        pairs = np.frombuffer(found[0], np.int32).reshape(-1, 2)
        return pairs, np.frombuffer(found[1], np.float32)


def _unpacked(columns: Columns) -> tuple[npt.NDArray[np.generic], ...]:
    return (
        columns.codes, columns.scale, columns.importance, columns.last_use_s, columns.tags, columns.owner,
    )  # fmt: skip


def _conditions(wanted: Filter) -> tuple[int, int, int, npt.NDArray[np.uint8] | None]:
    return wanted.any_bits, wanted.no_bits, wanted.owner, wanted.mask
