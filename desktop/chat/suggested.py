"""Questions that we make from the documents, offered on the page of a new chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from desktop.chat.greeting import Greeting
from desktop.context import Context
from desktop.operations import chat as operations

if TYPE_CHECKING:
    from desktop.bridge import Job

# A folder that is read changes many documents; the questions are made when it is quiet.
_QUIET_MS = 300
# What is pointed at is not exchanged for something else; looked at again after so long.
_POINTED_MS = 400


class SuggestedQuestions(QObject):
    """Has the questions made while the greeting is in front; a question of the person comes first.

    Those that were made last stand there at the next start, until they are made anew. What was given up for a
    question is made when that is answered.
    """

    def __init__(self, context: Context, greeting: Greeting, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._greeting = context, greeting
        self._timer = QTimer(self, singleShot=True, interval=_QUIET_MS, timeout=self._make)
        self._job: Job | None = None
        self._is_owed = False
        self._waiting: list[str] = []
        self._showing = QTimer(self, singleShot=True, interval=_POINTED_MS, timeout=self._show)
        kept = context.state.get("suggested", [])
        if isinstance(kept, list) and kept:
            greeting.set_suggested([str(question) for question in kept])

    def make_soon(self) -> None:
        """Make them anew once nothing more changes."""
        self._timer.start()

    def stop(self) -> None:
        """What a question of the person needs comes before questions that we make."""
        if self._job is not None:
            self._is_owed = self._job.is_running
            self._job.cancel()
            self._job = None

    def make_owed(self) -> None:
        """The question for which they were given up is answered."""
        if self._is_owed:
            self.make_soon()

    def _make(self) -> None:
        self.stop()
        if (self._is_owed or not self._greeting.isHidden()) and self._context.bridge.engine is not None:
            self._job = operations.suggest_questions(self._context, self._on_made, owner=self)

    def _on_made(self, questions: list[str]) -> None:
        self._is_owed = False
        self._context.state.set("suggested", questions or None)
        self._waiting = questions
        self._show()

    def _show(self) -> None:
        if self._greeting.is_pointed_at():
            self._showing.start()
        else:
            self._greeting.set_suggested(self._waiting)
