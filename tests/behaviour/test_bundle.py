"""The bundle that `make bundle` made, where it was made: one folder that needs nothing of this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BUNDLE = Path(__file__).parents[2] / "build" / "dist" / "scrubjay"
# MiB, models left out: a download that somebody with a slow line still takes.
LARGEST_MB = 250

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not BUNDLE.exists() or sys.platform != "linux", reason="`make bundle` has not been run"),
]


def run(*arguments: str | Path, home: Path) -> str:
    """The bundle's command line with nothing of our environment."""
    done = subprocess.run(
        [BUNDLE / "scrubjay", *arguments], capture_output=True, text=True, timeout=90, check=True,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "SCRUBJAY_DATA_DIR": str(home / "data")},
    )  # fmt: skip
    return done.stdout


def test_it_answers_with_its_own_server_and_workers(tmp_path: Path) -> None:
    note = tmp_path / "lease.md"
    note.write_text("# Lease\n\n## Notice\n\nThe notice period is three months to the end of a quarter.\n")
    assert "three months" in run("ask", "--file", note, "How long is the notice period?", home=tmp_path)


def test_it_finds_nothing_missing(tmp_path: Path) -> None:
    report = run("doctor", home=tmp_path)
    assert "none" in report.split("problems")[-1]
    assert "numpy" not in report.split("memory scan")[1].splitlines()[0], "the compiled scan is in it"


def test_it_is_small_enough_without_models() -> None:
    sizes = [
        p.stat().st_size for p in BUNDLE.rglob("*") if p.is_file() and not p.is_symlink() and "models" not in p.parts
    ]
    assert sum(sizes) / 2**20 <= LARGEST_MB
    assert os.access(BUNDLE / "scrubjay", os.X_OK)
