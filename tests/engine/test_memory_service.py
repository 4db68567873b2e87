"""Memory through the engine, from the owner and from a second process on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from engine import Engine, Settings
from engine.change_feed import Changed
from engine.errors import UnknownNameError
from engine.memory_face import MemoryFace


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as opened:
        yield opened


@pytest.fixture
async def second(engine: Engine) -> AsyncIterator[Engine]:
    async with Engine.open(engine.settings) as opened:
        assert not opened.is_owner
        yield opened


async def test_a_page_knows_how_many_there_are_in_all(second: Engine) -> None:
    for n in range(7):
        await second.memory.add(f"Boiler note {n}", tier="episodic" if n % 2 else "semantic", pinned=n == 3)
    page = await second.memory.list(query="boil NOTE", tier="episodic", limit=2, sort="created")
    assert ([e.text for e in page], page.total) == (["Boiler note 5", "Boiler note 3"], 3)
    page = await second.memory.list(offset=2, limit=2, tier="episodic", sort="created")
    assert ([e.text for e in page], page.total) == (["Boiler note 1"], 3)
    assert [e.text for e in await second.memory.list(pinned=True)] == ["Boiler note 3"]
    assert (await second.memory.list(query="boil xylophone")).total == 0
    assert (await second.memory.list(query="…!")).total == 0
    assert (await second.memory.list(project="house")).total == 0
    assert (await second.memory.list(project="", trust="trusted")).total == 7
    with pytest.raises(UnknownNameError, match="Did you mean 'created'"):
        await second.memory.list(sort="create")  # type: ignore[arg-type]


@pytest.mark.parametrize("at_once", [2000, 2])
async def test_a_list_shows_nothing_twice_while_others_add(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("engine.memory_service.MAX_LISTED", at_once)
    old = {(await engine.memory.add(f"Boiler note {n}")).id for n in range(5)}

    async def call(operation: str, **arguments: Any) -> Any:
        found = await engine._call(operation, **arguments)
        await engine.memory.add("Said by another process meanwhile")
        return found

    async with asyncio.timeout(20):
        listed = [entry.id for entry in await MemoryFace(call, engine._stream, engine._project).list()]
    assert len(listed) == len(set(listed))
    assert old <= set(listed)


async def test_changes_made_anywhere_are_seen_everywhere(engine: Engine, second: Engine) -> None:
    seen: list[Changed] = []

    async def follow() -> None:
        async for change in second.changes():
            seen.append(change)

    task = asyncio.create_task(follow())
    async with asyncio.timeout(20):
        entry = await engine.memory.add("Lives in Ghent")
        while not any(c.id == entry.id for c in seen):
            await asyncio.sleep(0.01)
            await engine.memory.add("something that changes")
        await engine.memory.trash(entry.id)
        while not any((c.kind, c.id, c.what) == ("trash", entry.id, "put") for c in seen):
            await asyncio.sleep(0.01)
    assert any((c.kind, c.id, c.what) == ("memory", entry.id, "delete") for c in seen)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_second_process_edits_pins_undoes_and_forgets(engine: Engine, second: Engine) -> None:
    entry = await second.memory.add("Prefers metric units")
    assert (await second.memory.edit(entry.id, text="Prefers SI units", tags=["units"])).tags == ("units",)
    assert [e.pinned for e in await second.memory.pin(entry.id)] == [True]
    assert (await second.memory.trash(entry.id)).sentence == "Moved “Prefers SI units” to the trash"
    assert (await engine.memory.list()).total == 0
    assert (await second.memory.undo()).action == "undone"
    assert [c.sentence for c in (await engine.memory.changes())[-2:]] == [
        "Edited “Prefers SI units”", "Remembered “Prefers metric units”",
    ]  # fmt: skip
    history = await second.memory.history(entry.id)
    assert history[-2][1] is not None
    assert history[-2][1].entry.text == "Prefers metric units"
    stats = await second.memory.stats()
    assert (stats["tiers"]["semantic"]["pinned"], stats["tiers"]["semantic"]["bytes"]) == (1, len("Prefers SI units"))
    assert [e.text for e in await second.memory.forget([entry.id])] == ["Prefers SI units"]
    assert (await engine.memory.stats())["total"] == 0


async def test_what_changed_since_a_position_is_told_to_who_follows_later(engine: Engine, second: Engine) -> None:
    position = await second.position()
    entry = await engine.memory.add("The bins go out on Monday.")
    async with asyncio.timeout(20), aclosing(second.changes(after=position)) as changes:
        async for change in changes:
            if change.id == entry.id:
                break
    assert (change.kind, change.what) == ("memory", "put")
