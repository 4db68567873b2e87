"""Whether the hyphen at the end of a line belongs to the word, or only divides it there.

A program that sets text divides "informa-tion" at the end of a line, and breaks "*.changes-files" behind the hyphen
that it has. On the page both look alike. What tells them apart is the rest of the document, which has most of its
words more than once, and the form: file names, options, addresses and identifiers are never divided, and hardly a
word that has a hyphen already. Where nothing tells, the word was divided: that is by far the commonest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["Hyphens", "ends_in_hyphen"]

_ENDS = re.compile(r"[^\W\d]-$")
_WORD = re.compile(r"\w+(?:-\w+)*")
_HEAD, _TAIL = re.compile(r"[\w-]+$"), re.compile(r"[\w-]+")
# What stands around a name without being of it.
_OPENING = "([{<\"'“”‘’„«‹`"
_CLOSING = re.compile(r"[()\[\]{}<>\"'“”‘’„«»‹›`,;:!?]")
# Before the hyphen: a sign or a digit, a capital behind the first letter, a hyphen at the start.
_NAME_BEFORE = re.compile(r"[./\\_*@=~#$&+|\d]|\w[A-Z]|^-")
# Behind it: a sign, a dot or a digit with a letter behind it (a digit at the end may be that of a footnote), a capital.
_NAME_BEHIND = re.compile(r"[/\\_*@=~#$&+|]|\.\w|\d[^\W\d_]|[a-z][A-Z]")
# Parts shorter than this are words of the language by accident: "to-day", "in-stead".
_LEAST_PART = 4
# Longer ones that are as often a part of a word as a word: "with-out", "suit-able".
_PART_WORDS = """
some every under over with here there more what when where them your able ible ness ment ship less ward wards wise hood
self selves thing body
"""
_PARTS = frozenset(_PART_WORDS.split())


class Hyphens:
    """The words of a document, as far as it was seen, and what follows from them."""

    def __init__(self) -> None:
        self._words: set[str] = set()

    def learn(self, lines: Iterable[tuple[str, bool]]) -> None:
        """Take the words of lines, each with whether it ends in a word that goes on; the parts of those are none."""
        goes_on = False
        for text, hyphen in lines:
            words = _WORD.findall(text.lower())
            first = 1 if goes_on else 0
            goes_on = hyphen or ends_in_hyphen(text)
            self._words.update(words[first : len(words) - goes_on])

    def stays(self, before: str, behind: str) -> bool:
        """Whether the hyphen stays between a line, without its hyphen, and the one that goes on with it."""
        head, tail = _HEAD.search(before), _TAIL.match(behind)
        if head is None or tail is None or not tail[0][0].islower():
            return True
        part, end = head[0].lower(), tail[0].lower()
        last, first = part.rsplit("-", 1)[-1], end.split("-", 1)[0]
        if not self._words.isdisjoint({f"{part}{end}", f"{last}{first}", f"{part}{first}"}):
            return False
        if not self._words.isdisjoint({f"{part}-{end}", f"{part}-{first}", f"{last}-{first}"}):
            return True
        return "-" in part or _is_name(before, behind) or self._are_words(last, first)

    def _are_words(self, *parts: str) -> bool:
        """Whether the document has each part as a word: two words that are joined, not one that is divided."""
        return all(part in self._words and len(part) >= _LEAST_PART and part not in _PARTS for part in parts)


def ends_in_hyphen(text: str) -> bool:
    """Whether text ends in a letter and a hyphen."""
    return _ENDS.search(text) is not None


def _is_name(before: str, behind: str) -> bool:
    left = before.split()[-1].lstrip(_OPENING)
    right = _CLOSING.split(behind.split()[0], maxsplit=1)[0].rstrip(".")
    return bool(_NAME_BEFORE.search(left) or _NAME_BEHIND.search(right))
