"""The resource panel in a real window: true figures, plots of a minute, silence while nobody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from desktop.main_window import MainWindow
from desktop.resources.history import WINDOW_S, History, add_figures
from desktop.resources.latencies import LatencyTable
from desktop.resources.panel import ResourcesPanel

Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def panel(window: MainWindow, until: Until) -> ResourcesPanel:
    """The panel after its first reading."""
    opened = window.open_panel("resources")
    assert isinstance(opened, ResourcesPanel)
    until(lambda: opened.n_read)
    return opened


def _figures(at_s: float, **changes: Any) -> dict[str, Any]:
    process = {"kind": "window", "pid": 1, "cpu_s": at_s / 2, "memory_bytes": 100 << 20, "shared": False}
    model = {
        "name": "Owl", "state": "thinking", "backend": "llama.cpp", "n_generated": int(at_s * 20), "n_ctx": 4096,
        "n_context": 1024, "n_prefilled": 250, "n_reused": 750, "tokens_per_s": 20.0, "prefill_per_s": 100.0,
        "limit_per_s": 25.0,
    }  # fmt: skip
    return {
        "at_s": at_s, "cores": 2, "memory": {"total": 16 << 30, "available": 8 << 30}, "processes": [process],
        "models": [model], "memory_scan": "avx2", "gpu": "No GPU is used.",
        "store": {"server": "Redis 7", "disk_bytes": 3 << 20, "memory_bytes": 5 << 20}, **changes,
    }  # fmt: skip


def test_the_cards_tell_what_runs(window: MainWindow, panel: ResourcesPanel, until: Until, run) -> None:
    async def ask() -> None:
        # A calculation is what the guide writes; a question is chosen before it.
        async for _ in window.bridge.engine.ask("40 take away 12, then add 5"):
            pass

    run(ask())
    until(lambda: panel.cards["model"].figure == "Guide")
    until(lambda: panel.cards["speed"].figure.endswith("tok/s"))
    assert panel.cards["memory"].figure.endswith("MB")
    assert panel.cards["context"].figure.endswith("%")
    assert "GPU" in panel._gpu.text()
    assert "cpu/window" in panel.history.names("cpu/")
    assert panel._unload.isEnabled()
    panel._unload.click()
    until(lambda: not panel._unload.isEnabled())


def test_figures_become_words(panel: ResourcesPanel) -> None:
    panel._timer.stop()
    panel.history = History()
    panel.show_figures(_figures(10.0))
    panel.show_figures(_figures(11.0))
    assert panel.cards["cpu"].figure == "50 %"
    assert panel.cards["prompt"].figure == "75 % kept"
    assert panel.cards["context"].figure == "25 %"
    assert panel.cards["speed"].accessibleName().endswith("memory allows 25\u202ftok/s at most")
    assert panel.history.line("tokens/generated")[1] == [20.0]
    panel.show_figures(_figures(12.0, store={"problem": "The store does not answer."}))
    assert panel.cards["store"].figure == "Not reached"


def test_nobody_is_asked_while_the_panel_is_hidden(window: MainWindow, panel: ResourcesPanel, until: Until) -> None:
    assert panel._timer.isActive()
    window.open_panel("chat")
    assert not panel._timer.isActive()
    window.open_panel("resources")
    assert panel._timer.isActive()
    window.hide()
    assert not panel._timer.isActive()


def test_a_minute_is_kept_and_a_process_that_ended_leaves() -> None:
    history = History()
    add_figures(history, _figures(0.0))
    for at_s in range(1, 100):
        gone = [{"kind": "store", "pid": 2, "cpu_s": 1.0, "memory_bytes": 1 << 20}]
        add_figures(history, _figures(float(at_s), processes=gone))
    assert history.names("memory/") == ["memory/store"]
    seconds, _ = history.line("memory/store")
    assert (seconds[0], seconds[-1], len(seconds)) == (-WINDOW_S, 0.0, WINDOW_S + 1)


def test_a_counter_that_begins_anew_is_no_negative_rate() -> None:
    history = History()
    assert history.rate("tokens", 1.0, 50) is None
    assert history.rate("tokens", 2.0, 70) == 20.0
    assert history.rate("tokens", 3.0, 5) == 0.0


def test_the_slowest_operations_are_listed_in_words(window: MainWindow) -> None:
    table = LatencyTable(window.theme, window)
    row = {"count": 3, "mean_ms": 100.0, "p50_ms": 90.0, "p95_ms": 1500.0, "p99_ms": 2000.0}
    inner = {"monitor.figures": row, "ask": row}
    table.show_report(
        {"operations": inner, "metrics": {"first_token": {"count": 1, "mean": 5.0, "p50": 5.0, "p95": 5.0, "p99": 5.0}}}
    )
    words = [[label.text() for label in row] for row in table._cells[1:]]
    assert words[0] == ["Answer, from question to end", "90\u202fms", "1.5\u202fs", "2.0\u202fs", "3"]
    assert [row[0] for row in words] == ["Answer, from question to end", "First word of a model"]


@pytest.mark.parametrize(("size", "zoom"), [((720, 480), 200), ((720, 480), 100), ((1120, 740), 100)])
def test_nothing_is_wider_than_the_window(make_window, until: Until, size: tuple[int, int], zoom: int) -> None:
    window = make_window(zoom=zoom)
    window.resize(*size)
    panel = window.open_panel("resources")
    until(lambda: panel.n_read >= 2)
    page = panel._scroll.widget()
    assert page.minimumSizeHint().width() <= panel._scroll.viewport().width()


def test_before_the_engine_is_open_the_panel_says_so(make_window) -> None:
    panel = make_window(engine=False).open_panel("resources")
    assert panel._problem.text() == "Opening…"


def test_the_limit_the_prompt_the_caches_and_what_happened_are_shown(panel: ResourcesPanel) -> None:
    panel._timer.stop()
    panel.history = History()
    event = {"at_s": 95.0, "kind": "stepped_down", "name": "Owl"}
    caches = {"answers": (4, 1), "recall": (4, 2), "embedding": (8, 1)}
    for at_s in (100.0, 101.0):
        panel.show_figures(_figures(at_s, events=[event], caches=caches, gpus=[]))
    assert panel.history.line("tokens/limit")[1] == [25.0, 25.0]
    assert set(panel.history.names("prompt/")) == {"prompt/kept", "prompt/read"}
    assert panel.cards["caches"].figure == "25 %"
    assert "1 answer" in panel.cards["caches"].accessibleName()
    assert "2 looks into memory" in panel.cards["caches"].accessibleName()
    assert panel.plots["cpu"]._marked == [-6.0]
    assert panel.lately._rows[0][0].text() == "Owl took less, because memory ran short"
    assert panel.lately._rows[0][1].text() == "just now"
    assert not panel.plots["gpu"].isVisible()
    panel.show_figures(_figures(170.0, events=[event], caches=caches, gpus=[]))
    assert panel.plots["cpu"]._marked == []
    assert panel.lately._rows[0][1].text() == "1 min ago"


def test_the_model_that_answers_is_told_of_and_what_else_is_in_memory(panel: ResourcesPanel) -> None:
    panel._timer.stop()
    owl, guide = (_figures(5.0)["models"][0] | {"state": "ready", "name": n, "source": n} for n in ("Owl", "Guide"))
    chosen = {"source": "Guide", "name": "Guide", "state": "ready"}
    panel.show_figures(_figures(5.0, models=[guide, owl], chosen=chosen))
    assert panel.cards["model"].figure == "Guide"
    assert "Also in memory: Owl" in panel.cards["model"].accessibleName()
    # What works now stands in front, whoever answers else.
    panel.show_figures(_figures(6.0, models=[guide, owl | {"state": "thinking"}], chosen=chosen))
    assert panel.cards["model"].figure == "Owl"
    panel.show_figures(_figures(7.0, models=[owl], chosen=chosen))
    assert panel.cards["model"].figure == "Guide"
    assert panel.cards["context"].figure == "–"


def test_what_happened_before_the_engine_was_opened_again_is_still_told(panel: ResourcesPanel) -> None:
    panel._timer.stop()
    loaded = {"at_s": 95.0, "kind": "loaded", "name": "Owl"}
    panel.show_figures(_figures(100.0, events=[loaded]))
    panel.show_figures(_figures(170.0, events=[]))
    assert panel.lately._nothing.isHidden()
    assert [what.text() for what, _ in panel.lately._rows] == ["Owl was loaded"]
    panel.show_figures(_figures(190.0, events=[{"at_s": 180.0, "kind": "released", "name": "Owl"}]))
    assert [what.text() for what, _ in panel.lately._rows] == ["Owl gave its memory back", "Owl was loaded"]


def test_a_gpu_gets_a_plot_of_its_own(panel: ResourcesPanel) -> None:
    panel._timer.stop()
    panel.history = History()
    gpu = {"name": "AMD 0", "used_share": 0.4, "memory_bytes": 1 << 30, "memory_total": 8 << 30}
    panel.show_figures(_figures(200.0, gpus=[gpu]))
    assert panel.plots["gpu"].isVisible()
    assert panel.history.line("gpu/0 AMD 0")[1] == [40.0]
    assert "AMD 0" in panel.plots["gpu"]._legend.accessibleName()
