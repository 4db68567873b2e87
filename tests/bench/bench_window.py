"""`scrubjay bench window`: what the window costs beside a bare one of PySide6, at rest and at work.

Every window is a process of its own (tests/bench/window_child.py, paint_child.py) on Qt's offscreen platform, so that
no screen is needed and nothing of a compositor is measured. Figures of memory and idling cover the whole tree of
processes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from highlight import highlight_figures

from desktop.instance import socket_name
from engine.system.figures import Figure

CHILD = Path(__file__).with_name("window_child.py")
ANSWER_CHILD = Path(__file__).with_name("answer_child.py")
MEMORIES_CHILD = Path(__file__).with_name("memories_child.py")
BUNDLE = Path(__file__).parents[2] / "build" / "dist" / "scrubjay"
SOURCE = (sys.executable, "-c", "import sys; from desktop.__main__ import main; sys.exit(main())")
PAINT_CHILD = Path(__file__).with_name("paint_child.py")
ROUNDS = 7
IDLE_S = 30.0
GAP_S = 20.0
LIMIT_S = 180.0
# Reading and embedding ten thousand passages takes some minutes of both cores.
STOCK_LIMIT_S = 2400.0


def figures() -> Iterator[Figure]:
    """The figures of the window, quickest first."""
    yield from paint_figures()
    yield from highlight_figures()
    yield from memory_figures()
    yield from idle_figures()
    yield from gap_figures()
    yield panel_figure()
    yield from answer_figures()
    yield from bundle_figures()


def measure(*arguments: object, child: Path = CHILD, limit_s: float = LIMIT_S, **environment: str) -> dict[str, Any]:
    """Start a child and read its line."""
    # Compiled files are kept, as in every installation.
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, str(child), *map(str, arguments)],
        capture_output=True, text=True, timeout=limit_s, check=False,
        env={**own, "QT_QPA_PLATFORM": "offscreen", **environment},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{arguments[0]}: {done.stderr.strip()[-800:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def painted(*arguments: object) -> dict[str, Any]:
    """A first paint; `since_start_s` is from the start of the process."""
    began = time.perf_counter()
    found = measure(*arguments, child=PAINT_CHILD)
    return {**found, "since_start_s": found["painted_s"] - began}


def paint_figures() -> Iterator[Figure]:
    """From the start of the process to the first paint, beside a bare main window; one after the other."""
    ours, bare, heavy = [], [], set()
    with tempfile.TemporaryDirectory() as folder:
        painted("bare")
        painted("ours", Path(folder) / "data")
        for _ in range(ROUNDS):
            bare.append(painted("bare")["since_start_s"])
            found = painted("ours", Path(folder) / "data")
            ours.append(found["since_start_s"])
            heavy.update(found["heavy"])
    ratio = statistics.median(ours) / statistics.median(bare)
    detail = f"{1000 * statistics.median(ours):.0f} ms beside {1000 * statistics.median(bare):.0f} ms, {ROUNDS} rounds"
    yield Figure("window_first_paint", ratio, "×", "a bare PySide6 main window", "≤ 2.0", ratio <= 2.0, detail)
    words = f"loaded before the first paint: {', '.join(sorted(heavy)) or 'none'}"
    yield Figure("window_heavy_modules", len(heavy), "modules", "", "0", not heavy, words)


def memory_figures() -> Iterator[Figure]:
    """Memory of the desktop process with an empty store, and of the whole tree with ten thousand passages."""
    with tempfile.TemporaryDirectory() as folder:
        bare = painted("bare")
        ours = measure("memory", Path(folder) / "data")
        stocked = measure("stocked", Path(folder) / "stocked", limit_s=STOCK_LIMIT_S)
        # The folder as it is opened every other day; what reading in leaves behind is told beside it.
        opened = measure("memory", Path(folder) / "stocked")
        rested = measure("rested", Path(folder) / "stocked", SCRUBJAY_IDLE_UNLOAD_S="1")
    more = ours["own_mb"] - bare["own_mb"]
    detail = (
        f"{ours['own_mb']:.0f} MB beside {bare['own_mb']:.0f} MB; after an answer {ours['answered']['own_mb']:.0f} MB"
    )
    yield Figure("window_memory", more, "MB", "a bare PySide6 main window", "≤ 90", more <= 90, detail)
    tree, passages = opened["answered"]["tree_mb"], stocked["passages"]
    detail = f"{opened['answered']['processes']} processes, their share of shared pages; {passages} passages"
    just_read, empty = stocked["answered"]["tree_mb"], ours["answered"]["tree_mb"]
    detail += f"; {just_read:.0f} MB when they have just been read in, {empty:.0f} MB with an empty store"
    holds = tree <= 400 and passages >= 10_000
    yield Figure("window_tree_memory", tree, "MB", "", "≤ 400", holds, detail)
    detail = f"{rested['processes']} processes, {passages} passages; idle models released after 1 s instead of 10 min"
    holds = rested["tree_mb"] <= 250 and passages >= 10_000
    yield Figure("window_idle_memory", rested["tree_mb"], "MB", "", "≤ 250", holds, detail)


def idle_figures() -> Iterator[Figure]:
    """The whole tree while the window is in the tray; idle models are released after a second here, not 10 minutes."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure("idle", Path(folder) / "data", IDLE_S, SCRUBJAY_IDLE_UNLOAD_S="1")
    share = found["cpu_share"] * 100
    detail = f"{found['processes']} processes over {IDLE_S:.0f} s"
    yield Figure("window_idle_cpu", share, "% of a core", "", "≤ 0.2", share <= 0.2, detail)
    wakeups = found["wakeups_per_s"]
    yield Figure("window_idle_wakeups", wakeups, "1/s", "", "≤ 10", wakeups <= 10, detail)


