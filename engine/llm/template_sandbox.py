"""The template of a model file, rendered where it can do no harm.

Templates are programs from strangers: they run in the worker, in Jinja's immutable sandbox, with limits on
their own length, on what they write, on ranges and on time; a loop without an end is a hung worker.
"""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from typing import Any

from jinja2 import TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

__all__ = ["Beyond", "Refused", "Template"]

# Longest template in characters; the longest in use have 25,000.
MAX_TEMPLATE = 256 * 1024
# Longest rendering in characters; the words are not in it, only marks and slots.
MAX_RENDERING = 2 * 2**20
MAX_RANGE = 10_000
RENDER_LIMIT_S = 2.0
_MAX_DATE_PATTERN = 100
_PADDING = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs", "format", "format_map"})
# Marks around what a model learns from when it is trained; nothing when it is asked.
_TRAINING_MARKS = re.compile(r"\{%-?\s*(?:end)?generation\s*-?%\}")


class Refused(Exception):
    """The template cannot be used for this list of roles; not an error that anybody sees."""


class Beyond(Refused):
    """It took too long or wrote too much, and would again in other clothes."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which a short expression cannot make a long text either."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Numbers may be multiplied; texts and lists that are repeated, and padded texts, may grow without bounds."""
        if not (isinstance(left, int | float) and isinstance(right, int | float)) or operator == "**":
            raise SecurityError("a template that repeats or pads texts")
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> Any:
        """No `str.format`, which pads as well."""
        if super().wrap_str_format(value) is not None:
            raise SecurityError("a template that pads texts")
        return None

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """No method that pads."""
        return attr not in _PADDING and super().is_safe_attribute(obj, attr, value)


class Template:
    """A template of a model file, rendered with slots for words."""

    def __init__(self, source: str, bos: str, eos: str, *, with_clock: bool) -> None:
        if len(source) > MAX_TEMPLATE:
            raise Refused("too long")
        environment = _Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
        environment.filters["tojson"] = _to_json
        for padding in ("center", "format", "indent", "wordwrap"):
            environment.filters.pop(padding)
        environment.globals.update(raise_exception=_raise_exception, range=_bounded_range, bos_token=bos, eos_token=eos)
        if with_clock:
            # One date from load to unload: a prompt must only grow at its end.
            today = datetime.now()
            environment.globals["strftime_now"] = lambda pattern: today.strftime(str(pattern)[:_MAX_DATE_PATTERN])
        try:
            self._template = environment.from_string(_TRAINING_MARKS.sub("", source))
        except (TemplateError, RecursionError, ValueError, OverflowError) as exc:
            raise Refused(str(exc)) from exc

    def render(self, messages: list[dict[str, str]], *, opening: bool = False) -> str:
        """What the template makes of messages; Refused if it cannot or will not."""
        deadline, parts, size = time.monotonic() + RENDER_LIMIT_S, [], 0
        try:
            for part in self._template.generate(messages=messages, add_generation_prompt=opening, tools=None):
                parts.append(part)
                size += len(part)
                if size > MAX_RENDERING or time.monotonic() > deadline:
                    raise Beyond("beyond its limits")
        # Templates raise what they like: a missing key is a TypeError, a bad slice a ValueError.
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError,
                MemoryError) as exc:  # fmt: skip
            raise Refused(str(exc)) from exc
        return "".join(parts)


def _raise_exception(message: str) -> None:
    raise TemplateError(message)


def _bounded_range(*args: int) -> range:
    numbers = range(*args)
    if len(numbers) > MAX_RANGE:
        raise SecurityError("a range in the template is too long")
    return numbers


def _to_json(value: Any, indent: int | None = None, **_options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)
