"""Arithmetic as a person writes it, together with the calculator's own notation."""

from __future__ import annotations

import random

# fmt: off
_NUMBER_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)
# fmt: on
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
    text = str(
        draw.choice(
            (
                draw.randint(0, 12),
                draw.randint(0, 99),
                draw.randint(0, 999),
                draw.randint(1000, 99999),
                draw.randint(0, 9999999),
            )
        )
    )
    return text, text


def _operator(draw: random.Random) -> tuple[str, str]:
    sign = draw.choices("+-*/^%", weights=(28, 22, 28, 18, 3, 1))[0]
    return draw.choice(_SPOKEN[sign]), sign


def arithmetic(draw: random.Random) -> tuple[str, str]:
    """An expression as a person writes it, and in the calculator's own notation."""
    kind = draw.random()
    if kind < 0.1:
        return _percentage(draw)
    if kind < 0.26:
        return _named_operation(draw)
    if kind < 0.3:
        spoken, number = _spoken_number(draw)
        power, name = draw.choice((("2", "squared"), ("3", "cubed")))
        return f"{spoken} {name}", f"{number}^{power}"
    spoken, expression = _chain(draw, draw.choices((2, 3, 4), weights=(6, 3, 1))[0])
    if draw.random() < 0.25:
        more, sign = _operator(draw)
        other, number = _spoken_number(draw)
        if not other[0].isdigit():
            more = f" {more.strip()} "
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


def _named_operation(draw: random.Random) -> tuple[str, str]:
    """`multiply 3 by 4`, `the sum of 3 and 4`."""
    (a, x), (b, y) = _spoken_number(draw), _spoken_number(draw)
    said, sign = draw.choice(_NAMED_OPERATIONS)
    text, expression = said.format(a=a, b=b), f"{x}{sign}{y}"
    if "from {a}" in said:
        return text, f"{x}-{y}"
    if sign in "+*" and said.endswith("{a} and {b}") and draw.random() < 0.25:
        c, z = _spoken_number(draw)
        return text.replace(" and ", ", ") + f" and {c}", f"{expression}{sign}{z}"
    return text, expression


_NAMED_OPERATIONS = (
    ("add {a} and {b}", "+"),
    ("add {a} to {b}", "+"),
    ("the sum of {a} and {b}", "+"),
    ("sum of {a} and {b}", "+"),
    ("{a} added to {b}", "+"),
    ("multiply {a} by {b}", "*"),
    ("multiply {a} and {b}", "*"),
    ("multiply {a} with {b}", "*"),
    ("the product of {a} and {b}", "*"),
    ("product of {a} and {b}", "*"),
    ("divide {a} by {b}", "/"),
    ("{a} split by {b}", "/"),
    ("the quotient of {a} and {b}", "/"),
    ("the difference between {a} and {b}", "-"),
    ("difference of {a} and {b}", "-"),
    ("subtract {b} from {a}", "-"),
    ("take {b} from {a}", "-"),
    ("{a} reduced by {b}", "-"),
)


def _percentage(draw: random.Random) -> tuple[str, str]:
    share, number = _spoken_number(draw)
    base, other = _spoken_number(draw)
    return f"{share}{draw.choice(('%', ' %', ' percent', ' per cent'))} of {base}", f"{number}/100*{other}"
