"""What the first paint leaves for later is not seen in it, and what is asked before it happens all the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from desktop.app import complete_window, create_window, open_engine
from desktop.bridge import Bridge

ROOT = Path(__file__).parents[3]
# What the engine brings, asyncio, and what surrounds the window.
LATE = {
    "numpy", "redis", "onnxruntime", "llama_cpp", "pyqtgraph", "torch", "markdown_it", "asyncio", "qasync",
    "hashlib", "platformdirs", "PySide6.QtNetwork", "desktop.chat.view_answer", "desktop.look.style",
}  # fmt: skip
CHILD = """
import json, os, sys
from desktop.__main__ import import_app
app = import_app()
def painted(*_):
    print(json.dumps(sorted(sys.modules)), flush=True)
    os._exit(0)
app._run_painted = painted
sys.exit(app.run_window(__import__("pathlib").Path(sys.argv[1])))
"""


def test_the_first_paint_looks_as_the_second(app, tmp_path: Path) -> None:
    blinking = app.cursorFlashTime()
    app.setCursorFlashTime(0)
    window = create_window(app, tmp_path / "data", forced_palette="light", rest_later=True)
    window.show()
    app.processEvents()
    first = window.grab().toImage()
    complete_window(window)
    app.processEvents()
    assert window.grab().toImage() == first
    app.setCursorFlashTime(blinking)
    window.close_for_good()
    window.deleteLater()


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path / "data")], cwd=ROOT,
        capture_output=True, text=True, timeout=40, check=True,
    )  # fmt: skip
    imported = set(json.loads(done.stdout))
    assert LATE & imported == set()
    # The package itself is a table of names; of what is in it only the place of the sockets is asked for.
    assert {name for name in imported if name.split(".")[0] == "engine"} <= {"engine", "engine.socket_place"}


def test_what_is_asked_before_the_engine_is_opened_happens_when_it_is(make_window, until) -> None:
    window = make_window(engine=False)
    heard: list[int] = []

    async def count(engine: object) -> int:
        return len(heard) + 1

    job = window.bridge.run(count, heard.append, title="Counting")
    dropped = window.bridge.run(count, heard.append, title="Dropped")
    assert (job.is_running, job.task) == (True, None)
    dropped.cancel()
    open_engine(window)
    until(lambda: heard and not window.bridge.jobs)
    assert heard == [1]


def test_a_bridge_that_ends_before_it_begins_has_nothing_to_await(run) -> None:
    bridge = Bridge()
    job = bridge.run(lambda engine: None, title="Never")
    run(bridge.aclose())
    assert not job.is_running
    assert not bridge.jobs


def test_work_that_is_stopped_before_its_first_step_ends_all_the_same(window, until) -> None:
    ended: list[bool] = []
    job = window.bridge.run(lambda engine: engine.models.states(), title="Stopped at once")
    job.ended.connect(lambda: ended.append(True))
    job.cancel()
    until(lambda: ended and job not in window.bridge.jobs)
    assert ended == [True]


def test_a_question_that_is_stopped_at_once_leaves_the_chat_ready_for_the_next(window, until) -> None:
    panel = window.open_panel("chat")
    panel.ask("What is 2 + 2?")
    panel.stop()
    until(lambda: not panel.conversation.is_answering)
    panel.ask("What is 3 * 14?")
    until(lambda: not panel.conversation.is_answering)
    assert "42" in panel.conversation.turns[-1].text
