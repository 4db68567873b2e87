"""From lines on pages to paragraphs, headings and sections.

Pages go through a window of `AHEAD` pages on either side, because two questions need the neighbours: which
lines repeat (running heads and feet, page numbers), and which size is the body's. A book of 2,000 pages is
therefore never in memory as a whole, and its first passages are out after nine pages.

Order. The order of painting is the order of reading in nearly all PDFs, two columns included, since a
program wrote the columns one after the other. It is trusted unless lines jump upwards again and again; then
the lines are sorted into columns by the white gutter between them, each from top to bottom.

Headings. A line is a heading if the PDF's own bookmarks name it; else if it is short and set larger than
the body, or bold at the body's size and numbered or alone. Sizes order the levels.

Nothing here is certain, so nothing here loses text, but for running heads: those must stand in the outer
seventh of the page, repeat on most pages around and leave the page something else to say.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from engine.documents.formats.hyphens import Hyphens, ends_in_hyphen
from engine.documents.formats.source import Headings, clean_text, collapse
from engine.documents.types import Block

# Pages looked at before and after a page.
AHEAD = 8
# Share of the page's height, at top and bottom, in which running heads stand.
MARGIN = 0.14
# How many lines may stand between a running head and the edge of the page.
EDGE_LINES = 3
# Share of the pages around on which a line must repeat; running heads of books alternate left and right.
REPEATS = 0.4
# How much larger than the body a heading is.
LARGER = 1.12
MAX_HEADING_CHARS = 160
# How far from its place in the file a page's number may be; one further away must repeat from page to page.
_FAR = 20

_PAGE_NUMBER = re.compile(
    r"[-–—|\s]*(?:(?:page|seite|página|pagina|p\.|s\.)\s*)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of|von|sur|de|di)\s*\d{1,4})?[-–—|\s]*",
    re.I,
)
_SECTION_NUMBER = re.compile(
    r"(?:(?:chapter|section|part|appendix|kapitel|chapitre|annex)\b|[A-Z]?\d{1,2}(?:\.\d{1,2}){0,4}\.?\s+\S)", re.I
)
_NUMBERING = re.compile(r"[A-Z]?\d{1,2}((?:\.\d{1,2}){0,4})\.?\s")
_ITEM = re.compile(r"(?:[•‣▪◦●○■□·∙➢➤✓–—*-]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])\s+\S")
_BULLET = re.compile(r"[•‣▪◦●○■□·∙➢➤✓\uf0b7\uf0a7]\s*")
_SENTENCE_END = re.compile(r"[.!?:;…。！？][\"'”’»)\]]*$")
_EDGE_NUMBER = re.compile(r"^\d{1,4}\b|\b\d{1,4}$")
_LEADER = re.compile(r"(?:\s?\.){4,}\s*")
_ADMONITION = re.compile(r"(?:tip|note|notes|warning|caution|important|hint|hinweis|achtung|example)s?\W*", re.I)
_TOC_ENTRY = re.compile(r"(?:\s?[.·]){4,}\s*[\divxlc]*\s*$")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]")


@dataclass(slots=True)
class Line:
    """One line of a page; y grows downwards, in points, from no particular zero."""

    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool = False
    fixed: bool = False
    angle: int = 0
    text: str = ""
    hyphen: bool = False  # ends in a word that the next line goes on with


@dataclass(slots=True)
class Page:
    """The lines of a page in the order of painting."""

    number: int
    height: float
    lines: list[Line]
    is_picture: bool = False  # no text, but an image
    edges: list[tuple[Line, list[str]]] = field(default_factory=list)  # lines near an edge, and their keys


@dataclass(slots=True)
class _Paragraph:
    lines: list[Line]
    kind: str
    page: int


class Layout:
    """Takes pages, gives blocks."""

    def __init__(self, outline: dict[int, dict[str, int]] | None = None) -> None:
        self._outline = outline or {}
        self._waiting: deque[Page] = deque()
        self._edges: deque[set[str]] = deque(maxlen=2 * AHEAD + 1)
        self._sizes: Counter[float] = Counter()
        self._headings = Headings()
        self._hyphens = Hyphens()
        self._last: Block | None = None  # held back: it may go on on the next page
        self._last_hyphen = False

    def feed(self, page: Page) -> Iterator[Block]:
        """Add the next page; gives the blocks of the page that is now far enough behind."""
        page.lines = _in_reading_order(page.lines)
        page.edges = list(_edge_lines(page))
        self._edges.append({key for _, keys in page.edges for key in keys})
        for line in page.lines:
            self._sizes[line.size] += len(line.text)
        self._hyphens.learn((line.text, line.hyphen) for line in page.lines)
        self._waiting.append(page)
        if len(self._waiting) > AHEAD:
            yield from self._emit(self._waiting.popleft())

    def finish(self) -> Iterator[Block]:
        """The blocks of the last pages."""
        while self._waiting:
            yield from self._emit(self._waiting.popleft())
        if self._last is not None:
            yield self._last
            self._last = None

    def _emit(self, page: Page) -> Iterator[Block]:
        body = self._sizes.most_common(1)[0][0] if self._sizes else 0.0
        lines = self._without_running_heads(page, body)
        first = True
        for paragraph in _paragraphs(lines, page.number, self._heading_test(page.number, body)):
            block = self._block(paragraph, body)
            if first and self._last is not None and self._goes_on(self._last, block):
                block = self._continued(block)
            first = False
            if self._last is not None:
                yield self._last
            self._last, self._last_hyphen = block, paragraph.lines[-1].hyphen

    def _without_running_heads(self, page: Page, body: float) -> list[Line]:
        counts = Counter(key for keys in self._edges for key in keys)
        needed = max(3.0, REPEATS * len(self._edges))
        drop = {
            id(line)
            for line, keys in page.edges
            if (line.size <= body * LARGER and any(counts[key] >= needed for key in keys))
            or (_PAGE_NUMBER.fullmatch(line.text) and _counts(line, page))
        }
        kept = [line for line in page.lines if id(line) not in drop]
        left = sum(len(line.text) for line in kept)
        return kept if left >= sum(len(line.text) for line in page.lines) / 3 else page.lines

    def _heading_test(self, page: int, body: float) -> _HeadingTest:
        return _HeadingTest(body, self._outline.get(page, {}), bool(self._outline))

    def _block(self, paragraph: _Paragraph, body: float) -> Block:
        if paragraph.kind == "heading":
            text = self._join(paragraph.lines)
            test = self._heading_test(paragraph.page, body)
            path = self._headings.enter(test.level(paragraph.lines[0], text), text)
            return Block(text, paragraph.page, path, "heading")
        if paragraph.kind in ("code", "table"):
            text = "\n".join(_LEADER.sub(" … ", line.text).strip() for line in paragraph.lines)
        else:
            text = self._join(paragraph.lines)
        if paragraph.kind == "list":
            text = _BULLET.sub("- ", text, count=1)
        joint = "\n" if paragraph.kind == "list" and self._last and self._last.kind == "list" else "\n\n"
        return Block(text, paragraph.page, self._headings.path, paragraph.kind, joint)

    def _goes_on(self, before: Block, block: Block) -> bool:
        if before.kind not in ("text", "list") or block.kind != "text" or before.headings != block.headings:
            return False
        return self._last_hyphen or (not _SENTENCE_END.search(before.text) and block.text[:1].islower())

    def _continued(self, block: Block) -> Block:
        """A block that goes on with the paragraph of the page before."""
        assert self._last is not None
        if not ends_in_hyphen(self._last.text):
            return replace(block, joint=" ")
        if not self._hyphens.stays(self._last.text[:-1], block.text):
            self._last = replace(self._last, text=self._last.text[:-1])
        return replace(block, joint="")

    def _join(self, lines: list[Line]) -> str:
        """Lines as one run of text, words cut at line ends put together again."""
        text, cut = "", False
        for line in lines:
            part = _LEADER.sub(" … ", collapse(clean_text(line.text)))
            if not text:
                text = part
            elif cut or ends_in_hyphen(text):
                text = self._mend(text, part)
            elif _CJK.match(text[-1:]) and _CJK.match(part):
                text += part
            else:
                text += " " + part
            cut = line.hyphen
        return text + "-" if cut else text

    def _mend(self, text: str, part: str) -> str:
        """Join a word across a line end, with its hyphen where that is its own."""
        stem = text.removesuffix("-")
        return f"{stem}-{part}" if self._hyphens.stays(stem, part) else stem + part


class _HeadingTest:
    """Tells headings from text on one page."""

    def __init__(self, body: float, bookmarks: dict[str, int], has_outline: bool) -> None:
        self._body, self._bookmarks, self._has_outline = body, bookmarks, has_outline

    def named(self, text: str) -> int | None:
        """Level of the bookmark with this title, with or without its number."""
        squeezed = "".join(text.lower().split())
        bare = re.sub(r"^(?:chapter|kapitel|chapitre|appendix|section)?[\d.]+[.:]?", "", squeezed)
        for title, level in self._bookmarks.items():
            if title and (squeezed == title or bare == title or squeezed == re.sub(r"^[\d.]+", "", title)):
                return level
        return None

    def holds(self, line: Line) -> bool:
        """True if a line is a heading, or a part of one."""
        text = line.text
        if len(text) > MAX_HEADING_CHARS or not any(c.isalpha() for c in text) or line.angle != 0:
            return False
        if _ADMONITION.fullmatch(text) or _TOC_ENTRY.search(text):
            return False
        if self._bookmarks and self.named(text) is not None:
            return True
        if line.size >= self._body * LARGER:
            return not _SENTENCE_END.search(text) or text.endswith((":", "?")) or len(text) < 60
        if not line.bold or _SENTENCE_END.search(text) or self._has_outline:
            return False
        numbered = _SECTION_NUMBER.match(text) is not None and line.size >= self._body * 0.95
        return numbered or (line.size >= self._body * 1.04 and len(text) <= 80)

    def level(self, line: Line, text: str) -> float:
        """Smaller is further out. Bookmarks count from 0, sizes are put between by their ratio."""
        named = self.named(text)
        if named is None:
            named = self.named(line.text)
        if named is not None:
            return float(named)
        numbering = _NUMBERING.match(text)
        if self._has_outline:
            return 9.0
        depth = numbering.group(1).count(".") if numbering else 0
        return 100.0 - 10.0 * line.size / max(self._body, 1.0) + depth * 0.5


def _in_reading_order(lines: list[Line]) -> list[Line]:
    """Lines of the main direction first; sorted only where the order of painting cannot be that of reading."""
    if not lines:
        return lines
    angles: Counter[int] = Counter()
    for line in lines:
        angles[line.angle] += len(line.text)
    main = angles.most_common(1)[0][0]
    straight = [line for line in lines if line.angle == main]
    aside = [line for line in lines if line.angle != main]
    for line in straight:
        line.angle = 0
    for line in aside:
        line.angle = line.angle or 2  # upright on a page that is turned: aside as well
    jumps = sum(1 for a, b in pairwise(straight) if b.bottom <= a.top)
    if jumps > max(4, len(straight) // 4):
        straight = _by_columns(straight)
    return straight + aside


def _by_columns(lines: list[Line]) -> list[Line]:
    """Lines column by column, each from top to bottom; lines across the gutter divide the page."""
    gutter = _gutter(lines)
    if gutter is None:
        return sorted(lines, key=lambda line: (round(line.bottom / 3), line.left))
    ordered: list[Line] = []
    band: list[Line] = []
    for line in [*sorted(lines, key=lambda line: line.top), None]:
        if line is not None and not line.left < gutter - 2 < gutter + 2 < line.right:
            band.append(line)
            continue
        ordered += sorted(band, key=lambda one: (one.left >= gutter - 2, one.top, one.left))
        band = []
        if line is not None:
            ordered.append(line)
    return ordered


def _gutter(lines: list[Line]) -> float | None:
    """The x that most lines leave free, with enough of them on either side."""
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    middle = [left + (right - left) * share / 40 for share in range(12, 29)]
    crossing = {x: sum(1 for line in lines if line.left < x - 2 and line.right > x + 2) for x in middle}
    best = min(middle, key=lambda x: (crossing[x], abs(x - (left + right) / 2)))
    beside = [sum(1 for line in lines if line.right <= best + 2), sum(1 for line in lines if line.left >= best - 2)]
    return best if crossing[best] <= 0.15 * len(lines) and min(beside) >= 0.2 * len(lines) else None


def _edge_lines(page: Page) -> Iterator[tuple[Line, list[str]]]:
    """Lines in the outer part of a page, each with the keys under which it may repeat."""
    if not page.lines:
        return
    top = min(line.top for line in page.lines)
    bottom = max(line.bottom for line in page.lines)
    for line in page.lines:
        if line.top - top > MARGIN * page.height and bottom - line.bottom > MARGIN * page.height:
            continue
        rank = _rank_from_edge(line, page.lines)
        if rank > EDGE_LINES:
            continue
        text = collapse(line.text).lower()
        keys = [text]
        number = _EDGE_NUMBER.search(text)
        if number is not None and not _SECTION_NUMBER.match(line.text):
            # A page number runs with the pages: what is left when it is counted off stays the same.
            delta = int(number.group()) - page.number
            keys.append(f"{text[: number.start()]}#{delta}{text[number.end() :]}")
            if rank == 0:
                keys.append(f"#{delta}")
        yield line, keys


def _counts(line: Line, page: Page) -> bool:
    """Whether a number alone can be the page's: outermost, and near its place; not the 4412 of a gate."""
    number = re.search(r"\d+", line.text)
    is_near = number is None or abs(int(number.group()) - page.number) <= _FAR
    return is_near and _rank_from_edge(line, page.lines) == 0


