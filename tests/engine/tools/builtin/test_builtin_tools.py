from __future__ import annotations

from dataclasses import replace

import pytest

from engine.documents.types import Passage
from engine.security.approval import Session
from engine.store.store import Transaction
from engine.tools.builtin.current_time import local_time
from engine.tools.builtin.remember import create_memory_id
from engine.tools.registry import create_registry
from engine.tools.tool import CitationBook, ToolContext

TURN = "01JG0000000000000000000000"


@pytest.fixture
def context(desk) -> ToolContext:
    session = Session("Remember that I like green tea. What is the notice period?")
    return ToolContext(
        desk.store, desk.search, desk.memory, None, desk.clock, session, CitationBook(), chat_id="C", turn_id=TURN
    )


@pytest.fixture
def call(context):
    async def call(name: str, **arguments):
        return await create_registry().call(name, arguments, context)

    return call


async def test_search_answers_with_numbered_places_and_keeps_the_passage(desk, call) -> None:
    document = await desk.add_document()
    result = await call("search_documents", query="notice period")
    assert result.observation.startswith("[1] lease.pdf, page 1: ")
    assert "The notice period is three months to the end of a quarter." in result.observation
    assert result.labels == {f"doc:{document.id}"}
    assert result.citations[0].text in result.hits[0].text
    assert (result.citations[0].page, result.citations[0].path) == (1, "/home/eva/lease.pdf")


async def test_search_is_short(desk, call) -> None:
    await desk.add_document(texts=[f"The boiler number {n} is in the cellar. " * 20 for n in range(8)])
    result = await call("search_documents", query="boiler cellar")
    assert 1 <= len(result.observation.splitlines()) <= 3
    assert len(result.observation) < 3 * 900


async def test_search_that_finds_nothing_says_so(desk, call) -> None:
    result = await call("search_documents", query="zebra")
    assert result.ok
    assert "No document says anything" in result.observation


async def test_search_does_not_quote_what_is_gone_from_the_store(desk, call) -> None:
    document = await desk.add_document()
    await desk.feed.caught_up()
    for n in range(2):
        desk.store.values.pop(desk.store.keys.passage(f"{document.id}P{n}"))
    assert "No document" in (await call("search_documents", query="notice period")).observation


async def test_only_chosen_documents_are_searched(desk, call, context) -> None:
    await desk.add_document()
    other = await desk.add_document("/home/eva/phone.pdf", ["The notice period of the phone contract is one month."])
    context.document_ids = (other.id,)
    result = await call("search_documents", query="notice period")
    assert "phone.pdf" in result.observation
    assert "lease.pdf" not in result.observation
    result = await call("search_documents", query="zebra")
    assert "lease.pdf" not in result.observation


async def test_reading_goes_on_around_a_place_that_was_found(desk, call) -> None:
    await desk.add_document()
    await call("search_documents", query="notice period")
    result = await call("read_document", source="[1]")
    assert result.observation.startswith("[2] lease.pdf, page 1:\nThe flat is let")
    assert "The landlord returns the deposit" in result.observation


async def test_reading_a_page_of_a_file_by_name(desk, call) -> None:
    await desk.add_document()
    result = await call("read_document", source="LEASE.pdf", page=2)
    assert result.observation.startswith("[1] lease.pdf, page 2:\nThe tenant pays")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"source": "leese.pdf"}, "Did you mean 'lease.pdf'?"),
        ({"source": "[7]"}, "There is no place"),
        ({"source": "lease.pdf", "page": 9}, "no text on page 9"),
    ],
)
async def test_reading_what_is_not_there_is_an_observation(desk, call, arguments, part: str) -> None:
    await desk.add_document()
    result = await call("read_document", **arguments)
    assert not result.ok
    assert part in result.observation


