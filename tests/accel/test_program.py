"""The same cases without Python: under sanitizers here, and for ARM in an emulator.

Needs cmake and a compiler, for ARM also g++-aarch64-linux-gnu and qemu-user (so named by Debian's apt-get);
where they are missing the test says so and is skipped. What is built stays in build/, so that only the first
run pays for compiling.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.accel.kernel_cases import write_cases

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "tests" / "accel" / "program"
ARM_COMPILER, ARM_EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"

# Compiling takes 20 seconds on two idle cores; the limit is for a computer that is busy with other things.
pytestmark = pytest.mark.timeout(300)


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}; apt-get has them")


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    path = tmp_path_factory.mktemp("accel") / "cases.bin"
    return path, write_cases(path)


def build(name: str, *options: str) -> Path:
    folder = ROOT / "build" / f"accel-program-{name}"
    for command in (
        ["cmake", "-S", str(PROGRAM), "-B", str(folder), "-DCMAKE_BUILD_TYPE=Release", *options],
        ["cmake", "--build", str(folder), "--parallel", "2"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=280)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return folder / "run_cases"


def run(command: list[str], cases: tuple[Path, int]) -> list[str]:
    """The names of the kernels that gave the bits of the reference in all cases."""
    path, n_cases = cases
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    counted, *names = done.stdout.split()
    assert int(counted) == n_cases
    return names


@needs("cmake", "g++")
def test_kernels_touch_nothing_but_their_arrays(cases: tuple[Path, int]) -> None:
    names = run([str(build("sanitized", "-DSANITIZE=ON"))], cases)
    assert names[-1] == "portable"


@needs("cmake", ARM_COMPILER, ARM_EMULATOR)
def test_kernels_for_arm_give_the_bits_of_the_reference(cases: tuple[Path, int]) -> None:
    program = str(
        build(
            "arm",
            f"-DCMAKE_CXX_COMPILER={ARM_COMPILER}",
            "-DCMAKE_SYSTEM_NAME=Linux",
            "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
        )
    )
    assert run([ARM_EMULATOR, "-cpu", "max", program], cases) == ["neondot", "neon", "portable"]
    # A processor of 2012, before the dot product instruction: it must not be used there.
    assert run([ARM_EMULATOR, "-cpu", "cortex-a53", program], cases) == ["neon", "portable"]
