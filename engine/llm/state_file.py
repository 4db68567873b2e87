"""The seal on a saved sequence: what the model had read, kept in a file that llama.cpp wrote.

llama.cpp checks a magic number and aborts the process on whatever else is wrong: a file that was cut off, a
flipped byte, the state of another model. So a digest of the content and of the model stands behind the
content (llama.cpp reads no further than its own part), and a file without it is never handed over.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"SJKV0001"
_DIGEST_BYTES = 16
_SEAL_BYTES = len(_MAGIC) + _DIGEST_BYTES
_CHUNK = 1 << 20
# Of the model file, its size and this much of its beginning tell it from others: the whole of its settings.
_FINGERPRINT_BYTES = 1 << 20


def fingerprint(model: Path) -> bytes:
    """What tells a model file from others."""
    with model.open("rb") as file:
        digest = hashlib.blake2b(file.read(_FINGERPRINT_BYTES), digest_size=_DIGEST_BYTES)
    digest.update(str(model.stat().st_size).encode())
    return digest.digest()


def seal(path: Path, model: bytes) -> None:
    """Append the seal to a file."""
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        digest = _digest(file, size, model)
        file.seek(size)
        file.write(_MAGIC + digest)


def is_sealed(path: Path, model: bytes) -> bool:
    """Whether a file is exactly what was sealed for this model."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2) - _SEAL_BYTES
            if size <= 0:
                return False
            file.seek(size)
            return file.read() == _MAGIC + _digest(file, size, model)
    except OSError:
        return False


def _digest(file: BinaryIO, size: int, model: bytes) -> bytes:
    digest = hashlib.blake2b(model, digest_size=_DIGEST_BYTES)
    file.seek(0)
    while size > 0 and (chunk := file.read(min(size, _CHUNK))):
        digest.update(chunk)
        size -= len(chunk)
    return digest.digest()
