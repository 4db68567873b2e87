"""The first lines of a worker process, run as a process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.processes.framing import encode_frame
from engine.workers import ROLES, worker_command

ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def _run(role: str, *messages: dict[str, object]) -> subprocess.CompletedProcess[bytes]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"".join(encode_frame({"id": 0, **message}) for message in messages))
        ours.shutdown(socket.SHUT_WR)
        return subprocess.run(worker_command(role), stdin=theirs, env=ENV, capture_output=True, timeout=30, check=False)


def test_unknown_role_is_refused_with_a_sentence() -> None:
    ended = _run("barista", {"op": "config", "config": {}})
    assert ended.returncode == 2
    assert b"no worker named 'barista'" in ended.stderr


def test_worker_whose_parent_never_speaks_ends() -> None:
    assert _run("llm").returncode == 0


def test_worker_whose_parent_is_another_one_ends_at_once() -> None:
    config = {"op": "config", "config": {}, "die_with_parent": True, "parent_pid": 1}
    assert _run("llm", config).returncode == (1 if sys.platform == "linux" else 0)


def test_every_role_is_named_by_module_and_function() -> None:
    assert all(path.startswith("engine.") and path.endswith(":create_role") for path in ROLES.values())


def test_frozen_application_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert worker_command("llm") == [sys.executable, "--worker=llm"]
