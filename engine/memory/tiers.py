"""The five tiers of memory: what each holds, how much, how long, and how fast it fades. One table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from engine.errors import UnknownNameError, UsageError

TierName = Literal["working", "short_term", "episodic", "long_term", "semantic"]


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier.

    Attributes:
        holds: what belongs here, in a few words for people.
        capacity: entries; a full tier evicts the lowest score.
        ttl_s: an entry not used for so long leaves; 0 = never.
        half_life_s: after so long without use an importance counts half; 0 = never fades.
    """

    name: TierName
    holds: str
    capacity: int
    ttl_s: int
    half_life_s: int


_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

# The table of the design; capacity and times are enforced by the owner's sweep (engine.memory.sweep).
TIERS: dict[str, Tier] = {
    tier.name: tier
    for tier in (
        Tier("working", "facts of the running answer", 15, 15 * _MINUTE, 5 * _MINUTE),
        Tier("short_term", "the last turns of any chat", 100, _HOUR, 30 * _MINUTE),
        Tier("episodic", "what was said and what happened, with its time", 5_000, 7 * _DAY, 3 * _DAY),
        Tier("long_term", "what proved important", 10_000, 30 * _DAY, 10 * _DAY),
        Tier("semantic", "facts and knowledge", 50_000, 0, 0),
    )
}


def get_tier(name: str) -> Tier:
    """The tier of that name.

    Raises:
        UnknownNameError: there is none.
    """
    tier = TIERS.get(name)
    if tier is None:
        raise UnknownNameError("tier", name, TIERS)
    return tier


def create_tiers(changes: Mapping[str, Mapping[str, int]]) -> dict[str, Tier]:
    """The table with a person's own capacities and times.

    Args:
        changes: by tier, any of capacity, ttl_s, half_life_s.

    Raises:
        UnknownNameError: no such tier or property.
        UsageError: a capacity below 1, or a time below 0.
    """
    table = dict(TIERS)
    for name, values in changes.items():
        tier = get_tier(name)
        for field, value in values.items():
            if field not in _CHANGEABLE:
                raise UnknownNameError("property of a tier", field, _CHANGEABLE)
            if value < (1 if field == "capacity" else 0):
                raise UsageError(f"The {field} of the tier {name} cannot be {value}; write a larger number.")
        table[name] = replace(
            tier,
            capacity=values.get("capacity", tier.capacity),
            ttl_s=values.get("ttl_s", tier.ttl_s),
            half_life_s=values.get("half_life_s", tier.half_life_s),
        )
    return table


_CHANGEABLE = ("capacity", "ttl_s", "half_life_s")
