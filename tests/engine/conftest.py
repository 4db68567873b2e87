"""An assistant on a desk: a store in memory, a real index, and a model that says what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.agent.loop import RunRequest, Services, run_agent
from engine.chats import Chats
from engine.clock import FakeClock
from engine.documents.types import Document, Passage
from engine.events import Event, RunFinished
from engine.llm.backend import Backend
from engine.llm.scripted import ScriptedBackend
from engine.memory.memory import Memory
from engine.search.embedding import OnnxEmbedder
from engine.search.hybrid import SearchIndex
from engine.search.types import Embedder, Hit
from engine.search_feed import SearchFeed
from engine.settings import Settings
from engine.store.store import Transaction
from engine.store.twin import MemoryStore
from engine.tools.registry import Registry, create_registry

LEASE = (
    "The flat is let from 1 March 2024. The notice period is three months to the end of a quarter. "
    "The rent is 840 euros and is due on the third working day of each month.",
    "The tenant pays a deposit of 2,520 euros. The landlord returns the deposit six months after the keys were "
    "handed back.",
)


@dataclass
class Desk:
    """Everything a run needs, and short ways to use it."""

    store: MemoryStore
    index: SearchIndex
    feed: SearchFeed
    clock: FakeClock
    chats: Chats
    memory: Memory
    tools: Registry = field(default_factory=create_registry)
    settings: Settings = field(default_factory=lambda: Settings(_env_file=None))
    backend: Backend = field(default_factory=lambda: ScriptedBackend([]))
    embedder: Embedder | None = None

    async def search(self, query: str, **how: object) -> list[Hit]:
        await self.feed.caught_up()
        kinds = how.pop("kinds", None) or ("document", "memory", "chat")
        return await self.index.search(query, None, kinds=kinds, now_ms=self.clock.now_ms(), **how)

    def services(self) -> Services:
        return Services(
            self.backend, self.chats, self.memory, self.store, self.search, self.embedder, self.tools, self.settings,
            self.clock,
        )  # fmt: skip

    def says(self, *replies: str, **how: object) -> ScriptedBackend:
        """The model says these, one after the other."""
        self.backend = ScriptedBackend(replies, **how)
        return self.backend

    def answers(self, answer: Callable[..., str], **how: object) -> ScriptedBackend:
        """The model answers by a function of the messages."""
        self.backend = ScriptedBackend(answer, **how)
        return self.backend

    async def ask(self, question: str, **request: object) -> list[Event]:
        """All events of one question."""
        return [event async for event in run_agent(RunRequest(question, **request), self.services())]

    async def answer(self, question: str, **request: object) -> RunFinished:
        """The end of one question."""
        last = (await self.ask(question, **request))[-1]
        assert isinstance(last, RunFinished), last
        return last

    async def add_document(self, path: str = "/home/eva/lease.pdf", texts: Sequence[str] = LEASE) -> Document:
        """A document, one passage a page."""
        id = f"D{len(self.store.values):05}"
        document = Document(
            id, path, "", Path(path).name, Path(path).stem, "pdf", 1, 1, id, 1, len(texts), len(texts),
            labels=(f"doc:{id}",),
        )  # fmt: skip
        transaction, start = Transaction(), 0
        for n, text in enumerate(texts):
            passage = Passage(f"{id}P{n}", id, text, n + 1, "", n, start, start + len(text))
            start += len(text) + 1
            transaction.put(self.store.keys.passage(passage.id), passage.to_record())
            transaction.index_add(self.store.keys.document_passages(id), passage.id, n)
        transaction.put(self.store.keys.document(id), document.to_record())
        transaction.index_add(self.store.keys.documents, id, 1)
        transaction.announce("document", id, "put")
        await self.store.commit(transaction)
        return document

    def with_settings(self, **changes: object) -> None:
        """Other settings from now on."""
        self.settings = self.settings.model_copy(update=changes)

    def with_tools(self, *tools: object) -> None:
        """Only these tools from now on."""
        self.tools = Registry(tools)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    store, clock = MemoryStore(), FakeClock()
    index = await SearchIndex.open(None, 384)
    chats, memory = Chats(store, clock), Memory(store, clock)
    made = Desk(store, index, SearchFeed(store, index), clock, chats, memory)
    made.memory = Memory(store, clock, made.search)
    made.chats = Chats(store, clock, made.search)
    yield made
    await index.aclose()


@pytest.fixture
async def reading_desk(desk: Desk, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose embedding model, chooser and reader are those that ship."""
    embedder = OnnxEmbedder(Settings(data_dir=tmp_path), tmp_path)
    desk.embedder = embedder
    yield desk
    await embedder.aclose()
