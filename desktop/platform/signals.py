"""End of session, Ctrl+C and `kill`: quit in order instead of dying at once. Windows ends windows by messages."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

ENDS = ("SIGTERM", "SIGINT", "SIGHUP")


class EndSignals(QObject):
    """Calls `quit` when the system asks the program to end.

    Python runs a handler only between its own instructions, and an idle Qt loop has none: the signal therefore
    writes into a socket that wakes the loop.
    """

    def __init__(self, quit: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        if sys.platform == "win32":
            return
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for name in ENDS:
            signal.signal(getattr(signal, name), lambda *_: quit())
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_woken)

    def _on_woken(self) -> None:
        # Reading is enough: being back in Python runs the handler.
        self._reader.recv(64)
