"""The dense index in a process that does not own its file."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.search.vector_file import VectorFile
from engine.search.vectors import Floats, ScanIndex, VectorQuery, VectorRow, padded


class SharedScanIndex(ScanIndex):
    """The same index in a process that does not own the file, and only reads it.

    It makes its own codes of what the catalogue names (`restore`) and follows what it hears of changes (`adopt`,
    `forget`, `publish` for other columns). It never shows a vector that is no longer in the file as it was told.

    Args:
        path: of the owner's cache file; without a usable one there `restore` finds nothing.
    """

    def __init__(self, path: Path, dim: int) -> None:
        self._checksums: dict[int, int] = {}
        self._start(VectorFile(path, padded(dim), writable=False), dim)
        self._grow(len(self._file.rows))

    @property
    def is_current(self) -> bool:
        """False when the owner began a new file: nothing is found here any more, open the index again."""
        return self._file.is_current

    def restore(self, slots: Sequence[int], checksums: Sequence[int], rows: Sequence[VectorRow]) -> bool:
        """See `ScanIndex`; what the owner changed since the catalogue was read is left to the changes that follow.

        Returns:
            False if the file is missing or was struck out.
        """
        for slot, checksum, row in zip(slots, checksums, rows, strict=True):
            self.adopt(slot, checksum, row)
        return self.is_current

    def adopt(self, slot: int, checksum: int, row: VectorRow) -> bool:
        """Let what the owner put into this slot be found.

        Returns:
            False if the slot does not hold it (any more).
        """
        if slot >= len(self._file.rows):
            self._file.refresh()
        if not self._holds(slot, checksum):
            return False
        if slot >= len(self._keys):
            self._grow(len(self._file.rows))
        self._n_slots = max(self._n_slots, slot + 1)
        self._checksums[slot] = checksum
        self._quantise(np.array([slot]), np.array(self._file.rows[slot : slot + 1]))
        self.publish(slot, row)
        return True

    def forget(self, slots: Collection[int]) -> None:
        """Find these slots no more."""
        self._hide(slots)
        for slot in slots:
            self._checksums.pop(slot, None)

    def reserve(self, vector: npt.NDArray[np.floating]) -> tuple[int, int]:
        """Refused.

        Raises:
            io.UnsupportedOperation: always, as from `release` and `clear`: only the owner writes.
        """
        raise _only_the_owner_writes()

    def release(self, slots: Collection[int]) -> None:
        """Refused."""
        raise _only_the_owner_writes()

    def clear(self) -> None:
        """Refused."""
        raise _only_the_owner_writes()

    def __len__(self) -> int:
        return len(self._checksums)

    def _nearest(self, query: VectorQuery) -> tuple[npt.NDArray[np.int32], Floats]:
        while True:
            slots, cosines = super()._nearest(query)
            gone = [slot for slot in slots.tolist() if not self._holds(slot, self._checksums[slot])]
            if not gone:
                break
            self.forget(gone)
        if not self.is_current:
            return slots[:0], cosines[:0]
        return slots, cosines


def _only_the_owner_writes() -> io.UnsupportedOperation:
    return io.UnsupportedOperation("Only the owner of the data directory writes the vectors.")
