"""The lock that says whose data directory it is.

Redis does not lock its directory: two servers on one both run, and acknowledged writes vanish. So the
owner takes an exclusive lock before it starts the sidecar and hands the sidecar the descriptor: with
`flock` the lock belongs to the open file, so a sidecar that outlives its owner still holds it, and the next
start sees an orphan instead of an empty place. On Windows a lock belongs to a process and cannot be handed
on; there the job object ends the sidecar with its owner.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


class LockHandle:
    """The lock, held until `release` and by every child that got the descriptor.

    Attributes:
        fd: the descriptor to hand to the sidecar.
    """

    def __init__(self, fd: int, path: Path) -> None:
        self.fd, self.path = fd, path

    @property
    def is_held(self) -> bool:
        """Whether this process still holds it."""
        return self.fd >= 0

    def release(self) -> None:
        """Let go; a child that has the descriptor goes on holding it."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            with suppress(OSError):
                os.close(fd)


def try_lock(path: Path) -> LockHandle | None:
    """The exclusive lock on a file, or None when another process has it. Never waits.

    Raises:
        OSError: the file cannot be opened, or this file system has no locks.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        taken = _lock(fd) and _is_same_file(fd, path)
    except OSError:
        os.close(fd)
        raise
    if taken:
        return LockHandle(fd, path)
    os.close(fd)
    return None


def _is_same_file(fd: int, path: Path) -> bool:
    """False when somebody replaced the file: a lock on the old one keeps nobody out."""
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _LOCKFILE_FAIL_IMMEDIATELY, _LOCKFILE_EXCLUSIVE_LOCK, _ERROR_LOCK_VIOLATION = 0x1, 0x2, 33

    class _Overlapped(ctypes.Structure):
        _fields_ = (
            ("Internal", ctypes.c_void_p),
            ("InternalHigh", ctypes.c_void_p),
            ("Offset", wintypes.DWORD),
            ("OffsetHigh", wintypes.DWORD),
            ("hEvent", wintypes.HANDLE),
        )

    def _lock(fd: int) -> bool:
        lock_file = ctypes.WinDLL("kernel32", use_last_error=True).LockFileEx
        flags = _LOCKFILE_FAIL_IMMEDIATELY | _LOCKFILE_EXCLUSIVE_LOCK
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(fd))
        if lock_file(handle, flags, 0, 1, 0, ctypes.byref(_Overlapped())):
            return True
        error = ctypes.get_last_error()
        if error == _ERROR_LOCK_VIOLATION:
            return False
        raise ctypes.WinError(error)

else:
    import fcntl

    def _lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
