"""Documents that were taken out and can be put back for 30 days.

A document in the trash is out of every list, out of search and out of the way of the same file being added
again: its record moves to a key of its own, the keys that lead to it by path and content go. Its passages
stay, so that putting it back reads no file, which may be gone by then, and embeds nothing; and so that an old
answer can still show what it quoted.
"""

from __future__ import annotations

import asyncio

from engine.clock import Clock
from engine.documents.library import (
    delete_passages,
    document_by_content,
    document_by_path,
    find_document,
    path_hash,
)
from engine.documents.types import Document
from engine.errors import UnknownNameError
from engine.store.store import Store, Transaction

# How long a document can be put back.
KEPT_MS = 30 * 24 * 3600 * 1000


class DocumentTrash:
    """Takes documents out and puts them back.

    Args:
        writing: the lock under which everything is decided and written that concerns which document a path or
            a content belongs to (that of `Ingest`).
    """

    def __init__(self, store: Store, clock: Clock, writing: asyncio.Lock) -> None:
        self._store, self._clock, self._writing = store, clock, writing

    async def discard(self, name: str) -> Document:
        """Put a document into the trash, by id, path or file name.

        Raises:
            UnknownNameError: there is none.
        """
        keys = self._store.keys
        async with self._writing:
            document = await find_document(self._store, name)
            transaction = Transaction()
            for path in (document.path, *document.aliases):
                transaction.delete(keys.document_by_path(path_hash(path)))
            transaction.delete(keys.document_by_content(document.content_hash))
            transaction.delete(keys.document(document.id))
            transaction.index_remove(keys.documents, document.id)
            transaction.index_remove(keys.unembedded, f"document:{document.id}")
            transaction.put(keys.trashed_document(document.id), document.to_record())
            transaction.index_add(keys.documents_trash, document.id, float(self._clock.now_ms()))
            transaction.announce("document", document.id, "delete")
            await self._store.commit(transaction)
        await self._store.barrier()
        return document

    async def restore(self, document_id: str) -> Document:
        """Put a document back; if the same content was added meanwhile, that one stays and is returned.

        Raises:
            UnknownNameError: it is not in the trash any more.
        """
        async with self._writing:
            document = await self.find(document_id)
            if document is None:
                raise UnknownNameError("document in the trash", document_id)
            transaction = Transaction()
            back = await document_by_content(self._store, document.content_hash)
            if back is None:
                back = await self._put_back(transaction, document)
            else:
                await delete_passages(self._store, transaction, document.id)
            self._drop(transaction, document.id)
            await self._store.commit(transaction)
        await self._store.barrier()
        return back

    async def find(self, document_id: str) -> Document | None:
        """A document in the trash, or None."""
        record = await self._store.get(self._store.keys.trashed_document(document_id))
        return Document.from_record(record) if record is not None else None

    async def purge(self) -> int:
        """Delete for good what was taken out over 30 days ago; how many documents."""
        old = await self._store.range(self._store.keys.documents_trash, high=self._clock.now_ms() - KEPT_MS)
        for document_id, _ in old:
            async with self._writing:
                transaction = Transaction()
                await delete_passages(self._store, transaction, document_id)
                transaction.delete(self._store.keys.document_passages(document_id))
                self._drop(transaction, document_id)
                await self._store.commit(transaction)
        if old:
            await self._store.barrier()
        return len(old)

    async def _put_back(self, transaction: Transaction, document: Document) -> Document:
        """Everything as it was, but for a path whose file has other content by now: it stays with that document."""
        keys = self._store.keys
        transaction.put(keys.document(document.id), document.to_record())
        transaction.put(keys.document_by_content(document.content_hash), {"document_id": document.id})
        transaction.index_add(keys.documents, document.id, float(document.added_ms))
        if not document.embedded_with:
            transaction.index_add(keys.unembedded, f"document:{document.id}", float(document.added_ms))
        for path in (document.path, *document.aliases):
            if await document_by_path(self._store, path) is None:
                transaction.put(keys.document_by_path(path_hash(path)), {"document_id": document.id})
        transaction.announce("document", document.id, "put")
        return document

    def _drop(self, transaction: Transaction, document_id: str) -> None:
        transaction.delete(self._store.keys.trashed_document(document_id))
        transaction.index_remove(self._store.keys.documents_trash, document_id)
