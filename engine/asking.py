"""The owner's operation `ask`: reads the files that came along, finds the model, runs the agent, hears the answer."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Any

from engine.agent.loop import RunRequest, Services, run_agent
from engine.chats import Chats
from engine.documents.ingest_service import IngestService
from engine.events import NoteAdded
from engine.llm.backend import Backend
from engine.memory_upkeep import MemoryUpkeep
from engine.models_service import ModelsService
from engine.settings import Settings

__all__ = ["Asking"]


class Asking:
    """Answers questions, one run each.

    Args:
        upkeep: told after an answer, so that it can suggest what to remember.
        services: what a run works with, for the backend that answers.
    """

    def __init__(
        self,
        settings: Settings,
        chats: Chats,
        models: ModelsService,
        upkeep: MemoryUpkeep,
        ingest: IngestService,
        services: Callable[[Backend], Services],
    ) -> None:
        self._settings, self._chats, self._models = settings, chats, models
        self._upkeep, self._ingest, self._services = upkeep, ingest, services

    async def ask(
        self,
        *,
        question: str,
        chat_id: str,
        is_new_chat: bool,
        files: list[str],
        role: str | None,
        memory: bool | None,
        project: str,
        model: dict[str, str],
        run_id: str,
        user_turn_id: str,
        turn_id: str,
        fresh: bool = False,
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The events of a run as plain data; see `Engine.ask` for the arguments."""
        if not is_new_chat and chat_id not in self._chats.unkept:  # such a one begins when there is space
            chat_id = (await self._chats.find(chat_id)).id
        document_ids = await self._ingest.read(files, project)
        backend, note = await self._models.backend(model, question, chat_id)
        request = RunRequest(
            question=question,
            chat_id=chat_id,
            run_id=run_id,
            user_turn_id=user_turn_id,
            turn_id=turn_id,
            role=role or (self._settings.role if is_new_chat else ""),
            use_memory=memory,
            document_ids=tuple(document_ids),
            project=project,
            fresh=fresh,
        )
        events = run_agent(request, self._services(backend))
        async with contextlib.aclosing(events):
            async for event in events:
                yield event.to_wire()
                if note:
                    yield NoteAdded(run_id, note).to_wire()
                    note = ""
        if self._settings.memory if memory is None else memory:
            self._upkeep.on_answered(backend, question, chat_id, user_turn_id, project)
