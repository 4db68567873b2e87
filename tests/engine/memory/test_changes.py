"""Changing, throwing away, taking back, forgetting; and the journal that tells of it."""

from __future__ import annotations

import pytest

from engine.errors import UnknownNameError, UsageError


async def sentences(desk) -> list[str]:
    return [change.sentence for change in await desk.memory.changes()]


async def test_an_edit_is_told_and_taken_back_and_done_again(desk) -> None:
    entry = await desk.memory.add("Prefers metric units", tags=["units"])
    await desk.memory.edit(entry.id, text="Prefers imperial units", tier="long_term", importance=0.2)
    undo = await desk.memory.undo()
    back = await desk.memory.get(entry.id)
    assert (back.text, back.tier, back.importance, back.tags) == ("Prefers metric units", "semantic", 0.5, ("units",))
    assert await sentences(desk) == [
        "Undid a change of “Prefers metric units”", "Edited “Prefers imperial units”",
        "Remembered “Prefers metric units”",
    ]  # fmt: skip
    await desk.memory.undo(undo.id)
    assert (await desk.memory.get(entry.id)).tier == "long_term"
    assert await desk.memory.count("semantic") == 0


async def test_changing_nothing_is_no_change(desk) -> None:
    entry = await desk.memory.add("a")
    await desk.memory.edit(entry.id, text=" a ")
    await desk.memory.pin(entry.id, False)
    assert len(await desk.memory.changes()) == 1


async def test_what_is_in_the_trash_is_found_nowhere_and_comes_back_whole(desk) -> None:
    one = await desk.memory.add("The boiler was replaced in March", tags=["house"])
    two = await desk.memory.add("The boiler is from Vaillant")
    change = await desk.memory.trash([one.id, two.id])
    assert change.sentence == "Moved 2 memories to the trash"
    assert await desk.memory.recall("boiler") == []
    assert list(await desk.memory.list()) == []
    trash = await desk.memory.trashed()
    assert {s.entry.id for s in trash.states} == {one.id, two.id}
    assert (trash.total, trash.states[0].reason, (await desk.memory.stats())["trash"]) == (2, "trashed", 2)
    await desk.memory.restore(one.id)
    assert [hit.entry.id for hit in await desk.memory.recall("boiler")] == [one.id]
    assert (await desk.memory.get(one.id)).tags == ("house",)
    assert (await desk.memory.trashed()).total == 1


async def test_undo_takes_back_the_persons_last_change_and_then_the_one_before(desk) -> None:
    entry = await desk.memory.add("a")
    await desk.memory.pin(entry.id)
    await desk.memory.trash(entry.id)
    assert (await desk.memory.undo()).sentence == "Undid a change of “a”"
    assert (await desk.memory.get(entry.id)).pinned
    await desk.memory.undo()
    assert not (await desk.memory.get(entry.id)).pinned
    await desk.memory.undo()
    assert (await desk.memory.trashed()).total == 1
    with pytest.raises(UsageError, match="nothing to take back"):
        await desk.memory.undo()


async def test_scrubjays_own_changes_are_not_the_persons_last(desk) -> None:
    mine = await desk.memory.add("mine")
    other = await desk.memory.add("by itself", by="scrubjay")
    await desk.memory.undo()
    assert [e.id for e in await desk.memory.list()] == [other.id]
    assert [s.entry.id for s in (await desk.memory.trashed()).states] == [mine.id]


async def test_what_tidying_went_over_since_does_not_stand_in_the_way(desk) -> None:
    one, two = await desk.memory.add("one"), await desk.memory.add("two")
    await desk.memory.trash(two.id, by="scrubjay")
    await desk.memory.undo()
    assert {s.entry.id for s in (await desk.memory.trashed()).states} == {one.id, two.id}


async def test_an_older_change_is_not_taken_back_over_a_newer_one(desk) -> None:
    entry = await desk.memory.add("one")
    await desk.memory.edit(entry.id, text="two")
    edit = (await desk.memory.changes())[0]
    await desk.memory.edit(entry.id, text="three")
    with pytest.raises(UsageError, match="take those back first"):
        await desk.memory.undo(edit.id)
    with pytest.raises(UnknownNameError):
        await desk.memory.undo("01NOSUCH")
    assert (await desk.memory.get(entry.id)).text == "three"


