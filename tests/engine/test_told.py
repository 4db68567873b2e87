"""What a person told is found again in other words, through a whole engine and the models that ship."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine import Engine, Settings
from engine.events import RunFinished
from engine.local import LocalService
from engine.tools.builtin.recall_memory import recall_for_model

TOLD = (
    "my bike lock code is 4471",
    "my dentist is Dr Achterberg",
    "i lent Kofi 60 quid on monday",
    "I take my coffee black, no sugar.",
    "The plumber comes on Friday at half past eight.",
    "Passport is in the second drawer of the oak desk",
    "my locker at the gym is number 88",
    "My sister Tamsin is allergic to peanuts",
)
ASKED = (
    ("Whats the combination of my bicycle lock?", 0),
    ("Who looks after my teeth?", 1),
    ("Who owes me money?", 2),
    ("How do I like my coffee?", 3),
    ("Which day should I stay in for the plumber?", 4),
    ("I'm packing and can't find my travel document. Where is it?", 5),
    ("Which gym locker is mine?", 6),
    ("What mustn't Tamsin eat?", 7),
)
NEVER_TOLD = ("What is my brother's shoe size?", "How tall is the Eiffel Tower?", "When is Tamsin's birthday?")


async def ask(engine: Engine, question: str) -> RunFinished:
    last = None
    async for event in engine.ask(question):
        last = event
    assert isinstance(last, RunFinished), last
    return last


async def all_embedded(engine: Engine) -> None:
    async with asyncio.timeout(20):
        while (await engine.memory.stats())["without_vector"]:
            await asyncio.sleep(0.02)


async def test_a_model_is_given_what_answers_in_other_words_and_little_besides(tmp_path: Path) -> None:
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as engine:
        for text in TOLD:
            await engine.memory.add(text)
        await all_embedded(engine)
        service = engine._service
        assert isinstance(service, LocalService)
        embedder = service.search.embedder
        n_given = 0
        for question, number in ASKED:
            given = await recall_for_model(service.memory, embedder, question, 5, project="")
            assert TOLD[number] in [hit.entry.text for hit in given], question
            n_given += len(given)
        assert n_given <= 2 * len(ASKED)
        # A question that leans on the turns before it borrows its subject from them.
        turns = ["My dentist called about an appointment."]
        given = await recall_for_model(service.memory, embedder, "What is his name?", 5, project="", turns=turns)
        assert TOLD[1] in [hit.entry.text for hit in given]
        assert await recall_for_model(service.memory, embedder, "How tall is the Eiffel Tower?", 5, project="") == []


async def test_what_was_told_is_found_in_other_words_and_nothing_else_is_told(tmp_path: Path) -> None:
    manual = tmp_path / "stove.md"
    manual.write_text("# Stove\n\nThe child lock is released by pressing plus and minus together.\n")
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as engine:
        await engine.ingest([manual])
        for text in TOLD:
            await engine.memory.add(text)
        await all_embedded(engine)
        n_sure = 0
        for question, number in ASKED:
            last = await ask(engine, question)
            assert [citation.text for citation in last.citations[:1]] == [TOLD[number]], (question, last.answer)
            n_sure += last.reason == "answered"
        assert n_sure >= len(ASKED) - 2
        for question in NEVER_TOLD:
            assert (await ask(engine, question)).reason != "answered", question
        last = await ask(engine, "How do I release the child lock of the stove?")
        assert last.citations[0].path == str(manual), last.answer
