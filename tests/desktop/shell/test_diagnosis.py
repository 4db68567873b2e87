"""What is known of a run that ended badly, read from what it left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from desktop.diagnosis import CRASH_NAME, LOG_NAME, OLD_CRASH_NAME, LastRun, read_last_run, tail_of
from desktop.operations.help import describe_bad_end

LOG = """\
2026-11-20 09:00:00,001 INFO desktop.diagnosis: the window began
2026-11-20 09:10:00,001 ERROR engine.store: an older trouble
2026-11-21 12:43:03,237 INFO desktop.diagnosis: the window began
2026-11-21 12:50:03,404 WARNING qt: the last words
"""
RUN = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop.diagnosis import last_run, start_reporter
app = QCoreApplication([])
start_reporter(Path(sys.argv[1]))
print(last_run().crash)
if sys.argv[2] == "crash":
    import faulthandler
    faulthandler._sigsegv()
"""


def run(logs: Path, how: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", RUN, str(logs), how], capture_output=True, text=True, timeout=60
    ).stdout  # fmt: skip


def test_the_last_run_is_what_was_written_since_it_began(tmp_path: Path) -> None:
    (tmp_path / LOG_NAME).write_text(LOG)
    found = read_last_run(tmp_path)
    assert found.began == "2026-11-21 12:43:03"
    assert found.crash == ""
    assert [line.rsplit(": ", 1)[1] for line in found.log] == ["the last words"]


def test_a_run_that_left_nothing_is_told_of_all_the_same(tmp_path: Path) -> None:
    assert read_last_run(tmp_path) == LastRun()
    words = describe_bad_end(LastRun())
    assert words.startswith("What happened\n  Scrubjay was not closed the last time.\n")
    assert "No fault of its own" in words


def test_a_crash_is_told_once_and_kept_for_reports(tmp_path: Path) -> None:
    run(tmp_path, "crash")
    assert "Fatal Python error" in (tmp_path / CRASH_NAME).read_text()
    words = describe_bad_end(read_last_run(tmp_path))
    assert "A fault in the program ended it:\n    Fatal Python error: Segmentation fault" in words
    assert "Fatal Python error" in run(tmp_path, "end")
    assert "Fatal Python error" not in run(tmp_path, "end")
    assert "Fatal Python error" in (tmp_path / OLD_CRASH_NAME).read_text()
    assert "Fatal Python error" in tail_of(tmp_path)
