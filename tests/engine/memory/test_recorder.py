"""What the loop records: every turn, once, with its labels; what is recalled of it is the person's statements."""

from __future__ import annotations

import pytest

from engine.memory.recorder import Recorder, Said
from engine.security.taint import APP, USER

OWN = frozenset({USER})


@pytest.fixture
def recorder(desk) -> Recorder:
    return Recorder(desk.memory)


async def test_every_turn_is_in_episodic_and_refers_from_short_term(desk, recorder) -> None:
    turns = [
        Said("01T1", "user", "I live in Ghent", 1000, OWN),
        Said("01T2", "assistant", "Noted, Ghent it is", 1001, OWN | {APP}),
    ]
    for _ in range(2):  # repeated after a crash, it is the same write
        await recorder.turns("C", "house", turns)
    said = {e.text: e for e in await desk.memory.list(tier="episodic")}
    assert set(said) == {"I live in Ghent", "Noted, Ghent it is"}
    entry = said["I live in Ghent"]
    assert (entry.importance, entry.project, entry.provenance.chat, entry.provenance.turn) == (
        0.5,
        "house",
        "C",
        "01T1",
    )
    assert (entry.labels, entry.created_ms) == (("memory:user",), 1000)
    assert said["Noted, Ghent it is"].importance == 0.3
    references = await desk.memory.list(tier="short_term")
    assert {e.links.refers_to[0] for e in references} == {e.id for e in said.values()}
    assert await desk.memory.changes() == []


@pytest.mark.parametrize(
    ("role", "text", "labels", "verbatim"),
    [
        ("user", "Where do I live?", OWN, True),
        ("user", "Remember that I live in Ghent", OWN, True),
        ("assistant", "You told me: I live in Ghent", OWN | {"memory:user"}, True),
        ("assistant", 'lease.pdf, page 1: "I, the tenant, live in Ghent"', OWN | {"doc:1"}, True),
        ("assistant", "I live to find and quote", OWN | {APP}, False),
    ],
)
async def test_what_is_no_own_statement_is_kept_and_not_recalled(
    desk, recorder, role, text: str, labels, verbatim: bool
) -> None:
    await recorder.turns("C", "", [Said("01T1", role, text, 1000, labels, verbatim)])
    (entry,) = await desk.memory.list(tier="episodic")
    assert (entry.trust, set(entry.labels) >= labels - {USER, APP}) == ("quoted", True)
    assert await desk.memory.recall("live Ghent quote") == []
    assert list(await desk.memory.list()) == []


@pytest.mark.parametrize("text", ["a\x00b\x01c", "word " * 250_000, "  "], ids=["binary", "a book", "empty"])
async def test_what_could_not_be_imported_again_is_no_memory(desk, recorder, text: str) -> None:
    await recorder.turns("C", "", [Said("01T1", "user", text, 1000, OWN)])
    assert await desk.memory.count(tier="episodic") == 0


async def test_what_a_step_found_is_in_working_and_not_recalled(desk, recorder) -> None:
    await recorder.finding("calculator: 12 × 12 = 144", "C", "01T1", "", frozenset({"tool:calculator"}))
    await recorder.finding("  ", "C", "01T1", "", frozenset())
    (entry,) = await desk.memory.list(tier="working")
    assert (entry.text, entry.provenance.source) == ("calculator: 12 × 12 = 144", "tool")
    assert await desk.memory.recall("calculator 144") == []
