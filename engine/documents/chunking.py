"""Cuts the blocks of a document into passages of 800 to 1,200 characters.

The extracted text of a document is its blocks, one after the other, each behind its `joint`. A passage is
a span of that text, verbatim, so that a quote can always be found again. The rules, in order of weight:

1. A passage is at most `MAX_CHARS` long; only text without any end of a sentence is cut inside one.
2. It does not run across a heading, unless what stands before the heading is too short to be found by
   itself. The deeper the heading, the more may be gathered first: forty definitions of one line each make
   a few passages, not forty.
3. It ends where a block ends, if such an end lies in reach; else where a sentence, a row of a table, a line
   of code ends. A heading stands at the start of a passage, never alone at its end.
4. Two passages of one section share the last one or two sentences of the first (`OVERLAP_CHARS`), since an
   answer often lies across the cut. Rows and lines are not shared: they would be found twice.
5. The rest of a section is kept long enough to be worth a passage (`TAIL_CHARS`): the cut before it moves up.

Every place where a passage could end gets a cost and the cheapest wins. Blocks come in one at a time and a
section is cut as soon as two passages of it are there, so memory does not grow with the document.
Rejected: a fixed window of characters (cuts sentences: quotes would be wrong), one passage per heading
(between 20 and 20,000 characters), semantic cutting with the embedder (doubles the cost of an ingest).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from engine.documents.formats.source import clean_text
from engine.documents.types import Block
from engine.search.sentences import split_sentences

MIN_CHARS = 800
MAX_CHARS = 1200
# Most characters that a passage repeats of the one before.
OVERLAP_CHARS = 240
# The least that is left for the last passage of a section, if the cut before can make it so.
TAIL_CHARS = 400
# What must be gathered for a heading to end the passage: the two outer levels, and all deeper ones.
TOP_SECTION_CHARS, SECTION_CHARS = 350, 600
# How much shorter than MIN_CHARS a passage may be to end at a block or before a heading.
BLOCK_BONUS, HEADING_BONUS = 150, 300
# Longest piece of a text that has no end of a sentence, a row or a line.
PIECE_CHARS = 1000
# A block longer than this is looked at in parts: no paragraph is as long, and hostile text costs less.
SENTENCE_WINDOW = 4000
# A heading longer than this is a paragraph in large letters.
MAX_HEADING_CHARS = 300

HEADING_JOINT = " › "


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage before it has an id; the fields are those of `Passage`."""

    text: str
    page: int | None
    heading: str
    start: int
    end: int
    places: tuple[tuple[int, int | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is never cut: a sentence, a row, a line, a heading. `opens` is what begins with it."""

    start: int
    end: int
    block: Block
    opens: str  # sentence, block or heading


class Chunker:
    """Takes blocks, gives chunks; `n_chars` is the length of the extracted text so far."""

    def __init__(self) -> None:
        self.n_chars = 0
        self._text = ""  # extracted text from the offset _base on: all that the units need
        self._base = 0
        self._units: list[_Unit] = []
        self._n_overlap = 0  # leading units that the chunk before has as well

    def feed(self, block: Block) -> Iterator[Chunk]:
        """Add a block; gives the chunks that are certain as it goes through it: a block may be a whole book."""
        text = _cleaned(block)
        if not text:
            return
        if self._section_ends(block):
            yield from self._drain(complete=True)
        if self.n_chars:
            self._add_text(block.joint)
        first, taken = self.n_chars, 0
        for unit in _units(block, text, first):
            if unit.start == first and self._goes_on(unit):
                unit = replace(self._units.pop(), end=unit.end)
            self._units.append(unit)
            self._add_text(text[taken : unit.end - first])
            taken = unit.end - first
            yield from self._drain(complete=False)
        self._add_text(text[taken:])

    def finish(self) -> Iterator[Chunk]:
        """The chunks of what is left."""
        yield from self._drain(complete=True)

    @property
    def _pending(self) -> int:
        return self._units[-1].end - self._units[0].start if self._units else 0

    def _section_ends(self, block: Block) -> bool:
        if not self._units or self._units[-1].block.headings == block.headings:
            return False
        before = self._units[-1].block.headings
        shared = 0
        for ours, theirs in zip(before, block.headings, strict=False):
            if ours != theirs:
                break
            shared += 1
        if shared == len(before) and block.kind != "heading":
            return False
        return self._pending >= (TOP_SECTION_CHARS if shared <= 1 else SECTION_CHARS)

    def _add_text(self, text: str) -> None:
        self._text += text
        self.n_chars += len(text)

    def _goes_on(self, unit: _Unit) -> bool:
        """True for the rest of a sentence that a page break cut."""
        if not self._units or unit.block.joint.strip(" ") or self._text.endswith((". ", "! ", "? ", "。", ": ")):
            return False
        return unit.end - self._units[-1].start <= PIECE_CHARS and len(self._units) > self._n_overlap

    def _drain(self, *, complete: bool) -> Iterator[Chunk]:
        while self._units and (complete or self._pending > 2 * MAX_CHARS):
            yield self._cut(complete)

    def _cut(self, complete: bool) -> Chunk:
        count = len(self._units) if complete and self._pending <= MAX_CHARS else self._cheapest_end(complete)
        units, following = self._units[:count], self._units[count:]
        overlap = _overlap(units, following)
        self._units = units[len(units) - overlap :] + following
        self._n_overlap = overlap
        chunk = self._chunk(units)
        keep_from = self._units[0].start if self._units else self.n_chars
        self._text, self._base = self._text[keep_from - self._base :], keep_from
        if not following:
            self._units, self._n_overlap = [], 0
        return chunk

    def _cheapest_end(self, complete: bool) -> int:
        """How many units the next chunk takes."""
        first, last = self._units[0].start, self._units[-1].end
        best, best_cost = self._n_overlap + 1, float("inf")
        for count in range(self._n_overlap + 1, len(self._units)):
            length = self._units[count - 1].end - first
            if length > MAX_CHARS:
                break
            if _is_heading(self._units[count - 1]):
                continue
            rest = last - self._units[count].start
            cost = max(0, MIN_CHARS - length) + (MAX_CHARS - length) / 10
            cost += max(0, TAIL_CHARS - rest) if complete else 0
            cost -= {"heading": HEADING_BONUS, "block": BLOCK_BONUS}.get(self._units[count].opens, 0)
            if cost < best_cost:
                best, best_cost = count, cost
        return best

    def _chunk(self, units: list[_Unit]) -> Chunk:
        start, end = units[0].start, units[-1].end
        places: list[tuple[int, int | None, str]] = []
        shares: dict[str, int] = {}
        for unit in units:
            page, heading = unit.block.page, HEADING_JOINT.join(unit.block.headings)
            shares[heading] = shares.get(heading, 0) + unit.end - unit.start
            if not places or places[-1][1:] != (page, heading):
                places.append((unit.start - start, page, heading))
        return Chunk(
            text=self._text[start - self._base : end - self._base],
            page=units[0].block.page,
            heading=max(shares, key=lambda name: shares[name]),
            start=start,
            end=end,
            places=tuple(places) if len(places) > 1 else (),
        )


def chunk_blocks(blocks: Iterable[Block]) -> Iterator[Chunk]:
    """The passages of a whole document."""
    chunker = Chunker()
    for block in blocks:
        yield from chunker.feed(block)
    yield from chunker.finish()


def join_blocks(blocks: Iterable[Block]) -> str:
    """The extracted text that the offsets of chunks count in."""
    parts: list[str] = []
    for block in blocks:
        text = _cleaned(block)
        if text:
            parts += [block.joint, text] if parts else [text]
    return "".join(parts)


def _cleaned(block: Block) -> str:
    text = clean_text(block.text)
    # The first line of code keeps its indentation: it tells where in the program one is.
    return text.strip("\n").rstrip() if block.kind in ("code", "list") else text.strip()


def _is_heading(unit: _Unit) -> bool:
    return unit.opens == "heading"


def _units(block: Block, text: str, first: int) -> Iterator[_Unit]:
    """What is never cut of a block whose text begins at the offset `first`."""
    is_heading = block.kind == "heading" and len(text) <= MAX_HEADING_CHARS
    opens = "heading" if is_heading else "block" if block.joint.strip(" ") else "sentence"
    for start, end in [(0, len(text))] if is_heading else _pieces(text, block.kind):
        yield _Unit(first + start, first + end, block, opens)
        opens = "sentence"


def _overlap(units: list[_Unit], following: list[_Unit]) -> int:
    """How many units at the end of a chunk the next one repeats: at most two sentences of the same section."""
    if not following or following[0].opens == "heading":
        return 0
    room = min(OVERLAP_CHARS, MAX_CHARS - (following[0].end - following[0].start) - 2)
    count = 0
    for unit in reversed(units[1:]):
        same_section = unit.block.headings == following[0].block.headings
        if count == 2 or unit.block.kind not in ("text", "list") or not same_section:
            break
        if units[-1].end - unit.start > room:
            break
        count += 1
    return count


def _pieces(text: str, kind: str) -> Iterator[tuple[int, int]]:
    """Spans of a block that are not to be cut: lines of code and tables, else sentences."""
    for start, end in _lines(text) if kind != "text" else [(0, len(text))]:
        if kind in ("code", "table"):
            yield from _split_long(text, start, end)
        else:
            yield from _sentences(text, start, end)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences as quoting sees them, without a gap: what is between two belongs to the second."""
    while start < end:
        stop = _word_end(text, start + SENTENCE_WINDOW) if end - start > SENTENCE_WINDOW else end
        first = start
        for span in split_sentences(text[start:stop]):
            yield from _split_long(text, first, start + span.end)
            first = _skip_space(text, start + span.end, stop)
        if first < stop:
            yield from _split_long(text, first, stop)
        start = _skip_space(text, stop, end)


def _word_end(text: str, at: int) -> int:
    found = text.rfind(" ", at - PIECE_CHARS, at)
    return found if found > 0 else at


def _skip_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, start + len(line.rstrip())
        start += len(line) + 1


def _split_long(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A span in pieces of at most `PIECE_CHARS`, cut at a line end, a clause or a word if there is one."""
    while end - start > MAX_CHARS:
        stop = start + PIECE_CHARS
        for mark in ("\n", "; ", ", ", "，", "、", " ", ",", ";"):
            found = text.rfind(mark, start + PIECE_CHARS // 2, stop)
            if found >= 0:
                stop = found + len(mark.rstrip()) if mark.strip() else found
                break
        yield start, stop
        start = _skip_space(text, stop, end)
    if start < end:
        yield start, end
