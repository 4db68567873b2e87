"""What is remembered: written, recalled, changed, thrown away, forgotten, taken back.

Writing needs no model: an entry is found by its words as soon as it is acknowledged, and its id waits in the
index `unembedded` until a background task gives it a vector.

Two strengths of going away: `trash` takes an entry out of recall and lists at once and can be undone for 30
days; `forget` leaves nothing of it, here, in the journal, in the store's log or in a cache.
"""

from __future__ import annotations

import builtins
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.errors import UsageError
from engine.ids import create_id
from engine.memory.check import (
    check_importance,
    check_provenance,
    check_tags,
    check_text,
    check_time,
    is_foreign,
    labels_of_source,
)
from engine.memory.entry import Links, MemoryEntry, Provenance, Trust
from engine.memory.forgetting_marks import Marks, load_marks, put_marks
from engine.memory.importance import PINNED
from engine.memory.journal import Action, By, MemoryChange
from engine.memory.reader import MemoryPage
from engine.memory.recall import RecallHit
from engine.memory.recaller import SearchCall
from engine.memory.shelf import State
from engine.memory.tiers import get_tier
from engine.memory.writer import Ids, MemoryWriter, each_id, require_all
from engine.search.fusion import normalised
from engine.security.taint import MEMORY_USER, Labels
from engine.store.store import Transaction

__all__ = ["Memory", "MemoryPage", "RecallHit", "SearchCall", "check_text"]

# Entries thrown away at once whose copies are looked for, and how many near ones are looked at.
_FEW, _LOOKED_AT = 20, 10


