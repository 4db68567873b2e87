"""What says another thing of the same replaces it; what only looks alike is left alone."""

from __future__ import annotations

import pytest

from engine.memory.contradiction import contradicts


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("My favourite colour is blue", "My favourite colour is green"),
        ("I live in Ghent", "I live in Antwerp now"),
        ("I live in Ghent.", "I moved to Antwerp."),
        ("The cat is called Minka", "The cat is called Mia"),
        ("I work at the harbour", "I now work at the library"),
        ("The rent is 840 euros", "The rent is 910 euros"),
        ("My sister's birthday is 3 May", "My sister's birthday is on 4 May"),
        ("Our notice period is three months", "our notice period is now six weeks"),
        ("I prefer tea", "I prefer coffee"),
        ("The meeting is on Tuesday", "The meeting is on Thursday"),
        ("Mein Geburtstag ist der 3. Mai", "Mein Geburtstag ist der 4. Mai"),
    ],
)
def test_another_value_contradicts(old: str, new: str) -> None:
    assert contradicts(old, new)
    assert contradicts(new, old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("My sister's birthday is 3 May", "My brother's birthday is 4 May"),
        ("I like tea", "I like coffee"),
        ("The cat is black", "The cat is hungry"),
        ("The cat is called Minka", "The dog is called Rex"),
        ("I live in Ghent", "I live in Ghent, Belgium"),
        ("I live in Ghent", "I work in Antwerp"),
        ("Is my favourite colour blue?", "My favourite colour is green"),
        ("The rent is 840 euros", "The rent is due on the third"),
        ("We went to Rome in 2019", "We went to Oslo in 2021"),
        ("The boiler was replaced in March", "The window was replaced in April"),
        ("", "My favourite colour is green"),
    ],
)
def test_what_can_both_be_true_is_left_alone(old: str, new: str) -> None:
    assert not contradicts(old, new)
    assert not contradicts(new, old)
