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
  limits of its sandbox. Then a built-in format speaks: that of the family whose marks the template or the vocabulary
  has, else ChatML. The person sees a note of it, but where the template is whole and only rewrites what it said
  before: those write their family's format, and drop old thoughts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from engine.llm.template_families import CHATML, find_family
from engine.llm.template_sandbox import Beyond, Refused, Template

_CHATML, _OF_FAMILY = "a common one (ChatML)", "that of its family"
REFUSED_NOTE, REFUSED_FAMILY_NOTE = (
    f"The chat template in this model's file cannot be used; {other} is used instead, and its answers may suffer."
    for other in (_CHATML, _OF_FAMILY)
)
CHATML_NOTE, FAMILY_NOTE = (
    f"This model's file has no chat template; {other} is used, and its answers may suffer."
    for other in (_CHATML, _OF_FAMILY)
)

# Trying a template out may take so long in all; a worker that shows no progress for 20 s is ended.
REHEARSAL_LIMIT_S = 6.0
# How the marks of a template that makes a model think at once end.
THOUGHT_OPENS = ("<think>", "<thinking>", "[THINK]", "<|START_THINKING|>")

# A part of a message as it goes to the tokeniser: marks of the template (text, -1), or ("", index of the
# message whose words go here).
Part = tuple[str, int]
_SLOT = re.compile(r"sJ7slot(\d{6})Js")


def _slot(index: int) -> str:
    return f"sJ7slot{index:06d}Js"


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


class _Rewrites(Refused):
    """The template is whole, and says anew in another way what it said before."""


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
        self._template: Template | None = None
        self._clothes = _Clothes()
        self._rendered: dict[tuple[str, ...], str] = {}
        self.name, self.note = self._family.name, FAMILY_NOTE if family else CHATML_NOTE
        if template.strip():
            self._rewrites = False
            self.note = REFUSED_FAMILY_NOTE if family else REFUSED_NOTE
            self._rehearse(template, bos, eos)
            if self._rewrites and family:
                self.note = ""

    def _rehearse(self, source: str, bos: str, eos: str) -> None:
        """Use the file's template if it can do what a chat needs."""
        deadline = time.monotonic() + REHEARSAL_LIMIT_S
        # Most templates that want a date do without; a prompt without one stays the same over night.
        for with_clock in (False, True):
            try:
                self._template = Template(source, bos, eos, with_clock=with_clock)
            except Refused:
                return
            if self._try_clothes(deadline):
                self.name, self.note = "file", ""
                return
            if "strftime_now" not in source:
                break
        self._template = None

    def _try_clothes(self, deadline: float) -> bool:
        """Dress our roles so that the template can do all of the rehearsal; False where nothing fits."""
        for self._clothes in _WARDROBE:
            self._rendered.clear()
            try:
                for roles in _REHEARSAL:
                    for n in range(1, len(roles) + 1):
                        if time.monotonic() > deadline:
                            raise Beyond("beyond its time")
                        self._file_piece(roles[:n])
                        self._file_opening(roles[:n])
            except Beyond:
                return False
            except _Rewrites:
                self._rewrites = True
            except Refused:
                continue
            else:
                return True
        return False

    def piece(self, roles: Sequence[str]) -> list[Part]:
        """What the last of these messages adds to the prompt."""
        if self._template and not self._left_file(roles[:-1]):
            try:
                return self._file_piece(tuple(roles))
            except Refused:
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
            except Refused:
                pass
        return self._family.assistant[0]

    def _left_file(self, roles: Sequence[str]) -> bool:
        """Whether the file's template could not render these roles; from there on the family speaks."""
        try:
            self._render(tuple(roles))
        except Refused:
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
            raise _Rewrites("it rewrites what it said before")
        parts = _split(after[len(before) :])
        return parts

    def _file_piece(self, roles: tuple[str, ...]) -> list[Part]:
        parts, last = self._difference(roles), len(roles) - 1
        if roles[last] == "system" and self._clothes.system_inside and set(roles) == {"system"}:
            return []
        if sum(1 for _, slot in parts if slot == last) != 1:
            raise Refused("it hides words")
        if roles[last] == "assistant":
            at = next(i for i, (_, slot) in enumerate(parts) if slot == last)
            opening = self._file_opening(roles[:-1])
            return [*_marks(opening), *parts[at:]]
        return parts

    def _file_opening(self, roles: tuple[str, ...]) -> str:
        if self._template is None:
            raise Refused("no template")
        before = self._render(roles)
        shown = self._clothes.messages(roles)
        after = self._template.render(shown, opening=True) if shown else ""
        if not after.startswith(before):
            raise _Rewrites("it rewrites what it said before")
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
