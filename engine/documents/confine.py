"""Takes the network away from the thread that parses documents; best effort, and says what it got.

On Linux a seccomp filter refuses `socket` and the starting of programs with EPERM. It needs no rights, no
library and no helper program, holds for this thread and what it starts, and cannot be taken back. Rejected:
a network namespace of its own (needs rights, or a process that has no second thread yet), Landlock (network
only from kernel 6.7 on), replacing `socket.socket` (a C library does not ask Python). macOS and Windows have
nothing that a process can do to itself without an entitlement or a broker: `doctor` says "open" there.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

# Numbers of linux/audit.h and of the system calls socket, execve, execveat.
_ARCHITECTURES = {
    "x86_64": (0xC000003E, (41, 59, 322)),
    "aarch64": (0xC00000B7, (198, 221, 281)),
}
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38
_SECCOMP_MODE_FILTER = 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _EPERM = 0x7FFF0000, 0x00050001
_X32_BIT = 0x40000000  # x86-64 has a second set of numbers with this bit


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def confine() -> str:
    """Give up the network and the starting of programs.

    Returns:
        What is in force: "blocked", or "open" where the system offers nothing.
    """
    known = _ARCHITECTURES.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return "open"
    code = _filter(*known)
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return "open"
    refused = libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
    return "open" if refused else "blocked"


def _filter(architecture: int, calls: tuple[int, ...]) -> bytes:
    """The filter as an array of `struct sock_filter`: code, jump if true, jump if false, value."""
    n = len(calls)
    steps = [
        (_LOAD, 0, 0, 4),  # the architecture
        (_EQUAL, 0, n + 3, architecture),  # another one: refused
        (_LOAD, 0, 0, 0),  # the number of the call
        (_AT_LEAST, n + 1, 0, _X32_BIT),
        *((_EQUAL, n - i, 0, call) for i, call in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _EPERM),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
