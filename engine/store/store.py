"""The small interface through which everything that lasts is written and read.

Nothing else in the engine knows Redis. A *record* is a `dict` of plain values (str, int, float, bool,
None, bytes, list, dict); an *index* is a sorted set of string members with a float score. All writes of
one logical unit (a document with its passages, a turn) go into one `Transaction`: a crash leaves the
whole unit or nothing. All writes are idempotent, because ids are made by the writer: a commit whose
reply was lost is simply repeated. `barrier()` is the only acknowledgement: what was committed before it
returned survives any kill.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from engine.store.keys import Keys

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change stream.

    Attributes:
        position: the stream id; ever growing.
        kind: document, memory, chat or turn.
        id: of what changed.
        action: put or delete.
    """

    position: str
    kind: str
    id: str
    action: Literal["put", "delete"]


@dataclass(slots=True)
class Transaction:
    """Writes that happen together or not at all. Collected here, sent by `Store.commit`."""

    puts: dict[str, Record] = field(default_factory=dict)
    deletes: set[str] = field(default_factory=set)
    index_adds: dict[str, dict[str, float]] = field(default_factory=dict)
    index_removes: dict[str, set[str]] = field(default_factory=dict)
    announcements: list[tuple[str, str, Literal["put", "delete"]]] = field(default_factory=list)

    def put(self, key: str, record: Mapping[str, Any]) -> None:
        """Write a record, replacing what was there."""
        self.puts[key] = dict(record)
        self.deletes.discard(key)

    def delete(self, key: str) -> None:
        """Remove a record or a whole index."""
        self.deletes.add(key)
        self.puts.pop(key, None)
        self.index_adds.pop(key, None)
        self.index_removes.pop(key, None)

    def index_add(self, index: str, member: str, score: float) -> None:
        """Put a member into an index, or move it to another score."""
        self.index_adds.setdefault(index, {})[member] = score
        self.index_removes.get(index, set()).discard(member)

    def index_remove(self, index: str, member: str) -> None:
        """Take a member out of an index."""
        self.index_removes.setdefault(index, set()).add(member)
        self.index_adds.get(index, {}).pop(member, None)

    def announce(self, kind: str, id: str, action: Literal["put", "delete"]) -> None:
        """Tell caches, here and in other processes, that something changed."""
        self.announcements.append((kind, id, action))


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What `doctor` and the resource panel say about the store."""

    server: str
    version: str
    durable: str
    memory_bytes: int
    disk_bytes: int
    n_keys: int


class Store(Protocol):
    """A place for what lasts. `engine.store.client.RedisStore` and `engine.store.twin.MemoryStore`
    implement it; one conformance suite runs on both."""

    keys: Keys

    async def get(self, key: str) -> Record | None:
        """A record, or None.

        Raises:
            EntryDamagedError: its checksum does not match.
            StoreUnavailableError: the server is away.
        """
        ...

    async def get_many(self, keys: Sequence[str]) -> list[Record | None]:
        """Records in the order of the keys, None where there is none or where it is damaged
        (damaged keys are logged and counted)."""
        ...

    def scan(self, prefix: str) -> AsyncIterator[str]:
        """All keys that start with a prefix, in no order, each once."""
        ...

    async def range(
        self,
        index: str,
        *,
        low: float | None = None,
        high: float | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[tuple[str, float]]:
        """Members of an index with their scores, by score, bounds included."""
        ...

    async def count(self, index: str) -> int:
        """How many members an index has."""
        ...

    async def commit(self, transaction: Transaction) -> str:
        """Write all of a transaction or nothing; not yet acknowledged (see `barrier`).

        Returns:
            Position of the last change announced, or "" where nothing was announced.

        Raises:
            StoreFullError: no space; nothing was written.
            StoreUnavailableError: the server is away; repeat the same transaction later.
        """
        ...

    async def barrier(self) -> None:
        """Return when everything committed so far survives a kill and a power cut.

        Raises:
            StoreFullError: it does not, and will not until there is space.
        """
        ...

    async def changes(self, after: str, limit: int = 1000) -> list[Change] | None:
        """Changes after a position ("" = from the start), oldest first; None when the stream was
        trimmed past that position, so that a cache must be built anew."""
        ...

    async def last_change(self) -> str:
        """Position of the newest change, "" when there was none."""
        ...

    async def wait_for_change(self, after: str, timeout_s: float) -> bool:
        """True as soon as there is a change after a position, False after the time."""
        ...

    async def info(self) -> StoreInfo:
        """Figures for people."""
        ...

    async def aclose(self) -> None:
        """Close the connection; a barrier first."""
        ...
