"""One window per data directory: a second start hands over its files and raises the first.

The socket is Qt's own (QLocalServer): it works before the engine is imported and while no engine is open, and
it carries nothing but paths. Only the same user can connect. Whoever owns the data directory is another
question (engine.store.lock): a command line may own it while the window merely asks.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCryptographicHash, QDir, QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalSocket

# The first start answers from its event loop; one that does not within this time is hung, and we open a window.
HAND_OVER_LIMIT_MS = 2000
MAX_MESSAGE_BYTES = 1 << 20
TOKEN = "XDG_ACTIVATION_TOKEN"


def socket_name(data_dir: Path) -> str:
    """Name of the socket for a data directory and this user."""
    # realpath, because two spellings of one directory are one window.
    seed = f"{os.path.expanduser('~')}\n{os.path.realpath(data_dir)}"
    # Qt's, because hashlib brings libcrypto, and this runs before the first paint.
    found = QCryptographicHash.hash(seed.encode(), QCryptographicHash.Algorithm.Sha256)
    return f"scrubjay-{bytes(found.toHex().data()).decode()[:24]}"


def hand_over(data_dir: Path, files: Sequence[str]) -> bool:
    """Give files to the window that is open already and raise it; False when there is none."""
    name = socket_name(data_dir)
    if os.name == "posix" and not os.path.exists(os.path.join(QDir.tempPath(), name)):
        # Where Qt puts it on these systems: nobody listens, and the network library need not be loaded yet.
        return False
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(HAND_OVER_LIMIT_MS):
        return False
    message = {"files": [os.path.abspath(f) for f in files], "token": os.environ.get(TOKEN, "")}
    socket.write(json.dumps(message).encode() + b"\n")
    socket.flush()
    answered = socket.waitForReadyRead(HAND_OVER_LIMIT_MS)
    socket.disconnectFromServer()
    return answered


class InstanceServer(QObject):
    """Listens for later starts.

    Signals:
        asked(files): another start wants the window, with these files (absolute paths, perhaps none).
    """

    asked = Signal(list)

    def __init__(self, data_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        from PySide6.QtNetwork import QLocalServer

        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        name = socket_name(data_dir)
        if not self._server.listen(name):
            # What a killed window left; nobody answered, or we would have handed over.
            QLocalServer.removeServer(name)
            self._server.listen(name)

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _on_connection(self) -> None:
        socket = self._server.nextPendingConnection()
        socket.readyRead.connect(lambda: self._on_message(socket))
        socket.disconnected.connect(socket.deleteLater)

    def _on_message(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() > MAX_MESSAGE_BYTES:
            socket.abort()
            return
        if not socket.canReadLine():
            return
        files: list[str] = []
        with contextlib.suppress(ValueError, AttributeError, TypeError):
            message = json.loads(bytes(socket.readLine().data()))
            files = [f for f in message.get("files", []) if isinstance(f, str)]
            if message.get("token"):
                # Qt takes the token from here when the window asks to be raised (Wayland).
                os.environ[TOKEN] = str(message["token"])
        socket.write(b"ok\n")
        socket.flush()
        self.asked.emit(files)
