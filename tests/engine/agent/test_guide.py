from __future__ import annotations

import pytest

from engine.agent.guide import GREETING, HAND_OVER
from engine.agent.guide_grammar import guide_grammar
from engine.events import RunFinished, ToolCalled, ToolReturned


async def test_the_guide_quotes_the_sentence_with_its_place(desk) -> None:
    await desk.add_document()
    desk.says('search_documents {"query": "notice period"}', kind="guide")
    last = await desk.answer("What is the notice period?")
    assert last.answer == 'lease.pdf, page 1: "The notice period is three months to the end of a quarter."'
    (citation,) = last.citations
    assert citation.text == "The notice period is three months to the end of a quarter."
    assert (citation.number, citation.page, citation.path) == (1, 1, "/home/eva/lease.pdf")


async def test_every_quote_is_in_the_store_word_for_word(desk) -> None:
    await desk.add_document()
    for question in ("How high is the deposit?", "When is the rent due?", "When is the deposit returned?"):
        desk.says(f'search_documents {{"query": "{question[:-1]}"}}', kind="guide")
        last = await desk.answer(question)
        for citation in last.citations:
            record = await desk.store.get(desk.store.keys.passage(citation.passage_id))
            assert citation.text in record["text"]
            assert citation.text in last.answer


async def test_the_guide_remembers_and_recalls_with_the_date(desk) -> None:
    desk.says(
        'remember {"text": "that my sister\'s birthday is 3 May"}', 'recall_memory {"query": "birthday"}', kind="guide"
    )
    last = await desk.answer("Remember that my sister's birthday is 3 May", chat_id="C")
    assert last.answer == 'I will remember: "my sister\'s birthday is 3 May"'
    (entry,) = await desk.memory.list()
    assert (entry.trust, entry.text) == ("trusted", "my sister's birthday is 3 May")
    last = await desk.answer("When is my sister's birthday?", chat_id="C")
    assert last.answer == 'You told me on 1 January 2026: "my sister\'s birthday is 3 May"'
    assert (last.citations[0].kind, last.citations[0].number) == ("memory", 1)


async def test_what_is_remembered_already_is_not_written_again(desk) -> None:
    desk.answers(lambda messages: 'remember {"text": "I like tea"}', kind="guide")
    await desk.ask("Remember I like tea")
    last = await desk.answer("Remember I like tea")
    assert last.answer == 'I remember this already: "I like tea"'
    assert await desk.memory.count() == 1


@pytest.mark.parametrize(
    ("choice", "answer", "reason"),
    [
        ('calculator {"expression": "17*23"}', "17 × 23 = 391", "answered"),
        ('calculator {"expression": "1/0"}', "This cannot be calculated: Nothing can be divided by zero.", "not_found"),
        ("greet", GREETING, "answered"),
        ("hand_over", HAND_OVER, "handed_over"),
    ],
)
async def test_other_choices_have_fixed_frames(desk, choice: str, answer: str, reason: str) -> None:
    desk.says(choice, kind="guide")
    last = await desk.answer("17 by 23, or 1 by 0?")
    assert (last.answer, last.reason) == (answer, reason)


async def test_the_time_is_told_in_a_sentence(desk) -> None:
    desk.says("current_time {}", kind="guide")
    assert "1 January 2026" in (await desk.answer("What day is it?")).answer


async def test_nothing_found_is_said_and_both_places_were_looked_at(desk) -> None:
    await desk.add_document()
    desk.says('search_documents {"query": "zebras"}', kind="guide")
    events = await desk.ask("What do zebras eat?")
    assert [e.tool for e in events if isinstance(e, ToolCalled)] == ["search_documents", "recall_memory"]
    assert all(e.ok for e in events if isinstance(e, ToolReturned))
    assert (events[-1].answer, events[-1].reason) == (
        "I found nothing about this in your documents or memories.",
        "not_found",
    )


async def test_without_documents_the_guide_says_what_to_do(desk) -> None:
    desk.says('search_documents {"query": "lease"}', kind="guide")
    assert "Add a file or a folder" in (await desk.answer("Where is the lease?")).answer


async def test_a_memory_answers_where_the_guide_looked_in_documents(desk) -> None:
    await desk.add_document()
    await desk.memory.add("The cat is called Minka.")
    desk.says('search_documents {"query": "cat called"}', kind="guide")
    assert "Minka" in (await desk.answer("What is the cat called?")).answer


async def test_chosen_documents_alone_are_searched(desk) -> None:
    await desk.add_document()
    other = await desk.add_document("/home/eva/phone.pdf", ["The notice period of the phone contract is one month."])
    desk.answers(lambda messages: 'search_documents {"query": "notice period"}', kind="guide")
    last = await desk.answer("What is the notice period?", document_ids=(other.id,))
    assert last.answer.startswith("phone.pdf, page 1: ")
    last = await desk.answer("What do zebras eat?", document_ids=(other.id,))
    assert last.answer == "I found nothing about this in the documents you chose."


async def test_with_memory_off_nothing_is_kept(desk) -> None:
    desk.says('remember {"text": "I like tea"}', kind="guide")
    last = await desk.answer("Remember I like tea", use_memory=False)
    assert "switched off" in last.answer
    assert await desk.memory.count() == 0


async def test_the_guide_sees_its_last_choices_and_nothing_else(desk) -> None:
    await desk.add_document()
    choices = ['search_documents {"query": "notice period"}', "greet", "greet", "hand_over"]
    backend = desk.says(*choices, kind="guide")
    for question in ("What is the notice period?", "Hello", "Hi", "Write a poem"):
        await desk.ask(question, chat_id="C")
    assert [(m.role, m.text) for m in backend.asked[-1].messages] == [
        ("user", "Hello"), ("assistant", "greet"), ("user", "Hi"), ("assistant", "greet"), ("user", "Write a poem"),
    ]  # fmt: skip
    assert backend.asked[0].grammar == guide_grammar("What is the notice period?")
    assert backend.asked[0].sampling.temperature == 0


async def test_ten_thousand_words_are_no_problem(desk) -> None:
    await desk.add_document()
    words = " ".join(f"word{n}" for n in range(10_000)) + " notice period"
    backend = desk.says('search_documents {"query": "notice period"}', 'remember {"text": ""}', kind="guide")
    last = await desk.answer(words)
    assert isinstance(last, RunFinished)
    assert len(backend.asked[0].messages[-1].text) < 3000
    last = await desk.answer(words)
    assert (await desk.memory.list())[0].text == words


async def test_a_choice_that_was_cut_off_becomes_a_search(desk) -> None:
    await desk.add_document()
    desk.says('search_documents {"query": "noti', kind="guide")
    assert "three months" in (await desk.answer("What is the notice period?")).answer


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("If I note down that a friend owes me 50 pounds, does that count?", False),
        ("Can you remember that the key is under the mat?", True),
        ("Remember that the key is under the mat", True),
        ("The key is under the mat", True),
    ],
)
async def test_a_question_is_looked_up_and_not_kept(desk, words: str, kept: bool) -> None:
    desk.answers(lambda messages: f'remember {{"text": "{words}"}}', kind="guide")
    await desk.answer(words)
    assert bool(await desk.memory.list()) is kept
