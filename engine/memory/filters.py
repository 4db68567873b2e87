"""Which memories take part in a recall, as the bits that the search index leaves out by."""

from __future__ import annotations

from collections.abc import Collection

from engine.memory.entry import MemoryEntry
from engine.memory.tiers import TIERS, get_tier
from engine.search.types import FIRST_TIER_BIT, QUOTED, REFERENCE, SUGGESTED, UNPINNED


def _tier_bit(name: str) -> int:
    return 1 << (FIRST_TIER_BIT + list(TIERS).index(name))


def memory_bits(entry: MemoryEntry) -> int:
    """The bits of one entry in the search index."""
    unpinned = 0 if entry.pinned else UNPINNED
    trust = {"trusted": 0, "suggested": SUGGESTED, "quoted": SUGGESTED | QUOTED}[entry.trust]
    reference = REFERENCE if entry.links.refers_to else 0
    return unpinned | trust | reference | _tier_bit(entry.tier)


def unwanted_bits(*, tiers: Collection[str] = (), pinned: bool = False, suggested: bool = False) -> int:
    """The bits that an entry must not have.

    Args:
        tiers: only these; empty: all.
        pinned: only pinned ones.
        suggested: also suggestions.

    Raises:
        UnknownNameError: no such tier.
    """
    wanted: set[str] = {get_tier(name).name for name in tiers} or set(TIERS)
    bits = sum(_tier_bit(name) for name in TIERS if name not in wanted)
    return bits | (UNPINNED if pinned else 0) | (QUOTED if suggested else SUGGESTED)


# What the loop keeps for itself: found when asked for by tier or trust, no part of "what is remembered".
RECORDS = QUOTED | REFERENCE
