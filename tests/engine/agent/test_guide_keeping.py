"""What is kept of the words of somebody who asks to remember."""

from __future__ import annotations

import pytest

from engine.agent.guide_keeping import what_to_keep


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
