"""Where a quoted sentence stands on a page, although the two are not written alike.

A sentence was read out of a page's lines: white space became single spaces, words divided at line ends were
put together, leaders of dots became an ellipsis, control characters went. The page still has all that, and
ligatures, and sometimes a running head in the middle of a sentence or the rest of it on the next page.

So both are reduced to their *key*: letters and digits only, decomposed, without accents. The key of the
quote is looked for in the key of the page. Where the whole is not found, the longest beginning is, then what
follows it, and so on; a piece must be long enough to be no accident. Rejected: edit distance, which costs a
second on a full page and finds sentences that are not the quoted one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# A piece of a quote that is found by itself has at least so many letters and digits, or is the whole quote.
MIN_PIECE = 10
# Letters of the text before a quote that tell which of several equal sentences is meant.
_CONTEXT = 60


@dataclass(frozen=True, slots=True)
class Key:
    """A text reduced to what any two ways of writing it share.

    Attributes:
        text: letters and digits.
        at: for each of them the index of its character in the full text.
    """

    text: str
    at: Sequence[int]


def create_key(characters: Iterable[str]) -> Key:
    """The key of a text, or of the characters of a page in their order."""
    kept: list[str] = []
    at: list[int] = []
    for index, character in enumerate(characters):
        plain = character if character.isascii() else unicodedata.normalize("NFKD", character)
        for each in plain:
            if each.isalnum():
                kept.append(each)
                at.append(index)
    return Key("".join(kept), at)


def find_quote(quote: str, characters: Sequence[str], key: Key, *, before: str = "") -> list[tuple[int, int]]:
    """The runs of characters of a page, as (first, end), that a quote was made of; empty if it is not there.

    Args:
        characters: of the page, in the order of its text.
        key: `create_key(characters)`.
        before: what stands before the quote in its passage; decides between equal sentences.
    """
    wanted = create_key(quote).text
    if not wanted:
        return []
    runs: list[tuple[int, int]] = []
    for first, end in _pieces(wanted, key.text, create_key(before[-3 * _CONTEXT :]).text[-_CONTEXT:]):
        runs.append((key.at[first], key.at[end - 1] + 1))
    if runs:
        runs[0] = (_back_over(quote, characters, runs[0][0]), runs[0][1])
        runs[-1] = (runs[-1][0], _on_over(quote, characters, runs[-1][1]))
    return runs


def _pieces(wanted: str, page: str, before: str) -> list[tuple[int, int]]:
    """The quote in the page as few pieces, in the quote's order."""
    whole = _best_place(wanted, page, before)
    if whole >= 0:
        return [(whole, whole + len(wanted))]
    found: list[tuple[int, int]] = []
    rest, after = wanted, 0
    while len(rest) >= MIN_PIECE:
        length = _longest_beginning(rest, page)
        if length < MIN_PIECE:
            # The beginning is on the page before, or hidden: go on with the longest end.
            length = _longest_end(rest, page)
            if not found and length >= MIN_PIECE:
                at = page.find(rest[-length:])
                found.append((at, at + length))
            break
        at = page.find(rest[:length], after)
        at = at if at >= 0 else page.find(rest[:length])
        found.append((at, at + length))
        rest, after = rest[length:], at + length
    return found


def _best_place(wanted: str, page: str, before: str) -> int:
    """Where the quote begins; of several places the one that follows the most of `before`."""
    best, best_shared, at = -1, -1, page.find(wanted)
    while at >= 0:
        shared = _shared_end(page[max(0, at - len(before)) : at], before)
        if shared > best_shared:
            best, best_shared = at, shared
        at = page.find(wanted, at + 1)
    return best


def _shared_end(one: str, other: str) -> int:
    shared = 0
    while shared < min(len(one), len(other)) and one[-1 - shared] == other[-1 - shared]:
        shared += 1
    return shared


def _longest_beginning(wanted: str, page: str) -> int:
    """How many letters of the quote's beginning stand together on the page; if n do, so do fewer."""
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high + 1) // 2
        if wanted[:middle] in page:
            low = middle
        else:
            high = middle - 1
    return low


def _longest_end(wanted: str, page: str) -> int:
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high + 1) // 2
        if wanted[-middle:] in page:
            low = middle
        else:
            high = middle - 1
    return low


def _on_over(quote: str, characters: Sequence[str], end: int) -> int:
    """Past the full stop and closing marks that the quote ends with."""
    for mark in _outside(reversed(quote)):
        if end < len(characters) and characters[end] == mark:
            end += 1
    return end


def _back_over(quote: str, characters: Sequence[str], first: int) -> int:
    for mark in _outside(iter(quote)):
        if first > 0 and characters[first - 1] == mark:
            first -= 1
    return first


def _outside(characters: Iterable[str]) -> list[str]:
    """What stands before the first letter or digit, the nearest to it first."""
    marks: list[str] = []
    for character in characters:
        if character.isalnum():
            break
        if not character.isspace():
            marks.insert(0, character)
    return marks[:4]
