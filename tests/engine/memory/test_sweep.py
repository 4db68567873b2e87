"""The table of tiers is enforced, pinned entries stay, and a wrong clock deletes nothing."""

from __future__ import annotations

import pytest

from engine.chat_edits import ChatEdits
from engine.errors import UnknownNameError, UsageError
from engine.memory.entry import Links
from engine.memory.memory import Memory
from engine.memory.recorder import Recorder
from engine.memory.sweep import Sweep, SweepReport
from engine.memory.tiers import TIERS, create_tiers

DAY_S = 86_400


@pytest.fixture
def sweep(desk) -> Sweep:
    return Sweep(desk.memory, desk.store, desk.clock)


async def test_what_had_its_time_goes_to_the_trash_and_can_be_taken_back(desk, sweep) -> None:
    for tier in TIERS:
        await desk.memory.add(tier, tier=tier)
    await desk.memory.add("pinned", tier="working", pinned=True)
    left = []
    for seconds in (901, 3600 - 900, 7 * DAY_S - 3600, 23 * DAY_S):
        desk.clock.advance(seconds)
        await sweep.run()
        left.append({e.text for e in await desk.memory.list()} - {"pinned"})
    assert [len(texts) for texts in left] == [4, 3, 2, 1]
    assert left[-1] == {"semantic"}
    (change, *_) = await desk.memory.changes()
    assert (change.by, change.sentence) == ("scrubjay", "Moved “long_term” to the trash after its time")
    await desk.memory.undo(change.id)
    assert (await sweep.run()).expired == 0
    assert {e.text for e in await desk.memory.list()} == {"semantic", "long_term", "pinned"}


async def test_what_tools_found_for_an_answer_does_not_fill_the_trash(desk, sweep) -> None:
    recorder = Recorder(desk.memory)
    for n in range(TIERS["working"].capacity + 5):
        await recorder.finding(f"calculator: {n} × 2 = {2 * n}", "chat", f"turn {n}", "", frozenset())
    await desk.memory.add("the plan is to paint the door", tier="working", importance=0.1)
    assert (await sweep.run()).evicted == 6
    desk.clock.advance(1000)
    await sweep.run()
    assert await desk.memory.count("working") == 0
    # What the person wrote into that tier is theirs.
    assert [s.entry.text for s in (await desk.memory.trashed()).states] == ["the plan is to paint the door"]


async def test_use_keeps_an_entry(desk, sweep) -> None:
    entry = await desk.memory.add("the plan is to paint the door", tier="working")
    desk.clock.advance(800)
    await desk.memory.touch([entry.id])
    await desk.memory.flush()
    desk.clock.advance(800)
    assert (await sweep.run()).expired == 0


async def test_a_full_tier_gives_up_its_lowest_scores_and_never_a_pinned_entry(desk) -> None:
    memory = Memory(desk.store, desk.clock, desk.search, tiers=create_tiers({"semantic": {"capacity": 3}}))
    for n, importance in enumerate((0.9, 0.1, 0.5, 0.2, 0.7)):
        await memory.add(str(n), importance=importance, id=f"01{n}")
    await memory.pin("011")
    report = await Sweep(memory, desk.store, desk.clock).run()
    assert (report.evicted, {e.text for e in await memory.list()}) == (2, {"0", "1", "4"})
    assert (await memory.changes())[0].sentence == "Made room: moved 2 memories to the trash"
    await memory.pin(["010", "014"])
    await memory.add("5", pinned=True)
    assert (await Sweep(memory, desk.store, desk.clock).run()).evicted == 0


@pytest.mark.parametrize("days", [40, -40])
async def test_a_clock_that_jumps_expires_nothing_until_the_person_agrees(desk, sweep, days: int) -> None:
    gone = await desk.memory.add("in the trash")
    await desk.memory.trash(gone.id)
    await sweep.run()
    for tier in TIERS:
        await desk.memory.add(tier, tier=tier)
    desk.clock.jump(days * DAY_S)
    for again in (sweep, Sweep(desk.memory, desk.store, desk.clock)):  # the second is another start
        report = await again.run()
        assert (report.believed, report.expired, report.purged) == (False, 0, 0)
    state = (await sweep.last_seen.look()).to_public()
    assert f"40 days {'ahead of' if days > 0 else 'behind'}" in state["sentence"]
    desk.clock.jump(-days * DAY_S)
    assert (await sweep.run()).believed
    desk.clock.jump(days * DAY_S)
    await sweep.last_seen.accept()
    report = await sweep.run()
    assert (report.believed, report.expired, report.purged) == (True, 4 if days > 0 else 0, 1 if days > 0 else 0)


async def test_a_clock_that_jumps_before_the_first_sweep_expires_nothing_either(desk, sweep) -> None:
    await desk.memory.add("said today", tier="episodic")
    desk.clock.jump(40 * DAY_S)
    assert await sweep.run() == SweepReport(believed=False)
    assert [entry.text for entry in await desk.memory.list()] == ["said today"]


async def test_the_trash_and_the_journal_are_kept_for_thirty_days(desk, sweep) -> None:
    entry = await desk.memory.add("secret words")
    await desk.memory.trash(entry.id)
    for _ in range(29):
        desk.clock.advance(DAY_S)
        await sweep.run()
    assert (await desk.memory.trashed()).total == 1
    desk.clock.advance(DAY_S + 1)
    assert (await sweep.run()).purged == 1
    records = [str(await desk.store.get(key)) for key in desk.store.values]
    assert not [record for record in records if "secret" in record]
    assert await desk.memory.changes() == []


async def test_a_reference_ends_without_a_trace(desk, sweep) -> None:
    entry = await desk.memory.add("said just now", tier="episodic")
    await desk.memory.add("said just now", tier="short_term", links=Links(refers_to=(entry.id,)))
    desk.clock.advance(3601)
    await sweep.run()
    assert ([e.id for e in await desk.memory.list()], (await desk.memory.trashed()).total) == ([entry.id], 0)


def test_the_table_can_be_changed_within_reason() -> None:
    assert create_tiers({"episodic": {"capacity": 9, "ttl_s": 0}})["episodic"].capacity == 9
    with pytest.raises(UnknownNameError, match="Did you mean 'episodic'"):
        create_tiers({"episodc": {}})
    with pytest.raises(UnknownNameError):
        create_tiers({"episodic": {"name": 1}})
    with pytest.raises(UsageError):
        create_tiers({"episodic": {"capacity": 0}})


async def test_the_other_trashes_are_emptied_with_it_but_not_while_the_clock_is_doubted(desk, sweep) -> None:
    await desk.chats.create("Boiler", id="C")
    edits = ChatEdits(desk.chats)
    await edits.discard("C")
    sweep.purges.append(edits.purge)
    await sweep.run()
    desk.clock.jump(40 * DAY_S)
    assert (await sweep.run()).purged == 0
    desk.clock.jump(-40 * DAY_S)
    for _ in range(31):
        await sweep.run()
        desk.clock.advance(DAY_S)
    assert (await sweep.run()).purged == 0, "it was purged in one of the sweeps before"
    assert await edits.discarded() == []
