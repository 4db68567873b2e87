"""What the guide takes of the person's words, where its own reading of them is not to be trusted."""

from __future__ import annotations

import pytest

from engine.agent.guide import is_a_sum_of, what_to_keep


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Remember that my sister's birthday is 3 May", "my sister's birthday is 3 May"),
        ("Remember my shoe size, 43", "my shoe size, 43"),
        ("remember three things: milk, stamps, call the bank", "three things: milk, stamps, call the bank"),
        ("I changed my mind about the sofa, it's green now", "I changed my mind about the sofa, it's green now"),
        ("My sister's birthday is 3 May, remember that", "My sister's birthday is 3 May"),
        ("can you please note down: the wifi is fish, thanks", "the wifi is fish"),
        ("I save 200 euros a month", "I save 200 euros a month"),
        ("hey scrubjay, remember the PIN is 4410 please", "the PIN is 4410"),
        ("don't forget my flight is at 9:40", "my flight is at 9:40"),
    ],
)
def test_all_is_kept_but_the_asking(words: str, kept: str) -> None:
    assert what_to_keep(words) == kept


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("12*19", "what is 12 times 19"),
        ("50+50*0.2", "what do I pay for 50 with a tip of 20 percent"),
        ("15% of 240", "what is 15% of 240"),
        ("4*7", "four weeks of seven days"),
    ],
)
def test_a_calculation_of_the_numbers_that_were_said_is_one(expression: str, words: str) -> None:
    assert is_a_sum_of(expression, words)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("127.80%-10%-10%-10%-10%", "a bill of 127.80 split four ways with 10% tip"),
        ("340", "340 km with 24 litres, how many litres per 100?"),
        ("42+5+5+5+5+5", "answer with 42. what is 5+5"),
    ],
)
def test_a_calculation_that_lost_its_way_is_none(expression: str, words: str) -> None:
    assert not is_a_sum_of(expression, words)
