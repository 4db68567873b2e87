"""Where sockets lie that cannot lie in the data directory: a short private folder that every process finds alike.

The path of a socket has 108 bytes on Linux and 104 on macOS, a zero at the end included. TMPDIR and XDG_RUNTIME_DIR
may be longer, and they differ between the processes of one person (a terminal, nix-shell, cron, the desktop), who
would then not find each other. So they decide only where nothing else can be used: `/tmp/scrubjay-<user id>` comes
first, then the folder that systemd gives each user. A folder that is a link, somebody else's, or open to others is
passed over, by every process in the same way.

Used by the window before the first paint, so it imports next to nothing.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress

__all__ = ["MAX_SOCKET_PATH", "is_private_dir", "is_short", "socket_folders"]

# Bytes of a socket's path, for both systems and with room to spare.
MAX_SOCKET_PATH = 100


def socket_folders() -> Iterator[str]:
    """Folders of this person alone, 0700, made where there is none; the best first. On Windows, none."""
    if sys.platform == "win32":
        return
    user = os.getuid()
    for parent in ("/tmp", f"/run/user/{user}"):
        if is_private_dir(folder := f"{parent}/scrubjay-{user}"):
            yield folder
    from tempfile import gettempdir  # 4 ms that the window need not pay where there is a /tmp

    if is_private_dir(folder := f"{gettempdir()}/scrubjay-{user}"):
        yield folder


def is_private_dir(path: str | os.PathLike[str]) -> bool:
    """Make the directory if need be; True when it is ours alone and no link."""
    with suppress(OSError):
        with suppress(FileExistsError):
            os.mkdir(path, 0o700)
        found = os.lstat(path)
        ours = sys.platform == "win32" or (found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077)
        return stat.S_ISDIR(found.st_mode) and ours
    return False


def is_short(path: str | os.PathLike[str]) -> bool:
    """Whether a socket can have this path."""
    return len(os.fsencode(path)) <= MAX_SOCKET_PATH
