"""The text that the guide is trained on."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from guide_model.evaluate import BY_HAND, BY_HAND_SEEN, read_by_hand
from guide_model.generate import TOOL_SHARES, Generator, Turn
from guide_model.slots import WORDINGS

from engine.agent.guide_arithmetic import written_arithmetic
from engine.agent.guide_grammar import GUIDE_TOOLS, parse_choice, visible_words


def turns(n_conversations: int, part: str = "train") -> list[Turn]:
    conversations = islice(Generator(11, part).conversations(), n_conversations)
    return [turn for conversation in conversations for turn in conversation]


def test_every_choice_is_one_that_the_grammar_of_its_words_offers() -> None:
    for turn in turns(1500):
        choice = parse_choice(turn.choice)
        assert (choice.tool, choice.arguments) == (turn.tool, turn.arguments)
        for name in ("query", "text"):
            assert choice.arguments.get(name, "") in turn.words


def test_every_calculation_is_one_that_the_grammar_offers() -> None:
    generator = Generator(5)
    for turn in (generator.turn("calculator") for _ in range(1500)):
        expression, found = turn.arguments["expression"], written_arithmetic(turn.words)
        if found.expression:
            assert found.expression == expression, turn
        else:
            assert set(re.findall(r"[\d.]+", expression)) <= set(found.numbers), turn
            assert set(re.sub(r"[\d.()]", "", expression)) <= set(found.signs), turn


def test_words_are_shown_to_the_model_as_they_are_trained() -> None:
    for turn in turns(1000):
        assert visible_words(turn.words) == turn.words


def test_no_slot_is_left_unfilled() -> None:
    for turn in turns(1500) + turns(500, "held_out"):
        assert not re.search(r"\{\w+\}|\[\[|\]\]", turn.words), turn


def test_the_same_seed_gives_the_same_text() -> None:
    assert turns(50) == turns(50)


def test_every_tool_is_drawn() -> None:
    assert {turn.tool for turn in turns(600)} == set(GUIDE_TOOLS) == set(TOOL_SHARES)


def test_held_out_wordings_are_never_trained() -> None:
    trained, held_out = Generator(0)._templates, Generator(0, "held_out")._templates
    for tool in ("search_documents", "recall_memory", "remember", "hand_over"):
        assert not set(trained[tool]) & set(held_out[tool])
        assert held_out[tool]


@pytest.mark.parametrize("path", sorted(WORDINGS.rglob("*.txt")), ids=lambda path: path.stem)
def test_wordings_mark_at_most_one_argument(path) -> None:  # type: ignore[no-untyped-def]
    for line in path.read_text(encoding="utf-8").splitlines():
        assert line.count("[[") == line.count("]]") <= 1, line
        assert line == line.strip(), line


def test_the_mark_gives_the_words_it_touches() -> None:
    generator = Generator(4)
    for turn in (generator.turn("remember") for _ in range(300)):
        text = turn.arguments["text"]
        assert f" {text} " in f" {turn.words} " or text == ""


def test_prompts_written_by_hand_have_choices_that_the_grammar_offers() -> None:
    by_hand = [*read_by_hand(BY_HAND), *read_by_hand(BY_HAND_SEEN)]
    assert len(by_hand) >= 300
    for turn in by_hand:
        parse_choice(turn.choice)
        assert all(value in turn.words for key, value in turn.arguments.items() if key != "expression"), turn
