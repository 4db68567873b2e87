"""The owner's document operations: plain arguments in, plain data out (see `engine.instance.service`)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.clock import Clock
from engine.documents.ingest import Ingest
from engine.documents.library import find_document, is_sample, load_passages
from engine.documents.questions import suggest_questions
from engine.documents.trash import DocumentTrash
from engine.documents.troubles import Troubles
from engine.documents.types import Document
from engine.documents.viewing import PageViewer, find_source, load_passages_around, look_at_file
from engine.errors import DocumentError
from engine.memory.memory import Memory, SearchCall
from engine.search.query import SentenceHit
from engine.search.types import Embedder
from engine.security.approval import Session
from engine.store.store import Store
from engine.tools.builtin.search_documents import find_sentences
from engine.tools.tool import CitationBook, ToolContext

# Passages of a text that are sent at once: a frame holds 16 MB and a passage some 2 kB.
MAX_PASSAGES = 1000
# Passages of a document whose headings become questions.
_PASSAGES_READ = 400
_ANSWERS = 3
# Passages that are read to see whether a question finds its own section, and documents whose questions are kept.
_READ_FOR_ONE, _QUESTIONS_KEPT = 3, 64
# Documents that are asked for questions: the newest, then the newest with pages, since notes have no headings.
_NEWEST, _WITH_PAGES, _LOOKED_AT = 3, 5, 1000


@dataclass(frozen=True, slots=True)
class DocumentParts:
    """What the operations need of the owner; functions, because most of it is opened later."""

    store: Store
    clock: Clock
    memory: Memory
    log_dir: Path
    search: SearchCall
    ingest: Callable[[], Ingest]
    embedder: Callable[[], Embedder | None]
    caught_up: Callable[[], Awaitable[None]]


class DocumentsService:
    """Every operation on documents but reading them in, by name."""

    def __init__(self, parts: DocumentParts) -> None:
        self._parts = parts
        self._store = parts.store
        self._made: OrderedDict[str, list[str]] = OrderedDict()
        self._making = asyncio.Lock()
        self.viewer = PageViewer(parts.log_dir)
        self.troubles = Troubles(parts.store, parts.clock)

    def calls(self) -> dict[str, Callable[..., Awaitable[Any]]]:
        """The operations that give one result."""
        return {
            "documents.list": self._list,
            "documents.get": self._get,
            "documents.find": self._find,
            "documents.remove": self._remove,
            "documents.file_states": self._file_states,
            "documents.discard": self._discard,
            "documents.restore": self._restore,
            "documents.troubles": self._troubles,
            "documents.dismiss": self._dismiss,
            "documents.source": self._source,
            "documents.text": self._text,
            "documents.render": self._render,
            "documents.warm": self.viewer.warm,
            "documents.questions": self._questions,
        }

    def trash(self) -> DocumentTrash:
        """The trash, under the lock of the ingest."""
        return DocumentTrash(self._store, self._parts.clock, self._parts.ingest().writing)

    async def aclose(self) -> None:
        """End the worker that paints pages."""
        await self.viewer.aclose()

    async def _list(self, *, offset: int, limit: int) -> dict[str, Any]:
        """`n` counts what was looked at: a damaged record is left out of `documents`."""
        keys = self._store.keys
        ids = [id for id, _ in await self._store.range(keys.documents)][offset : offset + limit]
        return {"documents": await self._get(ids=ids), "n": len(ids)}

    async def _get(self, *, ids: list[str]) -> list[dict[str, Any]]:
        records = await self._store.get_many([self._store.keys.document(id) for id in ids])
        return [record for record in records if record is not None]

    async def _file_states(self, *, ids: list[str]) -> dict[str, str]:
        documents = [Document.from_record(record) for record in await self._get(ids=ids)]
        return await asyncio.to_thread(lambda: {d.id: look_at_file(d)[0] for d in documents})

    async def _find(self, *, name: str) -> dict[str, Any]:
        return (await find_document(self._store, name)).to_record()

    async def _remove(self, *, name: str) -> dict[str, Any]:
        document = await find_document(self._store, name)
        await self._parts.ingest().remove(document.id)
        await self._parts.caught_up()
        return document.to_record()

    async def _discard(self, *, name: str) -> dict[str, Any]:
        document = await self.trash().discard(name)
        await self._parts.caught_up()
        return document.to_record()

    async def _restore(self, *, id: str) -> dict[str, Any]:
        document = await self.trash().restore(id)
        await self._parts.caught_up()
        return document.to_record()

    async def _troubles(self) -> list[dict[str, Any]]:
        return [trouble.to_record() for trouble in await self.troubles.list()]

    async def _dismiss(self, *, ids: list[str]) -> None:
        await self.troubles.dismiss(ids)

    async def _source(self, *, passage_id: str) -> dict[str, Any]:
        source = await find_source(self._store, self.trash(), passage_id)
        return {
            "document": source.document.to_record() if source.document else None,
            "passage": source.passage.to_record() if source.passage else None,
            "state": source.state,
            "path": source.path,
        }

    async def _text(self, *, id: str, around: str, reach: int) -> list[dict[str, Any]]:
        reach = max(0, min(reach, MAX_PASSAGES // 2))
        passages = await load_passages_around(self._store, id, around, reach)
        return [{**passage.to_record(), "vector": b""} for passage in passages]

    async def _render(self, *, name: str, page: int, width_px: int, quotes: list[str], before: str) -> dict[str, Any]:
        path = name if is_sample(name) else await self._path_of(name)
        return (await self.viewer.render(path, page, width_px, quotes, before)).to_record()

    async def _path_of(self, name: str) -> str:
        document = await find_document(self._store, name)
        state, path = await asyncio.to_thread(look_at_file, document)
        if state == "missing":
            raise DocumentError("The file is not where it was when it was read, so its pages cannot be shown.")
        return path

    async def _questions(self, *, ids: list[str] | None, limit: int) -> list[str]:
        """Waits until nothing is read in: they would take the worker from it, and be made again for each document."""
        await self._when_idle()
        questions: list[str] = []
        for id in await self._newest() if ids is None else ids:
            if len(questions) >= limit:
                break
            made = await self._made_of(id, limit)
            questions += [question for question in made if question not in questions]
        return questions[:limit]

    async def _made_of(self, id: str, limit: int) -> list[str]:
        async with self._making:
            made = self._made.pop(id, None)
            self._made[id] = await self._questions_of(id, limit) if made is None else made
            while len(self._made) > _QUESTIONS_KEPT:
                self._made.popitem(last=False)
            return self._made[id]

    async def _when_idle(self) -> None:
        await self._parts.ingest().idle()
        await self._parts.caught_up()

    async def _newest(self) -> list[str]:
        """The documents that were added last, without the one that came with us, then the last ones with pages."""
        members = await self._store.range(self._store.keys.documents, newest_first=True, limit=_LOOKED_AT)
        records = [r for r in await self._get(ids=[id for id, _ in members]) if not is_sample(r["path"])]
        paged = [record for record in records[_NEWEST:] if record["pages"]]
        return [record["id"] for record in [*records[:_NEWEST], *paged[:_WITH_PAGES]]]

    async def _questions_of(self, id: str, limit: int) -> list[str]:
        document = await find_document(self._store, id)
        passages = (await load_passages(self._store, id))[:_PASSAGES_READ]
        context = self._context(document.project)
        by_words = replace(context, embedder=None)

        async def quick(question: str) -> list[SentenceHit]:
            await self._when_idle()
            return await find_sentences(question, question, by_words, _ANSWERS)

        async def find(question: str) -> list[SentenceHit]:
            return await find_sentences(question, question, context, _ANSWERS, n_passages=_READ_FOR_ONE)

        return await suggest_questions(passages, quick, find, limit)

    def _context(self, project: str) -> ToolContext:
        parts = self._parts
        return ToolContext(
            store=self._store,
            search=parts.search,
            memory=parts.memory,
            embedder=parts.embedder(),
            clock=parts.clock,
            session=Session("", False),
            citations=CitationBook(),
            project=project,
        )
