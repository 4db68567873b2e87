"""The documents that are in: listed, found by id or path, with their passages."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from engine.documents.types import Document, Passage
from engine.documents.walk import stored_path
from engine.errors import UnknownNameError
from engine.store.store import Store, Transaction
from resources import resource_path

# Records fetched at a time.
_BATCH = 512


def is_sample(path: str) -> bool:
    """Whether this is the document that comes with Scrubjay."""
    return Path(path).parent == resource_path("sample")


def path_hash(path: str) -> str:
    """What a stored path is looked up by."""
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()


async def list_documents(store: Store) -> list[Document]:
    """All documents in the order in which they came in; a damaged record is left out (and logged)."""
    ids = [member for member, _ in await store.range(store.keys.documents)]
    found: list[Document] = []
    for start in range(0, len(ids), _BATCH):
        records = await store.get_many([store.keys.document(id) for id in ids[start : start + _BATCH]])
        found += [Document.from_record(record) for record in records if record is not None]
    return found


async def get_document(store: Store, document_id: str) -> Document | None:
    """A document by its id, or None."""
    record = await store.get(store.keys.document(document_id))
    return Document.from_record(record) if record is not None else None


async def document_by_path(store: Store, path: str) -> Document | None:
    """The document that a stored path, or an alias of one, belongs to."""
    return await _follow(store, store.keys.document_by_path(path_hash(path)))


async def document_by_content(store: Store, content_hash: str) -> Document | None:
    """The document with exactly these bytes (SHA-256)."""
    return await _follow(store, store.keys.document_by_content(content_hash))


async def find_document(store: Store, name: str) -> Document:
    """A document by id, path, or the file name if only one has it.

    Raises:
        UnknownNameError: there is none, or several; names the nearest.
    """
    name = stored_path(name)
    found = await get_document(store, name) or await document_by_path(store, _absolute(name))
    if found is not None:
        return found
    documents = await list_documents(store)
    named = [d for d in documents if name in (Path(d.path).name, d.relative_path, d.path, *d.aliases)]
    if len(named) == 1:
        return named[0]
    known = [d.path for d in named] or [part for d in documents for part in (d.path, Path(d.path).name, d.id)]
    raise UnknownNameError("document", name, known)


async def load_passages(store: Store, document_id: str) -> list[Passage]:
    """The passages of a document in order; a damaged one is left out (and logged)."""
    ids = [member for member, _ in await store.range(store.keys.document_passages(document_id))]
    found: list[Passage] = []
    for start in range(0, len(ids), _BATCH):
        records = await store.get_many([store.keys.passage(id) for id in ids[start : start + _BATCH]])
        found += [Passage.from_record(record) for record in records if record is not None]
    return found


async def delete_passages(store: Store, transaction: Transaction, document_id: str) -> None:
    """Add to a transaction the removal of all passages of a document."""
    index = store.keys.document_passages(document_id)
    for passage_id, _ in await store.range(index):
        transaction.delete(store.keys.passage(passage_id))
        transaction.index_remove(index, passage_id)


async def delete_document(store: Store, transaction: Transaction, document: Document) -> None:
    """Add to a transaction the removal of a document everywhere: passages, indexes, path and content keys."""
    keys = store.keys
    await delete_passages(store, transaction, document.id)
    for path in (document.path, *document.aliases):
        transaction.delete(keys.document_by_path(path_hash(path)))
    transaction.delete(keys.document_by_content(document.content_hash))
    transaction.delete(keys.document_passages(document.id))
    transaction.delete(keys.document(document.id))
    transaction.index_remove(keys.documents, document.id)
    transaction.index_remove(keys.unembedded, f"document:{document.id}")
    transaction.announce("document", document.id, "delete")


def _absolute(name: str) -> str:
    return stored_path(os.path.abspath(os.path.expanduser(name)))


async def _follow(store: Store, key: str) -> Document | None:
    record = await store.get(key)
    return await get_document(store, record["document_id"]) if record is not None else None
