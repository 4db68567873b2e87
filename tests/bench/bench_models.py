"""`scrubjay bench models`: the fit planner against real loads, and what watching costs.

Each model is made of noise in a temporary folder, loaded by the real worker with the context and the type of
KV cache that the plan names, and asked to read a prompt of its batch's size; the peak is what the system says
that the worker's process had in memory at most (VmHWM), so this runs on Linux only.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from engine import Engine, Settings  # noqa: E402
from engine.llm.backend import Generated, Message, Sampling  # noqa: E402
from engine.llm.fit import Room, plan_fit, shape_of  # noqa: E402
from engine.llm.gguf import read_header  # noqa: E402
from engine.llm.local import LocalBackend  # noqa: E402
from engine.system.figures import Figure  # noqa: E402
from tests.bench.shaped_gguf import Made, write_shaped  # noqa: E402
from tests.bench.tiny_gguf import Shape  # noqa: E402

# Name, shape, tokens of context, type of the KV cache: 0.1 to 1.8 billion parameters, seven quantisations.
CASES = (
    ("0.1 B q8_0", Made(Shape(768, 12, 12, 12, 2048, 16384)), 4096, "f16"),
    ("0.1 B q8_0, short", Made(Shape(768, 12, 12, 12, 2048, 16384)), 1024, "f16"),
    ("0.2 B f16", Made(Shape(1024, 12, 16, 16, 2816, 8192), "f16"), 4096, "f16"),
    ("0.3 B q4_0, many tokens", Made(Shape(1024, 16, 16, 4, 2816, 131072, 32768), "q4_0", "q8_0", True), 4096, "f16"),
    ("0.3 B q5_k", Made(Shape(1024, 16, 16, 4, 4096, 49152, 8192), "q5_k", "q8_0"), 4096, "f16"),
    ("0.4 B q4_k", Made(Shape(1024, 24, 16, 8, 4096, 32768, 32768), "q4_k", "q6_k"), 4096, "f16"),
    ("0.4 B q4_k, long", Made(Shape(1024, 24, 16, 8, 4096, 32768, 32768), "q4_k", "q6_k"), 16384, "f16"),
    ("0.4 B q4_k, KV in 8 bits", Made(Shape(1024, 24, 16, 8, 4096, 32768, 32768), "q4_k", "q6_k"), 4096, "q8_0"),
    ("0.5 B q6_k", Made(Shape(1280, 20, 20, 4, 5120, 32768, 8192), "q6_k"), 4096, "f16"),
    ("1.1 B q4_k", Made(Shape(2048, 16, 32, 8, 8192, 65536, 131072), "q4_k", "q6_k", True), 4096, "f16"),
    ("1.8 B q4_k", Made(Shape(2560, 20, 20, 4, 9728, 65536, 32768), "q4_k", "q6_k", True), 4096, "f16"),
)  # fmt: skip
# Seconds that the panel is looked at.
PANEL_S = 30
PROMPT = [Message("user", "the boiler hums " * 45)]


def figures() -> Iterator[Figure]:
    """The figures of models: the planner, the monitor."""
    yield planner_figure()
    yield monitor_figure()
    yield panel_figure()


def planner_figure() -> Figure:
    """The largest difference between the plan's peak and that of a real load, over all cases."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, made, n_ctx, kv_type in CASES:
            path = write_shaped(Path(folder) / "model.gguf", made)
            planned = _plan(path, n_ctx, kv_type)
            measured = asyncio.run(_peak(path, n_ctx, kv_type))
            rows.append((planned / measured - 1, name, planned, measured))
            path.unlink()
    worst = max(rows, key=lambda row: abs(row[0]))
    detail = "; ".join(f"{name}: {p >> 20} of {m >> 20} MB, {d:+.1%}" for d, name, p, m in rows)
    value = round(abs(worst[0]) * 100, 1)
    return Figure(
        "planner's peak against that of a real load, worst of all shapes",
        value,
        "%",
        "VmHWM",
        "≤ 10",
        value <= 10,
        detail,
    )


def _plan(path: Path, n_ctx: int, kv_type: str) -> int:
    """The plan's peak; an 8-bit cache keeps 34 bytes where f16 keeps 64."""
    plan = plan_fit(shape_of(read_header(path)), n_ctx, Room(1 << 50, 1 << 50))
    return plan.peak_bytes if kv_type == "f16" else plan.peak_bytes - plan.kv_bytes * 30 // 64


async def _peak(path: Path, n_ctx: int, kv_type: str) -> int:
    with tempfile.TemporaryDirectory() as logs:
        backend = LocalBackend(path, log_dir=Path(logs), n_ctx=n_ctx, kv_type=kv_type)
        async with aclosing(backend):
            await backend.load()
            async with aclosing(backend.generate(PROMPT, Sampling(max_tokens=2))) as items:
                done = [item async for item in items if isinstance(item, Generated)]
            assert done[0].n_prompt >= 256, "the prompt is too short to fill the buffers"
            return _high_water(backend.worker.pid or 0)


def _high_water(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this system does not tell the peak of a process")


def monitor_figure() -> Figure:
    """What the figures cost when they are asked once a second, in per cent of a core."""
    with tempfile.TemporaryDirectory() as folder:
        cost_ms = asyncio.run(_figures_cost(Path(folder)))
    share = cost_ms / 10
    detail = f"{cost_ms:.2f} ms of processor time a reading"
    return Figure("figures asked once a second", round(share, 2), "% of a core", "", "≤ 0.5", share <= 0.5, detail)


def panel_figure() -> Figure:
    """What the window costs at rest with the resource panel in front, beside the same window with the chat."""
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.run(
            [sys.executable, "-m", "tests.bench.panel_child", f"{folder}/data", str(PANEL_S)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PANEL_S * 4 + 120,
            check=True,
        )
    found = json.loads(child.stdout.splitlines()[-1])
    detail = f"{found['without']:.2f} % with the chat in front; {found['readings']} readings in {PANEL_S} s"
    value = round(found["percent"], 2)
    bar = "≤ 0.5"
    return Figure("resource panel in front, at rest", value, "% of a core", "the chat", bar, value <= 0.5, detail)


async def _figures_cost(folder: Path) -> float:
    n = 200
    async with Engine.open(Settings(data_dir=folder / "data")) as engine:
        async for _ in engine.ask("What is 12 * 12?"):
            pass
        await engine.monitor.figures()
        began, seen = time.process_time(), time.monotonic()
        for _ in range(n):
            await engine.monitor.figures()
        spent = time.process_time() - began
        # PSS is read once in five seconds; readings without pause must not make it look free.
        due = n / 5 - (time.monotonic() - seen) / 5
        pss_began = time.process_time()
        for row in (await engine.monitor.figures())["processes"]:
            _read_pss(row["pid"])
        return spent / n * 1000 + max(0.0, due) * (time.process_time() - pss_began) * 1000 / n


def _read_pss(pid: int) -> None:
    Path(f"/proc/{pid}/smaps_rollup").read_text()
