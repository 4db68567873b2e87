"""The assistant without a screen: `async with Engine.open(settings) as engine`.

An engine either owns the data directory (it holds the lock, runs the store and the workers) or reaches
the process that does; `Engine` hides which. When the owner ends in the middle of a request, the engine
takes over, or finds the next owner, and repeats the request: ids are made here, before the first try, so
a repeated write is the same write.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import logging
import os
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from engine.change_feed import Changed
from engine.chats import Chat, Turn
from engine.documents.face import DocumentsFace
from engine.errors import DataDirError, EngineError, OwnerLostError, UsageError
from engine.events import Event, FileIngested, IngestProgress, IngestReport, event_from_wire
from engine.ids import create_id
from engine.instance.remote import RemoteService
from engine.instance.service import Service
from engine.llm.keys import key_file_for
from engine.memory_face import MemoryFace
from engine.models_face import ModelsFace, MonitorFace
from engine.search.types import Hit
from engine.settings import Settings
from engine.store.data_dir import DataDir
from engine.store.opening import take_ownership
from engine.tools.registry import create_registry
from engine.tools.tool import Tool

logger = logging.getLogger(__name__)

SOURCES = ("documents", "memory", "chats")
# An owner that starts needs well under a second, one that ends at most five; on two cores with twenty programs that
# want them, each step took up to eight. Counted from the last thing that it told.
OWNER_LIMIT_S = 30.0
OWNER_POLL_S = 0.05
# A request is repeated so often when its owner goes away. Owners that are commands end all the time: of
# a hundred commands started at once, the last may see each of the others end.
TAKEOVERS = 100


class Engine:
    """Everything Scrubjay can do, for a window, a command line or a script."""

    def __init__(self, settings: Settings, service: Service) -> None:
        self.settings = settings
        self._service = service
        self._switching = asyncio.Lock()
        self.memory = MemoryFace(self._call, self._stream, self._project)
        self.chats = ChatsFace(self)
        self.documents = DocumentsFace(self._call)
        self.models = ModelsFace(self)
        self.monitor = MonitorFace(self)

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What a chat model may call, preferred first: name, description, parameters, what it reads and changes."""
        return create_registry().tools

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, settings: Settings | None = None) -> AsyncGenerator[Engine, None]:
        """An engine on the data directory of the settings; closed with the block.

        Raises:
            DataDirError: the directory is not ours, is newer than we are, or cannot be written.
            StoreUnavailableError: no store can be started.
        """
        settings = settings or Settings()
        engine = cls(settings, await open_service(settings))
        try:
            yield engine
        finally:
            await engine._service.aclose()

    @property
    def is_owner(self) -> bool:
        """Whether this process runs the store and the models."""
        return self._service.is_owner

    async def ask(
        self,
        question: str,
        *,
        chat: str | None = None,
        files: Sequence[Path] = (),
        role: str | None = None,
        memory: bool | None = None,
        model: str | None = None,
        fresh: bool = False,
    ) -> AsyncGenerator[Event, None]:
        """Answer a question; the last event is `RunFinished` or `RunFailed`.

        Closing the generator stops the answer; what was said until then stays in the chat.

        Args:
            chat: id of the chat to go on with; a new one otherwise (its id is in `RunStarted`).
            files: read first, and then only these documents are searched.
            memory: recall and remember; as in the settings if None.
            model: guide, a path or a URL; as in the settings if None.
            fresh: generate the answer even where the same one was given before.

        Raises:
            UsageError: the question is empty.
        """
        if not question.strip():
            raise UsageError("The question is empty; write one.")
        arguments = {
            "question": question,
            "chat_id": chat or create_id(),
            "is_new_chat": chat is None,
            "files": [_absolute(p) for p in files],
            "role": role,
            "memory": memory,
            "project": self.settings.project,
            "model": self._model(model),
            "run_id": create_id(),
            "user_turn_id": create_id(),
            "turn_id": create_id(),
            "fresh": fresh,
        }
        stream = self._stream("ask", **arguments)
        async with contextlib.aclosing(stream):
            async for item in stream:
                yield event_from_wire(item)

    async def backup(self, path: Path | None = None) -> Path:
        """Write everything that lasts into one file, and return where it is.

        Args:
            path: a new file or a folder; None is the data directory's own folder for backups.

        Raises:
            UsageError: the file is there already, or the store is on a server of the person's own.
            StoreError: it cannot be written.
        """
        return Path(await self._call("backup", path=_absolute(path) if path else ""))

    def _model(self, model: str | None) -> dict[str, str]:
        """The model as this process was told; the owner may have been told another."""
        settings = self.settings
        chosen = model or self.models.chosen
        key_file = key_file_for(chosen, settings.model, settings.key_file)
        if chosen.endswith(".gguf") and "://" not in chosen and os.path.exists(os.path.expanduser(chosen)):
            chosen = _absolute(chosen)
        return {
            "model": chosen,
            "server_model": settings.server_model,
            "key_file": _absolute(key_file) if key_file else "",
        }

    async def ingest(
        self,
        paths: Sequence[Path | str],
        *,
        project: str | None = None,
        progress: Callable[[IngestProgress], None] | None = None,
        done: Callable[[FileIngested], None] | None = None,
    ) -> IngestReport:
        """Read files and folders; a file that cannot be read is reported and the rest goes on.

        Cancelling keeps the files that are in.
        """
        files: list[FileIngested] = []
        arguments = {"paths": [_absolute(p) for p in paths], "project": self._project(project)}
        stream = self._stream("ingest", **arguments)
        async with contextlib.aclosing(stream):
            async for item in stream:
                if item["event"] == "progress":
                    if progress:
                        progress(IngestProgress(**item["fields"]))
                    continue
                file = FileIngested(**item["fields"])
                files.append(file)
                if done:
                    done(file)
        return IngestReport(tuple(files))

    def _project(self, project: str | None) -> str:
        return self.settings.project if project is None else project

    async def search(self, query: str, *, k: int = 10, sources: Collection[str] = SOURCES) -> list[Hit]:
        """The best passages, memories and turns for a query.

        Args:
            sources: any of documents, memory, chats.

        Raises:
            UsageError: the query is empty, k is below 1, or a source is unknown.
        """
        hits = await self._call("search", query=query, k=k, sources=sorted(sources), project=self.settings.project)
        return [_from_wire(Hit, hit) for hit in hits]

    async def behind(self) -> str:
        """Why what was written last is not found yet, as one sentence; "" where all is found."""
        return str(await self._call("search.behind"))

    async def approve(self, approval_id: str, agreed: bool) -> None:
        """Answer an `ApprovalRequested`; what nobody answers counts as refused.

        Raises:
            UsageError: it does not wait any more.
        """
        await self._call("approve", approval_id=approval_id, agreed=agreed)

    async def doctor(self) -> dict[str, Any]:
        """What runs, versions, sizes, and problems with their cure, as plain data."""
        report: dict[str, Any] = await self._call("doctor", chosen=self.models.chosen)
        return report

    async def warm(self) -> None:
        """Start the workers that a first question needs, so that it is answered at once."""
        await self._call("warm", model=self._model(None))

    async def position(self) -> str:
        """Where `changes` stands now: what is read after this and followed from here lacks nothing."""
        async with contextlib.aclosing(self._stream("changes", after=None)) as stream:
            async for item in stream:
                return str(item["position"])
        raise OwnerLostError("Scrubjay is closing.")

    async def changes(self, after: str | None = None) -> AsyncGenerator[Changed, None]:
        """What changes, in this process or another, within 100 ms; ends only when closed.

        Args:
            after: a `position`; None for from now on.
        """
        position = after
        while True:
            service = self._service
            stream = service.stream("changes", after=position)
            try:
                async with contextlib.aclosing(stream):
                    async for item in stream:
                        position = item["position"]
                        if item["kind"]:
                            yield Changed(**item)
            except OwnerLostError:
                await self._switch(service)

    async def _call(self, operation: str, **arguments: Any) -> Any:
        for _ in range(TAKEOVERS):
            service = self._service
            try:
                return await service.call(operation, **arguments)
            except OwnerLostError:
                await self._switch(service)
        raise OwnerLostError("Scrubjay keeps ending on this computer; run `scrubjay doctor`.")

    async def _stream(self, operation: str, **arguments: Any) -> AsyncGenerator[dict[str, Any], None]:
        for _ in range(TAKEOVERS):
            service = self._service
            stream = service.stream(operation, **arguments)
            try:
                async with contextlib.aclosing(stream):
                    async for item in stream:
                        yield item
            except OwnerLostError:
                await self._switch(service)
            else:
                return
        raise OwnerLostError("Scrubjay keeps ending on this computer; run `scrubjay doctor`.")

    async def _switch(self, lost: Service) -> None:
        """Become the owner, or connect to the next one; once for all requests that lost theirs."""
        async with self._switching:
            if self._service is lost:
                await lost.aclose()
                self._service = await open_service(self.settings)


