"""What a document is once it is in: the document, its passages, and what a parser hands over."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, list, table or code block as the parser found it.

    Attributes:
        text: without markup; tables as rows with " | ".
        page: from 1, None where the format has none.
        headings: the headings above it, outermost first.
        kind: text, list, table, code or heading.
    """

    text: str
    page: int | None = None
    headings: tuple[str, ...] = ()
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Passage:
    """800-1,200 characters of a document that are searched and quoted together.

    Attributes:
        text: verbatim from the document's extracted text, `[start:end]` of it.
        page: the page of its first character, from 1.
        heading: headings joined with " › ".
        position: 0, 1, 2 … within the document.
        start, end: character offsets in the document's extracted text.
        vector: float16 bytes, empty until embedded.
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

    def to_record(self) -> dict[str, Any]:
        """The passage as the store keeps it."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Passage:
        """The passage that `to_record` made."""
        return cls(**{k: record[k] for k in cls.__dataclass_fields__ if k in record})


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read.

    Attributes:
        path: absolute, as it was when read.
        folder: the folder that was added, "" for a single file; relative_path is below it.
        content_hash: SHA-256 of the file's bytes.
        aliases: other paths with the same content.
        labels: origins, `doc:{id}` among them.
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
