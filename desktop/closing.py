"""What closing the window means: keep running in the tray, or quit. Asked once, remembered if wished.

Where there is no tray nothing speaks of one: "keep running" then means minimised. Quitting stops all work and
closes the engine within five seconds; a second Quit meanwhile does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QMessageBox

from desktop.main_window import MainWindow
from desktop.tray import Tray

Choice = Literal["keep", "quit", ""]
STATE = "when_closed"


class Closing(QObject):
    """Decides about the close of a window.

    Signals:
        ended: the engine is closed; the program may end.

    Args:
        ask: shows the question, gives the choice ("" for none) and whether to remember it; replaced in tests.
    """

    ended = Signal()

    def __init__(
        self, window: MainWindow, tray: Tray, ask: Callable[[MainWindow, bool], tuple[Choice, bool]] | None = None
    ) -> None:
        super().__init__(window)
        self._window, self._tray = window, tray
        self._ask = ask or ask_person
        self._is_quitting = False
        window.close_asked.connect(self._on_close_asked)
        window.actions_["app.quit"].triggered.connect(self.quit)

    def quit(self) -> None:
        """Stop all work, close the engine, end."""
        if self._is_quitting:
            return
        self._is_quitting = True
        self._window.keep_place()
        self._window.hide()
        self._tray.hide()
        self._window.bridge.spawn_last(self._end())

    async def _end(self) -> None:
        await self._window.bridge.aclose()
        self._window.state.set("running", None)
        self._window.close_for_good()
        self.ended.emit()

    def _on_close_asked(self) -> None:
        choice: Choice = self._window.state.get(STATE, "")
        if choice not in ("keep", "quit"):
            choice, remember = self._ask(self._window, self._tray.is_available())
            if remember and choice:
                self._window.state.set(STATE, choice)
        if choice == "quit":
            self.quit()
        elif choice == "keep" and self._tray.is_available():
            self._tray.show()
            self._window.hide()
        elif choice == "keep":
            self._window.showMinimized()


def ask_person(window: MainWindow, has_tray: bool) -> tuple[Choice, bool]:
    """The question of the first close."""
    box = QMessageBox(window)
    box.setWindowTitle("Scrubjay")
    if has_tray:
        box.setText(box.tr("Keep Scrubjay running in the tray?"))
    else:
        box.setText(box.tr("Keep Scrubjay running, minimised?"))
    box.setInformativeText(
        box.tr(
            "It answers at once when you come back and uses no processor time; models are released after 10 minutes."
        )
    )
    keep = box.addButton(box.tr("Keep running"), QMessageBox.ButtonRole.AcceptRole)
    leave = box.addButton(box.tr("Quit"), QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    remember = QCheckBox(box.tr("Remember my choice"), box)
    box.setCheckBox(remember)
    box.setDefaultButton(keep)
    box.setEscapeButton(cancel)
    box.exec()
    chosen: dict[object, Choice] = {keep: "keep", leave: "quit"}
    return chosen.get(box.clickedButton(), ""), remember.isChecked()
