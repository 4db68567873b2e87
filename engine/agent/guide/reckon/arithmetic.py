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
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from engine.agent.guide.reckon.numbers import SPOKEN, spell_out_digits, tidied

# More numbers than this are no sum that a person types; the bound keeps the grammar small.
MAX_NUMBERS = 24
_MAX_EXPRESSION = 300

_NUMBER = r"\d+(?:[.,]\d+)*|(?<!\d)\.\d+"
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_SPOKEN = SPOKEN | {"hundred": 100, "thousand": 1000, "million": 1_000_000}
# Fractions in words or signs in front of what they are of, and a discount.
_FRACTIONS = (
    (re.compile(r"\bhalf (?:of )?(?=[\d(])"), "1/2*"),
    (re.compile(r"\b(?:a|one|1) (?:quarter|fourth) of (?=[\d(])"), "1/4*"),
    (re.compile(r"\b(?:a|one|1) third of (?=[\d(])"), "1/3*"),
    (re.compile(r"\b(?:three|3) (?:quarters|fourths) of (?=[\d(])"), "3/4*"),
    (re.compile(r"\b(?:two|2) thirds of (?=[\d(])"), "2/3*"),
    (re.compile(r"(?<=\d/\d) of (?=\d)"), "*"),
    (re.compile(r"(\d+(?:[.,]\d+)*) ?(?:%|per ?cent) off (?:of )?(\d+(?:[.,]\d+)*)"), r"\2-\1%"),
    (re.compile(r"(?<=\d) less (?=\d+(?:[.,]\d+)* ?(?:%|per ?cent))"), "-"),
    # "17 times 23, minus 9"; behind a comma a product is one of all that stands before, and no run of this notation.
    (re.compile(r"(?<=\d), (?:and |then )*(?=(?:plus|minus)\b)"), " "),
)
# "7 and a half" is one number.
_PARTS = {"half": ".5", "quarter": ".25", "three quarters": ".75"}
_AND_A_PART = re.compile(r"(?<![.,\d])(\d+) and (?:an? |one )?(half|quarter|three quarters)\b")
# Words that stand between a number and the operator after it are what is counted: `642 km / 48 litres`.
_MAX_COUNTED_WORDS = 2
_AFTER_COUNTED = frozenset(
    {("+", "+"), ("+", "plus"), ("-", "-"), ("-", "−"), ("-", "minus"), ("*", "*"), ("*", "×"), ("*", "x"),
     ("*", "times"), ("*", "multiplied by"), ("/", "/"), ("/", "÷"), ("/", "divided by")}
)  # fmt: skip

