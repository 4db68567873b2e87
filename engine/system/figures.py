"""One measured figure beside what it is measured against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What `scrubjay bench` prints.

    Attributes:
        name: what was measured.
        value: the median.
        unit: of the value; "×" for a ratio.
        peer: what it was measured against, "" where the bar is a physical limit or a count.
        bar: what must hold, in words: "≤ 50".
        holds: None when the peer is missing or the figure is only shown.
        detail: spread, sizes, versions.
    """

    name: str
    value: float
    unit: str
    peer: str
    bar: str
    holds: bool | None
    detail: str = ""

    def to_line(self) -> str:
        """The figure for people."""
        verdict = {True: "holds", False: "FAILS", None: "shown"}[self.holds]
        against = f", beside {self.peer}" if self.peer else ""
        bar = f" (bar {self.bar}: {verdict})" if self.bar else ""
        detail = f"; {self.detail}" if self.detail else ""
        return f"{self.name}: {self.value:.4g} {self.unit}{against}{bar}{detail}"
