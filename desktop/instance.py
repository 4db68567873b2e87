"""One window per data directory: a second start hands over its files and raises the first.

The socket is Qt's own (QLocalServer): it works before the engine is imported and while no engine is open, and
it carries nothing but paths. Only the same user can connect. Whoever owns the data directory is another
question (engine.store.lock): a command line may own it while the window merely asks.

Who is the first start is decided by a lock beside the socket, taken before anything else and held to the end of the
process; both lie where engine.socket_place says, whatever TMPDIR is. The socket is not enough: it listens only after
the first paint, and a start in between would find nobody. A start that does not get the lock waits until somebody
listens, or until the lock is free because the first one ended.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.socket_place import is_short, socket_folders

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalSocket

# The first start answers from its event loop; one that does not within this time is hung, and we open a window. As
# long as a start on a slow disk takes, because the first one may have just begun, or be about to end.
HAND_OVER_LIMIT_MS = 15_000
LOOK_EVERY_S = 0.02
MAX_MESSAGE_BYTES = 1 << 20
TOKEN = "XDG_ACTIVATION_TOKEN"


def socket_name(data_dir: Path) -> str:
    """Name of the socket for a data directory and this user: a path, but on Windows; "" where none can be made."""
    # realpath, because two spellings of one directory are one window.
    seed = os.path.realpath(data_dir)
    if os.name != "posix":
        # Pipes of all users have their names in one place; a folder of sockets is one user's.
        seed = f"{os.path.expanduser('~')}\n{seed}"
    # It need only differ among the folders of one person. hashlib brings libcrypto, QCryptographicHash and QDir their
    # classes, and this runs before the first paint.
    name = f"scrubjay-{zlib.crc32(os.fsencode(seed)):08x}"
    if os.name != "posix":
        return name
    return next((path for folder in socket_folders() if is_short(path := f"{folder}/{name}")), "")


def lock_path(data_dir: Path) -> str:
    """The file that the one window of a data directory holds locked; "" where none can be made."""
    name = socket_name(data_dir)
    if name and os.name != "posix":
        from tempfile import gettempdir

        name = os.path.join(gettempdir(), name)
    return name and f"{name}.lock"


class Claim:
    """The right to be the one window of a data directory, until the process ends."""

    def __init__(self, data_dir: Path) -> None:
        self._path = lock_path(data_dir)
        self._fd = -1

    def take(self) -> bool:
        """Whether it is ours, now or already; never waits."""
        if self._fd >= 0:
            return True
        try:
            # An empty path, where there is no folder for it, cannot be opened either.
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except OSError:
            # Nothing can be locked here: two starts at once may open two windows, which both work.
            return True
        if not _lock(fd):
            os.close(fd)
            return False
        self._fd = fd
        return True

    def release(self) -> None:
        """Let another start be the first."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def _lock(fd: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # A file system without locks lets everybody in, as above.
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
    return True


def claim_or_hand_over(data_dir: Path, files: Sequence[str], limit_ms: int = HAND_OVER_LIMIT_MS) -> Claim | None:
    """The right to open the window; None when it is open, or about to be, and was given the files.

    Blocks while another start opens its window, or while one that ends has not ended yet.
    """
    claim, end = Claim(data_dir), time.monotonic() + limit_ms / 1000
    while True:
        is_ours = claim.take()
        left_ms = round((end - time.monotonic()) * 1000)
        # Also with the lock: where nothing can be locked everybody gets it.
        if left_ms > 0 and hand_over(data_dir, files, left_ms):
            claim.release()
            return None
        if is_ours or left_ms <= 0:
            return claim
        time.sleep(LOOK_EVERY_S)


def hand_over(data_dir: Path, files: Sequence[str], limit_ms: int = HAND_OVER_LIMIT_MS) -> bool:
    """Give files to the window that is open already and raise it; False when there is none."""
    name = socket_name(data_dir)
    if os.name == "posix" and not os.path.exists(name):
        # Nobody listens, and the network library need not be loaded yet.
        return False
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(limit_ms):
        return False
    message = {"files": [os.path.abspath(f) for f in files], "token": os.environ.get(TOKEN, "")}
    socket.write(json.dumps(message).encode() + b"\n")
    socket.flush()
    answered = socket.waitForReadyRead(limit_ms)
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
        if name and not self._server.listen(name):
            # What a killed window left: the lock is ours.
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
