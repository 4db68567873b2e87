"""What the loop itself writes: every turn into episodic, a reference into short_term, findings into working.

Nothing here is in the journal: the person did not do it. What was recorded of a turn goes with it when the turn is
taken back, and comes back with it: the chat's undo is the undo of both, in one transaction. Not all that is
recorded is recalled. An answer that was made of documents or memories, and a question, are *quoted*: they
are found where they were said (search in chats), but recalled they would become what the next answer is made
of, and the memory would fill with copies of itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ulid import ULID

from engine.errors import UsageError
from engine.ids import create_id
from engine.memory.check import check_text
from engine.memory.entry import Links, MemoryEntry, Provenance, Trust
from engine.memory.importance import ASSISTANT_TURN, USER_TURN
from engine.memory.memory import Memory
from engine.memory.shelf import WITHDRAWN, State
from engine.memory.suggestions import is_statement
from engine.security.taint import APP, MEMORY_DERIVED, MEMORY_USER, USER, Labels
from engine.store.store import Transaction

# A finding of a run is a line, not a passage.
_FINDING_CHARACTERS = 500
_FINDING_IMPORTANCE = 0.3


@dataclass(frozen=True, slots=True)
class Said:
    """One turn, as it is recorded.

    Attributes:
        labels: origins of its text.
        verbatim: the words are the speaker's own; False for an answer that only frames and quotes, and for a request,
            which tells nothing.
    """

    id: str
    role: Literal["user", "assistant"]
    text: str
    created_ms: int
    labels: Labels
    verbatim: bool = True


def _can_be_kept(text: str) -> bool:
    """Whether a turn may be a memory too: what is no text, or a book, stays in its chat alone."""
    try:
        check_text(text)
    except UsageError:
        return False
    return True


def derived_id(id: str, what: str) -> str:
    """The id of what is made of something else: the same each time, and of the same time where that is known."""
    try:
        time_part = ULID.from_str(id).bytes[:6]
    except ValueError:
        time_part = bytes(6)
    return str(ULID.from_bytes(time_part + hashlib.sha256(f"{id}\0{what}".encode()).digest()[:10]))


class Recorder:
    """Writes what runs say and find into the memories of one space."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def turns(self, chat_id: str, project: str, turns: Sequence[Said]) -> None:
        """Write the turns of a run into episodic and short_term; a repeated call is the same write."""
        entries: list[MemoryEntry] = []
        for said in turns:
            if _can_be_kept(said.text):
                episodic = _entry(self._memory, said, chat_id, project)
                entries += [episodic, _reference(episodic)]
        await self._write(entries)
        await self._memory.acknowledge()

    async def finding(self, text: str, chat_id: str, turn_id: str, project: str, labels: Labels) -> None:
        """Write what a step of the running answer found into working; not worth a barrier."""
        line = " ".join(text.split())[:_FINDING_CHARACTERS]
        if not line:
            return
        now = self._memory.now_ms()
        entry = MemoryEntry(
            id=create_id(), space=self._memory.space, tier="working", text=line, created_ms=now, last_used_ms=now,
            project=project, importance=_FINDING_IMPORTANCE,
            provenance=Provenance("tool", chat=chat_id, turn=turn_id),
            labels=tuple(sorted(labels | {MEMORY_DERIVED})), trust="quoted",
        )  # fmt: skip
        await self._write([entry])

    async def commit_turns(self, transaction: Transaction, gone: Sequence[str], back: Sequence[str]) -> None:
        """Commit what becomes of turns, and with it what becomes of what was recorded of them.

        Args:
            gone: ids of turns that are taken back: their entries go into the trash, the references without a trace.
            back: ids of turns that are put back: theirs come out of it.
        """
        shelf = self._memory.shelf
        async with shelf.lock:
            for state in await self._recorded(gone):
                if await self._is_ours(state):
                    shelf.move(transaction, state, State(state.entry, self._memory.now_ms(), WITHDRAWN))
            references = await shelf.load(derived_id(id, "short_term") for id in gone)
            for state in references.values():
                if not state.trashed_ms and not state.entry.pinned:
                    shelf.move(transaction, state, None)
            for state in await self._recorded(back):
                if state.reason == WITHDRAWN:
                    # Young again, or the next sweep would take it at once.
                    entry = replace(state.entry, last_used_ms=self._memory.now_ms())
                    shelf.move(transaction, state, State(entry))
                    shelf.move(transaction, None, State(_reference(entry)))
            await shelf.commit(transaction)

    async def _recorded(self, turn_ids: Sequence[str]) -> list[State]:
        return list((await self._memory.shelf.load(derived_id(id, "episodic") for id in turn_ids)).values())

    async def _is_ours(self, state: State) -> bool:
        """Whether an entry is on the shelf and is still what the loop made it; the person's hand makes it theirs."""
        if state.trashed_ms or state.entry.pinned:
            return False
        change = await self._memory.journal.find(state.entry.change)
        return change is None or change.by != "person"

    async def _write(self, entries: Sequence[MemoryEntry]) -> None:
        """Write entries that are not there yet, in one transaction, without a line in the journal."""
        shelf = self._memory.shelf
        async with shelf.lock:
            known = await shelf.load([entry.id for entry in entries])
            transaction = Transaction()
            for entry in entries:
                if entry.id not in known:
                    shelf.move(transaction, None, State(entry))
            await shelf.commit(transaction)


def _entry(memory: Memory, said: Said, chat_id: str, project: str) -> MemoryEntry:
    return MemoryEntry(
        id=derived_id(said.id, "episodic"),
        space=memory.space,
        tier="episodic",
        text=said.text.strip(),
        created_ms=said.created_ms,
        last_used_ms=said.created_ms,
        project=project,
        importance=USER_TURN if said.role == "user" else ASSISTANT_TURN,
        provenance=Provenance(said.role, chat=chat_id, turn=said.id),
        labels=tuple(sorted((said.labels - {USER, APP}) | {MEMORY_USER if said.role == "user" else MEMORY_DERIVED})),
        trust=_trust(said),
    )


def _reference(entry: MemoryEntry) -> MemoryEntry:
    turn = entry.provenance.turn
    return MemoryEntry(
        id=derived_id(turn, "short_term"),
        space=entry.space,
        tier="short_term",
        text=entry.text[:_FINDING_CHARACTERS],
        created_ms=entry.created_ms,
        last_used_ms=entry.created_ms,
        project=entry.project,
        importance=entry.importance,
        provenance=Provenance(entry.provenance.source, turn=turn),
        labels=entry.labels,
        links=Links(refers_to=(entry.id,)),
        trust=entry.trust,
    )


def _trust(said: Said) -> Trust:
    own = said.labels <= {USER, APP} and said.verbatim
    if said.role == "assistant":
        return "trusted" if own else "quoted"
    return "trusted" if own and is_statement(said.text) else "quoted"
