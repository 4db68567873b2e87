"""After "no space is left": looks whether there is room again, and takes the line away that says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

LOOK_EVERY_MS = 2_000
# What is told of this soon after the error was written before it.
EARLIER_MS = 1_000
WRITTEN = ("chat", "memory", "document")


class SpaceWatch(QObject):
    """Looks while a line about a full disk is shown, and at no other time.

    There is room again when the disk has what Scrubjay wants before it takes in more, or as soon as something was
    written: on a small disk that is sooner.

    Args:
        is_shown: whether the line is still there.
        on_room: called once, when there is room.
    """

    def __init__(
        self, data_dir: Path, is_shown: Callable[[], bool], on_room: Callable[[], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._data_dir, self._is_shown, self._on_room = data_dir, is_shown, on_room
        self._timer = QTimer(self, interval=LOOK_EVERY_MS, timeout=self._look)
        self._early = QTimer(self, singleShot=True, interval=EARLIER_MS)

    def start(self) -> None:
        """A line about a full disk has just been shown."""
        self._timer.start()
        self._early.start()

    def on_changed(self, what: str, _id: str, _how: str) -> None:
        """Something in the store changed."""
        if what in WRITTEN and self._timer.isActive() and not self._early.isActive():
            self._end()

    def _look(self) -> None:
        if not self._is_shown():
            self._timer.stop()
        elif has_room(self._data_dir):
            self._end()

    def _end(self) -> None:
        self._timer.stop()
        if self._is_shown():
            self._on_room()


def has_room(data_dir: Path) -> bool:
    """Whether the disk has what Scrubjay wants before it takes in more."""
    # Late: shown errors come from an engine that is there.
    from engine.errors import StoreFullError
    from engine.store.space import require_space

    folder = data_dir / "redis"
    try:
        require_space(folder, sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()))
    except (OSError, StoreFullError):
        return False
    return True
