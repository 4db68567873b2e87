"""What goes on from the turn before: the other thing, a step of a sum, what was asked."""

from __future__ import annotations

import pytest

from engine.agent.guide.understand.follow_up import asked_in_full
from engine.agent.guide.understand.front import front_choice
from engine.agent.guide.understand.grammar import GuideChoice


@pytest.mark.parametrize(
    ("before", "words", "asked"),
    [
        ("How much is the monthly rent?", "And the deposit?", "How much is the deposit?"),
        ("Where are we staying in Lisbon?", "and in Porto?", "Where are we staying in Porto?"),
        ("What does a day in the Fern cabin cost?", "and the Heron cabin?", "What does a day in the Heron cabin cost?"),
        ("What's my sister's birthday?", "and my brother's?", "What's my brother's birthday?"),
        ("What does Mr. Hale pay?", "what about Mrs. Crane?", "What does Mrs. Crane pay?"),
        ("When is the rent due?", "and the deposit?", "When is the deposit due?"),
        ("When does Tom arrive on Friday?", "and Anna?", "When does Anna arrive on Friday?"),
        ("Can I bring my dog to the cottage?", "and my cat?", "Can I bring my cat to the cottage?"),
        ("How much is the rent in Porto per month?", "and in Lisbon?", "How much is the rent in Lisbon per month?"),
        ("What's my sister's name?", "and my brother?", "What's my brother's name?"),
        ("What does the lease say about parking?", "and bikes?", "What does the lease say about bikes?"),
        ("How much sugar do I need?", "And flour?", "How much flour do I need?"),
        ("How many people are on the boat?", "and dogs", "How many dogs are on the boat?"),
        ("what is the password in the flat", "And for guests?", "what is the password in the flat for guests?"),
    ],
)
def test_the_other_thing_takes_the_place_of_the_one_that_was_asked_about(before: str, words: str, asked: str) -> None:
    assert asked_in_full(words, before) == asked


@pytest.mark.parametrize(
    "words",
    [
        "and thanks a lot",
        "or not",
        "and yesterday?",
        "and the second one?",
        "When is it due?",
        "and what is the deposit?",
        "and that?",
        "and?",
        "the deposit",
    ],
)
def test_what_names_no_other_thing_stays_as_it_is(words: str) -> None:
    assert asked_in_full(words, "How much is the monthly rent?") == ""


@pytest.mark.parametrize(
    ("answer", "words", "expression"),
    [
        ("1180 × 12 = 14160", "divide that by 365", "14160/365"),
        ("14160 ÷ 365 ≈ 38.7945205479", "and plus 10", "38.7945205479+10"),
        ("1180 × 12 = 14160", "add 19%", "14160+19%"),
        ("3 × 1000 ÷ 1609.344 ≈ 1.864 miles", "half of that", "1.864/2"),
        ("1180 × 12 = 14160", "what is that minus 5", "14160-5"),
        ("20 − 50 = −30", "add 10", "-30+10"),
        ('lease.md, “Rent”: "The monthly rent is 1,180 euros, due on the third day."', "times 12", "1180*12"),
    ],
)
def test_a_step_goes_on_from_what_came_out(answer: str, words: str, expression: str) -> None:
    assert front_choice(words, "before", [answer]) == GuideChoice("calculator", {"expression": expression})


@pytest.mark.parametrize(
    ("before", "answer", "words", "expression"),
    [
        ("71 plus 10%", "71 + 10% = 78.1", "split by 4", "78.1/4"),
        ("split by 4", "78.1 ÷ 4 = 19.525", "no, by 5", "78.1/5"),
        ("times 0.32", "577 × 0.32 = 184.64", "no, times 0.38", "577*0.38"),
        ("whats 15% of 240", "15 ÷ 100 × 240 = 36", "and of 380", "15/100*380"),
        ("42.80 + 18.50", "42.80 + 18.50 = 61.3", "and plus 10 percent tip", "(42.80+18.50)+10%"),
    ],
)
def test_a_sum_goes_on_or_is_done_again(before: str, answer: str, words: str, expression: str) -> None:
    assert front_choice(words, before, [answer]) == GuideChoice("calculator", {"expression": expression})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("1180 × 12 = 14160", "I owe that to Sam"),
        ("You are welcome.", "divide that by 365"),
        ('a.md: "The rent is 1,180 euros, with heating 1,300 euros."', "times 12"),
        ("1180 × 12 = 14160", "plus one for Tom"),
        ("1180 × 12 = 14160", "add 5 to that list"),
        ("1180 × 12 = 14160", "- 2 eggs"),
        ('I will remember: "I owe Sam £20."', "minus 5"),
        ("1180 × 12 = 14160", "that will be hard for 2 of us to pay in the end"),
    ],
)
def test_what_is_no_step_or_has_nothing_to_go_on_from_is_none(answer: str, words: str) -> None:
    assert front_choice(words, "before", [answer]) is None


async def test_a_follow_up_finds_the_sentence_of_the_other_thing(reading_desk) -> None:
    texts = ["The monthly rent is 1,180 euros, due on the third day.", "The tenant pays a deposit of 2,360 euros."]
    await reading_desk.add_document(texts=texts)
    reading_desk.answers(lambda messages: "search_documents {}", kind="guide")
    await reading_desk.ask("How much is the monthly rent?", chat_id="C")
    assert "deposit of 2,360 euros" in (await reading_desk.answer("And the deposit?", chat_id="C")).answer


async def test_what_was_asked_is_told(desk) -> None:
    desk.says(*["greet"] * 4, kind="guide")
    assert "begins here" in (await desk.answer("what did I just ask?", chat_id="C")).answer
    await desk.ask("hello there", chat_id="C")
    assert (await desk.answer("What was my last question?", chat_id="C")).answer == 'You wrote: "hello there"'
    assert "what did I just ask?" in (await desk.answer("what did I ask first", chat_id="C")).answer
