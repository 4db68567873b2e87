"""The model worker with a fault in it: after some tokens of an answer it does what its configuration says."""

from __future__ import annotations

import os
import threading
from typing import Any

from engine.llm.worker import LlmRole
from engine.processes.worker_host import Reply

AFTER_MESSAGES = 3


class FaultyRole(LlmRole):
    """Serves a model until it has sent a few groups of tokens of the first answer."""

    def handle(self, op: str, message: dict[str, Any], reply: Reply) -> dict[str, Any] | None:
        """As the real one, with a reply that brings the fault."""
        marker = self._config["marker"]
        if op == "generate" and not os.path.exists(marker):
            reply.send = _faulty(reply, self._config["fault"], marker)  # type: ignore[method-assign]
        return super().handle(op, message, reply)


def _faulty(reply: Reply, fault: str, marker: str) -> Any:
    send, left = reply.send, AFTER_MESSAGES

    def sent(op: str, **fields: Any) -> None:
        nonlocal left
        send(op, **fields)
        left -= op == "token"
        if not left:
            with open(marker, "w", encoding="utf-8"):
                pass
            _break(fault, reply)

    return sent


def _break(fault: str, reply: Reply) -> None:
    if fault == "abort":
        os.abort()
    elif fault == "garbage":
        reply._channel._write(memoryview(b"\xff" * 4096))
        threading.Event().wait()
    elif fault == "half a message":
        reply._channel._write(memoryview(b"\x00\x00\x10\x00abc"))
        os._exit(0)
    elif fault == "balloon":
        # Past the limit of its address space: as a driver that eats all memory, but of this process alone.
        held = [bytearray(1 << 26) for _ in range(1 << 14)]
        del held
    elif fault == "hang":
        threading.Event().wait()


def create_role(config: dict[str, Any]) -> FaultyRole:
    """The role for tests of faults."""
    return FaultyRole(config)