def _rank_from_edge(line: Line, lines: list[Line]) -> int:
    """How many lines stand between a line and the nearer of top and bottom."""
    above = sum(1 for other in lines if other.top < line.top - 2)
    below = sum(1 for other in lines if other.bottom > line.bottom + 2)
    return min(above, below)


def _paragraphs(lines: list[Line], page: int, test: _HeadingTest) -> Iterator[_Paragraph]:
    leading = _leading(lines)
    current: _Paragraph | None = None
    for line in lines:
        kind = _kind(line, test)
        if current is not None and _same_paragraph(current, line, kind, leading, test):
            current.lines.append(line)
            continue
        if current is not None:
            yield current
        current = _Paragraph([line], kind, page)
    if current is not None:
        yield current


def _kind(line: Line, test: _HeadingTest) -> str:
    if test.holds(line):
        return "heading"
    if line.fixed:
        return "code"
    if _TOC_ENTRY.search(line.text):
        return "table"
    return "list" if _ITEM.match(line.text) or _BULLET.match(line.text) else "text"


def _leading(lines: list[Line]) -> float:
    """The usual distance from one line to the next."""
    gaps = [b.bottom - a.bottom for a, b in pairwise(lines) if 0 < b.bottom - a.bottom < 3 * b.size]
    return sorted(gaps)[len(gaps) // 3] if gaps else 0.0


def _same_paragraph(current: _Paragraph, line: Line, kind: str, leading: float, test: _HeadingTest) -> bool:
    last = current.lines[-1]
    gap = line.bottom - last.bottom
    close = -0.5 * line.size < gap <= 1.4 * max(leading, 1.15 * line.size)
    if current.kind == "heading" or kind == "heading":
        alike = abs(line.size - last.size) < 0.3 and line.bold == last.bold
        complete = test.named(" ".join(one.text for one in current.lines)) is not None
        return current.kind == kind and alike and close and not complete and len(current.lines) < 4
    if {"code", "table"} & {current.kind, kind}:
        return current.kind == kind and (close or kind == "table")
    if kind == "list":
        return False
    next_column = gap < -3 * line.size and not _SENTENCE_END.search(last.text)
    if last.hyphen or (next_column and line.text[:1].islower()):
        return True
    if not close or abs(line.size - last.size) > 0.15 * max(line.size, last.size, 1.0):
        return False
    return not _breaks(current, last, line)


def _breaks(current: _Paragraph, last: Line, line: Line) -> bool:
    """True where a new paragraph begins without a gap: an indent, or a short last line."""
    left = min(one.left for one in current.lines)
    right = max(one.right for one in current.lines)
    ended = bool(_SENTENCE_END.search(last.text))
    indented = line.left - left > 0.8 * line.size and len(current.lines) > 1 and current.kind == "text"
    short = last.right < left + 0.75 * (max(right, line.right) - left)
    if current.kind == "list" and line.left < current.lines[0].left + (1 if ended else -1):
        return True
    return ended and (indented or short)
