"""Models through the engine: found, planned, chosen, loaded, released, announced; and the figures of it all."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from engine import Engine, Settings
from engine.errors import ModelBrokenError, ModelNotFoundError, ModelTooLargeError, ServerError, UnknownNameError
from engine.events import RunFailed, RunFinished
from engine.faces.cli.app import main
from engine.local import LocalService
from engine.system.memory import SystemMemory
from tests.bench.tiny_gguf import TINY, write_gguf
from tests.model_server import WRONG_KEY, model_server

GB = 1 << 30


pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with Engine.open(Settings(data_dir=tmp_path / "data", n_ctx=4096, max_tokens=64)) as opened:
        yield opened


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small model in a folder of the person."""
    (tmp_path / "mine").mkdir()
    return write_gguf(tmp_path / "mine/owl.gguf", TINY, plain=True, general__name="Owl")


def _service(engine: Engine) -> LocalService:
    assert isinstance(engine._service, LocalService)
    return engine._service


async def test_the_guide_is_there_and_answers_until_another_is_chosen(engine: Engine, model: Path) -> None:
    (guide,) = await engine.models.list()
    assert (guide.source, guide.place, guide.kind, guide.chosen) == ("guide", "guide", "guide", True)
    assert await engine.models.add(model.parent) == ["Owl"]
    assert await engine.models.use("owl") == "Owl"
    entries = {entry.name: entry for entry in await engine.models.list()}
    owl = entries["Owl"]
    assert (owl.chosen, entries["Guide"].chosen, owl.place, owl.state) == (True, False, "folder", "asleep")
    assert owl.plan is not None
    assert owl.plan.sentence.startswith("Fits: needs ")
    assert owl.plan.tokens_per_s > 0
    assert await engine.models.use("guide") == "Guide"
    assert engine.models.chosen == "guide"


async def test_the_choice_is_kept_for_every_process_and_the_next_start(tmp_path: Path, model: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    async with Engine.open(settings) as first, Engine.open(settings) as second:
        assert await second.models.use(model) == "Owl"
        assert first.models.chosen == str(model)
        assert (await first.models.states()).name == "Owl"
    assert Settings(data_dir=tmp_path / "data").model == str(model)
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as third:
        assert [e.name for e in await third.models.list() if e.chosen] == ["Owl"]


async def test_what_was_told_with_the_command_comes_before_what_is_kept(tmp_path: Path, model: Path) -> None:
    async with Engine.open(Settings(data_dir=tmp_path / "data", model=str(model))) as engine:
        assert engine.models.chosen == str(model)
        assert (await engine.models.states()).name == "Owl"
        await engine.models.use("guide")
        assert engine.models.chosen == "guide"


async def test_loading_answering_and_releasing_are_announced(engine: Engine, model: Path) -> None:
    seen: list[tuple[str, str]] = []
    listening = asyncio.Event()

    async def listen() -> None:
        async with aclosing(engine.changes()) as changes:
            listening.set()
            async for change in changes:
                if change.kind == "model":
                    seen.append((change.id, change.what))

    listener = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(50):
            await listening.wait()
            await engine.memory.add("something, so that the stream has begun")
            await engine.models.use(model)
            events = [event async for event in engine.ask("hello")]
            assert isinstance(events[-1], RunFinished), events[-1]
            assert (await engine.models.states()).state == "ready"
            assert await engine.models.unload() == ["Owl"]
            events = [(e["kind"], e["name"]) for e in (await engine.monitor.figures())["events"]]
            assert events == [("loaded", "Owl"), ("released", "Owl")]
            while (str(model), "asleep") not in seen:
                await asyncio.sleep(0.01)
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
    whats = [what for id, what in seen if id == str(model)]
    assert whats[0] == "chosen"
    for what in ("loading", "ready", "thinking", "asleep"):
        assert what in whats


async def test_a_model_that_does_not_fit_is_refused_with_the_sum_and_may_be_tried_anyway(
    engine: Engine, model: Path
) -> None:
    pool = _service(engine).pool
    pool._memory = lambda: SystemMemory(4 * GB, 850 << 20)
    with pytest.raises(ModelTooLargeError, match=r"needs .* are free"):
        await engine.models.use(model)
    assert engine.models.chosen == "guide"
    with pytest.raises(ModelTooLargeError, match="was not loaded"):
        await engine.models.load(model)
    await engine.models.use(model, anyway=True)
    await engine.models.load()
    assert (await engine.models.states()).state == "ready"


async def test_an_idle_model_goes_first_where_its_room_is_needed(engine: Engine, model: Path, tmp_path: Path) -> None:
    other = write_gguf(tmp_path / "other.gguf", TINY, seed=1, general__name="Other")
    await engine.models.load(model)
    pool = _service(engine).pool
    needed = (await engine.models.plan(other)).needed_bytes
    pool._memory = lambda: SystemMemory(16 * GB, GB + needed - 1)
    await engine.models.load(other)
    assert [backend.name for backend in pool.loaded] == ["Other"]


async def test_models_and_the_embedder_are_released_when_nobody_uses_them(engine: Engine, model: Path) -> None:
    await engine.models.load(model)
    await engine.search("anything")
    service = _service(engine)
    await service.pool.release_idle(time.monotonic() + 500)
    assert len(service.pool.loaded) == 1
    assert getattr(service.search.embedder, "pid", None)
    await service.pool.release_idle(time.monotonic() + 601)
    assert service.pool.loaded == []
    assert getattr(service.search.embedder, "pid", None) is None


async def test_under_memory_pressure_idle_models_go_at_once(engine: Engine, model: Path) -> None:
    await engine.models.load(model)
    pool = _service(engine).pool
    pool._memory = lambda: SystemMemory(100, 25)
    await pool.release_idle(time.monotonic() + 60)
    assert len(pool.loaded) == 1
    pool._memory = lambda: SystemMemory(100, 15)
    await pool.release_idle(time.monotonic() + 60)
    assert pool.loaded == []


async def test_what_is_no_model_is_refused_with_a_sentence(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "half.gguf").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelBrokenError, match=r"half\.gguf"):
        await engine.models.use(tmp_path / "half.gguf")
    with pytest.raises(ModelBrokenError):
        await engine.models.add(tmp_path / "half.gguf")
    with pytest.raises(ModelNotFoundError):
        await engine.models.use("/nowhere/model.gguf")
    (tmp_path / "bare").mkdir()
    with pytest.raises(ModelNotFoundError, match=r"\.gguf"):
        await engine.models.add(tmp_path / "bare")
    with pytest.raises(UnknownNameError, match="guide"):
        await engine.models.use("guid")


