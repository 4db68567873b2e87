"""Where the sentences of a text begin and end, as offsets, so that a quote is the text itself.

Two passes. First lines: a blank line, a bullet, a numbered item, a Markdown heading, a table row (also one of aligned
words), one labelled line after the other ("Lab: room 12") and a line that is visibly shorter than its neighbours and
ends without punctuation (a heading, a line of an address) stand alone; other line breaks are the wrapping of a
paragraph and mean nothing. Then punctuation within
what is left: a full stop ends a sentence if white space and something that can begin one follow and the
word before it is no abbreviation, initial or ordinal. Where it is open ("Inc.", "U.S.", "etc."), the word
that follows decides. Chinese and Japanese full stops need nothing to follow.

Rules, because a trained splitter is a model more to ship for what 150 lines do as well on our texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.search.terms import word_set

__all__ = ["Span", "cells_of", "items_of", "split_sentences", "starts_an_item"]


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` is one sentence, heading, item or row."""

    start: int
    end: int


# Before a name or a noun; they never end a sentence.
_TITLES = word_set(
    """
    mr mrs ms dr prof st mt rev hon gen col sgt lt capt gov sen rep fr hr frl dipl ing mag mme mlle sra sig vs cf
    ca approx incl excl resp bzw ggf evtl inkl exkl zzgl vgl sog dh eg ie viz al z zb su
    """
)
# Before a number; elsewhere they may end one.
_BEFORE_NUMBER = word_set(
    """
    no nos nr p pp s abs art fig figs sec sect vol ch chap eq eqn par para ref tab table app tel ext ver v rn bd
    kap nº num jan feb mar apr jun jul aug sep sept oct okt nov dec dez
    """
)
# Words that begin sentences far more often than they follow an abbreviation.
_STARTERS = word_set(
    """
    the this that these those it its he she they we you i in on at for to if when while after before because
    however there here what who how why where which a an and but or so as by with from all both each no not our
    your their der die das dies diese dieser ein eine er sie es wir ihr im am auf bei für mit nach wenn weil aber
    und oder le la les un une il elle nous vous ils elles ce cette el los las una
    """
)
_MONTHS = word_set(
    """
    january february march april may june july august september october november december januar februar märz mai
    juni juli oktober dezember jänner feber jahrhundert century
    """
)

_BULLET = re.compile(r"[ \t]*(?:[-*+•‣◦▪●○■□–—·]|#{1,6}|>+)[ \t]+")
_NUMBERED = re.compile(r"[ \t]*(?:\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]|\d+(?:\.\d+)+\.?)[ \t]+\S")
_END = re.compile(r"[.?!…]+[\"'”’»)\]]*(?:\[\d{1,3}\])*(?=\s|$)|[。！？｡]+[」』”’）】]*")
# "Removal and disposal ............ £310.00"
_LEADER = re.compile(r"\S\s?\.{4,}\s?[–-]?\s?[£€$]?\d|\s\.{1,3}\s+[–-]?\s?[£€$]?\d[\d.,]*\s*$")
_LED_TO = re.compile(r"\s*[–-]?\s?[£€$]?\d[\d.,]*[^\S\n]*(?:\n|$)")
_LAST_WORD = re.compile(r"[^\s(\[\"'“„«/]*$")
# Where a cell begins behind another, in a table of lines: "Plumber     Garth Inchbald    01632 960 114".
_WIDE_GAP = 3
_NEXT_CELL = re.compile(r"(?<=[^\s.!?:…]) {2,}(?=\S)")
# "Lab: Ms Oduya, room 12"
_LABEL = re.compile(r"[ \t]*[A-Z][\w'’()/ -]{1,30}: \S")
# Characters before a full stop that are looked at; without a limit, text of abbreviations costs n².
_LOOK_BACK = 200
_NEXT_WORD = re.compile(r"\s*[\"'“„«(\[¿¡]*([^\s.,;:!?\"'”’»)\]]+)")


def split_sentences(text: str) -> list[Span]:
    """The sentences of the text in order, without the white space and the bullets between them."""
    spans: list[Span] = []
    for start, end in _segments(text):
        for first, last in _sentences(text, start, end):
            span = _trimmed(text, first, last)
            if span is not None:
                spans.append(span)
    return spans


def cells_of(text: str) -> list[str]:
    """The cells of a row, of Markdown or of aligned words; of anything else the whole of it."""
    return text.split(" | ") if " | " in text else _NEXT_CELL.split(text)


def items_of(text: str) -> list[str]:
    """A quote in its items, each without its bullet; of a text that is no list the whole of it."""
    items: list[str] = []
    for line in text.split("\n"):
        if items and not (_BULLET.match(line) or _NUMBERED.match(line)):
            items[-1] += f"\n{line}"
        else:
            items.append(line)
    return [item[found.end() :] if (found := _BULLET.match(item)) else item for item in items]


