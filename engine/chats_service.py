"""The owner's operations on chats: plain arguments in, plain data out (see `engine.instance.service`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from engine.answer_cache import AnswerCache
from engine.chat_edits import ChatEdits
from engine.chats import Chats
from engine.model_pool import ModelPool

__all__ = ["ChatsService"]


class ChatsService:
    """Every operation on chats but asking, by name.

    Args:
        answers: forgets what was answered in a chat that goes.
        pool: forgets what models have read of it.
    """

    def __init__(self, chats: Chats, edits: ChatEdits, answers: AnswerCache, pool: ModelPool) -> None:
        self._chats, self._edits, self._answers, self._pool = chats, edits, answers, pool

    def calls(self) -> dict[str, Callable[..., Awaitable[Any]]]:
        """The operations that give one result."""
        return {
            "chats.list": self._list,
            "chats.show": self._show,
            "chats.turns": self._turns,
            "chats.rename": self._rename,
            "chats.branch": self._branch,
            "chats.sampling": self._sampling,
            "chats.discard": self._discard,
            "chats.restore": self._restore,
            "chats.discarded": self._discarded,
            "chats.withdraw": self._edits.withdraw,
            "chats.reinstate": self._edits.reinstate,
            "chats.delete": self._delete,
        }

    async def _list(self, *, limit: int) -> list[dict[str, Any]]:
        return [chat.to_record() for chat in await self._chats.list(limit=limit)]

    async def _show(self, *, id: str) -> dict[str, Any]:
        chat = await self._chats.find(id)
        turns = await self._chats.turns(chat.id)
        return {"chat": chat.to_record(), "turns": [turn.to_record() for turn in turns]}

    async def _turns(self, *, id: str, before: int | None, limit: int) -> list[dict[str, Any]]:
        turns = await self._chats.turns_before(id, before, limit)
        # What the model saw is not for reading, and larger than all else together.
        return [replace(turn, transcript=()).to_record() for turn in turns]

    async def _rename(self, *, chat_id: str, title: str) -> dict[str, Any]:
        return (await self._edits.rename(chat_id, title)).to_record()

    async def _branch(self, *, chat_id: str, turn_id: str, title: str) -> dict[str, Any]:
        return (await self._edits.branch(chat_id, turn_id, title)).to_record()

    async def _sampling(self, *, chat_id: str, values: dict[str, float]) -> dict[str, Any]:
        return (await self._edits.set_sampling(chat_id, values)).to_record()

    async def _restore(self, *, chat_id: str) -> dict[str, Any]:
        return (await self._edits.restore(chat_id)).to_record()

    async def _discarded(self) -> list[dict[str, Any]]:
        return [chat.to_record() for chat in await self._edits.discarded()]

    async def _discard(self, *, chat_id: str) -> None:
        await self._edits.discard(chat_id)
        await self._answers.forget_chat(chat_id)
        # What lies in the trash is not worth keeping read.
        await self._pool.forget_sequences(chat_id)

    async def _delete(self, *, id: str) -> None:
        chat_id = (await self._chats.find(id)).id
        await self._chats.delete(chat_id)
        await self._answers.forget_chat(chat_id)
        await self._pool.forget_sequences(chat_id)
