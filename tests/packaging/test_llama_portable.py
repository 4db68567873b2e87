"""The bundle's llama.cpp: one build for every processor, which chooses by itself. Skips where it was not built.

packaging/llama/build.sh && python -m pytest tests/packaging/test_llama_portable.py
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = Path(os.environ.get("SCRUBJAY_PORTABLE_LLAMA", ROOT / "build" / "llama" / "lib"))
ANSWER = """
import asyncio, tempfile
from contextlib import aclosing
from pathlib import Path
from engine.llm.backend import Generated, Message, Sampling
from engine.llm.local import LocalBackend
from resources import resource_path

async def main():
    with tempfile.TemporaryDirectory() as logs:
        guide = resource_path("models", "guide.gguf")
        async with aclosing(LocalBackend(guide, log_dir=Path(logs), host="thread", n_ctx=512)) as backend:
            async with aclosing(backend.generate([Message("user", "hello")], Sampling(max_tokens=4))) as items:
                print([item.ids async for item in items if isinstance(item, Generated)])
    maps = Path("/proc/self/maps").read_text().split()
    print(next((Path(word).name for word in maps if "libggml-cpu" in word), ""))

asyncio.run(main())
"""


def test_the_recipe_is_a_script_that_a_shell_reads() -> None:
    done = subprocess.run(["sh", "-n", str(ROOT / "packaging" / "llama" / "build.sh")], check=False)
    assert done.returncode == 0


def _run(*before: str) -> tuple[str, str]:
    """Ids of an answer and the library that computed it."""
    done = subprocess.run(
        [*before, sys.executable, "-c", ANSWER],
        cwd=ROOT,
        # What packaging/bundle_entry.py says on a processor without AVX.
        env={**os.environ, "LLAMA_CPP_LIB_PATH": str(BUILT), "OPENBLAS_CORETYPE": "Nehalem", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    ids, library = done.stdout.splitlines()[-2:]
    return ids, library


@pytest.mark.skipif(not BUILT.is_dir(), reason="llama.cpp for the bundle was not built")
@pytest.mark.skipif(platform.machine() != "x86_64" or sys.platform != "linux", reason="qemu's Nehalem is an x86-64")
@pytest.mark.skipif(shutil.which("qemu-x86_64") is None, reason="qemu-user is not installed")
def test_the_guide_answers_on_a_processor_of_2008_as_on_this_one() -> None:
    here, library = _run()
    assert library not in ("", "libggml-cpu-sse42.so")
    assert _run("qemu-x86_64", "-cpu", "Nehalem") == (here, "libggml-cpu-sse42.so")
