"""What closing the window means: keep running in the tray, or quit. Asked once, remembered if wished.

Where there is no tray nothing speaks of one: "keep running" then means minimised. Quitting stops all work and
closes the engine within five seconds; a second Quit meanwhile does nothing.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QMessageBox
from shiboken6 import isValid

from desktop.main_window import MainWindow
from desktop.tray import Tray

Choice = Literal["keep", "quit", ""]
STATE = "when_closed"


class Closing(QObject):
    """Decides about the close of a window.

    Signals:
        began: the program is about to end; a later start opens a window of its own when it has.
        ended: the engine is closed; the program may end.

    Args:
        tray: says whether there is a tray to keep running in.
    """

    began = Signal()
    ended = Signal()

    def __init__(self, window: MainWindow, tray: Tray) -> None:
        super().__init__(window)
        self._window, self._tray = window, tray
        self._question: CloseQuestion | None = None
        self._is_quitting = False
        window.close_asked.connect(self._on_close_asked)
        window.actions_["app.quit"].triggered.connect(self.quit)

    def quit(self) -> None:
        """Stop all work, close the engine, end."""
        if self._is_quitting:
            return
        self._is_quitting = True
        self.began.emit()
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
        if choice in ("keep", "quit"):
            self._carry_out(choice)
        elif self._question is None or not isValid(self._question):
            self._question = CloseQuestion(self._window, self._tray.is_available())
            self._question.answered.connect(self._on_answered)
            # Not exec(): a loop within the loop would hold back the work that runs.
            self._question.open()

    def _on_answered(self, choice: Choice, remember: bool) -> None:
        self._question = None
        if remember and choice:
            self._window.state.set(STATE, choice)
        self._carry_out(choice)

    def _carry_out(self, choice: Choice) -> None:
        if choice == "quit":
            self.quit()
        elif choice == "keep" and self._tray.is_available():
            self._tray.show()
            self._window.hide()
        elif choice == "keep":
            self._window.showMinimized()


class CloseQuestion(QMessageBox):
    """The question of the first close.

    Signals:
        answered(choice, remember): "keep", "quit", or "" where the person changed their mind.
    """

    answered = Signal(str, bool)

    def __init__(self, window: MainWindow, has_tray: bool) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Scrubjay")
        self.setText(
            self.tr("Keep Scrubjay running in the tray?") if has_tray else self.tr("Keep Scrubjay running, minimised?")
        )
        self.setInformativeText(
            self.tr(
                "It answers at once when you come back and uses no processor time; models are released after "
                "10 minutes."
            )
        )
        self.keep = self.addButton(self.tr("Keep running"), QMessageBox.ButtonRole.AcceptRole)
        self.leave = self.addButton(self.tr("Quit"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = self.addButton(QMessageBox.StandardButton.Cancel)
        self.remember = QCheckBox(self.tr("Remember my choice"), self)
        self.setCheckBox(self.remember)
        self.setDefaultButton(self.keep)
        self.setEscapeButton(cancel)
        self.finished.connect(self._on_finished)

    def _on_finished(self) -> None:
        chosen: dict[object, Choice] = {self.keep: "keep", self.leave: "quit"}
        self.answered.emit(chosen.get(self.clickedButton(), ""), self.remember.isChecked())