class Memory(MemoryWriter):
    """The memories of one space; see `MemoryWriter` for its arguments."""

    async def add(
        self,
        text: str,
        *,
        tier: str = "semantic",
        importance: float = 0.5,
        provenance: Provenance | Mapping[str, Any] | None = None,
        tags: Sequence[str] = (),
        project: str = "",
        created_at: int | None = None,
        id: str | None = None,
        pinned: bool = False,
        trust: Trust = "trusted",
        labels: Labels | None = None,
        links: Links | None = None,
        by: By = "person",
    ) -> MemoryEntry:
        """Write an entry; it survives any kill when this returns.

        Args:
            importance: 0…1; pinned entries have 1.
            created_at: UTC ms; now if None.
            id: given, a repeated call is the same write.
            trust: what holds foreign words is a suggestion whatever is said here.
            labels: origins; from the provenance if None.
            by: whose doing it is, for the journal.

        Raises:
            UsageError: the text is empty, too long or binary; importance is outside 0…1; the time is no date.
            UnknownNameError: no such tier or source.
            StoreFullError: no space; nothing was written.
        """
        entry = self.create(
            text, tier=tier, importance=importance, provenance=provenance, tags=tags, project=project,
            created_at=created_at, id=id, pinned=pinned, trust=trust, labels=labels, links=links,
        )  # fmt: skip
        return (await self.add_many([entry], by=by))[0]

    async def add_many(
        self, entries: Sequence[MemoryEntry], *, by: By = "person", change_id: str = ""
    ) -> builtins.list[MemoryEntry]:
        """Write entries that `create` made, as one change and with one barrier; those that are there stay."""
        fresh = {entry.id: entry for entry in entries}
        async with self.shelf.lock:
            old = await self.shelf.load(fresh)
            for id, state in old.items():
                if not state.trashed_ms and state.entry.text == fresh[id].text:
                    fresh[id] = state.entry
            change_id = change_id or create_id()
            new = [
                State(replace(entry, change=change_id))
                for id, entry in fresh.items()
                if id not in old or entry is not old[id].entry
            ]
            if new:
                action: Action = "suggested" if all(s.entry.trust == "suggested" for s in new) else "added"
                await self.apply(action, new, old, by=by, change_id=change_id)
                fresh |= {state.entry.id: state.entry for state in new}
        await self.acknowledge()
        return [fresh[entry.id] for entry in entries]

    def create(
        self,
        text: str,
        *,
        tier: str = "semantic",
        importance: float = 0.5,
        provenance: Provenance | Mapping[str, Any] | None = None,
        tags: Sequence[str] = (),
        project: str = "",
        created_at: int | None = None,
        id: str | None = None,
        pinned: bool = False,
        trust: Trust = "trusted",
        labels: Labels | None = None,
        links: Links | None = None,
    ) -> MemoryEntry:
        """An entry that is not written yet; see `add` for what is refused."""
        source = check_provenance(provenance)
        labels = labels_of_source(source) if labels is None else labels
        now = self._clock.now_ms() if created_at is None else check_time(created_at)
        return MemoryEntry(
            id=id or create_id(),
            space=self._store.keys.space,
            tier=get_tier(tier).name,
            text=check_text(text),
            created_ms=now,
            last_used_ms=now,
            project=project,
            importance=PINNED if pinned else check_importance(importance),
            pinned=pinned,
            tags=check_tags(tags),
            provenance=source,
            labels=tuple(sorted(labels)),
            links=links or Links(),
            trust="suggested" if trust == "trusted" and is_foreign(labels) else trust,
        )

    async def edit(
        self,
        id: str,
        *,
        text: str | None = None,
        importance: float | None = None,
        tier: str | None = None,
        tags: Sequence[str] | None = None,
        pinned: bool | None = None,
        project: str | None = None,
        trust: Trust | None = None,
    ) -> MemoryEntry:
        """Change an entry by the person's hand; acknowledged when this returns.

        A new text is the person's own and waits for its vector again.

        Raises:
            UnknownNameError: no such entry or tier.
            UsageError: the text is empty, too long or binary; importance is outside 0…1.
        """
        async with self.shelf.lock:
            old = entry = await self.get(id)
            if text is not None and check_text(text) != entry.text:
                labels = tuple(sorted({*entry.labels, MEMORY_USER}))
                entry = replace(entry, text=check_text(text), vector=b"", embedded_with="", labels=labels)
            entry = replace(
                entry,
                importance=entry.importance if importance is None else check_importance(importance),
                tier=entry.tier if tier is None else get_tier(tier).name,
                tags=entry.tags if tags is None else check_tags(tags),
                pinned=entry.pinned if pinned is None else pinned,
                project=entry.project if project is None else project,
                trust=trust or entry.trust,
            )
            if entry != old:
                await self.apply(_name_edit(old, entry), [State(entry)], {id: State(old)})
        await self.acknowledge()
        return await self.get(id)

    async def pin(self, ids: Ids, pinned: bool = True) -> builtins.list[MemoryEntry]:
        """Pin entries (never evicted, always in the prompt), or let them go again.

        Raises:
            UnknownNameError: one of them does not exist; none was changed.
        """
        async with self.shelf.lock:
            old = await self.live_states(ids)
            after = [State(replace(s.entry, pinned=pinned)) for s in old.values() if s.entry.pinned != pinned]
            if after:
                await self.apply("pinned" if pinned else "unpinned", after, old)
        await self.acknowledge()
        return await self.shelf.load_live(list(old))

    async def trash(
        self, ids: Ids, *, action: Action = "trashed", by: By = "person", change_id: str = ""
    ) -> MemoryChange:
        """Take entries out of recall and lists at once; undone by `undo` or `restore` for 30 days.

        What the loop recorded of the same words goes with them: else the next question would find it there.

        Args:
            change_id: given, a repeated call is the same change.

        Raises:
            UnknownNameError: one of them does not exist; none was changed.
        """
        copies = await self._recorded_copies(ids)
        async with self.shelf.lock:
            change = await self.journal.find(change_id)
            if change is None:
                old = await self.live_states(ids)
                old |= {entry.id: State(entry) for entry in await self.shelf.load_live(copies)}
                now = self._clock.now_ms()
                after = [State(s.entry, now, action) for s in old.values()]
                change = await self.apply(action, after, old, by=by, change_id=change_id)
            for id in change.ids:
                self._touched.pop(id, None)
        await self.acknowledge()
        return change

    async def _recorded_copies(self, ids: Ids) -> builtins.list[str]:
        """Ids of what was recorded in chats and says exactly what these entries say."""
        found: builtins.list[str] = []
        for entry in await self.shelf.load_live(each_id(ids)[:_FEW]):
            near = await self.search_entries(entry.text, _LOOKED_AT, project=None, tiers=("episodic",))
            same = normalised(entry.text)
            found += [other.id for other in near if other.id != entry.id and normalised(other.text) == same]
        return found

    async def restore(self, ids: Ids, *, change_id: str = "") -> MemoryChange:
        """Take entries out of the trash.

        Args:
            change_id: given, a repeated call is the same change.

        Raises:
            UnknownNameError: one of them is not there; none was changed.
        """
        async with self.shelf.lock:
            change = await self.journal.find(change_id)
            if change is None:
                old = await self.shelf.load_trash(each_id(ids))
                require_all(ids, old)
                now = self._clock.now_ms()
                after = [State(replace(s.entry, last_used_ms=now)) for s in old.values()]
                change = await self.apply("restored", after, old, change_id=change_id)
        await self.acknowledge()
        return change

    async def undo(self, change_id: str | None = None, *, undo_id: str = "") -> MemoryChange:
        """Take back a change, or the person's last one; undoing that undo does it again.

        Args:
            undo_id: of the change that this makes; given, a repeated call is the same change.

        Raises:
            UnknownNameError: there is no such change, or no longer (30 days).
            UsageError: there is nothing to take back, or its entries changed again since.
        """
        async with self.shelf.lock:
            if (done := await self.journal.find(undo_id)) is not None:
                return done
            change = await self.journal.get(change_id) if change_id else await self._last_undoable()
            if not change.can_undo:
                raise UsageError(f"This cannot be taken back (any more): {change.sentence}.")
            now = await self.shelf.load(change.ids)
            if not await self._is_last(change, now):
                raise UsageError(f"{change.sentence} was followed by other changes; take those back first.")
            before = await self.journal.before(change)
            after = [self._taken_back(state, before.get(id)) for id, state in now.items()]
            undo = await self._commit_undo(change, after, now, undo_id)
        await self.acknowledge()
        return undo

    def _taken_back(self, now: State, before: State | None) -> State:
        if before is None:  # the change made it: to the trash, so that undoing the undo finds it
            return State(now.entry, self._clock.now_ms(), "undone")
        if before.trashed_ms:
            return before
        entry = before.entry
        if entry.text == now.entry.text and now.entry.vector:
            entry = replace(entry, vector=now.entry.vector, embedded_with=now.entry.embedded_with)
        # What was brought back is young again, or the next sweep would take it at once.
        last_ms = self._clock.now_ms() if now.trashed_ms else now.entry.last_used_ms
        uses = max(entry.uses, now.entry.uses)
        return State(replace(entry, uses=uses, last_used_ms=max(entry.last_used_ms, last_ms)))

    async def _commit_undo(
        self, change: MemoryChange, after: Sequence[State], before: Mapping[str, State], undo_id: str
    ) -> MemoryChange:
        transaction = Transaction()
        undo = await self.write_change(transaction, "undone", after, before, undoes=change.id, change_id=undo_id)
        self.journal.write(transaction, replace(change, undone=True), ())
        # An undo was taken back: what it had undone stands again.
        if (again := await self.journal.find(change.undoes)) is not None:
            self.journal.write(transaction, replace(again, undone=False), ())
        await self.shelf.commit(transaction)
        return undo

    async def _is_last(self, change: MemoryChange, now: Mapping[str, State]) -> bool:
        return all([await self.journal.is_last(change, state) for state in now.values()])

    async def _last_undoable(self) -> MemoryChange:
        """The person's last change that still stands, a tidying that they asked for too.

        One that tidying by itself went over since does not stand in the way.
        """
        for change in await self.journal.newest(1000):
            is_mine = (change.by == "person" or change.report.get("asked")) and change.action != "undone"
            if is_mine and change.can_undo and await self._is_last(change, await self.shelf.load(change.ids)):
                return change
        raise UsageError("There is nothing to take back.")

    async def forget(self, ids: Ids, *, copies: Sequence[str] = (), change_id: str = "") -> builtins.list[MemoryEntry]:
        """Delete entries for good, from shelf, trash, journal, log and caches, and return what they were.

        Args:
            copies: go with them where they are still there; a full tier may have put them out meanwhile.
            change_id: given, a repeated call is the same change; it returns nothing.

        Raises:
            UnknownNameError: one of them does not exist; none was forgotten.
        """
        change_id = change_id or create_id()
        async with self.shelf.lock:
            done = await self.journal.find(change_id)
            doomed = [*each_id(ids), *copies]
            states = await self.shelf.load(doomed)
            if done is None:
                require_all(ids, states)
            # With the first deletion it is known that log and caches are to follow, whatever is killed when.
            marks = await load_marks(self._store)
            marks[change_id] = {"keep_chat": True, **marks.get(change_id, {}), "ids": doomed}
            for state in states.values():  # one after the other: two may be in one change
                transaction = Transaction()
                put_marks(transaction, self._store, marks)
                self.shelf.move(transaction, state, None)
                await self.journal.forget(transaction, state)
                await self.shelf.commit(transaction)
                self._touched.pop(state.entry.id, None)
            if done is None:
                transaction = Transaction()
                gone = MemoryChange(change_id, await self.next_change_ms(), "forgotten", tuple(states))
                self.journal.write(transaction, gone, ())
                await self.shelf.commit(transaction)
        await self._store.barrier()
        await self.leave_nothing([change_id], doomed)
        return [state.entry for state in states.values()]

    async def begin_forgetting(
        self, change_id: str, ids: Sequence[str], *, copies: Sequence[str] = (), keep_chat: bool
    ) -> None:
        """Note what is to be forgotten before the first word of it goes; a kill only puts it off.

        Raises:
            UnknownNameError: one of them does not exist; nothing was noted.
        """
        async with self.shelf.lock:
            if await self.journal.find(change_id) is None:
                require_all(ids, await self.shelf.load(ids))
            await self._note(
                {**await load_marks(self._store), change_id: {"ids": [*ids, *copies], "keep_chat": keep_chat}}
            )

    async def begun_forgettings(self) -> Marks:
        """What was begun and is not finished."""
        async with self.shelf.lock:
            return await load_marks(self._store)

    async def give_up_forgetting(self, change_id: str) -> None:
        """It failed before anything was deleted and the person was told so: no later start is to do it."""
        async with self.shelf.lock:
            await self._note({id: mark for id, mark in (await load_marks(self._store)).items() if id != change_id})

    async def leave_nothing(self, changes: Collection[str], ids: Sequence[str] = ()) -> None:
        """Nothing of these forgettings is in the log or a cache when this returns; `ids` of the entries, if known."""
        if self._on_forgotten is not None:
            await self._on_forgotten(ids)
        async with self.shelf.lock:
            await self._note({id: mark for id, mark in (await load_marks(self._store)).items() if id not in changes})

    async def _note(self, marks: Marks) -> None:
        put_marks(transaction := Transaction(), self._store, marks)
        await self.shelf.commit(transaction)


def _name_edit(old: MemoryEntry, new: MemoryEntry) -> Action:
    if old.trust != new.trust and new.trust == "trusted":
        return "accepted"
    if replace(old, pinned=new.pinned) == new:
        return "pinned" if new.pinned else "unpinned"
    return "edited"
