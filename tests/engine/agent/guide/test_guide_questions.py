"""Questions about Scrubjay itself: what comes with it answers them, and no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from engine.agent.guide.answer.library import asks_about_documents
from engine.agent.guide.answer.questions import answer_known_question, load_questions
from engine.search.embedding import create_embedder_by_name
from engine.search.types import Embedder

# The tests that ask it run on its loop.
ASKED = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def embedder():  # type: ignore[no-untyped-def]
    embedder = create_embedder_by_name("onnx")
    yield embedder
    await embedder.aclose()


def test_the_vectors_are_those_of_the_text() -> None:
    questions = load_questions()
    assert questions is not None
    assert questions.vectors.shape == (len(questions.wordings), 384), "run packaging/guide_model/help.py"
    assert min(map(len, questions.texts)) > 40
    assert len(set(questions.wordings)) == len(questions.wordings)


@ASKED
async def test_each_wording_finds_its_answer(embedder: Embedder) -> None:
    questions = load_questions()
    assert questions is not None
    vectors = await embedder.embed([f"{wording} please" for wording in questions.wordings])
    found = [questions.nearest(f"{w} please", v) for w, v in zip(questions.wordings, vectors, strict=True)]
    right = [f is not None and f.text == questions.texts[a] for f, a in zip(found, questions.answers, strict=True)]
    assert np.mean(right) >= 0.97


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        ("are you sending my documents anywhere?", "Everything stays on this computer"),
        ("/help", "I find and quote"),
        ("Hello, my name is Ingrid and I've just installed you. What can you do?", "I find and quote"),
        ("does it need internet", "It works without the internet"),
        ("How can I delete all my memories?", "I do not throw everything away at a word"),
        ("will you hear me if I talk", "No. I read what is written"),
    ],
)
@ASKED
async def test_a_question_about_scrubjay_is_known_in_other_words(embedder: Embedder, asked: str, begins: str) -> None:
    found = await answer_known_question(asked, embedder)
    assert found is not None
    assert found.text.startswith(begins)
    assert found.nearness >= 0.6


@pytest.mark.parametrize(
    "asked",
    [
        "gramps app for android?",
        "Error E3 on the kiln. Help?",
        "where do I live?",
        "whats my name",
        "forget everything about my car",
        "borgmatic help",
    ],
)
@ASKED
async def test_other_questions_are_not_about_scrubjay(embedder: Embedder, asked: str) -> None:
    assert await answer_known_question(asked, embedder) is None


async def test_without_an_embedder_a_question_is_known_word_for_word() -> None:
    found = await answer_known_question("Are you ChatGPT??", None)
    assert found is not None
    assert found.text.startswith("I am the guide")
    assert await answer_known_question("Are you by any chance ChatGPT", None) is None


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("which documents have you got", True),
        ("how many files do you know about at the moment", True),
        ("list my documents", True),
        ("Which files are there?", True),
        ("which documents mention the boiler", False),
        ("how many files does bzip2 recover", False),
        ("show me the file about taxes", False),
    ],
)
def test_asking_which_documents_there_are_is_told_from_asking_them(words: str, asks: bool) -> None:
    assert asks_about_documents(words) is asks


async def test_the_documents_are_named(desk, tmp_path: Path) -> None:
    desk.answers(lambda messages: "help", kind="guide")
    last = await desk.answer("which documents have you got?")
    assert (last.reason, last.answer[:25]) == ("not_found", "There are no documents ye")
    await desk.add_document("/home/eva/lease.pdf", ["The rent is 700 euros."])
    assert (await desk.answer("which documents have you got?")).answer == "There is one document: lease.pdf."
