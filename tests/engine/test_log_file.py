"""A log that cannot be written says nothing on stderr, and is written again when it can be."""

from __future__ import annotations

import errno
import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.log_file import LogFile

MAX_BYTES = 2000


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogFile]:
    handler = LogFile(tmp_path / "a.log", MAX_BYTES)
    yield handler
    handler.close()


class FullDisk(io.StringIO):
    """A stream of a file on a disk without space."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def say(log: LogFile, words: str, *args: object) -> None:
    log.handle(logging.LogRecord("here", logging.INFO, __file__, 1, words, args, None))


def test_a_full_disk_is_silent_and_lines_come_again_with_space(
    log: LogFile, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    say(log, "before")
    file = log.setStream(FullDisk())
    for n in range(3):
        say(log, "lost %d", n)
    log.setStream(file)
    say(log, "after")
    say(log, "and more")
    lines = [line.split(" ", 2)[2] for line in (tmp_path / "a.log").read_text().splitlines()]
    assert lines == [
        "INFO here: before",
        "INFO here: after",
        "WARNING engine.log_file: lines are missing before the last one: No space left on device",
        "INFO here: and more",
    ]
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_is_gone_is_silent_until_it_is_back(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = LogFile(tmp_path / "logs" / "a.log", MAX_BYTES)
    say(log, "lost")
    (tmp_path / "logs").mkdir()
    say(log, "written")
    log.close()
    assert "INFO here: written" in (tmp_path / "logs" / "a.log").read_text()
    assert capfd.readouterr() == ("", "")


def test_a_log_that_cannot_be_set_aside_is_silent(
    log: LogFile, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.log.1" / "in the way").mkdir(parents=True)
    for n in range(60):
        say(log, "%d: a line of some length, so that the file grows past its bound before long", n)
    assert capfd.readouterr() == ("", "")


def test_every_file_of_the_log_is_private(log: LogFile, tmp_path: Path) -> None:
    for n in range(60):
        say(log, "%d: a line of some length, so that the file grows past its bound before long", n)
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {"a.log": 0o600, "a.log.1": 0o600}


def test_a_mistake_of_ours_is_not_hidden(log: LogFile, capfd: pytest.CaptureFixture[str]) -> None:
    say(log, "%d", "no number")
    assert "TypeError" in capfd.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_worker_ends_although_its_log_is_full() -> None:
    code = "import sys; from engine.workers import _leave; sys.stdout.write('what a library prints'); _leave(7)"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("/dev/full", "w") as full:
        ended = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=full, env=env, timeout=60)
    assert ended.returncode == 7
