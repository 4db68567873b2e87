"""Where the window stood, how large it was and how it was divided, from one start to the next."""

from __future__ import annotations

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QSplitter, QWidget

from desktop.look.tokens import DEFAULT_SIZE
from desktop.state import WindowState

__all__ = ["keep_place", "restore_place"]


def keep_place(state: WindowState, window: QWidget, splitter: QSplitter) -> None:
    """Remember it."""
    state.set("geometry", bytes(window.saveGeometry().toBase64().data()).decode())
    state.set("splitter", bytes(splitter.saveState().toBase64().data()).decode())


def restore_place(state: WindowState, window: QWidget, splitter: QSplitter) -> None:
    """Put it back; the usual size where nothing is remembered."""
    window.resize(*DEFAULT_SIZE)
    geometry, divided = state.get("geometry"), state.get("splitter")
    if isinstance(geometry, str):
        # Qt brings a window whose screen is gone back onto one that exists.
        window.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
    if isinstance(divided, str):
        splitter.restoreState(QByteArray.fromBase64(divided.encode()))
