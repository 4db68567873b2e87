"""The version of what is in the store, and the ladder from each version to the next.

A step takes the store and returns the writes that lead one version up; they and the new version go into
one transaction, so that a crash leaves the old version or the new one. A step must be repeatable, and
must not need more memory than one document: one that touches everything commits in pieces and only puts
its last piece beside the version.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import PackageNotFoundError, version

from engine.clock import Clock, SystemClock
from engine.errors import DataDirError
from engine.store.store import Store, Transaction

# Version of what this program writes.
SCHEMA_VERSION = 1

Step = Callable[[Store], Awaitable[Transaction]]

# From the version named to the one above it.
LADDER: Mapping[int, Step] = {}


def app_version() -> str:
    """Version of this program, "" in a checkout that was never installed."""
    try:
        return version("scrubjay")
    except PackageNotFoundError:
        return ""


async def read_version(store: Store) -> int:
    """Version of what is in the store, 0 for an empty one.

    Raises:
        DataDirError: it is newer than this program.
        EntryDamagedError: the record of it is damaged.
    """
    record = await store.get(store.keys.schema)
    found = int(record["version"]) if record else 0
    if found > SCHEMA_VERSION:
        raise DataDirError(
            f"The store was written by a newer Scrubjay (version {found} of its content, this one knows "
            f"{SCHEMA_VERSION}); update Scrubjay, or choose another folder with --data-dir."
        )
    return found


async def migrate(
    store: Store, *, clock: Clock | None = None, ladder: Mapping[int, Step] = LADDER, target: int = SCHEMA_VERSION
) -> int:
    """Bring what is in the store up to this program's version; returns the version it had.

    Only the owner of the store migrates.

    Raises:
        DataDirError: it is newer than this program.
    """
    found = await read_version(store)
    if found == target:
        return found
    if found == 0:
        await _climb(store, Transaction(), target, clock or SystemClock())
    for step in range(found or target, target):
        await _climb(store, await ladder[step](store), step + 1, clock or SystemClock())
    await store.barrier()
    return found


async def _climb(store: Store, transaction: Transaction, to: int, clock: Clock) -> None:
    before = await store.get(store.keys.schema)
    created_ms = before["created_ms"] if before else clock.now_ms()
    transaction.put(store.keys.schema, {"version": to, "app": app_version(), "created_ms": created_ms})
    await store.commit(transaction)
