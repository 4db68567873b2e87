"""The one place that builds QApplication, loop, bridge and window.

Order: hand over to a window that is open already, else QApplication, look, window, first paint; only then asyncio
and what surrounds the window, then the engine is imported and opened. Until it is open the composer takes text and
what is asked waits in the bridge.

The time to the first paint is that of Python: modules, and classes as they are made. So what is imported until then
declares its values as named tuples, of which one is made in a quarter of the time of a frozen dataclass, and asks
nothing of Qt that brings a large class with all its names (`widget.style()`, `painter.device()`, QUrl, file dialogs).
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent, QIcon
from PySide6.QtWidgets import QApplication

from desktop.bridge import Bridge
from desktop.context import Context
from desktop.instance import claim_or_hand_over
from desktop.look.theme import Theme
from desktop.main_window import MainWindow
from desktop.state import WindowState
from resources import resource_path

if TYPE_CHECKING:
    import asyncio

    from desktop.tray import Tray
    from engine import Settings

NO_SCREEN = (
    'There is no screen here to open a window on. Use the command line, for example: scrubjay ask "What is in my '
    'documents?" (all commands: scrubjay --help)'
)
APP_ID = "io.github.scrubjay.Scrubjay"


def default_data_dir() -> Path:
    """The folder of `engine.settings`, without what that imports."""
    chosen = os.environ.get("SCRUBJAY_DATA_DIR")
    if chosen:
        return Path(chosen).expanduser()
    from engine.data_place import default_data_dir as found

    return found()


def has_screen() -> bool:
    """Whether Qt can open a window here; without one it would abort the process."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


class Application(QApplication):
    """The QApplication; macOS hands over files and the click on the Dock as events of its own.

    Signals:
        file_opened(paths): a file was dropped on the icon or opened with us.
    """

    file_opened = Signal(list)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            path = event.file()
            if path:
                self.file_opened.emit([path])
            return True
        return super().event(event)


def create_application(argv: Sequence[str] = ()) -> Application:
    """The QApplication with our names; one per process."""
    # The style as an argument: as a call it gives back an object whose classes cost a twentieth of the first paint.
    app = Application([sys.argv[0], "-style", "fusion", *argv])
    app.setApplicationName("Scrubjay")
    app.setDesktopFileName(APP_ID)
    app.setWindowIcon(QIcon(str(resource_path("icons", "app.svg"))))
    app.setQuitOnLastWindowClosed(False)
    return app


def create_window(
    app: QApplication,
    data_dir: Path,
    *,
    forced_palette: str = "",
    zoom: int | None = None,
    panel: str = "chat",
    rest_later: bool = False,
) -> MainWindow:
    """The window on its data directory, not shown, its engine not opened; it needs no loop yet.

    Args:
        forced_palette: a palette of the tokens by name, for tests and screenshots.
        zoom: per cent; as the person left it if None.
        panel: the one in front.
        rest_later: the caller completes it (`complete_window`) after the first paint.
    """
    state = WindowState(data_dir)
    theme = Theme(app, state.get("theme", "system"), zoom or state.get("zoom", 100), forced_palette, later=rest_later)
    window = MainWindow(Bridge(app), theme, state)
    window.set_context(Context(window.bridge, theme, window.actions_, state, window, data_dir))
    window.open_panel(panel)
    if rest_later:
        theme.put_sheet()
    else:
        complete_window(window)
    return window


def complete_window(window: MainWindow) -> None:
    """What the first picture does not show: our own style over Fusion, the words of the model chip, drops."""
    from desktop.frame.drop_overlay import DropTarget
    from desktop.models.chip import ModelChip
    from desktop.operations.documents import add

    window.theme.complete()
    window.complete()
    ModelChip(window.context, window.status_line)
    DropTarget(window.context, window)
    window.files_dropped.connect(lambda files: add(window.context, files))


def open_engine(window: MainWindow) -> None:
    """Import and open the engine; the window has been painted."""

    def settings() -> Settings:
        from engine import Settings

        return Settings(data_dir=window.context.data_dir)

    first: list[bool] = []
    window.bridge.opened.connect(lambda: _on_opened(window, first))
    window.bridge.open_failed.connect(lambda error: _on_open_failed(window, error, settings))
    window.bridge.open(settings)


def _on_open_failed(window: MainWindow, error: Exception, settings: Callable[[], Settings]) -> None:
    def retry() -> None:
        window.bridge.open(settings)

    def tell() -> None:
        if getattr(error, "is_elsewhere", False):
            from desktop.dialogs.elsewhere import choose_folder

            words = QCoreApplication.translate("Start", "Choose a folder…")
            window.show_error(error, lambda: choose_folder(window, retry), words)
        else:
            window.show_error(error, retry)

    # The line may be closed; this stays.
    window.status_line.set_problem(QCoreApplication.translate("Start", "Not open · see why"), tell)
    tell()