# What a token of the words is in the calculator's notation; the first that fits counts.
_TOKENS: tuple[tuple[str, str], ...] = (
    (_NUMBER, "number"),
    (r"\b(?:" + "|".join(sorted(_SPOKEN, key=len, reverse=True)) + r")\b", "number"),
    (
        r"√|\bsqrt(?: of)?\b|\b(?:the )?square root (?:of|from)\b|(?<!cube )(?<!third )\b(?:the )?root (?:of|from)\b",
        "sqrt",
    ),
    (r"(?:%|\bper ?cent)(?: tip| discount| vat| tax)? (?:of|on)\b", "/100*"),
    (r"\+|\bplus\b", "+"),
    (r"[-−–]|\bminus\b|\btake away\b", "-"),
    (r"\*\*|\^|\bto the power of\b|\bto the\b", "^"),
    (r"[*×·]|(?<=[\d)\s])x(?=[\d(\s])|\btimes\b|\bmultiplied by\b", "*"),
    (r"[/÷]|(?<=\s):(?=\s)|\bdivided by\b|\bover\b", "/"),
    (r"%(?=\s*[\d(])|\bmod(?:ulo)?\b", "%"),
    (r"%|\bper ?cent\b", "share"),
    (r"²|\bsquared\b", "^2"),
    (r"³|\bcubed\b", "^3"),
    (r"[()]", "bracket"),
    (r"[^\s\w]|\w+", ""),
)
_SCAN = re.compile("|".join(f"({pattern})" for pattern, _ in _TOKENS))
# Operators that words name, beside the signs themselves.
_NAMED = {
    "+": r"\+|\bplus\b|\band\b|\badd|\bsum\b|\btotal\b|\btogether\b",
    "-": r"(?<=[\d\s()])[-−–](?=[\d\s(])|^-|\bminus\b|\bsubtract|\btake\b|\bless\b|\bdifference\b|\breduced\b",
    "*": r"[*×·]|(?<=[\d)\s])x(?=[\d(\s])|\btimes\b|\bmultipl|\bproduct\b|%|\bper ?cent\b|\b(?:double|twice|triple)\b",
    "/": r"(?<=[\d\s)])[/÷](?=[\d\s(])|(?<=\s):(?=\s)|\bdivide|\bover\b|\b(?:quotient|split|half)\b|%|\bper ?cent\b",
    "^": r"\^|\*\*|\bpower\b|\bto the\b|\bsquare|\bcube|[²³]",
    "%": r"\d ?% ?\d|\bmod(?:ulo)?\b|\bremainder\b",
}
# Numbers that words imply without naming them.
_IMPLIED = {
    "100": r"%|\bper ?cent\b",
    "2": r"\bsquare|\bhal(?:f|ve)\b|\bdouble\b|\btwice\b|²",
    "3": r"\bcube|\btriple\b|³",
}
# An operation that is named before its numbers, the sign between them, and whether the second number comes first.
_OPERATIONS = (
    (re.compile(r"\b(?:add|adding|sum|total)\b|\badded\b"), "+", False),
    (re.compile(r"\bmultipl(?:y|ying|ied)\b|\bproduct\b"), "*", False),
    (re.compile(r"\b(?:subtract|subtracting|take)\b(?=.*\bfrom\b)"), "-", True),
    (re.compile(r"\bdifference\b|\breduced by\b"), "-", False),
    (
        re.compile(
            r"\bdivid(?:e|ing)\b|\bquotient\b|\d (?:split|shared) (?:by|between|among) \d"
            r"|\b(?:split|share)\b(?=.*\d.* (?:between|among|by|with|into) )"
        ),
        "/",
        False,
    ),
)
_TOTAL = re.compile(r"\b(?:total|sum)\b(?! of\b)")
_LISTED = re.compile(
    r"^\D*\d[\d.,]*(?:(?:[\s;&+€$£]|\b(?:and|plus|euros?|pounds?|dollars?|quid|cents?|p|then)\b)+\d[\d.,]*)+\D*$"
)
_REDUCE = re.compile(r"\((-?N(?:[-+*/^%]-?N)*)\)")
_FLAT = re.compile(r"-?N(?:[-+*/^%]-?N)+")
# What `is_a_sum_of` compares: numbers as they are written, and a sign that something is done with them.
_SAID_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_UNKNOWN = re.compile(r"\b\d*[a-wyz]\s*[²³^]|\b\d+[a-z]\s*[-+=]|[-+=]\s*\d*[a-z]\s*=|\bx\s*[²³^=]", re.IGNORECASE)
_NEGATIVE = re.compile(r"(?:^|[\s(])[-−–]\s*[\d(]|\b(?:minus|negative)\b", re.IGNORECASE)
# What takes more words is a story, whose numbers the guide puts together wrongly more often than not.
_MOST_WORDS = 14
_SHARE = re.compile(r"%|\bper ?cent")
_PARTS_OF = (
    (re.compile(r"\bhal(?:f|ve)"), re.compile(r"/2(?![\d.])")),
    (re.compile(r"%|\bper ?cent"), re.compile(r"/100(?![\d.])")),
)
_DIVIDES = re.compile(
    r"(?<=[\d\s)])[/÷](?=[\d\s(])|(?<=\s):(?=\s)|\b(?:divid|over\b|quotient|split|share[ds]?\b|each\b|per\b|average"
    r"|mean\b"
    r"|quarter|third|ratio|out of\b|in percent|as a percent)"
)
_TIME_OF_DAY = re.compile(r"\d ?(?:in the (?:morning|afternoon|evening)|at night|o['’]?clock|[ap]\.?m\b)")
_AT_A_PRICE = re.compile(r"\d (?:[^\W\d]+ ){1,3}(?:at|for|à|@) [€$£]?\d|\d (?:each|apiece|a piece|per|an?)\b")
_SOME_OPERATION = re.compile(r"[-+*/^%×÷√(]|\b(?:of|mod)\b")


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
    lowered = spell_out_digits(tidied(text).lower())
    lowered = _AND_A_PART.sub(lambda found: found[1] + _PARTS[found[2]], lowered)
    before = ""
    while before != lowered:  # "half of a quarter of 640"
        before = lowered
        for pattern, notation in _FRACTIONS:
            lowered = pattern.sub(notation, lowered)
    found = [(_TOKENS[match.lastindex - 1][1], match[0]) for match in _SCAN.finditer(lowered) if match.lastindex]
    written = [plain_number(token) for kind, token in found if kind == "number"]
    implied = [number for number, pattern in _IMPLIED.items() if re.search(pattern, lowered)]
    numbers = tuple(dict.fromkeys(number for number in [*written, *implied] if number))
    signs = "".join(sign for sign, pattern in _NAMED.items() if re.search(pattern, lowered))
    n_needed = 1 if any(kind == "sqrt" for kind, _ in found) else 2
    if not written or len(numbers) > MAX_NUMBERS or len([*written, *implied]) < n_needed:
        return WrittenArithmetic("", (), "", False)
    expression = _single_run(found, len(written)) or _named_operation(lowered, found)
    return WrittenArithmetic(expression, numbers, signs, "(" in lowered)


# Nobody asks for more of one number: "100 × 96 × 100 × 96 × …" has no end.
_MOST_OF_ONE = 6


