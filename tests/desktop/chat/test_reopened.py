"""A chat that is opened again tells of its answers what it told while they came."""

from __future__ import annotations

import asyncio

from PySide6.QtWidgets import QLabel

from desktop.chat.panel import ChatPanel


def reopen(panel: ChatPanel, until) -> None:
    """Leave the chat and open it again, as after a restart: nothing is known but what is stored."""
    chat = panel.conversation.chat
    panel.new_chat()
    panel.open_chat(chat)
    until(lambda: panel.conversation.loaded and len(panel.conversation.turns) == 2)


def test_the_reason_of_a_failed_answer_stands_there_again(panel: ChatPanel, script, ask, until) -> None:
    script([])
    ask("Anything")
    told = panel.conversation.turns[-1].error
    assert told
    reopen(panel, until)
    turn = panel.conversation.turns[-1]
    assert (turn.state, turn.error) == ("failed", told)
    view = panel.turns.view_of(turn)
    assert told in [label.text() for label in view.findChildren(QLabel) if label.isVisible()]
    assert "could not be answered" not in view._notes.text()


def test_what_was_thought_before_an_answer_was_stopped_stands_there_again(panel: ChatPanel, script, until) -> None:
    gate, said = asyncio.Event(), []

    async def pace() -> None:
        said.append(1)
        if len(said) > 20:
            await gate.wait()

    script(["Thought: " + "it is late and so on " * 20 + "\nAnswer: Yes."], pace=pace)
    panel.ask("Is it late?")
    until(lambda: len(said) > 20)
    panel.stop()
    until(lambda: not panel.conversation.is_answering and panel.conversation.turns[-1].id)
    assert "it is late" in panel.conversation.turns[-1].thought
    reopen(panel, until)
    turn = panel.conversation.turns[-1]
    assert turn.state == "cancelled"
    assert turn.thought.startswith("it is late and so on it is late")
    assert panel.turns.view_of(turn)._reasoning.isVisible()
