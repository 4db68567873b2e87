"""Silence, filters, budget, one of each, a follow-up that borrows its subject, neighbours in a conversation."""

from __future__ import annotations

import pytest

from engine.errors import UnknownNameError
from engine.memory.entry import Links, MemoryEntry
from engine.memory.recall import RecallHit, audible, fits, rewrite_query, within


async def test_nothing_fits_is_nothing(desk) -> None:
    await desk.memory.add("The boiler was replaced in March by a man from Ghent")
    for n in range(20):
        await desk.memory.add(f"Note {n} about the garden and its roses")
    assert await desk.memory.recall("Who wrote the third symphony of Sibelius in March?") == []
    assert len(await desk.memory.recall("boiler replaced")) == 1
    # Who reads them all judges better than by words.
    assert await desk.memory.recall("Who wrote the third symphony of Sibelius in March?", gated=False)


async def test_filters_are_exact_however_few_pass(desk) -> None:
    for n in range(200):
        await desk.memory.add(f"boiler note {n} of the house", importance=1.0, created_at=1000 + n)
    await desk.memory.add("boiler of the flat", tier="episodic", importance=0.1, created_at=5000)
    await desk.memory.add("boiler of the shop", pinned=True, importance=0.1, created_at=6000)
    await desk.memory.add("boiler of a stranger", trust="suggested", importance=1.0)

    async def found(**filters: object) -> list[str]:
        return [hit.entry.text for hit in await desk.memory.recall("boiler", 3, touch=False, **filters)]

    assert await found(tiers=["episodic"]) == ["boiler of the flat"]
    assert await found(pinned=True) == ["boiler of the shop"]
    assert await found(created_from=5000, created_to=5500) == ["boiler of the flat"]
    assert await found(created_to=1000) == ["boiler note 0 of the house"]
    assert await found(tiers=["long_term"]) == []
    assert "boiler of a stranger" not in await found()
    with pytest.raises(UnknownNameError):
        await found(tiers=["forever"])


async def test_every_hit_says_why(desk) -> None:
    await desk.memory.add("The boiler was replaced in March", tier="episodic", importance=0.5)
    (hit,) = await desk.memory.recall("boiler March")
    assert set(hit.why) == {"words", "importance", "recency"}
    assert hit.score == pytest.approx(sum(hit.why.values()))


async def test_what_stands_before_and_after_leads_to_a_turn(desk) -> None:
    said = {"source": "user", "chat": "C1"}
    asked = await desk.memory.add("What shall we do with the boiler?", provenance=said, created_at=1, tier="episodic")
    told = await desk.memory.add("We will have it replaced in March", provenance=said, created_at=2, tier="episodic")
    other = await desk.memory.add("Fine.", provenance=said | {"chat": "C2"}, created_at=3, tier="episodic")
    found = [hit.entry.id for hit in await desk.memory.recall("boiler", touch=False)]
    assert found == [asked.id, told.id]
    await desk.memory.forget(asked.id)
    assert await desk.memory.recall("boiler") == []
    assert other.id not in found


async def test_a_reference_stands_for_what_it_refers_to(desk) -> None:
    entry = await desk.memory.add("The cat is called Minka", tier="episodic")
    await desk.memory.add("The cat is called Minka", tier="short_term", links=Links(refers_to=(entry.id,)))
    assert [hit.entry.id for hit in await desk.memory.recall("cat called")] == [entry.id]


async def test_what_the_chat_shows_already_is_left_out(desk) -> None:
    here = await desk.memory.add("The boiler is old", provenance={"source": "user", "chat": "C1"})
    there = await desk.memory.add("The boiler is loud", provenance={"source": "user", "chat": "C2"})
    found = [hit.entry.id for hit in await desk.memory.recall("boiler", without_chat="C1")]
    assert found == [there.id]
    assert here.id not in found


@pytest.mark.parametrize(
    ("query", "turns", "borrowed"),
    [
        ("And when does it end?", ["Tell me about the lease of the flat"], {"lease", "flat"}),
        ("When does the notice period of the lease end?", ["Tell me about boilers"], set()),
        ("And his birthday?", [], set()),
        ("What about him?", ["Where does Bert live?", "He lives in Ghent"], {"lives", "ghent", "bert", "live"}),
    ],
)
def test_a_question_that_leans_on_the_last_turns_borrows_their_subject(
    query: str, turns: list[str], borrowed: set[str]
) -> None:
    assert set(rewrite_query(query, turns).removeprefix(query).split()) == borrowed


def hit(text: str, **why: float) -> RecallHit:
    return RecallHit(MemoryEntry(text, "me", "semantic", text, 0, 0), sum(why.values()), why)


def test_the_budget_leaves_out_what_does_not_fit() -> None:
    hits = [hit("short one"), hit("word " * 500), hit("another short one")]
    assert [h.entry.text for h in within(hits, 100)] == ["short one", "another short one"]
    assert within(hits, None) == hits
    assert within(hits, 0) == []


def test_one_that_fits_brings_the_others_unless_each_must_fit() -> None:
    good, poor = hit("good", words=0.1, meaning=0.4), hit("poor", words=0.0, meaning=0.1)
    assert audible([good, poor], strict=False) == [good, poor]
    assert audible([good, poor], strict=True) == [good]
    assert audible([poor], strict=False) == []
    assert fits({"words": 0.5}, 0.235, dense=False)
    assert not fits({"words": 0.05, "meaning": 0.0}, 0.235, dense=True)
