"""Cut, copy, paste, undo and their like for whatever has the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

METHODS = {"select_all": "selectAll"}


def edit_focused(name: str) -> None:
    """Do cut, copy, paste, select_all or redo where the focus is; nothing where that has no such thing."""
    focused = QGuiApplication.focusObject()
    method = getattr(focused, METHODS.get(name, name), None)
    if callable(method):
        method()


def undo_focused() -> bool:
    """Undo typing where the focus is; False when there is none to undo."""
    if not can_undo_focused():
        return False
    QGuiApplication.focusObject().undo()  # type: ignore[attr-defined]
    return True


def can_undo_focused() -> bool:
    """Whether there is typing to undo where the focus is."""
    return _can(QGuiApplication.focusObject(), "isUndoAvailable")


def can_redo_focused() -> bool:
    """Whether there is typing to redo where the focus is."""
    return _can(QGuiApplication.focusObject(), "isRedoAvailable")


def is_spent_undo(event: QEvent, edit: object) -> bool:
    """Whether this asks `edit` if it wants the keys of Undo, and it has nothing to undo: then the window has them.

    Qt's fields take them for themselves even then.
    """
    return (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and event.matches(QKeySequence.StandardKey.Undo)
        and not _can(edit, "isUndoAvailable")
    )


def _can(focused: object, what: str) -> bool:
    document = getattr(focused, "document", None)
    if callable(document):
        return bool(getattr(document(), what)())
    available = getattr(focused, what, None)
    return bool(available()) if callable(available) else False
