"""What was said: chats, their turns, and the exact messages that a model saw.

The next prompt of a chat begins with the messages of its transcript, byte by byte, which is why a second question
costs only its own tokens.

A turn is written while it streams, at most every half second, and once more with a barrier when it ends.
What a crash leaves in the state `streaming` is marked `interrupted` by the next owner: the chat record names
the turn that is being written, so that nobody has to look at every turn.
"""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from engine.chat_records import Chat, Turn, TurnState
from engine.clock import Clock
from engine.errors import StoreFullError, UnknownNameError, UsageError
from engine.ids import create_id
from engine.memory.memory import SearchCall
from engine.search.types import Hit, Kind
from engine.store.store import Store, Transaction

__all__ = ["Chat", "Chats", "Turn", "TurnWriter", "create_title"]

# A turn that streams is saved at most so often; a crash loses no more than this of an answer.
SAVE_EVERY_S = 0.5
_TITLE_CHARACTERS = 60
_CHAT: tuple[Kind, ...] = ("chat",)


def create_title(question: str) -> str:
    """A title out of the first question: its first line, cut at a word."""
    line = next((" ".join(part.split()) for part in question.splitlines() if part.strip()), "")
    if len(line) <= _TITLE_CHARACTERS:
        return line
    cut = line[:_TITLE_CHARACTERS]
    return (cut.rsplit(" ", 1)[0] if " " in cut[20:] else cut).rstrip(" ,;:.") + "…"


