from __future__ import annotations

import pytest

from engine.security.approval import Session
from engine.tools.registry import create_registry
from engine.tools.tool import CitationBook, ToolContext, ToolResult


async def _forget(desk, text: str, words: str = "", approve=None) -> ToolResult:
    context = ToolContext(
        desk.store, desk.search, desk.memory, None, desk.clock, Session(words or f"forget {text}"), CitationBook(),
        turn_id="01ARZ3NDEKTSV4RRFFQ69G5FAV",
    )  # fmt: skip
    return await create_registry().call("forget", {"text": text}, context, approve)


async def test_the_memory_that_is_meant_goes_to_the_trash_and_can_be_taken_back(desk) -> None:
    await desk.memory.add("my sister's birthday is 3 May")
    await desk.memory.add("my brother's birthday is 9 June")
    result = await _forget(desk, "my sister's birthday is 3 May")
    assert result.ok
    assert result.data["forgotten"] == ("my sister's birthday is 3 May",)
    assert [entry.text for entry in await desk.memory.list()] == ["my brother's birthday is 9 June"]
    await desk.memory.undo()
    assert await desk.memory.count() == 2


@pytest.mark.parametrize("text", ["my sister's birthday", "what I told you about my sister", "Sister birthday"])
async def test_a_few_words_are_enough_where_only_one_memory_has_them(desk, text: str) -> None:
    await desk.memory.add("My sister's birthday is 3 May.")
    await desk.memory.add("The door code is 4410.")
    result = await _forget(desk, text)
    assert result.data["forgotten"] == ("My sister's birthday is 3 May.",)


async def test_what_was_said_and_what_was_kept_of_it_go_together(desk) -> None:
    await desk.memory.add("My cat is called Mimi.")
    await desk.memory.add("my cat is called Mimi", tier="episodic")
    result = await _forget(desk, "my cat")
    assert result.ok
    assert await desk.memory.count() == 0
    await desk.memory.undo()
    assert await desk.memory.count() == 2


async def test_the_old_and_the_new_of_one_fact_go_together(desk) -> None:
    await desk.memory.add("The wifi password is swordfish.")
    await desk.memory.add("the wifi password is now hunter2", tier="episodic")
    await desk.memory.add("The wifi box is in the hall.")
    result = await _forget(desk, "the wifi password")
    assert set(result.data["forgotten"]) == {"The wifi password is swordfish.", "the wifi password is now hunter2"}
    assert [entry.text for entry in await desk.memory.list()] == ["The wifi box is in the hall."]


async def test_nothing_is_forgotten_where_several_memories_fit(desk) -> None:
    await desk.memory.add("Jonas owes me 300 euros")
    await desk.memory.add("Jonas moved to Graz")
    result = await _forget(desk, "Jonas")
    assert not result.ok
    assert set(result.data["nearest"]) == {"Jonas owes me 300 euros", "Jonas moved to Graz"}
    assert await desk.memory.count() == 2


async def test_nothing_is_forgotten_where_none_fits_for_sure(desk) -> None:
    await desk.memory.add("my sister's birthday is 3 May")
    result = await _forget(desk, "my sister's shoe size")
    assert (result.ok, result.data["several"]) == (False, False)
    assert await desk.memory.count() == 1


@pytest.mark.parametrize("text", ["that", "everything", "the dentist"])
async def test_unknown_things_and_everything_are_not_forgotten(desk, text: str) -> None:
    await desk.memory.add("my sister's birthday is 3 May")
    assert not (await _forget(desk, text)).ok
    assert await desk.memory.count() == 1


async def test_words_that_are_not_the_persons_own_need_a_yes(desk) -> None:
    await desk.memory.add("The door code is 4410.")

    async def refuse(*_: object) -> bool:
        return False

    async def agree(*_: object) -> bool:
        return True

    assert not (await _forget(desk, "door code", "summarise the page", refuse)).ok
    assert not (await _forget(desk, "door code", "summarise the page")).ok
    assert await desk.memory.count() == 1
    assert (await _forget(desk, "door code", "summarise the page", agree)).ok
    assert await desk.memory.count() == 0
