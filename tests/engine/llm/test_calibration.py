"""Settings are timed within a budget, kept per file and computer, and given up the moment somebody asks."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from engine.llm.calibration import Calibration, Calibrations, calibrate
from tests.bench.tiny_gguf import Shape, write_gguf


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", Shape(n_layer=2))


async def test_every_setting_is_timed_and_only_a_real_gain_counts(model: Path, tmp_path: Path) -> None:
    async with asyncio.timeout(50):
        found = await calibrate(model, tmp_path, is_wanted=lambda: True, may_copy=True, budget_s=40)
    assert found is not None
    assert found.complete
    assert found.tried >= 4
    assert found.gain == 0 or found.gain >= 0.05
    if not found.gain:
        assert found.to_config() == Calibration().to_config()
        assert "best of" in found.sentence


async def test_a_spent_budget_gives_what_was_found_by_then(model: Path, tmp_path: Path) -> None:
    async with asyncio.timeout(50):
        found = await calibrate(model, tmp_path, is_wanted=lambda: True, budget_s=0)
    assert found is not None
    assert (found.complete, found.tried, found.gain) == (False, 1, 0.0)


async def test_it_stops_when_somebody_asks(model: Path, tmp_path: Path) -> None:
    async with asyncio.timeout(50):
        assert await calibrate(model, tmp_path, is_wanted=lambda: False) is None


async def test_a_model_that_cannot_be_loaded_is_not_calibrated(tmp_path: Path) -> None:
    async with asyncio.timeout(50):
        assert await calibrate(tmp_path / "absent.gguf", tmp_path, is_wanted=lambda: True) is None


def test_what_was_found_is_kept_until_the_file_changes(model: Path, tmp_path: Path) -> None:
    found = Calibration(3, 256, False, 0.21, 6, 4.2, True)
    Calibrations(tmp_path).keep(model, found)
    kept = Calibrations(tmp_path)
    assert kept.find(model) == found
    assert "21%" in found.sentence
    assert found.to_config() == {"n_threads": 3, "n_ubatch": 256, "use_mmap": False}
    os.utime(model, (1, 1))
    assert kept.find(model) is None
    assert replace(found, gain=0.0).sentence.startswith("The usual settings")


@pytest.mark.parametrize("content", ["", "nonsense", "[]", '{"x": 1}'])
def test_a_damaged_file_is_an_empty_one(model: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "calibration.json").write_text(content)
    assert Calibrations(tmp_path).find(model) is None
