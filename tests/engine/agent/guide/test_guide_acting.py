from __future__ import annotations

import pytest

from engine.agent.guide.answer.acting import cannot_do


@pytest.mark.parametrize(
    "words",
    [
        "remind me tomorrow at 8 to call mum",
        "remind me every night at nine to charge the pendant",
        "Set an alarm for ten to six so I don't miss the shipping forecast",
        "wake me at 6",
        "put the dentist in my calendar on friday",
        "Ring Tamsin and ask for the gate code",
        "can you phone the plumber for me?",
        "phone lorna for me quick i need her",
        "send Isaura an email that I'm ill",
        "email ottoline that i'll be late",
        "book me a table at chez armelle",
        "Book Nolan for thursday",
        "order 40 gold lids from Harbottle's",
        "play some nat king cole",
        "turn off the dehumidifier in the arch would you",
        "turn the radio up please",
        "open spotify",
    ],
)
def test_an_order_to_act_is_told_apart(words: str) -> None:
    assert cannot_do(words)


@pytest.mark.parametrize(
    "words",
    [
        "call me Beth",
        "remind me what my brother does for a living",
        "remind me how old the boiler is",
        "phone number of the vet?",
        "email to Gessner, short and furious",
        "Turn the minutes into a newspaper article",
        "turn my scribbles on the tower clock into an article",
        "order of service for the harvest festival",
        "order these by size: a, b, c",
        "book club minutes",
        "play a game with me",
        "play the role of a pirate",
        "message for gran's birthday",
        "call it a day",
        "ring road opening hours",
        "open day at the school",
        "order is 77-431",
        "order two came cold",
        "book two was better",
        "book in Latin",
        "call with Leo",
        "send date of the letter",
        "turn on the timer of the boiler?",
        "set my alarm code is 4471",
        "order my notes by date",
        "buy a house or rent?",
    ],
)
def test_what_only_begins_like_an_order_is_none(words: str) -> None:
    assert not cannot_do(words)


@pytest.mark.parametrize(
    ("words", "said", "reason"),
    [
        ("wake me at 6", "I cannot wake or remind you", "answered"),
        ("order cat food", "I cannot book, order or buy anything", "answered"),
        (
            "send Wilma a message that i'm running late",
            "To have the words written, choose a larger model",
            "handed_over",
        ),
    ],
)
async def test_what_nobody_here_does_is_said_to_be_that(desk, words: str, said: str, reason: str) -> None:
    desk.says("hand_over", kind="guide")
    last = await desk.answer(words)
    assert said in last.answer
    assert last.reason == reason


async def test_whom_to_call_is_told_with_the_number(reading_desk) -> None:
    reading_desk.says("hand_over", kind="guide")
    await reading_desk.ask("our plumber is Mo Tahir, 01632 960 811")
    last = await reading_desk.answer("ring the plumber for me")
    assert last.answer.startswith("I cannot make calls")
    assert "01632 960 811" in last.answer
    assert len(last.citations) == 1
