"""What the chat says about an answer."""

from __future__ import annotations

import pytest

from desktop.chat.words import done_words, step_line


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ({"tool": "search_documents", "arguments": {"query": "rent", "k": 5}}, "Searched documents: “rent”, k 5"),
        ({"tool": "current_time", "arguments": {}}, "Looked at the clock"),
        ({"tool": "forget", "arguments": {"text": "my PIN"}}, "Forgot 1 thing: “my PIN”"),
        ({"tool": "weather", "arguments": {"place": "<b>Ulm</b>", "day": ""}}, "Used weather: “<b>Ulm</b>”"),
    ],
)
def test_a_step_is_told_in_words_and_not_as_a_program_calls_it(step: dict[str, object], line: str) -> None:
    assert step_line(step) == line


def test_an_order_that_forgot_nothing_says_so() -> None:
    assert done_words("forget", 0) == "forgot nothing"
