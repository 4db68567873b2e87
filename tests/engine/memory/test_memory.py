from __future__ import annotations

import dataclasses

import pytest

from engine.clock import FakeClock
from engine.errors import UnknownNameError, UsageError
from engine.memory.entry import Links, MemoryEntry, Provenance
from engine.memory.importance import score
from engine.memory.memory import Memory
from engine.memory.tiers import TIERS, get_tier
from engine.store.twin import MemoryStore


async def test_an_entry_comes_back_as_it_was_written(desk) -> None:
    made = await desk.memory.add(
        "Prefers metric units", tier="long_term", importance=0.7, tags=["units", "units"], project="house",
        created_at=5, provenance={"source": "import", "file": "notes.txt", "place": "page 2"},
    )  # fmt: skip
    assert await desk.memory.get(made.id) == made
    assert (made.created_ms, made.last_used_ms, made.tags) == (5, 5, ("units",))
    assert made.provenance == Provenance("import", file="notes.txt", place="page 2")
    assert made.labels == ("memory:derived",)


def test_a_record_holds_every_field_and_drops_unknown_ones() -> None:
    entry = MemoryEntry(
        "id", "me", "semantic", "text", 1, 2, "p", b"\0\1", 0.5, 3, True, ("t",),
        Provenance("tool", "c", "t", "f", "p"), ("doc:1", "memory:derived"), Links(("a",), ("b", "c")),
        "suggested", "model", "change",
    )  # fmt: skip
    record = entry.to_record()
    assert set(record) == {field.name for field in dataclasses.fields(MemoryEntry)}
    assert MemoryEntry.from_record({**record, "later": 1}) == entry
    assert "vector" not in entry.to_public()
    assert entry.to_public()["has_vector"] is True


@pytest.mark.parametrize(
    "text", ["", " \n", "a" * 1_000_001, "a\0b", "\ud800", "\u200b", "\u2060 \ufeff", "\u3164\u2800", "\u202e\ufe0f"]
)
async def test_what_is_no_text_is_refused(desk, text: str) -> None:
    with pytest.raises(UsageError):
        await desk.memory.add(text)
    assert await desk.memory.count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"tier": "semantics"},
        {"importance": 1.1},
        {"provenance": {"sorce": "user"}},
        {"provenance": {"source": "x"}},
        {"created_at": 10**17},
        {"created_at": -1},
        {"created_at": 1.5},
        {"created_at": "now"},
        {"created_at": True},
    ],
)
async def test_wrong_fields_are_refused(desk, fields) -> None:
    with pytest.raises(UsageError):
        await desk.memory.add("text", **fields)


async def test_the_same_id_is_the_same_write(desk) -> None:
    first = await desk.memory.add("once")
    await desk.memory.add("once", id=first.id)
    assert await desk.memory.count() == 1


async def test_a_new_entry_waits_for_its_vector_and_tells_so(desk) -> None:
    woken: list[int] = []
    memory = Memory(desk.store, desk.clock, on_written=lambda: woken.append(1))
    entry = await memory.add("text")
    assert await desk.store.range(desk.store.keys.unembedded) == [(f"memory:{entry.id}", entry.created_ms)]
    assert (woken, (await memory.stats())["without_vector"]) == ([1], 1)


async def test_recall_finds_by_words_and_counts_the_use(desk) -> None:
    entry = await desk.memory.add("The boiler was replaced in March")
    await desk.memory.add("The cat is called Minka")
    desk.clock.advance(60)
    (hit, *_) = await desk.memory.recall("boiler", k=1)
    assert (hit.entry.id, hit.score > 0, "words" in hit.why) == (entry.id, True, True)
    assert (await desk.memory.get(entry.id)).uses == 0
    await desk.memory.flush()
    used = await desk.memory.get(entry.id)
    assert (used.uses, used.last_used_ms) == (1, entry.last_used_ms + 60_000)


async def test_many_uses_are_one_write(desk) -> None:
    entry = await desk.memory.add("The boiler was replaced in March")
    before = await desk.store.last_change()
    for _ in range(3):
        await desk.memory.recall("boiler")
    await desk.memory.flush()
    await desk.memory.flush()
    assert len(await desk.store.changes(before) or []) == 1
    assert (await desk.memory.get(entry.id)).uses == 3


async def test_recall_sees_its_project_and_what_has_none(desk) -> None:
    await desk.memory.add("boiler of the house", project="house")
    await desk.memory.add("boiler of the flat", project="flat")
    await desk.memory.add("boiler in general")
    found = {hit.entry.project for hit in await desk.memory.recall("boiler", project="house")}
    assert found == {"house", ""}


async def test_an_empty_query_is_refused(desk) -> None:
    with pytest.raises(UsageError):
        await desk.memory.recall(" ")
    with pytest.raises(UsageError):
        await desk.memory.recall("a", k=0)


