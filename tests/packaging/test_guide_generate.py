"""The text that the guide is trained on."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from guide_model.evaluate import HERE, SETS
from guide_model.foreign import sentences
from guide_model.generate import TOOL_SHARES, Generator
from guide_model.noise import Swapper
from guide_model.slots import WORDINGS
from guide_model.written import Turn, read_written

from engine.agent.guide.reckon.arithmetic import written_arithmetic
from engine.agent.guide.understand.grammar import ABOUT, GUIDE_TOOLS, parse_choice, visible_words


def turns(n_conversations: int, part: str = "train") -> list[Turn]:
    conversations = islice(Generator(11, part).conversations(), n_conversations)
    return [turn for conversation in conversations for turn in conversation]


def test_every_choice_is_one_that_the_grammar_of_its_words_offers() -> None:
    for conversation in islice(Generator(11).conversations(), 1500):
        for at, turn in enumerate(conversation):
            choice = parse_choice(turn.choice, turn.words)
            name = GUIDE_TOOLS[turn.tool]
            assert choice.tool == turn.tool
            if name not in ("", "expression"):
                assert f" {choice.arguments.get(name, '')} ".strip() in turn.words, turn
            if ABOUT in choice.arguments:
                assert f" {choice.arguments[ABOUT]} " in f" {conversation[at - 1].words} ", (turn, conversation)


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
    trained = Generator(0)._templates
    for part in ("held_out", "by_another"):
        held_out = Generator(0, part)._templates  # type: ignore[arg-type]
        for tool in ("search_documents", "recall_memory", "remember", "hand_over"):
            assert not set(trained[tool]) & set(held_out[tool])
            assert held_out[tool]


@pytest.mark.parametrize("path", sorted(WORDINGS.rglob("*.txt")), ids=lambda path: path.stem)
def test_wordings_mark_at_most_one_argument(path) -> None:  # type: ignore[no-untyped-def]
    for line in path.read_text(encoding="utf-8").splitlines():
        for turn in line.split(" => "):
            assert turn.count("[[") == turn.count("]]") <= 1, line
        assert line == line.strip(), line


def test_the_mark_gives_the_words_it_touches() -> None:
    generator = Generator(4)
    for turn in (generator.turn("remember") for _ in range(300)):
        text = turn.arguments["text"]
        assert f" {text} " in f" {turn.words} " or text == ""


def test_prompts_written_by_people_have_choices_that_the_grammar_offers() -> None:
    written = [turn for name in SETS.values() for turn in read_written(HERE / name)]
    written += read_written(WORDINGS / "written.txt")
    assert len(written) >= 2800
    for turn in written:
        parse_choice(turn.choice)
        if turn.tool != "calculator":
            own = [value for key, value in turn.arguments.items() if key != ABOUT]
            assert all(value in turn.words for value in own), turn
            assert turn.arguments.get(ABOUT, "") in " ".join(turn.earlier), turn


def test_prompts_for_scoring_are_never_trained() -> None:
    trained = {turn.words for turn in read_written(WORDINGS / "written.txt")}
    for name in ("By others", "By others, later"):
        assert not trained & {turn.words for turn in read_written(HERE / SETS[name])}


def test_a_written_prompt_is_varied_and_keeps_its_choice() -> None:
    generator = Generator(6)
    for _ in range(800):
        *_, turn = generator._written_exchange()
        assert turn.tool in GUIDE_TOOLS
        assert visible_words(turn.words) == turn.words


def test_the_same_exchange_is_made_in_all_texts() -> None:
    swapper = Swapper({"name": ["Anna", "Bert", "Carl"]})
    generator = Generator(2)
    for _ in range(50):
        one, other = swapper.swap(["Anna owes 30", "what does Anna owe? 30"], "remember", generator.random)
        assert one.split()[0] in other
        assert one.split()[-1] in other


def test_a_follow_up_refers_to_the_turn_before() -> None:
    generator = Generator(8)
    referring = 0
    for _ in range(400):
        before, turn = generator.follow_up()
        assert "[[" not in before.words + turn.words
        if ABOUT in turn.arguments:
            referring += 1
            assert turn.arguments[ABOUT] in before.words
    assert referring > 200


def test_sentences_of_a_manual_page_are_whole_and_without_markup() -> None:
    page = ".SH NAME\nls \\- Inhalte\n.PP\nDiese Seite ist nur eine \\fBkurze\\fP Beschreibung. Und mehr.\n"
    assert list(sentences(page)) == ["Diese Seite ist nur eine kurze Beschreibung."]
