"""Writes the conversations that the guide model is trained on.

A conversation is a few turns of (the person's words, the one choice that is right). Everything varied lives in
`wordings/`, so that a wording can be added without touching code:

- `wordings/<tool>.txt`: one template per line. `{slot}` is filled from `wordings/lists/<slot>.txt` or from a function
  below; `[[…]]` marks the words that the tool gets as its argument (without a mark: all of them).
- `wordings/around_<tool>.txt`: politeness and lead-ins around a template, which stay outside the argument.

A twentieth of all templates and list entries, picked by a checksum of the line, is never trained on: the held-out
part is drawn from those only, so its wordings and its words are new to the model.

Invented words fill a part of the slots on purpose: the model has to learn to copy what a person wrote, not to expect
the words that it knows.
"""

from __future__ import annotations

import random
import re
import string
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.agent.guide_grammar import render_choice, visible_words

WORDINGS = Path(__file__).with_name("wordings")
Part = Literal["train", "held_out"]

# How often each tool is drawn, in percent. Documents and hand-over take most: they have the widest range of wordings.
TOOL_SHARES = {
    "search_documents": 36,
    "hand_over": 22,
    "recall_memory": 13,
    "remember": 12,
    "calculator": 9,
    "current_time": 4,
    "greet": 4,
}
_HELD_OUT_ONE_IN = 20
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


def _read_lines(path: Path) -> list[str]:
    lines = (line.rstrip("\n") for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line.strip() and not line.startswith("##")]


def _is_held_out(line: str) -> bool:
    return zlib.crc32(line.encode()) % _HELD_OUT_ONE_IN == 0


def _pick_part(lines: list[str], part: Part) -> list[str]:
    wanted = [line for line in lines if _is_held_out(line) == (part == "held_out")]
    return wanted or lines


class Generator:
    """Draws turns and conversations; the same seed and part give the same text."""

    def __init__(self, seed: int, part: Part = "train") -> None:
        self.random = random.Random(f"{part}-{seed}")
        self._templates = {p.stem: _pick_part(_read_lines(p), part) for p in sorted(WORDINGS.glob("*.txt"))}
        self._lists = {p.stem: _pick_part(_read_lines(p), part) for p in sorted((WORDINGS / "lists").glob("*.txt"))}

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
        marked = self._marked(tool)
        words, first, last = _split_marks(self._add_noise(marked, tool))
        if tool not in _ARGUMENT:
            return Turn(visible_words(" ".join(words)), tool, {})
        return Turn(" ".join(words), tool, {_ARGUMENT[tool]: " ".join(words[first:last])})

    def fill(self, template: str) -> str:
        """The template with every slot filled, slots inside fillings included."""
        for _ in range(6):
            if "{" not in template:
                break
            template = _SLOT.sub(lambda match: self._slot(match[1]), template)
        return template

    def _slot(self, name: str) -> str:
        if name in self._lists:
            return self.random.choice(self._lists[name])
        return _SLOTS[name](self.random)

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
            text = _misspell(text, draw)
        if tool != "remember" and draw.random() < 0.02:
            text = text.replace("'", "’")
        return text

    def _calculator_turn(self) -> Turn:
        spoken, expression = _arithmetic(self.random)
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


def _misspell(text: str, draw: random.Random) -> str:
    places = [m.start() for m in re.finditer(r"(?<=[a-z])[a-z]{2}(?=[a-z])", text)]
    if not places:
        return text
    at = draw.choice(places)
    a, b = text[at], text[at + 1]
    return text[:at] + draw.choice((b + a, a, b, a + a + b)) + text[at + 2 :]


# ---- slots that are invented rather than listed


_ONSETS = "b c d f g h j k l m n p r s t v w z br cr dr fr gr pr tr st sl pl kl sh ch th qu sk".split()
_RIMES = "a e i o u ai ea ou an en in on un ar er or al el il as es is ock ing et ö ü ä".split()
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def invented_word(draw: random.Random) -> str:
    """A pronounceable word that no language has; one in eight carries an umlaut."""
    return "".join(draw.choice(_ONSETS) + draw.choice(_RIMES) for _ in range(draw.randint(1, 3)))


def _invented_name(draw: random.Random) -> str:
    return invented_word(draw).capitalize()


