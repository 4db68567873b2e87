"""The main job with the keys alone, heard through the accessibility bus that a screen reader uses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import COMMAND, Scrubjay
from test_window_start import screen

from desktop.instance import socket_name

__all__ = ["screen"]

PERSON = Path(__file__).with_name("at_spi_person.py")
# pyatspi is a package of the system, for the system's Python.
PYTHON = "/usr/bin/python3"


def can_hear() -> bool:
    """Whether a session bus, the accessibility bus and its library are here."""
    if shutil.which("dbus-run-session") is None or not Path("/usr/libexec/at-spi-bus-launcher").exists():
        return False
    return subprocess.run([PYTHON, "-c", "import pyatspi"], capture_output=True, timeout=20).returncode == 0


@pytest.mark.timeout(120)
@pytest.mark.skipif(not can_hear(), reason="at-spi2-core, dbus or python3-pyatspi is not installed")
def test_a_question_is_written_answered_and_its_source_heard(tmp_path: Path, sockets: Path, screen: str) -> None:
    own = Scrubjay(
        tmp_path / "data", DISPLAY=screen, QT_QPA_PLATFORM="xcb", QT_LINUX_ACCESSIBILITY_ALWAYS_ON="1",
        TMPDIR=str(sockets), HOME=str(tmp_path), XDG_RUNTIME_DIR=str(sockets),
    )  # fmt: skip
    note = tmp_path / "boiler.md"
    note.write_text("# Boiler\n\nThe pressure of the boiler should be 1.5 bar.\n")
    own.run("ingest", note)
    heard = listen(own, "What should the pressure of the boiler be?")
    assert heard["field"] == "Message"
    assert heard["turn"].startswith("Scrubjay, ")
    assert "1 source, from Guide" in heard["turn"]
    said = " ".join(heard["read"])
    assert "The pressure of the boiler should be 1.5 bar." in said
    assert "boiler.md" in said


def listen(own: Scrubjay, question: str) -> dict[str, object]:
    """What the person hears who asks this."""
    environment = {name: value for name, value in own.environment.items() if name != "DBUS_SESSION_BUS_ADDRESS"}
    done = subprocess.run(
        ["dbus-run-session", "--", PYTHON, str(PERSON), question, socket_name(own.data_dir), *COMMAND],
        capture_output=True, text=True, timeout=110, env=environment, cwd=os.getcwd(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    heard: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return heard
