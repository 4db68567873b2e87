from __future__ import annotations

import pytest

from engine.tools.validation import find_problem

SCHEMA = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "minLength": 1, "maxLength": 10},
        "page": {"type": "integer", "minimum": 1, "maximum": 9},
        "mode": {"enum": ["fast", "slow"]},
        "whole": {"type": "boolean"},
    },
    "required": ["query"],
}


@pytest.mark.parametrize("arguments", [{"query": "a"}, {"query": "a", "page": 9, "mode": "slow", "whole": True}])
def test_arguments_that_fit_have_no_problem(arguments) -> None:
    assert find_problem(arguments, SCHEMA) == ""


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("text", "one JSON object"),
        ({}, "'query' is missing"),
        ({"querry": "a"}, "did you mean 'query'"),
        ({"zzz": 1}, "there are: 'query'"),
        ({"query": 3}, "must be a string"),
        ({"query": " "}, "is empty"),
        ({"query": "a" * 11}, "longer than 10"),
        ({"query": "a", "page": 0}, "at least 1"),
        ({"query": "a", "page": 10}, "at most 9"),
        ({"query": "a", "page": True}, "must be an integer"),
        ({"query": "a", "page": 1.5}, "must be an integer"),
        ({"query": "a", "mode": "x"}, "'fast', 'slow'"),
    ],
)
def test_a_problem_is_a_sentence_that_helps(arguments, part: str) -> None:
    assert part in find_problem(arguments, SCHEMA)
