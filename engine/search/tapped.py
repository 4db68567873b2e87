"""Models that go on from inside the embedding model: the reader (reading.py) and the chooser (choosing.py).

The reader is a model of its own that begins with hidden states of the embedding model, for which the latter is given
one output more. The chooser is a part of a graph that is appended to the embedding model's and uses its weights.
Each has a folder with one file and a card that says which embedding model it belongs to.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import EmbedderError

CARD = "card.json"


@dataclass(frozen=True, slots=True)
class TappedCard:
    """What the folder of such a model says of it.

    Attributes:
        file: name of the file.
        reads: SHA-256 of the embedding model that it belongs to.
        fields: everything that the card says.
    """

    folder: Path
    file: str
    reads: str
    sha256: str
    fields: dict[str, Any] = field(default_factory=dict)

    def read_checked(self) -> bytes:
        """The bytes of the model.

        Raises:
            EmbedderError: they are not those that the card names.
        """
        data = (self.folder / self.file).read_bytes()
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise EmbedderError(f"The file of the {Path(self.file).stem} is damaged; install Scrubjay again.")
        return data


def load_tapped_card(folder: Path) -> TappedCard | None:
    """The card of a folder, None where there is no such model in it."""
    try:
        fields = json.loads((folder / CARD).read_text(encoding="utf-8"))
        ((file, entry),) = fields["files"].items()
        return TappedCard(folder, str(file), fields["reads"], entry["sha256"], fields)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def open_tap(model: bytes, tensor: str) -> bytes:
    """An ONNX file whose graph also gives out one of its inner tensors of float32."""
    float32 = _field(1, b"\x08\x01")
    return append_to_graph(model, _field(12, _field(1, tensor.encode()) + _field(2, float32)))


def append_to_graph(model: bytes, part: bytes) -> bytes:
    """An ONNX file whose graph goes on with the nodes, constants and outputs of another, which may use its tensors.

    Two messages of protobuf that stand one after the other are one message, whose lists are joined: what is appended
    is a model of which nothing is said but this part of its graph.
    """
    return model + _field(7, part)


def _field(number: int, value: bytes) -> bytes:
    """A field of protobuf whose value has a length."""
    size, head = len(value), bytes([number << 3 | 2])
    while size > 127:
        head, size = head + bytes([size & 127 | 128]), size >> 7
    return head + bytes([size]) + value
