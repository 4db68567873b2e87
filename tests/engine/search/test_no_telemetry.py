"""The library that runs the embedding model reports to its maker unless it is told not to; it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def test_loading_the_embedder_leaves_nothing_of_its_library_in_the_home(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    environment = {k: v for k, v in os.environ.items() if k not in ("CI", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
    note = tmp_path / "note.md"
    note.write_text("# Boiler\n\nThe pressure should be 1.5 bar.\n")
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from desktop.__main__ import main; sys.exit(main())", "ask", "--file",
         str(note), "What should the pressure be?"],
        capture_output=True, text=True, timeout=55,
        env={**environment, "HOME": str(tmp_path), "SCRUBJAY_DATA_DIR": str(tmp_path / "data")},
    )  # fmt: skip
    assert "1.5 bar" in done.stdout, done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "note.md"]
