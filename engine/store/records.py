"""How a record lies in the store: msgpack, zlib where it helps, and a checksum over all of it.

    byte 0      format 1 in the high half, flags in the low half (bit 0: the payload is compressed)
    bytes 1-4   CRC-32, little endian, of the key, byte 0 and the payload as it lies there
    the rest    payload: msgpack of the record, compressed with zlib above 200 bytes

The append-only file has no checksum of its own: of 30 flipped bytes 12 were served as good values. The
key is part of the sum, because a flip in the *key* of one command would otherwise hand out one
person's passage as another one, whole and well-formed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Any

import msgpack

from engine.errors import EntryDamagedError, UsageError
from engine.store.store import Record

_HEADER = struct.Struct("<BI")
_FORMAT = 0x10
_COMPRESSED = 0x01

# Below this many bytes zlib saves nothing worth its header (design.md section 7).
COMPRESS_ABOVE_BYTES = 200


def _checksum(key: str, head: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(bytes((head,)), zlib.crc32(key.encode("utf-8", "surrogatepass"))))


def pack_record(key: str, record: Mapping[str, Any]) -> bytes:
    """The bytes of a record under its key.

    Raises:
        UsageError: a value that is not plain (str, int, float, bool, None, bytes, list, dict).
    """
    try:
        # surrogatepass: a file name that is no valid UTF-8 reaches us with lone surrogates.
        payload: bytes = msgpack.packb(
            record if type(record) is dict else dict(record), use_bin_type=True, unicode_errors="surrogatepass"
        )
    except (TypeError, ValueError, OverflowError) as exc:
        raise UsageError(f"The entry {key} holds a value that cannot be stored: {exc}.") from exc
    head = _FORMAT
    if len(payload) > COMPRESS_ABOVE_BYTES:
        smaller = zlib.compress(payload)
        if len(smaller) < len(payload):
            payload, head = smaller, head | _COMPRESSED
    return _HEADER.pack(head, _checksum(key, head, payload)) + payload


def unpack_record(key: str, data: bytes) -> Record:
    """The record that `pack_record` packed under the same key.

    Raises:
        EntryDamagedError: the bytes are not the ones that were written.
    """
    if len(data) <= _HEADER.size:
        raise EntryDamagedError(key)
    head, checksum = _HEADER.unpack_from(data)
    payload = data[_HEADER.size :]
    if checksum != _checksum(key, head, payload) or head & ~_COMPRESSED != _FORMAT:
        raise EntryDamagedError(key)
    try:
        if head & _COMPRESSED:
            payload = zlib.decompress(payload)
        record = msgpack.unpackb(payload, raw=False, strict_map_key=False, unicode_errors="surrogatepass")
    except (zlib.error, ValueError, msgpack.UnpackException) as exc:
        raise EntryDamagedError(key) from exc
    if not isinstance(record, dict):
        raise EntryDamagedError(key)
    return record
