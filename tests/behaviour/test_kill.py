"""Killed at any moment, the next start has it all (reliability.md G1 and G5, quick and long form)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kill_harness import KillHarness


def _torment(root: Path, n_kills: int, seed: int) -> None:
    report = KillHarness(root, seed).run(n_kills)
    assert sum(report.kills.values()) >= n_kills, report
    assert report.acknowledged > 0, report
    assert report.lost == []
    assert report.half == []
    assert report.orphans == []
    assert report.tracebacks == []


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX; Windows has its own job object test")
@pytest.mark.timeout(400)
def test_twenty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    _torment(tmp_path, 20, seed=1)


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX; Windows has its own job object test")
@pytest.mark.timeout(1800)
def test_a_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    _torment(tmp_path, 100, seed=2)
