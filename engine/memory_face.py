"""`engine.memory`: what Scrubjay remembers, for a window, a command line or a script, in any process."""

from __future__ import annotations

import builtins
import contextlib
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from engine.ids import create_id
from engine.memory.arguments import checked
from engine.memory.entry import MemoryEntry, Trust
from engine.memory.journal import MemoryChange
from engine.memory.reader import MemoryPage, Sort, TrashPage
from engine.memory.recall import RecallHit
from engine.memory.shelf import State
from engine.memory.writer import Ids, each_id

# Entries that go over the wire at once; larger lists are several changes.
_AT_ONCE = 2000


class Call(Protocol):
    """One operation of the owner, wherever that is."""

    async def __call__(self, operation: str, **arguments: Any) -> Any: ...


class Stream(Protocol):
    """The items of one operation of the owner."""

    def __call__(self, operation: str, **arguments: Any) -> AsyncGenerator[dict[str, Any], None]: ...


class MemoryFace:
    """`engine.memory`: what Scrubjay remembers."""

    def __init__(self, call: Call, stream: Stream, project: Callable[[str | None], str]) -> None:
        self._call, self._stream, self._project = call, stream, project

    @checked
    async def add(
        self,
        text: str,
        *,
        tier: str = "semantic",
        importance: float = 0.8,
        project: str | None = None,
        tags: Sequence[str] = (),
        created_at: int | None = None,
        provenance: dict[str, Any] | None = None,
        pinned: bool = False,
    ) -> MemoryEntry:
        """Remember a text; acknowledged (survives any kill) when this returns.

        Args:
            importance: 0…1.
            created_at: UTC ms; now if None.

        Raises:
            UsageError: the text is empty, too long or binary; importance is outside 0…1.
            UnknownNameError: no such tier.
        """
        record = await self._call(
            "memory.add",
            id=create_id(),
            text=text,
            tier=tier,
            importance=importance,
            project=self._project(project),
            tags=list(tags),
            created_at=created_at,
            provenance=provenance,
            pinned=pinned,
        )
        return MemoryEntry.from_record(record)

    @checked
    async def add_many(self, items: Sequence[dict[str, Any]]) -> builtins.list[str]:
        """Remember many texts at once, with one barrier and one change to undo; returns their ids.

        Args:
            items: the arguments of `add`, one mapping each; `text` must be there.

        Raises:
            UsageError: one of them cannot be remembered; none was.
        """
        made = [{"id": create_id(), "importance": 0.8, "project": self._project(None), **item} for item in items]
        ids: builtins.list[str] = []
        for start in range(0, len(made), _AT_ONCE):
            some = made[start : start + _AT_ONCE]
            ids += await self._call("memory.add_many", items=some, change_id=create_id())
        return ids

    @checked
    async def recall(
        self,
        query: str,
        *,
        k: int = 5,
        project: str | None = None,
        tiers: Sequence[str] = (),
        pinned: bool = False,
        created_from: int | None = None,
        created_to: int | None = None,
        turns: Sequence[str] = (),
        max_tokens: int | None = None,
        suggested: bool = False,
    ) -> list[RecallHit]:
        """The memories that fit a query best, none when nothing fits; `hit.why` has the terms of the score.

        Args:
            project: its entries and the unscoped ones; as in the settings if None.
            tiers: only these; empty: all.
            pinned: only pinned ones.
            created_from, created_to: UTC ms, bounds included.
            turns: what was said before, oldest first; a query that leans on it borrows its subject.
            max_tokens: what does not fit into so many is left out.
            suggested: also what waits for the person.
        """
        hits = await self._call(
            "memory.recall", query=query, k=k, project=self._project(project), tiers=[*tiers], pinned=pinned,
            created_from=created_from, created_to=created_to, turns=[*turns], max_tokens=max_tokens,
            suggested=suggested,
        )  # fmt: skip
        return [RecallHit(MemoryEntry.from_record(h["entry"]), h["score"], h["why"]) for h in hits]

    @checked
    async def list(
        self,
        *,
        query: str = "",
        tier: str | None = None,
        project: str | None = None,
        pinned: bool | None = None,
        trust: Trust | None = None,
        sort: Sort = "used",
        offset: int = 0,
        limit: int = 100,
    ) -> MemoryPage:
        """A page of the entries that fit, with how many fit in all; without their vectors.

        What the loop records for itself (quoted turns, references of short_term) is listed only where a tier or a
        trust is asked for.

        Args:
            query: every word of it is the beginning of a word of the entry.
            project: only its own, "" the unscoped ones; None all.
            trust: "trusted", "suggested" (what waits for the person), or None for both.
            sort: used = last written or used first, created = newest first, importance = highest first.

        Raises:
            UnknownNameError: no such tier or order.
        """
        filters = {
            "query": query, "tier": tier, "project": project, "pinned": pinned, "trust": trust, "sort": sort,
        }  # fmt: skip
        # By id: what was added between two parts moves the others on, and some would come twice.
        entries: dict[str, MemoryEntry] = {}
        at, end = offset, offset + limit
        while True:
            found = await self._call("memory.list", offset=at, limit=end - at, **filters)
            entries |= {record["id"]: MemoryEntry.from_record(record) for record in found["entries"]}
            at += len(found["entries"])
            if not found["entries"] or at >= min(end, found["total"]):
                return MemoryPage(tuple(entries.values()), found["total"])

    @checked
    async def get(self, id: str) -> MemoryEntry:
        """One entry by its id or the beginning of it.

        Raises:
            UnknownNameError: no such entry.
        """
        return MemoryEntry.from_record(await self._call("memory.get", id=id))

    @checked
    async def edit(
        self,
        id: str,
        *,
        text: str | None = None,
        importance: float | None = None,
        tier: str | None = None,
        tags: Sequence[str] | None = None,
        project: str | None = None,
    ) -> MemoryEntry:
        """Change an entry; what is None stays. Undone by `undo`.

        Raises:
            UnknownNameError: no such entry or tier.
            UsageError: the text is empty, too long or binary; importance is outside 0…1.
        """
        changes = {"text": text, "importance": importance, "tier": tier, "project": project}
        changes["tags"] = None if tags is None else builtins.list(tags)  # type: ignore[assignment]
        return MemoryEntry.from_record(await self._call("memory.edit", id=id, **changes))

    @checked
    async def pin(self, ids: Ids, pinned: bool = True) -> builtins.list[MemoryEntry]:
        """Pin entries (never evicted, always known to the model), or let them go again."""
        records = await self._call("memory.pin", ids=each_id(ids), pinned=pinned)
        return [MemoryEntry.from_record(record) for record in records]

    @checked
    async def trash(self, ids: Ids) -> MemoryChange:
        """Take entries out of recall and lists at once; undone by `undo` or `restore` for 30 days."""
        return await self._change("memory.trash", ids=each_id(ids), change_id=create_id())

    @checked
    async def restore(self, ids: Ids) -> MemoryChange:
        """Take entries out of the trash."""
        return await self._change("memory.restore", ids=each_id(ids), change_id=create_id())

    @checked
    async def trashed(self, *, offset: int = 0, limit: int = 100) -> TrashPage:
        """A page of the trash, what went in last first; without what only went with a turn that was taken back."""
        found = await self._call("memory.trashed", offset=offset, limit=limit)
        return TrashPage(tuple(State.from_record(record) for record in found["states"]), found["total"])

    @checked
    async def forget(self, ids: Ids, *, keep_chat: bool = False) -> builtins.list[MemoryEntry]:
        """Delete entries for good, on the shelf or in the trash; returns what they were.

        Nothing of them is left in the store, its log or the caches when this returns. The turns that said or
        quoted them lose the words as well, and so does every other turn with their value (a password, a number);
        `still_said` counts turns that have other words of them.

        Args:
            keep_chat: leave what was said in chats as it is.
        """
        records = await self._call("memory.forget", ids=each_id(ids), keep_chat=keep_chat, change_id=create_id())
        return [MemoryEntry.from_record(record) for record in records]

    @checked
    async def still_said(self, texts: Sequence[str]) -> dict[str, Any]:
        """How many turns of chats have names and values of these texts, and which: `{"turns", "words"}`."""
        return dict(await self._call("memory.still_said", texts=list(texts)))

    @checked
    async def suggestions(self, *, limit: int = 100) -> MemoryPage:
        """What waits for the person, newest first."""
        return await self.list(trust="suggested", sort="created", limit=limit)

    @checked
    async def accept(self, ids: Ids) -> MemoryChange:
        """The person agrees to suggestions: from now on they are recalled. Undone by `undo`."""
        return await self._change("memory.accept", ids=each_id(ids))

    @checked
    async def refuse(self, ids: Ids) -> MemoryChange:
        """The person does not want suggestions: to the trash, and not suggested again."""
        return await self._change("memory.refuse", ids=each_id(ids))

    async def consolidate(self) -> dict[str, Any]:
        """Tidy now; the report has `change_id`, `promoted`, `merged`, `superseded`, `took_ms`."""
        report: dict[str, Any] = await self._call("memory.consolidate")
        return report

    async def sweep(self) -> dict[str, Any]:
        """Enforce capacities and times now: `{expired, evicted, purged, believed}`."""
        report: dict[str, Any] = await self._call("memory.sweep")
        return report

    async def accept_clock(self) -> dict[str, Any]:
        """The person says that the computer's clock is right; memories may expire again."""
        state: dict[str, Any] = await self._call("memory.accept_clock")
        return state

    async def export(self) -> AsyncGenerator[str, None]:
        """The lines of an export of all memories, without line ends."""
        async with contextlib.aclosing(self._stream("memory.export")) as items:
            async for item in items:
                yield item["line"]

    @checked
    async def take_in(
        self, path: Path | str, *, progress: Callable[[dict[str, Any]], None] | None = None
    ) -> dict[str, Any]:
        """Import a file that `export` made: `{added, known, damaged, without_vector, complete, change_id, problems}`.

        Raises:
            UsageError: the file cannot be read, or is no export of ours.
        """
        report: dict[str, Any] = {}
        async with contextlib.aclosing(self._stream("memory.import", path=_absolute(path))) as items:
            async for report in items:
                if progress:
                    progress(report)
        return report

    @checked
    async def undo(self, change_id: str | None = None) -> MemoryChange:
        """Take back a change, or the person's last one; undoing that undo does it again.

        Raises:
            UnknownNameError: there is no such change, or no longer (30 days).
            UsageError: there is nothing to take back, or its entries changed again since.
        """
        return await self._change("memory.undo", change_id=change_id, undo_id=create_id())

    @checked
    async def changes(self, limit: int = 100) -> builtins.list[MemoryChange]:
        """The last changes of any memory, newest first; `change.sentence` says what happened."""
        return [MemoryChange.from_record(r) for r in await self._call("memory.changes", limit=limit)]

    @checked
    async def history(self, id: str) -> builtins.list[tuple[MemoryChange, State | None]]:
        """The changes of one entry, newest first, each with what the entry was before."""
        chain = await self._call("memory.history", id=id)
        return [
            (MemoryChange.from_record(step["change"]), State.from_record(step["before"]) if step["before"] else None)
            for step in chain
        ]

    async def _change(self, operation: str, **arguments: Any) -> MemoryChange:
        return MemoryChange.from_record(await self._call(operation, **arguments))

    async def stats(self) -> dict[str, Any]:
        """Counts beside capacities, by tier; see `engine.memory.reader.MemoryReader.stats`."""
        counts: dict[str, Any] = await self._call("memory.stats")
        return counts


def _absolute(path: Path | str) -> str:
    # The owner may run in another folder than the process that asks.
    return os.path.abspath(os.path.expanduser(path))
