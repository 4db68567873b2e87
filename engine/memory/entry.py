"""One memory, with where it came from and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from engine.security.taint import MEMORY_USER

Source = Literal["user", "assistant", "document", "tool", "import"]
Trust = Literal["trusted", "suggested", "quoted"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a memory came from.

    Attributes:
        source: who said it.
        chat, turn: ids, where it was said in a chat.
        file, place: where it was read; place is a page or heading.
        words: the whole turn that the memory is a span of.
    """

    source: Source = "user"
    chat: str = ""
    turn: str = ""
    file: str = ""
    place: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """Ids of other memories.

    Attributes:
        supersedes: what this one replaced, because it says the newer thing.
        merged_from: what was merged into this one.
        refers_to: what this one only points to; it ends with it.
    """

    supersedes: tuple[str, ...] = ()
    merged_from: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    """One memory.

    Attributes:
        id: ULID made by the writer.
        project: "" is unscoped: recalled everywhere.
        vector: (dim,) float16 as bytes, L2 norm 1; empty until embedded: found by words alone.
        importance: 0…1 when it was written (engine.memory.importance).
        created_ms, last_used_ms: UTC.
        uses: how often it was recalled.
        labels: origins (engine.security.taint), sorted.
        trust: only what is trusted is recalled. A suggestion waits for the person; what is quoted is kept as
            a record of what was said and never becomes more than that.
        embedded_with: model of the vector.
        change: id of the last change that the journal holds of it, "" where there is none.
    """

    id: str
    space: str
    tier: str
    text: str
    created_ms: int
    last_used_ms: int
    project: str = ""
    vector: bytes = b""
    importance: float = 0.5
    uses: int = 0
    pinned: bool = False
    tags: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    labels: tuple[str, ...] = (MEMORY_USER,)
    links: Links = field(default_factory=Links)
    trust: Trust = "trusted"
    embedded_with: str = ""
    change: str = ""

    def to_record(self) -> dict[str, Any]:
        """The entry as the store keeps it (the store adds the checksum)."""
        # By hand: dataclasses.asdict copies every value and takes four fifths of the time of a large write.
        record = {name: getattr(self, name) for name in _FIELDS}
        record["tags"], record["labels"] = list(self.tags), list(self.labels)
        record["provenance"] = {name: getattr(self.provenance, name) for name in _PROVENANCE}
        record["links"] = {name: list(getattr(self.links, name)) for name in _LINKS}
        return record

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> MemoryEntry:
        """The entry that `to_record` made; fields that this version does not know are dropped."""
        fields = {k: record[k] for k in cls.__dataclass_fields__ if k in record}
        fields["tags"] = tuple(fields.get("tags", ()))
        fields["labels"] = tuple(fields.get("labels", ()))
        fields["provenance"] = Provenance(**fields.get("provenance", {}))
        links = fields.get("links", {})
        fields["links"] = Links(**{k: tuple(v) for k, v in links.items() if k in Links.__dataclass_fields__})
        return cls(**fields)

    def to_public(self) -> dict[str, Any]:
        """The entry as a person or another program reads it: without its vector."""
        record = self.to_record()
        record["has_vector"] = bool(record.pop("vector"))
        return record


_FIELDS, _PROVENANCE, _LINKS = (tuple(cls.__dataclass_fields__) for cls in (MemoryEntry, Provenance, Links))
