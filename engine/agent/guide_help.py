"""Where questions about Scrubjay itself are answered from: the documents that come with it."""

from __future__ import annotations

from engine.documents.library import document_by_path
from engine.documents.walk import stored_path
from engine.store.store import Store
from resources import resource_path

__all__ = ["sample_documents"]


async def sample_documents(store: Store) -> tuple[str, ...]:
    """Ids of the shipped documents that the person has not removed; empty where none came with this installation."""
    folder = resource_path("sample")
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    documents = [await document_by_path(store, stored_path(file)) for file in files]
    return tuple(document.id for document in documents if document is not None)
