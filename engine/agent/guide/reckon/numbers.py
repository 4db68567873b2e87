"""Numbers in words, turned into digits: `two hundred and fifty` → `250`, `eleven hundred` → `1100`."""

from __future__ import annotations

import re

__all__ = ["SPOKEN", "spell_out_digits"]

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
