"""What is written in the composer and not sent yet: a draft for each chat, or one's own message that is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from desktop.chat.turn import TurnData

if TYPE_CHECKING:
    from desktop.chat.panel import ChatPanel

# Drafts are written so long after the last key.
_DRAFT_MS = 400


class Writing(QObject):
    """Fills and empties the composer of the chat in front.

    Attributes:
        edited: id of the turn that is changed and replaced when it is sent; empty while a new message is written.
    """

    def __init__(self, panel: ChatPanel) -> None:
        super().__init__(panel)
        self._panel, self._state, self._composer = panel, panel.context.state, panel.composer
        self.edited = ""
        timer = QTimer(self, singleShot=True, interval=_DRAFT_MS, timeout=self.keep)
        self._composer.changed.connect(timer.start)
        self._composer.edit_asked.connect(self.edit_last)

    # Drafts

    def keep(self) -> None:
        """Remember what is written and not sent, for each chat."""
        chat = self._panel.conversation.chat
        drafts = dict(self._state.get("drafts", {}))
        text = "" if self.edited else self._composer.text
        drafts.pop(chat, None)
        if text.strip():
            drafts[chat] = text
        self._state.set("drafts", drafts)

    def restore(self) -> None:
        """Another chat is in front: its draft."""
        self._composer.clear()
        self._composer.set_text(self._state.get("drafts", {}).get(self._panel.conversation.chat, ""))

    # One's own message again

    def edit_last(self) -> None:
        """Put the last message back into the composer; sending it takes its answer back."""
        last = self._panel.conversation.last_question
        if last is not None:
            self.edit(last)

    def edit(self, turn: TurnData) -> None:
        """Edit one of the person's turns."""
        if not turn.id or self._panel.conversation.is_answering:
            return
        self.edited = turn.id
        self._composer.set_text(turn.text)
        self._composer.attach(list(turn.files))
        self._composer.set_hint(self.tr("Editing your message; sending it replaces what follows. Esc ends editing."))
        self._composer.edit.setFocus()

    def end_editing(self) -> None:
        """The composer is for a new message again."""
        if self.edited:
            self.edited = ""
            self._composer.set_hint("")
