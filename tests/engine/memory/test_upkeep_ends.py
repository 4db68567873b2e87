"""What the owner began for memories ends with it: nothing is left that nobody waits for."""

from __future__ import annotations

import asyncio
import gc

from engine.memory.memory import Memory
from engine.memory_upkeep import MemoryUpkeep
from engine.settings import Settings


async def test_work_that_begins_as_the_owner_closes_leaves_nothing_behind(desk, memory: Memory, recwarn) -> None:
    upkeep = MemoryUpkeep(memory, desk.store, desk.clock, Settings(data_dir="unused"))
    before = asyncio.all_tasks()
    # Cancelled before its first step.
    upkeep.on_embedded(["a"])
    await upkeep.aclose()
    # The last vectors come when the owner has closed already.
    upkeep.on_embedded(["b"])
    assert asyncio.all_tasks() == before
    gc.collect()
    assert [str(warning.message) for warning in recwarn] == []
