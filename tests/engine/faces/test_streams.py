"""The command line where its output goes nowhere, and where a file is named that is not there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from engine import Engine, Settings

SCRUBJAY = [sys.executable, "-m", "desktop"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_behind_the_output_is_said_in_one_sentence() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*SCRUBJAY, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.strip() == "What was to be said could not be written: No space left on device."


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
def test_a_closed_output_harms_nothing() -> None:
    command = ["sh", "-c", '"$0" "$@" >&-', *SCRUBJAY, "--version"]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_that_is_not_there_is_named(tmp_path) -> None:
    done = subprocess.run([*SCRUBJAY, str(tmp_path / "lease.pdf")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "There is no file or folder" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX hold 64 KB")
def test_a_reader_that_pauses_holds_up_nobody_but_itself(tmp_path) -> None:
    async def fill() -> None:
        async with Engine.open(Settings(data_dir=tmp_path)) as engine:
            for n in range(40):
                await engine.memory.add(f"Fact {n}: " + "x" * 4000)

    asyncio.run(fill())
    arguments = ["--data-dir", str(tmp_path), "memory", "list", "--json"]
    listing = subprocess.Popen([*SCRUBJAY, *arguments], stdout=subprocess.PIPE)
    try:
        assert listing.stdout is not None
        listing.stdout.read(1)  # the pipe is full by now and nobody reads on
        done = subprocess.run([*SCRUBJAY, *arguments, "--limit", "1"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        rest, _ = listing.communicate(timeout=60)
        assert rest.count(b"\n") == 40
        assert listing.returncode == 0
    finally:
        listing.kill()
