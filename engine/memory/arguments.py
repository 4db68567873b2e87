"""What the arguments of `engine.memory` must be: one sentence for a wrong one, at the door.

A wrong type would else be found somewhere inside, by a library, in words about that inside. What a value must be
follows from its name, which means the same in every method; whether it is any good (0…1, a known tier) is asked
further in.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Coroutine, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from engine.errors import UnknownNameError, UsageError

__all__ = ["checked"]

P = ParamSpec("P")
R = TypeVar("R")

# More at once fit into no screen and no prompt, and a search would set aside the space for them.
_MOST_RECALLED = 10_000
_Kind = tuple[str, Callable[[Any], bool]]


def _is_texts(value: Any) -> bool:
    is_list = isinstance(value, Collection) and not isinstance(value, str | bytes | bytearray | Mapping)
    return is_list and all(isinstance(item, str) for item in value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TEXT: _Kind = ("a text", lambda value: isinstance(value, str))
_TEXTS: _Kind = ("a list of texts", _is_texts)
_IDS: _Kind = ("an id or a list of ids", lambda value: isinstance(value, str) or _is_texts(value))
_FLAG: _Kind = ("True or False", lambda value: isinstance(value, bool))
_COUNT: _Kind = ("a whole number from 0 on", lambda value: _is_whole(value) and value >= 0)
_TIME: _Kind = ("a time in whole milliseconds since 1970", _is_whole)
_NUMBER: _Kind = ("a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool))
_KINDS: dict[str, _Kind] = {
    **dict.fromkeys(("text", "query", "tier", "project", "id", "trust", "sort"), _TEXT),
    **dict.fromkeys(("tags", "tiers", "turns", "texts"), _TEXTS),
    **dict.fromkeys(("pinned", "suggested", "keep_chat"), _FLAG),
    **dict.fromkeys(("offset", "limit", "max_tokens"), _COUNT),
    **dict.fromkeys(("created_at", "created_from", "created_to"), _TIME),
    "k": (f"a whole number up to {_MOST_RECALLED:,}", lambda value: _is_whole(value) and value <= _MOST_RECALLED),
    "ids": _IDS,
    "importance": _NUMBER,
    "provenance": ("a mapping such as {'source': 'user'}", lambda value: isinstance(value, Mapping)),
    "change_id": ("the id of a change", lambda value: isinstance(value, str) and value != ""),
    "path": ("a path", lambda value: isinstance(value, str | Path) and "\0" not in str(value)),
    "items": (
        "a list of mappings with a `text` each",
        lambda value: isinstance(value, Collection) and all(isinstance(item, Mapping) for item in value),
    ),
}


def checked(method: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    """The method, raising `UsageError` where an argument is of a wrong type; None is good where it is the default.

    The items of `add_many` are the arguments of `add`, and are looked at like those.
    """
    signature = inspect.signature(method)
    may_be_none = {name for name, parameter in signature.parameters.items() if parameter.default is None}

    @wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs).arguments
        for name, value in given.items():
            if value is not None or name not in may_be_none:
                _check(name, value)
        for item in given.get("items", ()):
            _check_item(item)
        return await method(*args, **kwargs)

    return call


_OF_AN_ITEM = ("text", "tier", "importance", "project", "tags", "created_at", "provenance", "pinned", "id")


def _check_item(item: Mapping[str, Any]) -> None:
    for name, value in item.items():
        if name not in _OF_AN_ITEM:
            raise UnknownNameError("argument", str(name), _OF_AN_ITEM)
        if value is not None or name not in ("created_at", "provenance", "id"):
            _check(name, value)
    if "text" not in item:
        raise UsageError("Each memory to add needs a `text`.")


def _check(name: str, value: Any) -> None:
    what, is_good = _KINDS.get(name, ("", lambda _: True))
    if not is_good(value):
        shown = repr(value)
        raise UsageError(f"`{name}` must be {what}, not {shown if len(shown) <= 40 else type(value).__name__}.")
