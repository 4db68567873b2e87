"""Numbers as people write them, in digits: `two hundred and fifty` → `250`, `1.249,00` → `1249.00`."""

from __future__ import annotations

import re

__all__ = ["SPOKEN", "spell_out_digits", "tidied"]

# fmt: off
_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on
SPOKEN = {name: value for value, name in enumerate(_UNITS)}
SPOKEN |= {name: 20 + 10 * place for place, name in enumerate(_TENS)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_WORD = "|".join(sorted((*SPOKEN, *_SCALES), key=len, reverse=True))
# At least two words; a single one is left to whoever knows whether "one" is a number there.
_SPELLED = re.compile(
    rf"(?<![\w.])(?:(?:{_WORD})|\d+(?= (?:{'|'.join(_SCALES)})\b))"
    rf"(?:(?:[ -]|(?<=hundred) and |(?<=thousand) and )(?:{_WORD})\b)+"
)


# What is typed in haste, where something is to be reckoned.
_HASTE = (
    (re.compile(r"\bwha?t['’]?s\b", re.I), "what's"), (re.compile(r"\bwht\b", re.I), "what"),
    (re.compile(r"\byr(s?)\b", re.I), r"year\1"), (re.compile(r"\bwk(s?)\b", re.I), r"week\1"),
    (re.compile(r"\bcalender\b", re.I), "calendar"), (re.compile(r"\bgramm(s?)\b", re.I), r"gram\1"),
    (re.compile(r"\bfourty\b", re.I), "forty"), (re.compile(r"\bsqaure\b", re.I), "square"),
    (re.compile(r"\ba fortnight\b", re.I), "2 weeks"),
    (re.compile(r"\brn\b", re.I), "right now"), (re.compile(r"(?<=[\w.]) n (?=[\w$€£])"), " and "),
    (re.compile(r"\bw/? (?=an? |\d)", re.I), "with "),
    # Thousands with points, as much of Europe writes them.
    (re.compile(r"\b\d{1,3}(?:\.\d{3})+,\d{1,2}\b"), lambda m: m[0].replace(".", "").replace(",", ".")),
    (re.compile(r"\b\d{1,3}(?:\.\d{3}){2,}\b"), lambda m: m[0].replace(".", "")),
    (re.compile(r"(?:(?<=of )|(?<=[€$£]))(\d+(?:\.\d+)?)k\b", re.I), lambda m: _scaled(m[1], 1000)),
    (
        re.compile(r"(?<![\w.,])(\d+[.,]\d+|\d+) ?(thousand|million|billion)\b", re.I),
        lambda m: _scaled(m[1], _SCALES[m[2].casefold()]),
    ),
    (re.compile(r"(?<![\w./,])(\d+) ([1-9])/([1-9])(?![\d/])"), lambda m: _mixed(int(m[1]), int(m[2]), int(m[3]))),
)  # fmt: skip


def tidied(words: str) -> str:
    """The words with what was typed in haste spelled out, and numbers in the program's own form."""
    for pattern, form in _HASTE:
        words = pattern.sub(form, words)
    return words


def _scaled(number: str, scale: int) -> str:
    return f"{float(number.replace(',', '.')) * scale:.10g}" if scale < 10**10 else number


def _mixed(whole: int, part: int, parts: int) -> str:
    """`1 1/2` → `1.5`; a third has no end and stays a sum."""
    return f"{whole + part / parts:g}" if 8 % parts == 0 or parts == 5 else f"({whole}+{part}/{parts})"


def spell_out_digits(text: str) -> str:
    """The lower-case text with every number of several words in digits."""
    return _SPELLED.sub(_to_digits, text)


def _to_digits(match: re.Match[str]) -> str:
    """Left as it stands where the words are no single number (`four five six`)."""
    total = group = 0
    last = 0
    for word in re.split(r"[ -]", match[0]):
        if word == "and":
            continue
        if word in _SCALES:
            scale = _SCALES[word]
            if scale == 100:
                group = max(group, 1) * 100
            else:
                total, group = total + max(group, 1) * scale, 0
            last = scale
            continue
        value = int(word) if word.isdigit() else SPOKEN[word]
        if last and last < 100 and not (20 <= last < 100 and last % 10 == 0 and 0 < value < 10):
            return match[0]
        group, last = group + value, value
    return str(total + group)
