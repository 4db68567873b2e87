"""Which kernels run: the fastest that this computer has, the ones that SCRUBJAY_SIMD names, or one clear refusal."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import accel

ONE_SEARCH = (
    "import accel, numpy as np\n"
    "x = np.eye(32, dtype=np.float32)\n"
    "rows = accel.encode(x)\n"
    "z = np.zeros(32, np.uint32)\n"
    "columns = accel.Columns(*rows, rows.scale, z.astype(np.int32), z, z)\n"
    "print(accel.backend(), accel.search(columns, x, x[3:4], 1).rows[0, 0])\n"
)


def run_forced(program: str, simd: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SCRUBJAY_SIMD": simd}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)


def test_the_reference_is_always_there_and_comes_last() -> None:
    assert accel.backends()[-1] == "numpy"


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="numpy"):
        accel.create_kernels("sse9")


@pytest.mark.parametrize("name", [*accel.backends(), f" {accel.backends()[0].upper()} "])
def test_scrubjay_simd_forces_one_backend(name: str) -> None:
    assert run_forced(ONE_SEARCH, name).stdout.split() == [name.strip().lower(), "3"]


def test_an_empty_scrubjay_simd_takes_the_fastest() -> None:
    assert run_forced(ONE_SEARCH, "").stdout.split() == [accel.backends()[0], "3"]


@pytest.mark.parametrize("name", ["mmx", "neon" if "avx2" in accel.backends() else "avx2"])
def test_a_scrubjay_simd_that_is_not_here_is_refused_in_one_sentence(name: str) -> None:
    done = run_forced(ONE_SEARCH, name)
    assert done.returncode == 1
    sentence = done.stderr.strip().splitlines()[-1]
    assert name in sentence
    assert "unset SCRUBJAY_SIMD or set it to one of" in sentence
    assert run_forced("import accel", name).returncode == 0


def test_without_the_compiled_module_the_reference_stands_in() -> None:
    program = "import sys; sys.modules['accel._native'] = None\n" + ONE_SEARCH
    assert run_forced(program, "").stdout.split() == ["numpy", "3"]


def test_the_stub_says_what_the_functions_take() -> None:
    stub = ast.parse((Path(accel.__file__).parent / "__init__.pyi").read_text(encoding="utf-8"))
    described = {node.name: node for node in stub.body if isinstance(node, ast.FunctionDef)}
    assert described.keys() == {name for name in accel.__all__ if inspect.isfunction(getattr(accel, name))} - {"terms"}
    for name, node in described.items():
        parameters = list(inspect.signature(getattr(accel, name)).parameters)
        assert [argument.arg for argument in node.args.args] == parameters
        assert ast.get_docstring(node)
