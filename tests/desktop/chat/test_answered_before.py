"""An answer that was given before is marked, and asked again with one click."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from desktop.chat.view_answer import AnswerTurn

WORDS = "Answered before · ask again"


def _button(panel) -> QPushButton | None:
    view = panel.turns.view_of(panel.conversation.turns[-1])
    assert isinstance(view, AnswerTurn)
    return next((b for b in view.findChildren(QPushButton) if b.text() == WORDS and not b.isHidden()), None)


def test_a_repeated_answer_says_so_and_is_generated_anew_on_a_click(panel, ask, script, until, window):
    service = window.bridge.engine._service
    service.settings = service.settings.model_copy(update={"temperature": 0.0, "memory": False})
    backend = script(lambda _messages: "Answer: The jay.")
    ask("Name a bird that is blue.")
    assert _button(panel) is None
    panel.new_chat()
    ask("Name a bird that is blue.")
    assert panel.conversation.turns[-1].text == "The jay."
    until(lambda: _button(panel) is not None)
    # It is known of the stored turn too.
    chat = panel.conversation.chat
    panel.new_chat()
    panel.open_chat(chat)
    until(lambda: len(panel.conversation.turns) == 2 and _button(panel) is not None)
    _button(panel).click()
    until(lambda: not panel.conversation.is_answering and _button(panel) is None)
    assert panel.conversation.turns[-1].text == "The jay."
    assert service.answers.n_hits == 1
    assert backend is not None
