"""Reading on from what was quoted, and a section by its number."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine import Engine, Settings
from engine.agent.guide.answer.read_on import section_asked

LEASE = """# Tenancy agreement

## 4. Term and notice
The tenancy begins on 1 March 2025. The tenant may give notice with a period of three months.
Notice must be in writing.

## 5. Animals
Small animals in cages are allowed. Dogs and cats need the written consent of the landlady.

## 6. House rules
- Quiet hours are from 22:00 to 7:00.
- Bicycles stand in the shed.
"""
MINUTES = "# Minutes\n\n## 5. Next meeting\nThe next meeting is on 18 June 2026 at 19:30.\n"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    (tmp_path / "lease.md").write_text(LEASE)
    async with Engine.open(Settings(data_dir=tmp_path / "data", embedder="none")) as engine:
        await engine.ingest([tmp_path / "lease.md"])
        yield engine


async def chat(engine: Engine, *asked: str) -> list[str]:
    """The answers to one message after the other."""
    said, chat_id = list[str](), None
    for words in asked:
        events = [event async for event in engine.ask(words, chat=chat_id)]
        chat_id = events[0].chat_id
        said.append(events[-1].answer)
    return said


async def test_the_whole_section_is_read_and_then_what_follows(engine) -> None:
    said = await chat(
        engine, "What is the period for giving notice?", "where does it say that?", "show me the whole section",
        "read on", "what comes next?", "read on", "Read on", "and then",
    )  # fmt: skip
    assert "a period of three months" in said[0]
    assert said[1] == "It stands in lease.md, “4. Term and notice”."
    assert said[2] == (
        'lease.md, “4. Term and notice”: "The tenancy begins on 1 March 2025. The tenant may give notice with a period '
        'of three months. Notice must be in writing."'
    )
    assert said[3].startswith('lease.md, “5. Animals”: "Small animals')
    assert (
        said[4]
        == 'lease.md, “6. House rules”: "- Quiet hours are from 22:00 to 7:00."\n"- Bicycles stand in the shed."'
    )
    assert said[5:] == ["That is where it ends."] * 3


async def test_more_of_a_section_that_was_read_is_the_next(engine) -> None:
    said = await chat(engine, "Read me section 5 of the lease", "show me more")
    assert said[0].startswith('lease.md, “5. Animals”: "Small animals in cages')
    assert said[1].startswith("lease.md, “6. House rules”")


async def test_a_number_that_several_documents_have_is_asked_back(engine, tmp_path) -> None:
    (tmp_path / "minutes.md").write_text(MINUTES)
    await engine.ingest([tmp_path / "minutes.md"])
    said = await chat(engine, "What is in section 5?", "the minutes")
    assert said[0] == "More than one document has that: lease.md, minutes.md. Which one?"
    assert said[1] == 'minutes.md, “5. Next meeting”: "The next meeting is on 18 June 2026 at 19:30."'


async def test_a_section_is_one_of_the_paper_that_is_read(engine, tmp_path) -> None:
    (tmp_path / "minutes.md").write_text(MINUTES)
    await engine.ingest([tmp_path / "minutes.md"])
    said = await chat(engine, "section 4 of the lease", "section 5", "previous", "next", "next")
    assert [answer.split("”")[0] for answer in said] == [
        "lease.md, “4. Term and notice", "lease.md, “5. Animals", "lease.md, “4. Term and notice",
        "lease.md, “5. Animals", "lease.md, “6. House rules",
    ]  # fmt: skip


async def test_a_number_within_a_section_is_found(engine, tmp_path) -> None:
    (tmp_path / "club.txt").write_text("Rules of the club\n\n4.1 Fish may be kept. 4.2 Dogs need consent.\n")
    await engine.ingest([tmp_path / "club.txt"])
    said = await chat(engine, "what does 4.2 say?", "paragraph 4.1 of the club")
    assert "4.2 Dogs need consent." in said[0]
    assert "4.1 Fish may be kept." in said[1]
    assert "4.2" not in said[1]


async def test_a_quote_of_a_whole_section_is_word_for_word(engine) -> None:
    events = [event async for event in engine.ask("Show me section 4")]
    (citation,) = events[-1].citations
    assert citation.text == " ".join(LEASE.split("## 4. Term and notice\n")[1].split("\n\n## 5")[0].split())


@pytest.mark.parametrize("words", ["read on", "more", "where does it say that?", "the whole paragraph"])
async def test_without_a_quote_there_is_nothing_to_read_on_from(engine, words: str) -> None:
    said = await chat(engine, "hello", words)
    assert "lease.md" not in said[1]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("What is in section 5?", ("5", "")),
        ("read me clause 12.3 of the tenancy agreement, please", None),
        ("Read me clause 12.3 of the tenancy agreement", ("12.3", "tenancy agreement")),
        ("What does article IV of the constitution say?", ("iv", "constitution")),
        ("§ 7", ("7", "")),
        ("What does section 5 say about dogs?", None),
        ("the 5 sections", None),
        ("Which part is broken?", None),
        ("part two of my plan is to sail", None),
    ],
)
def test_a_section_is_asked_for_by_its_number(words: str, asked: tuple[str, str] | None) -> None:
    assert section_asked(words) == asked
