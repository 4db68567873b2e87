"""Writes the conversations that the guide model is trained on.

A conversation is a few turns of (the person's words, the one choice that is right). Everything varied lives in
`wordings/`, so that a wording can be added without touching code:

- `wordings/<tool>.txt`: one template per line. `{slot}` is filled from `wordings/lists/<slot>.txt` or invented
  (slots.py); `[[…]]` marks the words that the tool gets as its argument (without a mark: all of them).
- `wordings/around_<tool>.txt`: politeness and lead-ins around a template, which stay outside the argument.

A twentieth of all templates and list entries, picked by a checksum of the line, is never trained on: the held-out
part is drawn from those only, so its wordings and its words are new to the model.

Invented words fill a part of the slots on purpose: the model has to learn to copy what a person wrote, not to expect
the words that it knows.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from guide_model.arithmetic import arithmetic
from guide_model.slots import SLOTS, WORDINGS, read_lines

from engine.agent.guide_grammar import render_choice, visible_words

Part = Literal["train", "held_out"]

# How often each tool is drawn, in percent. Documents take most: what people
# ask of them has the widest range, and a wrong hand-over there is the costliest mistake.
TOOL_SHARES = {
    "search_documents": 40,
    "hand_over": 18,
    "recall_memory": 13,
    "remember": 12,
    "calculator": 9,
    "current_time": 4,
    "greet": 4,
}
_HELD_OUT_ONE_IN = 20
# Turns longer than what the model is shown.
_LONG_TOOLS = ("search_documents", "remember", "hand_over")
_LONG_SHARE = 0.015
_SLOT = re.compile(r"\{(\w+)\}")
_ARGUMENT = {"search_documents": "query", "recall_memory": "query", "remember": "text", "calculator": "expression"}


@dataclass(frozen=True, slots=True)
class Turn:
    """What the person wrote and the choice that is right for it."""

    words: str
    tool: str
    arguments: dict[str, str]

    @property
    def choice(self) -> str:
        """The text that the model has to write."""
        return render_choice(self.tool, self.arguments)


def _is_held_out(line: str) -> bool:
    return zlib.crc32(line.encode()) % _HELD_OUT_ONE_IN == 0


def _pick_part(lines: list[str], part: Part) -> list[str]:
    wanted = [line for line in lines if _is_held_out(line) == (part == "held_out")]
    return wanted or lines


class Generator:
    """Draws turns and conversations; the same seed and part give the same text."""

    def __init__(self, seed: int, part: Part = "train") -> None:
        self.random = random.Random(f"{part}-{seed}")
        self._templates = {p.stem: _pick_part(read_lines(p), part) for p in sorted(WORDINGS.glob("*.txt"))}
        # Too few to hold any out.
        self._templates["long"] = read_lines(WORDINGS / "long.txt")
        self._lists = {p.stem: _pick_part(read_lines(p), part) for p in sorted((WORDINGS / "lists").glob("*.txt"))}

    def conversations(self) -> Iterator[list[Turn]]:
        """Endless conversations of one to three turns."""
        while True:
            n_turns = self.random.choices((1, 2, 3), weights=(6, 3, 1))[0]
            yield [self.turn() for _ in range(n_turns)]

    def turn(self, tool: str | None = None) -> Turn:
        """One turn; for `tool` if it is given."""
        tool = tool or self.random.choices(list(TOOL_SHARES), weights=list(TOOL_SHARES.values()))[0]
        if tool == "calculator":
            return self._calculator_turn()
        if tool in _LONG_TOOLS and self.random.random() < _LONG_SHARE:
            return self._long_turn(tool)
        marked = self._marked(tool)
        words, first, last = _split_marks(self._add_noise(marked, tool))
        if tool not in _ARGUMENT:
            return Turn(visible_words(" ".join(words)), tool, {})
        return Turn(" ".join(words), tool, {_ARGUMENT[tool]: " ".join(words[first:last])})

    def _long_turn(self, tool: str) -> Turn:
        """More words than the model is shown: the argument is what is marked, or everything, which is written ""."""
        own = [line.removeprefix(f"{tool}: ") for line in self._templates["long"] if line.startswith(tool)]
        lead_in = self.fill(self.random.choice(own))
        before, _, after = lead_in.replace("[[", "").replace("]]", "").partition("…")
        n_words = self.random.randint(121, 260)
        body: list[str] = []
        while len(body) < n_words:
            body += self.fill(self.random.choice(self._lists["sentence"])).split()
        words = visible_words(" ".join([before, *body, after]))
        marked = lead_in.partition("[[")[2].partition("]]")[0]
        argument = _ARGUMENT.get(tool)
        return Turn(words, tool, {argument: marked} if argument else {})

    def fill(self, template: str) -> str:
        """The template with every slot filled, slots inside fillings included."""
        for _ in range(6):
            if "{" not in template:
                break
            template = _SLOT.sub(lambda match: self._slot(match[1]), template)
        return template

    def _slot(self, name: str) -> str:
        if name == "things":
            return _plural(self.fill(self.random.choice(self._lists["thing"])))
        if name == "foreign_mix":
            return self._foreign_words()
        if name in _VERB_FORMS:
            return _VERB_FORMS[name](self.random.choice(self._lists["verb"]))
        if name in self._lists:
            return self.random.choice(self._lists[name])
        return SLOTS[name](self.random)

    def _foreign_words(self) -> str:
        """Words of one other language in any order: what the model has to notice is the language."""
        vocabulary = self.random.choice(self._lists["foreign_words"]).split()
        words = self.random.sample(vocabulary, self.random.randint(3, 9))
        return " ".join(words).capitalize() if self.random.random() < 0.5 else " ".join(words)

    def _marked(self, tool: str) -> str:
        template = self.random.choice(self._templates[tool])
        if "[[" not in template and tool in _ARGUMENT:
            template = f"[[{template}]]"
        around = self._templates.get(f"around_{tool}")
        if around and self.random.random() < 0.3:
            template = self.random.choice(around).replace("{inner}", _lower_first(template, self.random))
        return self.fill(template)

    def _add_noise(self, text: str, tool: str) -> str:
        draw = self.random
        if draw.random() < 0.3:
            text = text.lower()
        elif draw.random() < 0.015:
            text = text.upper()
        if draw.random() < 0.3:
            text = re.sub(r"[?.!]+(\]\])?$", r"\1", text)
        if draw.random() < 0.06:
            text = re.sub(r"(?<=[a-z])'(?=[a-z])", "", text)
        if draw.random() < 0.06:
            text = _misspell(text, draw)
        if tool != "remember" and draw.random() < 0.02:
            text = text.replace("'", "’")
        return text

    def _calculator_turn(self) -> Turn:
        spoken, expression = arithmetic(self.random)
        text = self.fill(self.random.choice(self._templates["calculator"])).replace("%%", spoken)
        if self.random.random() < 0.4:
            text = text.lower()
        if self.random.random() < 0.3:
            text = text.rstrip("?.!= ")
        return Turn(" ".join(text.split()), "calculator", {"expression": expression})


def _split_marks(text: str) -> tuple[list[str], int, int]:
    """The words, and the half-open range of the words that the mark touches."""
    before, _, rest = text.partition("[[")
    inside, _, after = rest.partition("]]")
    words = (before + inside + after).split()
    first = len(before.split()) - (1 if before and not before[-1].isspace() else 0)
    return words, first, len((before + inside).split())


def _lower_first(template: str, draw: random.Random) -> str:
    """Sentences rarely keep their capital after a lead-in, but some people leave it."""
    if draw.random() < 0.3:
        return template
    at = 2 if template.startswith("[[") else 0
    if template[at : at + 2] in ("I ", "I'") or template[at : at + 1] == "{":
        return template
    return template[:at] + template[at : at + 1].lower() + template[at + 1 :]


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh", "z")) else "s")


def _verb_form(line: str, form: int) -> str:
    """Form 0 of `write|writing|written` is the plain one; regular verbs are listed by that alone."""
    verb, *others = line.split("|")
    if form == 0:
        return verb
    if others:
        return others[form - 1]
    stem = verb.removesuffix("e")
    return stem + ("ing" if form == 1 else "ed")


_VERB_FORMS: dict[str, Callable[[str], str]] = {
    "verb": lambda line: _verb_form(line, 0),
    "verbing": lambda line: _verb_form(line, 1),
    "participle": lambda line: _verb_form(line, 2),
    "verb_past": lambda line: _verb_form(line, 2),
}


def _misspell(text: str, draw: random.Random) -> str:
    places = [m.start() for m in re.finditer(r"(?<=[a-z])[a-z]{2}(?=[a-z])", text)]
    if not places:
        return text
    at = draw.choice(places)
    a, b = text[at], text[at + 1]
    return text[:at] + draw.choice((b + a, a, b, a + a + b)) + text[at + 2 :]
