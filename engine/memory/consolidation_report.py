"""What one run of tidying did, and whose memories it may tidy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, runtime_checkable

__all__ = ["ConsolidationReport", "EngineMemory", "from_public"]


@dataclass(frozen=True, slots=True)
class ConsolidationReport:
    """What one run did.

    Attributes:
        change_id: of the change that `undo` takes back; "" where nothing was changed.
        examined: entries that were looked at.
        promoted: ids of entries that moved a tier up.
        merged: id of what is left of a group, and the ids of what went into it.
        superseded: id of what is newer, and the ids of what it replaced.
        took_ms: from start to end.
    """

    change_id: str = ""
    started_ms: int = 0
    took_ms: float = 0.0
    examined: int = 0
    promoted: tuple[str, ...] = ()
    merged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    superseded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_public(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            **asdict(self),
            "promoted": list(self.promoted),
            "merged": {id: list(ids) for id, ids in self.merged.items()},
            "superseded": {id: list(ids) for id, ids in self.superseded.items()},
        }


@runtime_checkable
class EngineMemory(Protocol):
    """`engine.memory`, as far as tidying needs it."""

    async def consolidate(self) -> dict[str, Any]: ...


def from_public(report: Mapping[str, Any]) -> ConsolidationReport:
    """The report that `to_public` gave."""
    lists = {name: {id: tuple(ids) for id, ids in report[name].items()} for name in ("merged", "superseded")}
    return ConsolidationReport(**{**report, **lists, "promoted": tuple(report["promoted"])})
