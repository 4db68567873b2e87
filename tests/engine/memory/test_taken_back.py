"""What was recorded of a turn goes with the turn when it is taken back, and comes back with it."""

from __future__ import annotations

import pytest

from engine.chat_edits import ChatEdits
from engine.chats import Turn
from engine.errors import StoreFullError
from engine.memory.recorder import Recorder, Said, derived_id
from engine.security.taint import APP, USER

WORDS = {
    "T1": "I live in Ghent",
    "T2": "Noted, Ghent it is",
    "T3": "Rain is my favourite",
    "T4": "Grey drops on a roof",
    "T5": "Snow is my favourite",
    "T6": "White flakes on a wall",
}


@pytest.fixture
def recorder(desk) -> Recorder:
    return Recorder(desk.memory)


@pytest.fixture
async def edits(desk, recorder) -> ChatEdits:
    await desk.chats.create("Talk", id="C")
    await say(desk, recorder, "T1", "T2", "T3", "T4")
    return ChatEdits(desk.chats, recorder)


async def say(desk, recorder, *ids: str) -> None:
    """Turns with the text of their id, recorded as a run records them."""
    said = []
    for id in ids:
        role = "user" if int(id[1:]) % 2 else "assistant"
        await desk.chats.append("C", Turn(id, "", role, WORDS[id]))
        said.append(Said(id, role, WORDS[id], desk.clock.now_ms(), frozenset({USER} if role == "user" else {APP})))
    await recorder.turns("C", "", said)


async def remembered(desk, tier: str = "episodic") -> set[str]:
    return {entry.text for entry in await desk.memory.list(tier=tier)}


def of(*ids: str) -> set[str]:
    return {WORDS[id] for id in ids}


async def test_what_was_taken_back_is_neither_remembered_nor_recalled(desk, edits) -> None:
    await edits.withdraw("C", "T3")
    assert await remembered(desk) == await remembered(desk, "short_term") == of("T1", "T2")
    assert WORDS["T4"] not in {hit.entry.text for hit in await desk.memory.recall("grey drops on a roof")}
    trash = (await desk.memory.trashed()).states
    assert {state.entry.text for state in trash} == of("T3", "T4"), "once each: the references leave no trace"
    assert await desk.memory.changes() == [], "the chat's undo is the only one"


async def test_what_went_with_a_turn_is_not_shown_as_thrown_away(desk, edits) -> None:
    thrown = [(await desk.memory.add(f"note {n}")).id for n in range(3)]
    await desk.memory.trash(thrown[0])
    gone = await edits.withdraw("C", "T3")
    await desk.memory.trash(thrown[1:])
    page = await desk.memory.trashed(withdrawn=False)
    assert ({state.entry.id for state in page.states}, page.total) == (set(thrown), 3)
    page = await desk.memory.trashed(offset=1, limit=1, withdrawn=False)
    assert ([state.entry.id in thrown for state in page.states], page.total) == ([True], 3)
    assert (await desk.memory.stats())["trash"] == 3
    await edits.reinstate("C", gone)
    assert ((await desk.memory.trashed()).total, (await desk.memory.trashed(withdrawn=False)).total) == (3, 3)


async def test_it_comes_back_with_the_turns_and_what_was_said_instead_goes(desk, edits, recorder) -> None:
    gone = await edits.withdraw("C", "T3")
    await say(desk, recorder, "T5", "T6")
    assert await remembered(desk) == of("T1", "T2", "T5", "T6")
    await edits.reinstate("C", gone)
    assert await remembered(desk) == await remembered(desk, "short_term") == of("T1", "T2", "T3", "T4")
    assert {state.entry.text for state in (await desk.memory.trashed()).states} == of("T5", "T6")


async def test_both_are_one_step_so_that_a_full_disk_leaves_both_as_they_were(desk, edits, monkeypatch) -> None:
    async def refuse(transaction: object) -> None:
        raise StoreFullError("no space")

    monkeypatch.setattr(desk.store, "commit", refuse)
    with pytest.raises(StoreFullError):
        await edits.withdraw("C", "T3")
    assert await remembered(desk) == of("T1", "T2", "T3", "T4")
    assert len(await desk.chats.turns("C")) == 4


async def test_what_the_person_has_made_their_own_stays(desk, edits) -> None:
    pinned, changed = derived_id("T3", "episodic"), derived_id("T4", "episodic")
    await desk.memory.pin(pinned)
    await desk.memory.edit(changed, text="Grey drops")
    await edits.withdraw("C", "T3")
    assert {e.text for e in await desk.memory.list()} >= {WORDS["T3"], "Grey drops"}


async def test_what_the_person_threw_away_or_forgot_does_not_come_back(desk, edits) -> None:
    await desk.memory.trash(derived_id("T3", "episodic"))
    gone = await edits.withdraw("C", "T3")
    await desk.memory.forget(derived_id("T4", "episodic"))
    await edits.reinstate("C", gone)
    assert await remembered(desk) == of("T1", "T2")


async def test_what_comes_back_late_is_not_swept_away_at_once(desk, edits) -> None:
    gone = await edits.withdraw("C", "T3")
    desk.clock.advance(8 * 86_400)
    await edits.reinstate("C", gone)
    entry = await desk.memory.get(derived_id("T4", "episodic"))
    assert entry.last_used_ms == desk.clock.now_ms()


async def test_where_nothing_was_recorded_there_is_nothing_to_take_back(desk, recorder) -> None:
    await desk.chats.create("Off the record", id="C")
    await desk.chats.append("C", Turn("T1", "", "user", "I live in Ghent"))
    gone = await ChatEdits(desk.chats, recorder).withdraw("C", "T1")
    assert (await desk.memory.trashed()).total == 0
    await ChatEdits(desk.chats, recorder).reinstate("C", gone)
    assert await remembered(desk) == set()
