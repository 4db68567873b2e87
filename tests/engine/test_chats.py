from __future__ import annotations

import dataclasses

import pytest

from engine.chats import Chat, Turn, TurnWriter, create_title
from engine.errors import UnknownNameError, UsageError
from engine.events import Citation
from engine.llm.backend import Message


async def test_turns_come_back_as_they_were_said(desk) -> None:
    chat = await desk.chats.create()
    transcript = (Message("assistant", "Answer: a", frozenset({"user", "doc:1"}), (5, 70_000)),)
    citation = Citation(1, "/a.pdf", 2, "Terms", "text", "P", "document")
    question = Turn("T1", "", "user", "What is it?", labels=("user",))
    answer = Turn(
        "T2", "", "assistant", "a [1]", model="m", citations=(citation,), trace=({"step": 1},), transcript=transcript,
        figures={"steps": 1},
    )  # fmt: skip
    placed = await desk.chats.append(chat.id, question, answer)
    assert await desk.chats.turns(chat.id) == [dataclasses.replace(placed[0], figures={}), placed[1]]
    assert [turn.position for turn in placed] == [0, 1]
    found = await desk.chats.get(chat.id)
    assert (found.title, found.n_turns) == ("What is it?", 2)


def test_a_chat_comes_back_with_its_system_message() -> None:
    chat = Chat("C", system=Message("system", "s", frozenset({"app"})), offered=("a", "b"))
    assert Chat.from_record(chat.to_record()) == chat


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("  What is it?\nMore", "What is it?"),
        ("\n\n second line", "second line"),
        ("word " * 30, "word word word word word word word word word word word word…"),
        ("x" * 100, "x" * 60 + "…"),
        ("", ""),
    ],
)
def test_a_title_is_the_first_line_cut_at_a_word(question: str, title: str) -> None:
    assert create_title(question) == title


async def test_a_repeated_append_is_the_same_write(desk) -> None:
    chat = await desk.chats.create(id="C1")
    for _ in range(2):
        await desk.chats.append(chat.id, Turn("T1", "", "user", "a"), Turn("T2", "", "assistant", state="streaming"))
    assert [t.position for t in await desk.chats.turns("C1")] == [0, 1]
    assert (await desk.chats.get("C1")).n_turns == 2
    assert (await desk.chats.create(id="C1")).n_turns == 2


async def test_a_streaming_turn_is_saved_twice_a_second_at_most(desk) -> None:
    chat = await desk.chats.create()
    (turn,) = await desk.chats.append(chat.id, Turn("T", "", "assistant", state="streaming"))
    writer = TurnWriter(desk.chats, turn)

    async def stored() -> str:
        return (await desk.chats.turns(chat.id))[0].text

    await writer.update(text="a")
    assert await stored() == ""
    desk.clock.advance(0.6)
    await writer.update(text="ab")
    assert await stored() == "ab"
    await writer.update(text="abc")
    assert await stored() == "ab"
    await writer.finish("complete", text="abcd")
    assert await stored() == "abcd"
    assert (await desk.chats.get(chat.id)).streaming == ""


async def test_what_was_streaming_when_the_owner_died_is_marked_interrupted(desk) -> None:
    chat = await desk.chats.create()
    await desk.chats.append(chat.id, Turn("T", "", "assistant", "so far", state="streaming"))
    assert await desk.chats.mark_interrupted() == ["T"]
    (turn,) = await desk.chats.turns(chat.id)
    assert (turn.state, turn.text) == ("interrupted", "so far")
    assert await desk.chats.mark_interrupted() == []


async def test_what_nobody_writes_any_more_is_read_as_interrupted(desk) -> None:
    chat = await desk.chats.create()
    await desk.chats.append(chat.id, Turn("T", "", "assistant", "so far", state="streaming"))
    with desk.chats.answering(chat.id):
        assert [turn.state for turn in await desk.chats.turns(chat.id)] == ["streaming"]
    assert [turn.state for turn in await desk.chats.turns(chat.id)] == ["interrupted"]


async def test_chats_are_listed_the_last_used_first(desk) -> None:
    for name in ("a", "b"):
        await desk.chats.create(name, id=name.upper())
        desk.clock.advance(1)
    await desk.chats.append("A", Turn("T", "", "user", "x"))
    assert [chat.title for chat in await desk.chats.list()] == ["a", "b"]
    assert [chat.title for chat in await desk.chats.list(limit=1)] == ["a"]


async def test_a_chat_is_found_by_the_beginning_of_its_id(desk) -> None:
    await desk.chats.create("one", id="01AAAA")
    await desk.chats.create("two", id="01AABB")
    assert (await desk.chats.find("01aaa")).title == "one"
    assert (await desk.chats.find("01AABB")).title == "two"
    with pytest.raises(UsageError, match="2 chats begin"):
        await desk.chats.find("01AA")
    for nothing in ("02", ""):
        with pytest.raises(UnknownNameError):
            await desk.chats.find(nothing)


async def test_deleting_a_chat_deletes_its_turns(desk) -> None:
    chat = await desk.chats.create()
    await desk.chats.append(chat.id, Turn("T", "", "user", "about boilers"))
    assert [hit.id for hit in await desk.chats.search("boilers")] == ["T"]
    await desk.chats.delete(chat.id)
    assert [key async for key in desk.store.scan(desk.store.keys.prefix) if "chat:" in key or "turn:" in key] == []
    assert await desk.chats.search("boilers") == []
    with pytest.raises(UnknownNameError):
        await desk.chats.delete(chat.id)


async def test_a_late_save_does_not_bring_a_deleted_chat_back(desk) -> None:
    chat = await desk.chats.create()
    (turn,) = await desk.chats.append(chat.id, Turn("T", "", "assistant", state="streaming"))
    await desk.chats.delete(chat.id)
    await TurnWriter(desk.chats, turn).finish("complete", text="late")
    assert await desk.store.get(desk.store.keys.turn("T")) is None


async def test_one_chat_gives_one_answer_at_a_time(desk) -> None:
    with desk.chats.answering("C"):
        with pytest.raises(UsageError, match="still answering"), desk.chats.answering("C"):
            pass
        with desk.chats.answering("D"):
            pass
    with desk.chats.answering("C"):
        pass
