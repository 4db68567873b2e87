"""The arithmetic that stands in a person's words, in the calculator's notation.

The guide decides that something is to be calculated; what, is read from the words here as far as it can be, because a
model of two million parameters now and then turns a `*` into a `+` or forgets a number. Arithmetic in signs or simple
words ("(3+4)*2", "1,200 times three", "17% of 240") is a single run of numbers, operators and brackets and is offered
as it stands, nothing else; so is an operation that is named ("multiply 6 by 7", "the sum of 4, 9 and 16"). What is said
otherwise ("twice 14", "3 and 4 times 5") the guide puts together itself, out of the numbers that were written and the
operators that the words name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# More numbers than this are no sum that a person types; the bound keeps the grammar small.
MAX_NUMBERS = 24
_MAX_EXPRESSION = 300

_NUMBER = r"\d+(?:[.,]\d+)*|(?<!\d)\.\d+"
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
# fmt: off
_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on
_SPOKEN = {name: value for value, name in enumerate(_UNITS)}
_SPOKEN |= {name: 20 + 10 * place for place, name in enumerate(_TENS)}
_SPOKEN |= {f"{ten}-{_UNITS[unit]}": _SPOKEN[ten] + unit for ten in _TENS for unit in range(1, 10)}
_SPOKEN |= {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_TWO_WORDS = re.compile(r"\b(" + "|".join(_TENS) + r") (?=(?:" + "|".join(_UNITS[1:10]) + r")\b)")

# What a token of the words is in the calculator's notation; the first that fits counts.
_TOKENS: tuple[tuple[str, str], ...] = (
    (_NUMBER, "number"),
    (r"\b(?:" + "|".join(sorted(_SPOKEN, key=len, reverse=True)) + r")\b", "number"),
    (r"(?:%|\bper ?cent) of\b", "/100*"),
    (r"\+|\bplus\b", "+"),
    (r"[-−–]|\bminus\b|\btake away\b", "-"),
    (r"\*\*|\^|\bto the power of\b|\bto the\b", "^"),
    (r"[*×·]|(?<=[\d)\s])x(?=[\d(\s])|\btimes\b|\bmultiplied by\b", "*"),
    (r"[/÷]|(?<=\s):(?=\s)|\bdivided by\b|\bover\b", "/"),
    (r"%(?=\s*[\d(])|\bmod(?:ulo)?\b", "%"),
    (r"²|\bsquared\b", "^2"),
    (r"³|\bcubed\b", "^3"),
    (r"[()]", "bracket"),
    (r"[^\s\w]|\w+", ""),
)
_SCAN = re.compile("|".join(f"({pattern})" for pattern, _ in _TOKENS))
# Operators that words name, beside the signs themselves.
_NAMED = {
    "+": r"\+|\bplus\b|\band\b|\badd|\bsum\b|\btotal\b|\btogether\b",
    "-": r"(?<=[\d\s(])[-−–](?=[\d\s(])|^-|\bminus\b|\bsubtract|\btake\b|\bless\b|\bdifference\b|\breduced\b",
    "*": r"[*×·]|(?<=[\d)\s])x(?=[\d(\s])|\btimes\b|\bmultipl|\bproduct\b|%|\bper ?cent\b|\b(?:double|twice|triple)\b",
    "/": r"(?<=[\d\s)])[/÷](?=[\d\s(])|(?<=\s):(?=\s)|\bdivide|\bover\b|\b(?:quotient|split|half)\b|%|\bper ?cent\b",
    "^": r"\^|\*\*|\bpower\b|\bto the\b|\bsquare|\bcube|[²³]",
    "%": r"%|\bmod(?:ulo)?\b|\bremainder\b",
}
# Numbers that words imply without naming them.
_IMPLIED = {"100": r"%|\bper ?cent\b", "2": r"\bsquare|\bhalf\b|\bdouble\b|\btwice\b|²", "3": r"\bcube|\btriple\b|³"}
# An operation that is named before its numbers, the sign between them, and whether the second number comes first.
_OPERATIONS = (
    (re.compile(r"\b(?:add|adding|sum|total)\b|\badded\b"), "+", False),
    (re.compile(r"\bmultipl(?:y|ying|ied)\b|\bproduct\b"), "*", False),
    (re.compile(r"\b(?:subtract|subtracting|take)\b(?=.*\bfrom\b)"), "-", True),
    (re.compile(r"\bdifference\b|\breduced by\b"), "-", False),
    (re.compile(r"\bdivid(?:e|ing)\b|\bquotient\b|\bsplit by\b"), "/", False),
)
_REDUCE = re.compile(r"\((-?N(?:[-+*/^%]-?N)*)\)")
_FLAT = re.compile(r"-?N(?:[-+*/^%]-?N)+")


@dataclass(frozen=True, slots=True)
class WrittenArithmetic:
    """What the words hold; nothing to calculate if there are no `signs`.

    Attributes:
        expression: the arithmetic as it stands in the words, or "" if it has to be put together.
        numbers: the numbers that were written or implied, in order, each once.
        signs: the operators that the words name.
        brackets: whether any were written.
    """

    expression: str
    numbers: tuple[str, ...]
    signs: str
    brackets: bool


def written_arithmetic(text: str) -> WrittenArithmetic:
    """The arithmetic in `text`."""
    lowered = _TWO_WORDS.sub(r"\1-", text.lower())
    found = [(_TOKENS[match.lastindex - 1][1], match[0]) for match in _SCAN.finditer(lowered) if match.lastindex]
    written = [_plain_number(token) for kind, token in found if kind == "number"]
    implied = [number for number, pattern in _IMPLIED.items() if re.search(pattern, lowered)]
    numbers = tuple(dict.fromkeys(number for number in [*written, *implied] if number))
    signs = "".join(sign for sign, pattern in _NAMED.items() if re.search(pattern, lowered))
    if not written or len(numbers) > MAX_NUMBERS or len([*written, *implied]) < 2:
        return WrittenArithmetic("", (), "", False)
    expression = _single_run(found, len(written)) or _named_operation(lowered, found)
    return WrittenArithmetic(expression, numbers, signs, "(" in lowered)


def _single_run(found: list[tuple[str, str]], n_numbers: int) -> str:
    """The one run that holds every number, if it is well-formed."""
    runs: list[list[tuple[str, str]]] = [[]]
    for kind, token in found:
        if kind:
            runs[-1].append((kind, token))
        elif runs[-1]:
            runs.append([])
    for run in runs:
        if sum(kind == "number" for kind, _ in run) == n_numbers:
            notation = "".join(_notation(kind, token) for kind, token in run)
            return notation if _is_well_formed(notation) else ""
    return ""


def _named_operation(lowered: str, found: list[tuple[str, str]]) -> str:
    """`multiply 6 by 7` → `6*7`; "" if other operators stand there, or not exactly one is named."""
    tokens = [token for token in found if token[0]]
    named = [(sign, reverse) for pattern, sign, reverse in _OPERATIONS if pattern.search(lowered)]
    if any(kind != "number" for kind, _ in tokens) or len(named) != 1:
        return ""
    sign, reverse = named[0]
    written = [_plain_number(token) for _, token in tokens]
    if not all(written) or (sign in "-/" and len(written) != 2):
        return ""
    return sign.join(reversed(written) if reverse else written)


def _notation(kind: str, token: str) -> str:
    if kind == "number":
        return _plain_number(token) or "?"
    return token if kind == "bracket" else kind


def _is_well_formed(notation: str) -> bool:
    if len(notation) > _MAX_EXPRESSION:
        return False
    shape, before = re.sub(r"\d+(?:\.\d+)?", "N", notation), ""
    while shape != before:
        before, shape = shape, _REDUCE.sub("N", shape)
    # Brackets around all of it leave a bare number, which is no less an expression if there was an operator.
    return bool(_FLAT.fullmatch(shape)) or (shape == "N" and bool(re.search(r"[-+*/^%]", notation)))


def _plain_number(written: str) -> str:
    """`1,200` → `1200`, `3,5` → `3.5`, `.5` → `0.5`, `seven` → `7`; "" for what is no number, such as `1.2.3`."""
    if written in _SPOKEN:
        return str(_SPOKEN[written])
    if not written.isascii():
        return ""
    if _THOUSANDS.fullmatch(written):
        return written.replace(",", "")
    plain = written.replace(",", ".")
    if plain.count(".") > 1:
        return ""
    return "0" + plain if plain.startswith(".") else plain
