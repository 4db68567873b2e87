"""Another folder for the data, where the one that was meant cannot be used: the window starts anew with it.

Where it was the usual folder that could not be used, the new one is kept for the next start, by the new window and
only once it has opened there: a folder that cannot be used either is not worth keeping.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QProcess, Qt
from PySide6.QtWidgets import QFileDialog

from desktop.__main__ import KEEP_FOLDER
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
    elif start_elsewhere(Path(folder), keep=_is_usual(window.context.data_dir)):
        window.actions_["app.quit"].trigger()


def _is_usual(folder: Path) -> bool:
    """Whether nobody named this folder for this start."""
    from engine.data_place import default_data_dir

    return not os.environ.get("SCRUBJAY_DATA_DIR") and os.path.realpath(folder) == os.path.realpath(default_data_dir())


def keep_folder(window: MainWindow) -> None:
    """Have the next start use the folder of this window; where that cannot be written down it is said."""
    from engine.data_place import keep_data_dir, kept_in
    from engine.errors import UsageError

    try:
        keep_data_dir(window.context.data_dir)
    except OSError as exc:
        sentence = QCoreApplication.translate(
            "Start", "The next start will ask for the folder again: {file} cannot be written ({reason})."
        )
        window.show_error(UsageError(sentence.format(file=kept_in(), reason=exc.strerror or exc)))


def start_elsewhere(folder: Path, *, keep: bool = False) -> bool:
    """Start the program with its data in this folder; whether it could be started.

    Args:
        keep: the next start is to use it too.
    """
    program, *arguments = [word for word in start_command(folder) if word != IN_TRAY]
    arguments += [KEEP_FOLDER] if keep else []
    started = QProcess.startDetached(program, arguments)
    return bool(started[0] if isinstance(started, tuple) else started)
