"""What a document is once it is in: the document, its passages, and what a parser hands over."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, list, table or code block as the parser found it.

    Attributes:
        text: without markup; tables as rows with " | ".
        page: from 1, None where the format has none.
        headings: the headings above it, outermost first.
        kind: text, list, table, code or heading. A heading's own text is the last of its headings.
        joint: what stands between it and the block before in the extracted text: a paragraph that goes
            on after a page break is joined by a space.
    """

    text: str
    page: int | None = None
    headings: tuple[str, ...] = ()
    kind: str = "text"
    joint: str = "\n\n"


@dataclass(frozen=True, slots=True)
class Passage:
    """800-1,200 characters of a document that are searched and quoted together.

    Attributes:
        text: verbatim from the document's extracted text, `[start:end]` of it.
        page: the page of its first character, from 1.
        heading: headings joined with " › "; of the section that has the largest share of the text.
        position: 0, 1, 2 … within the document.
        start, end: character offsets in the document's extracted text.
        vector: float16 bytes, empty until embedded.
        places: (offset in text, page, heading) wherever page or heading change within the passage, the
            first at 0; empty where all of it has one place. Read it through `place_at`.
    """

    id: str
    document_id: str
    text: str
    page: int | None
    heading: str
    position: int
    start: int
    end: int
    vector: bytes = b""
    places: tuple[tuple[int, int | None, str], ...] = ()

    def place_at(self, offset: int) -> tuple[int | None, str]:
        """Page and heading of the character at an offset in `text`: what a citation of a sentence names."""
        page, heading = self.page, self.heading
        for start, place_page, place_heading in self.places:
            if start > offset:
                break
            page, heading = place_page, place_heading
        return page, heading

    def to_record(self) -> dict[str, Any]:
        """The passage as the store keeps it."""
        return {**asdict(self), "places": [list(place) for place in self.places]}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Passage:
        """The passage that `to_record` made."""
        fields = {k: record[k] for k in cls.__dataclass_fields__ if k in record}
        fields["places"] = tuple((p[0], p[1], p[2]) for p in fields.get("places", ()))
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read.

    Attributes:
        path: absolute, as it was when read.
        folder: the folder that was added, "" for a single file; relative_path is below it.
        content_hash: SHA-256 of the file's bytes.
        aliases: other paths with the same content.
        labels: origins, `doc:{id}` among them.
        embedded_with: model of the passages' vectors, "" while there are none.
        note: one sentence on what was left out: scanned pages, text beyond the limit; else empty.
    """

    id: str
    path: str
    folder: str
    relative_path: str
    title: str
    format: str
    size_bytes: int
    modified_ms: int
    content_hash: str
    added_ms: int
    pages: int | None
    n_passages: int
    project: str = ""
    aliases: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    embedded_with: str = ""
    note: str = ""

    def to_record(self) -> dict[str, Any]:
        """The document as the store keeps it."""
        record = asdict(self)
        record["aliases"], record["labels"] = list(self.aliases), list(self.labels)
        return record

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Document:
        """The document that `to_record` made."""
        fields = {k: record[k] for k in cls.__dataclass_fields__ if k in record}
        fields["aliases"] = tuple(fields.get("aliases", ()))
        fields["labels"] = tuple(fields.get("labels", ()))
        return cls(**fields)


Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page as it is shown.

    Attributes:
        page: from 1, of `pages`.
        width, height: in pixels.
        stride: bytes from one row to the next.
        pixels: three bytes each: blue, green, red.
        marks: for each quote its rectangles (left, top, right, bottom) as fractions of the page, line by
            line; empty where the quote is not on this page.
        width_pt, height_pt: size of the page as it is seen, in points.
    """

    page: int
    pages: int
    width: int
    height: int
    stride: int
    pixels: bytes
    marks: tuple[tuple[Box, ...], ...]
    width_pt: float
    height_pt: float

    def to_record(self) -> dict[str, Any]:
        """The page as it crosses a process border."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**fields, "marks": [[list(box) for box in boxes] for boxes in self.marks]}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> RenderedPage:
        """The page that `to_record` made."""
        fields = {name: record[name] for name in cls.__dataclass_fields__}
        fields["marks"] = tuple(tuple((b[0], b[1], b[2], b[3]) for b in boxes) for boxes in fields["marks"])
        return cls(**fields)


FileState = Literal["there", "changed", "missing", "removed"]


@dataclass(frozen=True, slots=True)
class Source:
    """What stands behind a citation.

    Attributes:
        document: None where nothing is known of it any more.
        passage: as it was read; None where it is gone.
        state: of the file: there, changed since it was read, missing, or removed (the document was taken out).
        path: where the file is now, of all the paths that it is known under.
    """

    document: Document | None
    passage: Passage | None
    state: FileState
    path: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file or folder that could not be read the last time that it was tried.

    Attributes:
        id: SHA-256 of the path.
        state: scan, empty, encrypted, unsupported, too_large or failed.
        error: one sentence that says what to do.
    """

    id: str
    path: str
    state: str
    error: str
    at_ms: int

    def to_record(self) -> dict[str, Any]:
        """The trouble as the store keeps it."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Trouble:
        """The trouble that `to_record` made."""
        return cls(**{name: record[name] for name in cls.__dataclass_fields__})