async def test_an_entry_is_found_by_the_beginning_of_its_id(desk) -> None:
    one = await desk.memory.add("one", id="01AAAA")
    await desk.memory.add("two", id="01AABB")
    assert await desk.memory.find("01aaa") == one
    with pytest.raises(UsageError, match="More than one memory begins"):
        await desk.memory.find("01AA")
    for nothing in ("02", ""):
        with pytest.raises(UnknownNameError):
            await desk.memory.find(nothing)


async def test_lists_are_newest_first_and_can_be_narrowed(desk) -> None:
    for n, tier in enumerate(("semantic", "episodic", "semantic")):
        desk.clock.advance(1)
        await desk.memory.add(
            f"entry {n}", tier=tier, project="p" if n else "", trust="suggested" if n == 2 else "trusted"
        )
    assert [e.text for e in await desk.memory.list()] == ["entry 2", "entry 1", "entry 0"]
    assert [e.text for e in await desk.memory.list(limit=1)] == ["entry 2"]
    assert [e.text for e in await desk.memory.list(tier="semantic")] == ["entry 2", "entry 0"]
    assert [e.text for e in await desk.memory.list(project="p", limit=1)] == ["entry 2"]
    assert [e.text for e in await desk.memory.list(trust="suggested")] == ["entry 2"]
    with pytest.raises(UnknownNameError, match="Did you mean 'semantic'"):
        await desk.memory.list(tier="semantik")


async def test_an_edited_text_waits_for_a_new_vector(desk) -> None:
    entry = await desk.memory.add("old", provenance={"source": "document"})
    edited = await desk.memory.edit(entry.id, text="new", tags=["a"], pinned=True)
    assert (edited.text, edited.vector, edited.tags, edited.pinned) == ("new", b"", ("a",), True)
    assert set(edited.labels) == {"memory:derived", "memory:user", "doc:unknown"}
    assert edited.trust == "suggested"
    assert (await desk.memory.edit(entry.id, importance=0.2, pinned=False)).importance == 0.2


async def test_forgetting_leaves_nothing_and_runs_the_hook(desk) -> None:
    gone: list[str] = []

    async def forgotten(ids) -> None:
        gone.extend(ids)

    memory = Memory(desk.store, desk.clock, desk.search, on_forgotten=forgotten)
    entry = await memory.add("secret number 4711")
    await memory.recall("secret")
    await memory.forget(entry.id)
    await memory.flush()
    assert gone == [entry.id]
    assert [key async for key in desk.store.scan(desk.store.keys.prefix) if entry.id in key] == []
    assert await memory.recall("secret") == []
    assert await memory.count() == 0
    assert await desk.store.range(desk.store.keys.unembedded) == []
    with pytest.raises(UnknownNameError):
        await memory.forget(entry.id)


async def test_stats_count_beside_capacities(desk) -> None:
    await desk.memory.add("a")
    await desk.memory.add("b", tier="episodic")
    stats = await desk.memory.stats()
    assert stats["total"] == 2
    assert (stats["tiers"]["semantic"]["count"], stats["tiers"]["semantic"]["capacity"]) == (1, 50_000)


async def test_without_a_search_nothing_is_recalled() -> None:
    memory = Memory(MemoryStore(), FakeClock())
    await memory.add("a")
    assert await memory.recall("a") == []


def test_the_table_of_tiers_is_that_of_the_design() -> None:
    assert [(t.capacity, t.ttl_s, t.half_life_s) for t in TIERS.values()] == [
        (15, 900, 300), (100, 3600, 1800), (5000, 604_800, 259_200), (10_000, 2_592_000, 864_000), (50_000, 0, 0),
    ]  # fmt: skip
    assert get_tier("working").name == "working"


def test_importance_halves_with_time_and_grows_with_use() -> None:
    entry = MemoryEntry("i", "me", "episodic", "t", 0, 0, importance=0.8)
    three_days_ms = 3 * 86_400_000
    assert score(entry, three_days_ms) == pytest.approx(0.4)
    assert score(dataclasses.replace(entry, uses=3), three_days_ms) == pytest.approx(0.6)
    assert score(dataclasses.replace(entry, pinned=True), 100 * three_days_ms) == 1.0
    assert score(dataclasses.replace(entry, tier="semantic"), 100 * three_days_ms) == pytest.approx(0.8)


def test_a_stored_entry_says_only_what_is_unusual_and_always_how_far_it_is_trusted() -> None:
    plain = MemoryEntry("A", "me", "semantic", "Prefers tea", 1, 2)
    assert set(plain.to_stored()) == {
        "id", "space", "tier", "text", "created_ms", "last_used_ms", "labels", "trust"
    }  # fmt: skip
    full = dataclasses.replace(plain, vector=b"12", uses=3, tags=("x",), labels=(), trust="quoted", links=Links(("B",)))
    for entry in (plain, full):
        assert MemoryEntry.from_record(entry.to_stored()) == MemoryEntry.from_record(entry.to_record()) == entry
