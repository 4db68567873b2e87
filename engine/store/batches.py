"""A transaction as the bytes of one MULTI/EXEC.

Many values go into one command (MSET, ZADD, DEL with many arguments): a document of 5,000 passages is
some hundred commands, not twenty thousand, which is what keeps both event loops free, ours and the server's.
The bytes are cut into slices of about 256 kB; between two slices the loop of the caller runs. Packing
and compressing a large transaction takes half a second of CPU, so `create_batch` hands it to a thread.

Within a transaction deletes come first, then removals, then puts, additions and announcements, so
that "delete the index and fill it anew" means what it says. Nothing in it may fail at run time: Redis
does not take back what came before a failing command. So what could fail there is refused here.
"""

from __future__ import annotations

import asyncio
import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from engine.errors import UsageError
from engine.store.keys import Keys
from engine.store.records import pack_record
from engine.store.store import Transaction

_T = TypeVar("_T")

# Changes kept for caches that fall behind (design.md section 8); beyond it they build anew.
MAX_CHANGES = 100_000

# Bytes handed to the socket at a stretch: 0.1 ms of copying on a Unix socket.
SLICE_BYTES = 256 * 1024

# Arguments of one command; more would hold the server for more than a millisecond at a time.
_PER_COMMAND = 1000

# Redis ends a connection that sends more than 1 GB before EXEC (client-query-buffer-limit).
MAX_BATCH_BYTES = 512 * 2**20

# Puts that are packed on the event loop; 16 take about 1 ms.
_PACK_INLINE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """A transaction ready to be sent, any number of times.

    Attributes:
        slices: the bytes in order, MULTI and EXEC included.
        n_commands: commands between MULTI and EXEC.
        announcement: which reply of EXEC is the last position announced; -1 for none.
    """

    slices: tuple[bytes, ...]
    n_commands: int
    announcement: int

    @property
    def size_bytes(self) -> int:
        return sum(len(piece) for piece in self.slices)


def to_bytes(value: str | bytes | int) -> bytes:
    """An argument of a command."""
    if isinstance(value, bytes):
        return value
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b"%d" % value


def pack_command(*args: str | bytes | int) -> bytes:
    """A command as RESP bytes."""
    return b"*%d\r\n" % len(args) + b"".join([b"$%d\r\n%b\r\n" % (len(arg), arg) for arg in map(to_bytes, args)])


def changes_count_key(keys: Keys) -> str:
    """Counter of all changes ever announced: more than the stream holds means that it was trimmed."""
    return keys.changes + ":count"


def change_checksum(kind: str, id: str, action: str) -> bytes:
    """What goes with a change, because the append-only file has no checksum."""
    return b"%08x" % zlib.crc32(to_bytes(f"{kind}\0{id}\0{action}"))


def check_transaction(transaction: Transaction) -> None:
    """Refuse what the server would only refuse in the middle of EXEC.

    Raises:
        UsageError: a score that is no number, or a key used as a record and as an index.
    """
    for index, members in transaction.index_adds.items():
        for member, score in members.items():
            if math.isnan(score):
                raise UsageError(f"The score of {member} in the index {index} is not a number.")
    both = transaction.puts.keys() & (transaction.index_adds.keys() | transaction.index_removes.keys())
    if both:
        raise UsageError(f"The key {min(both)} cannot be a record and an index at once.")


def _chunks(items: Iterable[_T], size: int) -> Iterator[Sequence[_T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _puts(transaction: Transaction) -> Iterator[bytes]:
    args: list[str | bytes] = []
    size = 0
    for key, record in transaction.puts.items():
        value = pack_record(key, record)
        args += (key, value)
        size += len(value)
        if size >= SLICE_BYTES or len(args) >= _PER_COMMAND:
            yield pack_command("MSET", *args)
            args, size = [], 0
    if args:
        yield pack_command("MSET", *args)


def _commands(keys: Keys, transaction: Transaction, max_changes: int) -> Iterator[bytes]:
    for gone in _chunks(sorted(transaction.deletes), _PER_COMMAND):
        yield pack_command("DEL", *gone)
    for index, removed in transaction.index_removes.items():
        for members in _chunks(sorted(removed), _PER_COMMAND):
            yield pack_command("ZREM", index, *members)
    yield from _puts(transaction)
    for index, added in transaction.index_adds.items():
        for pairs in _chunks(added.items(), _PER_COMMAND):
            yield pack_command("ZADD", index, *(a for m, score in pairs for a in (repr(float(score)), m)))
    if transaction.announcements:
        yield pack_command("INCRBY", changes_count_key(keys), len(transaction.announcements))
    yield from _announcements(keys, transaction, max_changes)


def _announcements(keys: Keys, transaction: Transaction, max_changes: int) -> Iterator[bytes]:
    """The XADD of each announcement; all begin alike, and a large write has thousands."""
    whole = pack_command("XADD", keys.changes, "MAXLEN", "~", max_changes, "*", "kind", *("",) * 7)
    begins = whole[: whole.index(b"\r\n$4\r\nkind\r\n")] + b"\r\n"
    for kind, id, action in transaction.announcements:
        fields: tuple[str | bytes, ...] = (
            "kind",
            kind,
            "id",
            id,
            "action",
            action,
            "crc",
            change_checksum(kind, id, action),
        )
        yield begins + b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in map(to_bytes, fields)])


def pack_batch(keys: Keys, transaction: Transaction, max_changes: int = MAX_CHANGES) -> Batch:
    """The transaction as bytes; pure, and slow for a large one.

    Raises:
        UsageError: something in it cannot be stored.
    """
    check_transaction(transaction)
    slices: list[bytes] = []
    pending, size, total, n_commands = [pack_command("MULTI")], 0, 0, 0
    for command in _commands(keys, transaction, max_changes):
        pending.append(command)
        n_commands += 1
        size += len(command)
        if size >= SLICE_BYTES:
            slices.append(b"".join(pending))
            pending, total, size = [], total + size, 0
        if total > MAX_BATCH_BYTES:
            raise UsageError("This is too much to save in one piece; split the file into smaller ones.")
    pending.append(pack_command("EXEC"))
    slices.append(b"".join(pending))
    return Batch(tuple(slices), n_commands, n_commands - 1 if transaction.announcements else -1)


async def create_batch(keys: Keys, transaction: Transaction, max_changes: int = MAX_CHANGES) -> Batch:
    """`pack_batch` without holding up the event loop."""
    n_items = len(transaction.puts) + sum(map(len, transaction.index_adds.values())) // 8
    if n_items <= _PACK_INLINE:
        return pack_batch(keys, transaction, max_changes)
    return await asyncio.to_thread(pack_batch, keys, transaction, max_changes)
