"""Reading on from what was quoted: where it stands, the whole section, what follows; and a section by its number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import PurePath

from engine.agent.guide.answer.told_before import FOUND_NEAR, quoted_before
from engine.agent.run import Outcome, Run
from engine.documents.library import list_documents, load_passages
from engine.documents.types import Document, Passage
from engine.events import Citation
from engine.search.terms import FUNCTION_WORDS, words_of
from engine.security.taint import document_label, join
from engine.tools.builtin.search_documents import to_hit
from engine.tools.quoting import cite, file_name, located, place, place_of, quoted

__all__ = ["read_on", "section_asked"]

_OPENING = r"\W*(?:(?:ok(?:ay)?|so|and|please|but|can you|could you|would you)\b[\s,]*)*"
_CLOSING = r"(?:,? (?:please|then|again|exactly))*[\s?!.]*"
_THAT = r"(?:that|this|it)"


def _whole(*forms: str) -> re.Pattern[str]:
    return re.compile(f"{_OPENING}(?:{'|'.join(forms)}){_CLOSING}", re.IGNORECASE)


_WHERE = _whole(
    rf"where (?:does it say {_THAT}|did you (?:find|read|get|see) {_THAT}|is {_THAT}(?: written| from)?)",
    rf"where does {_THAT} (?:stand|come from)",
    rf"(?:what|which) (?:page|file|document|section|chapter|paper)(?: is {_THAT}(?: on| in| from)?)?",
    rf"(?:on|in|from) (?:what|which) (?:page|file|document|section|chapter|paper)(?: is {_THAT})?",
    r"what['’]?s (?:the|your) source|(?:the )?source",
)
_PART = r"(?:paragraph|section|passage|text|clause|chapter|part|page|thing|sentence|table|list)"
_ALL = _whole(
    rf"(?:(?:show|quote|read|give|tell)(?: me)? )?(?:the )?(?:whole|full|entire|complete) {_PART}(?: around {_THAT})?",
    rf"(?:show|quote|read|give)(?: me)? (?:all of )?{_THAT} in full|in full",
    r"(?:show|read|tell)(?: me)? (?:some )?more(?: of (?:it|that|this))?|more",
    rf"what else does (?:it|that|the {_PART}) say(?: there)?|what else (?:stands|is) (?:there|in there)",
    rf"(?:show|quote|read|give)(?: me)? (?:what(?: stands|['’]?s| is) around {_THAT}|the context)",
)
_NEXT = _whole(
    rf"read on|go on|continue|keep (?:reading|going)|(?:what (?:comes|is|follows)|what['’]?s) (?:next|after {_THAT})",
    rf"(?:the )?next(?: {_PART}| one)?|(?:(?:show|read|give)(?: me)? )?the"
    rf" (?:next {_PART}|rest(?: of (?:it|that|the {_PART}))?)|what follows|and then"
    rf"|(?:and )?the {_PART} after {_THAT}",
)
_BEFORE = _whole(
    rf"(?:(?:show|read|give)(?: me)? )?(?:the )?(?:previous|preceding)(?: {_PART}| one)?"
    rf"|the {_PART} before(?: {_THAT})?"
    r"|go back(?: one)?"
    rf"|what (?:comes|is|stands) before {_THAT}",
)
_OF_A_PAPER = r"(?:section|chapter|clause|paragraph|part|article|point|item|rule)"
_SECTION = re.compile(
    rf"{_OPENING}(?:(?:what(?:['’]?s| is| stands| does it say)|show(?: me)?|read(?: me)?|quote|open|give me) )?"
    rf"(?:all of |the whole )?(?:in |under )?(?:the )?(?:{_OF_A_PAPER} |§ ?|(?=\d{{1,2}}\.\d))"
    r"(?P<number>\d{1,3}(?:\.\d{1,3})*|[ivx]+)"
    r"(?: (?:of|in|from) (?:the |my |our )?(?P<paper>[\w' .-]{2,60}?))?(?: say| about)?[\s?!.]*",
    re.IGNORECASE,
)
# "what does section 5 of the lease say?" has its verb before.
_DOES = re.compile(rf"\bwhat (?:does|do) (?=(?:the )?{_OF_A_PAPER}\b|\d{{1,2}}\.\d)", re.IGNORECASE)
# "4.2 Dogs need consent": a number before a sentence.
_NUMBERED = re.compile(r"(?:^|(?<=\s))(?P<number>\d{1,2}(?:\.\d{1,2})+)[.)]?\s+(?=[A-Z])")
_WHICH = "More than one document has that: "
_SEVERAL = _WHICH + "{names}. Which one?"
_END, _BEGINS = "That is where it ends.", "That is where it begins."
_STANDS = "It stands in {places}."
_STOOD_NEAR = FOUND_NEAR + " that surely says it. The nearest places were: {places}."
# As much of a section is shown at once, in characters; “Read on” goes on.
_LONGEST = 1200
_NAMED = 5
# A line that goes on in the next is one with it; a list and a table have lines.
_OWN_LINE = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)]) |.* \| ")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a passage that has one place: `passage.text[start:end]`."""

    document: Document
    passage: Passage
    start: int
    end: int

    @property
    def place(self) -> tuple[int | None, str]:
        return self.passage.place_at(self.start)

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