async def test_a_model_that_was_deleted_says_so_and_the_list_stays(engine: Engine, model: Path) -> None:
    await engine.models.add(model)
    await engine.models.use(model)
    model.unlink()
    guide, gone = await engine.models.list()
    assert (guide.chosen, gone.chosen, gone.source, gone.state) == (False, True, str(model), "problem")
    assert "not there any more" in gone.problem
    assert (await engine.models.states()).problem == gone.problem
    with pytest.raises(ModelNotFoundError, match=r"owl\.gguf"):
        [event async for event in engine.ask("hello")]


async def test_doctor_names_a_chosen_model_that_cannot_answer(engine: Engine, model: Path) -> None:
    def of_models(report: dict[str, Any]) -> list[str]:
        return [p["sentence"] for p in report["problems"] if p["kind"] == "model_broken"]

    await engine.models.use(model)
    report = await engine.doctor()
    assert (of_models(report), report["models"]) == ([], {"chosen": str(model)})
    whole = model.read_bytes()
    model.write_bytes(whole[:1000])
    assert "owl.gguf" in of_models(await engine.doctor())[0]
    model.unlink()
    assert "Gone: its file is not there any more" in of_models(await engine.doctor())[0]
    await engine.models.use("guide")
    assert of_models(await engine.doctor()) == []


async def test_the_chosen_model_is_listed_as_gone_until_its_file_is_back_or_another_is_chosen(
    engine: Engine, model: Path
) -> None:
    await engine.models.use(model)
    content = model.read_bytes()
    model.unlink()
    for asked in (model, "owl", "owl.gguf"):
        entry, _ = await engine.models.facts(asked)
        assert (entry.chosen, entry.problem.startswith("Gone")) == (True, True)
    assert "| verdict | Gone: its file is not there any more." in await engine.models.show("owl")
    guide, _ = await engine.models.facts("guide")
    assert (guide.chosen, guide.problem) == (False, "")
    with pytest.raises(UnknownNameError):
        await engine.models.show("eagle")
    model.write_bytes(content)
    assert [(e.name, e.chosen, e.problem) for e in await engine.models.list()][1:] == [("Owl", True, "")]
    assert (await engine.models.states()).problem == ""
    await engine.models.use("guide")
    await engine.models.remove(str(model))
    model.unlink()
    assert [(e.name, e.chosen) for e in await engine.models.list()] == [("Guide", True)]


