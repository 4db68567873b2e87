"""A role for the tests of the workers: echo, stream, sleep until cancelled, and every way to fail."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from typing import Any

from engine.errors import DocumentError, ModelNotFoundError
from engine.processes.worker_host import Reply


class TrialRole:
    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.interrupted = threading.Event()

    def handle(self, op: str, message: dict[str, Any], reply: Reply) -> dict[str, Any] | None:
        return getattr(self, f"do_{op}")(message, reply)

    def interrupt(self) -> None:
        self.interrupted.set()

    def close(self) -> None:
        if path := self.config.get("on_close"):
            with open(path, "w") as file:
                file.write("closed")

    def do_echo(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        return message

    def do_config(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        return {"config": self.config}

    def do_nothing(self, message: dict[str, Any], reply: Reply) -> None:
        return None

    def do_stream(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        filling = b"x" * message.get("size", 0)
        self.sent = 0
        for i in range(message["n"]):
            if reply.cancelled:
                return {"n": i}
            reply.send("token", number=i, filling=filling)
            self.sent += 1
        return {"n": message["n"]}

    def do_sent(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        return {"sent": self.sent}

    def do_wait(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        """Until cancelled."""
        self.interrupted.clear()
        reply.send("started")
        self.interrupted.wait()
        return {"cancelled": reply.cancelled}

    def do_wait_uninterrupted(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        """As a C library with a flag does: asks, is not told."""
        reply.send("started")
        while not reply.cancelled:
            time.sleep(0.001)
        return {}

    def do_work(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        """Progress that is only counted."""
        until = time.monotonic() + message["seconds"]
        while time.monotonic() < until and not reply.cancelled:
            reply.progress()
            self.interrupted.wait(0.01)
        return {}

    def do_hang(self, message: dict[str, Any], reply: Reply) -> None:
        self.interrupted.clear()
        self.interrupted.wait()

    def do_hold_gil(self, message: dict[str, Any], reply: Reply) -> None:
        """A C call that keeps the GIL: no thread of ours runs, no beat is sent."""
        ctypes.PyDLL(None).usleep(int(message["seconds"] * 1e6))

    def do_fail(self, message: dict[str, Any], reply: Reply) -> None:
        raise DocumentError("The file is empty; nothing to read.", state="empty")

    def do_bug(self, message: dict[str, Any], reply: Reply) -> None:
        raise ZeroDivisionError("a bug of the role")

    def do_too_large(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        return {"data": bytes(17 * 2**20)}

    def do_unsendable(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        return {"data": object()}

    def do_print(self, message: dict[str, Any], reply: Reply) -> None:
        print("a word on stdout")
        os.write(1, b"a word on descriptor 1\n")
        os.write(2, b"a word on descriptor 2\n")

    def do_abort(self, message: dict[str, Any], reply: Reply) -> None:
        reply.send("token", number=0)
        os.abort()

    def do_garbage(self, message: dict[str, Any], reply: Reply) -> None:
        reply._channel._write(memoryview(message["data"]))
        self.interrupted.wait()

    def do_allocate(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        return {"size": len(bytearray(message["size"]))}

    def do_limits(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        with open("/proc/self/oom_score_adj") as file:
            oom = int(file.read())
        return {"nice": os.nice(0), "oom_score_adj": oom, "umask": os.umask(0o077)}

    def do_spawn(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        """Grandchildren: one in our group, and one in a session of its own."""
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        spawned = {"same_group": subprocess.Popen(command).pid}
        if message.get("apart"):
            spawned["apart"] = subprocess.Popen(command, start_new_session=True).pid
        return spawned


def create_role(config: dict[str, Any]) -> TrialRole:
    if config.get("missing"):
        raise ModelNotFoundError("There is no model at this place; choose another.")
    if config.get("crash_at_start"):
        os.abort()
    if config.get("hang_at_start"):
        time.sleep(600)
    return TrialRole(config)
