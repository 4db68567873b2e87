"""How important a memory is at first, and what is left of it as it ages."""

from __future__ import annotations

import math
from collections.abc import Mapping

from engine.memory.entry import MemoryEntry
from engine.memory.tiers import TIERS, Tier

# First importance by who wrote it. What the person asked us to remember outranks what was merely said.
USER_TURN = 0.5
ASSISTANT_TURN = 0.3
REMEMBERED = 0.8
PINNED = 1.0

# What each doubling of an entry's uses adds to its score.
USE_FACTOR = 0.1

# Promotion needs this score and at least one use.
PROMOTION_SCORE = 0.75


def score(entry: MemoryEntry, now_ms: int, tiers: Mapping[str, Tier] = TIERS, use_factor: float = USE_FACTOR) -> float:
    """What an entry is worth now, 0…1: faded importance plus what its uses add."""
    if entry.pinned:
        return 1.0
    half_life_s = tiers[entry.tier].half_life_s
    return score_of(entry.importance, entry.uses, entry.last_used_ms, half_life_s, now_ms, use_factor)


def score_of(
    importance: float, uses: int, last_used_ms: int, half_life_s: int, now_ms: int, use_factor: float = USE_FACTOR
) -> float:
    """The score from its parts; `min(1, importance · 2^(−age / half-life) + factor · log2(1 + uses))`.

    Age counts from the last use: a memory that is used stays young.
    """
    age_s = max(0, now_ms - last_used_ms) / 1000
    faded = importance * 2 ** (-age_s / half_life_s) if half_life_s else importance
    return float(min(1.0, faded + use_factor * math.log2(1 + uses)))
