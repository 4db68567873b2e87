"""What somebody else wrote opens nothing: two hundred payloads in a real window, with the system calls on record.

`strace` sees what no hook of Python or Qt can hide: every file that any process of the window opens, looks for or
links to, every program it starts, every address it connects to. Where tracing is not permitted the test skips, by name.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from inert_payloads import N, payloads

CHILD = Path(__file__).with_name("inert_child.py")
ROOT = CHILD.parents[2]
NET = "http://canary.invalid:9/canary"
# Names of files that would be fetched if somebody took them for HTML.
NAMES = (
    '<img src="canary.png">.md',
    "![x](canary.png).md",
    "a<b>c&amp;.md",
    "\u202egnp.dm.md",
    "javascript_alert(1).md",
)


def can_trace() -> bool:
    """Whether strace is here and may trace a child."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-f", "-o", os.devnull, "true"], capture_output=True, timeout=20).returncode == 0


@pytest.mark.timeout(420)
@pytest.mark.skipif(not can_trace(), reason="strace is missing, or tracing is not permitted here")
def test_two_hundred_payloads_open_and_connect_nothing(tmp_path: Path) -> None:
    canary = tmp_path / "secret" / "canary.png"
    canary.parent.mkdir()
    shutil.copy(next((ROOT / "resources" / "icons").glob("*.png"), ROOT / "resources" / "icons" / "app.svg"), canary)
    documents = write_documents(tmp_path / "documents", canary)
    trace, run_dir = tmp_path / "trace", tmp_path / "r"
    run_dir.mkdir(mode=0o700)
    done = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "4096", "-e", "trace=%file,connect,bind,socket",
         "-o", str(trace), sys.executable, str(CHILD), str(tmp_path / "data"), str(documents), str(canary), NET],
        capture_output=True, text=True, timeout=400, cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(sys.path),
             "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(run_dir), "DBUS_SESSION_BUS_ADDRESS": "disabled:"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    shown = told["shown"]
    assert all(shown[what] == N for what in ("answers", "lines", "titles", "sources")), shown
    assert shown["memories"] >= N - 30, shown
    assert shown["names"] > len(NAMES)
    assert told["rich"] == []
    calls = trace.read_text("utf-8", "replace").splitlines()
    # The trace has seen that the window itself was opened: its own files and its store are in it.
    assert any("documents/payloads.md" in call for call in calls)
    assert [call for call in calls if touches(call, str(documents))] == []
    assert [call for call in calls if leaves(call, tmp_path)] == []


def write_documents(folder: Path, canary: Path) -> Path:
    """A document with every payload as a passage, and some whose names are payloads."""
    folder.mkdir()
    parts = [f"# Payloads\n\n{'#' * 2} {n}\n\n{text}" for n, text in enumerate(payloads(str(canary), NET))]
    (folder / "payloads.md").write_text("\n\n".join(parts), encoding="utf-8", errors="replace")
    for name in NAMES:
        (folder / name).write_text(f"# {name}\n\nThe file is called so.\n")
    return folder


def touches(call: str, documents: str) -> bool:
    """A call that names what a payload names; our own documents, which we read, are called so too."""
    # The first line is the start of the child, with the canary among its arguments.
    if "inert_child.py" in call and "execve" in call:
        return False
    return "canary" in call.replace(f'"{documents}', "") and documents not in call


def leaves(call: str, ours: Path) -> bool:
    """A connection to anything but a socket in our own folders, or a socket that could go further."""
    if "connect(" not in call:
        # Names of hosts are asked for over such a socket as well.
        return bool(re.search(r"\b(AF|PF)_INET6?\b", call))
    path = re.search(r'sun_path=@?"([^"]*)"', call)
    return path is None or not path[1].startswith((str(ours), "/tmp/scrubjay-"))
