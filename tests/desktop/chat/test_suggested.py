"""Questions that we make give way to those of the person; a kept question says that it is asked again."""

from __future__ import annotations

import asyncio

import pytest

from desktop.chat.panel import ChatPanel
from desktop.main_window import MainWindow


def test_questions_of_ours_are_given_up_when_the_person_asks_and_made_once_for_many_changes(
    window: MainWindow, panel: ChatPanel, until, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    ended: list[str] = []

    async def never(**_: object) -> list[str]:
        begun.append("")
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("")
        return []

    engine = window.bridge.engine
    monkeypatch.setattr(engine.documents, "suggested_questions", never)
    panel.new_chat()
    until(lambda: begun)
    for number in range(5):
        window.bridge.changed.emit("document", str(number), "put")
    until(lambda: len(begun) == 2)
    assert len(ended) == 1
    panel.ask("What is 3 * 14?")
    until(lambda: len(ended) == 2)
    until(lambda: not panel.conversation.is_answering)
    # Given up for the question, they are made once it is answered.
    until(lambda: len(begun) == 3)
    panel.suggested.stop()
    until(lambda: len(ended) == 3)


def test_questions_that_were_made_stand_there_at_the_next_start_and_never_change_under_the_pointer(
    make_window, until, monkeypatch: pytest.MonkeyPatch, app
) -> None:
    window = make_window()
    until(lambda: window.bridge.engine is not None)
    made = [["Where did I read about cables?"]]

    async def give(**_: object) -> list[str]:
        return made[-1]

    monkeypatch.setattr(window.bridge.engine.documents, "suggested_questions", give)
    greeting = window.open_panel("chat").greeting
    window.bridge.changed.emit("document", "1", "put")
    until(lambda: [chip.text() for chip in greeting.chips] == made[0])
    made.append(["What is upssched?"])
    window.activateWindow()
    until(window.isActiveWindow)
    greeting.chips[0].setFocus()
    window.bridge.changed.emit("document", "2", "put")
    until(lambda: window.state.get("suggested") == made[1])
    assert [chip.text() for chip in greeting.chips] == made[0]
    window.open_panel("chat").composer.edit.setFocus()
    until(lambda: [chip.text() for chip in greeting.chips] == made[1])
    again = make_window(engine=False)
    assert [chip.text() for chip in again.open_panel("chat").greeting.chips] == made[1]


def test_what_was_remembered_is_not_offered_to_be_remembered_again(panel: ChatPanel, until, make_window) -> None:
    panel.greeting.chips[2].click()
    until(lambda: not panel.conversation.is_answering)
    panel.new_chat()
    assert panel.greeting.chips[2].text() == "When is my sister's birthday?"
    panel.greeting.chips[2].click()
    until(lambda: not panel.conversation.is_answering)
    assert "3 May" in panel.conversation.turns[-1].text
    panel.new_chat()
    assert make_window(engine=False).open_panel("chat").greeting.chips[2].text() == "When is my sister's birthday?"


def test_a_kept_question_that_is_asked_again_is_said_where_the_person_is(
    window: MainWindow, panel: ChatPanel, ask, script, until
) -> None:
    ask("Write me a poem about autumn")
    assert panel.conversation.turns[-1].reason == "handed_over"
    window.open_panel("models")
    script(["Answer: Leaves fall."])
    panel.conversation.ask_again(panel.conversation.turns[-1], handed_over=True)
    until(lambda: window.foot.isVisible() and "asked again" in window.foot.sentence)
    assert "Write me a poem about autumn" in window.foot.sentence
    assert window.panel == "models"
    until(lambda: not panel.conversation.is_answering)
    window.foot._button.click()
    assert window.panel == "chat"
    assert panel.conversation.turns[-1].text == "Leaves fall."
