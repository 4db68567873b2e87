"""The newer fact replaces the one that it contradicts.

The older entry goes into the trash with the reason `superseded`, and the newer one links to it: recall finds
the newest, the history of the newest shows both, and an undo brings the older back. Only what the person
said or accepted takes part; a suggestion replaces nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.memory.check import is_foreign
from engine.memory.contradiction import read_claim, superseded_by
from engine.memory.entry import MemoryEntry
from engine.memory.memory import Memory
from engine.memory.shelf import State

# Tiers of lasting facts. What was said (episodic) is history and stays as it was said.
LASTING = ("semantic", "long_term")
_LOOKED_AT = 10


class Superseder:
    """Finds what a new fact contradicts, and lets it give way."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def look_at(self, ids: Iterable[str]) -> int:
        """Look at entries that are new or changed; returns how many older ones gave way."""
        n = 0
        for entry in await self._memory.shelf.load_live(list(ids)):
            if may_replace(entry) and read_claim(entry.text) is not None:
                n += await self._look_around(entry)
        return n

    async def _look_around(self, entry: MemoryEntry) -> int:
        found = await self._memory.search_entries(entry.text, _LOOKED_AT, project=entry.project, tiers=LASTING)
        pairs = [(old, entry) if superseded_by(old, entry) else (entry, old) for old in found if old.id != entry.id]
        pairs = [(old, new) for old, new in pairs if may_replace(new) and may_replace(old) and superseded_by(old, new)]
        for old, new in pairs:
            await supersede(self._memory, old.id, new.id)
        return len(pairs)


def may_replace(entry: MemoryEntry) -> bool:
    """Whether an entry is a lasting fact that the person stands behind."""
    return entry.tier in LASTING and entry.trust == "trusted" and not is_foreign(entry.labels)


async def supersede(memory: Memory, old_id: str, new_id: str) -> None:
    """Let the older entry give way to the newer one, if both are still there."""
    async with memory.shelf.lock:
        states = await memory.shelf.load([old_id, new_id])
        old, new = states.get(old_id), states.get(new_id)
        if old is None or new is None or old.trashed_ms or new.trashed_ms:
            return
        links = replace(new.entry.links, supersedes=(*new.entry.links.supersedes, old_id))
        uses = max(new.entry.uses, old.entry.uses)
        after = [
            State(old.entry, memory.now_ms(), "superseded"),
            State(replace(new.entry, links=links, uses=uses)),
        ]
        title = f"{old.entry.text}” by “{new.entry.text}"
        await memory.apply("superseded", after, states, by="scrubjay", title=title)
    await memory.acknowledge()
