"""The dense index: exact, filtered, weighted nearest neighbours over vectors held as 7-bit codes in RAM.

The codes (a byte per dimension, in two halves of which a scan mostly reads one) are scanned for every query
by `accel`; the best 4 k rows are then scored again with the float32 vectors of a cache file that is mapped,
never held. Nothing is built, tuned or repaired, a filter costs no recall, and 65,000 vectors of 384 take half a
millisecond. An HNSW graph would answer a million faster, but not filtered, not weighted, and not after deletes.

A vector lives in a *slot*. A replaced vector gets a new slot, and the old one is given free only when the
catalogue that names the slots has been committed; so a kill at any moment leaves a catalogue whose slots
hold what it says. Its checksum is kept there too: a torn write after a power cut is seen when opening.

Only the owner of the data directory has this index; other processes ask it. A restart maps the same file again and
makes only the codes anew: a second for a million vectors.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

import accel
from engine.errors import UsageError
from engine.search.types import Kind, Vectors
from engine.search.vector_file import VectorFile

KIND_BITS: dict[Kind, int] = {"document": 1 << 4, "memory": 1 << 5, "chat": 1 << 6}

# Zero of the 32-bit second counter in the scan (2020-01-01 UTC): enough until 2088.
_EPOCH_S = 1_577_836_800
_FIRST_CAPACITY = 1024
_BATCH_ROWS = 4096
_N_TIERS = 16

_FEW = 8  # excluded groups that are compared one by one; looking more up in a set costs more to begin with

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class VectorRow:
    """What the scan knows of an entry besides its vector.

    Attributes:
        key: the catalogue's number of the entry.
        project, group: the catalogue's numbers; project 0 is unscoped.
        half_life_s: 0 is no decay.
        bits: from `engine.search.types.UNPINNED` upwards.
    """

    key: int
    kind: Kind
    project: int = 0
    group: int = 0
    importance: float = 0.0
    last_used_ms: int = 0
    half_life_s: float = 0.0
    bits: int = 0
    created_ms: int = 0


@dataclass(frozen=True, slots=True)
class VectorQuery:
    """What is asked of a vector index.

    Attributes:
        vector: (dim,) float32 of L2 norm 1.
        kinds: which kinds of entries take part.
        project: entries of this project and of none; −1 is every project.
        without_groups: entries of these groups do not take part.
        no_bits: nor do entries with any of these bits.
        created_from_ms, created_to_ms: nor those made at another time.
        importance_weight, recency_weight: what importance 1 and age 0 add to the cosine.
    """

    vector: Floats
    k: int
    kinds: Collection[Kind]
    project: int = -1
    without_groups: Collection[int] = ()
    no_bits: int = 0
    created_from_ms: int | None = None
    created_to_ms: int | None = None
    importance_weight: float = 0.0
    recency_weight: float = 0.0
    now_ms: int = 0


class VectorIndex(Protocol):
    """Where vectors are found by nearness; above a million entries a vector server can stand here."""

    def reserve(self, vector: npt.NDArray[np.floating]) -> tuple[int, int]:
        """Keep the vector in a free slot, not found yet; its slot and checksum for the catalogue."""
        ...

    def publish(self, slot: int, row: VectorRow) -> None:
        """Let the vector in this slot be found."""
        ...

    def release(self, slots: Collection[int]) -> None:
        """Forget what these slots hold."""
        ...

    def search(self, query: VectorQuery) -> list[tuple[int, float]]:
        """Up to 64 keys with their cosines, by cosine and weights together, best first."""
        ...

    def cosines(self, slots: Sequence[int], vector: Floats) -> Floats:
        """(n,) the cosines between the query and the vectors in these slots."""
        ...


class ScanIndex:
    """`VectorIndex` by exact scan. Not thread-safe: one thread owns it.

    Args:
        path: of the float32 cache file; None keeps the vectors in RAM.
        dim: of the vectors; they are padded to a multiple of 32.
    """

    def __init__(self, path: Path | None, dim: int) -> None:
        _check_kernels()
        self.dim = dim
        self._padded = padded(dim)
        self._file = VectorFile(path, self._padded)
        self._free: list[int] = []
        self._n_slots = 0
        self._half_lives: list[float] = [0.0]
        self._keys = np.zeros(0, np.int64)
        self._groups = np.zeros(0, np.uint32)
        self._created_ms = np.zeros(0, np.int64)
        self._columns = _empty_columns(0, self._padded)
        self._grow(max(_FIRST_CAPACITY, len(self._file.rows)))

    def __len__(self) -> int:
        return self._n_slots - len(self._free)

    def restore(self, slots: Sequence[int], checksums: Sequence[int], rows: Sequence[VectorRow]) -> bool:
        """Read back what the catalogue says is in the file.

        Returns:
            False if any slot does not hold what it should: nothing of the file can be trusted then.
        """
        if not all(self._holds(slot, checksum) for slot, checksum in zip(slots, checksums, strict=True)):
            self._file.strike_out()
            return False
        self._n_slots = max(slots, default=-1) + 1
        free = set(range(self._n_slots)).difference(slots)
        self._free = sorted(free, reverse=True)
        self._wipe([*free, *range(self._n_slots, len(self._file.rows))])
        for start in range(0, len(slots), _BATCH_ROWS):
            chosen = np.asarray(slots[start : start + _BATCH_ROWS], np.int64)
            self._quantise(chosen, np.asarray(self._file.rows[chosen]))
        self._file.map_anew()
        for slot, row in zip(slots, rows, strict=True):
            self.publish(slot, row)
        return True

    def _holds(self, slot: int, checksum: int) -> bool:
        return slot < len(self._file.rows) and zlib.crc32(self._file.rows[slot].data) == checksum

    def _wipe(self, slots: Sequence[int]) -> None:
        """Overwrite what a kill left in rows that nothing names any more."""
        zeros = np.zeros(self._padded, np.float32)
        for start in range(0, len(slots), _BATCH_ROWS):
            chosen = np.asarray(slots[start : start + _BATCH_ROWS], np.int64)
            for slot in chosen[self._file.rows[chosen].view(np.uint32).any(axis=1)]:
                self._file.write(int(slot), zeros)

    def reserve(self, vector: npt.NDArray[np.floating]) -> tuple[int, int]:
        """See `VectorIndex`.

        Raises:
            ValueError: the vector is not of this index's dimension.
            OSError: the cache file cannot be written.
        """
        exact = self._one(vector)
        if not self._free and self._n_slots == len(self._keys):
            self._grow(2 * self._n_slots)
        slot = self._free.pop() if self._free else self._n_slots
        try:
            self._file.write(slot, exact[0])
        except OSError:
            self._free += [slot] if slot < self._n_slots else []
            raise
        self._n_slots = max(self._n_slots, slot + 1)
        self._quantise(np.array([slot]), exact)
        return slot, zlib.crc32(exact.data)

    def checksum(self, vector: npt.NDArray[np.floating]) -> int:
        """What `reserve` would give with this vector."""
        return zlib.crc32(self._one(vector).data)

    def _one(self, vector: npt.NDArray[np.floating]) -> Floats:
        """(1, padded dim) of a vector."""
        if np.shape(vector) != (self.dim,):
            raise ValueError(f"The index holds vectors of {self.dim} dimensions, this one has shape {vector.shape}.")
        return self._pad(np.asarray(vector, np.float32)[None, :])

    def publish(self, slot: int, row: VectorRow) -> None:
        """See `VectorIndex`."""
        columns = self._columns
        columns.importance[slot] = row.importance
        columns.last_use_s[slot] = _seconds(row.last_used_ms)
        columns.owner[slot] = row.project
        columns.tags[slot] = KIND_BITS[row.kind] | self._tier(row.half_life_s) | row.bits
        assert columns.created_s is not None
        columns.created_s[slot] = _seconds(row.created_ms)
        self._keys[slot], self._groups[slot], self._created_ms[slot] = row.key, row.group, row.created_ms

    def release(self, slots: Collection[int]) -> None:
        """See `VectorIndex`; the vectors are overwritten, in the file too.

        Raises:
            OSError: the cache file cannot be written; none of these slots is found any more all the same.
        """
        chosen = np.fromiter(slots, np.int64)
        self._columns.tags[chosen] = 0
        self._columns.coarse[chosen] = self._columns.fine[chosen] = 0
        for slot in slots:
            self._file.write(slot, np.zeros(self._padded, np.float32))
            self._free.append(slot)

    def clear(self) -> None:
        """Forget everything."""
        self.release(set(range(self._n_slots)).difference(self._free))
        self._free, self._n_slots = [], 0

    def search(self, query: VectorQuery) -> list[tuple[int, float]]:
        """See `VectorIndex`."""
        slots, cosines = self._nearest(query)
        return list(zip(self._keys[slots].tolist(), cosines.tolist(), strict=True))

    def _nearest(self, query: VectorQuery) -> tuple[npt.NDArray[np.int32], Floats]:
        """The slots of the best hits, best first, and their cosines."""
        if not len(self) or not query.kinds or query.k < 1:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        columns = self._used()
        vector = self._pad(np.asarray(query.vector, np.float32)[None, :])
        rows, _, cosines = accel.search(
            columns, self._file.rows[: self._n_slots], vector, min(query.k, accel.MAX_K),
            self._filter(query), self._weights(query),
        )  # fmt: skip
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found]

    def neighbours(
        self, slots: Sequence[int], k: int, kinds: Collection[Kind], no_bits: int = 0
    ) -> list[list[tuple[int, float]]]:
        """For each of these slots the keys and cosines of the nearest, itself among them; one pass for all."""
        if not slots:
            return []
        rows = self._file.rows[: self._n_slots]
        wanted = accel.Filter(any_bits=_kind_bits(kinds), no_bits=no_bits)
        queries = np.array(rows[np.asarray(slots, np.int64)])
        found = accel.search(self._used(), rows, queries, min(k, accel.MAX_K), wanted)
        return [
            [(int(self._keys[row]), float(cosine)) for row, cosine in zip(near, cosines, strict=True) if row >= 0]
            for near, cosines in zip(found.rows, found.similarities, strict=True)
        ]

    def cosines(self, slots: Sequence[int], vector: Floats) -> Floats:
        """See `VectorIndex`."""
        # Not a matrix product: BLAS would wake its threads for it.
        result: Floats = np.einsum("ij,j->i", self._file.rows[np.asarray(slots, np.int64), : self.dim], vector)
        return result

    def vectors(self, slots: Sequence[int]) -> Vectors:
        """(n, dim) float32, a copy of what these slots hold."""
        return np.array(self._file.rows[np.asarray(slots, np.int64), : self.dim])

    def near_duplicates(
        self, threshold: float, kinds: Collection[Kind], no_bits: int = 0
    ) -> list[tuple[int, int, float]]:
        """All pairs of keys at least as similar as the threshold, with their cosine."""
        wanted = accel.Filter(any_bits=_kind_bits(kinds), no_bits=no_bits)
        rows = self._file.rows[: self._n_slots]
        pairs, values = accel.self_join(self._used(), threshold, wanted, vectors=rows)
        keys = self._keys[pairs]
        return [(int(a), int(b), float(v)) for (a, b), v in zip(keys, values, strict=True)]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _grow(self, capacity: int) -> None:
        if capacity > len(self._file.rows):
            self._file.grow(capacity)
        self._columns = accel.Columns(*(_longer(column, capacity) for column in _arrays(self._columns)))
        self._keys = _longer(self._keys, capacity)
        self._groups = _longer(self._groups, capacity)
        self._created_ms = _longer(self._created_ms, capacity)

    def _pad(self, vectors: Floats) -> Floats:
        missing = self._padded - self.dim
        return np.pad(vectors, ((0, 0), (0, missing))) if missing else vectors

    def _quantise(self, slots: npt.NDArray[np.int64], vectors: Floats) -> None:
        for name, values in accel.encode(vectors)._asdict().items():
            getattr(self._columns, name)[slots] = values

    def _tier(self, half_life_s: float) -> int:
        """The number of this half-life in the scan's table; the nearest one once the table is full."""
        if half_life_s in self._half_lives:
            return self._half_lives.index(half_life_s)
        if len(self._half_lives) < _N_TIERS:
            self._half_lives.append(half_life_s)
            return len(self._half_lives) - 1
        distances = [abs(half_life_s - known) for known in self._half_lives]
        return distances.index(min(distances))

    def _used(self) -> accel.Columns:
        return accel.Columns(*(column[: self._n_slots] for column in _arrays(self._columns)))

    def _filter(self, query: VectorQuery) -> accel.Filter:
        first_ms, last_ms = query.created_from_ms, query.created_to_ms
        return accel.Filter(
            any_bits=_kind_bits(query.kinds),
            no_bits=query.no_bits,
            owner=query.project,
            mask=self._mask(query),
            created_from_s=accel.FIRST_SECOND if first_ms is None else _seconds(first_ms),
            created_until_s=accel.LAST_SECOND if last_ms is None else _seconds(last_ms),
        )

    def _mask(self, query: VectorQuery) -> npt.NDArray[np.uint8] | None:
        """What the columns of the scan do not know: groups, and the milliseconds of a time not in whole seconds."""
        conditions = []
        groups = self._groups[: self._n_slots]
        if 0 < len(query.without_groups) <= _FEW:
            conditions += [groups != group for group in query.without_groups]
        elif query.without_groups:
            conditions.append(np.isin(groups, np.fromiter(query.without_groups, np.uint32), invert=True))
        made_ms = self._created_ms[: self._n_slots]
        if query.created_from_ms is not None and query.created_from_ms % 1000 != 0:
            conditions.append(made_ms >= query.created_from_ms)
        if query.created_to_ms is not None and query.created_to_ms % 1000 != 999:
            conditions.append(made_ms <= query.created_to_ms)
        return np.logical_and.reduce(conditions).view(np.uint8) if conditions else None

    def _weights(self, query: VectorQuery) -> accel.Weights:
        return accel.Weights(
            importance=query.importance_weight,
            recency=query.recency_weight,
            now_s=_seconds(query.now_ms),
            half_lives_s=tuple(self._half_lives),
        )