class Chats:
    """The chats of one space.

    Args:
        search: finds turns, kind "chat"; without it nothing is found.

    Attributes:
        unkept: ids of chats in which something was said that no space was left for.
    """

    def __init__(self, store: Store, clock: Clock, search: SearchCall | None = None) -> None:
        self.store, self.clock = store, clock
        self._search = search
        self._busy: set[str] = set()
        self.unkept: set[str] = set()

    async def create(self, title: str = "", project: str = "", id: str | None = None, role: str = "assistant") -> Chat:
        """A new chat; with an id that exists, the chat that is there."""
        if id is not None and (found := await self._load(id)) is not None:
            return found
        now = self.clock.now_ms()
        chat = Chat(id or create_id(), title, project, role, created_ms=now, updated_ms=now)
        await self.save(chat)
        return chat

    async def get(self, chat_id: str) -> Chat:
        """One chat.

        Raises:
            UnknownNameError: there is none of that id.
        """
        chat = await self._load(chat_id)
        if chat is None:
            raise UnknownNameError("chat", chat_id)
        return chat

    async def find(self, id: str) -> Chat:
        """One chat by its id or the beginning of it.

        Raises:
            UnknownNameError: nothing begins like that.
            UsageError: more than one does.
        """
        wanted = id.strip().upper()
        exact = await self._load(id.strip()) or await self._load(wanted)
        if exact is not None:
            return exact
        ids = [member for member, _ in await self.store.range(self.store.keys.chats)]
        found = [member for member in ids if wanted and member.upper().startswith(wanted)]
        if not found:
            raise UnknownNameError("chat", id, ids)
        if len(found) > 1:
            raise UsageError(f"{len(found)} chats begin with {id!r}; write more of the id.")
        return await self.get(found[0])

    async def list(self, *, limit: int = 100) -> list[Chat]:
        """Chats, the last used first."""
        members = await self.store.range(self.store.keys.chats, limit=limit, newest_first=True)
        records = await self.store.get_many([self.store.keys.chat(id) for id, _ in members])
        return [Chat.from_record(record) for record in records if record is not None]

    async def turns(self, chat_id: str, *, from_position: int = 0) -> builtins.list[Turn]:
        """Turns of a chat in order, without those taken back; damaged ones are left out (the store logs them)."""
        members = await self.store.range(self.store.keys.chat_turns(chat_id), low=from_position)
        return await self._load_turns([id for id, _ in members])

    async def turns_before(self, chat_id: str, before: int | None, limit: int) -> builtins.list[Turn]:
        """The last `limit` turns before a position (None: the end), in order, without those taken back."""
        found: builtins.list[Turn] = []
        high = None if before is None else before - 1
        while len(found) < limit:
            members = await self.store.range(
                self.store.keys.chat_turns(chat_id), high=high, limit=limit, newest_first=True
            )
            found = await self._load_turns([id for id, _ in reversed(members)]) + found
            if len(members) < limit:
                break
            high = int(members[-1][1]) - 1
        return found[-limit:]

    async def _load_turns(self, ids: Sequence[str]) -> builtins.list[Turn]:
        records = await self.store.get_many([self.store.keys.turn(id) for id in ids])
        turns = [Turn.from_record(r) for r in records if r is not None and not r.get("withdrawn")]
        # One whose end could not be saved, because no space was left: nobody writes it any more.
        left = [turn.state == "streaming" and turn.chat_id not in self._busy for turn in turns]
        return [
            replace(turn, state="interrupted") if is_left else turn for turn, is_left in zip(turns, left, strict=True)
        ]

    async def save(self, chat: Chat) -> None:
        """Write a chat's own record."""
        transaction = Transaction()
        self._put_chat(transaction, chat)
        await self.store.commit(transaction)

    async def append(self, chat_id: str, *turns: Turn) -> builtins.list[Turn]:
        """Add turns at the end of a chat, all or none; a turn that is there already keeps its place.

        Returns:
            The turns with chat, position and time filled in.
        """
        chat = await self.get(chat_id)
        old = await self.store.get_many([self.store.keys.turn(turn.id) for turn in turns])
        placed: builtins.list[Turn] = []
        for turn, record in zip(turns, old, strict=True):
            position = chat.n_turns if record is None else int(record["position"])
            created = turn.created_ms or self.clock.now_ms()
            placed.append(replace(turn, chat_id=chat_id, position=position, created_ms=created))
            chat = replace(chat, n_turns=max(chat.n_turns, position + 1))
        first = next((turn.text for turn in placed if turn.role == "user"), "")
        live = next((turn.id for turn in placed if turn.state == "streaming"), chat.streaming)
        chat = replace(chat, title=chat.title or create_title(first), updated_ms=self.clock.now_ms(), streaming=live)
        transaction = Transaction()
        for turn in placed:
            self._put_turn(transaction, turn)
        self._put_chat(transaction, chat)
        await self.store.commit(transaction)
        return placed

    async def save_turn(self, turn: Turn, chat: Chat | None = None) -> None:
        """Write a turn again; one of a chat that was deleted meanwhile is dropped.

        Args:
            chat: changes of the chat's own record that belong to this turn.
        """
        current = await self._load(turn.chat_id)
        if current is None:
            return
        transaction = Transaction()
        self._put_turn(transaction, turn)
        if turn.state != "streaming":
            # What a person changed meanwhile (the title) stays.
            fresh = chat or current
            streaming = "" if current.streaming == turn.id else current.streaming
            fresh = replace(
                fresh, title=current.title, n_turns=current.n_turns, streaming=streaming,
                updated_ms=self.clock.now_ms(),
            )  # fmt: skip
            self._put_chat(transaction, fresh)
        await self.store.commit(transaction)

    async def delete(self, chat_id: str) -> None:
        """Delete a chat with its turns.

        Raises:
            UnknownNameError: there is none of that id.
        """
        await self.get(chat_id)
        keys = self.store.keys
        transaction = Transaction()
        for turn_id, _ in await self.store.range(keys.chat_turns(chat_id)):
            transaction.delete(keys.turn(turn_id))
            transaction.announce("turn", turn_id, "delete")
        transaction.delete(keys.chat_turns(chat_id))
        transaction.delete(keys.chat(chat_id))
        transaction.index_remove(keys.chats, chat_id)
        transaction.index_remove(keys.chats_trash, chat_id)
        transaction.announce("chat", chat_id, "delete")
        await self.store.commit(transaction)
        await self.store.barrier()

    async def search(self, query: str, k: int = 10) -> builtins.list[Hit]:
        """Turns that fit a query, best first."""
        if self._search is None:
            return []
        return await self._search(query, k=k, kinds=_CHAT)

    async def mark_interrupted(self) -> builtins.list[str]:
        """Mark what a crash left unfinished; for whoever becomes the owner. Returns ids of turns."""
        members = await self.store.range(self.store.keys.chats)
        records = await self.store.get_many([self.store.keys.chat(id) for id, _ in members])
        marked = []
        for chat in (Chat.from_record(record) for record in records if record is not None):
            if not chat.streaming or chat.id in self._busy:
                continue
            transaction = Transaction()
            record = await self.store.get(self.store.keys.turn(chat.streaming))
            if record is not None and record["state"] == "streaming":
                self._put_turn(transaction, replace(Turn.from_record(record), state="interrupted"))
                marked.append(chat.streaming)
            self._put_chat(transaction, replace(chat, streaming=""))
            await self.store.commit(transaction)
        return marked

    @contextlib.contextmanager
    def answering(self, chat_id: str) -> Iterator[None]:
        """Hold a chat for one answer.

        Raises:
            UsageError: another answer of this chat is still running.
        """
        if chat_id in self._busy:
            raise UsageError("This chat is still answering; stop that answer first, or ask in another chat.")
        self._busy.add(chat_id)
        try:
            yield
        finally:
            self._busy.discard(chat_id)

    async def _load(self, chat_id: str) -> Chat | None:
        record = await self.store.get(self.store.keys.chat(chat_id)) if chat_id else None
        return None if record is None else Chat.from_record(record)

    def _put_chat(self, transaction: Transaction, chat: Chat) -> None:
        transaction.put(self.store.keys.chat(chat.id), chat.to_record())
        transaction.index_add(self.store.keys.chats, chat.id, chat.updated_ms)
        transaction.announce("chat", chat.id, "put")

    def _put_turn(self, transaction: Transaction, turn: Turn) -> None:
        transaction.put(self.store.keys.turn(turn.id), turn.to_record())
        transaction.index_add(self.store.keys.chat_turns(turn.chat_id), turn.id, turn.position)
        # Caches hold whole turns only: what still streams is not worth indexing.
        if turn.state != "streaming":
            transaction.announce("turn", turn.id, "put")


class TurnWriter:
    """Saves one turn while it streams.

    Attributes:
        finished: the end of the turn is saved for good.
    """

    def __init__(self, chats: Chats, turn: Turn) -> None:
        self._chats, self.turn = chats, turn
        self.finished = False
        self._saved_s = chats.clock.monotonic_s()

    async def update(self, **changes: Any) -> None:
        """Take over changes; saved when the last save is half a second ago."""
        self.turn = replace(self.turn, **changes)
        now = self._chats.clock.monotonic_s()
        if now - self._saved_s >= SAVE_EVERY_S:
            self._saved_s = now
            with contextlib.suppress(StoreFullError):  # the end of the turn says so, once
                await self._chats.save_turn(self.turn)

    async def finish(self, state: TurnState, chat: Chat | None = None, **changes: Any) -> Turn:
        """Save the end of the turn; it survives any kill when this returns."""
        self.turn = replace(self.turn, state=state, **changes)
        await self._chats.save_turn(self.turn, chat)
        await self._chats.store.barrier()
        self.finished = True
        return self.turn
