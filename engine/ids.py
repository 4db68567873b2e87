"""Ids, made by whoever writes, so that a repeated write is the same write."""

from __future__ import annotations

from typing import NewType

from ulid import ULID

ChatId = NewType("ChatId", str)
TurnId = NewType("TurnId", str)
RunId = NewType("RunId", str)
DocumentId = NewType("DocumentId", str)
PassageId = NewType("PassageId", str)
MemoryId = NewType("MemoryId", str)


def create_id() -> str:
    """A new ULID: 26 characters that sort by the time of their making."""
    return str(ULID())
