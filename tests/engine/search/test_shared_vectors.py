"""What another process sees of the owner's vectors: all that it was told of, and never what is no longer there."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from engine.search.shared_vectors import SharedScanIndex
from engine.search.vector_file import VectorFile
from engine.search.vectors import ScanIndex, VectorQuery, VectorRow

DIM = 32


def unit_rows(n: int, seed: int = 0) -> np.ndarray:
    x = np.random.default_rng(seed).standard_normal((n, DIM)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


class Pair:
    """An owner with vectors, and a reader that was told of all of them; keys count from 1."""

    def __init__(self, path: Path, vectors: np.ndarray) -> None:
        self.path, self.vectors = path, vectors
        self.owner = ScanIndex(path, DIM)
        self.told = [self.owner.reserve(vector) for vector in vectors]
        self.rows = [VectorRow(key, "memory") for key in range(1, len(vectors) + 1)]
        for (slot, _), row in zip(self.told, self.rows, strict=True):
            self.owner.publish(slot, row)
        self.reader = SharedScanIndex(path, DIM)
        assert self.reader.restore([slot for slot, _ in self.told], [check for _, check in self.told], self.rows)

    def found(self, index: ScanIndex, vector: np.ndarray, k: int = 3) -> list[tuple[int, float]]:
        return index.search(VectorQuery(vector, k, ("memory",)))

    def close(self) -> None:
        self.owner.close()
        self.reader.close()


@pytest.fixture
def pair(tmp_path: Path):
    pair = Pair(tmp_path / "v.f32", unit_rows(40))
    yield pair
    pair.close()


def test_a_reader_finds_what_the_owner_finds(pair: Pair) -> None:
    for query in unit_rows(5, seed=1):
        assert pair.found(pair.reader, query) == pair.found(pair.owner, query)
    assert len(pair.reader) == 40


def test_a_deleted_vector_is_not_served_before_the_reader_hears_of_it(pair: Pair) -> None:
    pair.owner.release([pair.told[6][0]])
    assert pair.found(pair.reader, pair.vectors[6]) == pair.found(pair.owner, pair.vectors[6])
    everything = pair.found(pair.reader, pair.vectors[6], 40)
    assert everything == pair.found(pair.owner, pair.vectors[6], 40)
    assert 7 not in [key for key, _ in everything]
    assert len(pair.reader) == 39


def test_a_replaced_vector_is_served_once_the_reader_heard_of_it(pair: Pair) -> None:
    pair.owner.release([pair.told[6][0]])
    fresh = unit_rows(1, seed=9)[0]
    slot, checksum = pair.owner.reserve(fresh)
    assert slot == pair.told[6][0]
    assert pair.found(pair.reader, fresh, 1)[0][0] != 99
    assert pair.reader.adopt(slot, checksum, VectorRow(99, "memory"))
    assert pair.found(pair.reader, fresh, 1)[0] == (99, pytest.approx(1, abs=1e-6))


def test_what_the_slot_no_longer_holds_is_not_adopted(pair: Pair) -> None:
    assert not pair.reader.adopt(3, pair.told[3][1] ^ 1, VectorRow(4, "memory"))
    assert not pair.reader.adopt(10**6, 0, VectorRow(5, "memory"))


def test_a_reader_follows_a_file_that_has_grown(pair: Pair) -> None:
    many = unit_rows(1500, seed=2)
    told = [pair.owner.reserve(vector) for vector in many]
    for key, (slot, checksum) in enumerate(told, 1000):
        pair.owner.publish(slot, VectorRow(key, "memory"))
        assert pair.reader.adopt(slot, checksum, VectorRow(key, "memory"))
    assert pair.found(pair.reader, many[1499], 1)[0][0] == 2499
    assert pair.found(pair.reader, pair.vectors[0], 1)[0][0] == 1


def test_forgotten_slots_are_found_no_more(pair: Pair) -> None:
    pair.reader.forget([pair.told[0][0]])
    assert pair.found(pair.reader, pair.vectors[0], 1)[0][0] != 1
    assert pair.found(pair.owner, pair.vectors[0], 1)[0][0] == 1


def test_after_the_owner_began_anew_a_reader_finds_nothing_and_says_so(pair: Pair) -> None:
    pair.owner.close()
    data = bytearray(pair.path.read_bytes())
    data[-1000 * DIM * 4] ^= 1
    with pair.path.open("r+b") as file:  # in place: the reader has it mapped
        file.write(data)
    again = ScanIndex(pair.path, DIM)
    assert not again.restore([slot for slot, _ in pair.told], [check for _, check in pair.told], pair.rows)
    assert not pair.reader.is_current
    assert pair.found(pair.reader, pair.vectors[1]) == []
    again.close()
    pair.owner = ScanIndex(pair.path, DIM)
    assert not pair.reader.is_current
    assert pair.found(pair.reader, pair.vectors[1]) == []


def test_a_reader_cannot_write(pair: Pair) -> None:
    before = pair.path.read_bytes()
    for refused in (lambda: pair.reader.reserve(pair.vectors[0]), lambda: pair.reader.release([1]), pair.reader.clear):
        with pytest.raises(io.UnsupportedOperation):
            refused()
    assert pair.path.read_bytes() == before


@pytest.mark.parametrize("content", [None, b"", b"x" * 10_000, bytes(8192)])
def test_a_reader_of_no_usable_file_finds_nothing(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "v.f32"
    if content is not None:
        path.write_bytes(content)
    reader = SharedScanIndex(path, DIM)
    assert not reader.restore([0], [0], [VectorRow(1, "memory")])
    assert reader.search(VectorQuery(unit_rows(1)[0], 3, ("memory",))) == []
    assert (path.read_bytes() if path.exists() else None) == content


def test_a_file_of_another_dimension_or_layout_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "v.f32"
    first = VectorFile(path, 16)
    first.grow(4)
    first.write(2, np.ones(16, np.float32))
    first.close()
    other = VectorFile(path, 48)
    assert len(other.rows) == 0
    other.grow(2)
    assert not other.rows.any()
    other.close()
    assert path.stat().st_mode & 0o077 == 0
