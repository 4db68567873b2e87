"""A scroll bar whose room is kept, so that what stands beside it keeps its width; it is seen only where it scrolls."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea


def keep_scroll_room(area: QAbstractScrollArea) -> None:
    """Keep the room of the vertical scroll bar of a view."""
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)

    def show(first: int, last: int) -> None:
        # Asked for each time: what Python holds of a child that Qt made can become void while the child lives on.
        bar = area.verticalScrollBar()
        # The style sheet paints no handle then.
        if bool(bar.property("idle")) != (first == last):
            bar.setProperty("idle", first == last)
            bar.style().unpolish(bar)
            bar.style().polish(bar)

    bar = area.verticalScrollBar()
    bar.rangeChanged.connect(show)
    # A view that never had anything to scroll is told of no range.
    show(bar.minimum(), bar.maximum())
