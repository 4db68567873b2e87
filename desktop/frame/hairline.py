"""The thin line between the parts of the window."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget


def hairline(parent: QWidget, *, vertical: bool = False) -> QFrame:
    """A line from side to side, or from top to bottom."""
    line = QFrame(parent)
    line.setProperty("look", "hairline")
    if vertical:
        line.setFixedWidth(1)
    else:
        line.setFixedHeight(1)
    return line
