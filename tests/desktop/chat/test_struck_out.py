"""A model that ends its worker three times: the answer's place offers less, and a click takes it and asks again."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton

from desktop.chat.cards import ErrorCard
from desktop.chat.panel import ChatPanel
from desktop.chat.turn import STRUCK_OUT
from desktop.main_window import MainWindow
from desktop.operations.models import load_model
from engine.errors import ModelStruckOutError
from engine.llm.strikes import STRIKES
from engine.processes.worker import Worker
from tests.bench.tiny_gguf import TINY, write_gguf

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends workers by a signal")


def die(_config: dict[str, Any]) -> None:
    """A role that ends its worker while it is made."""
    os.abort()


def _buttons(panel: ChatPanel) -> dict[str, QPushButton]:
    view = panel.turns.view_of(panel.conversation.turns[-1])
    cards = view.findChildren(ErrorCard) if view is not None else []
    return {button.text(): button for card in cards if not card.isHidden() for button in card.findChildren(QPushButton)}


def test_three_crashes_offer_less_context_and_a_click_answers_with_it(
    window: MainWindow, panel: ChatPanel, run, until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ModelStruckOutError.kind == STRUCK_OUT
    engine = window.bridge.engine
    owl = write_gguf(tmp_path / "owl.gguf", TINY, plain=True, general__name="Owl")
    run(engine.models.use(owl))
    pool = engine._service.pool
    for _ in range(STRIKES - 1):
        pool.strikes.note(str(owl))
    with monkeypatch.context() as broken:
        broken.setattr("engine.llm.local.Worker", partial(Worker, factory=f"{__name__}:die"))
        panel.ask("Who sings at night?")
        until(lambda: not panel.conversation.is_answering)
    turn = panel.conversation.turns[-1]
    assert turn.state == "failed"
    assert "Owl ended 3 times" in turn.error
    until(lambda: len(_buttons(panel)) == 1)
    ((label, button),) = _buttons(panel).items()
    assert label.endswith("tokens of context")
    assert button.toolTip()
    button.click()
    until(lambda: panel.conversation.is_answering and pool.backends[str(owl)].is_loaded)
    assert pool.backends[str(owl)].info.n_ctx == 2048
    panel.conversation.stop()
    until(lambda: not panel.conversation.is_answering)
    assert "less context" in window.actions_["edit.undo"].text()


def test_a_model_that_crashes_while_it_loads_offers_less_at_the_foot(
    window: MainWindow, run, until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owl = write_gguf(tmp_path / "owl.gguf", TINY, plain=True, general__name="Owl")
    pool = window.bridge.engine._service.pool
    for _ in range(STRIKES - 1):
        pool.strikes.note(str(owl))
    with monkeypatch.context() as broken:
        broken.setattr("engine.llm.local.Worker", partial(Worker, factory=f"{__name__}:die"))
        load_model(window.context, str(owl), "Owl")
        until(lambda: "Owl ended 3 times" in window.foot.sentence)
    window.foot._button.click()
    until(lambda: str(owl) in pool.backends and pool.backends[str(owl)].is_loaded)
    assert pool.backends[str(owl)].info.n_ctx == 2048
