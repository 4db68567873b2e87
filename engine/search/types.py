"""What is searched and what a search returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

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
    """Turns texts into vectors of L2 norm 1."""

    model: str
    dim: int

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
