"""`engine.documents`: what was read, as every face of the engine sees it."""

from __future__ import annotations

import builtins
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from engine.documents.types import Document, FileState, Passage, RenderedPage, Source, Trouble

# Documents fetched in one go: a frame holds 16 MB.
_PAGE = 2000


class DocumentsFace:
    """What was read: listed, shown, taken out and put back.

    Args:
        call: an operation of the engine's service, by name.
    """

    def __init__(self, call: Callable[..., Awaitable[Any]]) -> None:
        self._call = call

    async def list(self, *, offset: int = 0, limit: int | None = None) -> builtins.list[Document]:
        """Documents in the order in which they came in; all of them, or `limit` from `offset` on."""
        found: builtins.list[Document] = []
        at, end = offset, None if limit is None else offset + limit
        while end is None or at < end:
            wanted = _PAGE if end is None else min(_PAGE, end - at)
            page = await self._call("documents.list", offset=at, limit=wanted)
            found += [Document.from_record(record) for record in page["documents"]]
            at += page["n"]
            if page["n"] < wanted:
                break
        return found

    async def get(self, ids: Sequence[str]) -> builtins.list[Document]:
        """Documents by id; those that are not in are left out."""
        return [Document.from_record(record) for record in await self._call("documents.get", ids=[*ids])]

    async def file_states(self, ids: Sequence[str]) -> dict[str, FileState]:
        """What became of the documents' files since they were read: there, changed or missing, by id."""
        found: dict[str, FileState] = {}
        for start in range(0, len(ids), _PAGE):
            found |= await self._call("documents.file_states", ids=[*ids[start : start + _PAGE]])
        return found

    async def find(self, name: str) -> Document:
        """A document by id, path or file name.

        Raises:
            UnknownNameError: there is none, or several have this file name; names the nearest.
        """
        return Document.from_record(await self._call("documents.find", name=name))

    async def remove(self, name: str) -> Document:
        """Take a document out for good, by id or path; its passages go with it, the file stays.

        Raises:
            UnknownNameError: there is none.
        """
        return Document.from_record(await self._call("documents.remove", name=name))

    async def discard(self, name: str) -> Document:
        """Put a document into the trash, by id or path, where it stays for 30 days; the file stays as well.

        Raises:
            UnknownNameError: there is none.
        """
        return Document.from_record(await self._call("documents.discard", name=name))

    async def restore(self, id: str) -> Document:
        """Put a document back out of the trash; if its content was added again meanwhile, that one is returned.

        Raises:
            UnknownNameError: it is not in the trash any more.
        """
        return Document.from_record(await self._call("documents.restore", id=id))

    async def troubles(self) -> builtins.list[Trouble]:
        """What could not be read when it was last tried, the newest first."""
        return [Trouble.from_record(record) for record in await self._call("documents.troubles")]

    async def dismiss(self, ids: Sequence[str]) -> None:
        """Keep these troubles no longer."""
        await self._call("documents.dismiss", ids=[*ids])

    async def source(self, passage_id: str) -> Source:
        """What stands behind a citation's `passage_id`.

        Raises:
            UnknownNameError: the passage is gone: its document was read anew, or taken out for good.
        """
        found = await self._call("documents.source", passage_id=passage_id)
        return Source(
            Document.from_record(found["document"]) if found["document"] else None,
            Passage.from_record(found["passage"]) if found["passage"] else None,
            found["state"],
            found["path"],
        )

    async def text(self, id: str, *, around: str = "", reach: int = 20) -> builtins.list[Passage]:
        """Passages of a document in order: up to `reach` before and after the passage `around`, or the first ones.

        Two passages of a section share a sentence or two; `start` and `end` tell which.

        Raises:
            UnknownNameError: the document has no such passage.
        """
        records = await self._call("documents.text", id=id, around=around, reach=reach)
        return [Passage.from_record(record) for record in records]

    async def render(
        self, name: str, page: int, width_px: int, quotes: Sequence[str] = (), *, before: str = ""
    ) -> RenderedPage:
        """A page of a PDF as a picture, with the places of verbatim sentences on it.

        Args:
            name: id or path of a document that is in; nothing else is opened.
            page: from 1.
            width_px: fewer where the page would have more than 5 million pixels.
            before: what stands before the first quote in its passage; tells which of several equal ones is meant.

        Raises:
            DocumentError: the file is gone, is no PDF any more, or this page cannot be shown.
            UsageError: there is no such page.
        """
        record = await self._call(
            "documents.render", name=name, page=page, width_px=width_px, quotes=[*quotes], before=before
        )
        return RenderedPage.from_record(record)

    async def warm(self) -> None:
        """Make ready to render: somebody points at a source and may open it.

        Raises:
            WorkerError: the worker cannot be started.
        """
        await self._call("documents.warm")

    async def suggested_questions(self, ids: Sequence[str] | None = None, *, limit: int = 3) -> builtins.list[str]:
        """Questions that documents answer, made from their headings; none where none finds its answer.

        Args:
            ids: None takes the newest documents that the person added.
        """
        chosen = None if ids is None else [*ids]
        questions: builtins.list[str] = await self._call("documents.questions", ids=chosen, limit=limit)
        return questions
