"""How a parsed file becomes records: the one place that decides between new, changed, known and moved.

A document is its content: the same bytes under two paths are one document with an alias. What happens to a
path depends on two questions, asked of the store at the moment of writing and never earlier:

    content known?   path known?
    no               no              a new document
    no               yes, alone      the document gets the new content and keeps its id, so links hold
    no               yes, shared     the path leaves that document and begins one of its own
    yes              the same        nothing changed
    yes              no              an alias; or, if the file is gone from where it was, it has moved
    yes              another         the path leaves that document (which goes if it was the last), alias as above
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.clock import Clock
from engine.documents.chunking import Chunk
from engine.documents.library import (
    delete_document,
    delete_passages,
    document_by_content,
    document_by_path,
    path_hash,
)
from engine.documents.types import Document, Passage
from engine.documents.walk import real_path
from engine.events import FileIngested
from engine.ids import create_id
from engine.store.store import Store, Transaction


@dataclass(slots=True)
class ParsedFile:
    """A file as it was read.

    Attributes:
        vectors: one per chunk, or empty where there is no embedder.
        done: the fields of the parser's `done`; empty for a file that was not parsed, since it is known.
    """

    path: str
    folder: str
    relative_path: str
    content_hash: str
    size_bytes: int
    modified_ms: int
    project: str = ""
    chunks: Sequence[Chunk] = ()
    vectors: Sequence[bytes] = ()
    embedded_with: str = ""
    done: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file's name without its ending: the title of what names itself nothing."""
        return os.path.splitext(os.path.basename(self.path))[0]


async def file_parsed(store: Store, clock: Clock, file: ParsedFile) -> FileIngested:
    """Write a file into the store in one transaction and say what became of it; no barrier."""
    known = await document_by_content(store, file.content_hash)
    here = await document_by_path(store, file.path)
    transaction = Transaction()
    if known is not None and here is not None and known.id == here.id:
        return _outcome(file, "unchanged", known)
    if known is not None:
        known = await _link(store, transaction, known, file)
        if here is not None:
            await _leave(store, transaction, here, file.path)
        await store.commit(transaction)
        return _outcome(file, "unchanged" if here is None else "replaced", known)
    if not file.chunks:  # it was known when it was looked at, and has been removed since
        return FileIngested(file.path, "failed", error="This file was removed while it was added; add it once more.")
    if here is not None and not here.aliases:
        document = _document(file, clock, here)
        await delete_passages(store, transaction, here.id)
        transaction.delete(store.keys.document_by_content(here.content_hash))
    else:
        document = _document(file, clock, None)
        if here is not None:
            await _leave(store, transaction, here, file.path)
    await asyncio.to_thread(_put, store, transaction, document, file)
    await store.commit(transaction)
    return _outcome(file, "added" if here is None else "replaced", document)


def _outcome(file: ParsedFile, state: str, document: Document) -> FileIngested:
    note = document.note if document.path == file.path else f"The same content is already here as {document.path}."
    return FileIngested(file.path, state, document.pages, document.n_passages, document_id=document.id, note=note)


async def _link(store: Store, transaction: Transaction, known: Document, file: ParsedFile) -> Document:
    """Give a known document one more path, or its new one if the file has moved."""
    keys = store.keys
    if await asyncio.to_thread(os.path.lexists, real_path(known.path)):
        changed = replace(known, aliases=(*known.aliases, file.path))
    else:
        transaction.delete(keys.document_by_path(path_hash(known.path)))
        changed = replace(known, path=file.path, folder=file.folder, relative_path=file.relative_path)
    transaction.put(keys.document_by_path(path_hash(file.path)), {"document_id": known.id})
    transaction.put(keys.document(known.id), changed.to_record())
    transaction.announce("document", known.id, "put")
    return changed


async def _leave(store: Store, transaction: Transaction, document: Document, path: str) -> None:
    """Take a path from a document that no longer describes it; its last path takes the document along."""
    others = [p for p in (document.path, *document.aliases) if p != path]
    if not others:
        kept = transaction.puts.get(store.keys.document_by_path(path_hash(path)))
        await delete_document(store, transaction, document)
        if kept is not None:
            transaction.put(store.keys.document_by_path(path_hash(path)), kept)
        return
    first = document if others[0] == document.path else replace(document, path=others[0], folder="", relative_path="")
    transaction.put(store.keys.document(document.id), replace(first, aliases=tuple(others[1:])).to_record())
    transaction.announce("document", document.id, "put")


def _document(file: ParsedFile, clock: Clock, before: Document | None) -> Document:
    id = before.id if before is not None else create_id()
    return Document(
        id=id,
        path=file.path,
        folder=file.folder or (before.folder if before is not None else ""),
        relative_path=file.relative_path or (before.relative_path if before is not None else ""),
        title=file.done["title"] or file.name,
        format=file.done["format"],
        size_bytes=file.size_bytes,
        modified_ms=file.modified_ms,
        content_hash=file.content_hash,
        added_ms=before.added_ms if before is not None else clock.now_ms(),
        pages=file.done["pages"],
        n_passages=len(file.chunks),
        project=file.project or (before.project if before is not None else ""),
        labels=(f"doc:{id}",),
        embedded_with=file.embedded_with,
        note=" ".join(file.done["notes"]),
    )


def _put(store: Store, transaction: Transaction, document: Document, file: ParsedFile) -> None:
    keys = store.keys
    transaction.put(keys.document(document.id), document.to_record())
    transaction.put(keys.document_by_path(path_hash(document.path)), {"document_id": document.id})
    transaction.put(keys.document_by_content(document.content_hash), {"document_id": document.id})
    transaction.index_add(keys.documents, document.id, float(document.added_ms))
    vectors = file.vectors or [b""] * len(file.chunks)
    for position, (chunk, vector) in enumerate(zip(file.chunks, vectors, strict=True)):
        passage = _passage(document.id, position, chunk, vector)
        transaction.put(keys.passage(passage.id), passage.to_record())
        transaction.index_add(keys.document_passages(document.id), passage.id, float(position))
    waiting = f"document:{document.id}"
    if document.embedded_with:
        transaction.index_remove(keys.unembedded, waiting)
    else:
        transaction.index_add(keys.unembedded, waiting, float(document.added_ms))
    transaction.announce("document", document.id, "put")


def _passage(document_id: str, position: int, chunk: Chunk, vector: bytes) -> Passage:
    return Passage(
        id=create_id(),
        document_id=document_id,
        text=chunk.text,
        page=chunk.page,
        heading=chunk.heading,
        position=position,
        start=chunk.start,
        end=chunk.end,
        vector=vector,
        places=chunk.places,
    )
