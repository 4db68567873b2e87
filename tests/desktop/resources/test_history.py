"""What the plots show of several models at once."""

from __future__ import annotations

from typing import Any

from desktop.resources.history import History, add_figures
from desktop.resources.words import line_name


def _figures(at_s: float, cpu_s: float, models: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [{"kind": "window", "pid": 1, "cpu_s": cpu_s, "memory_bytes": 1 << 20}]
    rows += [
        {"kind": "model", "name": m["name"], "pid": 2 + n, "cpu_s": cpu_s, "memory_bytes": (n + 2) << 20}
        for n, m in enumerate(models)
    ]
    return {"at_s": at_s, "processes": rows, "models": models}


def _model(name: str, state: str, limit: float) -> dict[str, Any]:
    counts = {"n_reused": 0, "n_prefilled": 0, "n_generated": 0}
    return {"name": name, "state": state, "limit_per_s": limit, **counts}


def test_each_model_has_a_line_of_its_own() -> None:
    history = History()
    for at in (1.0, 2.0):
        add_figures(history, _figures(at, at, [_model("Owl", "ready", 50.0), _model("Guide", "ready", 9000.0)]))
    assert history.names("memory/") == ["memory/window", "memory/model/Owl", "memory/model/Guide"]
    assert history.line("memory/model/Owl")[1] == [2.0, 2.0]
    assert history.line("memory/model/Guide")[1] == [3.0, 3.0]
    assert line_name("memory/model/Owl") == "Owl"
    assert line_name("memory/window") == "Window"


def test_the_limit_is_that_of_the_model_that_writes_and_a_tiny_one_hides_it_not() -> None:
    history = History()
    add_figures(history, _figures(1.0, 1.0, [_model("Owl", "ready", 50.0), _model("Guide", "ready", 9000.0)]))
    add_figures(history, _figures(2.0, 2.0, [_model("Owl", "ready", 50.0), _model("Jay", "thinking", 20.0)]))
    add_figures(history, _figures(3.0, 3.0, [_model("Guide", "thinking", 9000.0)]))
    assert history.line("tokens/limit")[1] == [50.0, 20.0]