def is_a_sum_of(expression: str, words: str) -> bool:
    """Whether a calculation can be what the words ask: something is done, with each of their numbers once.

    Sums that are told as a story are beyond the guide, and so are equations; where it loses its way it repeats a
    number, leaves some out, or begins with a sign that nobody wrote.
    """
    if _UNKNOWN.search(words) or (expression.lstrip().startswith("-") and not _NEGATIVE.search(words)):
        return False
    if expression == written_arithmetic(words).expression:
        return True
    lowered = words.lower()
    said = Counter(plain_number(n) for n in _SAID_NUMBER.findall(tidied(words)))
    used = Counter(_SAID_NUMBER.findall(expression))
    share = _SHARE.search(words) is not None
    left_out = any(n not in used and not (share and f"{float(n or 0) / 100:g}" in used) for n in said)
    left_out = left_out or any(used[n] < said[n] - share for n in used)
    repeated = any(used[n] > said[n] + share for n in said) or max(used.values(), default=0) > _MOST_OF_ONE
    # "Half price" divides by two and by nothing else, a share by a hundred.
    divides = expression.replace(" ", "")
    for named, part in _PARTS_OF:
        divides = part.sub("", divides) if named.search(lowered) else divides
    # "Twice 14" without a 2 is half of the sum.
    left_out = left_out or any(
        n != "100" and re.search(named, lowered) and n not in used for n, named in _IMPLIED.items()
    )
    told = len(words.split()) > _MOST_WORDS
    wrongly_divided = "/" in divides and not _DIVIDES.search(lowered)
    # "He's 38.3 and it's 3 in the morning" is no sum.
    adds_a_time = "+" in expression and _TIME_OF_DAY.search(lowered) is not None
    # "4 kids at 6.50 and 2 adults at 11" is no sum of the four.
    at_a_price = _AT_A_PRICE.search(lowered) is not None and not re.search(r"[*/]", expression)
    is_some = _SOME_OPERATION.search(expression) is not None
    return is_some and not (repeated or left_out or wrongly_divided or told or adds_a_time or at_a_price)


def _single_run(found: list[tuple[str, str]], n_numbers: int) -> str:
    """The one run that holds every number, if it is well-formed."""
    runs: list[list[tuple[str, str]]] = [[]]
    for kind, token in _without_counted(found):
        if kind:
            runs[-1].append((kind, token))
        elif runs[-1]:
            runs.append([])
    for run in runs:
        if sum(kind == "number" for kind, _ in run) == n_numbers:
            side_by_side = any(a == b == "number" for (a, _), (b, _) in pairwise(run))
            notation = "".join(_notation(kind, token) for kind, token in run)
            return notation if not side_by_side and _is_well_formed(notation) else ""
    return ""


def _without_counted(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the words between a number and an operator that is followed by another number."""
    kept: list[tuple[str, str]] = []
    for at, (kind, token) in enumerate(found):
        if not kind and token[:1].isalpha() and kept and kept[-1][0] == "number":
            after = (pair for pair in found[at + 1 : at + 1 + _MAX_COUNTED_WORDS] if pair[0])
            if next(after, ("", "")) in _AFTER_COUNTED and token not in ("and", "or"):
                continue
        kept.append((kind, token))
    return kept


def _named_operation(lowered: str, found: list[tuple[str, str]]) -> str:
    """`multiply 6 by 7` → `6*7`; "" if other operators stand there, or not exactly one is named."""
    tokens = [token for token in found if token[0]]
    # "10 pm to 6 am with 30 min break, 5 nights, hours total" adds nothing.
    if _TOTAL.search(lowered) and not _LISTED.search(lowered):
        return ""
    named = [(sign, reverse) for pattern, sign, reverse in _OPERATIONS if pattern.search(lowered)]
    if any(kind != "number" for kind, _ in tokens) or len(named) != 1:
        return ""
    sign, reverse = named[0]
    written = [plain_number(token) for _, token in tokens]
    if not all(written) or (sign in "-/" and len(written) != 2):
        return ""
    return sign.join(reversed(written) if reverse else written)


def _notation(kind: str, token: str) -> str:
    if kind == "number":
        return plain_number(token) or "?"
    if kind == "share":
        return "%"
    return token if kind == "bracket" else kind


def _is_well_formed(notation: str) -> bool:
    if len(notation) > _MAX_EXPRESSION:
        return False
    shape, before = re.sub(r"\d+(?:\.\d+)?", "N", notation), ""
    # `19%` is a number as the calculator reads it, and so is a root.
    shape = re.sub(r"N%(?![N(])", "N", shape).replace("sqrt", "")
    while shape != before:
        before, shape = shape, _REDUCE.sub("N", shape)
    # Brackets around all of it leave a bare number, which is no less an expression if there was an operator.
    return bool(_FLAT.fullmatch(shape)) or (shape == "N" and bool(re.search(r"[-+*/^]|%\d|sqrt", notation)))


def plain_number(written: str) -> str:
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
