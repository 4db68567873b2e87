"""The first ten minutes with the window, lived by a script in a process of its own; pictures in build/ten_minutes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import Scrubjay

HERE = Path(__file__).parent
SHOTS = HERE.parents[1] / "build" / "ten_minutes"
LIMIT_S = 240


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A screen that nobody sees, and a home of its own."""
    paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path / "home"), "PYTHONPATH": paths}


@pytest.mark.timeout(LIMIT_S + 20)
def test_the_first_ten_minutes_go_well(tmp_path: Path, environment: dict[str, str]) -> None:
    for old in SHOTS.glob("*.png"):
        old.unlink()
    command = [sys.executable, str(HERE / "ten_minutes.py"), str(tmp_path / "data"), str(SHOTS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert len(json.loads((SHOTS / "times.json").read_text())) >= 7
    assert len(list(SHOTS.glob("*.png"))) >= 40


@pytest.mark.timeout(120)
def test_a_killed_window_leaves_everything_there_and_the_next_start_says_so(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    data = tmp_path / "data"
    window = subprocess.Popen(
        [sys.executable, "-m", "desktop", "--data-dir", str(data)], env=environment, stderr=subprocess.PIPE, text=True
    )
    state = data / "window.json"
    _wait(lambda: state.exists() and json.loads(state.read_text() or "{}").get("running"), window)
    Scrubjay(data).run("memory", "add", "the spare key is under the third flower pot")
    window.send_signal(signal.SIGKILL)
    window.communicate(timeout=10)
    command = [sys.executable, str(HERE / "after_a_crash.py"), str(data), str(SHOTS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def _wait(condition, process: subprocess.Popen[str], limit_s: float = 30.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end, "the window never opened its engine"
        time.sleep(0.05)