def starts_an_item(text: str, at: int) -> bool:
    """Whether what begins here is numbered, or a row of a table of lines."""
    line = text[at : text.find("\n", at) if "\n" in text[at:] else len(text)]
    return bool(_NUMBERED.match(line) or _NEXT_CELL.search(line))


def _segments(text: str) -> Iterator[tuple[int, int]]:
    """Runs of lines that belong together."""
    for block in re.finditer(r"(?:[^\n]*\S[^\n]*(?:\n|$))+", text):
        places = [(m.start() + block.start(), m.end() + block.start()) for m in re.finditer(r"[^\n]+", block.group())]
        lines = [text[start:end] for start, end in places]
        width = max(map(len, lines))
        rows = _find_rows(lines)
        first = places[0][0]
        for i, (_, end) in enumerate(places):
            is_last = i + 1 == len(places)
            # A row stands alone but for what is wrapped below its cells.
            is_apart = not is_last and (rows[i + 1] or (rows[i] and _indent(lines[i + 1]) <= _indent(lines[i])))
            if is_last or is_apart or _ends_alone(lines[i], lines[i + 1], width):
                yield first, end
                first = end if is_last else places[i + 1][0]


def _find_rows(lines: Sequence[str]) -> list[bool]:
    """Which lines have a cell that begins where one of a line beside them does.

    In justified lines that is chance: there the gaps are small, and the next line goes on in lower case.
    """
    cells = [{m.end(): len(m[0]) for m in _NEXT_CELL.finditer(line)} for line in lines]
    pairs = [False]
    for (above, below), following in zip(pairwise(cells), lines[1:], strict=True):
        widths = [(above[at], below[at]) for at in above.keys() & below.keys()]
        least = min if following.lstrip()[:1].islower() else max
        pairs.append(any(least(both) >= _WIDE_GAP for both in widths))
    pairs.append(False)
    return [above or below for above, below in pairwise(pairs)]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _ends_alone(line: str, following: str, width: int) -> bool:
    """Whether a line break within a block is one that the writer meant."""
    if _BULLET.match(following) or _NUMBERED.match(following) or line.lstrip().startswith("#"):
        return True
    if (" | " in line and " | " in following) or line.count("\t") > 1:
        return True
    if _LEADER.search(line) or _LEADER.search(following) or (_LABEL.match(line) and _LABEL.match(following)):
        return True
    bare, begins = line.rstrip(), following.lstrip()[:1]
    if bare.endswith((",", "-", "–", ";", "(", "/", "&")) or begins.islower() or not begins:
        return False
    if bare.endswith((":", ".", "?", "!")):
        return bare.endswith(":") and len(bare) < 0.7 * width
    return len(bare) < min(0.7 * width, 70)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for mark in _END.finditer(text, start, end):
        if mark.end() < end and _ends_sentence(text, first, mark, end):
            yield first, mark.end()
            first = mark.end()
    yield first, end


def _ends_sentence(text: str, first: int, mark: re.Match[str], end: int) -> bool:
    if mark.group()[0] in "。！？｡":
        return True
    # Dots that lead across a row.
    if text[mark.start() - 1 : mark.start()].isspace() and _LED_TO.match(text, mark.end()):
        return False
    following = _NEXT_WORD.match(text, mark.end(), end)
    if following is None:
        return True
    word = following.group(1)
    if word[0].islower():
        return False
    if not mark.group().startswith(".") or mark.group().startswith(".."):
        return True
    before = text[max(first, mark.start() - _LOOK_BACK) : mark.start()]
    found = _LAST_WORD.search(before)
    at_start = mark.start() - first <= _LOOK_BACK and not before.strip(" \t(0123456789.abcdivx")
    return _full_stop(found.group() if found else "", word, at_start=at_start)


def _full_stop(before: str, following: str, *, at_start: bool) -> bool:
    """Whether the stop after this word is one, given the word that follows."""
    plain, next_plain = before.lower().strip(",;:"), following.lower()
    if at_start or plain in _TITLES:
        return False
    # "To: Mrs P. Akintola"
    if plain in _BEFORE_NUMBER and not (len(before) == 1 and before.isupper()):
        return not following[0].isdigit()
    if plain.isdigit():
        return next_plain not in _MONTHS
    if ("." in plain and plain.replace(".", "").isalpha() and len(plain) <= 6) or plain in {
        "inc",
        "ltd",
        "co",
        "corp",
        "jr",
        "sr",
        "bros",
        "gmbh",
    }:
        return next_plain in _STARTERS and following[0].isupper()
    return not (len(plain) == 1 and plain.isalpha() and before != "I")


def _trimmed(text: str, start: int, end: int) -> Span | None:
    bullet = _BULLET.match(text, start, end)
    start = bullet.end() if bullet else start
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if any(c.isalnum() for c in text[start:end]) else None
