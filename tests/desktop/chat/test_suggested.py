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
    assert len(begun) == 2


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