async def test_a_choice_that_means_nothing_here_is_listed_with_the_reason(tmp_path: Path) -> None:
    for told, reason in (("eagle", "eagle"), ("http://a:b:c/v1", "address")):
        async with Engine.open(Settings(data_dir=tmp_path / "data", model=told)) as engine:
            chosen = [e for e in await engine.models.list() if e.chosen]
            assert [(e.source, reason in e.problem) for e in chosen] == [(told, True)]


async def test_an_added_folder_can_be_taken_out_again(engine: Engine, model: Path) -> None:
    await engine.models.add(model.parent)
    assert len(await engine.models.list()) == 2
    assert await engine.models.remove(str(model.parent))
    assert not await engine.models.remove(str(model.parent))
    assert [e.name for e in await engine.models.list()] == ["Guide"]


@pytest.fixture
def server() -> Iterator[str]:
    with model_server("qwen3:4b", "gemma3:1b") as address:
        yield address


async def test_a_server_is_asked_for_its_models_and_one_of_them_chosen(engine: Engine, server: str) -> None:
    assert await engine.models.ask_server(server) == ["qwen3:4b", "gemma3:1b"]
    with pytest.raises(ServerError, match="refuses the key"):
        await engine.models.ask_server(server, key=WRONG_KEY)
    assert await engine.models.use(f"{server}/v1#gemma3:1b") == "gemma3:1b"
    states = await engine.models.states()
    assert (states.name, states.server) == ("gemma3:1b", server.removeprefix("http://"))
    await engine.models.use("guide")
    (entry,) = [e for e in await engine.models.list() if e.place == "server"]
    assert (entry.name, entry.chosen, entry.plan) == ("gemma3:1b", False, None)


async def test_nobody_at_the_address_is_a_sentence(engine: Engine) -> None:
    with pytest.raises(ServerError, match="No model server answers"):
        await engine.models.ask_server("http://127.0.0.1:9")


async def test_the_figures_name_our_processes_and_count_tokens(engine: Engine) -> None:
    events = [event async for event in engine.ask("What is 12 * 12?")]
    assert not isinstance(events[-1], RunFailed)
    figures = await engine.monitor.figures()
    kinds = {row["kind"]: row for row in figures["processes"]}
    assert {"window", "model", "store"} <= set(kinds)
    assert all(row["memory_bytes"] > 1 << 20 for row in kinds.values())
    (guide,) = figures["models"]
    assert (guide["name"], guide["backend"], guide["state"]) == ("Guide", "llama.cpp", "ready")
    assert guide["n_prefilled"] > 0
    assert guide["n_generated"] > 0
    assert 0 < guide["n_context"] <= guide["n_ctx"]
    assert figures["store"]["disk_bytes"] > 0
    assert "GPU" in figures["gpu"]
    operations = (await engine.monitor.report())["operations"]
    assert operations["ask"]["count"] == 1
    assert operations["ask"]["p95_ms"] > 0


