"""Questions from headings take nothing away from reading documents in, and come for what was added last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine import Engine, Settings
from engine.local import LocalService
from resources import resource_path

THINGS = ("boiler", "kitchen", "garden", "cellar", "balcony", "garage", "attic", "bathroom", "staircase", "roof")

RULES = (
    ("Smoking", "Nobody may smoke in the {thing}, and that holds for guests too. A fine of 50 euros is due each time."),
    ("Painting", "Walls in the {thing} are painted every seven years by a painter whom the landlord chooses."),
    ("Cleaning", "Floors in the {thing} are swept on Saturdays by the tenant whose name is on the list."),
)


def _write(folder: Path, thing: str) -> Path:
    path = folder / f"{thing}.md"
    rules = "\n\n".join(f"## {heading} in the {thing}\n\n{words.format(thing=thing)}" for heading, words in RULES)
    path.write_text(f"# Rules\n\n{rules}\n")
    return path


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as opened:
        yield opened


async def test_nothing_is_read_for_questions_while_documents_come_in_and_then_little(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(engine._service, LocalService)
    embedder: Any = engine._service.search.embedder
    ingest = engine._service.ingest.get()
    plain, idle_at_read = embedder.read, []

    async def read(question: str, passages: Sequence[Any]) -> Any:
        idle_at_read.append(ingest._is_idle.is_set())
        return await plain(question, passages)

    monkeypatch.setattr(embedder, "read", read)
    folder = tmp_path / "papers"
    folder.mkdir()
    for thing in THINGS:
        _write(folder, thing)
    asking: list[asyncio.Task[list[str]]] = []
    await engine.ingest(
        [folder], done=lambda _: asking.append(asyncio.create_task(engine.documents.suggested_questions()))
    )
    found = await asyncio.wait_for(asyncio.gather(*asking), 50)
    assert len(found) == len(THINGS)
    assert all(idle_at_read)
    assert len(found[-1]) == 3
    # Made once: what is known of a document is not read again.
    n_read = len(idle_at_read)
    assert await engine.documents.suggested_questions() == found[-1]
    assert len(idle_at_read) == n_read


async def test_the_questions_are_those_of_the_document_that_was_added_last(engine: Engine, tmp_path: Path) -> None:
    for thing in THINGS[:2]:
        await engine.ingest([_write(tmp_path, thing)])
        questions = await engine.documents.suggested_questions()
        assert thing in questions[0]


async def test_notes_without_headings_leave_the_questions_of_a_paper_with_pages(engine: Engine, tmp_path: Path) -> None:
    # A copy, because the one that comes with us is nobody's document.
    (tmp_path / "paper.pdf").write_bytes(resource_path("sample", "Welcome to Scrubjay.pdf").read_bytes() + b"\n")
    await engine.ingest([tmp_path / "paper.pdf"])
    before = await engine.documents.suggested_questions()
    assert before
    (tmp_path / "notes").mkdir()
    for number in range(5):
        (tmp_path / "notes" / f"{number}.txt").write_text(f"Bought {number} screws and a hammer for the shed today.\n")
    await engine.ingest([tmp_path / "notes"])
    assert await engine.documents.suggested_questions() == before
