"""Graphics processors, from the files that a driver writes."""

from __future__ import annotations

from pathlib import Path

from engine.system.gpu import GpuReader


def _card(drm: Path, name: str, busy: str) -> None:
    device = drm / name / "device"
    device.mkdir(parents=True)
    (device / "gpu_busy_percent").write_text(busy)
    (device / "mem_info_vram_used").write_text("1073741824\n")
    (device / "mem_info_vram_total").write_text("8589934592\n")


def test_a_card_tells_its_load_and_memory_and_one_that_stops_telling_is_left_out(tmp_path: Path) -> None:
    _card(tmp_path, "card0", "37\n")
    _card(tmp_path, "card1", "5\n")
    (tmp_path / "card0-HDMI-A-1").mkdir()
    reader = GpuReader(tmp_path)
    rows = [row for row in reader.read() if row["name"].startswith("AMD")]
    assert rows[0] == {"name": "AMD 0", "used_share": 0.37, "memory_bytes": 1 << 30, "memory_total": 8 << 30}
    assert len(rows) == 2
    (tmp_path / "card1" / "device" / "gpu_busy_percent").write_text("unknown")
    assert len([row for row in reader.read() if row["name"].startswith("AMD")]) == 1


def test_without_a_driver_there_is_nothing(tmp_path: Path) -> None:
    assert [row for row in GpuReader(tmp_path).read() if row["name"].startswith("AMD")] == []