def gap_figures() -> Iterator[Figure]:
    """How late the event loop comes round while text streams in, 200 pages are read and the chat scrolls."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure("gap", Path(folder) / "data", GAP_S)
    rest, busy = found["rest_ms"], found["busy_ms"]
    detail = f"p50 {busy['p50']:.1f}, max {busy['max']:.0f} ms; at rest p99 {rest['p99']:.1f}, max {rest['max']:.0f} ms"
    if found["errors"]:
        detail += f"; errors {found['errors']}"
    sound = not found["errors"]
    peer = "the same loop at rest"
    yield Figure("window_gap_p99", busy["p99"], "ms", peer, "≤ 33", sound and busy["p99"] <= 33, detail)
    yield Figure("window_gap_p99_9", busy["p99_9"], "ms", peer, "≤ 50", sound and busy["p99_9"] <= 50, detail)


def panel_figure() -> Figure:
    """How smooth the memory panel is with every tier full."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder) / "data", child=MEMORIES_CHILD)
    late = found["scrolling_ms"]["p99"]
    detail = (
        f"p50 {found['scrolling_ms']['p50']:.1f} ms; first page after {found['first_page_ms']:.0f} ms, a search "
        f"{found['searched_ms']:.0f}, a tier {found['tier_ms']:.0f}, p99 meanwhile {found['filtering_ms']['p99']:.1f}"
    )
    title = f"memory panel of {found['rows']:,} entries, loop gap while it is scrolled, p99"
    return Figure(title, late, "ms", "", "≤ 33", late <= 33, detail)


def answer_figures() -> Iterator[Figure]:
    """How soon an answer begins and an old chat is there, and what a streamed token costs at its end."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder) / "data", child=ANSWER_CHILD)
    first, opened, share = found["first_token_s"], found["open_chat_ms"], found["streamed_share"]
    detail = f"the engine without a window {found['bare_s']:.2f} s; the guide"
    yield Figure("keystroke to first token, warm", first, "s", "", "≤ 2", first <= 2, detail)
    title = f"a chat of {found['turns']:,.0f} turns is opened"
    yield Figure(title, opened, "ms", "", "≤ 300", opened <= 300)
    title = "a token in the last tenth of a streamed answer of 4,000"
    yield Figure(title, share, "×", "setMarkdown", "≤ 0.1", share <= 0.1, f"{found['token_ms']:.2f} ms")


def bundle_figures() -> Iterator[Figure]:
    """Size and start of the bundle that `make bundle` made last; nothing where there is none."""
    if not (BUNDLE / "scrubjay").exists():
        return
    files = [p for p in BUNDLE.rglob("*") if p.is_file() and not p.is_symlink() and "models" not in p.parts]
    size = sum(p.stat().st_size for p in files) / 2**20
    yield Figure("bundle_size", size, "MB", "", "≤ 250", size <= 250, "without models")
    # A first start of each fills the caches of the system, which no program here can empty.
    rounds = [(start_s(str(BUNDLE / "scrubjay")), start_s(*SOURCE)) for _ in range(4)][1:]
    bundle, source = (statistics.median(times) for times in zip(*rounds, strict=True))
    detail = f"{bundle:.2f} s beside {source:.2f} s until it takes later starts, {len(rounds)} rounds"
    yield Figure("bundle_start", bundle / source, "×", "the source start", "≤ 3", bundle <= 3 * source, detail)


def start_s(*command: str) -> float:
    """From the start of the program to the socket that its window opens right after the first paint."""
    with tempfile.TemporaryDirectory() as folder:
        own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        own |= {"QT_QPA_PLATFORM": "offscreen", "TMPDIR": folder, "HOME": folder, "XDG_RUNTIME_DIR": folder}
        socket = socket_name(Path(folder) / "data")
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**own, "SCRUBJAY_DATA_DIR": f"{folder}/data"},
        )  # fmt: skip
        try:
            while not os.path.exists(socket):
                if process.poll() is not None or time.perf_counter() - began > LIMIT_S:
                    raise RuntimeError(f"{command[0]} did not open a window")
                time.sleep(0.002)
            return time.perf_counter() - began
        finally:
            process.terminate()
            process.wait(20)
