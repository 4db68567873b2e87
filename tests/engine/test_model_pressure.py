"""Models of noise under memory pressure: stepped down, released, up again; what stands in for what does not fit."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from engine import Engine, Settings
from engine.errors import ModelTooLargeError
from engine.events import NoteAdded, RunStarted
from engine.local import LocalService
from engine.model_pool import ModelPool
from engine.settings import save_settings
from engine.system.memory import SystemMemory
from tests.bench.shaped_gguf import Made, write_shaped
from tests.bench.tiny_gguf import Shape

MB, GB = 1 << 20, 1 << 30
# 16 kB of context a token: the context is most of what it takes.
OWL = Shape(512, 8, 8, 8, 1024, 512, 16384)
# What is said of the template and of the answer's length.
OTHER_NOTES = ("template", "longest length")
TALK, CODE = "How are you?", "Write a function that reverses a list"

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    settings = Settings(data_dir=tmp_path / "data", n_ctx=8192, max_tokens=4, embedder="none")
    async with Engine.open(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model in two versions, and one that was made for code."""
    folder = tmp_path_factory.mktemp("mine")
    small = Shape(256, 4, 4, 4, 512, 512, 4096)
    return {
        "precise": write_shaped(folder / "owl-q8_0.gguf", Made(OWL), general__name="Owl Q8_0"),
        "fast": write_shaped(folder / "owl-q4_0.gguf", Made(OWL, "q4_0"), general__name="Owl Q4_0"),
        "coder": write_shaped(folder / "wren-coder.gguf", Made(small, "q4_0"), general__name="Wren Coder"),
        "small": write_shaped(folder / "wren.gguf", Made(small), general__name="Wren"),
    }


def _pool(engine: Engine) -> ModelPool:
    assert isinstance(engine._service, LocalService)
    return engine._service.pool


class Computer:
    """Memory that falls by what loaded models were planned to take."""

    def __init__(self, pool: ModelPool, total: int, others: int) -> None:
        self._pool, self.total, self.others = pool, total, others
        pool._memory = self.read

    def read(self) -> SystemMemory:
        """What is available now."""
        taken = sum(b.plan.needed_bytes for b in self._pool.loaded if b.plan is not None)
        return SystemMemory(self.total, max(0, self.total - self.others - taken))


async def _asked(engine: Engine, question: str, chat: str | None = None) -> tuple[str, str, str]:
    """The model that answers, what is said about that, and the chat."""
    model, chat_id, notes = "", "", []
    async with aclosing(engine.ask(question, memory=False, chat=chat)) as events:
        async for event in events:
            if isinstance(event, RunStarted):
                model, chat_id = event.model, event.chat_id
            elif isinstance(event, NoteAdded) and not any(word in event.text for word in OTHER_NOTES):
                notes.append(event.text)
                # Stops the answer: what random weights say to it is not looked at.
                break
    return model, " ".join(notes), chat_id


async def test_under_pressure_the_model_in_use_is_loaded_with_less_and_comes_back_later(
    engine: Engine, models: dict[str, Path]
) -> None:
    pool = _pool(engine)
    computer = Computer(pool, 1000 * MB, 300 * MB)
    await engine.models.use(models["precise"])
    await engine.models.load()
    (owl,) = pool.loaded
    assert owl.plan is not None
    whole = owl.plan.needed_bytes
    computer.others = 820 * MB - whole
    now = time.monotonic()
    await pool.release_idle(now + 10)
    assert owl.info.n_ctx == 8192
    await pool.release_idle(now + 40)
    assert owl.is_loaded
    assert owl.info.n_ctx < 8192
    assert computer.read().used_share <= 0.75
    assert "because memory is short" in (await engine.models.states()).note
    # Free again, but a moment after the last change nothing moves; nor where it would soon be short again.
    computer.others = 100 * MB
    await pool.release_idle(now + 100)
    assert owl.info.n_ctx < 8192
    computer.others = 710 * MB - whole
    await pool.release_idle(now + 300)
    assert owl.info.n_ctx < 8192
    computer.others = 100 * MB
    await pool.release_idle(now + 300)
    assert owl.info.n_ctx == 8192
    assert (await engine.models.states()).note == ""
    assert [e["kind"] for e in pool.events] == ["loaded", "loaded", "stepped_down", "loaded", "stepped_up"]


async def test_where_no_smaller_plan_is_enough_the_model_is_released(engine: Engine, models: dict[str, Path]) -> None:
    pool = _pool(engine)
    computer = Computer(pool, 1000 * MB, 300 * MB)
    await engine.models.load(models["precise"])
    computer.others = 950 * MB
    await pool.release_idle(time.monotonic() + 40)
    assert pool.loaded == []


