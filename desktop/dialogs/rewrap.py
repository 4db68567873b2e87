"""Text that its writer broke at a fixed width, made to break where the window does.

A line end inside a paragraph is taken away where the next word would not have fitted into the line: that break was
made by the width and not by the writer. What begins an item of a list, or a line of a copyright, stays a line.
"""

from __future__ import annotations

import re
from itertools import pairwise

# Characters: the narrowest width that texts are broken at; text with longer lines than the second was never broken.
# Some are broken a word too early. Words so far from the edge are a title in the middle of a page.
NARROWEST, LONGEST, TOO_EARLY, CENTRED = 64, 120, 12, 16
# What begins a line of its own: "* ", "1. ", "(a) ", "Copyright", a rule or a table.
_BEGINS = re.compile(
    r"\s*(?:[-*+•·]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s|\(c\)|©|copyright\b|[=~_#|-]{3,}|\|)", re.IGNORECASE
)


def join_lines(text: str) -> str:
    """The same words with a line for each paragraph."""
    blocks = re.split(r"(\n\s*\n)", text)
    return "".join(block if block.isspace() else _join_block(block) for block in blocks)


def _join_block(block: str) -> str:
    lines = [line.strip() if _is_centred(line) else line.rstrip() for line in block.split("\n")]
    longest = max(map(len, lines))
    if longest > LONGEST:
        return block
    width = max(NARROWEST, longest - TOO_EARLY)
    joined = lines[0]
    for line, following in pairwise(lines):
        joined += f" {following.lstrip()}" if _was_broken(line, following, width) else f"\n{following}"
    return joined


def _is_centred(line: str) -> bool:
    return line.startswith(" " * CENTRED)


def _was_broken(line: str, following: str, width: int) -> bool:
    words = following.split(maxsplit=1)
    return bool(words) and not _BEGINS.match(following) and len(line) + 1 + len(words[0]) > width
