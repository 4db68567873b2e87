"""The directory that holds everything that lasts, and the file that tells others where its owner is.

    scrubjay.json   what this directory is: application, layout; written first, read before anything else
    settings.toml   what the person chose
    lock            whose it is, see store/lock.py; never removed
    address         where the owner's store and instance socket are, with the password; 0600
    redis/          the store's file; logs/ cache/ models/ as their names say
    run/            sockets, while somebody runs; elsewhere (engine.socket_place) when this path is too long

Everything is 0700 or 0600: other users of the computer see nothing. A directory that is not empty and not
ours is refused, because we would put a hundred files into somebody's documents folder; a newer layout is
refused, because an older program would write into what it does not understand.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import socket
import stat
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.data_place import APP_ID
from engine.errors import DataDirError, StoreFullError
from engine.processes.child import ProcessIdentity
from engine.socket_place import is_private_dir, is_short, socket_folders
from engine.store.lock import LockHandle, try_lock

__all__ = ["Address", "DataDir", "LockHandle", "write_private"]

# Layout of the directory; raised when an older program could not use it any more.
LAYOUT = 1

_MARKER = "scrubjay.json"

# What may lie in a directory that we adopt: the person's settings, and what systems leave behind.
_HARMLESS = {"settings.toml", ".env", ".DS_Store", "desktop.ini", "Thumbs.db", "lost+found"}

_LONGEST_SOCKET_NAME = "instance.sock"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the owner of a data directory can be reached.

    Attributes:
        owner: the process that holds the lock.
        instance: its single-instance socket (Windows: pipe), "" until it listens; takes files, questions
            and model work from whoever says the secret.
        secret: what the first message there must say.
        server: the sidecar; None with a server by URL.
        store: socket path (Windows: URL) of the sidecar, "" with a server by URL.
        username, password: login there.
        aof_dir: where the sidecar's append-only file is.
    """

    owner: ProcessIdentity
    instance: str = ""
    secret: str = field(default="", repr=False)
    server: ProcessIdentity | None = None
    store: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    aof_dir: str = ""

    def to_json(self) -> str:
        """The file's text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Address:
        """The address that `to_json` wrote.

        Raises:
            ValueError, TypeError, KeyError: the text is something else.
        """
        fields: dict[str, Any] = json.loads(text)
        fields["owner"] = ProcessIdentity(**fields["owner"])
        fields["server"] = ProcessIdentity(**fields["server"]) if fields["server"] else None
        return cls(**fields)


class DataDir:
    """A data directory that is ours; made where there is none.

    Args:
        path: any path; `~` is expanded.

    Raises:
        DataDirError: it is a file, somebody else's, newer, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.abspath(Path(path).expanduser()))
        self._told: Address | None = None
        try:
            self._open()
        except PermissionError as exc:
            raise DataDirError(
                f"The folder {self.path} may not be written; allow it, or choose another with --data-dir."
            ) from exc
        except OSError as exc:
            raise DataDirError(
                f"The folder {self.path} cannot be used ({exc.strerror or exc}); choose another with --data-dir."
            ) from exc

    def _open(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise DataDirError(f"{self.path} is a file, not a folder; choose a folder with --data-dir.")
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._check_marker()
        _make_private(self.path)
        for folder in (self.log_dir, self.cache_dir, self.redis_dir, self.models_dir):
            folder.mkdir(exist_ok=True, mode=0o700)
            _make_private(folder)
        self._try_writing()

    def _check_marker(self) -> None:
        marker = self.path / _MARKER
        try:
            found = json.loads(marker.read_text("utf-8"))
            app, layout = found["app"], int(found["layout"])
        except FileNotFoundError:
            self._adopt()
            return
        except (ValueError, KeyError, TypeError) as exc:
            raise DataDirError(
                f"The file {marker} is damaged; restore it from a backup, or choose another folder with --data-dir."
            ) from exc
        if app != APP_ID:
            raise DataDirError(f"The folder {self.path} belongs to {app}; choose another with --data-dir.")
        if layout > LAYOUT:
            raise DataDirError(
                f"The folder {self.path} was written by a newer Scrubjay (layout {layout}, this one knows {LAYOUT}); "
                "update Scrubjay, or choose another folder with --data-dir."
            )

    def _adopt(self) -> None:
        foreign = [n for n in os.listdir(self.path) if n not in _HARMLESS and not n.startswith(_MARKER)]
        # Another first start at the same moment may have made the marker and its folders since we looked.
        if foreign and not (self.path / _MARKER).exists():
            raise DataDirError(
                f"The folder {self.path} is not empty and not Scrubjay's (it holds {sorted(foreign)[0]!r}); "
                "choose an empty one with --data-dir."
            )
        marker = {"app": APP_ID, "layout": LAYOUT, "created_ms": time.time_ns() // 1_000_000}
        write_private(self.path / _MARKER, json.dumps(marker))

    def _try_writing(self) -> None:
        # Asking for permissions is not enough: root may do everything, a read-only disk allows nothing.
        probe = self.path / f"{_MARKER}.{os.getpid()}"
        os.close(os.open(probe, os.O_CREAT | os.O_WRONLY, 0o600))
        probe.unlink()

    @property
    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def address(self) -> Path:
        return self.path / "address"

    @property
    def log_dir(self) -> Path:
        return self.path / "logs"

    @property
    def cache_dir(self) -> Path:
        return self.path / "cache"

    @property
    def redis_dir(self) -> Path:
        return self.path / "redis"

    @property
    def models_dir(self) -> Path:
        return self.path / "models"

    def try_lock(self) -> LockHandle | None:
        """The lock that makes this process the owner, or None when another is; never waits.

        Raises:
            DataDirError: this file system has no locks.
        """
        try:
            return try_lock(self.lock)
        except OSError as exc:
            raise DataDirError(
                f"The folder {self.path} cannot be locked ({exc.strerror or exc}): move it from the network to a "
                "disk of this computer, or choose another with --data-dir."
            ) from exc

    def socket_path(self, name: str) -> Path:
        """A short private path for a Unix socket, `store` or `instance`."""
        return self.socket_dir / f"{name}.sock"

    @cached_property
    def socket_dir(self) -> Path:
        """A 0700 directory where sockets can be made, `run/` unless its path is too long."""
        home = self.path / "run"
        with suppress(OSError):
            home.mkdir(exist_ok=True, mode=0o700)
            if _takes_sockets(home):
                return home
        for parent in socket_folders():
            candidate = Path(parent) / self._digest
            if is_private_dir(candidate) and _takes_sockets(candidate):
                return candidate
        # Somebody sits on our name there: a new one that nobody can have guessed.
        return Path(tempfile.mkdtemp(prefix="scrubjay-", dir="/tmp"))

    def remove_socket_dir(self) -> None:
        """Remove the directory of sockets once it is empty and nobody uses it."""
        if "socket_dir" in self.__dict__:
            with suppress(OSError):
                self.socket_dir.rmdir()
            del self.__dict__["socket_dir"]

    @property
    def instance_address(self) -> str:
        """Where the owner's single-instance socket belongs: a socket's path, on Windows a pipe's."""
        if sys.platform == "win32":
            return rf"\\.\pipe\scrubjay-{self._digest}"
        return str(self.socket_path("instance"))

    @staticmethod
    def create_secret() -> str:
        """A secret that nobody can guess."""
        return secrets.token_hex(32)

    def write_address(self, **told: Any) -> None:
        """Tell other processes where we are; only the owner does.

        Args:
            told: fields of `Address` that are new; the others stay as they were told last.
        """
        if self._told is None:
            pid = os.getpid()
            self._told = Address(ProcessIdentity.of(pid) or ProcessIdentity(pid, "", ""))
        self._told = replace(self._told, **told)
        write_private(self.address, self._told.to_json())

    def read_address(self) -> Address | None:
        """What the owner wrote, or None when there is nothing that can be read."""
        try:
            return Address.from_json(self.address.read_text("utf-8"))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def remove_address(self) -> None:
        """Take the address away; only the owner does, as its last step before the lock."""
        self._told = None
        self.address.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all.

    Raises:
        StoreFullError: no space is left on the disk.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as exc:
        draft.unlink(missing_ok=True)
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFullError(f"The disk with {path.parent} is full; free some space and try again.") from exc
        raise


def _make_private(folder: Path) -> None:
    if sys.platform != "win32" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        folder.chmod(0o700)


def _takes_sockets(folder: Path) -> bool:
    """Whether a socket can be made there: the path is short enough, and the file system knows sockets."""
    if sys.platform == "win32":
        return True
    if not is_short(folder / _LONGEST_SOCKET_NAME):
        return False
    probe = folder / f"p{os.getpid()}"
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(probe))
        probe.unlink()
    except OSError:
        return False
    return True
