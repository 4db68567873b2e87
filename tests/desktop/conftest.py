"""A real window on Qt's offscreen platform, its loop, and a real engine on a directory of the test.

Test functions are plain: `run(coroutine)` runs one on the Qt loop with a limit; `until(condition)` waits for
what the screen should show. One QApplication and one loop serve the whole session, as in the program.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import qasync
from PySide6.QtCore import QEventLoop, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from desktop.app import create_application, create_window, end_generators_on, open_engine
from desktop.main_window import MainWindow

T = TypeVar("T")
LIMIT_S = 30.0
# What the offscreen platform says that a screen does not.
KNOWN = ("This plugin does not support", "propagateSizeHints", "QFontDatabase: Cannot find font directory")


@pytest.fixture(scope="session")
def app() -> QApplication:
    """The one application of the process."""
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else create_application([])


@pytest.fixture(scope="session")
def qt_loop(app: QApplication) -> Iterator[qasync.QEventLoop]:
    """The loop that runs Qt and asyncio."""
    # "Already running", because QTest's clicks and keys turn the Qt loop outside `run` as well: a task that goes
    # on then must find its loop.
    loop = qasync.QEventLoop(app, already_running=True)
    asyncio.events._set_running_loop(None)
    yield loop
    loop.stop()
    loop.close()


@pytest.fixture(autouse=True)
def loop_of_the_test(qt_loop: qasync.QEventLoop) -> Iterator[None]:
    """The Qt loop runs during a test of the window, and no longer: other tests bring loops of their own."""
    asyncio.set_event_loop(qt_loop)
    asyncio.events._set_running_loop(qt_loop)
    before = sys.get_asyncgen_hooks()
    end_generators_on(qt_loop)
    yield
    sys.set_asyncgen_hooks(*before)
    asyncio.events._set_running_loop(None)
    asyncio.set_event_loop(None)


@pytest.fixture
def run(qt_loop: qasync.QEventLoop) -> Callable[[Coroutine[Any, Any, T]], T]:
    """Run a coroutine on the Qt loop, with a limit."""

    def go(work: Coroutine[Any, Any, T]) -> T:
        task = qt_loop.create_task(asyncio.wait_for(work, LIMIT_S))
        turning = QEventLoop()
        task.add_done_callback(lambda _: turning.quit())
        if not task.done():
            turning.exec()
        return task.result()

    return go


@pytest.fixture
def until(run: Callable[..., Any]) -> Callable[[Callable[[], object]], None]:
    """Let the loop turn until a condition holds."""

    def wait(condition: Callable[[], object]) -> None:
        async def look() -> None:
            while not condition():
                await asyncio.sleep(0.01)

        run(look())

    return wait


@pytest.fixture(autouse=True)
def qt_messages() -> Iterator[list[str]]:
    """A warning of Qt fails the test that caused it."""
    said: list[str] = []

    def note(kind: QtMsgType, where: object, message: str) -> None:
        if kind != QtMsgType.QtDebugMsg and not any(known in message for known in KNOWN):
            said.append(message)

    before = qInstallMessageHandler(note)
    yield said
    qInstallMessageHandler(before)
    assert not said, f"Qt warned: {said}"


@pytest.fixture
def make_window(
    app: QApplication, qt_loop: qasync.QEventLoop, run, tmp_path: Path
) -> Iterator[Callable[..., MainWindow]]:
    """Builds windows on `tmp_path/data`; each is shown, and closed with the test. `engine=False` opens no engine.

    The sample document, which a first start reads in, is left out; tests/behaviour/ten_minutes.py has it.
    """
    windows: list[MainWindow] = []

    def make(
        *,
        engine: bool = True,
        palette: str = "light",
        zoom: int = 100,
        data_dir: Path | None = None,
        panel: str = "chat",
    ) -> MainWindow:
        window = create_window(app, data_dir or tmp_path / "data", forced_palette=palette, zoom=zoom, panel=panel)
        windows.append(window)
        window.state.set("sample_read", True)
        window.show()
        if engine:
            open_engine(window)
        return window

    yield make
    for window in windows:
        run(window.bridge.aclose())
        window.close_for_good()
        window.deleteLater()
    app.processEvents()


@pytest.fixture
def window(make_window: Callable[..., MainWindow], until) -> MainWindow:
    """A window whose engine is open."""
    made = make_window()
    until(lambda: made.bridge.engine is not None)
    return made
