"""What can be undone in this session: the steps of Edit → Undo, and the button of the bar that offers each."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from desktop.actions import Actions
from desktop.bridge import Job
from desktop.frame.editing import can_redo_focused, can_undo_focused, edit_focused, undo_focused

# What gives back the job that undoes tells how that ends: a step that failed is kept.
Undo = Callable[[], Job | None]


@dataclass(eq=False)
class Step:
    """What was done, in a sentence; how it is undone, and how it is done once more if it can be.

    Attributes:
        about: ids of the change or the memory that it was; the step goes when that was forgotten for good, or when the
            change was undone elsewhere.
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
        # What is being undone.
        self._going: list[Step] = []
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
        """Drop the steps about what was forgotten for good (their sentences have its words), or undone elsewhere."""
        if (kind, what) not in (("change", "delete"), ("change", "undone"), ("memory", "forgotten")):
            return
        lists = (self._steps, self._taken, self._going)
        gone = [step for steps in lists for step in steps if id in step.about]
        for steps in lists:
            steps[:] = [step for step in steps if step not in gone]
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
        place = self._steps.index(step)
        self._steps.remove(step)
        self._going.append(step)
        if step.redo is not None:
            self._taken.append(step)
        self.show()
        self.undone.emit(step.sentence)
        job = step.undo()
        if job is None or job.has_ended:
            self._going.remove(step)
        else:
            job.ended.connect(lambda: self._on_ended(step, place, job.failure))

    def _on_ended(self, step: Step, place: int, failure: str) -> None:
        if step not in self._going:
            return
        self._going.remove(step)
        # What is not there any more will not be the next time either.
        if failure not in ("", "unknown_name"):
            self._steps.insert(place, step)
            self._taken = [taken for taken in self._taken if taken is not step]
            self.show()
