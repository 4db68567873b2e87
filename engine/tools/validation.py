"""Do arguments fit a schema? The part of JSON Schema that tools use, answered in one sentence.

Small because a sentence for a small model is the point: "There is no argument 'querry'; did you mean
'query'?" brings a second try that works, a list of JSON pointers does not.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


_ARTICLES = {"integer": "an", "object": "an", "array": "an"}


def find_problem(arguments: Any, schema: Mapping[str, Any]) -> str:
    """What is wrong with the arguments, as one sentence for the model; "" if nothing is."""
    if not isinstance(arguments, dict):
        return "The arguments must be one JSON object, such as {}."
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name in arguments:
        if name not in properties:
            return f"There is no argument {name!r}{_did_you_mean(name, properties)}."
    for name in schema.get("required", ()):
        if name not in arguments:
            return f"The argument {name!r} is missing."
    for name, value in arguments.items():
        problem = _value_problem(value, properties[name])
        if problem:
            return f"The argument {name!r} {problem}."
    return ""


def _did_you_mean(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    if near:
        return f"; did you mean {near[0]!r}?".removesuffix("?")
    return f"; there are: {', '.join(map(repr, known)) or 'none'}"


def _value_problem(value: Any, schema: Mapping[str, Any]) -> str:
    wanted = schema.get("type")
    if wanted in _TYPES and (
        not isinstance(value, _TYPES[wanted]) or (isinstance(value, bool) and wanted in ("integer", "number"))
    ):
        return f"must be {_ARTICLES.get(wanted, 'a')} {wanted}"
    if "enum" in schema and value not in schema["enum"]:
        return "must be one of " + ", ".join(map(repr, schema["enum"]))
    if isinstance(value, str):
        return _text_problem(value, schema)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number_problem(value, schema)
    return ""


def _text_problem(value: str, schema: Mapping[str, Any]) -> str:
    if schema.get("minLength", 0) > 0 and not value.strip():
        return "is empty"
    if len(value) > schema.get("maxLength", len(value)):
        return f"is longer than {schema['maxLength']} characters"
    return ""


def _number_problem(value: float, schema: Mapping[str, Any]) -> str:
    if value < schema.get("minimum", value):
        return f"must be at least {schema['minimum']}"
    if value > schema.get("maximum", value):
        return f"must be at most {schema['maximum']}"
    return ""
