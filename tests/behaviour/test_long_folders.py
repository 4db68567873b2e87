"""Folders whose paths are too long for sockets: every command and every start finds who is there all the same."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from command_line import LIMIT_S, Scrubjay
from test_window_start import until

from desktop.instance import socket_name

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has pipes")


@pytest.fixture
def scrubjay(tmp_path: Path) -> Scrubjay:
    """TMPDIR, XDG_RUNTIME_DIR and the data directory have at least 150 characters."""
    long = tmp_path / ("x" * 150)
    long.mkdir(mode=0o700)
    return Scrubjay(
        long / "data", QT_QPA_PLATFORM="offscreen", TMPDIR=str(long), XDG_RUNTIME_DIR=str(long),
        HOME=str(tmp_path), DBUS_SESSION_BUS_ADDRESS="disabled:",
    )  # fmt: skip


def test_commands_at_once_find_their_one_owner(scrubjay: Scrubjay) -> None:
    running = [scrubjay.start("memory", "add", f"The shelf has {n} books", "--json") for n in range(4)]
    ends = [process.communicate(timeout=LIMIT_S) for process in running]
    assert [process.returncode for process in running] == [0] * 4, ends
    listed = scrubjay.json("memory", "list")
    assert sorted(line["id"] for line in listed) == sorted(json.loads(out)["id"] for out, _ in ends)


def test_a_second_start_of_the_window_hands_over_its_file_and_ends(scrubjay: Scrubjay, tmp_path: Path) -> None:
    first = scrubjay.start()
    try:
        until(lambda: os.path.exists(socket_name(scrubjay.data_dir)), "an open window")
        note = tmp_path / "boiler.md"
        note.write_text("# Boiler\n\nThe pressure of the boiler should be 1.5 bar.\n")
        second = scrubjay.start(note)
        second.communicate(timeout=40)
        assert second.returncode == 0
        until(lambda: "boiler.md" in scrubjay.run("documents", "list", "--json", code=None).stdout, "its file")
        assert first.poll() is None
    finally:
        first.terminate()
        first.communicate(timeout=20)
