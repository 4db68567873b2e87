from __future__ import annotations

import pytest

from engine.memory.persons import is_about_another

SISTER = "my sister's birthday is 3 May"


@pytest.mark.parametrize(
    ("question", "memory"),
    [
        ("When is my mother's birthday?", SISTER),
        ("When is my brother's birthday?", SISTER),
        ("When's my brother's birthday?", "My sister Annika's birthday is on the 9th of November"),
        ("What size feet has my husband got?", "My shoe size is 8 and a half wide, US."),
        ("When is my birthday?", SISTER),
        ("When is my sister's birthday?", "my birthday is 3 May"),
        ("when is my mothers birthday", "my sisters birthday is 3 May"),
        ("What is the birthday of my mother?", SISTER),
        ("When was my father born?", "my uncle was born in 1950"),
        ("And when was I born?", "grandad was born on 5 may 1941"),
        ("What is my boss called?", "My sister's boss is called Linde."),
        ("What is my sister's boss called?", "My boss is called Linde."),
        ("What is my dog called?", "The cat is called Minka."),
        ("What is Peter's phone number?", "Anna's phone number is 0171 5555"),
        ("what is peter's phone number", "Anna's phone number is 0171 5555"),
        ("Where does Karl work?", "I live in Aachen and my wife Maria works at the hospital."),
        ("Where does Karl live?", "Anna lives in Ghent."),
        ("What is Anna's phone number?", "Anna's mother has the number 0171 5555."),
        ("Which school does my son go to?", "My daughter goes to Gauss school."),
        ("What size feet has my husband got?", "my shoe size is 8 and a half"),
    ],
)
def test_what_is_told_of_another_is_seen(question: str, memory: str) -> None:
    assert is_about_another(question, memory)


@pytest.mark.parametrize(
    ("question", "memory"),
    [
        ("When is my sister's birthday?", SISTER),
        ("When is Annika's birthday?", "My sister Annika's birthday is on the 9th of November"),
        ("when is my sisters birthday", SISTER),
        ("What is the birthday of my sister?", SISTER),
        ("Whose birthday is 3 May?", SISTER),
        ("When is the birthday?", SISTER),
        ("What is the dog next door scared of?", "The neighbours' dog is afraid of fireworks"),
        ("What is Annas number?", "Anna's number is 0171 5555"),
        ("Which birthdays did I tell you?", SISTER),
        ("When is my birthday?", "my birthday is 3 May"),
        ("When is my birthday?", "I was born on 3 May."),
        ("Where does my mother live?", "My mum lives in Ghent."),
        ("What is my partner's name?", "My wife is called Maria."),
        ("Where does my wife work?", "I live in Aachen and my wife Maria works at the hospital."),
        ("Where does my wife work?", "Maria works at the hospital."),
        ("What's my sister's bloke called?", "my sister's new partner is called Thelonius."),
        ("Where does Maria work?", "I live in Aachen and my wife Maria works at the hospital."),
        ("When is my friend Tom's birthday?", "Tom's birthday is 4 June."),
        ("Where is my passport?", "The passport is in my wife's drawer."),
        ("Where did I put the keys that my wife gave me?", "The keys are in the drawer."),
        ("What is my boss called?", "My boss is called Frau Linde."),
        ("Which Netflix plan do I have?", "I pay for the Standard plan."),
        ("When is the English course?", "The course of Mrs Berg is on Monday."),
        ("Does my sister or my brother eat fish?", "My brother eats no fish."),
        ("What is my password for the bank?", "The password of the bank is hunter2."),
        ("How many tablets does my dog take?", "My labrador takes 2 tablets a day"),
        ("Which day does the landlord want the money?", "My rent is due on the first"),
    ],
)
def test_what_may_be_of_the_same_is_left_alone(question: str, memory: str) -> None:
    assert not is_about_another(question, memory)


def test_of_documents_only_kinship_is_looked_at() -> None:
    assert is_about_another("When is my mother's birthday?", 'Write: "My sister\'s birthday is 3 May."', kin_only=True)
    for question, sentence in (
        ("What does my landlord have to do?", "The tenant is told two days before."),
        ("How do I connect with Bluetooth?", "Choose Connect in the Network menu."),
        ("What is my mother's pension?", "The pension is 840 euros."),
    ):
        assert not is_about_another(question, sentence, kin_only=True)
