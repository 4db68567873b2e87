"""`scrubjay bench`: the figures Scrubjay holds itself to, measured in a checkout.

A bench is a file tests/bench/bench_NAME.py with `def figures(options) -> Iterator[Figure]`. Each figure is
a ratio against a peer or a physical limit that was measured in the same run, so that a slow or busy
machine moves both sides.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from engine.errors import UnknownNameError, UsageError
from engine.faces.cli.output import EXIT_FAILED, Invocation, errors_as_sentences, say, say_json
from engine.system.figures import Figure

_BENCH_DIR = Path(__file__).resolve().parents[3] / "tests" / "bench"


def bench(
    context: typer.Context,
    name: Annotated[list[str] | None, typer.Argument(help="Which to run; all if none is named.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object per figure.")] = False,
) -> None:
    """Measure what Scrubjay promises; needs a checkout."""
    _: Invocation = context.obj
    with errors_as_sentences(as_json):
        all_hold = True
        for module in _load(name or []):
            for figure in _figures(module):
                all_hold &= figure.holds is not False
                say_json(asdict(figure)) if as_json else say(figure.to_line())
    if not all_hold:
        raise typer.Exit(EXIT_FAILED)


def _figures(module: ModuleType) -> Iterator[Figure]:
    yield from module.figures()


def _load(names: list[str]) -> Iterator[ModuleType]:
    known = {path.stem.removeprefix("bench_"): path for path in sorted(_BENCH_DIR.glob("bench_*.py"))}
    if not known:
        raise UsageError("The benchmarks are in the source checkout only; run this command there.")
    for name in names or known:
        if name not in known:
            raise UnknownNameError("bench", name, known)
        spec = importlib.util.spec_from_file_location(f"bench_{name}", known[name])
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
