"""Plain text, reStructuredText, logs and tables as text.

Headings of plain text are lines with a rule under (or around) them, short lines in capitals, numbered lines
("2.1. Versions") with text below them, divisions ("Article I", "Section 2"), and a few words without an end over a
paragraph of far longer lines. Lines of a paragraph that was wrapped by hand are joined, so that a sentence can be
quoted; where the line ends carry meaning (verse, addresses, configuration, drawings) they stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, pairwise

from engine.documents.formats.encoding import decode
from engine.documents.formats.source import Headings, Source, clean_text
from engine.documents.types import Block
from engine.errors import DocumentError

_RULE = re.compile(r"""([=\-~^"'`#*+.:_])\1{2,}\s*$""")
_ITEM = re.compile(r"\s*(?:[-*+•‣·–]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s+\S")
# "3 Locally installed modules", "2.1. Versions", "A.4 Forms"; a line that ends as a sentence does is an item.
_NUMBERED = re.compile(r"((?:\d{1,3}|[A-Z])(?:\.\d{1,3}){0,5}\.?)\s+[^\W\d_].{1,90}(?<![.,;:!?])")
# "Article I", "Section 2" on a line of its own, however often it comes again.
_KINDS = (
    ("volume", "book", "title", "part", "teil"),
    ("article", "chapter", "amendment", "act", "annex", "appendix", "schedule", "artikel", "kapitel", "anhang"),
    ("section", "scene", "abschnitt"),
)
_RANKS = {kind: rank for rank, kinds in enumerate(_KINDS) for kind in kinds}
_DIVISION = re.compile(
    rf"\s*(?P<kind>{'|'.join(kind.capitalize() for kind in _RANKS)}) (?:[IVXLC]{{1,7}}|\d{{1,3}}|[A-Z])[.:]?\s*"
)
_MOST_INDENT = 4
# A heading of a few words with its text below, whose first line is at least this long: "6. Guarantee", "§ 3 Rent",
# "Chapter 2: The Mill", "Background:", "When do I pay?".
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_TITLE = re.compile(
    rf"(?:§ ?\d+[a-z]? |\d{{1,3}}(?:\.\d{{1,3}})*[.)] |\d{{1,2}} (?={_MONTH}\b)|(?:[A-Z][a-zà-ÿ]+) \d{{1,3}}[:.] )?"
    r"(?P<words>[^\W\d_][^.!?;:|=@<>{}\[\]]{1,60}[\w)\"”'’])[:?]?"
)
# What opens or closes a letter, is said or done, or stands around a text.
_NO_TITLE = re.compile(
    r"(?:(?:my )?dear\w*|hi|hello|hallo|good (?:morning|afternoon|evening)|morning|guten|liebe[rs]?|sehr geehrte[rs]?"
    r"|bonjour|ch[eè]re?s?|madame|monsieur|querid[oa]|estimad[oa]"
    r"|love|yours|your (?:loving|faithful|sincere|aunt|uncle|mum|mother|dad|father|friend|grand\w+)"
    r"|(?:with |many )(?:love|best|kind|warm|thanks|greetings)|(?:best|kind|warm(?:est)?) (?:wishes|regards)|regards"
    r"|sincerely|greetings|thank(?:s| you)|cheers|see you|viele grüße|vielen dank"
    r"|mit (?:freundlichen|besten|herzlichen|lieben)|(?:freundliche|herzliche) grüße|cordialement"
    r"|sent from|gesendet|begin forwarded|ps|p\.s"
    r"|i|he|she|we|you|they|it|yes|(?:page|seite|figure|fig|table|abb|attachment) \d+|photo by|advertisement|anzeige"
    r"|read more|last edited)\b",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"P\.? ?S\b|This (?:e-?)?(?:mail|message)|Diese (?:E-)?Mail|Ce message")
_PLACE_AND_DATE = re.compile(rf", (?:den |the )?\d{{1,2}}\.? {_MONTH}(?: \d{{4}})?$")
_DATE = re.compile(rf"\d{{1,2}}\.? {_MONTH}(?: \d{{4}})?")
_TITLE_WORDS, _BELOW_CHARS, _BELOW_CHARS_OF_MANY = 9, 60, 20
# From here on a number without a dot counts something else than sections.
_NO_SECTION = 13
_ROW = re.compile(r"\S(?: {3,}|\t+)\S|\|.*\|")
# The style of a title without a number.
_ABOVE = "above"
_UNDERLINES = "=-~^\"'`#*+.:_"
# Lines shorter than this on average were not wrapped, they are lines.
_WRAPPED_CHARS = 40
# Blocks between two signs of life.
_STRIDE = 200


def parse(source: Source) -> Iterator[Block]:
    """The paragraphs of a text file, or the rows of a table.

    Raises:
        DocumentError: nothing but white space.
    """
    text = clean_text(decode(source.read_bytes()))
    if not text.strip():
        raise DocumentError("The file has no text in it.", "empty")
    blocks = _rows(text) if source.format == "table" else parse_text(text)
    for count, block in enumerate(blocks, 1):
        if count % _STRIDE == 0:
            source.on_page(count, None)
        if not source.title and block.kind == "heading":
            source.title = block.headings[-1]
        yield block


def parse_text(text: str) -> Iterator[Block]:
    """Paragraphs and headings of text that has been cleaned."""
    headings = Headings()
    levels: dict[str, float] = {}
    first: float | None = None  # where the outermost kind of divisions would be
    paragraphs = list(_paragraphs(text))
    # Who speaks stands over a paragraph again and again; a heading stands there once.
    opens = Counter(lines[0].strip() for lines in paragraphs)
    pairs = list(pairwise(chain(paragraphs, [[]])))
    # Where some stand over long paragraphs, those over short ones are headings as well: what they are about is not told
    # to stand under the heading before.
    n_sure = sum(_above_text(lines, below, _BELOW_CHARS) is not None for lines, below in pairs)
    least = _BELOW_CHARS if n_sure < 2 else _BELOW_CHARS_OF_MANY
    for lines, below in pairs:
        found = _heading(lines) or _division(lines, below) or _numbered(lines, below)
        if found is None and opens[lines[0].strip()] == 1:
            found = _above_text(lines, below, least)
        if found is None:
            yield _block(lines, headings.path)
            continue
        title, style, rest = found
        if (rank := _RANKS.get(style)) is not None and first is None:
            # The first is as far out as the title without a number before it: "Preamble", "Article I".
            first = levels.setdefault(_ABOVE, len(levels)) - rank / 10
        if style not in levels:
            levels[style] = len(levels) if rank is None or first is None else first + rank / 10
        yield Block(title, None, headings.enter(levels[style], title), "heading")
        if rest:
            yield _block(rest, headings.path)


def _rows(text: str) -> Iterator[Block]:
    lines = [line for line in text.split("\n") if line.strip()]
    for start in range(0, len(lines), 50):
        yield Block("\n".join(lines[start : start + 50]), kind="table", joint="\n")


def _paragraphs(text: str) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in text.split("\n"):
        if line.strip():
            lines.append(line.rstrip())
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def _heading(lines: list[str]) -> tuple[str, str, list[str]] | None:
    """(title, style, lines after it) if a paragraph opens with a heading."""
    if len(lines) >= 3 and _RULE.match(lines[0]) and _RULE.match(lines[2]) and lines[0][0] == lines[2][0]:
        return lines[1].strip(), f"over {lines[0][0]}", lines[3:]
    if len(lines) >= 2 and _RULE.match(lines[1]) and not _RULE.match(lines[0]):
        title = lines[0].strip()
        long_enough = len(lines[1].rstrip()) >= 0.8 * len(title) or lines[1][0] in "=-"
        if long_enough and len(title) <= 120 and any(c.isalnum() for c in title) and not _ROW.search(title):
            return title, lines[1][0], lines[2:]
    if len(lines) == 1 and _is_capitals(lines[0].strip()):
        return lines[0].strip(), "capitals", []
    return None


def _division(lines: list[str], below: list[str]) -> tuple[str, str, list[str]] | None:
    """A division that stands alone over text or over one of another kind; not one of a list of such."""
    found = _DIVISION.fullmatch(lines[0]) if len(lines) == 1 and below else None
    following = _DIVISION.fullmatch(below[0]) if found else None
    if found is None or (following and following["kind"] == found["kind"]):
        return None
    return lines[0].strip().rstrip(".:"), found["kind"].casefold(), []


def _numbered(lines: list[str], below: list[str]) -> tuple[str, str, list[str]] | None:
    """A numbered line that stands alone, over text or over the first of its own parts; not one of a list of such."""
    found = _NUMBERED.fullmatch(lines[0].strip()) if len(lines) == 1 and below else None
    if found is None or len(lines[0]) - len(lines[0].lstrip()) > _MOST_INDENT:
        return None
    number, next_number = found[1].rstrip("."), _NUMBERED.match(below[0].strip())
    if next_number is not None and len(below) == 1 and not next_number[1].startswith(f"{number}."):
        return None
    # The date of a letter, or a house number.
    is_bare = found[1].isdigit() and next_number is None
    if (
        is_bare
        and len(below[0].strip()) < _BELOW_CHARS
        and (_DATE.fullmatch(lines[0].strip()) or int(found[1]) >= _NO_SECTION)
    ):
        return None
    return lines[0].strip(), f"number {number.count('.')}", []


def _above_text(lines: list[str], below: list[str], least: int) -> tuple[str, str, list[str]] | None:
    """A few words without an end over a list or a table, or alone or not over whole sentences in longer lines.

    Args:
        least: characters of the first line below.
    """
    text = lines[1:] or below
    title, first = lines[0].strip(), text[0].strip() if text else ""
    is_one = _is_title(title) or (_is_capitals(title) and not _ITEM.match(title))
    if not text or not is_one or _POSTSCRIPT.match(first):
        return None
    numbered = _NUMBERED.fullmatch(title)
    style = f"number {numbered[1].rstrip('.').count('.')}" if numbered else "number 0" if title[0] == "§" else _ABOVE
    found = title.removesuffix(":"), "capitals" if _is_capitals(title) else style, lines[1:]
    if any(_ITEM.match(line) for line in lines[1:]):
        return None if _ITEM.match(title) else found  # else the first of a list of such
    if len(lines) > 2 and all(_ROW.search(line.strip()) for line in lines[1:3]):
        return found
    if len(first) < max(least, len(title) + least // 2) or not first.lstrip("\"“'‘«„(")[:1].isupper():
        return None
    return found if text[-1].rstrip().rstrip("\"”'’»)")[-1:] in (".", "!", "?") else None


def _is_title(line: str) -> bool:
    found = _TITLE.fullmatch(line)
    if found is None or not found["words"][0].isupper() or _NO_TITLE.match(found["words"]):
        return False
    if _PLACE_AND_DATE.search(line):
        return False
    n_words = len(line.split())
    # "Background:", "When do I pay?"; longer or shorter ones are sentences.
    ends_openly = (line[-1] != ":" or n_words <= _TITLE_WORDS // 2) and (line[-1] != "?" or n_words > 2)
    return n_words <= _TITLE_WORDS and ends_openly and not _ROW.search(line)


def _is_capitals(line: str) -> bool:
    if not 3 <= len(line) <= 80:
        return False
    letters = [c for c in line if c.isalpha()]
    if len(letters) < max(3, 0.6 * len(line.replace(" ", ""))):
        return False
    return line.upper() == line and line.lower() != line and line[-1] not in ".,;!"


def _block(lines: list[str], path: tuple[str, ...]) -> Block:
    if _ITEM.match(lines[0]):
        return Block(_join_items(lines), None, path, "list")
    if sum(1 for line in lines if _ROW.search(line.strip())) > len(lines) / 2:
        return Block("\n".join(lines), None, path, "table")
    if _is_wrapped(lines):
        return Block(" ".join(line.strip() for line in lines), None, path)
    indented = all(line[:1].isspace() for line in lines)
    return Block("\n".join(lines), None, path, "code" if indented and len(lines) > 1 else "text")


def _is_wrapped(lines: list[str]) -> bool:
    """True if the line ends are those of a margin: all lines but the last nearly fill it."""
    if len(lines) == 1:
        return True
    lengths = [len(line) for line in lines[:-1]]
    width = max(lengths)
    if width < _WRAPPED_CHARS or any(_ITEM.match(line) for line in lines[1:]):
        return False
    return sum(1 for n in lengths if n >= 0.6 * width) >= 0.8 * len(lengths)


def _join_items(lines: list[str]) -> str:
    """Items of a list, one per line, each with its wrapped lines joined."""
    items: list[str] = []
    for line in lines:
        if _ITEM.match(line) or not items:
            items.append(line.rstrip())
        else:
            items[-1] += " " + line.strip()
    return "\n".join(items)