def _run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main(argv)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_line_lists_plans_adds_uses_and_shows(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data-dir", str(tmp_path / "data"), "models")
    assert _run(capsys, *data, "add", str(model))[0] == 0
    code, out, _ = _run(capsys, *data, "list", "--json")
    entries = [json.loads(line) for line in out.splitlines()]
    assert (code, [e["name"] for e in entries]) == (0, ["Guide", "Owl"])
    assert entries[1]["plan"]["verdict"] == "fits"
    code, out, _ = _run(capsys, *data, "plan", str(model), "--context", "512")
    assert (code, "Fits: needs" in out, "context of 512 tokens" in out) == (0, True, True)
    assert _run(capsys, *data, "use", "owl")[0] == 0
    assert Settings(data_dir=tmp_path / "data").model == str(model)
    assert "Nothing was loaded." in _run(capsys, *data, "unload")[2]
    assert "It chooses, it does not write" in _run(capsys, *data, "show")[1]
    assert "| quantisation | q8_0 |" in _run(capsys, *data, "show", "owl")[1]
    shown = json.loads(_run(capsys, *data, "show", "owl", "--json")[1])
    assert (shown["name"], shown["chosen"], shown["versions"], shown["own"]) == ("Owl", True, [], False)
    assert shown["plan"]["needed_bytes"] > shown["plan"]["weights_bytes"]
    used = json.loads(_run(capsys, *data, "use", "owl", "--json")[1])
    assert (used["model"], used["name"], used["plan"]["verdict"]) == (str(model), "Owl", "fits")
    added = json.loads(_run(capsys, *data, "add", str(model.parent), "--json")[1])
    assert [entry["name"] for entry in added["entries"]] == ["Owl"]
    code, _, err = _run(capsys, *data, "unload", "eagel", "--json")
    assert (code, json.loads(err)["error"]["kind"]) == (2, "unknown_name")
    code, _, err = _run(capsys, *data, "use", "eagle")
    assert (code, "eagle" in err) == (2, True)


BROKEN, MISSING = "The chat template in this model's file cannot be used", "This model's file has no chat template"


@pytest.mark.parametrize(
    ("template", "at_once", "after_asking"),
    [("{% for m in messages %}{{ m.content ", "", BROKEN), ("", MISSING, MISSING), (None, "", "")],
)
def test_a_chat_template_that_is_not_used_is_said_wherever_the_model_is_shown(
    tmp_path: Path,
    template: str | None,
    at_once: str,
    after_asking: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCRUBJAY_MAX_TOKENS", "16")  # what it says means nothing
    keys = {} if template is None else {"tokenizer__chat_template": template}
    model = str(write_gguf(tmp_path / "owl.gguf", TINY, general__name="Owl", **keys))
    data = ("--data-dir", str(tmp_path / "data"))

    def shown() -> list[str]:
        said = [_run(capsys, *data, "models", *what) for what in (("list",), ("show", model), ("list", "--json"))]
        return [out for _, out, _ in said]

    _, _, err = _run(capsys, *data, "models", "use", model)
    assert at_once in err
    for out in shown():
        assert at_once in out
        assert at_once or "chat template" not in out
    _, out, err = _run(capsys, *data, "ask", "hello")
    assert after_asking in err
    for out in shown():
        assert after_asking in out
        assert after_asking or "chat template" not in out


def test_a_context_that_is_too_short_is_refused_and_one_that_is_too_long_is_capped(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data-dir", str(tmp_path / "data"), "models")
    for what in ("use", "plan"):
        for n_ctx in ("1", "255"):
            code, _, err = _run(capsys, *data, what, str(model), "--context", n_ctx)
            assert (code, "give it 256 tokens or more" in err) == (2, True)
    assert Settings(data_dir=tmp_path / "data").model == "guide"
    code, _, err = _run(capsys, *data, "use", str(model), "--context", "1000000")
    assert (code, "reads no more than 4,096 tokens" in err) == (0, True)
    assert Settings(data_dir=tmp_path / "data").model_contexts == {str(model): 4096}
    assert "Used with 4,096 tokens of context" in _run(capsys, *data, "list")[1]
    code, _, err = _run(capsys, *data, "use", str(model), "--context", "256")
    assert (code, "no more than" in err) == (0, False)
    assert "| used with | 256 tokens of context |" in _run(capsys, *data, "show", str(model))[1]


def test_the_command_line_marks_the_chosen_model_although_its_file_is_gone(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data-dir", str(tmp_path / "data"), "models")
    assert _run(capsys, *data, "use", str(model))[0] == 0
    model.unlink()
    code, out, _ = _run(capsys, *data, "list")
    at = [line.startswith("* owl (your folder)") for line in out.splitlines()].index(True)
    assert (code, out.splitlines()[at + 1].strip()[:36]) == (0, "Gone: its file is not there any more")
    code, out, _ = _run(capsys, *data, "show", str(model))
    assert (code, "choose another model" in out) == (0, True)
    assert json.loads(_run(capsys, *data, "show", str(model), "--json")[1])["chosen"]


def test_the_command_line_says_how_far_a_long_prompt_is_read(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("engine.faces.cli.ask.READING_EVERY_S", 0.005)
    monkeypatch.setenv("SCRUBJAY_MAX_TOKENS", "8")
    monkeypatch.setenv("SCRUBJAY_STEP_LIMIT", "1")
    folder = ["--data-dir", str(tmp_path / "data")]
    main([*folder, "ask", "word " * 300, "--model", str(model)])
    assert "Owl reads the question and its sources: " in capsys.readouterr().err


async def test_a_file_that_was_downloaded_again_is_judged_anew(engine: Engine, model: Path) -> None:
    whole = model.read_bytes()
    await engine.models.use(model)
    await engine.models.use("guide")
    model.write_bytes(whole[: len(whole) // 2])
    await engine.models.list()
    with pytest.raises(ModelBrokenError):
        await engine.models.use(model)
    model.write_bytes(whole)
    assert await engine.models.use(model) == "Owl"
