"""How important a memory is at first, and what is left of it as it ages."""

from __future__ import annotations

import math

from engine.memory.entry import MemoryEntry
from engine.memory.tiers import get_tier

# First importance by who wrote it. What the person asked us to remember outranks what was merely said.
USER_TURN = 0.5
ASSISTANT_TURN = 0.3
REMEMBERED = 0.8
PINNED = 1.0

# Promotion needs this score and at least one use.
PROMOTION_SCORE = 0.75


def score(entry: MemoryEntry, now_ms: int) -> float:
    """What an entry is worth now, 0…1: faded importance plus what its uses add.

    Age counts from the last use: a memory that is used stays young.
    """
    if entry.pinned:
        return 1.0
    half_life_s = get_tier(entry.tier).half_life_s
    age_s = max(0, now_ms - entry.last_used_ms) / 1000
    faded = entry.importance * 2 ** (-age_s / half_life_s) if half_life_s else entry.importance
    return min(1.0, faded + 0.1 * math.log2(1 + entry.uses))
