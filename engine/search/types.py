"""What is searched and what a search returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypedDict, runtime_checkable

import numpy as np
import numpy.typing as npt

Kind = Literal["document", "memory", "chat"]
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One searchable text: a passage, a memory or a turn of a chat.

    Attributes:
        id: of the passage, memory or turn.
        kind: which of the three.
        text: what is matched by words and shown.
        context: words that also lead here: file name, headings; matched with less weight.
        group: document id, chat id or tier: what `remove_group` removes and where neighbours are.
        position: order within the group.
        vector: (dim,) float16 or float32, L2 norm 1, or None until embedded.
        project: "" is unscoped and found from every project.
        bits: what a search can leave out by (`UNPINNED` and the other bits below).
        created_ms: UTC; 0 where a search by time makes no sense.
        thread: the chat that a memory was said in; its neighbours there lead to it as well.
    """

    id: str
    kind: Kind
    text: str
    context: str = ""
    group: str = ""
    position: int = 0
    vector: npt.NDArray[np.floating] | None = None
    importance: float = 0.0
    last_used_ms: int = 0
    half_life_s: float = 0.0
    project: str = ""
    path: str = ""
    page: int | None = None
    heading: str = ""
    labels: tuple[str, ...] = ()
    bits: int = 0
    created_ms: int = 0
    uses: int = 0
    thread: str = ""


# Bits of an entry that a search can leave out by; the low seven of the scan's tags are its own.
UNPINNED = 1 << 7
# Not trusted; of these, what is only kept as a record has QUOTED too.
SUGGESTED = 1 << 8
# One bit for each tier of memories, in the order of the table.
FIRST_TIER_BIT = 9
# A memory that only points to another one.
REFERENCE = 1 << 14
QUOTED = 1 << 15


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries a search is for.

    Attributes:
        project: its entries and the unscoped ones; "" the unscoped alone, None every project.
        exclude_groups: documents, chats or tiers that are not wanted.
        no_bits: entries with any of these bits are not wanted.
        created_from_ms, created_to_ms: entries made in this time, bounds included; None is open.
    """

    kinds: tuple[Kind, ...]
    project: str | None = ""
    exclude_groups: tuple[str, ...] = ()
    no_bits: int = 0
    created_from_ms: int | None = None
    created_to_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is wanted; see `engine.memory.reader.MemoryReader.list`.

    Attributes:
        groups: documents, chats or tiers; empty: all.
        project: only its own; None every project.
        trust: trusted, suggested or quoted; None all.
        no_bits: entries with any of these bits are not listed.
    """

    kinds: tuple[Kind, ...]
    query: str = ""
    groups: tuple[str, ...] = ()
    project: str | None = None
    pinned: bool | None = None
    trust: str | None = None
    sort: str = "used"
    offset: int = 0
    limit: int = 100
    no_bits: int = 0


class Standing(NamedTuple):
    """What a score is made of, for one entry; see `engine.memory.importance`."""

    id: str
    importance: float
    uses: int
    last_used_ms: int
    bits: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One result, best first.

    Attributes:
        score: 0…1 fused score; comparable within one search only.
        why: the terms of the score by name: words, meaning, importance, recency.
    """

    id: str
    kind: Kind
    text: str
    score: float
    path: str = ""
    page: int | None = None
    heading: str = ""
    group: str = ""
    position: int = 0
    why: dict[str, float] = field(default_factory=dict)
    labels: tuple[str, ...] = ()


class Embedder(Protocol):
    """Turns texts into vectors of L2 norm 1.

    Attributes:
        model: tells vectors of two models apart.
        dim: of the vectors.
    """

    @property
    def model(self) -> str: ...
    @property
    def dim(self) -> int: ...

    async def embed(self, texts: Sequence[str], *, urgent: bool = False) -> Vectors:
        """(n, dim) float32, rows of L2 norm 1, in the order of the texts.

        Args:
            urgent: a person waits: overtakes bulk work.

        Raises:
            EmbedderError: no model, or its worker is gone.
        """
        ...

    async def aclose(self) -> None:
        """Release the model."""
        ...


class ReadPassage(TypedDict):
    """A passage as a reader takes it: the name of its file, its heading and its sentences."""

    name: str
    heading: str
    sentences: list[str]


@runtime_checkable
class Reader(Protocol):
    """Reads passages together with a question; an embedder may be one too."""

    async def read(self, question: str, passages: Sequence[ReadPassage]) -> list[list[float]]:
        """Logits of the sentences of each passage; they compare sentences of one question.

        Raises:
            EmbedderError: there is no reader here, or its worker is gone.
        """
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text of a request.

    Attributes:
        text: 0 for the words themselves, 1 for the oldest earlier turn that was given.
        start, end: in characters; both 0 for none.
        likely: 0…1, of both ends.
    """

    text: int
    start: int
    end: int
    likely: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a chooser reads out of a request.

    Attributes:
        choices: how likely each is, likeliest first.
        argument: the part of the words that says what about.
        about: the part of an earlier turn that is referred to.
        moods: how likely it is that each is the writer's, by the names that the chooser's card gives them; none where
            the request has earlier turns.
    """

    choices: dict[str, float]
    argument: Piece
    about: Piece
    moods: dict[str, float] = field(default_factory=dict)


@runtime_checkable
class Chooser(Protocol):
    """Says what a request asks for; an embedder may be one too."""

    async def choose(self, words: str, earlier: Sequence[str] = ()) -> Chosen:
        """What is asked for, after earlier turns of the person, oldest first.

        Raises:
            EmbedderError: there is no chooser here, or its worker is gone.
        """
        ...
