"""What could not be read, kept until it can be, or until the person has seen enough of it.

An ingest tells of each file once. A person who drops 500 files looks at those that failed afterwards, perhaps
tomorrow; so the sentence of each is kept under its path. Reading the path with success takes it away.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.clock import Clock
from engine.documents.library import path_hash
from engine.documents.types import Trouble
from engine.events import FileIngested
from engine.store.store import Store, Transaction

# The oldest make room: nobody looks through more, and a folder of photographs must not fill the store.
MAX_KEPT = 2000


class Troubles:
    """The files that could not be read, by path."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def note(self, files: Sequence[FileIngested]) -> None:
        """Keep what failed, drop what went in; no barrier.

        Raises:
            StoreFullError: nothing was kept.
        """
        transaction = Transaction()
        went_in = [path_hash(file.path) for file in files if not file.error]
        records = await self._store.get_many([self._store.keys.trouble(id) for id in went_in])
        self._drop(transaction, [id for id, record in zip(went_in, records, strict=True) if record is not None])
        now_ms = self._clock.now_ms()
        for file in files:
            if file.error and file.state != "cancelled":
                trouble = Trouble(path_hash(file.path), file.path, file.state, file.error, now_ms)
                transaction.put(self._store.keys.trouble(trouble.id), trouble.to_record())
                transaction.index_add(self._store.keys.troubles, trouble.id, float(now_ms))
                transaction.announce("trouble", trouble.id, "put")
        if transaction.announcements:
            await self._store.commit(transaction)
            await self._make_room()

    async def list(self) -> list[Trouble]:
        """The newest first."""
        members = await self._store.range(self._store.keys.troubles, newest_first=True)
        records = await self._store.get_many([self._store.keys.trouble(id) for id, _ in members])
        return [Trouble.from_record(record) for record in records if record is not None]

    async def dismiss(self, ids: Sequence[str]) -> None:
        """Keep these no longer; ids that are not there do no harm."""
        transaction = Transaction()
        self._drop(transaction, ids)
        if ids:
            await self._store.commit(transaction)
            await self._store.barrier()

    async def _make_room(self) -> None:
        too_many = await self._store.count(self._store.keys.troubles) - MAX_KEPT
        if too_many > 0:
            oldest = await self._store.range(self._store.keys.troubles, limit=too_many)
            transaction = Transaction()
            self._drop(transaction, [id for id, _ in oldest])
            await self._store.commit(transaction)

    def _drop(self, transaction: Transaction, ids: Sequence[str]) -> None:
        for id in ids:
            transaction.delete(self._store.keys.trouble(id))
            transaction.index_remove(self._store.keys.troubles, id)
            transaction.announce("trouble", id, "delete")
