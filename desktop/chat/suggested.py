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


class SuggestedQuestions(QObject):
    """Has the questions made while the greeting is in front; a question of the person comes first."""

    def __init__(self, context: Context, greeting: Greeting, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._greeting = context, greeting
        self._timer = QTimer(self, singleShot=True, interval=_QUIET_MS, timeout=self._make)
        self._job: Job | None = None

    def make_soon(self) -> None:
        """Make them anew once nothing more changes."""
        self._timer.start()

    def stop(self) -> None:
        """What a question of the person needs comes before questions that we make."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _make(self) -> None:
        self.stop()
        if not self._greeting.isHidden() and self._context.bridge.engine is not None:
            self._job = operations.suggest_questions(self._context, self._greeting.set_suggested, owner=self)
