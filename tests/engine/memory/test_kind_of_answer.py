"""A memory of the same subject that has nothing of the kind that is asked for is no answer; all else may be one."""

from __future__ import annotations

import pytest

from engine.memory.kind_of_answer import cannot_answer, shares_subject
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
        ("Have I told you when Priya's birthday is?", "Priya is expecting her second baby in October"),
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
        ("When does the holiday end?", "Our holiday starts on 12 July"),
        ("When does the pool open?", "The pool closes at 8 pm"),
        ("When does my train arrive?", "My train leaves at 7.12"),
        ("When did grandpa die?", "Grandpa was born in 1938"),
        ("When did Peter give the drill back?", "I lent Peter my drill in March"),
        ("What is the plumber's address?", "The plumber is called Mr Novak, phone 0699 1234"),
        ("Who is Mr Novak's wife?", "The plumber is called Mr Novak, phone 0699 1234"),
        ("Who is Tom's brother?", "Lisa is married to Tom"),
        ("What is my landlord's name?", "My landlord lives in Graz"),
        ("What is my doctor's phone number?", "My doctor is Dr Weber in Hauptstrasse 5"),
        ("How much is a cartridge for the printer?", "The printer needs cartridge 305"),
        ("How many rooms has the flat?", "The flat has 82 square metres"),
        ("How heavy is the suitcase?", "The red suitcase holds the winter clothes"),
        ("How long is the warranty of the dishwasher?", "The dishwasher was bought in 2021 at Expert"),
        ("When is the rent due?", "We pay 940 euros of rent"),
        ("Why is Helen on leave?", "My boss Helen is on leave until Monday"),
        ("What did I give Anna for her birthday?", "Anna's birthday is on 3 May"),
        ("What is the code of the locker?", "My locker is number 17"),
        ("What does uncle Fritz do for a living?", "My uncle Fritz lives in Hamburg"),
        ("How long will Clara study?", "Clara studies medicine in Innsbruck"),
        ("Who directed my favourite film?", "My favourite film is Amelie"),
        ("How much do I pay for the phone contract?", "The phone contract runs until December 2027"),
        ("When does my holiday begin?", "I have 14 days of holiday left"),
        ("How long is the bus ride to the lake?", "The bus to the lake goes every 20 minutes"),
        ("Why did Zoe move to Lyon?", "Zoe moved to Lyon with her parents"),
        ("What is the code of the safe?", "The safe has a four-digit code"),
        ("Which brand is the keyboard?", "The keyboard is on the desk"),
        ("do you know what I'm called?", "I can't stand being called Corey."),
        ("Who teaches my niece ballet?", "My niece Paula goes to the ballet school"),
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
        ("When is the shop open?", "The shop is open from nine to five"),
        ("Until when is the shop open?", "The shop closes at 6"),
        ("When does the lease end?", "The lease runs until October"),
        ("What is the plumber's address?", "The plumber lives in Elm Street 12"),
        ("Who is Lisa's husband?", "Lisa is married to Tom"),
        ("Who is Felix's mother?", "Eva has a son called Felix"),
        ("What is my sister's name?", "My sister Liv lives in Bergen"),
        ("What is the name of my sister?", "My sister Liv lives in Bergen"),
        ("What is my boss's name?", "My manager at the library is called Femke"),
        ("What is the number of the plumber?", "The plumber is called Mr Novak, phone 0699 1234"),
        ("How much is the rent?", "The rent is 940"),
        ("How many litres fit in the boiler?", "The boiler takes 60 litres"),
        ("How heavy is the tent?", "The tent weighs 2.4 kilos"),
        ("How long is the table?", "The table is 180 cm long"),
        ("When did we get the dishwasher?", "The dishwasher was bought in 2021"),
        ("Why did I not buy the heat pump?", "I decided against the heat pump because of the noise"),
        ("Why does the dog hide?", "The dog is afraid of thunder"),
        ("What did I give Anna?", "I gave Anna a scarf"),
        ("When is the exam?", "The exam is in 14 days"),
        ("When did I see the doctor?", "I saw the doctor two weeks ago"),
        ("Who teaches my daughter the piano?", "My daughter's piano teacher is Mrs Lindner"),
        ("Where does Anna live?", "Anna wohnt in Graz"),
        ("Why did Zoe move?", "Zoe moved to be near her parents"),
        ("What is the code of the safe?", "The code of the safe is my birthday"),
        ("Which brand is my keyboard?", "My keyboard is from Cherry"),
        ("What does uncle Fritz do for a living?", "Uncle Fritz is a baker"),
    ],
)
def test_what_may_be_an_answer_is_taken_for_one(question: str, memory: str) -> None:
    assert not cannot_answer(question, memory)


@pytest.mark.parametrize(
    ("question", "memory", "shares"),
    [
        ("How much does a piano lesson cost?", "The gym costs 39 euros a month", False),
        ("When does the gym open?", "The gym costs 39 euros a month", True),
        ("Who is the author of the contract?", "My favourite author is Ursula Le Guin", False),
        ("Who is the author of the contract?", "The contract is in the blue folder", True),
        ("What is my phone number at work?", "The plumber is called Mr Novak, phone 0699 1234", False),
    ],
)
def test_what_is_asked_of_a_thing_is_not_the_thing(question: str, memory: str, shares: bool) -> None:
    assert shares_subject(question, memory) is shares
