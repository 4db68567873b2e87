"""The engine as a script uses it: owner, second process, takeover, cancel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine import Engine, MemoryConsolidator, Settings
from engine.errors import DataDirError, UnknownNameError, UsageError
from engine.events import Event, RunFinished, RunStarted
from engine.local import LocalService


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as opened:
        yield opened


async def _finish(engine: Engine, question: str, chat: str | None = None) -> tuple[RunFinished, str]:
    events: list[Event] = [event async for event in engine.ask(question, chat=chat)]
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished), events[-1]
    return events[-1], events[0].chat_id


async def test_the_second_turn_prefills_only_what_is_new(engine: Engine) -> None:
    first, chat = await _finish(engine, "What is 12 * 12?")
    second, _ = await _finish(engine, "What is 13 * 13 + 5?", chat)
    assert first.n_reused == 0
    # All of the first turn is reused but its last token, which is generated and not read again.
    assert second.n_reused >= first.n_prompt + first.n_generated - 1


async def test_a_second_engine_reaches_the_first_and_takes_over_when_it_ends(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    async with asyncio.timeout(50):
        owner = Engine.open(settings)
        first = await owner.__aenter__()
        async with Engine.open(settings) as second:
            assert first.is_owner
            assert not second.is_owner
            entry = await second.memory.add("The owl lives in the barn")
            assert (await first.memory.get(entry.id)).text == entry.text
            assert [hit.entry.id for hit in await second.memory.recall("owl")] == [entry.id]
            await owner.__aexit__(None, None, None)
            assert (await second.memory.get(entry.id)).text == entry.text
            assert second.is_owner


async def test_closing_an_answer_keeps_the_chat_usable(engine: Engine) -> None:
    stream = engine.ask("What is 2 + 2?")
    started = await anext(stream)
    assert isinstance(started, RunStarted)
    await stream.aclose()
    finished, _ = await _finish(engine, "What is 3 + 3?", started.chat_id)
    assert "6" in finished.answer


async def test_what_was_remembered_of_a_turn_goes_and_comes_with_it(engine: Engine) -> None:
    _, chat = await _finish(engine, "What is 21 * 2?")
    _, turns = await engine.chats.show(chat)
    said = {turn.text for turn in turns}

    async def recorded() -> set[str]:
        return {entry.text for entry in await engine.memory.list(tier="episodic")}

    assert await recorded() == said
    gone = await engine.chats.withdraw(chat, turns[0].id)
    assert await recorded() == set()
    await engine.chats.reinstate(chat, gone)
    assert await recorded() == said


async def test_memory_is_found_by_meaning_once_it_has_its_vector(engine: Engine) -> None:
    entry = await engine.memory.add("The physician sees patients on Tuesdays")
    assert isinstance(engine._service, LocalService)
    async with asyncio.timeout(30):
        while not (await engine.memory.get(entry.id)).vector:
            await asyncio.sleep(0.05)
    hits = await engine.memory.recall("When can I go to the doctor?")
    assert [hit.entry.id for hit in hits] == [entry.id]


async def test_wrong_use_is_told_in_a_sentence(engine: Engine) -> None:
    with pytest.raises(UsageError, match="empty"):
        await anext(engine.ask("   "))
    with pytest.raises(UsageError, match="empty"):
        await engine.search(" ")
    with pytest.raises(UnknownNameError, match="Did you mean 'documents'"):
        await engine.search("x", sources=("document",))
    with pytest.raises(UnknownNameError):
        await engine.memory.get("01NOSUCH")
    with pytest.raises(UnknownNameError):
        await engine.chats.show("01NOSUCH")
    with pytest.raises(UsageError):
        await engine.memory.add("fine", importance=2.0)


async def test_a_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_bytes(b"precious")
    with pytest.raises(DataDirError):
        async with Engine.open(Settings(data_dir=tmp_path)):
            pass
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"]


async def test_nothing_of_a_forgotten_memory_is_left_in_the_profile(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    secret = "Quixotic-Pangolin-7731"
    async with Engine.open(settings) as engine:
        entry = await engine.memory.add(f"The passphrase is {secret}")
        await engine.memory.forget(entry.id)
    left = [p for p in settings.data_dir.rglob("*") if p.is_file() and secret.encode() in p.read_bytes()]
    assert left == []


async def test_the_consolidator_takes_the_memory_of_an_engine(engine: Engine) -> None:
    await engine.memory.add("The boiler was serviced in March.")
    await engine.memory.add("the boiler was serviced in March")
    consolidator = MemoryConsolidator(engine.memory)
    report = await consolidator.run_consolidation()
    assert (consolidator.get_stats()["runs"], report.examined) == (1, 2)
    with pytest.raises(UsageError, match=r"engine\.memory"):
        MemoryConsolidator(5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="its own threshold"):
        MemoryConsolidator(engine.memory, promotion_threshold=0.5)


async def test_the_tools_of_an_engine_can_be_listed(engine: Engine) -> None:
    assert [tool.name for tool in engine.tools][:2] == ["search_documents", "recall_memory"]
