"""What is found where no space is left for the search index, and when there is again. SQLite itself says full here."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from engine.errors import StoreFullError
from engine.memory.memory import Memory
from engine.memory_service import FollowedIndex
from engine.search_feed import PATIENCE_S

LONG = "The ladder leans in the loft. " * 2000


@pytest.fixture
def full(desk) -> Callable[[bool], None]:
    """Lets the index's file grow no further, or again; a real SQLITE_FULL, as a full disk gives it."""

    def limit(is_full: bool) -> None:
        database = desk.index._core._db
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages if is_full else 1_000_000}")

    return limit


@pytest.fixture
def memory(desk) -> Memory:
    """Memories that are asked as a person asks: who waits gets what the index holds."""

    async def search(query: str, **how: object):
        await desk.feed.caught_up(PATIENCE_S)
        how.pop("kinds", None)
        return await desk.index.search(query, None, kinds=("memory",), now_ms=desk.clock.now_ms(), **how)

    index = FollowedIndex()
    index.open(desk.index, desk.feed)
    return Memory(desk.store, desk.clock, search, index=index)


async def test_where_no_space_is_left_for_the_index_it_is_read_as_it_was(desk, memory, full) -> None:
    await memory.add("The spare key is under the blue pot.")
    await desk.feed.caught_up()
    full(True)
    await memory.add(LONG)
    assert [hit.entry.text for hit in await memory.recall("spare key")] == ["The spare key is under the blue pot."]
    assert desk.feed.is_behind
    with pytest.raises(StoreFullError):
        await desk.feed.caught_up()


async def test_when_there_is_space_again_what_was_written_meanwhile_is_found(desk, memory, full) -> None:
    await memory.add("The spare key is under the blue pot.")
    await desk.feed.caught_up()
    full(True)
    await memory.add(LONG)
    assert await memory.recall("ladder") == []
    full(False)
    memory.optimizer.invalidate_cache()
    assert [hit.entry.text for hit in await memory.recall("ladder")] == [LONG.strip()]
    assert not desk.feed.is_behind


async def test_a_list_lacks_nothing_while_the_index_is_behind(desk, memory, full) -> None:
    await memory.add("The spare key is under the blue pot.")
    await desk.feed.caught_up()
    full(True)
    await memory.add(LONG)
    assert {entry.text for entry in await memory.list()} == {"The spare key is under the blue pot.", LONG.strip()}
    assert (await memory.stats())["tiers"]["semantic"]["count"] == 2


async def test_that_no_space_is_left_is_logged_once(desk, memory, full, caplog) -> None:
    await desk.feed.caught_up()
    full(True)
    await memory.add(LONG)
    with caplog.at_level(logging.WARNING, "engine.search_feed"):
        for _ in range(3):
            await desk.feed.caught_up(PATIENCE_S)
    assert len(caplog.records) == 1


async def test_an_index_that_could_not_be_emptied_is_left_as_it_was(desk, memory, full) -> None:
    await memory.add("The spare key is under the blue pot.")
    await desk.feed.caught_up()
    desk.index._core._db.execute("CREATE TRIGGER stop BEFORE DELETE ON entries BEGIN SELECT raise(abort, 'full'); END")
    with pytest.raises(StoreFullError):
        await desk.index.clear()
    assert len(await memory.recall("spare key")) == 1
    await memory.add("The ladder is in the loft.")
    assert len(await memory.recall("ladder")) == 1