async def test_the_history_of_an_entry_shows_what_it_was(desk) -> None:
    entry = await desk.memory.add("one")
    await desk.memory.add("another")
    await desk.memory.edit(entry.id, text="two")
    await desk.memory.trash(entry.id)
    history = await desk.memory.history(entry.id.lower())
    assert [change.action for change, _ in history] == ["trashed", "edited", "added"]
    assert [before.entry.text if before else None for _, before in history] == ["two", "one", None]


async def test_uses_and_vectors_survive_an_undo(desk) -> None:
    entry = await desk.memory.add("The cat is called Minka")
    await desk.memory.edit(entry.id, importance=0.9)
    await desk.memory.set_vectors({entry.id: (entry.text, b"\0\1")}, "m")
    await desk.memory.recall("cat")
    await desk.memory.flush()
    await desk.memory.undo()
    back = await desk.memory.get(entry.id)
    assert (back.importance, back.uses, back.vector) == (0.5, 1, b"\0\1")


async def test_what_only_waits_is_not_called_remembered(desk) -> None:
    await desk.memory.add("the nephew is called Otto", trust="suggested")
    assert (await desk.memory.changes())[0].sentence == "Suggested “the nephew is called Otto”"
    assert (await desk.memory.undo()).action == "undone"


async def test_a_late_vector_brings_nothing_back(desk) -> None:
    entry = await desk.memory.add("gone soon")
    changed = await desk.memory.add("old words")
    await desk.memory.trash(entry.id)
    await desk.memory.edit(changed.id, text="new words")
    await desk.memory.set_vectors({entry.id: (entry.text, b"v"), changed.id: ("old words", b"v")}, "m")
    assert [e.vector for e in await desk.memory.list()] == [b""]
    waiting = [member for member, _ in await desk.store.range(desk.store.keys.unembedded)]
    assert waiting == [f"memory:{changed.id}"]


async def test_forgetting_takes_the_words_out_of_the_journal_too(desk) -> None:
    entry = await desk.memory.add("the passphrase is Quixotic-Pangolin")
    kept = await desk.memory.add("the cat is called Minka")
    await desk.memory.edit(entry.id, text="the passphrase was Quixotic-Pangolin")
    await desk.memory.trash([entry.id, kept.id])
    await desk.memory.undo()
    await desk.memory.trash([entry.id])
    (gone,) = await desk.memory.forget(entry.id)
    assert gone.text.startswith("the passphrase was")
    records = [str(await desk.store.get(key)) async for key in desk.store.scan("sj:") if key in desk.store.values]
    assert not [record for record in records if "Quixotic" in record]
    assert (await sentences(desk))[0] == "Forgot a memory for good"
    assert (await desk.memory.history(kept.id))[-1][0].sentence == "Remembered “the cat is called Minka”"
    with pytest.raises(UsageError, match="cannot be taken back"):
        await desk.memory.undo((await desk.memory.changes())[0].id)


async def test_a_repeated_request_is_the_same_change(desk) -> None:
    entry = await desk.memory.add("a")
    other = await desk.memory.add("b")
    for _ in range(2):
        await desk.memory.trash(entry.id, change_id="01TRASH")
        await desk.memory.undo(undo_id="01UNDO")
        await desk.memory.forget(other.id, change_id="01FORGET")
    assert [c.action for c in await desk.memory.changes()] == ["forgotten", "undone", "trashed", "added"]


async def test_several_are_changed_or_none(desk) -> None:
    entry = await desk.memory.add("a")
    for change in (desk.memory.trash, desk.memory.pin, desk.memory.forget):
        with pytest.raises(UnknownNameError):
            await change([entry.id, "01NOSUCH"])
    assert not (await desk.memory.get(entry.id)).pinned


async def test_what_was_recorded_of_the_same_words_goes_with_the_memory_and_comes_back(desk) -> None:
    said = await desk.memory.add("My cat is called Minka", tier="episodic", provenance={"source": "user", "chat": "C"})
    kept = await desk.memory.add("My cat is called Minka.")
    other = await desk.memory.add("My cat is afraid of rain", tier="episodic")
    await desk.memory.trash(kept.id)
    found = [hit.entry.id for hit in await desk.memory.recall("What is the cat called?", touch=False)]
    assert not {said.id, kept.id} & set(found)
    assert [e.id for e in await desk.memory.list()] == [other.id]
    await desk.memory.undo()
    assert {e.id for e in await desk.memory.list()} == {said.id, kept.id, other.id}
