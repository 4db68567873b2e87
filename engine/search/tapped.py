"""Models that go on from inside the embedding model: the reader (reading.py) and the chooser (choosing.py).

The reader is a model of its own that begins with hidden states of the embedding model, for which the latter is given
one output more. The chooser is a part of a graph that is appended to the embedding model's and uses its weights.
Each has a folder with one file and a card that says which embedding model it belongs to.

ONNX Runtime computes a whole graph, whichever outputs are asked for: with the chooser in it a vector took half as long
again, and the reader's hidden states twice as long as their three layers. What only some runs want is therefore put
behind a switch, an input that says whether it is wanted (`behind_switches`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
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


def behind_switches(model: bytes, switches: Mapping[str, Sequence[str]]) -> bytes:
    """An ONNX file that computes some of its outputs only where their new input, a bool, is true.

    What the other outputs do not need moves into the branch of an If, and into several where several need it; weights
    stay outside, where all share them. Where a switch is false its outputs are a single 0.

    Args:
        switches: outputs by the name of their switch; an output that is computed from another stands behind it.
    """
    graph = b"".join(value for number, _, value in _fields(model) if number == _GRAPH)
    nodes = [_Node(field, *_names(value)) for number, field, value in _fields(graph) if number == _NODE]
    outputs = [_first_string(value) for number, _, value in _fields(graph) if number == _OUTPUT]
    live = {_first_string(value) for number, _, value in _fields(graph) if number == _INPUT}
    for node in nodes:
        if live.intersection(node.inputs):
            live.update(node.outputs)
    switched = set(chain.from_iterable(switches.values()))
    always = _ancestors(nodes, [name for name in outputs if name not in switched])
    always |= {at for at, node in enumerate(nodes) if not live.intersection(node.outputs)}
    kept = [nodes[at].field for at in sorted(always)]
    choices = []
    for switch, names in switches.items():
        inner = [nodes[at].field for at in sorted(_ancestors(nodes, names, switched.difference(names)) - always)]
        choices.append(_choice(switch, names, inner))
    rest = [field for number, field, _ in _fields(graph) if number != _NODE]
    opening = [_field(_INPUT, _field(1, switch.encode()) + _BOOL) for switch in switches]
    head = (field for number, field, _ in _fields(model) if number != _GRAPH)
    return b"".join([*head, _field(_GRAPH, b"".join([*kept, *choices, *rest, *opening]))])


def _choice(switch: str, outputs: Sequence[str], nodes: Sequence[memoryview]) -> bytes:
    """The node that computes outputs by these nodes where the switch is true."""
    named = [_field(_OUTPUT, _field(1, name.encode()) + _FLOAT32) for name in outputs]
    wanted = b"".join([*nodes, _field(2, b"wanted"), *named])
    zeros = [_field(_NODE, _field(2, name.encode()) + _field(4, b"Constant") + _ZERO) for name in outputs]
    unwanted = b"".join([*zeros, _field(2, b"unwanted"), *named])
    branches = _field(5, _branch(b"then_branch", wanted)) + _field(5, _branch(b"else_branch", unwanted))
    ends = b"".join(_field(2, name.encode()) for name in outputs)
    return _field(_NODE, _field(1, switch.encode()) + ends + _field(4, b"If") + branches)


# Numbers of fields: of a model, then of a graph.
_GRAPH = 7
_NODE, _INPUT, _OUTPUT = 1, 11, 12


@dataclass(frozen=True, slots=True)
class _Node:
    field: memoryview
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def _ancestors(nodes: Sequence[_Node], outputs: Iterable[str], given: Collection[str] = ()) -> set[int]:
    """Places of the nodes that outputs are computed with, but for what is given."""
    made_by = {name: at for at, node in enumerate(nodes) for name in node.outputs if name not in given}
    found: set[int] = set()
    open_names = list(outputs)
    while open_names:
        at = made_by.get(open_names.pop())
        if at is not None and at not in found:
            found.add(at)
            open_names += nodes[at].inputs
    return found


def _names(node: memoryview) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a node is computed from and what it gives."""
    parts = [(number, bytes(value).decode()) for number, _, value in _fields(node) if number <= 2]
    inputs, outputs = (tuple(name for number, name in parts if number == kind) for kind in (1, 2))
    return inputs, outputs


def _first_string(message: memoryview) -> str:
    return next(bytes(value).decode() for number, _, value in _fields(message) if number == 1)


def _fields(message: bytes | memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Number, the whole field and its value, of every field that has a length; a number's value is left empty."""
    view, at = memoryview(message), 0
    while at < len(view):
        start = at
        key, at = _varint(view, at)
        kind, size = key & 7, 0
        if kind == _LENGTH:
            size, at = _varint(view, at)
        elif kind == _VARINT:
            _, at = _varint(view, at)
        else:
            size = 8 if kind == _BITS_64 else 4
        yield key >> 3, view[start : at + size], view[at : at + size]
        at += size


_VARINT, _BITS_64, _LENGTH = 0, 1, 2


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while view[at] > 127:
        value |= (view[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return value | view[at] << shift, at + 1


def _field(number: int, value: bytes) -> bytes:
    """A field of protobuf whose value has a length."""
    size, head = len(value), bytes([number << 3 | 2])
    while size > 127:
        head, size = head + bytes([size & 127 | 128]), size >> 7
    return head + bytes([size]) + value


def _branch(name: bytes, graph: bytes) -> bytes:
    """An attribute that is a graph."""
    return _field(1, name) + _field(6, graph) + b"\xa0\x01\x05"


# A float32 of unknown shape, a bool without one; and as an attribute a float32 of shape (1, 1).
_FLOAT32 = _field(2, _field(1, b"\x08\x01"))
_BOOL = _field(2, _field(1, b"\x08\x09" + _field(2, b"")))
_ZERO = _field(5, _field(1, b"value") + _field(5, b"\x08\x01\x08\x01\x10\x01" + _field(9, bytes(4))) + b"\xa0\x01\x04")
