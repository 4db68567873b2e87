"""What `doctor` has to see of a damaged installation."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import Settings
from engine.system import doctor


@pytest.mark.parametrize("content", [None, b"", b"not a model at all" * 100])
def test_a_guide_that_is_missing_or_damaged_is_a_problem(tmp_path: Path, monkeypatch, content: bytes | None) -> None:
    guide = tmp_path / "guide.gguf"
    if content is not None:
        guide.write_bytes(content)
    monkeypatch.setattr(doctor, "resource_path", lambda *_: guide)
    found = doctor.problems(tmp_path, Settings(data_dir=tmp_path), doctor.library_versions())
    assert any("guide model is missing" in problem["sentence"] for problem in found)


def test_the_shipped_guide_is_none(tmp_path: Path) -> None:
    found = doctor.problems(tmp_path, Settings(data_dir=tmp_path), doctor.library_versions())
    assert not any("guide" in problem["sentence"] for problem in found)
