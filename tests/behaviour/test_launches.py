"""Started ten times at once there is one owner (reliability.md G4), and after an hour of work nothing grew (G8)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from launch_harness import LaunchHarness
from soak_harness import Soak

# An hour where nobody says otherwise; fewer seconds than a minute show nothing, more than a day are a mistake.
SOAK_S = min(max(float(os.environ.get("SCRUBJAY_SOAK_S", "3600")), 60.0), 86_400.0)
# Whatever is smaller than this is what an allocator moves by; it is what reliability.md allows for an hour.
GROWTH_SHARE, GROWTH_BYTES = 0.10, 5_000_000


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


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are counted as POSIX counts them")
@pytest.mark.timeout(SOAK_S + 600)
async def test_an_hour_of_asking_reading_deleting_and_cancelling_grows_nothing(tmp_path: Path) -> None:
    report = await Soak(tmp_path, seed=8).run(SOAK_S)
    print(report)
    assert report.answers >= 3 * report.cycles
    assert report.cancelled >= report.cycles
    assert report.tasks_left == []
    assert report.replaced == []
    assert {"owner", "redis-server", "embed", "parse"} <= set(report.after)
    for name, before in report.before.items():
        after = report.after[name]
        assert after.rss - before.rss <= max(before.rss * GROWTH_SHARE, GROWTH_BYTES), f"{name}\n{report}"
        assert after.n_fds <= before.n_fds, f"{name}\n{report}"
        assert after.n_threads <= before.n_threads, f"{name}\n{report}"
