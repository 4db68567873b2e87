"""Answers given before: the same greedy question has the same answer, until something that decides it changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from engine import Engine, Settings
from engine.errors import EngineError
from engine.events import RunFinished, RunStarted, TokenGenerated, ToolCalled
from engine.llm.backend import Message
from engine.llm.scripted import ScriptedBackend
from engine.local import LocalService

QUESTION = "Name a bird that is blue."


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    settings = Settings(data_dir=tmp_path / "data", temperature=0, embedder="none", memory=False, suggestions="off")
    async with Engine.open(settings) as opened:
        yield opened


class Script:
    """A model whose words are known, in the place of the chosen one; counts what it was asked."""

    def __init__(self, engine: Engine, answer: Callable[[str], str]) -> None:
        self.n = 0
        service = engine._service
        assert isinstance(service, LocalService)
        self.service = service

        def say(messages: list[Message]) -> str:
            self.n += 1
            return answer(messages[-1].text)

        backend = ScriptedBackend(say)

        async def scripted(*_: object) -> tuple[ScriptedBackend, str]:
            await backend.load()
            return backend, ""

        service.models.backend = scripted


async def _ask(engine: Engine, question: str = QUESTION, **options: object) -> tuple[RunFinished, str, str]:
    streamed, chat = "", ""
    async with aclosing(engine.ask(question, **options)) as events:  # type: ignore[arg-type]
        async for event in events:
            if isinstance(event, RunStarted):
                chat = event.chat_id
            elif isinstance(event, TokenGenerated):
                streamed += event.text
            assert not isinstance(event, ToolCalled) or "calc" in question
    assert isinstance(event, RunFinished), event
    return event, streamed, chat


async def test_the_same_question_is_answered_from_before_and_marked(engine: Engine) -> None:
    script = Script(engine, lambda _: "Thought: easy.\nAnswer: The jay.")
    first, _, _ = await _ask(engine)
    again, streamed, chat = await _ask(engine)
    assert (first.answer, first.repeated) == ("The jay.", False)
    assert (again.answer, again.repeated, streamed) == ("The jay.", True, "The jay.")
    assert script.n == 1
    turn = (await engine.chats.turns(chat))[-1]
    assert turn.figures is not None
    assert turn.figures["repeated"] == 1
    _, turns = await engine.chats.show(chat)
    assert turns[-1].transcript[-1].text == "Thought: easy.\nAnswer: The jay."
    assert script.service.answers.n_hits == 1


async def test_who_asks_again_gets_a_fresh_answer(engine: Engine) -> None:
    script = Script(engine, lambda _: "Answer: The jay.")
    await _ask(engine)
    fresh, _, _ = await _ask(engine, fresh=True)
    assert (fresh.repeated, script.n) == (False, 2)


async def test_another_question_chat_or_document_is_another_answer(engine: Engine, tmp_path: Path) -> None:
    script = Script(engine, lambda _: "Answer: The jay.")
    _, _, chat = await _ask(engine)
    assert not (await _ask(engine, "Name a bird that is red."))[0].repeated
    assert not (await _ask(engine, chat=chat))[0].repeated
    (tmp_path / "birds.md").write_text("# Birds\n\nThe kingfisher is blue.\n")
    await engine.ingest([tmp_path / "birds.md"])
    assert not (await _ask(engine))[0].repeated
    assert (await _ask(engine))[0].repeated
    assert script.n == 4


async def test_an_answer_that_needed_a_tool_is_never_repeated(engine: Engine) -> None:
    def calculate(last: str) -> str:
        return "Answer: 42." if "Observation" in last else 'Action: calculator {"expression": "6 * 7"}'

    Script(engine, calculate)
    assert (await _ask(engine, "calculate 6 * 7"))[0].answer == "42."
    assert not (await _ask(engine, "calculate 6 * 7"))[0].repeated


async def test_what_was_forgotten_or_thrown_away_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    secret = "heliotrope-4711"
    Script(engine, lambda _: f"Answer: It is {secret}.")
    cache = tmp_path / "data" / "cache" / "answers.sqlite3"
    _, _, chat = await _ask(engine)
    assert secret.encode() in cache.read_bytes()
    await engine.chats.discard(chat)
    assert secret.encode() not in cache.read_bytes()
    assert not (await _ask(engine))[0].repeated
    entry = await engine.memory.add("The boiler hums")
    await engine.memory.forget(entry.id)
    assert not cache.exists()
    assert not (await _ask(engine))[0].repeated


async def test_a_damaged_file_is_an_empty_cache(engine: Engine, tmp_path: Path) -> None:
    Script(engine, lambda _: "Answer: The jay.")
    cache = tmp_path / "data" / "cache" / "answers.sqlite3"
    cache.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 20)
    assert not (await _ask(engine))[0].repeated
    await _ask(engine)
    assert (await _ask(engine))[0].repeated


async def test_answers_last_until_the_next_start(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", temperature=0, embedder="none", memory=False)
    for expected in (False, True):
        async with Engine.open(settings) as engine:
            Script(engine, lambda _: "Answer: The jay.")
            assert (await _ask(engine))[0].repeated is expected


async def test_chance_is_never_kept(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", temperature=0.7, embedder="none", memory=False)
    async with Engine.open(settings) as engine:
        script = Script(engine, lambda _: "Answer: The jay.")
        for _ in range(2):
            assert not (await _ask(engine))[0].repeated
        assert script.n == 2
        with pytest.raises(EngineError):
            await _ask(engine, " ")
