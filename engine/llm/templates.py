"""How messages become a prompt: the model file's own template, or a built-in format of its family.

A prompt must only ever grow at its end, or the KV cache is lost, and the words of a message must never be
read as marks. Both follow from one idea: a template is rendered with *slots* in place of the words, and the
rendering of k messages must begin with the rendering of k - 1. The difference is what message k adds: marks
and slots, `[Mark("<|user|>\\n"), Slot(3), Mark("<|end|>\\n")]`. Marks are tokenised as marks, the words of a
slot as words, and nothing of a message is ever rendered again. A template never sees what anybody wrote.

- What generation begins with (`opening`) is the difference that `add_generation_prompt` makes. An assistant
  message then *is* the opening, its words and what the template puts behind them, because that is what lies in
  the cache, even where the template would render an old answer in another way (as those that drop thoughts do).
- Roles that a template does not know are tried in other clothes: tool as user, later system notes as user,
  the first system message in front of the first user message.
- A template that raises, hides words, or rewrites what it said before is not used; nor is one beyond the
  limits below. Then a built-in format speaks: that of the family whose marks the template or the vocabulary
  has, else ChatML with a note that the person sees.

Templates are programs from strangers: they run in the worker, in Jinja's immutable sandbox, with limits on
their own length, on what they write, on ranges and on time; a loop without an end is a hung worker.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from jinja2 import TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

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

CHATML_NOTE = (
    "This model does not say how chats are written for it; the usual form (ChatML) is used, and its answers may suffer."
)

# How the marks of a template that makes a model think at once end.
THOUGHT_OPENS = ("<think>", "<thinking>", "[THINK]", "<|START_THINKING|>")

# A part of a message as it goes to the tokeniser: marks of the template (text, -1), or ("", index of the
# message whose words go here).
Part = tuple[str, int]
_SLOT = re.compile(r"sJ7slot(\d{6})Js")


def _slot(index: int) -> str:
    return f"sJ7slot{index:06d}Js"


@dataclass(frozen=True, slots=True)
class Family:
    """A built-in format: what stands before and after the words of each role.

    Attributes:
        needs: a mark that a template or a vocabulary of this family has.
        system_inside: there is no system role; its words go in front of the first user message.
    """

    name: str
    needs: str
    system: tuple[str, str]
    user: tuple[str, str]
    assistant: tuple[str, str]
    tool: tuple[str, str] | None = None
    system_inside: bool = False

    def around(self, role: str) -> tuple[str, str]:
        """Marks before and after the words of a role."""
        table = {"system": self.system, "user": self.user, "assistant": self.assistant}
        return table.get(role, self.tool or self.user)


def _headed(name: str, needs: str, before: str, after: str) -> Family:
    """A family that writes each role's name between marks."""
    roles = {role: (before.format(role), after) for role in ("system", "user", "assistant")}
    return Family(name, needs, roles["system"], roles["user"], roles["assistant"])


# The first whose mark is found wins, so the particular come before the general.
FAMILIES = (
    Family(
        "scrubjay", "<|hand_over|>", ("<|system|>", "<|end|>"), ("<|user|>", "<|end|>"), ("<|assistant|>", "<|end|>"),
        tool=("<|tool|>", "<|end|>"),
    ),
    _headed("phi4", "<|im_sep|>", "<|im_start|>{}<|im_sep|>", "<|im_end|>"),
    _headed("chatml", "<|im_start|>", "<|im_start|>{}\n", "<|im_end|>\n"),
    _headed("llama3", "<|start_header_id|>", "<|start_header_id|>{}<|end_header_id|>\n\n", "<|eot_id|>"),
    _headed("granite", "<|start_of_role|>", "<|start_of_role|>{}<|end_of_role|>", "<|end_of_text|>\n"),
    Family(
        "gemma", "<start_of_turn>", ("", "\n\n"), ("<start_of_turn>user\n", "<end_of_turn>\n"),
        ("<start_of_turn>model\n", "<end_of_turn>\n"), system_inside=True,
    ),
    Family(
        "command-r", "<|START_OF_TURN_TOKEN|>",
        ("<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>", "<|END_OF_TURN_TOKEN|>"),
        ("<|START_OF_TURN_TOKEN|><|USER_TOKEN|>", "<|END_OF_TURN_TOKEN|>"),
        ("<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>", "<|END_OF_TURN_TOKEN|>"),
    ),
    Family(
        "deepseek", "<｜User｜>", ("", "\n\n"), ("<｜User｜>", ""), ("<｜Assistant｜>", "<｜end▁of▁sentence｜>"),
        system_inside=True,
    ),
    Family("mistral", "[INST]", ("", "\n\n"), ("[INST] ", " [/INST]"), ("", "</s>"), system_inside=True),
    _headed("phi3", "<|end|>", "<|{}|>\n", "<|end|>\n"),
    _headed("zephyr", "<|user|>", "<|{}|>\n", "</s>\n"),
)  # fmt: skip
CHATML = next(f for f in FAMILIES if f.name == "chatml")


