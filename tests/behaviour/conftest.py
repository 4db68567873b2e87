"""What tests of whole processes stand on besides their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder for sockets: an address has 108 bytes (104 on macOS), and pytest's own folders leave too few."""
    with tempfile.TemporaryDirectory(prefix="sj-") as folder:
        yield Path(folder)
