from __future__ import annotations

import pytest

from engine.chat_edits import KEPT_MS, ChatEdits
from engine.chats import Turn
from engine.errors import UnknownNameError, UsageError


@pytest.fixture
async def edits(desk):
    await desk.chats.create("Boiler", id="C")
    for n, text in enumerate(("about boilers", "a boiler heats", "and radiators", "they are warm")):
        await desk.chats.append("C", Turn(f"T{n}", "", "user" if n % 2 == 0 else "assistant", text))
    return ChatEdits(desk.chats)


async def texts(desk) -> list[str]:
    return [turn.text for turn in await desk.chats.turns("C")]


async def test_a_title_given_by_the_person_stays(desk, edits) -> None:
    await edits.rename("C", "  The old\n boiler ")
    await desk.chats.append("C", Turn("T9", "", "user", "more"))
    assert (await desk.chats.get("C")).title == "The old boiler"
    with pytest.raises(UsageError, match="needs a title"):
        await edits.rename("C", " \n")


async def test_a_discarded_chat_is_neither_listed_nor_found_and_comes_back_whole(desk, edits) -> None:
    await edits.discard("C")
    assert await desk.chats.list() == []
    assert await desk.chats.search("boilers") == []
    assert [chat.id for chat in await edits.discarded()] == ["C"]
    await edits.restore("C")
    assert [chat.id for chat in await desk.chats.list()] == ["C"]
    assert (await desk.chats.search("radiators"))[0].id == "T2"
    assert len(await texts(desk)) == 4


async def test_the_trash_is_emptied_after_thirty_days(desk, edits) -> None:
    await edits.discard("C")
    desk.clock.advance(KEPT_MS / 1000 - 60)
    assert await edits.purge() == 0
    desk.clock.advance(120)
    assert await edits.purge() == 1
    with pytest.raises(UnknownNameError):
        await edits.restore("C")


async def test_withdrawn_turns_are_neither_shown_nor_found_and_can_be_put_back(desk, edits) -> None:
    gone = await edits.withdraw("C", "T2")
    assert gone == ["T2", "T3"]
    assert await texts(desk) == ["about boilers", "a boiler heats"]
    assert "T2" not in [hit.id for hit in await desk.chats.search("radiators")]
    await desk.chats.append("C", Turn("T5", "", "user", "and pipes"))
    assert await texts(desk) == ["about boilers", "a boiler heats", "and pipes"]
    await edits.reinstate("C", gone)
    assert await texts(desk) == ["about boilers", "a boiler heats", "and radiators", "they are warm"]


async def test_a_chat_that_answers_cannot_be_changed_under_the_answer(desk, edits) -> None:
    with desk.chats.answering("C"), pytest.raises(UsageError, match="still answering"):
        await edits.withdraw("C", "T2")


async def test_pages_of_turns_skip_what_was_withdrawn(desk, edits) -> None:
    await edits.withdraw("C", "T3")
    assert [turn.id for turn in await desk.chats.turns_before("C", None, 2)] == ["T1", "T2"]
    assert [turn.id for turn in await desk.chats.turns_before("C", 1, 2)] == ["T0"]


async def test_a_branch_begins_with_what_was_said_up_to_the_turn_and_goes_on_for_itself(desk, edits) -> None:
    await edits.withdraw("C", "T2")
    await desk.chats.append("C", Turn("T5", "", "user", "and pipes"), Turn("T6", "", "assistant", "they drip"))
    branch = await edits.branch("C", "T5", "Boiler, another way")
    await desk.chats.append(branch.id, Turn("T7", "", "assistant", "they are dry"))
    turns = await desk.chats.turns(branch.id)
    assert [turn.text for turn in turns] == ["about boilers", "a boiler heats", "and pipes", "they are dry"]
    assert [turn.position for turn in turns] == [0, 1, 2, 3]
    assert await texts(desk) == ["about boilers", "a boiler heats", "and pipes", "they drip"]
    assert {chat.title for chat in await desk.chats.list()} == {"Boiler", "Boiler, another way"}
    with pytest.raises(UnknownNameError):
        await edits.branch("C", "T2")


async def test_a_branch_is_not_made_of_an_answer_that_is_being_written(desk, edits) -> None:
    await desk.chats.append("C", Turn("T8", "", "assistant", "on", state="streaming"))
    with desk.chats.answering("C"), pytest.raises(UsageError, match="still being written"):
        await edits.branch("C", "T8")
