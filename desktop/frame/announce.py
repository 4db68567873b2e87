"""Telling screen readers what happened where no focus went."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

__all__ = ["announce"]


def announce(widget: QWidget, sentence: str, *, assertive: bool = False) -> None:
    """Say it; at once, in the middle of another sentence, where it is assertive."""
    # Late: its hundreds of roles would be made before the first paint, when there is nothing to tell.
    from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

    event = QAccessibleAnnouncementEvent(widget, sentence)
    politeness = QAccessible.AnnouncementPoliteness
    event.setPoliteness(politeness.Assertive if assertive else politeness.Polite)
    QAccessible.updateAccessibility(event)