def _check_kernels() -> None:
    try:
        accel.backend()
    except accel.UnknownBackendError as exc:
        raise UsageError(str(exc)) from exc


def padded(dim: int) -> int:
    """The next multiple of 32: what the scan takes."""
    return -(-dim // 32) * 32


def _arrays(columns: accel.Columns) -> list[npt.NDArray[Any]]:
    return [getattr(columns, field.name) for field in fields(columns)]


def _longer(column: npt.NDArray[Any], n: int) -> npt.NDArray[Any]:
    # Zeros that nobody has touched take no memory, so growing ahead costs nothing but addresses.
    grown = np.zeros((n, *column.shape[1:]), column.dtype)
    grown[: len(column)] = column
    return grown


def _empty_columns(n: int, dim: int) -> accel.Columns:
    return accel.Columns(
        coarse=np.zeros((n, dim // 2), np.uint8),
        fine=np.zeros((n, dim // 2), np.uint8),
        reach=np.zeros(n, np.uint8),
        scale=np.zeros(n, np.float32),
        importance=np.zeros(n, np.float32),
        last_use_s=np.zeros(n, np.int32),
        tags=np.zeros(n, np.uint32),
        owner=np.zeros(n, np.uint32),
        created_s=np.zeros(n, np.int32),
    )


def _kind_bits(kinds: Collection[Kind]) -> int:
    bits = 0
    for kind in kinds:
        bits |= KIND_BITS[kind]
    return bits


def _seconds(time_ms: int) -> int:
    return max(0, min(time_ms // 1000 - _EPOCH_S, 2**31 - 1))