def find_family(template: str, has_token: Callable[[str], bool]) -> Family | None:
    """The family whose marks a template has, or else the vocabulary."""
    for family in FAMILIES:
        if family.needs in template:
            return family
    return next((family for family in FAMILIES if has_token(family.needs)), None)


class _Refused(Exception):
    """The template cannot be used for this list of roles; not an error that anybody sees."""


class _Beyond(_Refused):
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


class _Template:
    """A template of a model file, rendered with slots for words."""

    def __init__(self, source: str, bos: str, eos: str, *, with_clock: bool) -> None:
        if len(source) > MAX_TEMPLATE:
            raise _Refused("too long")
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
            raise _Refused(str(exc)) from exc

    def render(self, messages: list[dict[str, str]], *, opening: bool = False) -> str:
        """What the template makes of messages; _Refused if it cannot or will not."""
        deadline, parts, size = time.monotonic() + RENDER_LIMIT_S, [], 0
        try:
            for part in self._template.generate(messages=messages, add_generation_prompt=opening, tools=None):
                parts.append(part)
                size += len(part)
                if size > MAX_RENDERING or time.monotonic() > deadline:
                    raise _Beyond("beyond its limits")
        # Templates raise what they like: a missing key is a TypeError, a bad slice a ValueError.
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError,
                MemoryError) as exc:  # fmt: skip
            raise _Refused(str(exc)) from exc
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


@dataclass(frozen=True, slots=True)
class _Clothes:
    """How our roles are shown to a template that does not know all of them."""

    tool_as_user: bool = False
    notes_as_user: bool = False
    system_inside: bool = False

    def messages(self, roles: Sequence[str]) -> list[dict[str, str]]:
        """The messages that stand for our roles, with slots as their words."""
        shown: list[dict[str, str]] = []
        before = ""
        n_leading = len(list(takewhile(lambda role: role == "system", roles)))
        for index, role in enumerate(roles):
            if role == "system" and index < n_leading and self.system_inside:
                before += _slot(index) + "\n\n"
                continue
            as_user = (role == "tool" and self.tool_as_user) or (role == "system" and index > 0 and self.notes_as_user)
            shown.append({"role": "user" if as_user else role, "content": before + _slot(index)})
            before = ""
        return shown


_WARDROBE = (
    _Clothes(),
    _Clothes(notes_as_user=True),
    _Clothes(tool_as_user=True, notes_as_user=True),
    _Clothes(tool_as_user=True, notes_as_user=True, system_inside=True),
)
# What a chat may look like; a template must manage all of it in one set of clothes.
_REHEARSAL = (
    ("user", "assistant", "user", "assistant"),
    ("system", "user", "assistant", "tool", "assistant", "user"),
)


