"""What is made of what the chooser says of a request."""

from __future__ import annotations

from typing import Any

import pytest

from engine.agent.guide.understand.chooser import sure_choice, tools_in_question
from engine.agent.guide.understand.grammar import GuideChoice
from engine.search.types import Chosen, Piece

NONE = Piece(0, 0, 0, 0.9)


def chosen(argument: Piece = NONE, about: Piece = NONE, **choices: float) -> Chosen:
    return Chosen(choices, argument, about)


WORDS = "please tell me who pays for the boiler, thanks"


@pytest.mark.parametrize(
    ("found", "tool", "arguments"),
    [
        (chosen(Piece(0, 15, 38, 0.9), search_documents=1), "search_documents", {"query": "who pays for the boiler,"}),
        (chosen(Piece(0, 17, 36, 0.9), remember=1), "remember", {"text": "who pays for the boiler,"}),
        (chosen(recall_memory=0.95), "recall_memory", {"query": WORDS}),
        (chosen(greet=0.95), "greet", {}),
    ],
)  # fmt: skip
def test_the_argument_is_whole_words(found: Chosen, tool: str, arguments: dict[str, Any]) -> None:
    assert sure_choice(found, WORDS) == GuideChoice(tool, arguments)


def test_what_is_referred_to_comes_from_the_earlier_turn() -> None:
    earlier = ["hello", "how long is the notice period?"]
    about = Piece(2, 16, 29, 0.9)
    found = sure_choice(chosen(Piece(0, 0, 19, 0.9), about, search_documents=0.95), "and for the garage?", earlier)
    assert found == GuideChoice("search_documents", {"about": "notice period?", "query": "and for the garage?"})
    assert sure_choice(chosen(NONE, about, forget=0.95), "forget it", earlier) == GuideChoice(
        "forget", {"about": "notice period?"}
    )
    # Nothing else can refer to a turn.
    assert sure_choice(chosen(NONE, about, remember=0.95), "keep that", earlier) == GuideChoice(
        "remember", {"text": "keep that"}
    )


def test_sums_and_what_is_not_sure_are_left_to_the_guide() -> None:
    assert sure_choice(chosen(calculator=0.99), "twelve times four") is None
    close = chosen(help=0.45, hand_over=0.3, greet=0.05)
    assert sure_choice(close, "can you sing") is None
    assert tools_in_question(close) == ["help", "hand_over"]
