"""Cut, copy, paste, undo and their like for whatever has the focus."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

METHODS = {"select_all": "selectAll"}


def edit_focused(name: str) -> None:
    """Do cut, copy, paste, select_all or redo where the focus is; nothing where that has no such thing."""
    focused = QGuiApplication.focusObject()
    method = getattr(focused, METHODS.get(name, name), None)
    if callable(method):
        method()


def undo_focused() -> bool:
    """Undo typing where the focus is; False when there is none to undo."""
    focused = QGuiApplication.focusObject()
    if focused is None or not _can_undo(focused):
        return False
    focused.undo()  # type: ignore[attr-defined]
    return True


def _can_undo(focused: object) -> bool:
    document = getattr(focused, "document", None)
    if callable(document):
        return bool(document().isUndoAvailable())
    available = getattr(focused, "isUndoAvailable", None)
    return bool(available()) if callable(available) else False
