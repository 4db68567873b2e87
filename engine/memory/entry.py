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
        source, links = self.provenance, self.links
        return {
            "id": self.id, "space": self.space, "tier": self.tier, "text": self.text, "created_ms": self.created_ms,
            "last_used_ms": self.last_used_ms, "project": self.project, "vector": self.vector,
            "importance": self.importance, "uses": self.uses, "pinned": self.pinned, "tags": list(self.tags),
            "provenance": {
                "source": source.source, "chat": source.chat, "turn": source.turn, "file": source.file,
                "place": source.place, "words": source.words,
            },
            "labels": list(self.labels),
            "links": {
                "supersedes": list(links.supersedes), "merged_from": list(links.merged_from),
                "refers_to": list(links.refers_to),
            },
            "trust": self.trust, "embedded_with": self.embedded_with, "change": self.change,
        }  # fmt: skip

    def to_stored(self) -> dict[str, Any]:
        """The record without what is as in a new entry: most of it, and it would be packed and compressed."""
        return {name: value for name, value in self.to_record().items() if value != _USUAL.get(name)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> MemoryEntry:
        """The entry that `to_record` or `to_stored` made; fields that this version does not know are dropped."""
        fields = {k: record[k] for k in _FIELDS if k in record}
        fields["tags"] = tuple(fields.get("tags", ()))
        fields["labels"] = tuple(fields.get("labels", ()))
        fields["provenance"] = Provenance(**fields.get("provenance", {}))
        links = fields.get("links", {})
        fields["links"] = (
            Links(**{k: tuple(v) for k, v in links.items() if k in _LINKS}) if any(links.values()) else Links()
        )
        return cls(**fields)

    def to_public(self) -> dict[str, Any]:
        """The entry as a person or another program reads it: without its vector."""
        record = self.to_record()
        record["has_vector"] = bool(record.pop("vector"))
        return record


_FIELDS, _LINKS = (tuple(cls.__dataclass_fields__) for cls in (MemoryEntry, Links))
# Never left out: what an entry is and how far it is trusted.
_ALWAYS = {"id", "space", "tier", "text", "created_ms", "last_used_ms", "labels", "trust"}
_USUAL = {name: value for name, value in MemoryEntry("", "", "", "", 0, 0).to_record().items() if name not in _ALWAYS}