class ChatFormat:
    """Turns a list of roles into marks and slots, the same beginning for the same beginning.

    Attributes:
        name: file, the family's name, or chatml.
        note: a sentence for the person, or "".
    """

    def __init__(
        self, template: str, has_token: Callable[[str], bool], *, bos: str = "", eos: str = "", fallback: str = ""
    ) -> None:
        family = find_family(template, has_token)
        self._family = family or CHATML
        self._template: _Template | None = None
        self._clothes = _Clothes()
        self._rendered: dict[tuple[str, ...], str] = {}
        self.name, self.note = self._family.name, "" if family else CHATML_NOTE
        if template.strip():
            self._rehearse(template, bos, eos)

    def _rehearse(self, source: str, bos: str, eos: str) -> None:
        """Use the file's template if it can do what a chat needs."""
        # Most templates that want a date do without; a prompt without one stays the same over night.
        for with_clock in (False, True):
            try:
                self._template = _Template(source, bos, eos, with_clock=with_clock)
            except _Refused:
                return
            if self._try_clothes():
                self.name, self.note = "file", ""
                return
            if "strftime_now" not in source:
                break
        self._template = None

    def _try_clothes(self) -> bool:
        """Dress our roles so that the template can do all of the rehearsal; False where nothing fits."""
        for self._clothes in _WARDROBE:
            self._rendered.clear()
            try:
                for roles in _REHEARSAL:
                    for n in range(1, len(roles) + 1):
                        self._file_piece(roles[:n])
                        self._file_opening(roles[:n])
            except _Beyond:
                return False
            except _Refused:
                continue
            return True
        return False

    def piece(self, roles: Sequence[str]) -> list[Part]:
        """What the last of these messages adds to the prompt."""
        if self._template and not self._left_file(roles[:-1]):
            try:
                return self._file_piece(tuple(roles))
            except _Refused:
                pass
        return self._family_piece(roles)

    @property
    def opens_thought(self) -> bool:
        """Whether the model begins inside of a thought: the marks before its words end with one that opens it."""
        return self.opening(("user",)).rstrip().endswith(THOUGHT_OPENS)

    def opening(self, roles: Sequence[str]) -> str:
        """The marks after these messages that make the model speak."""
        if self._template and not self._left_file(roles):
            try:
                return self._file_opening(tuple(roles))
            except _Refused:
                pass
        return self._family.assistant[0]

    def _left_file(self, roles: Sequence[str]) -> bool:
        """Whether the file's template could not render these roles; from there on the family speaks."""
        try:
            self._render(tuple(roles))
        except _Refused:
            return True
        return False

    def _render(self, roles: tuple[str, ...]) -> str:
        if not roles or self._template is None:
            return ""
        rendered = self._rendered.get(roles)
        if rendered is None:
            shown = self._clothes.messages(roles)
            rendered = self._template.render(shown) if shown else ""
            if len(self._rendered) > 8:
                self._rendered.clear()
            self._rendered[roles] = rendered
        return rendered

    def _difference(self, roles: tuple[str, ...]) -> list[Part]:
        before, after = self._render(roles[:-1]), self._render(roles)
        if not after.startswith(before):
            raise _Refused("it rewrites what it said before")
        parts = _split(after[len(before) :])
        return parts

    def _file_piece(self, roles: tuple[str, ...]) -> list[Part]:
        parts, last = self._difference(roles), len(roles) - 1
        if roles[last] == "system" and self._clothes.system_inside and set(roles) == {"system"}:
            return []
        if sum(1 for _, slot in parts if slot == last) != 1:
            raise _Refused("it hides words")
        if roles[last] == "assistant":
            at = next(i for i, (_, slot) in enumerate(parts) if slot == last)
            opening = self._file_opening(roles[:-1])
            return [*_marks(opening), *parts[at:]]
        return parts

    def _file_opening(self, roles: tuple[str, ...]) -> str:
        if self._template is None:
            raise _Refused("no template")
        before = self._render(roles)
        shown = self._clothes.messages(roles)
        after = self._template.render(shown, opening=True) if shown else ""
        if not after.startswith(before):
            raise _Refused("it rewrites what it said before")
        if len(after) > len(before) or not shown:
            return after[len(before) :]
        if roles[-1] == "assistant":
            # It just spoke; templates that insist on turns refuse to say how it would go on.
            return ""
        # Nothing is added: the marks that an assistant's words begin with (none for [INST] … [/INST]).
        parts = self._difference((*roles, "assistant"))
        marks = "".join(mark for mark, slot in takewhile(lambda part: part[1] < 0, parts))
        # A space before the words is the model's own to say: its tokens begin with it.
        return marks if marks.strip() else ""

    def _family_piece(self, roles: Sequence[str]) -> list[Part]:
        last = len(roles) - 1
        leading = len(list(takewhile(lambda role: role == "system", roles)))
        if self._family.system_inside and leading == len(roles):
            return []
        before, after = self._family.around(roles[last])
        if self._family.system_inside and roles[last] == "system":
            before, after = self._family.user
        words: list[Part] = [("", last)]
        if self._family.system_inside and leading and last == leading:
            inside = [part for index in range(leading) for part in (("", index), ("\n\n", -1))]
            words = [*inside, *words]
        return [*_marks(before), *words, *_marks(after)]


def _marks(text: str) -> list[Part]:
    return [(text, -1)] if text else []


def _split(text: str) -> list[Part]:
    """A rendering as marks and slots."""
    parts: list[Part] = []
    start = 0
    for match in _SLOT.finditer(text):
        parts += _marks(text[start : match.start()])
        parts.append(("", int(match.group(1))))
        start = match.end()
    return parts + _marks(text[start:])