async def open_service(settings: Settings) -> Service:
    """The service of a data directory: our own if nobody owns it yet, the owner's otherwise."""
    data_dir = DataDir(settings.data_dir)
    now = asyncio.get_running_loop().time
    told, deadline = None, now() + OWNER_LIMIT_S
    while True:
        lock = await take_ownership(data_dir)
        if lock is not None:
            # Here, because a process that finds an owner needs neither store nor indexes.
            from engine.local import LocalService

            return await LocalService.open(settings, data_dir, lock)
        address = data_dir.read_address()
        if address != told:
            # It gets on, or has ended: where many start at once the owners follow each other.
            told, deadline = address, now() + OWNER_LIMIT_S
        if address is not None and address.instance:
            try:
                return await RemoteService.connect(address.instance, address.secret)
            except OwnerLostError:
                pass
            except UsageError:
                # The next owner listens there already, and its secret is another.
                if data_dir.read_address() == address:
                    raise
        if now() > deadline:
            raise DataDirError(f"Another Scrubjay holds {settings.data_dir} and does not answer; end it and try again.")
        await asyncio.sleep(OWNER_POLL_S)


class ChatsFace:
    """`engine.chats`: what was said."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def list(self, *, limit: int = 100) -> list[Chat]:
        """Chats, the last used first."""
        return [Chat.from_record(r) for r in await self._engine._call("chats.list", limit=limit)]

    async def show(self, id: str) -> tuple[Chat, builtins.list[Turn]]:
        """A chat by its id or the beginning of it, with its turns in order."""
        found = await self._engine._call("chats.show", id=id)
        return Chat.from_record(found["chat"]), [Turn.from_record(t) for t in found["turns"]]

    async def turns(self, id: str, *, before: int | None = None, limit: int = 50) -> builtins.list[Turn]:
        """The last turns of a chat before a position (None: the end), in order, without their transcripts."""
        return [Turn.from_record(t) for t in await self._engine._call("chats.turns", id=id, before=before, limit=limit)]

    async def rename(self, id: str, title: str) -> Chat:
        """Give a chat another title."""
        return Chat.from_record(await self._engine._call("chats.rename", chat_id=id, title=title))

    async def branch(self, id: str, turn_id: str, *, title: str = "") -> Chat:
        """A new chat that begins with what was said up to a turn; without a title it is called like the old one."""
        return Chat.from_record(await self._engine._call("chats.branch", chat_id=id, turn_id=turn_id, title=title))

    async def set_sampling(self, id: str, **values: float) -> Chat:
        """Have a chat choose its tokens in another way: temperature, top_p, top_k, min_p, repeat_penalty, max_tokens,
        seed; without any it follows its role and the settings again."""
        return Chat.from_record(await self._engine._call("chats.sampling", chat_id=id, values=values))

    async def discard(self, id: str) -> None:
        """Put a chat into the trash, where it stays for 30 days."""
        await self._engine._call("chats.discard", chat_id=id)

    async def restore(self, id: str) -> Chat:
        """Take a chat out of the trash."""
        return Chat.from_record(await self._engine._call("chats.restore", chat_id=id))

    async def discarded(self) -> builtins.list[Chat]:
        """Chats in the trash, the last thrown away first."""
        return [Chat.from_record(r) for r in await self._engine._call("chats.discarded")]

    async def withdraw(self, id: str, turn_id: str) -> builtins.list[str]:
        """Take a turn and all after it back (edit, try again); returns the ids for `reinstate`."""
        turns: builtins.list[str] = await self._engine._call("chats.withdraw", chat_id=id, turn_id=turn_id)
        return turns

    async def reinstate(self, id: str, turn_ids: Sequence[str]) -> None:
        """Put back turns that were taken back; what was said instead is taken back."""
        await self._engine._call("chats.reinstate", chat_id=id, turn_ids=list(turn_ids))

    async def delete(self, id: str) -> None:
        """Delete a chat with its turns for good."""
        await self._engine._call("chats.delete", id=id)


def _absolute(path: Path | str) -> str:
    # The owner may run in another folder than the process that asks.
    return str(Path(path).expanduser().absolute())


def _from_wire(cls: type[Hit], fields: dict[str, Any]) -> Hit:
    return cls(**{**fields, "labels": tuple(fields.get("labels", ()))})


__all__ = ["Engine", "EngineError", "open_service"]