def _collect_garbage_again() -> None:
    """Look for garbage from now on, but never in what is there now: modules and the window live to the end.

    A full collection over all of it holds the loop for 30 ms and more; over what came later, for a few.
    """
    gc.freeze()
    gc.enable()


def _on_opened(window: MainWindow, first: list[bool]) -> None:
    from desktop.operations.start import after_first_opening, follow_changes

    window.state.allow_writing()
    follow_changes(window.context)
    _collect_garbage_again()
    if not first:
        first.append(True)
        after_first_opening(window.context)


def run_window(
    data_dir: Path | None = None, files: Sequence[str] = (), *, in_tray: bool = False, keep_folder: bool = False
) -> int:
    """Open the window and return the exit code when the program ends.

    Args:
        in_tray: start without a window (at login), where there is a tray.
        keep_folder: the next start is to use this folder too, if this one can.
    """
    folder = data_dir or default_data_dir()
    if not has_screen():
        print(NO_SCREEN, file=sys.stderr)  # noqa: T201 (there is no window to say it in)
        return 1
    claim = claim_or_hand_over(folder, files)
    if claim is None:
        return 0
    app = create_application()
    window = create_window(app, folder, rest_later=True)
    if keep_folder:
        window.bridge.opened.connect(lambda: _keep_folder(window))
    if not in_tray:
        window.show()
        app.processEvents()
    _run_painted(app, window, list(files), in_tray)
    claim.release()
    return 0


def _keep_folder(window: MainWindow) -> None:
    from desktop.dialogs.elsewhere import keep_folder

    keep_folder(window)


def _run_painted(app: Application, window: MainWindow, files: list[str], in_tray: bool) -> None:
    """The program from the first paint to its end."""
    # Here, because asyncio and what surrounds the window took a fifth of the time to the first paint.
    import asyncio

    import qasync

    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    end_generators_on(loop)
    _collect_garbage_again()
    ended = asyncio.Event()
    tray = _surround(app, window, ended)
    if in_tray and not tray.is_available():
        window.show()
    # Two turns of the loop: where the screen is another process, the first paints.
    QTimer.singleShot(0, lambda: QTimer.singleShot(0, lambda: _after_first_paint(window, files)))
    with loop:
        loop.run_until_complete(ended.wait())


def end_generators_on(loop: asyncio.AbstractEventLoop) -> None:
    """Let the loop close what iterates and is dropped, as asyncio's own loop does and qasync's does not.

    Without it a stopped answer of a server leaves the streams of the HTTP library to be ended where nothing can wait.
    """

    def end(generator: Any) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(loop.create_task, generator.aclose())

    sys.set_asyncgen_hooks(finalizer=end)


def _surround(app: Application, window: MainWindow, ended: asyncio.Event) -> Tray:
    """What lives beside the window: tray, later starts, files from the system, closing."""
    from desktop.closing import Closing
    from desktop.diagnosis import start_reporter
    from desktop.instance import InstanceServer
    from desktop.platform.signals import EndSignals
    from desktop.tray import Tray

    folder = window.context.data_dir
    tray = Tray(window.bridge, window.actions_["chat.new"], window.actions_["app.quit"], window)
    tray.opened.connect(window.bring_to_front)
    tray.notice_opened.connect(window.open_notice)
    window.noticed.connect(tray.notify)
    tray.show()
    server = InstanceServer(folder, window)
    server.asked.connect(window.take_start)
    app.file_opened.connect(window.take_start)
    if sys.platform == "darwin":
        # The Dock reopens a closed window.
        app.applicationStateChanged.connect(
            lambda state: window.show() if state == Qt.ApplicationState.ApplicationActive else None
        )
    closing = Closing(window, tray)
    closing.began.connect(server.close)
    closing.ended.connect(ended.set)
    EndSignals(closing.quit, window)
    app.commitDataRequest.connect(lambda _: window.keep_place())
    window.bridge.opened.connect(lambda: start_reporter(folder / "logs"))
    return tray


def _after_first_paint(window: MainWindow, files: list[str]) -> None:
    from desktop.platform.motion import wants_less_motion
    from desktop.preparing import watch_preparation

    complete_window(window)
    if files:
        window.take_start(files)
    open_engine(window)
    watch_preparation(window.context)
    window.theme.is_still = wants_less_motion()
