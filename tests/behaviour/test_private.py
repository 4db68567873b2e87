"""Nothing listens, and nobody else can read: the real window with its engine at work, looked at from outside."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from command_line import Scrubjay
from test_window_start import until

from desktop.instance import lock_path, socket_name

LISTEN = "0A"


@pytest.fixture
def window(tmp_path: Path, sockets: Path) -> Iterator[tuple[subprocess.Popen[str], Scrubjay]]:
    """A window that has read a document, with a careless umask; its engine, workers and server run."""
    own = Scrubjay(
        tmp_path / "data", QT_QPA_PLATFORM="offscreen", TMPDIR=str(sockets), HOME=str(tmp_path),
        XDG_RUNTIME_DIR=str(sockets), DBUS_SESSION_BUS_ADDRESS="disabled:",
    )  # fmt: skip
    note = tmp_path / "boiler.md"
    note.write_text("# Boiler\n\nThe pressure of the boiler should be 1.5 bar.\n")
    before = os.umask(0)
    try:
        process = own.start(note)
    finally:
        os.umask(before)
    until(lambda: "boiler.md" in own.run("documents", "list", "--json", code=None).stdout, "the document")
    assert "1.5 bar" in own.ask("What should the pressure of the boiler be?")["answer"]
    own.run("memory", "add", "Prefers metric units")
    yield process, own
    process.kill()
    process.communicate(timeout=10)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_listens_and_no_file_can_be_read_by_others(
    window: tuple[subprocess.Popen[str], Scrubjay], sockets: Path
) -> None:
    process, own = window
    tree = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    assert len(tree) >= 3, "the store's server and a worker belong to it"
    assert [name for each in tree for name in listeners(each.pid)] == []
    found = [path for folder in (own.data_dir, sockets) for path in [folder, *folder.rglob("*")]]
    beside = Path(socket_name(own.data_dir))
    found += [beside, beside.parent, Path(lock_path(own.data_dir))]
    assert len(found) > 15
    assert sum(stat.S_ISSOCK(path.lstat().st_mode) for path in found) >= 2
    assert [f"{path}: {stat.filemode(path.lstat().st_mode)}" for path in found if is_open_to_others(path)] == []


def listeners(pid: int) -> list[str]:
    """What a process listens on for other computers or users: TCP sockets, and any of UDP."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    rows = []
    for name in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and (fields[3] == LISTEN or name.startswith("udp")):
                rows.append(f"{name} {fields[1]}")
    return rows


def is_open_to_others(path: Path) -> bool:
    """Readable or writable by the group or others, itself; a link has the rights of what it names."""
    mode = path.lstat().st_mode
    return not stat.S_ISLNK(mode) and bool(mode & (stat.S_IRWXG | stat.S_IRWXO))
