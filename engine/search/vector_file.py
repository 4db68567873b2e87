"""The float32 rows of the dense index: a cache file that its owner writes and maps read-only.

A header, then rows of `dim` numbers, one per slot. Who may write is decided elsewhere (the owner of the data
directory); here is what makes that safe to read:

- The file is written with plain writes and only read through a mapping, because a write through a mapping onto
  a full disk ends the process. It grows and never shrinks: a reader whose mapping lost its end would be ended too.
- A row has no mark of its own. Whoever hands out slots keeps a checksum of each row, and a row that was cut off,
  flipped, deleted or replaced no longer has it. Deleted rows are overwritten with zeros.
- A file that cannot be trusted is not repaired: its header is struck out, and who opens it next starts anew.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# Magic, layout, dim, CRC-32 of these, then zeros up to a page, so that rows are aligned.
_HEADER = struct.Struct("<8sII")
_MAGIC = b"scrubjay"
_LAYOUT = 3
HEADER_BYTES = 4096


class VectorFile:
    """(capacity, dim) float32 rows in a file, or in RAM without a path.

    Args:
        path: made anew where it is not such a file of this dimension.

    Attributes:
        rows: to read; through a mapping, so it changes with every write.
    """

    def __init__(self, path: Path | None, dim: int) -> None:
        self._path, self._dim = path, dim
        self._file: BinaryIO | None = None
        self.rows: Floats = np.zeros((0, dim), np.float32)
        if path is None:
            return
        if not self._is_ours(path):
            self._start_anew(path)
        self._file = path.open("r+b", buffering=0)
        self._map(path)

    def _map(self, path: Path) -> None:
        self.rows = np.zeros((0, self._dim), np.float32)
        capacity = (path.stat().st_size - HEADER_BYTES) // (4 * self._dim)
        if capacity > 0:
            self.rows = np.memmap(path, np.float32, "r", HEADER_BYTES, (capacity, self._dim))

    def map_anew(self) -> None:
        """Let go of the pages that were read, which count as this process's memory as long as they are mapped."""
        if self._path is not None:
            self._map(self._path)

    def grow(self, capacity: int) -> None:
        """Make room for that many rows; new ones are zeros.

        Raises:
            OSError: the file cannot be written.
        """
        if self._path is None:
            grown = np.zeros((capacity, self._dim), np.float32)
            grown[: len(self.rows)] = self.rows
            self.rows = grown
            return
        assert self._file is not None
        self.rows = np.zeros((0, self._dim), np.float32)  # Windows cannot resize a mapped file
        self._file.truncate(HEADER_BYTES + capacity * self._dim * 4)
        self._map(self._path)

    def write(self, slot: int, vector: Floats) -> None:
        """Put a vector into its row.

        Raises:
            OSError: the file cannot be written; the row may hold a part of it, which its checksum tells.
        """
        if self._path is None:
            self.rows[slot] = vector
            return
        assert self._file is not None
        self._file.seek(HEADER_BYTES + slot * self._dim * 4)
        _write_all(self._file, vector.tobytes())

    def strike_out(self) -> None:
        """Say that nothing in this file is to be trusted; who opens it next starts anew."""
        if self._file is not None:
            self._file.seek(0)
            _write_all(self._file, bytes(HEADER_BYTES))

    def close(self) -> None:
        """Let go of the file."""
        self.rows = np.zeros((0, self._dim), np.float32)
        if self._file is not None:
            self._file.close()

    def _is_ours(self, path: Path) -> bool:
        try:
            with path.open("rb") as file:
                return file.read(HEADER_BYTES) == _header(self._dim)
        except FileNotFoundError:
            return False

    def _start_anew(self, path: Path) -> None:
        fresh = path.with_name(path.name + ".new")
        with os.fdopen(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "r+b", buffering=0) as file:
            _write_all(file, _header(self._dim))
        fresh.replace(path)


def _header(dim: int) -> bytes:
    fields = _HEADER.pack(_MAGIC, _LAYOUT, dim)
    return (fields + struct.pack("<I", zlib.crc32(fields))).ljust(HEADER_BYTES, b"\0")


def _write_all(file: BinaryIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
