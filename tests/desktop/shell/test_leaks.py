"""Nothing of a window is left when it is gone: no task, no thread, no timer, no widget."""

from __future__ import annotations

import asyncio
import gc
import threading
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication, QMenu

from desktop.app import create_window, open_engine
from desktop.panels import PANELS

DESKTOP = Path(__file__).parents[3] / "desktop"
KEYS = [spec.key for spec in PANELS if (DESKTOP / spec.key / "panel.py").exists()]


def left(app: QApplication) -> tuple[int, int, int]:
    """Threads that are ours to end, windows, timers that run."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    # Widgets without a parent that hold each other go with Python's next collection.
    gc.collect()
    app.processEvents()
    timers = [timer for timer in app.findChildren(QTimer) if timer.isActive()]
    threads = [t for t in threading.enumerate() if not t.daemon and "asyncio" not in t.name and "Qt" not in t.name]
    # pyqtgraph gives every plot menus without a parent.
    widgets = [widget for widget in app.topLevelWidgets() if not isinstance(widget, QMenu)]
    return len(threads), len(widgets), len(timers)


def test_a_window_with_all_its_panels_leaves_nothing_behind(app, qt_loop, run, until, tmp_path: Path) -> None:
    asyncio.set_event_loop(qt_loop)

    def live(number: int) -> None:
        window = create_window(app, tmp_path / f"data{number}", forced_palette="light")
        window.show()
        open_engine(window)
        until(lambda: window.bridge.engine is not None)
        for key in KEYS:
            window.open_panel(key)
        for id in ("edit.find_everywhere", "app.settings", "help.shortcuts"):
            window.actions_[id].trigger()
        run(window.bridge.aclose())
        assert [task for task in window.bridge._tasks if not task.done()] == []
        window.close_for_good()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    live(0)
    before = left(app)
    live(1)
    live(2)
    assert left(app) == before
    assert [task for task in asyncio.all_tasks(qt_loop) if not task.done()] == []


def test_a_hidden_window_has_no_timer_that_runs(window, until, app) -> None:
    """Idle in the tray costs nothing."""
    for key in KEYS:
        window.open_panel(key)
    window.open_panel("chat")
    window.hide()
    until(lambda: not window.bridge.jobs)

    def running() -> list[str]:
        timers = [t for t in window.findChildren(QTimer) if t.isActive() and not t.isSingleShot()]
        return [f"{type(t.parent()).__name__} every {t.interval()} ms" for t in timers]

    assert running() == []