async def test_of_two_idle_models_the_one_that_was_used_last_stays(engine: Engine, models: dict[str, Path]) -> None:
    pool = _pool(engine)
    computer = Computer(pool, 1000 * MB, 100 * MB)
    await engine.models.load(models["precise"])
    await engine.models.load(models["small"])
    assert len(pool.loaded) == 2
    computer.others = 560 * MB
    await pool.release_idle(time.monotonic() + 40)
    assert [b.name for b in pool.loaded] == ["Wren"]


async def test_a_smaller_version_answers_for_a_model_that_does_not_fit_and_it_is_said(
    engine: Engine, models: dict[str, Path]
) -> None:
    pool = _pool(engine)
    await engine.models.add(models["precise"].parent)
    await engine.models.use(models["precise"])
    needed = [(await engine.models.plan(models[name], n_ctx=2048)).needed_bytes for name in ("precise", "fast")]
    # Room for the smaller version with its smallest plan, not for the larger one.
    fast = min(p.needed_bytes for p in _plans(pool, models["fast"]))
    precise = min(p.needed_bytes for p in _plans(pool, models["precise"]))
    assert fast < precise <= needed[0]
    pool._memory = lambda: SystemMemory(64 * GB, GB + (fast + precise) // 2)
    model, note, _ = await _asked(engine, TALK)
    assert model == "Owl Q4_0"
    assert note.startswith("Owl Q8_0 does not fit now (needs ")
    assert "so Owl Q4_0 answers" in note
    assert engine.models.chosen == str(models["precise"])


async def test_where_no_version_fits_the_content_decides_what_stands_in(
    engine: Engine, models: dict[str, Path]
) -> None:
    pool = _pool(engine)
    await engine.models.add(models["precise"].parent)
    await engine.models.use(models["precise"])
    small = max(p.needed_bytes for p in [*_plans(pool, models["coder"]), *_plans(pool, models["small"])])
    pool._memory = lambda: SystemMemory(64 * GB, GB + small + MB)
    assert (await _asked(engine, CODE))[0] == "Wren Coder"
    await engine.models.unload()
    model, note, _ = await _asked(engine, TALK)
    assert model in ("Wren", "Wren Coder")
    assert "does not fit now" in note


async def test_where_nothing_fits_the_refusal_has_the_sum_and_a_way(engine: Engine, models: dict[str, Path]) -> None:
    await engine.models.add(models["precise"].parent)
    await engine.models.use(models["precise"])
    _pool(engine)._memory = lambda: SystemMemory(64 * GB, GB + 20 * MB)
    with pytest.raises(
        ModelTooLargeError, match=r"needs .* are free .* No other model here fits either.* load it anyway"
    ):
        await _asked(engine, TALK)
    await engine.models.use(models["precise"], anyway=True)
    assert (await _asked(engine, TALK))[0] == "Owl Q8_0"


async def test_a_text_longer_than_the_context_is_answered_with_more_of_it(
    engine: Engine, models: dict[str, Path]
) -> None:
    await engine.models.use(models["precise"])
    await engine.models.load()
    (owl,) = _pool(engine).loaded
    assert owl.info.n_ctx == 8192
    _, note, _ = await _asked(engine, "Sum this up: " + "The boiler hums. " * 900)
    assert note == "Loaded with 16,384 tokens of context for this long text."
    assert owl.info.n_ctx == 16384


async def test_with_the_setting_the_content_picks_the_version_and_a_chat_keeps_it(
    engine: Engine, models: dict[str, Path], tmp_path: Path
) -> None:
    await engine.models.add(models["precise"].parent)
    await engine.models.use(models["fast"])
    save_settings(tmp_path / "data", {"model_by_content": True})
    pool = _pool(engine)
    model, note, chat = await _asked(engine, CODE)
    assert (model, note) == ("Owl Q8_0", "Owl Q8_0 answers, the version for code.")
    assert (await _asked(engine, TALK, chat))[:2] == ("Owl Q8_0", "")
    pool.speeds.note(str(models["fast"]), 90.0, None)
    pool.speeds.note(str(models["precise"]), 50.0, None)
    assert (await _asked(engine, TALK))[:2] == ("Owl Q4_0", "")


def _plans(pool: ModelPool, path: Path) -> list:
    from engine.llm.discovery import ModelFinder
    from engine.llm.fit import smaller_plans

    found = ModelFinder().describe(path)
    plan = pool.plan(found)
    assert plan is not None
    assert found.shape is not None
    return [plan, *smaller_plans(found.shape, plan, pool.room())]
