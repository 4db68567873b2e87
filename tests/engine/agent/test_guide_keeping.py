"""What is kept of what somebody tells, beside the piece that the choice names."""

from __future__ import annotations

import pytest

from engine.agent.guide_grammar import GuideChoice
from engine.agent.guide_keeping import text_to_keep


@pytest.mark.parametrize(
    ("words", "piece", "kept"),
    [
        ("Do you mind remembering that the code is 4471?", "the code is 4471?", "the code is 4471"),
        ("pls remeber my bin day is tuesday", "my bin day is tuesday", "my bin day is tuesday"),
        ("it's 18 Elm Street now, please rmeember", "it's 18 Elm Street now,", "it's 18 Elm Street now"),
        ("hey would you mind keeping hold of this: Ana is at 0171", "Ana is at 0171", "Ana is at 0171"),
        ("the parish code is 4471, keep that somewhere safe", "the parish code is 4471,", "the parish code is 4471"),
        ("so i don't forget, note the car is in town", "the car is in town", "the car is in town"),
        ("remember that I'm left-handed", "I'm left-handed", "I'm left-handed"),
    ],
)
def test_what_asks_for_it_is_not_kept(words: str, piece: str, kept: str) -> None:
    assert text_to_keep(words, GuideChoice("remember", {"text": piece})) == kept


@pytest.mark.parametrize(
    ("words", "piece"),
    [
        ("we've moved, new address is 18 Elm Street", "new address is 18 Elm Street"),
        ("my shoe size, 43", "my shoe size,"),
        ("Tom's number changed, remember Anna's did not", "Tom's number changed,"),
        ("since 2019 you know me as Bea", "Bea"),
        ("as you told Ines already, the key is here", "the key is here"),
        (
            "my daughter's fella is called Ruairí, he's from Sligo, seems alright",
            "my daughter's fella is called Ruairí,",
        ),
        ("I like rain", ""),
        ("I like rain", "not in the words"),
    ],
)
def test_what_tells_something_is_never_left_out(words: str, piece: str) -> None:
    assert text_to_keep(words, GuideChoice("remember", {"text": piece})) == words
