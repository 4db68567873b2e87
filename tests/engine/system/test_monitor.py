"""PerformanceMonitor: exact percentiles, bounded memory, errors with their words."""

from __future__ import annotations

import os

import pytest

from engine.system.gpu import gpu_sentence
from engine.system.memory import proportional_bytes, read_memory, resident_bytes
from engine.system.monitor import MAX_NAMES, WINDOW, PerformanceMonitor, percentile
from engine.system.readings import ProcessReader


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _after(monitor: PerformanceMonitor, clock: _Clock, name: str, *durations_ms: float) -> None:
    for ms in durations_ms:
        with monitor.track_operation(name):
            clock.now += ms / 1000


def test_an_operation_is_counted_with_its_percentiles() -> None:
    clock = _Clock()
    monitor = PerformanceMonitor(clock=clock)
    _after(monitor, clock, "search", *range(1, 101))
    figures = monitor.get_report()["operations"]["search"]
    rounded = {name: round(value, 6) for name, value in figures.items()}
    assert rounded == {
        "count": 100, "errors": 0, "mean_ms": 50.5, "min_ms": 1.0, "max_ms": 100.0,
        "p50_ms": 50.0, "p95_ms": 95.0, "p99_ms": 99.0,
    }  # fmt: skip


def test_an_error_passes_on_and_is_counted_with_its_words() -> None:
    monitor = PerformanceMonitor()
    with pytest.raises(ValueError, match="no such thing"), monitor.track_operation("search"):
        raise ValueError("no such thing")
    report = monitor.get_report()
    assert report["operations"]["search"]["errors"] == 1
    assert report["last_errors"] == [{"name": "search", "kind": "ValueError", "sentence": "no such thing"}]
    assert (report["n_operations"], report["n_errors"], report["error_share"]) == (1, 1, 1.0)


def test_percentiles_are_of_the_last_values_and_totals_of_all() -> None:
    clock = _Clock()
    monitor = PerformanceMonitor(clock=clock)
    _after(monitor, clock, "ask", 5000.0)
    _after(monitor, clock, "ask", *[10.0] * WINDOW)
    figures = monitor.get_report()["operations"]["ask"]
    assert figures["count"] == WINDOW + 1
    assert round(figures["p99_ms"]) == 10
    assert round(figures["max_ms"]) == 5000


def test_any_figure_can_be_recorded_with_its_unit_and_nonsense_is_not() -> None:
    monitor = PerformanceMonitor()
    for value in (10.0, 30.0, float("nan"), float("inf")):
        monitor.record_metric("generation", value, unit="tok/s")
    figures = monitor.get_report()["metrics"]["generation"]
    assert (figures["count"], figures["p50"], figures["mean"], figures["unit"]) == (2, 10.0, 20.0, "tok/s")


def test_without_details_or_percentiles_there_are_none() -> None:
    plain = PerformanceMonitor(enable_detailed=False)
    plain.record_duration("ask", 1.0)
    assert plain.get_report()["operations"] == {}
    assert plain.get_summary()["n_operations"] == 1
    rough = PerformanceMonitor(track_percentiles=False)
    rough.record_duration("ask", 1.0)
    assert not any(name.startswith("p") for name in rough.get_report()["operations"]["ask"])


def test_names_without_end_do_not_take_memory_without_end() -> None:
    monitor = PerformanceMonitor()
    for n in range(MAX_NAMES + 50):
        monitor.record_duration(f"name {n}", 0.001)
    operations = monitor.get_report()["operations"]
    assert len(operations) == MAX_NAMES + 1
    assert operations["other"]["count"] == 50


def test_percentiles_of_few_values() -> None:
    assert percentile([], 0.5) == 0.0
    assert [percentile([1.0, 2.0], share) for share in (0.0, 0.5, 0.51, 1.0)] == [1.0, 1.0, 2.0, 2.0]


def test_our_own_process_is_read() -> None:
    reader = ProcessReader()
    rows = reader.read([("window", os.getpid()), ("model", 2**22 + 1)])
    (row,) = rows
    assert (row["kind"], row["pid"]) == ("window", os.getpid())
    assert row["cpu_s"] > 0
    exact = proportional_bytes(os.getpid()) or resident_bytes(os.getpid())
    assert 0.5 * exact < row["memory_bytes"] < 2 * exact
    memory = read_memory()
    assert 0 < memory.available <= memory.total
    assert "GPU" in gpu_sentence()
