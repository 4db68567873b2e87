"""Chats that go on answering while another one is in front: marked in the list, told in the status line."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt

from desktop.bridge import Job
from desktop.chat.conversation import Conversation
from desktop.chat.model import ANSWERED, ANSWERING, ChatListModel
from desktop.context import Context
from desktop.operations.memory import short


class Background(QObject):
    """Keeps the conversations that answer behind the one in front."""

    def __init__(self, context: Context, model: ChatListModel, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._model = context, model
        self._jobs: dict[Conversation, Job] = {}

    @property
    def conversations(self) -> list[Conversation]:
        """Those that answer behind the one in front."""
        return list(self._jobs)

    def get(self, chat: str) -> Conversation | None:
        """The conversation of a chat, if it answers here."""
        return next((each for each in self._jobs if each.chat == chat), None)

    def keep(self, conversation: Conversation) -> None:
        """Another chat comes to the front; this one answers on."""
        question = conversation.last_question
        words = self.tr("Answering “{question}”").format(question=short(question.text if question else "", 32))
        self._jobs[conversation] = self._context.bridge.begin_job(words, conversation.stop)
        self._model.set_mark(conversation.chat, ANSWERING)
        # The chat of a first question has its id a little later.
        conversation.started.connect(partial(self._on_started, conversation))
        conversation.finished.connect(partial(self._on_finished, conversation), Qt.ConnectionType.SingleShotConnection)

    def give_back(self, conversation: Conversation) -> None:
        """It comes to the front, or always was there: no sign of it any more."""
        self._model.set_mark(conversation.chat, "")
        job = self._jobs.pop(conversation, None)
        if job is not None:
            self._context.bridge.end_job(job)

    def _on_started(self, conversation: Conversation) -> None:
        if conversation in self._jobs:
            self._model.set_mark(conversation.chat, ANSWERING)

    def _on_finished(self, conversation: Conversation, _: object) -> None:
        job = self._jobs.pop(conversation, None)
        if job is not None:
            self._context.bridge.end_job(job)
            self._model.set_mark(conversation.chat, ANSWERED)
            self._context.frame.announce(self.tr("An answer has come in another chat."))
            conversation.deleteLater()
