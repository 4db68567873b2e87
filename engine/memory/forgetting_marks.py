"""What is being forgotten for good and is not finished: `{change id: {"ids", "keep_chat"}}` under one key.

It is noted before the first word goes and taken away when the last is gone, so that whatever is killed when, the next
start finds what is left to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.store.store import Store, Transaction

__all__ = ["Marks", "load_marks", "put_marks"]

Marks = dict[str, Mapping[str, Any]]


async def load_marks(store: Store) -> Marks:
    """All that are noted."""
    found = await store.get(store.keys.forgetting) or {}
    return {id: mark if isinstance(mark, Mapping) else {"ids": []} for id, mark in found.items()}


def put_marks(transaction: Transaction, store: Store, marks: Marks) -> None:
    """Write them, and no others; the key goes with the last."""
    if marks:
        transaction.put(store.keys.forgetting, dict(marks))
    else:
        transaction.delete(store.keys.forgetting)
