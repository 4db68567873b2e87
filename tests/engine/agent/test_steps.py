from __future__ import annotations

import random

import pytest

from engine.agent.steps import Step, StepParser, create_grammar, parse_action
from engine.tools.registry import create_registry
from engine.tools.tool import Tool


def _read(text: str, size: int) -> tuple[Step, str, str]:
    parser, shown = StepParser(), []
    for start in range(0, len(text), size):
        shown += parser.feed(text[start : start + size])
    step, held = parser.finish()
    shown += held
    return step, "".join(t for k, t in shown if k == "thought"), "".join(t for k, t in shown if k == "answer")


CASES = [
    ('Thought: look\nAction: a {"x": 1}', Step("look", 'a {"x": 1}', None)),
    ("Thought: look\nAnswer: It is 4.\nAnd more.", Step("look", None, "It is 4.\nAnd more.")),
    ("Answer: yes", Step("", None, "yes")),
    ("**Thought:** look\n**Final Answer:** yes", Step("look", None, "yes")),
    ("thought : look\nanswer: yes", Step("look", None, "yes")),
    ("Thought: one\nThought: two\nAnswer: yes", Step("one\ntwo", None, "yes")),
    ("It is simply four.", Step("", None, "It is simply four.")),
    ("I should look.\nAction: a {}", Step("I should look.", "a {}", None)),
    ("<think>hm\nhm</think>\nAnswer: yes", Step("hm\nhm", None, "yes")),
    ("<think>never ends", Step("never ends", None, None)),
    ("Thought: only this", Step("only this", None, None)),
    ("Answering is hard.", Step("", None, "Answering is hard.")),
    ("", Step("", None, None)),
    ("Action:", Step("", "", None)),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(("text", "step"), CASES)
def test_a_step_is_the_same_in_whatever_pieces_it_comes(text: str, step: Step, size: int) -> None:
    read, thought, answer = _read(text, size)
    assert read == step
    assert thought.strip() == step.thought
    assert answer.strip() == (step.answer or "")


def test_the_answer_streams_while_it_is_written() -> None:
    parser = StepParser()
    assert parser.feed("Answer: It") == [("answer", "It")]
    assert parser.feed(" is") == [("answer", " is")]


def test_a_long_text_without_marks_streams_as_an_answer() -> None:
    parser = StepParser()
    shown = [part for _ in range(100) for part in parser.feed("word and ")]
    assert shown[0][0] == "answer"
    assert parser.finish()[0].answer == ("word and " * 100).strip()


@pytest.mark.parametrize(
    ("raw", "call"),
    [
        ('search_documents {"query": "a"}', ("search_documents", {"query": "a"})),
        ('search_documents({"query": "a"})', ("search_documents", {"query": "a"})),
        ('search_documents: {"query": "a"} and more', ("search_documents", {"query": "a"})),
        ('```json\n{"name": "x", "arguments": {"a": 1}}\n```', ("x", {"a": 1})),
        ('{"tool": "x", "parameters": {}}', ("x", {})),
        ("current_time", ("current_time", {})),
        ("current_time()", ("current_time", {})),
    ],
)
def test_common_forms_of_a_call_are_understood(raw: str, call) -> None:
    assert parse_action(raw) == call


@pytest.mark.parametrize(
    "raw", ["", "{}", "search {query: a}", '{"name": 7}', "[" * 100_000, 'a {"x": ' + "9" * 5000 + "}", "!"]
)
def test_what_is_no_call_is_a_sentence(raw: str) -> None:
    assert isinstance(parse_action(raw), str)


def test_no_model_output_makes_the_parser_fail() -> None:
    source = random.Random(3)
    words = 'Thought: Action: Answer: ** <think> </think> search_documents { {" "} : 7 ``` ( ) \\u ü'
    parts = [*words.split(), "\n", " ", "\x00"]
    for _ in range(5000):
        text = "".join(source.choice(parts) for _ in range(source.randint(0, 14)))
        step, _, _ = _read(text, source.randint(1, 9))
        if step.action is not None:
            parse_action(step.action)


def test_the_grammar_has_a_rule_for_each_tool_and_every_name_it_uses() -> None:
    tools = create_registry().tools
    rules = dict(line.split(" ::= ", 1) for line in create_grammar(tools).splitlines())
    assert {f"tool{i}" for i in range(len(tools))} <= set(rules)
    assert rules["root"] == "thought? (answer | action)"
    assert rules["tool4"] == r'"read_document {" "\"source\": " string (", " "\"page\": " integer)? "}"'


def test_without_tools_only_an_answer_is_possible() -> None:
    assert create_grammar([]).startswith("root ::= thought? (answer)\n")


def test_optional_arguments_alone_may_all_be_left_out() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "boolean"}, "b": {"enum": ["x", 1]}}}
    grammar = create_grammar([Tool("t", "d", schema, "f", run=None)])
    assert (
        r'tool0 ::= "t {" ("\"a\": " boolean (", " "\"b\": " ("\"x\"" | "1"))? | "\"b\": " ("\"x\"" | "1"))? "}"'
        in grammar
    )