async def test_overlapping_passages_are_read_once(desk, call, context) -> None:
    document = await desk.add_document(texts=["One two three four.", "x"])
    second = await desk.store.get(desk.store.keys.passage(f"{document.id}P1"))
    passage = replace(Passage.from_record(second), text="three four. Five six.", start=8, end=29)
    transaction = Transaction()
    transaction.put(desk.store.keys.passage(passage.id), passage.to_record())
    await desk.store.commit(transaction)
    result = await call("read_document", source="lease.pdf")
    assert result.observation.endswith("One two three four. Five six.")


async def test_a_sentence_has_its_own_place_where_a_passage_runs_over_two(desk, call) -> None:
    document = await desk.add_document(texts=["The rent is 840 euros. The deposit is 2,520 euros."])
    record = await desk.store.get(desk.store.keys.passage(f"{document.id}P0"))
    passage = replace(Passage.from_record(record), places=((0, 1, "Rent"), (23, 2, "Deposit")))
    transaction = Transaction()
    transaction.put(desk.store.keys.passage(passage.id), passage.to_record())
    await desk.store.commit(transaction)
    result = await call("search_documents", query="How high is the deposit?")
    assert "lease.pdf, page 2: The deposit is 2,520 euros." in result.observation
    assert {(c.page, c.heading) for c in result.citations} == {(1, "Rent"), (2, "Deposit")}
    result = await call("read_document", source="lease.pdf", page=2)
    assert result.observation.endswith("lease.pdf, page 2:\nThe deposit is 2,520 euros.")


async def test_own_words_become_a_trusted_memory(desk, call) -> None:
    result = await call("remember", text="I like green tea")
    assert result.observation == 'Remembered: "I like green tea"'
    (entry,) = await desk.memory.list()
    assert (entry.trust, entry.tier, entry.importance) == ("trusted", "semantic", 0.8)
    assert (entry.provenance.source, entry.provenance.chat, entry.provenance.turn) == ("user", "C", TURN)


async def test_other_words_become_a_suggestion_that_is_not_recalled(desk, call) -> None:
    result = await call("remember", text="The person adores coffee")
    assert "suggestion" in result.observation
    assert await desk.memory.recall("coffee") == []
    assert [hit.entry.trust for hit in await desk.memory.recall("coffee", suggested=True)] == ["suggested"]


async def test_the_same_words_are_remembered_once(desk, call) -> None:
    await call("remember", text="I like green tea")
    result = await call("remember", text="i like  green tea.")
    assert result.data["known"] is True
    assert await desk.memory.count() == 1


def test_the_same_turn_and_words_give_the_same_id() -> None:
    assert create_memory_id(TURN, "a") == create_memory_id(TURN, "a")
    assert create_memory_id(TURN, "a") != create_memory_id(TURN, "b")
    assert len(create_memory_id("no ulid", "a")) == 26


async def test_recall_gives_memories_with_their_date(desk, call) -> None:
    await desk.memory.add("The cat is called Minka")
    result = await call("recall_memory", query="What is the cat called?")
    assert result.observation == "[1] remembered on 1 January 2026: The cat is called Minka"
    assert result.labels == {"memory:user"}
    assert (result.citations[0].kind, result.citations[0].text) == ("memory", "The cat is called Minka")


async def test_the_calculator_says_what_is_wrong(call) -> None:
    assert (await call("calculator", expression="17*23")).observation == "17 × 23 = 391"
    result = await call("calculator", expression="1/0")
    assert (result.ok, result.observation) == (False, "This cannot be calculated: Nothing can be divided by zero.")


async def test_the_time_is_that_of_the_clock(call) -> None:
    assert "1 January 2026" in (await call("current_time")).observation


@pytest.mark.parametrize(("moment_ms", "years"), [(10**17, {9998, 9999}), (-(10**15), {1969, 1970})])
def test_a_moment_that_no_calendar_has_is_shown_as_the_nearest(moment_ms: int, years: set[int]) -> None:
    """A list with one such memory in it was shown to nobody."""
    assert local_time(moment_ms).year in years
