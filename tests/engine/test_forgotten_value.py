"""Which words give a forgotten memory away, and in which turns they are taken out."""

from __future__ import annotations

import pytest

from engine.forgotten_value import value_of


def taken(memory: str, turn: str) -> str:
    pattern = value_of([memory]).pattern_for(turn)
    return pattern.sub("…", turn) if pattern else turn


@pytest.mark.parametrize(
    ("memory", "turn", "left"),
    [
        ("the wifi password is QWWIFI6666", "Is it qwwifi6666 or not?", "Is it … or not?"),
        ("My locker code is Quixotic-7731.", "quixotic-7731!", "…!"),
        ("my card is 4111 1111 1111 1111", "4111111111111111 or 4111-1111-1111-1111?", "… or …?"),
        ("my PIN is 7788", "Is my pin 7788?", "Is my pin …?"),
        ("my PIN is 7788", "7788", "…"),
        ("my password is correct horse battery", "the password, correct  horse battery", "the password, …"),
        ("I work with RFC2822", "RFC2822?", "…?"),
        ("the wifi password Swordfish", "Is the wifi password swordfish?", "Is the wifi password …?"),
        ("the PIN for the gate Rosebud", "Rosebud?", "…?"),
    ],
)
def test_the_value_is_taken_out_of_what_repeats_it(memory: str, turn: str, left: str) -> None:
    assert taken(memory, turn) == left


@pytest.mark.parametrize(
    ("memory", "turn"),
    [
        ("the cat is called Minka", "Where does Minka sleep?"),
        ("my PIN is 7788", "When is room 7788 free?"),
        ("my password is in the drawer", "What is in the drawer?"),
        ("I work with RFC2822", "Which mail programs follow RFC2822?"),
        ("my locker code is Quixotic-7731", "Quixotic-77310 and Quixotic"),
        ("the meeting is at 10:30am", "10:30am"),
        ("the password changed", "Has the password changed?"),
        ("the wifi password Swordfish", "Do we eat swordfish?"),
        ("my password is swordfish", "How long does a swordfish live?"),
    ],
)
def test_what_says_something_else_keeps_its_words(memory: str, turn: str) -> None:
    assert taken(memory, turn) == turn


def test_names_are_only_told() -> None:
    value = value_of(["the cat Minka lives with Lena"])
    assert (value.sure, value.likely, value.names) == (frozenset(), frozenset(), {"Minka", "Lena"})


def test_an_ordinary_word_with_a_capital_is_no_name() -> None:
    value = value_of(["the cat Minka eats on Monday. She is fine. And I told Dr Lang of the Wi-Fi"])
    assert value.names == {"Minka", "Lang"}
