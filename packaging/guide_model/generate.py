"""Writes the conversations that the guide model is trained on.

A conversation is a few turns of (the person's words, the one choice that is right). Everything varied lives in
`wordings/`, so that a wording can be added without touching code:

- `wordings/<tool>.txt`: one template per line. `{slot}` is filled from `wordings/lists/<slot>.txt` or invented
  (slots.py); `[[…]]` marks the words that the tool gets as its argument (without a mark: all of them).
- `wordings/around_<tool>.txt`: politeness and lead-ins around a template, which stay outside the argument.
- `wordings/follow_up.txt`: two turns, the second of which refers to the first.
- `wordings/written.txt`: prompts that were written by somebody without sight of the templates, varied by noise.py.

- `wordings/by_others/<tool>.txt`: templates by others, without sight of those above.

A twentieth of all templates but the last and of all list entries, picked by a checksum of the line, is never trained
on: the held-out part is drawn from those only, so its wordings and its words are new to the model. So is the part "by
another": templates of `held_out/`, written by somebody without sight of any other. Of the written prompts a fifth was
kept for scoring alone (`by_others.txt` and the files like it).

Invented words fill a part of the slots on purpose: the model has to learn to copy what a person wrote, not to expect
the words that it knows. What the engine's front check answers by rule is left out for the most part.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from guide_model.arithmetic import arithmetic
from guide_model.noise import Swapper, add_noise, drop_word, surround
from guide_model.slots import SLOTS, WORDINGS, read_lines
from guide_model.written import Turn, read_written

from engine.agent.guide.reckon.arithmetic import written_arithmetic
from engine.agent.guide.understand.front import front_choice
from engine.agent.guide.understand.grammar import ABOUT, GUIDE_TOOLS, visible_words

__all__ = ["TOOL_SHARES", "Generator", "Part", "Turn"]

Part = Literal["train", "held_out", "by_another"]

# How often each tool is drawn from the templates, in percent. Documents and what is handed over take most: what
# people ask there has the widest range, and a confusion of these two is the costliest mistake.
TOOL_SHARES = {
    "search_documents": 31,
    "hand_over": 22,
    "recall_memory": 12,
    "remember": 12,
    "help": 7,
    "calculator": 6,
    "forget": 5,
    "current_time": 3,
    "greet": 2,
}
# Of the turns that are trained on: written by hand, and follow-ups from templates.
_WRITTEN_SHARE = 0.33
_FOLLOW_UP_SHARE = 0.06
# A written prompt that the front check answers is drawn again so often.
_FRONT_REDRAWN = 0.85
_HELD_OUT_ONE_IN = 20
# Turns longer than what the model is shown.
_LONG_TOOLS = ("search_documents", "remember", "hand_over")
_LONG_SHARE = 0.012
# Conversations that are far longer than what the engine shows, so that every position is trained.
_MARATHON_SHARE = 0.0015
BY_ANOTHER = WORDINGS.parent / "held_out"
# What an earlier turn may be referred to by.
_REFERRING = ("search_documents", "recall_memory", "forget")
_SLOT = re.compile(r"\{(\w+)\}")


def _is_held_out(line: str) -> bool:
    return zlib.crc32(line.encode()) % _HELD_OUT_ONE_IN == 0


def _pick_part(lines: list[str], part: Part) -> list[str]:
    wanted = [line for line in lines if _is_held_out(line) == (part != "train")]
    return wanted or lines


class Generator:
    """Draws turns and conversations; the same seed and part give the same text.

    Args:
        foreign: sentences in other languages, from documentation on the machine; none are needed.
    """

    def __init__(self, seed: int, part: Part = "train", foreign: Sequence[str] = ()) -> None:
        self.random = random.Random(f"{part}-{seed}")
        self._part = part
        self._foreign = foreign
        paths = (p for p in sorted(WORDINGS.glob("*.txt")) if p.stem != "written")
        self._templates = {p.stem: _pick_part(read_lines(p), part) for p in paths}
        if part == "train":
            scored = {line.casefold() for path in BY_ANOTHER.glob("*.txt") for line in read_lines(path)}
            for path in sorted((WORDINGS / "by_others").glob("*.txt")):
                new = [line for line in read_lines(path) if not _is_held_out(line)]
                self._templates[path.stem] = [*self._templates[path.stem], *new]
            for tool, lines in self._templates.items():
                self._templates[tool] = [line for line in lines if line.casefold() not in scored]
        elif part == "by_another":
            self._templates = {p.stem: read_lines(p) for p in sorted(BY_ANOTHER.glob("*.txt"))}
        # Too few to hold any out.
        self._templates["long"] = read_lines(WORDINGS / "long.txt")
        self._lists = {p.stem: _pick_part(read_lines(p), part) for p in sorted((WORDINGS / "lists").glob("*.txt"))}
        self._written = list(read_written(WORDINGS / "written.txt")) if part == "train" else []
        self._swapper = Swapper(self._lists)

    def conversations(self) -> Iterator[list[Turn]]:
        """Endless conversations: of one to three turns, and now and then of dozens."""
        while True:
            n_turns = self.random.choices((1, 2, 3), weights=(7, 3, 1))[0]
            if self.random.random() < _MARATHON_SHARE:
                n_turns = self.random.randint(30, 60)
            turns: list[Turn] = []
            while len(turns) < n_turns:
                turns += self.exchange()
            yield turns

    def exchange(self) -> list[Turn]:
        """One turn with the earlier ones that it refers to."""
        kind = self.random.random()
        if self._written and kind < _WRITTEN_SHARE:
            return self._written_exchange()
        if kind > 1 - _FOLLOW_UP_SHARE:
            return self.follow_up()
        turn = self.turn()
        while self._is_redrawn(turn):
            turn = self.turn()
        return [turn]

    def _is_redrawn(self, turn: Turn) -> bool:
        return self.random.random() < _FRONT_REDRAWN and front_choice(turn.words) is not None

    def turn(self, tool: str | None = None) -> Turn:
        """One turn out of the templates; for `tool` if it is given."""
        tool = tool or self.random.choices(list(TOOL_SHARES), weights=list(TOOL_SHARES.values()))[0]
        if tool == "calculator":
            return self._calculator_turn()
        if tool in _LONG_TOOLS and self.random.random() < _LONG_SHARE:
            return self._long_turn(tool)
        return _to_turn(add_noise(self._marked(tool), tool, self.random), tool)

    def follow_up(self) -> list[Turn]:
        """A turn and one that refers to it."""
        tool, _, both = self.random.choice(self._templates["follow_up"]).partition(": ")
        first, _, second = both.partition(" => ")
        first = self.fill(first)
        lowered = self.random.random() < 0.4
        first, second = (text.lower() if lowered else text for text in (first, self.fill(second)))
        spoken, start, end = _split_marks(first)
        about = " ".join(spoken[start:end]) if "[[" in first else ""
        words = " ".join(spoken)
        second = second if "[[" in second else f"[[{second}]]"
        later = _to_turn(add_noise(second, tool, self.random), tool)
        if about and tool in _REFERRING:
            name = GUIDE_TOOLS[tool]
            kept = {} if tool == "forget" else {name: later.arguments[name]}
            later = Turn(later.words, tool, {ABOUT: about, **kept}, (words,))
        elif about:
            later = Turn(later.words, tool, later.arguments, (words,))
        return [self._guess(words, tool), later]

    def _guess(self, words: str, tool: str) -> Turn:
        """An earlier turn with the choice that it most likely got."""
        lowered = words.lower()
        for opening, mark in (("remember that ", "remember"), ("remember: ", "remember"), ("remember ", "remember")):
            if lowered.startswith(opening):
                return Turn(words, mark, {"text": words[len(opening) :]})
        if tool == "forget":
            tool = "recall_memory" if lowered.startswith(("wh", "how")) else "remember"
        if tool in ("greet", "hand_over") and lowered.startswith(("what is the", "what does", "who pays")):
            tool = "search_documents"
        if tool == "greet":
            tool = "current_time" if lowered.startswith("what time") else "recall_memory"
        name = GUIDE_TOOLS[tool]
        return Turn(words, tool, {name: words} if name else {})

    def _written_exchange(self) -> list[Turn]:
        """A prompt written by hand, varied, after its earlier turns; another one where the front check answers."""
        while True:
            turn = self.random.choice(self._written)
            varied = self._vary(turn)
            if varied is None or self._is_redrawn(varied[-1]):
                continue
            return varied

    def _vary(self, turn: Turn) -> list[Turn] | None:
        """None where the grammar of the words does not offer the choice: rules outside the model answer that."""
        tool, name = turn.tool, GUIDE_TOOLS[turn.tool]
        marked = _mark(turn.words, turn.arguments.get(name, "") if tool != "calculator" else "")
        about = turn.arguments.get(ABOUT, "")
        marked, about, *earlier = self._swapper.swap([marked, about, *turn.earlier], tool, self.random)
        if not turn.earlier and tool in ("search_documents", "recall_memory", "remember", "forget", "hand_over"):
            marked = surround(drop_word(marked, self.random), self.random)
        varied = _to_turn(add_noise(marked, tool, self.random), tool)
        if tool == "calculator":
            found = written_arithmetic(varied.words)
            if not found.expression or turn.earlier:
                return None
            varied = Turn(varied.words, tool, {name: found.expression})
        elif about and any(f" {about} " in f" {words} " for words in earlier):
            kept = {name: varied.arguments[name]} if name in turn.arguments else {}
            varied = Turn(varied.words, tool, {ABOUT: about, **kept})
        return [*(self._guess(words, tool) for words in earlier), varied]

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
        argument = GUIDE_TOOLS[tool]
        return Turn(words, tool, {argument: _inside(lead_in)} if argument else {})

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
        """Other languages: a sentence of documentation, or words in any order; what counts is the language."""
        if self._foreign and self.random.random() < 0.7:
            words = self.random.choice(self._foreign).split()
            start = self.random.randint(0, max(0, len(words) - 4))
            return " ".join(words[start : start + self.random.randint(3, 16)])
        vocabulary = self.random.choice(self._lists["foreign_words"]).split()
        words = self.random.sample(vocabulary, self.random.randint(3, 9))
        return " ".join(words).capitalize() if self.random.random() < 0.5 else " ".join(words)

    def _marked(self, tool: str) -> str:
        template = self.random.choice(self._templates[tool])
        if "[[" not in template and GUIDE_TOOLS[tool]:
            template = f"[[{template}]]"
        around = self._templates.get(f"around_{tool}")
        if around and self.random.random() < 0.25:
            template = self.random.choice(around).replace("{inner}", _lower_first(template, self.random))
        return self.fill(template)

    def _calculator_turn(self) -> Turn:
        spoken, expression = arithmetic(self.random)
        text = self.fill(self.random.choice(self._templates["calculator"])).replace("%%", spoken)
        if self.random.random() < 0.4:
            text = text.lower()
        if self.random.random() < 0.3:
            text = text.rstrip("?.!= ")
        return Turn(" ".join(text.split()), "calculator", {"expression": expression})


def _inside(marked: str) -> str:
    return " ".join(marked.partition("[[")[2].partition("]]")[0].split())


def _mark(words: str, argument: str) -> str:
    """The words with the argument marked; all of them if there is none."""
    if not argument or argument == words or argument not in words:
        return f"[[{words}]]"
    before, _, after = words.partition(argument)
    return f"{before}[[{argument}]]{after}"


def _to_turn(marked: str, tool: str) -> Turn:
    words, first, last = _split_marks(marked)
    name = GUIDE_TOOLS[tool]
    if not name:
        return Turn(visible_words(" ".join(words)), tool, {})
    return Turn(" ".join(words), tool, {name: " ".join(words[first:last])})


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