async def read_on(run: Run) -> Outcome | None:
    """What stands around or behind the last quote, or the section that is named; None to anything else."""
    words = run.words.strip()
    before = run.earlier[-1] if run.earlier else None
    if asked := section_asked(words):
        number, paper = asked
        # Who reads a paper means that.
        read = [c.path for turn in reversed(run.earlier) for c in turn.citations if c.kind == "document"]
        return await _tell_section(run, number, paper or (PurePath(read[0]).name if read else "")) or (
            await _tell_section(run, number, paper) if read and not paper else None
        )
    said = [turn.text for turn in run.earlier if turn.role == "user"]
    if before and before.text.startswith(_WHICH) and said and (asked := section_asked(said[-1])):
        return await _tell_section(run, asked[0], words)
    if before and before.text == _END and _NEXT.fullmatch(words):
        return Outcome(_END)
    cited = quoted_before(run)
    if not cited:
        return None
    if _WHERE.fullmatch(words):
        named = dict.fromkeys(place(c.path, c.page, c.heading) for c in cited)
        # What was only near says nothing of it.
        form = _STOOD_NEAR if before and before.text.startswith(FOUND_NEAR) else _STANDS
        return Outcome(form.format(places="; ".join(named)), citations=tuple(map(run.book.add, cited)))
    if not any(form.fullmatch(words) for form in (_ALL, _NEXT, _BEFORE)):
        return None
    around = await _around(run, cited[-1] if _NEXT.fullmatch(words) else cited[0])
    if around is None:
        return None
    pieces, at = around
    piece, last = pieces[at], cited[-1]
    if _BEFORE.fullmatch(words):
        return _tell(run, [pieces[at - 1]]) if at else Outcome(_BEGINS)
    # Who has read the whole section already wants what follows.
    has_read = len(cited) == 1 and last.text.strip() in (_without_heading(piece).text.strip(), piece.text.strip())
    if _NEXT.fullmatch(words) or has_read:
        rest = _behind(piece, last.text)
        following = rest or next(iter(pieces[at + 1 :]), None)
        return _tell(run, [following]) if following else Outcome(_END)
    return _tell(run, [piece])


def section_asked(words: str) -> tuple[str, str] | None:
    """The number of a section that is to be read and the paper that is named, "" if none; None to anything else."""
    found = _SECTION.fullmatch(_DOES.sub("", words)) if any(c.isalpha() or c == "§" for c in words) else None
    return (found["number"].casefold(), found["paper"] or "") if found else None


async def _tell_section(run: Run, number: str, paper: str) -> Outcome | None:
    named = set(words_of(paper.rsplit(".", 1)[0])) - FUNCTION_WORDS
    is_it = re.compile(rf"\W*(?:[a-z]+\.? )?{re.escape(number)}(?![\w.]*\d)(?:\W|$)", re.IGNORECASE)
    found: list[list[_Piece]] = []
    for document in await list_documents(run.services.store):
        if named and not named <= {*words_of(PurePath(document.path).stem), *words_of(document.title)}:
            continue
        every = await _pieces(run, document)
        pieces = [p for p in every if is_it.match(p.place[1].split(" › ")[-1])] or _numbered(every, number)
        if pieces:
            found.append([p for p in pieces if p.place[1] == pieces[0].place[1]])
    if len(found) > 1:
        names = ", ".join(file_name(pieces[0].document.path) for pieces in found[:_NAMED])
        return Outcome(_SEVERAL.format(names=names), "uncertain")
    return _tell(run, found[0]) if found else None


