"""What a person does to chats afterwards: name them, throw them away and take them back, take turns back.

Nothing here deletes a word. A chat in the trash keeps its keys and leaves the list of chats; a turn that was
taken back (edited, tried again) keeps its record and its place, marked `withdrawn`, and what was remembered of
it lies in the trash of memories. Search follows, because all of it is announced. What has been in the trash for 30
days is deleted by `purge`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.chats import Chat, Chats, Turn
from engine.errors import UnknownNameError, UsageError
from engine.ids import create_id
from engine.llm.sampler_settings import check_sampling
from engine.memory.recorder import Recorder
from engine.store.store import Transaction

__all__ = ["ChatEdits"]

# How long a chat can be taken out of the trash.
KEPT_MS = 30 * 24 * 3600 * 1000
_TITLE_CHARACTERS = 200


class ChatEdits:
    """Changes of chats that can be undone.

    Args:
        recorder: takes what was remembered of a turn away with it, and brings it back; None where nothing is recorded.
    """

    def __init__(self, chats: Chats, recorder: Recorder | None = None) -> None:
        self._chats, self._recorder = chats, recorder
        self._store = chats.store

    async def rename(self, chat_id: str, title: str) -> Chat:
        """Give a chat another title.

        Raises:
            UsageError: the title is empty.
        """
        words = " ".join(title.split())[:_TITLE_CHARACTERS]
        if not words:
            raise UsageError("A chat needs a title; write one.")
        chat = replace(await self._chats.get(chat_id), title=words)
        await self._chats.save(chat)
        await self._store.barrier()
        return chat

    async def set_sampling(self, chat_id: str, values: Mapping[str, float]) -> Chat:
        """Have a chat choose its tokens in another way from now on; an empty mapping takes the settings again.

        Raises:
            UsageError: there is no such setting, or it cannot have that value.
        """
        chat = replace(await self._chats.get(chat_id), sampling=check_sampling(values))
        await self._chats.save(chat)
        await self._store.barrier()
        return chat

    async def discard(self, chat_id: str) -> None:
        """Put a chat into the trash.

        Raises:
            UnknownNameError: there is none of that id.
        """
        await self._chats.get(chat_id)
        transaction = Transaction()
        transaction.index_remove(self._store.keys.chats, chat_id)
        transaction.index_add(self._store.keys.chats_trash, chat_id, self._chats.clock.now_ms())
        transaction.announce("chat", chat_id, "delete")
        await self._store.commit(transaction)
        await self._store.barrier()

    async def restore(self, chat_id: str) -> Chat:
        """Take a chat out of the trash.

        Raises:
            UnknownNameError: it is not there any more.
        """
        chat = await self._chats.get(chat_id)
        transaction = Transaction()
        transaction.index_remove(self._store.keys.chats_trash, chat_id)
        transaction.index_add(self._store.keys.chats, chat_id, chat.updated_ms)
        transaction.announce("chat", chat_id, "put")
        for turn_id, _ in await self._store.range(self._store.keys.chat_turns(chat_id)):
            transaction.announce("turn", turn_id, "put")
        await self._store.commit(transaction)
        await self._store.barrier()
        return chat

    async def discarded(self) -> list[Chat]:
        """Chats in the trash, the last thrown away first."""
        members = await self._store.range(self._store.keys.chats_trash, newest_first=True)
        records = await self._store.get_many([self._store.keys.chat(id) for id, _ in members])
        return [Chat.from_record(record) for record in records if record is not None]

    async def purge(self) -> int:
        """Delete for good what was thrown away over 30 days ago; how many chats."""
        before = self._chats.clock.now_ms() - KEPT_MS
        old = await self._store.range(self._store.keys.chats_trash, high=before)
        for chat_id, _ in old:
            await self._chats.delete(chat_id)
        return len(old)

    async def branch(self, chat_id: str, turn_id: str, title: str = "") -> Chat:
        """A new chat that begins with what was said up to a turn, and goes on for itself.

        The model sees the same messages as before, so what it has read of them is reused.

        Args:
            title: of the new chat; without one that of the old.

        Raises:
            UnknownNameError: the chat has no such turn.
            UsageError: that turn is still being written.
        """
        old, turns = await self._chats.get(chat_id), await self._chats.turns(chat_id)
        last = next((n for n, turn in enumerate(turns, 1) if turn.id == turn_id), None)
        if last is None:
            raise UnknownNameError("turn", turn_id, [turn.id for turn in turns])
        kept = turns[:last]
        if kept[-1].state == "streaming":
            raise UsageError("This answer is still being written; stop it or wait until it has ended.")
        # Positions begin anew, without the places of turns that were taken back.
        unseen = sum(turn.position < old.visible_from for turn in kept)
        now, id = self._chats.clock.now_ms(), create_id()
        named = " ".join(title.split())[:_TITLE_CHARACTERS] or old.title
        chat = replace(
            old, id=id, title=named, created_ms=now, updated_ms=now, n_turns=0, visible_from=unseen, streaming=""
        )
        await self._chats.save(chat)
        await self._chats.append(id, *(replace(turn, id=create_id(), chat_id=id, position=0) for turn in kept))
        await self._store.barrier()
        return await self._chats.get(id)

    async def withdraw(self, chat_id: str, turn_id: str) -> list[str]:
        """Take a turn and all after it back, so that the chat goes on from before it.

        Returns:
            Ids of the turns taken back, for `reinstate`.

        Raises:
            UnknownNameError: the chat has no such turn.
            UsageError: the chat still answers.
        """
        with self._chats.answering(chat_id):
            turns = await self._chats.turns(chat_id)
            first = next((turn.position for turn in turns if turn.id == turn_id), None)
            if first is None:
                raise UnknownNameError("turn", turn_id, [turn.id for turn in turns])
            gone = [turn for turn in turns if turn.position >= first]
            await self._mark(gone=gone)
            return [turn.id for turn in gone]

    async def reinstate(self, chat_id: str, turn_ids: Sequence[str]) -> None:
        """Put back turns that were taken back, in their old places; what was said instead is taken back.

        Raises:
            UsageError: the chat still answers.
        """
        with self._chats.answering(chat_id):
            records = await self._store.get_many([self._store.keys.turn(id) for id in turn_ids])
            back = [Turn.from_record(record) for record in records if record is not None]
            if back:
                first = min(turn.position for turn in back)
                instead = [turn for turn in await self._chats.turns(chat_id) if turn.position > first]
                await self._mark(gone=instead, back=back)

    async def _mark(self, *, gone: Sequence[Turn], back: Sequence[Turn] = ()) -> None:
        transaction = Transaction()
        for turn in (*(replace(t, withdrawn=True) for t in gone), *(replace(t, withdrawn=False) for t in back)):
            transaction.put(self._store.keys.turn(turn.id), turn.to_record())
            transaction.announce("turn", turn.id, "put")
        if self._recorder is None:
            await self._store.commit(transaction)
        else:
            await self._recorder.commit_turns(transaction, [t.id for t in gone], [t.id for t in back])
        await self._store.barrier()
