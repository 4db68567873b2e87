"""The window as processes on a real screen: a second start, kill -9, the end of a session."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from command_line import Scrubjay

from desktop.instance import lock_path, socket_name

LIMIT_S = 40.0


def until(condition: Callable[[], object], what: str, limit_s: float = LIMIT_S) -> None:
    """Look until something is so; another process has no event to wait for."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """A virtual screen."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        pass_fds=(writer,), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writer)
    with os.fdopen(reader) as answer:
        number = answer.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


class Windows:
    """Windows of one data directory, as processes."""

    def __init__(self, folder: Path, sockets: Path, screen: str) -> None:
        self.data_dir = folder / "data"
        self.command_line = Scrubjay(
            self.data_dir, DISPLAY=screen, QT_QPA_PLATFORM="xcb", TMPDIR=str(sockets),
            HOME=str(folder), XDG_RUNTIME_DIR=str(sockets), DBUS_SESSION_BUS_ADDRESS="disabled:",
        )  # fmt: skip
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *files: Path | str) -> subprocess.Popen[str]:
        """Start a window; returns when it takes later starts and the engine is open."""
        process = self.command_line.start(*files)
        self.started.append(process)
        until(lambda: self.state().get("running") and os.path.exists(socket_name(self.data_dir)), "an open window")
        return process

    def state(self) -> dict[str, object]:
        """What the window keeps between starts."""
        with contextlib.suppress(OSError, ValueError):
            found: dict[str, object] = json.loads((self.data_dir / "window.json").read_text())
            return found
        return {}

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=10)


@pytest.fixture
def windows(tmp_path: Path, sockets: Path, screen: str) -> Iterator[Windows]:
    made = Windows(tmp_path, sockets, screen)
    yield made
    made.close()


def tree(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def test_a_second_start_hands_over_its_file_and_ends(windows: Windows, tmp_path: Path) -> None:
    windows.start()
    note = tmp_path / "boiler.md"
    note.write_text("# Boiler\n\nThe pressure of the boiler should be 1.5 bar.\n")
    second = windows.command_line.start(note)
    assert second.wait(15) == 0
    second.communicate()

    def is_read() -> bool:
        listed = windows.command_line.run("documents", "list", "--json", code=None).stdout
        return "boiler.md" in listed

    until(is_read, "the file of the second start")


def test_starts_with_longer_and_other_folders_for_the_moment_are_one_window_and_one_engine(
    windows: Windows, tmp_path: Path
) -> None:
    first = windows.start()
    names = ("TMPDIR", "XDG_RUNTIME_DIR")
    for length in (150, 300):
        folder = tmp_path.joinpath(*["x" * (length // 2)] * 2)
        folder.mkdir(parents=True, mode=0o700)
        elsewhere = Scrubjay(
            windows.data_dir, **{**windows.command_line.environment, **dict.fromkeys(names, str(folder))}
        )
        second = elsewhere.start()
        assert second.wait(20) == 0
        second.communicate()
        elsewhere.run("memory", "add", f"The shelf has {length} books")
        assert list(folder.iterdir()) == []
    assert "150 books" in windows.command_line.run("memory", "list").stdout
    assert first.poll() is None


def test_a_window_whose_own_folders_are_too_long_is_found_by_the_second_start(tmp_path: Path, screen: str) -> None:
    folder = tmp_path / ("x" * 150)
    folder.mkdir(mode=0o700)
    windows = Windows(folder, folder, screen)
    try:
        windows.start()
        second = windows.command_line.start()
        assert second.wait(20) == 0
        second.communicate()
        assert sum(start.poll() is None for start in windows.started) == 1
        windows.command_line.run("memory", "add", "The owl lives in the barn")
        assert "owl" in windows.command_line.run("memory", "list").stdout
        address = json.loads((windows.data_dir / "address").read_text())
        assert max(len(address["instance"]), len(address["store"])) <= 100
    finally:
        windows.close()


@pytest.mark.parametrize("moment", ["at once", "before the first listens"])
def test_two_starts_within_a_moment_are_one_window_with_the_files_of_both(
    windows: Windows, tmp_path: Path, moment: str
) -> None:
    notes = [tmp_path / "boiler.md", tmp_path / "rent.md"]
    for note in notes:
        note.write_text(f"# {note.stem}\n\nEverything about the {note.stem}.\n")
    starts = [windows.command_line.start(notes[0])]
    if moment != "at once":
        until(lambda: os.path.exists(lock_path(windows.data_dir)), "the lock of the first start")
    starts.append(windows.command_line.start(notes[1]))
    windows.started += starts
    until(lambda: any(start.poll() is not None for start in starts), "one of them to hand over")
    assert sorted(start.poll() is None for start in starts) == [False, True]
    assert next(start.returncode for start in starts if start.poll() is not None) == 0

    def are_read() -> bool:
        listed = windows.command_line.run("documents", "list", "--json", code=None).stdout
        return all(note.name in listed for note in notes)

    until(are_read, "the files of both")
    assert sum(start.poll() is None for start in starts) == 1


def test_a_folder_that_was_chosen_is_used_by_the_next_start_that_names_none(windows: Windows, tmp_path: Path) -> None:
    environment = windows.command_line.environment
    environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    windows.start("--keep-folder")
    until((tmp_path / "config" / "io.github.scrubjay.Scrubjay.folder").exists, "the file that names the folder")
    windows.command_line.run("memory", "add", "The owl lives in the barn")
    del environment["SCRUBJAY_DATA_DIR"]
    assert "owl" in windows.command_line.run("memory", "list").stdout


def test_after_kill_9_nothing_is_left_running_and_the_next_start_knows(windows: Windows) -> None:
    first = windows.start()
    children = tree(first)
    assert children
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    until(lambda: not [p for p in children if p.is_running() and p.status() != "zombie"], "its children to end")
    # The next start reads this, says its line, and sets it again (tests/desktop/shell/test_start.py).
    assert windows.state().get("running") is True
    assert windows.start().poll() is None


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_the_end_of_a_session_ends_it_in_order_within_five_seconds(name: str, windows: Windows) -> None:
    first = windows.start()
    children = tree(first)
    first.send_signal(getattr(signal, name))
    assert first.wait(5) == 0
    assert windows.state().get("running") is None
    assert [p for p in children if p.is_running() and p.status() != "zombie"] == []
