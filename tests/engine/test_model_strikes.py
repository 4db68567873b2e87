"""A model that ends its worker three times: the person hears what else there is, and gets it."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine import Engine, Settings
from engine.errors import ModelStruckOutError
from engine.events import RunFailed, ThoughtStreamed, TokenGenerated
from engine.faces.cli.app import main
from engine.llm.strikes import STRIKES, WINDOW_S, Strikes
from engine.local import LocalService
from engine.processes.worker import Worker
from tests.bench.tiny_gguf import TINY, write_gguf

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends workers by signals")


@pytest.fixture(autouse=True)
def _nobody_elses_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("engine.processes.worker.BACK_OFF_S", (0.01,))
    for name in ("OLLAMA_MODELS", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model in a folder of the person, with a smaller one beside it."""
    folder = tmp_path / "mine"
    folder.mkdir()
    write_gguf(folder / "wren.gguf", TINY, general__name="Wren")
    owl = write_gguf(folder / "owl.gguf", TINY, plain=True, general__name="Owl")
    with (folder / "owl.gguf").open("ab") as file:
        file.write(bytes(1 << 16))
    return owl


@pytest.fixture
async def engine(tmp_path: Path, model: Path) -> AsyncIterator[Engine]:
    async with Engine.open(Settings(data_dir=tmp_path / "data", n_ctx=4096, max_tokens=400)) as opened:
        await opened.models.add(model.parent)
        await opened.models.use(model)
        yield opened


async def _crash(engine: Engine, model: Path) -> RunFailed:
    """Ask, and end the worker when the answer has begun."""
    assert isinstance(engine._service, LocalService)
    last = None
    async for event in engine.ask("Tell me a story", fresh=True):
        if isinstance(event, TokenGenerated | ThoughtStreamed):
            pid = engine._service.pool.backends[str(model)].pid
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
        last = event
    assert isinstance(last, RunFailed), last
    return last


async def test_the_third_crash_offers_less_context_and_a_smaller_model_and_each_is_one_call_away(
    engine: Engine, model: Path
) -> None:
    kinds = [(await _crash(engine, model)).kind for _ in range(STRIKES)]
    assert kinds == ["worker_crashed", "worker_crashed", ModelStruckOutError.kind]
    less, other = await engine.models.smaller()
    assert (less.source, less.n_ctx) == (str(model), 2048)
    assert less.sentence.startswith("Fits")
    assert (other.name, other.n_ctx) == ("Wren", 0)
    await engine.models.use(less.source, n_ctx=less.n_ctx)
    said = [item async for item in engine.models.try_prompt(model, "Tell me a story", max_tokens=4)]
    assert said[-1]["kind"] == "done"
    assert isinstance(engine._service, LocalService)
    assert engine._service.pool.backends[str(model)].info.n_ctx == 2048
    assert Settings(data_dir=engine.settings.data_dir).model_contexts == {str(model): 2048}
    # Chosen again without a context, it gets the one of the settings.
    await engine.models.use(model, n_ctx=0)
    assert (await engine.models.plan(model)).n_ctx == 4096
    assert Settings(data_dir=engine.settings.data_dir).model_contexts == {}


def test_strikes_are_counted_over_processes_and_forgotten_with_time(tmp_path: Path) -> None:
    now = 1000.0
    first, second = Strikes(tmp_path, lambda: now), Strikes(tmp_path, lambda: now)
    assert not first.note("owl")
    assert not second.note("owl")
    assert not first.note("jay")
    assert first.note("owl")
    assert second.is_out("owl")
    assert not second.is_out("jay")
    now += WINDOW_S + 1
    assert not first.is_out("owl")
    assert not first.note("owl")
    first.forget("owl")
    (tmp_path / "strikes.json").write_text("nonsense")
    assert not first.is_out("owl")


def die(_config: dict[str, Any]) -> None:
    """A role that ends its worker while it is made."""
    os.abort()


def test_the_command_line_names_the_commands_that_use_less(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Two of the three were in other processes; the third ends while it loads.
    told = Strikes(tmp_path / "data/cache")
    folder = ["--data-dir", str(tmp_path / "data")]
    assert main([*folder, "models", "use", str(model), "--context", "4096"]) == 0
    for _ in range(STRIKES - 1):
        told.note(str(model))
    monkeypatch.setattr("engine.llm.local.Worker", partial(Worker, factory=f"{__name__}:die"))
    assert main([*folder, "ask", "Tell me a story"]) == 1
    said = capsys.readouterr().err
    assert "Owl ended 3 times" in said
    assert 'scrubjay models use "Owl" --context 2048' in said
