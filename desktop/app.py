"""The one place that builds QApplication, loop, bridge and window.

Order: QApplication, look, window, first paint; only then the engine is imported and opened. Until it is
open the composer takes text and what is asked waits in the bridge.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs
import qasync
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from desktop.bridge import Bridge
from desktop.context import Context
from desktop.look.theme import Theme
from desktop.main_window import MainWindow
from desktop.state import WindowState

APP_ID = "io.github.scrubjay.Scrubjay"


def create_application(argv: Sequence[str]) -> QApplication:
    """The QApplication with our names; one per process."""
    app = QApplication([sys.argv[0], *argv])
    app.setApplicationName("Scrubjay")
    app.setOrganizationName("")
    app.setDesktopFileName(APP_ID)
    app.setQuitOnLastWindowClosed(False)
    return app


def create_window(
    app: QApplication, data_dir: Path, *, forced_palette: str = "", zoom: int | None = None
) -> MainWindow:
    """The window on its data directory, not shown, its engine not opened; needs a running qasync loop's policy.

    Args:
        forced_palette: a palette of the tokens by name, for tests and screenshots.
        zoom: per cent; as the person left it if None.
    """
    state = WindowState(data_dir)
    theme = Theme(app, state.get("theme", "system"), zoom or state.get("zoom", 100), forced_palette)
    window = MainWindow(Bridge(app), theme, state)
    window.set_context(Context(window.bridge, theme, window.actions_, state, window, data_dir))
    window.open_panel("chat")
    return window


def open_engine(window: MainWindow) -> None:
    """Import and open the engine; the window has been painted."""

    def settings():  # type: ignore[no-untyped-def]
        from engine import Settings

        return Settings(data_dir=window.context.data_dir)

    window.bridge.opened.connect(window.state.allow_writing)
    window.bridge.open(settings)


def run_window(data_dir: Path | None = None, files: Sequence[str] = ()) -> int:
    """Open the window and return the exit code when the program ends."""
    app = create_application([])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    window = create_window(app, data_dir or Path(platformdirs.user_data_dir(APP_ID, appauthor=False)))
    ended = asyncio.Event()

    async def end() -> None:
        await window.bridge.aclose()
        window.close_for_good()
        ended.set()

    window.close_asked.connect(lambda: loop.create_task(end()))
    window.actions_["app.quit"].triggered.connect(lambda: loop.create_task(end()))
    window.show()
    QTimer.singleShot(0, lambda: open_engine(window))
    with loop:
        loop.run_until_complete(ended.wait())
    return 0
