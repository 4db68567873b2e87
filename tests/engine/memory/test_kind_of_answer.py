"""A memory of the same subject that has nothing of the kind that is asked for is no answer; all else may be one."""

from __future__ import annotations

import pytest

from engine.memory.kind_of_answer import cannot_answer
from tests.bench.memory_questions import ANSWERED


@pytest.mark.parametrize(
    ("question", "memory"),
    [
        ("How much does the boiler cost?", "The boiler service is on 12 March."),
        ("so, how much does the boiler cost", "The boiler service is on 12 March 2027 at nine."),
        ("What is the price of the boiler?", "The boiler weighs 90 kilos."),
        ("Who services the boiler?", "The boiler service is on 12 March."),
        ("What is the colour of my bike?", "My favourite colour is teal."),
        ("What colour is my bike?", "My bike is locked in the cellar"),
        ("Where is my sister's birthday party?", "My sister's birthday is 3 May"),
        ("Where does Tom live?", "Tom's number is 0664 5551"),
        ("What is my landlord's phone number?", "My landlord is Mr Fischer"),
        ("When did Mr Fischer move in?", "My landlord is Mr Fischer"),
        ("How old is Rex?", "Our dog Rex weighs 30 kilos"),
        ("How often do I water the plants?", "The plants stand in the hall"),
        ("How many rooms has the flat?", "The flat is let from 1 March 2024"),
        ("Who is my dentist?", "The dentist appointment is on Tuesday at nine"),
        ("Do you know where the dentist is?", "The dentist appointment is on Tuesday at nine"),
        ("What is Eva's e-mail address?", "Eva's number is 0664 5551"),
    ],
)
def test_what_has_nothing_of_the_kind_is_no_answer(question: str, memory: str) -> None:
    assert cannot_answer(question, memory)


@pytest.mark.parametrize(
    ("question", "memory"),
    [
        *((question, fact) for fact, question in ANSWERED),
        ("How much is the rent?", "The rent is 840 euros"),
        ("How much does the gym cost?", "The gym is free for members"),
        ("How much does Rex weigh?", "Our dog Rex weighs 30 kilos"),
        ("How many tablets do I take?", "I take two tablets every morning"),
        ("When do I take my tablets?", "I take two tablets every morning"),
        ("Where is my passport?", "I keep the passport in the blue folder"),
        ("Who has a copy of the key?", "The neighbour has a copy of the key"),
        ("Who is Eva?", "Eva repairs bikes"),
        ("who is my dentist", "my dentist is peter hill"),
        ("Who waters the plants?", "I water the plants"),
        ("Who looks after the cat?", "The girl next door looks after the cat"),
        ("What is the colour of my car?", "My Skoda is green"),
        ("How old is Rex?", "Rex was born in spring"),
        ("Where is the key?", "Der Schlüssel liegt unter dem Topf"),
        ("When I come home, where is the key?", "The key hangs behind the door"),
        ("What is the code of my bike?", "The lock of my bike opens with my birthday"),
        ("When is the boiler service?", "The boiler service is on 12 March."),
    ],
)
def test_what_may_be_an_answer_is_taken_for_one(question: str, memory: str) -> None:
    assert not cannot_answer(question, memory)
