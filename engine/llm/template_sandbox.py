"""The template of a model file, rendered where it can do no harm.

Templates are programs from strangers: they run in the worker, in Jinja's immutable sandbox, with limits on their own
length, on all that they make while they are rendered (engine.llm.template_bounds), and on time.
"""

from __future__ import annotations

import re
from datetime import datetime

from jinja2 import TemplateError, nodes
from jinja2.exceptions import SecurityError

from engine.llm.template_bounds import MAX_TEXT, Beyond, BoundedEnvironment, Refused

__all__ = ["Beyond", "Refused", "Template"]

# Longest template in characters; the longest in use have 25,000.
MAX_TEMPLATE = 256 * 1024
MAX_RANGE = 10_000
_MAX_DATE_PATTERN = 100
# Marks around what a model learns from when it is trained; nothing when it is asked.
_TRAINING_MARKS = re.compile(r"\{%-?\s*(?:end)?generation\s*-?%\}")
# What changes how the rest is compiled; no template of a chat needs it.
_MODIFIERS = (nodes.EvalContextModifier, nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
# Templates raise what they like: a missing key is a TypeError, a bad slice a ValueError, twenty loops inside of each
# other a SyntaxError.
_FAILURES = (
    TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, NameError, SyntaxError,
    RuntimeError, MemoryError,
)  # fmt: skip


class Template:
    """A template of a model file, rendered with slots for words.

    Raises:
        Refused: it cannot be compiled.
    """

    def __init__(self, source: str, bos: str, eos: str, *, with_clock: bool) -> None:
        if len(source) > MAX_TEMPLATE:
            raise Refused("too long")
        self._environment = environment = BoundedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.globals.update(raise_exception=_raise_exception, range=_bounded_range, bos_token=bos, eos_token=eos)
        if with_clock:
            # One date from load to unload: a prompt must only grow at its end.
            today = datetime.now()
            environment.globals["strftime_now"] = lambda pattern: today.strftime(str(pattern)[:_MAX_DATE_PATTERN])
        try:
            tree = environment.parse(_TRAINING_MARKS.sub("", source))
            if next(tree.find_all(_MODIFIERS), None) is not None:
                raise Refused("it changes how it is compiled")
            self._template = environment.from_string(tree)
        except _FAILURES as exc:
            raise Refused(type(exc).__name__) from exc

    def render(self, messages: list[dict[str, str]], *, opening: bool = False) -> str:
        """What the template makes of messages; Refused if it cannot or will not, Beyond where it has no end."""
        parts, size = [], 0
        self._environment.begin()
        try:
            for part in self._template.generate(messages=messages, add_generation_prompt=opening, tools=None):
                parts.append(part)
                size += len(part)
                if size > MAX_TEXT:
                    raise Beyond("beyond its limits")
        except _FAILURES as exc:
            raise Refused(type(exc).__name__) from exc
        return "".join(parts)


def _raise_exception(message: object) -> None:
    raise TemplateError(message if isinstance(message, str) else "refused")


def _bounded_range(*args: int) -> range:
    numbers = range(*args)
    if len(numbers) > MAX_RANGE:
        raise SecurityError("a range in the template is too long")
    return numbers
