"""Writes GGUF models of any size and quantisation whose weights are noise: what counts is how they are loaded.

The blocks are random bytes with small scales, made once and repeated, so that two billion parameters are
written in seconds. Nothing sensible comes out of them; sizes, buffers and speed are those of a real model.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.tiny_gguf import TINY, Shape, _string, _tensors, _value, metadata, vocabulary

_ALIGNMENT = 32
_CHUNK_BYTES = 1 << 24
# ggml type → (number, values in a block, bytes of a block, where its f16 scales are, general.file_type).
TYPES: dict[str, tuple[int, int, int, tuple[int, ...], int]] = {
    "f32": (0, 1, 4, (), 0),
    "f16": (1, 1, 2, (), 1),
    "q4_0": (2, 32, 18, (0,), 2),
    "q8_0": (8, 32, 34, (0,), 7),
    "q4_k": (12, 256, 144, (0, 2), 15),
    "q5_k": (13, 256, 176, (0, 2), 17),
    "q6_k": (14, 256, 210, (208,), 18),
}


@dataclass(frozen=True)
class Made:
    """A model to write: its shape, the type of its weights, and that of its embedding and output."""

    shape: Shape
    weights: str = "q8_0"
    ends: str = ""
    tied: bool = False


def _blocks(kind: str, n_bytes: int, rng: np.random.Generator) -> bytes:
    """Random blocks with scales of about 1/100."""
    _, _, block, scales, _ = TYPES[kind]
    n = n_bytes // block
    if kind in ("f16", "f32"):
        return (rng.standard_normal(n, dtype=np.float32) * 0.02).astype(f"<f{block}").tobytes()
    data = rng.integers(0, 256, (n, block), np.uint8)
    for place in scales:
        data[:, place : place + 2] = np.frombuffer(np.float16(0.001).tobytes(), np.uint8)
    return data.tobytes()


def _plan(made: Made) -> Iterator[tuple[str, tuple[int, ...], str, int]]:
    for name, size in _tensors(made.shape):
        if made.tied and name == "output.weight":
            continue
        kind = made.weights
        if name in ("output.weight", "token_embd.weight"):
            kind = made.ends or made.weights
        if len(size) == 1:
            kind = "f32"
        _, values, block, _, _ = TYPES[kind]
        yield name, size, kind, math.prod(size) // values * block


def _vocabulary(shape: Shape) -> dict[str, Any]:
    """The vocabulary of TINY, filled up with tokens that nothing makes."""
    tokens, types, merges = vocabulary(min(shape.n_vocab, TINY.n_vocab))
    n_more = shape.n_vocab - len(tokens)
    return {
        "tokenizer__ggml__tokens": [*tokens, *(f"[unused{n}]" for n in range(n_more))],
        "tokenizer__ggml__token_type": [*types, *[5] * n_more],
        "tokenizer__ggml__merges": merges,
    }


def write_shaped(path: Path, made: Made, *, hollow: bool = False, **more: Any) -> Path:
    """Write the model to `path`; `more` as in `tiny_gguf.metadata`.

    Args:
        hollow: all weights zero and no place taken on the disk: to be looked at, not to be loaded.
    """
    rng = np.random.default_rng(0)
    plan = list(_plan(made))
    infos, offset = [], 0
    for name, size, kind, n_bytes in plan:
        dims = struct.pack(f"<{len(size)}Q", *reversed(size))
        infos.append(_string(name) + struct.pack("<I", len(size)) + dims + struct.pack("<IQ", TYPES[kind][0], offset))
        offset += -(-n_bytes // _ALIGNMENT) * _ALIGNMENT
    keys = metadata(
        replace(made.shape, n_vocab=min(made.shape.n_vocab, TINY.n_vocab)),
        **{"general__file_type": TYPES[made.weights][4], **_vocabulary(made.shape), **more},
    )
    head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(keys))
    head += b"".join(_string(key) + _value(value) for key, value in keys.items()) + b"".join(infos)
    noise: dict[str, bytes] = {}
    with path.open("wb") as file:
        file.write(head + bytes(-len(head) % _ALIGNMENT))
        if hollow:
            file.truncate(file.tell() + offset)
            return path
        for _, _, kind, n_bytes in plan:
            block = TYPES[kind][2]
            if kind not in noise:
                most = min(_CHUNK_BYTES, max(size for _, _, other, size in plan if other == kind))
                noise[kind] = _blocks(kind, most // block * block, rng)
            piece = noise[kind]
            for start in range(0, n_bytes, len(piece)):
                file.write(piece[: n_bytes - start])
            file.write(bytes(-n_bytes % _ALIGNMENT))
    return path
