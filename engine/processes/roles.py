"""Which workers there are, and how one is started from whatever we were started as."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.processes.worker_host import Role

# Named by module, not imported: a worker imports its own role only.
ROLES = {
    "llm": "engine.llm.worker:create_role",
    "embed": "engine.search.embedding_worker:create_role",
    "parse": "engine.documents.worker:create_role",
}

_PREFIX = "--worker="
_START = "import sys; from engine.workers import main; sys.exit(main(sys.argv[1]))"


def worker_command(role: str) -> list[str]:
    """What starts a worker of this role: the frozen application itself, or this Python."""
    if getattr(sys, "frozen", False):
        return [sys.executable, f"{_PREFIX}{role}"]
    return [sys.executable, "-c", _START, f"{_PREFIX}{role}"]


def role_name(argument: str) -> str:
    """The role in an argument `--worker=ROLE` (or the bare role)."""
    return argument.removeprefix(_PREFIX)


def load_factory(path: str) -> Callable[[dict[str, Any]], Role]:
    """The function that `module:name` stands for."""
    module, _, name = path.partition(":")
    factory: Callable[[dict[str, Any]], Role] = getattr(importlib.import_module(module), name)
    return factory
