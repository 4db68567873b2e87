"""What says that a thing is gone touches what was told of that thing, and of no other."""

from __future__ import annotations

import pytest

from engine.memory.contradiction import newest_first
from engine.memory.entry import MemoryEntry
from engine.memory.gone import takes_away


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("My car is a red Skoda", "I sold the Skoda and bought a blue Renault"),
        ("The Skoda has winter tyres", "We just gave the Skoda away"),
        ("My girlfriend is called Sandra", "Sandra and I broke up"),
        ("My husband is Erik", "I got divorced from Erik"),
        ("I work at Siemens", "I left Siemens in April"),
        ("I am the treasurer of the chess club", "I quit the chess club"),
        ("My sister Eva lives in Graz", "Eva moved out of Graz"),
        ("I live in Elm Street 12", "We moved out yesterday"),
        ("Our gym is FitInn", "We cancelled the gym membership"),
        ("Our dog Rex gets pills at eight", "Rex died last week"),
        ("The spare key is in the blue bowl", "I lost the spare key"),
        ("The meeting with Anna is on Monday at ten", "The meeting with Anna was cancelled"),
        ("My umbrella is blue", "My umbrella was stolen on the bus"),
        ("I work as a nurse", "I retired in May"),
        ("My laptop is a ThinkPad", "The ThinkPad broke and I bought a Framework"),
        ("The piano is in the living room", "We gave the piano to my sister"),
        ("My bank is Erste", "I closed my account at Erste and went to Sparkasse"),
        ("My cousin Lea works in Bern", "Lea changed to a hospital in Basel"),
        ("Mein Auto ist ein roter Skoda", "Ich habe den Skoda verkauft"),
        ("Ich wohne in Graz", "Ich bin aus Graz weggezogen"),
        ("Meine Freundin heißt Sandra", "Sandra und ich haben uns getrennt"),
        ("Der Termin beim Zahnarzt ist am Dienstag", "Der Termin beim Zahnarzt wurde abgesagt"),
    ],
)
def test_what_is_gone_takes_away_what_was_told_of_it(old: str, new: str) -> None:
    assert takes_away(new, old)
    assert not takes_away(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("My new bike is a Trek", "I sold my old bike to Peter"),
        ("The lamp in the hall is green", "The lamp in the kitchen was stolen"),
        ("My aunt Rita lives in Bremen", "Rita's neighbour moved out"),
        ("My sister lives in Ghent", "I moved out"),
        ("The key is under the mat", "My neighbour lost his key"),
        ("My umbrella is blue", "I left the umbrella at home"),
        ("Sandra's birthday is 3 May", "Sandra and I broke up"),
        ("Grandpa was born in 1938", "Grandpa died in 2020"),
        ("My car is a Skoda", "I may have sold the Skoda"),
        ("My car is a Skoda", "I would have sold the Skoda"),
        ("My car is a Skoda", "I did not sell the Skoda"),
        ("My car is a Skoda", "Should I have sold the Skoda?"),
        ("I am allergic to nuts", "I lost 5 kilos"),
        ("The bins go out on Tuesday", "I closed the window"),
    ],
)
def test_what_is_about_something_else_takes_nothing_away(old: str, new: str) -> None:
    assert not takes_away(new, old)


def test_the_newer_one_that_takes_away_stands_before_the_older() -> None:
    told = ["My car is a red Skoda", "I sold the Skoda"]
    old, new = (MemoryEntry(str(n), "me", "semantic", text, n, n) for n, text in enumerate(told))
    assert newest_first([old, new]) == [new, old]
