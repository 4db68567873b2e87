"""The newer fact replaces the one that it contradicts.

The older entry goes into the trash with the reason `superseded`, and the newer one links to it: recall finds
the newest, the history of the newest shows both, and an undo brings the older back. Only what the person
said or accepted takes part; a suggestion replaces nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.memory.check import is_foreign
from engine.memory.contradiction import corrected_by, is_correction, read_claim, superseded_by
from engine.memory.entry import MemoryEntry
from engine.memory.memory import Memory
from engine.memory.shelf import State
from engine.memory.suggestions import LASTING, is_statement
from engine.search.fusion import normalised
from engine.security.taint import MEMORY_USER

_LOOKED_AT = 10


class Superseder:
    """Finds what a new fact contradicts, and lets it give way."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def look_at(self, ids: Iterable[str]) -> int:
        """Look at entries that are new or changed; returns how many older ones gave way."""
        n = 0
        for entry in await self._memory.shelf.load_live(list(ids)):
            if stands(entry) and (read_claim(entry.text) is not None or is_correction(entry.text)):
                n += await self._look_around(entry)
        return n

    async def _look_around(self, entry: MemoryEntry) -> int:
        found = await self._memory.search_entries(entry.text, _LOOKED_AT, project=entry.project, tiers=LASTING)
        if entry.tier == "episodic" and any(normalised(old.text) == normalised(entry.text) for old in found):
            return 0  # kept on purpose as well: that one is the newer fact
        pairs = [(old, entry) if superseded_by(old, entry) else (entry, old) for old in found if old.id != entry.id]
        pairs = [(old, new) for old, new in pairs if superseded_by(old, new)]
        pairs += [(old, entry) for old in corrected_by(entry, found)]
        pairs += [(entry, new) for new in found if entry in corrected_by(new, [entry, *found])]
        pairs = [(old, new) for old, new in dict.fromkeys(pairs) if stands(new) and may_replace(old)]
        for old, new in pairs:
            await supersede(self._memory, old.id, new.id)
        return len(pairs)


def may_replace(entry: MemoryEntry) -> bool:
    """Whether an entry is a lasting fact that the person stands behind."""
    return entry.tier in LASTING and entry.trust == "trusted" and not is_foreign(entry.labels)


def stands(entry: MemoryEntry) -> bool:
    """Whether an entry can be the newer of two facts: a lasting one, or what the person has just told."""
    own = entry.provenance.source == "user" and set(entry.labels) == {MEMORY_USER} and entry.trust == "trusted"
    return may_replace(entry) or (entry.tier == "episodic" and own and is_statement(entry.text))


def newest_of(old: MemoryEntry, new: MemoryEntry) -> MemoryEntry:
    """The newer fact as it is kept: in the older one's place, and with what that was worth."""
    return replace(
        new,
        tier=old.tier if new.tier == "episodic" else new.tier,
        importance=max(new.importance, old.importance),
        uses=max(new.uses, old.uses),
        links=replace(new.links, supersedes=(*new.links.supersedes, old.id)),
    )


async def supersede(memory: Memory, old_id: str, new_id: str) -> None:
    """Let the older entry give way to the newer one, if both are still there."""
    async with memory.shelf.lock:
        states = await memory.shelf.load([old_id, new_id])
        old, new = states.get(old_id), states.get(new_id)
        if old is None or new is None or old.trashed_ms or new.trashed_ms:
            return
        after = [
            State(old.entry, memory.now_ms(), "superseded"),
            State(newest_of(old.entry, new.entry)),
        ]
        title = f"{old.entry.text}” by “{new.entry.text}"
        await memory.apply("superseded", after, states, by="scrubjay", title=title)
    await memory.acknowledge()
