"""The dense index: exact, filtered, weighted nearest neighbours over vectors held as 7-bit codes in RAM.

The codes (one byte per dimension) are scanned whole for every query by `accel`; the best 4 k rows are
then scored again with the float32 vectors of a cache file that is mapped, never held. Nothing is built,
tuned or repaired, a filter costs no recall, and 65,000 vectors of 384 take well under a millisecond. An
HNSW graph would answer a million vectors faster, but not filtered, not weighted, and not after deletes.

A vector lives in a *slot*. A replaced vector gets a new slot, and the old one is given free only when the
catalogue that names the slots has been committed; so a kill at any moment leaves a catalogue whose slots
hold what it says. Its checksum is kept there too: a torn write after a power cut is seen when opening.
The file is written with plain writes and only read through the mapping, because a write through a mapping
onto a full disk ends the process.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import numpy.typing as npt

import accel
from engine.search.types import Kind, Vectors

KIND_BITS: dict[Kind, int] = {"document": 1 << 4, "memory": 1 << 5, "chat": 1 << 6}

# Zero of the 32-bit second counter in the scan (2020-01-01 UTC): enough until 2088.
_EPOCH_S = 1_577_836_800
_FIRST_CAPACITY = 1024
_RESCORED_PER_HIT = 4
_N_TIERS = 16

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


class _VectorFile:
    """(capacity, dim) float32 in a file that is read through a mapping, or in RAM without a path."""

    def __init__(self, path: Path | None, dim: int) -> None:
        self._path, self._dim = path, dim
        self._file: BinaryIO | None = None
        self.rows: Floats = np.zeros((0, dim), np.float32)
        if path is not None:
            self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
            self._map(path.stat().st_size // (4 * dim))

    def _map(self, capacity: int) -> None:
        self.rows = np.zeros((0, self._dim), np.float32)
        if self._path is not None and capacity:
            self.rows = np.memmap(self._path, np.float32, "r", shape=(capacity, self._dim))

    def grow(self, capacity: int) -> None:
        if self._file is None:
            grown = np.zeros((capacity, self._dim), np.float32)
            grown[: len(self.rows)] = self.rows
            self.rows = grown
            return
        self.rows = np.zeros((0, self._dim), np.float32)  # Windows cannot resize a mapped file
        self._file.truncate(capacity * self._dim * 4)
        self._map(capacity)

    def write(self, slot: int, vector: Floats) -> None:
        if self._file is None:
            self.rows[slot] = vector
            return
        self._file.seek(slot * self._dim * 4)
        self._file.write(vector.tobytes())

    def close(self) -> None:
        self.rows = np.zeros((0, self._dim), np.float32)
        if self._file is not None:
            self._file.close()


class ScanIndex:
    """`VectorIndex` by exact scan. Not thread-safe: one thread owns it.

    Args:
        path: of the float32 cache file; None keeps the vectors in RAM.
        dim: of the vectors; codes are padded to a multiple of 16.
    """

    def __init__(self, path: Path | None, dim: int) -> None:
        self.dim = dim
        self._padded = -(-dim // 16) * 16
        self._file = _VectorFile(path, dim)
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
        self._n_slots = max(slots, default=-1) + 1
        if self._n_slots > len(self._file.rows):
            return False
        for slot, checksum in zip(slots, checksums, strict=True):
            if zlib.crc32(self._file.rows[slot].data) != checksum:
                return False
        taken = set(slots)
        self._free = [slot for slot in range(self._n_slots) if slot not in taken]
        for start in range(0, len(slots), 4096):
            chosen = np.asarray(slots[start : start + 4096], np.int64)
            self._quantise(chosen, self._file.rows[chosen])
        for slot, row in zip(slots, rows, strict=True):
            self.publish(slot, row)
        return True

    def reserve(self, vector: npt.NDArray[np.floating]) -> tuple[int, int]:
        """See `VectorIndex`.

        Raises:
            ValueError: the vector is not of this index's dimension.
            OSError: the cache file cannot be written.
        """
        exact = np.ascontiguousarray(vector, np.float32)
        if exact.shape != (self.dim,):
            raise ValueError(f"The index holds vectors of {self.dim} dimensions, this one has shape {exact.shape}.")
        if not self._free and self._n_slots == len(self._keys):
            self._grow(2 * self._n_slots)
        slot = self._free.pop() if self._free else self._n_slots
        try:
            self._file.write(slot, exact)
        except OSError:
            self._free += [slot] if slot < self._n_slots else []
            raise
        self._n_slots = max(self._n_slots, slot + 1)
        self._quantise(np.array([slot]), exact[None, :])
        return slot, zlib.crc32(exact.data)

    def publish(self, slot: int, row: VectorRow) -> None:
        """See `VectorIndex`."""
        columns = self._columns
        columns.importance[slot] = row.importance
        columns.last_use_s[slot] = _seconds(row.last_used_ms)
        columns.owner[slot] = row.project
        columns.tags[slot] = KIND_BITS[row.kind] | self._tier(row.half_life_s) | row.bits
        self._keys[slot], self._groups[slot], self._created_ms[slot] = row.key, row.group, row.created_ms

    def release(self, slots: Collection[int]) -> None:
        """See `VectorIndex`; the vectors are overwritten, in the file too."""
        for slot in slots:
            self._columns.tags[slot] = 0
            self._columns.codes[slot] = 0
            self._file.write(slot, np.zeros(self.dim, np.float32))
            self._free.append(slot)

    def clear(self) -> None:
        """Forget everything."""
        self.release(set(range(self._n_slots)).difference(self._free))
        self._free, self._n_slots = [], 0

    def search(self, query: VectorQuery) -> list[tuple[int, float]]:
        """See `VectorIndex`."""
        if not len(self) or not query.kinds:
            return []
        codes, scales = accel.quantise(self._pad(query.vector[None, :]))
        n_rescored = min(accel.MAX_K, _RESCORED_PER_HIT * query.k)
        rows, scores = accel.scan(
            self._used(), codes, scales, n_rescored, self._filter(query), self._weights(query)
        )  # fmt: skip
        found = rows[0][rows[0] >= 0]
        exact = self._file.rows[found] @ query.vector
        # What the scan added to its own similarity stays; only the rounding of the codes is taken back.
        rough = (self._columns.codes[found].astype(np.float32) @ codes[0]) * (scales[0] * self._columns.scale[found])
        total = scores[0][: len(found)] + (exact - rough)
        order = np.argsort(-total, kind="stable")[: query.k]
        return [(int(self._keys[found[i]]), float(exact[i])) for i in order]

    def cosines(self, slots: Sequence[int], vector: Floats) -> Floats:
        """See `VectorIndex`."""
        result: Floats = self._file.rows[np.asarray(slots, np.int64)] @ vector
        return result

    def vectors(self, slots: Sequence[int]) -> Vectors:
        """(n, dim) float32, a copy of what these slots hold."""
        return np.array(self._file.rows[np.asarray(slots, np.int64)])

    def near_duplicates(self, threshold: float, kinds: Collection[Kind]) -> list[tuple[int, int, float]]:
        """All pairs of keys at least as similar as the threshold, with their similarity."""
        wanted = accel.Filter(any_bits=_kind_bits(kinds))
        pairs, values = accel.self_join(self._used(), threshold, wanted)
        keys = self._keys[pairs]
        return [(int(a), int(b), float(v)) for (a, b), v in zip(keys, values, strict=True)]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _grow(self, capacity: int) -> None:
        if capacity > len(self._file.rows):
            self._file.grow(capacity)
        old, new = self._columns, _empty_columns(capacity, self._padded)
        n = len(self._keys)
        for name in ("codes", "scale", "importance", "last_use_s", "tags", "owner"):
            getattr(new, name)[:n] = getattr(old, name)
        self._columns = new
        self._keys = np.concatenate([self._keys, np.zeros(capacity - n, np.int64)])
        self._groups = np.concatenate([self._groups, np.zeros(capacity - n, np.uint32)])
        self._created_ms = np.concatenate([self._created_ms, np.zeros(capacity - n, np.int64)])

    def _pad(self, vectors: Floats) -> Floats:
        missing = self._padded - self.dim
        return np.pad(vectors, ((0, 0), (0, missing))) if missing else vectors

    def _quantise(self, slots: npt.NDArray[np.int64], vectors: Floats) -> None:
        self._columns.codes[slots], self._columns.scale[slots] = accel.quantise(self._pad(vectors))

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
        n, c = self._n_slots, self._columns
        return accel.Columns(c.codes[:n], c.scale[:n], c.importance[:n], c.last_use_s[:n], c.tags[:n], c.owner[:n])

    def _filter(self, query: VectorQuery) -> accel.Filter:
        keep = np.ones(0, bool)
        if query.without_groups:
            excluded = np.fromiter(query.without_groups, np.uint32)
            keep = np.isin(self._groups[: self._n_slots], excluded, invert=True)
        if query.created_from_ms is not None or query.created_to_ms is not None:
            made = self._created_ms[: self._n_slots]
            in_time = (made >= (query.created_from_ms or 0)) & (made <= (query.created_to_ms or 2**62))
            keep = keep & in_time if len(keep) else in_time
        mask = keep.astype(np.uint8) if len(keep) else None
        return accel.Filter(_kind_bits(query.kinds), query.no_bits, query.project, mask)

    def _weights(self, query: VectorQuery) -> accel.Weights:
        return accel.Weights(
            importance=query.importance_weight,
            recency=query.recency_weight,
            now_s=_seconds(query.now_ms),
            half_lives_s=tuple(self._half_lives),
        )


def _empty_columns(n: int, dim: int) -> accel.Columns:
    return accel.Columns(
        codes=np.zeros((n, dim), np.int8),
        scale=np.zeros(n, np.float32),
        importance=np.zeros(n, np.float32),
        last_use_s=np.zeros(n, np.int32),
        tags=np.zeros(n, np.uint32),
        owner=np.zeros(n, np.uint32),
    )


def _kind_bits(kinds: Collection[Kind]) -> int:
    bits = 0
    for kind in kinds:
        bits |= KIND_BITS[kind]
    return bits


def _seconds(time_ms: int) -> int:
    return max(0, min(time_ms // 1000 - _EPOCH_S, 2**31 - 1))
