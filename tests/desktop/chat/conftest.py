"""A chat panel in a real window, and a model that says what the test wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from desktop.chat.panel import ChatPanel
from desktop.main_window import MainWindow
from engine.llm.scripted import ScriptedBackend


@pytest.fixture
def panel(window: MainWindow) -> ChatPanel:
    """The chat panel of a window whose engine is open."""
    found = window.open_panel("chat")
    assert isinstance(found, ChatPanel)
    return found


@pytest.fixture
def script(window: MainWindow) -> Callable[..., ScriptedBackend]:
    """Answers of the chosen model from now on."""

    def give(replies: Sequence[str], **options: object) -> ScriptedBackend:
        backend = ScriptedBackend(replies, **options)

        async def chosen(*_: object) -> tuple[ScriptedBackend, str]:
            return backend, ""

        window.bridge.engine._service.models.backend = chosen
        return backend

    return give


@pytest.fixture
def ask(panel: ChatPanel, until) -> Callable[[str], None]:
    """Ask in the panel and wait for the end, and for what the store knows of it."""

    def go(question: str) -> None:
        panel.ask(question)
        until(lambda: not panel.conversation.is_answering)
        until(lambda: all(turn.id for turn in panel.conversation.turns))

    return go
