"""What can be undone in this session: the steps of Edit → Undo, and the button of the bar that offers each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from desktop.actions import Actions
from desktop.frame.editing import can_redo_focused, can_undo_focused, edit_focused, undo_focused

Undo = Callable[[], None]


class UndoSteps(QObject):
    """The steps, the last done first. Typing where the focus is goes before them.

    Signals: undone(sentence): a step is being undone; what it was called when it was done.
    """

    undone = Signal(str)

    def __init__(self, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._undo, self._redo = actions["edit.undo"], actions["edit.redo"]
        # Who holds the keys down to take typing back does not take back more than that.
        self._undo.setAutoRepeat(False)
        self._steps: list[tuple[str, Undo]] = []
        self._undo.triggered.connect(self._on_undo)
        self._redo.triggered.connect(lambda: edit_focused("redo"))
        self.show()

    def add(self, sentence: str, undo: Undo) -> Undo:
        """Keep a step; calling what is returned undoes this very one, once."""
        step = (sentence, undo)
        self._steps.append(step)
        self.show()
        return lambda: self._take(step)

    def show(self) -> None:
        """Say in the menu what would be undone now."""
        last = self._steps[-1][0] if self._steps else ""
        if can_undo_focused():
            text = self.tr("&Undo typing")
        else:
            text = self.tr("&Undo: {what}").format(what=last.replace("&", "&&")) if last else self.tr("&Undo")
        self._undo.setText(text)
        self._undo.setEnabled(bool(last) or can_undo_focused())
        self._redo.setEnabled(can_redo_focused())

    def _on_undo(self) -> None:
        if not undo_focused() and self._steps:
            self._take(self._steps[-1])
        self.show()

    def _take(self, step: tuple[str, Undo]) -> None:
        if not _holds(self._steps, step):
            return
        self._steps = [each for each in self._steps if each is not step]
        self.show()
        sentence, undo = step
        self.undone.emit(sentence)
        undo()


def _holds(steps: Sequence[tuple[str, Undo]], step: tuple[str, Undo]) -> bool:
    return any(each is step for each in steps)
