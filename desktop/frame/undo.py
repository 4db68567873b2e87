"""What can be undone in this session: the steps of Edit → Undo, and the button of the bar that offers each."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from desktop.actions import Actions
from desktop.frame.editing import can_redo_focused, can_undo_focused, edit_focused, undo_focused

Undo = Callable[[], None]


@dataclass(eq=False)
class Step:
    """What was done, in a sentence; how it is undone, and how it is done once more if it can be.

    Attributes:
        about: ids of the change or the memory that it was; when one is forgotten for good, so is the step.
    """

    sentence: str
    undo: Undo
    redo: Undo | None = None
    about: Collection[str] = ()


class UndoSteps(QObject):
    """The steps, the last done first. Typing where the focus is goes before them.

    Neither undoing nor redoing is a step of its own: Undo goes further and further back.

    Signals:
        undone(sentence): a step is being undone; what it was called when it was done.
        redone(sentence, undo): a step is being done once more.
        dropped(sentence): a step cannot be undone any more, and nothing may say so either.
    """

    undone = Signal(str)
    redone = Signal(str, object)
    dropped = Signal(str)

    def __init__(self, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._undo, self._redo = actions["edit.undo"], actions["edit.redo"]
        # Who holds the keys down to take typing back does not take back more than that.
        self._undo.setAutoRepeat(False)
        self._steps: list[Step] = []
        self._taken: list[Step] = []
        self._undo.triggered.connect(self._on_undo)
        self._redo.triggered.connect(self._on_redo)
        self.show()

    def add(self, sentence: str, undo: Undo, redo: Undo | None = None, about: Collection[str] = ()) -> Undo:
        """Keep a step; calling what is returned undoes this very one, once. Nothing can be redone any more."""
        self._taken.clear()
        return self._keep(Step(sentence, undo, redo, about))

    def _keep(self, step: Step) -> Undo:
        self._steps.append(step)
        self.show()
        return lambda: self._take(step)

    def on_changed(self, kind: str, id: str, what: str) -> None:
        """Drop the steps about what was forgotten for good: their sentences have its words."""
        if (kind, what) not in (("change", "delete"), ("memory", "forgotten")):
            return
        gone = [step for step in (*self._steps, *self._taken) if id in step.about]
        self._steps = [step for step in self._steps if step not in gone]
        self._taken = [step for step in self._taken if step not in gone]
        for step in gone:
            self.dropped.emit(step.sentence)
        if gone:
            self.show()

    def show(self) -> None:
        """Say in the menu what would be undone now."""
        last = self._steps[-1].sentence if self._steps else ""
        if can_undo_focused():
            text = self.tr("&Undo typing")
        else:
            text = self.tr("&Undo: {what}").format(what=last.replace("&", "&&")) if last else self.tr("&Undo")
        self._undo.setText(text)
        self._undo.setEnabled(bool(last) or can_undo_focused())
        next_one = self._taken[-1].sentence if self._taken and not can_redo_focused() else ""
        text = self.tr("&Redo: {what}").format(what=next_one.replace("&", "&&")) if next_one else self.tr("&Redo")
        self._redo.setText(text)
        self._redo.setEnabled(bool(next_one) or can_redo_focused())

    def _on_undo(self) -> None:
        if not undo_focused() and self._steps:
            self._take(self._steps[-1])
        self.show()

    def _on_redo(self) -> None:
        if can_redo_focused():
            edit_focused("redo")
        elif self._taken:
            step = self._taken.pop()
            assert step.redo is not None
            self.redone.emit(step.sentence, self._keep(step))
            step.redo()
        self.show()

    def _take(self, step: Step) -> None:
        if step not in self._steps:
            return
        self._steps.remove(step)
        if step.redo is not None:
            self._taken.append(step)
        self.show()
        self.undone.emit(step.sentence)
        step.undo()
