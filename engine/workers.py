"""What `--worker=ROLE` runs: the first lines of a worker process.

Before the role is imported the process puts its house in order, in this order:

    1. The channel. It arrives as stdin (a socket; on Windows stdin and stdout) and is moved to descriptors
       of its own. stdin becomes the null device and stdout the log, because libraries print: one word of
       llama.cpp between two frames would end the channel.
    2. The configuration, the first message.
    3. `PR_SET_PDEATHSIG` on Linux, then a look whether the parent is still the parent: it may have died
       before the line above. The second line is the guard of engine/processes/child.py.

It ends with `os._exit`: the model has been released by `Role.close`, and destructors of C++ libraries that
run in the order in which Python forgets modules have crashed many a clean exit.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import stat
import sys
import time
from typing import Any, NoReturn

from engine.processes.framing import BlockingChannel
from engine.processes.roles import ROLES, load_factory, role_name, worker_command
from engine.processes.worker_host import serve

__all__ = ["ROLES", "main", "worker_command"]

# After the parent is gone a busy role has this long to notice; half of the 2 s after which nothing may be left.
EXIT_GRACE_S = 1.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(role: str) -> int:
    """Run a worker until its channel ends; does not return once it has served.

    Args:
        role: `llm`, `embed`, `parse`, or the whole argument `--worker=llm`.

    Returns:
        2 for a role that does not exist, 0 when nobody asked for anything.
    """
    name = role_name(role)
    channel = _take_channel()
    hello = channel.receive()
    if hello is None:
        return 0
    path = hello.get("factory") or ROLES.get(name)
    if path is None:
        print(f"There is no worker named {name!r}.", file=sys.stderr)  # noqa: T201 - the log of the worker
        return 2
    _die_with(hello)
    serve(lambda config: load_factory(path)(config), channel, hello["config"], lost=_leave_soon)
    _leave(0)


def _take_channel() -> BlockingChannel:
    read_fd = write_fd = os.dup(0)
    if not stat.S_ISSOCK(os.fstat(read_fd).st_mode):
        write_fd = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)
    faulthandler.enable()  # the log then says where an abort() came from
    if sys.stdout is not None:
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return BlockingChannel.from_fds(read_fd, write_fd)


def _die_with(hello: dict[str, Any]) -> None:
    if sys.platform == "linux" and hello.get("die_with_parent"):
        import ctypes  # 3 ms that other systems need not pay

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != hello["parent_pid"]:
            _leave(1)


def _leave_soon() -> None:
    time.sleep(EXIT_GRACE_S)
    _leave(1)


def _leave(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            # A log on a full disk must not keep the worker from ending.
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
    os._exit(code)