def _number(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.45:
        return str(draw.randint(0, 20))
    if kind < 0.75:
        return str(draw.randint(0, 999))
    if kind < 0.85:
        return f"{draw.randint(0, 99)}.{draw.randint(0, 99)}"
    if kind < 0.9:
        return f"{draw.randint(1, 999)},{draw.randint(0, 999):03d}"
    return str(draw.randint(1000, 999999))


def _date(draw: random.Random) -> str:
    day, month, year = draw.randint(1, 31), draw.randint(1, 12), draw.randint(1950, 2035)
    name = _MONTHS[month - 1]
    return draw.choice(
        (
            f"{day} {name}",
            f"{name} {day}",
            f"{day} {name} {year}",
            f"{day}.{month}.{year}",
            f"{year}-{month:02d}-{day:02d}",
            f"{month}/{day}/{year}",
            draw.choice(_DAYS),
            f"{draw.choice(_DAYS)}, {day} {name[:3]}",
            f"the {day}th of {name}",
            f"{name} {year}",
        )
    )


def _clock_time(draw: random.Random) -> str:
    hour, minute = draw.randint(0, 23), draw.choice((0, 15, 30, 45, 20, 50))
    return draw.choice((f"{hour}:{minute:02d}", f"{hour % 12 + 1} {draw.choice(('am', 'pm'))}", f"{hour % 12 + 1}{draw.choice(('am', 'pm'))}"))


def _letters(draw: random.Random, alphabet: str, low: int, high: int) -> str:
    return "".join(draw.choice(alphabet) for _ in range(draw.randint(low, high)))


def _email(draw: random.Random) -> str:
    return f"{invented_word(draw)}{draw.choice(('.', '_', ''))}{invented_word(draw)}@{invented_word(draw)}.{draw.choice(('com', 'org', 'de', 'co.uk', 'net'))}"


def _serial(draw: random.Random) -> str:
    return f"{_letters(draw, string.ascii_uppercase, 1, 3)}{draw.choice(('-', '', ' '))}{_letters(draw, string.digits, 2, 7)}"


def _secret(draw: random.Random) -> str:
    return _letters(draw, string.ascii_letters + string.digits + "!#$%&*_-", 6, 14)


def _option(draw: random.Random) -> str:
    words = [draw.choice(_OPTION_WORDS) if draw.random() < 0.7 else invented_word(draw) for _ in range(draw.randint(1, 3))]
    return draw.choice(("--" + "-".join(words), "--" + "-".join(words), "-" + words[0][0], "_".join(words), ".".join(words)))


def _environment(draw: random.Random) -> str:
    words = [draw.choice(_OPTION_WORDS) if draw.random() < 0.6 else invented_word(draw) for _ in range(draw.randint(2, 3))]
    return "_".join(words).upper()


def _function(draw: random.Random) -> str:
    words = [draw.choice(_OPTION_WORDS) if draw.random() < 0.7 else invented_word(draw) for _ in range(draw.randint(1, 3))]
    camel = words[0] + "".join(word.capitalize() for word in words[1:])
    return draw.choice(("_".join(words) + "()", camel, camel + "()", "_".join(words), camel[:1].upper() + camel[1:]))


def _file(draw: random.Random) -> str:
    stem = draw.choice(("_", "-", "")).join(draw.choice(_OPTION_WORDS) if draw.random() < 0.5 else invented_word(draw) for _ in range(draw.randint(1, 2)))
    return f"{draw.choice(('', '', '~/', 'src/', '/etc/'))}{stem}.{draw.choice('pdf docx md txt py toml json yaml html cfg csv'.split())}"


def _mash(draw: random.Random) -> str:
    row = draw.choice(("asdfghjkl", "qwertyuiop", "zxcvbnm", "jfkdlsa", string.ascii_lowercase, "asdfjkl;", "0123456789qwe", "!?#%&*"))
    return " ".join(_letters(draw, row, 2, 10) for _ in range(draw.randint(1, 4)))


_OPTION_WORDS = (
    "no index cache dir path output verbose force max min size limit time out log level config file user host port key token model data base url proxy retry count "
    "load save read write parse start stop run build test check list get set add remove update find open close send make list item name type value map line page text "
    "memory thread worker batch queue server client request response header body json html image color width height font window event signal state home root temp"
).split()

_SLOTS: dict[str, Callable[[random.Random], str]] = {
    "invented": invented_word,
    "invented_name": _invented_name,
    "number": _number,
    "small": lambda draw: str(draw.randint(1, 12)),
    "year": lambda draw: str(draw.randint(1900, 2035)),
    "date": _date,
    "time": _clock_time,
    "email": _email,
    "serial": _serial,
    "secret": _secret,
    "option": _option,
    "environment": _environment,
    "function": _function,
    "file": _file,
    "mash": _mash,
    "phone": lambda draw: f"{draw.choice(('0', '+49 ', '555-', '+1 '))}{_letters(draw, string.digits, 3, 4)}{draw.choice((' ', '-', ''))}{_letters(draw, string.digits, 3, 5)}",
    "url": lambda draw: f"{draw.choice(('https://', 'www.', ''))}{invented_word(draw)}.example/{invented_word(draw)}",
    "emoji": lambda draw: "".join(draw.choice("😀😂👍🎉❤🔥🙏🤔😢🐦🌧🍕🚀👋✨") for _ in range(draw.randint(1, 4))),
}


# ---- arithmetic


_NUMBER_WORDS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
_SPOKEN = {
    "+": ("+", "+", " + ", " + ", " plus ", " plus ", " and "),
    "-": ("-", " - ", " - ", " minus ", " minus ", " − ", " take away "),
    "*": ("*", "*", " * ", " * ", " times ", " times ", " x ", "x", " × ", " multiplied by ", " X "),
    "/": ("/", "/", " / ", " / ", " divided by ", " over ", " ÷ ", " : "),
    "^": ("^", " ^ ", "**", " to the power of ", " to the "),
    "%": (" % ", " mod ", " modulo "),
}


def _spoken_number(draw: random.Random) -> tuple[str, str]:
    kind = draw.random()
    if kind < 0.08:
        value = draw.randint(0, 20)
        return _NUMBER_WORDS[value], str(value)
    if kind < 0.16:
        thousands, rest = draw.randint(1, 999), draw.randint(0, 999)
        return f"{thousands},{rest:03d}", f"{thousands}{rest:03d}"
    if kind < 0.32:
        text = f"{draw.randint(0, 999)}.{draw.randint(0, 999)}"
        return text, text
    text = str(draw.choice((draw.randint(0, 12), draw.randint(0, 99), draw.randint(0, 999), draw.randint(1000, 99999), draw.randint(0, 9999999))))
    return text, text


def _operator(draw: random.Random) -> tuple[str, str]:
    sign = draw.choices("+-*/^%", weights=(28, 22, 28, 18, 3, 1))[0]
    return draw.choice(_SPOKEN[sign]), sign


def _arithmetic(draw: random.Random) -> tuple[str, str]:
    """An expression as a person writes it, and in the calculator's own notation."""
    kind = draw.random()
    if kind < 0.1:
        return _percentage(draw)
    if kind < 0.15:
        spoken, number = _spoken_number(draw)
        power, name = draw.choice((("2", "squared"), ("3", "cubed")))
        return f"{spoken} {name}", f"{number}^{power}"
    spoken, expression = _chain(draw, draw.choices((2, 3, 4), weights=(6, 3, 1))[0])
    if draw.random() < 0.25:
        more, sign = _operator(draw)
        other, number = _spoken_number(draw)
        if draw.random() < 0.5:
            return f"({spoken}){more}{other}", f"({expression}){sign}{number}"
        return f"{other}{more}({spoken})", f"{number}{sign}({expression})"
    return spoken, expression


def _chain(draw: random.Random, n_numbers: int) -> tuple[str, str]:
    spoken, expression = _spoken_number(draw)
    if draw.random() < 0.04 and spoken[0].isdigit():
        spoken, expression = "-" + spoken, "-" + expression
    tight = draw.random() < 0.5
    for _ in range(n_numbers - 1):
        said, sign = _operator(draw)
        if tight and said.strip() in ("+", "-", "*", "/", "^"):
            said = said.strip()
        text, number = _spoken_number(draw)
        if not (spoken[-1].isdigit() or spoken[-1] == ")") or not text[0].isdigit():
            said = f" {said.strip()} "
        spoken, expression = spoken + said + text, expression + sign + number
    return spoken, expression


def _percentage(draw: random.Random) -> tuple[str, str]:
    share, number = _spoken_number(draw)
    base, other = _spoken_number(draw)
    return f"{share}{draw.choice(('%', ' %', ' percent', ' per cent'))} of {base}", f"{number}/100*{other}"
