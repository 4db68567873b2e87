"""One face for the reference and the compiled kernels, and the checks that both stand behind.

C++ sees raw pointers: whatever is wrong with a shape, a type or a dimension is refused here, for all
kernels alike, so that the fallback accepts exactly what the fast path does.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from accel import reference
from accel.columns import MAX_DIM, MAX_K, Columns, Encoded, Filter, Floats, Found, Int8s, Int32s, Weights, empty_found


class Kernels(Protocol):
    """What every set of kernels does, with the results that `accel.reference` defines."""

    name: str

    def quantise(self, vectors: npt.NDArray[Any]) -> tuple[Int8s, Floats]: ...

    def encode(self, vectors: npt.NDArray[Any]) -> Encoded: ...

    def scan(
        self, columns: Columns, queries: Int8s, query_scales: Floats, k: int, wanted: Filter, weights: Weights
    ) -> tuple[Int32s, Floats]: ...

    def search(
        self, columns: Columns, vectors: Floats, queries: Floats, k: int, wanted: Filter, weights: Weights
    ) -> Found: ...

    def self_join(
        self, columns: Columns, threshold: float, wanted: Filter, max_pairs: int, vectors: Floats | None
    ) -> tuple[Int32s, Floats]: ...


def _expect(name: str, array: npt.NDArray[np.generic], dtype: type[np.generic], shape: tuple[int, ...]) -> None:
    if array.dtype != dtype or array.shape != shape or not array.flags.c_contiguous:
        raise ValueError(
            f"{name} must be a C-contiguous {np.dtype(dtype)} array of shape {shape}, "
            f"it is {array.dtype} of shape {array.shape}."
        )


def _check_dim(dim: int) -> None:
    if dim % 32 or not 32 <= dim <= MAX_DIM:
        raise ValueError(f"dim must be a multiple of 32 from 32 to {MAX_DIM}, it is {dim}.")


def check_vectors(vectors: npt.NDArray[Any]) -> None:
    """Refuse vectors that cannot be encoded.

    Raises:
        ValueError: there are not two dimensions, or the second cannot be scanned.
    """
    if vectors.ndim != 2:
        raise ValueError("vectors must have two dimensions, rows and dim.")
    _check_dim(vectors.shape[1])


def check_columns(columns: Columns, wanted: Filter) -> None:
    """Refuse columns that the kernels must not see.

    Raises:
        ValueError: a shape, a type, an order in memory or the dimension is not as `Columns` says.
    """
    if columns.coarse.ndim != 2:
        raise ValueError("coarse must have two dimensions, rows and dim / 2.")
    n, width = columns.coarse.shape
    _check_dim(columns.dim)
    _expect("coarse", columns.coarse, np.uint8, (n, width))
    _expect("fine", columns.fine, np.uint8, (n, width))
    _expect("reach", columns.reach, np.uint8, (n,))
    _expect("scale", columns.scale, np.float32, (n,))
    _expect("importance", columns.importance, np.float32, (n,))
    _expect("last_use_s", columns.last_use_s, np.int32, (n,))
    _expect("tags", columns.tags, np.uint32, (n,))
    _expect("owner", columns.owner, np.uint32, (n,))
    if columns.created_s is not None:
        _expect("created_s", columns.created_s, np.int32, (n,))
    elif wanted.by_time:
        raise ValueError("A filter by time needs the column created_s.")
    if wanted.mask is not None:
        _expect("mask", wanted.mask, np.uint8, (n,))


def _check_queries(columns: Columns, queries: npt.NDArray[Any], dtype: type[np.generic], k: int) -> None:
    if not 1 <= k <= MAX_K:
        raise ValueError(f"k must be 1…{MAX_K}, it is {k}.")
    _expect("queries", queries, dtype, (len(queries), columns.dim))


def check_scan(columns: Columns, queries: Int8s, query_scales: Floats, k: int, wanted: Filter) -> None:
    """Refuse a scan whose parts do not fit each other.

    Raises:
        ValueError: a shape or type does not fit, or k is not 1…64.
    """
    check_columns(columns, wanted)
    _check_queries(columns, queries, np.int8, k)
    _expect("query_scales", query_scales, np.float32, (len(queries),))


def check_search(columns: Columns, vectors: Floats, queries: Floats, k: int, wanted: Filter) -> None:
    """Refuse a search whose parts do not fit each other.

    Raises:
        ValueError: a shape or type does not fit, or k is not 1…64.
    """
    check_columns(columns, wanted)
    _check_queries(columns, queries, np.float32, k)
    _expect("vectors", vectors, np.float32, (len(columns.scale), columns.dim))


def check_self_join(columns: Columns, wanted: Filter, vectors: Floats | None) -> None:
    """Refuse a self-join whose parts do not fit each other.

    Raises:
        ValueError: a shape or type does not fit.
    """
    check_columns(columns, wanted)
    if vectors is not None:
        _expect("vectors", vectors, np.float32, (len(columns.scale), columns.dim))


class NumpyKernels:
    """The reference behind the same face."""

    name = "numpy"

    def quantise(self, vectors: npt.NDArray[Any]) -> tuple[Int8s, Floats]:
        return reference.quantise(vectors)

    def encode(self, vectors: npt.NDArray[Any]) -> Encoded:
        check_vectors(vectors)
        return reference.encode(vectors)

    def scan(
        self, columns: Columns, queries: Int8s, query_scales: Floats, k: int, wanted: Filter, weights: Weights
    ) -> tuple[Int32s, Floats]:
        check_scan(columns, queries, query_scales, k, wanted)
        return reference.scan(columns, queries, query_scales, k, wanted, weights)

    def search(
        self, columns: Columns, vectors: Floats, queries: Floats, k: int, wanted: Filter, weights: Weights
    ) -> Found:
        check_search(columns, vectors, queries, k, wanted)
        return reference.search(columns, vectors, queries, k, wanted, weights)

    def self_join(
        self, columns: Columns, threshold: float, wanted: Filter, max_pairs: int, vectors: Floats | None
    ) -> tuple[Int32s, Floats]:
        check_self_join(columns, wanted, vectors)
        return reference.self_join(columns, threshold, wanted, max_pairs, vectors)


class NativeKernels:
    """The compiled kernels of one instruction set. They release the GIL and use the caller's thread alone."""

    def __init__(self, native: ModuleType, name: str) -> None:
        self.name = name
        self._native = native

    def quantise(self, vectors: npt.NDArray[Any]) -> tuple[Int8s, Floats]:
        exact = np.ascontiguousarray(vectors, np.float32)
        codes = np.empty(exact.shape, np.int8)
        scales = np.empty((len(exact), 1), np.float32)
        self._native.quantise(self.name, exact, codes, scales)
        return codes, scales[:, 0]

    def encode(self, vectors: npt.NDArray[Any]) -> Encoded:
        check_vectors(vectors)
        exact = np.ascontiguousarray(vectors, np.float32)
        n, width = len(exact), exact.shape[1] // 2
        coarse, fine = np.empty((n, width), np.uint8), np.empty((n, width), np.uint8)
        reach, scales = np.empty((n, 1), np.uint8), np.empty((n, 1), np.float32)
        self._native.encode(self.name, exact, coarse, fine, reach, scales)
        return Encoded(coarse, fine, reach[:, 0], scales[:, 0])

    def scan(
        self, columns: Columns, queries: Int8s, query_scales: Floats, k: int, wanted: Filter, weights: Weights
    ) -> tuple[Int32s, Floats]:
        check_scan(columns, queries, query_scales, k, wanted)
        rows = np.empty((len(queries), k), np.int32)
        scores = np.empty((len(queries), k), np.float32)
        asked = self._columns(columns), self._filter(wanted), self._weights(weights)
        self._native.scan(self.name, *asked, queries, query_scales, rows, scores)
        return rows, scores

    def search(
        self, columns: Columns, vectors: Floats, queries: Floats, k: int, wanted: Filter, weights: Weights
    ) -> Found:
        check_search(columns, vectors, queries, k, wanted)
        found = empty_found(len(queries), k)
        asked = self._columns(columns), self._filter(wanted), self._weights(weights)
        self._native.search(self.name, *asked, vectors, queries, *found)
        return found

    def self_join(
        self, columns: Columns, threshold: float, wanted: Filter, max_pairs: int, vectors: Floats | None
    ) -> tuple[Int32s, Floats]:
        check_self_join(columns, wanted, vectors)
        asked = self._columns(columns), self._filter(wanted)
        pairs, similarities = self._native.self_join(self.name, *asked, vectors, threshold, max_pairs)
        return np.frombuffer(pairs, np.int32).reshape(-1, 2), np.frombuffer(similarities, np.float32)

    def _columns(self, c: Columns) -> object:
        return self._native.Columns(
            c.coarse, c.fine, c.reach, c.scale, c.importance, c.last_use_s, c.tags, c.owner, c.created_s
        )

    def _filter(self, f: Filter) -> object:
        return self._native.Filter(
            f.any_bits, f.no_bits, f.owner, f.mask, f.all_bits, f.tiers, f.created_from_s, f.created_until_s, f.by_time
        )

    def _weights(self, w: Weights) -> object:
        return self._native.Weights(w.importance, w.recency, w.now_s, w.rates())