def _numbered(pieces: Sequence[_Piece], number: str) -> list[_Piece]:
    """What stands behind a number within a section: from it to the next of its kind."""
    for piece in pieces:
        marks = list(_NUMBERED.finditer(piece.text))
        for mark, following in zip_longest(marks, marks[1:]):
            if mark["number"] == number:
                end = piece.start + following.start() if following else piece.end
                return [_Piece(piece.document, piece.passage, piece.start + mark.start(), end)]
    return []


async def _around(run: Run, cited: Citation) -> tuple[list[_Piece], int] | None:
    """The parts of the document, and the number of the one that a quote stands in; None where it is gone."""
    documents = await list_documents(run.services.store)
    document = next((d for d in documents if d.path == cited.path), None)
    pieces = await _pieces(run, document) if document else []
    having = [at for at, piece in enumerate(pieces) if cited.text in piece.text]
    having.sort(key=lambda at: pieces[at].passage.id != cited.passage_id)
    return (pieces, having[0]) if having else None


async def _pieces(run: Run, document: Document) -> list[_Piece]:
    """The parts of a document in order, each character once, and nothing that is only a heading."""
    found, end = list[_Piece](), 0
    for passage in await load_passages(run.services.store, document.id):
        # Passages share a sentence or two.
        for start, stop in _places(passage):
            start = max(start, end - passage.start)
            piece = _Piece(document, passage, start, stop)
            if start < stop and _without_heading(piece).text.strip():
                found.append(piece)
        end = max(end, passage.end)
    return found


def _places(passage: Passage) -> Iterator[tuple[int, int]]:
    starts = [offset for offset, _, _ in passage.places] or [0]
    yield from zip(starts, [*starts[1:], len(passage.text)], strict=True)


def _without_heading(piece: _Piece) -> _Piece:
    """The part behind its heading."""
    first, _, _ = piece.text.partition("\n")
    is_heading = first.strip(" #*") == piece.place[1].split(" › ")[-1].strip()
    return _Piece(piece.document, piece.passage, piece.start + len(first), piece.end) if is_heading else piece


def _behind(piece: _Piece, text: str) -> _Piece | None:
    """What is left of a part behind a quote."""
    end = piece.start + piece.text.index(text) + len(text) if text in piece.text else piece.end
    rest = _Piece(piece.document, piece.passage, end, piece.end)
    return rest if rest.text.strip() else None


def _tell(run: Run, pieces: Sequence[_Piece]) -> Outcome:
    """`lease.md, “5. Animals”: "…"`, line for line where it has lines of its own."""
    lines, citations, left = list[str](), list[Citation](), _LONGEST
    for piece in map(_without_heading, pieces):
        text = piece.text if len(piece.text) <= left else piece.text[:left].rsplit(" ", 1)[0]
        if not text.strip():
            break
        start = piece.start + len(text) - len(text.lstrip())
        hit = located(to_hit(piece.document, piece.passage), piece.passage, start)
        run.labels |= join(hit.labels or (document_label(piece.document.id),))
        citations.append(run.book.add(cite(hit, text.strip())))
        said = [quoted(line) for line in _lines(text)]
        lines += [f"{place_of(hit)}: {said[0]}", *said[1:]] if not lines else said
        left -= len(text)
    return Outcome("\n".join(lines), "answered", tuple(citations))


def _lines(text: str) -> list[str]:
    """The lines of a list or a table, and paragraphs as one line each."""
    found: list[str] = []
    is_open = False
    for line in text.strip().splitlines():
        if not line.strip():
            is_open = False
        elif is_open and not _OWN_LINE.match(line):
            found[-1] = f"{found[-1]} {line.strip()}"
        else:
            found.append(line.strip())
            is_open = True
    return found
