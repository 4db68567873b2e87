"""Questions made from headings, in the writer's words."""

from __future__ import annotations

import pytest

from engine.documents.questions import MAX_READ, phrase_questions, suggest_questions
from engine.documents.types import Passage
from engine.search.judgement import Floors
from engine.search.query import SentenceHit
from engine.search.types import Hit

TEXT = (
    "The notice period is three months to the end of a quarter. A deposit must be paid. Keys are handed over by "
    "Maria Keller. You can install the pump in the cellar, and the pump stays there. NASA was asked about it."
)


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("3.1 Notice Period", "What is the notice period?"),
        ("§ 4 Deposit", "Where did I read about a deposit?"),
        ("Keys", "What are keys?"),
        ("Painting the cellar, notes", "Where did I read about painting the cellar?"),
        ("Maria Keller", "Where did I read about Maria Keller?"),
        ("Trip to Portugal, autumn", "Where did I read about the trip to Portugal, autumn?"),
        ("INSTALL THE PUMP", "How do I install the pump?"),
        ("Installing the Pump", "Where did I read about installing the pump?"),
        ("How to install the pump", "How do I install the pump?"),
        ("Who pays for the pump?", "Who pays for the pump?"),
        ("What stays in the cellar", "What stays in the cellar?"),
        ("When you hand over the keys", "What do my documents say about when you hand over the keys?"),
    ],
)
def test_a_heading_becomes_a_question_that_a_person_would_ask(heading, question):
    assert phrase_questions(heading, TEXT)[0] == question


@pytest.mark.parametrize("heading", ["Introduction", "1.2", "Table of Contents", "References", "• • •", "x", "A" * 90])
def test_a_heading_that_names_nothing_becomes_none(heading):
    assert phrase_questions(heading, TEXT) == []


def passage(number: int, heading: str, text: str) -> Passage:
    return Passage(f"p{number}", "d", text, 1, heading, number, 0, len(text))


def answer(of: Passage, score: float) -> SentenceHit:
    hit = Hit(of.id, "document", of.text, 1.0, "lease.pdf", 1, of.heading, "d", of.position)
    return SentenceHit(1, hit, 1, of.text, 0, len(of.text), score, {}, floors=Floors(0.5, 0.1))


PASSAGES = [
    passage(1, "Lease › Notice Period", "The notice period is three months to the end of a quarter."),
    passage(2, "Lease › Pets", "It is not allowed to keep a dog in the flat without the consent of the landlord."),
    passage(3, "Lease › Heating", "The heating is serviced by the landlord in the autumn of each year."),
]


async def test_only_what_finds_itself_is_suggested():
    async def find(question: str) -> list[SentenceHit]:
        found = next((p for p in PASSAGES if p.heading.split(" › ")[1].lower() in question.lower()), PASSAGES[0])
        return [answer(found, 0.05 if found is PASSAGES[1] else 0.3)]

    questions = await suggest_questions(PASSAGES, find, find)
    assert questions == ["What is the notice period?", "What is the heating?"]


async def test_no_more_than_asked_for_and_none_where_nothing_is_found():
    async def everything(question: str) -> list[SentenceHit]:
        return [answer(p, 0.9) for p in PASSAGES if p.heading.split(" › ")[1].lower() in question.lower()]

    async def nothing(question: str) -> list[SentenceHit]:
        return []

    assert len(await suggest_questions(PASSAGES, everything, everything, limit=2)) == 2
    assert await suggest_questions(PASSAGES, nothing, everything) == []
    assert await suggest_questions([], everything, everything) == []


async def test_a_text_in_another_language_is_not_asked_about_in_english():
    german = [passage(1, "Kündigungsfrist", "Die Kündigungsfrist beträgt drei Monate zum Ende eines Quartals.")]

    async def find(question: str) -> list[SentenceHit]:
        return [answer(german[0], 0.9)]

    assert await suggest_questions(german, find, find) == []


async def test_a_few_readings_must_do():
    many = [
        passage(n, f"Lease › Room number {n}", f"The room number {n} is painted by the landlord.") for n in range(20)
    ]
    read = []

    async def by_words(question: str) -> list[SentenceHit]:
        return [answer(next(p for p in many if p.heading.endswith(question.rstrip("?").split()[-1])), 0.9)]

    async def find(question: str) -> list[SentenceHit]:
        read.append(question)
        return [answer(many[0], 0.9)]

    await suggest_questions(many, by_words, find)
    assert len(read) == MAX_READ
