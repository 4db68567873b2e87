"""Another folder for the data, where the one that was meant cannot be used: the window starts anew with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QProcess, Qt
from PySide6.QtWidgets import QFileDialog

from desktop.platform.autostart import IN_TRAY, start_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.main_window import MainWindow


def choose_folder(window: MainWindow, retry: Callable[[], None]) -> QFileDialog:
    """Ask for a folder; the same one is tried again, another one gets a window of its own and this one ends."""
    title = QCoreApplication.translate("Start", "Choose an empty folder, or one that Scrubjay has used")
    dialog = QFileDialog(window, title, str(Path.home()))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda folder: _take(window, folder, retry))
    # Without a folder nothing works: the sentence comes again.
    dialog.rejected.connect(retry)
    dialog.open()
    return dialog


def _take(window: MainWindow, folder: str, retry: Callable[[], None]) -> None:
    if os.path.realpath(folder) == os.path.realpath(window.context.data_dir):
        retry()
    elif start_elsewhere(Path(folder)):
        window.actions_["app.quit"].trigger()


def start_elsewhere(folder: Path) -> bool:
    """Start the program with its data in this folder; whether it could be started."""
    program, *arguments = [word for word in start_command(folder) if word != IN_TRAY]
    started = QProcess.startDetached(program, arguments)
    return bool(started[0] if isinstance(started, tuple) else started)
