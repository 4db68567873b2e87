"""Started ten times at once there is one owner (reliability.md G4), and after an hour of work nothing grew (G8)."""

from __future__ import annotations

from pathlib import Path

import pytest
from launch_harness import LaunchHarness


def _launch(root: Path, n_rounds: int, seed: int) -> None:
    report = LaunchHarness(root, seed).run(n_rounds)
    print(report)
    assert report.launches == 10 * n_rounds
    assert report.acknowledged >= 9 * n_rounds, report
    assert report.failed == []
    assert report.lost == []
    assert report.left == []
    assert report.most_servers == 1, report


@pytest.mark.timeout(240)
def test_ten_launches_at_once_have_one_owner_and_lose_nothing(tmp_path: Path) -> None:
    _launch(tmp_path, 1, seed=1)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_fifty_times_ten_launches_at_once_have_one_owner_and_lose_nothing(tmp_path: Path) -> None:
    _launch(tmp_path, 50, seed=2)
