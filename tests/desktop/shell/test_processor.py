"""What is done about a processor before NumPy is imported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from desktop.platform.processor import TOO_OLD, prepare_processor


@pytest.mark.parametrize(
    ("flags", "sentence", "told"),
    [
        ("fpu sse4_2 popcnt avx avx2", "", None),
        ("fpu sse4_2 popcnt", "", "Nehalem"),
        ("fpu ssse3 sse4_1", TOO_OLD, None),
        # Another architecture has another word for them.
        (None, "", None),
    ],
)
def test_old_processors_are_spared_and_too_old_ones_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str | None, sentence: str, told: str | None
) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "x")
    monkeypatch.delenv("OPENBLAS_CORETYPE")
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor : 0\n" + (f"flags : {flags}\n" if flags else "Features : fp asimd\n"))
    assert prepare_processor(cpuinfo) == sentence
    assert os.environ.get("OPENBLAS_CORETYPE") == told


def test_where_nothing_tells_of_the_processor_nothing_is_said(tmp_path: Path) -> None:
    assert prepare_processor(tmp_path / "none") == ""
