"""Writes small GGUF models with random weights: llama architecture, byte-level BPE, no dependency but NumPy.

They say nothing sensible and take the same paths through llama.cpp as a real one, which is what tests of the
worker and benchmarks of its cost need. `TINY` has about a million parameters, `SMALL` about a hundred.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ("<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|end|>", "<|bos|>")
# A user-defined token that looks like a mark, one that does not, and one of more than 32 bytes.
USER_DEFINED = ("<tool_call>", "\n\n\n\n")
LONG_TOKEN = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
_ALIGNMENT = 32
_F32, _Q8_0 = 0, 8
_U32, _I32, _FLOAT, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9


@dataclass(frozen=True)
class Shape:
    """Sizes of a model."""

    n_embd: int = 128
    n_layer: int = 4
    n_head: int = 4
    n_head_kv: int = 4
    n_ff: int = 352
    n_vocab: int = 512
    n_ctx: int = 4096


TINY = Shape()
SMALL = Shape(n_embd=768, n_layer=12, n_head=12, n_head_kv=12, n_ff=2048, n_vocab=16384)


def byte_characters() -> list[str]:
    """The printable character that byte-level BPE writes for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(others)) for b in range(256)]


def _spell(text: str) -> str:
    table = byte_characters()
    return "".join(table[b] for b in text.encode())


def vocabulary(n: int) -> tuple[list[str], list[int], list[str]]:
    """Tokens, their types, and merges: bytes, specials, the parts of one long word, then pairs of letters."""
    tokens = byte_characters()
    types = [1] * 256
    merges: list[str] = []
    tokens += SPECIAL
    types += [3] * len(SPECIAL)
    tokens += USER_DEFINED
    types += [4] * len(USER_DEFINED)
    letters = [_spell(c) for c in " etaoinshrdlucmfwypvbgkjqxzETAOINSHRDLU.,'0123456789"]
    pairs = [(a, b) for a in letters for b in letters]
    for i in range(2, len(LONG_TOKEN) + 1):
        pairs.insert(i - 2, (LONG_TOKEN[: i - 1], LONG_TOKEN[i - 1]))
    pairs += [(a + b, c) for a in letters for b in letters for c in letters]
    for a, b in pairs:
        if len(tokens) == n:
            break
        if a + b not in tokens[256:]:
            tokens.append(a + b)
            types.append(1)
            merges.append(f"{a} {b}")
    while len(tokens) < n:
        tokens.append(f"[unused{len(tokens)}]")
        types.append(5)
    return tokens, types, merges


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", _BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", _U32, value)
    if isinstance(value, float):
        return struct.pack("<If", _FLOAT, value)
    if isinstance(value, str):
        return struct.pack("<I", _STRING) + _string(value)
    if value and isinstance(value[0], str):
        return struct.pack("<IIQ", _ARRAY, _STRING, len(value)) + b"".join(map(_string, value))
    return struct.pack("<IIQ", _ARRAY, _I32, len(value)) + struct.pack(f"<{len(value)}i", *value)


def quantise_q8_0(weights: np.ndarray) -> bytes:
    """Blocks of 32: an f16 scale and 32 signed bytes."""
    blocks = weights.reshape(-1, 32)
    scale = (np.abs(blocks).max(axis=1) / 127).astype(np.float16)
    divisor = np.where(scale == 0, 1, scale).astype(np.float32)[:, None]
    codes = np.clip(np.rint(blocks / divisor), -127, 127).astype(np.int8)
    out = np.empty(len(blocks), dtype=[("d", "<f2"), ("q", "i1", 32)])
    out["d"], out["q"] = scale, codes
    return out.tobytes()


def metadata(shape: Shape, **more: Any) -> dict[str, Any]:
    """The keys of such a model; `more` replaces or adds (dots as double underscores), None leaves out."""
    tokens, types, merges = vocabulary(shape.n_vocab)
    keys: dict[str, Any] = {
        "general.architecture": "llama",
        "general.name": "Tiny random",
        "general.file_type": 7,
        "llama.context_length": shape.n_ctx,
        "llama.embedding_length": shape.n_embd,
        "llama.block_count": shape.n_layer,
        "llama.feed_forward_length": shape.n_ff,
        "llama.attention.head_count": shape.n_head,
        "llama.attention.head_count_kv": shape.n_head_kv,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": shape.n_embd // shape.n_head,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.bos_token_id": tokens.index("<|bos|>"),
        "tokenizer.ggml.eos_token_id": tokens.index("<|end|>"),
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": TEMPLATE,
    }
    keys.update({key.replace("__", "."): value for key, value in more.items()})
    return {key: value for key, value in keys.items() if value is not None}


def _tensors(shape: Shape) -> list[tuple[str, tuple[int, ...]]]:
    d, ff, kv = shape.n_embd, shape.n_ff, shape.n_embd // shape.n_head * shape.n_head_kv
    layers = [
        (f"blk.{i}.{name}.weight", size)
        for i in range(shape.n_layer)
        for name, size in (
            ("attn_norm", (d,)), ("attn_q", (d, d)), ("attn_k", (kv, d)), ("attn_v", (kv, d)), ("attn_output", (d, d)),
            ("ffn_norm", (d,)), ("ffn_gate", (ff, d)), ("ffn_up", (ff, d)), ("ffn_down", (d, ff)),
        )
    ]  # fmt: skip
    ends = [("output_norm.weight", (d,)), ("output.weight", (shape.n_vocab, d))]
    return [("token_embd.weight", (shape.n_vocab, d)), *layers, *ends]


def _mute_all_but_text(weights: np.ndarray) -> None:
    """Make a greedy choice always one of printable ASCII: half the logit of a letter never wins."""
    tokens, types, _ = vocabulary(len(weights))
    mute = [i for i, kind in enumerate(types) if kind != 1 or (i < 256 and not 32 <= i < 127)]
    weights[mute] = weights[tokens.index("e")] / 2


def write_gguf(path: Path, shape: Shape = TINY, *, seed: int = 0, plain: bool = False, **more: Any) -> Path:
    """Write a model with random weights to `path`; a `plain` one, chosen from greedily, says text without end."""
    rng = np.random.default_rng(seed)
    infos, blobs, offset = [], [], 0
    for name, size in _tensors(shape):
        if len(size) == 1:
            kind, blob = _F32, np.ones(size, np.float32).tobytes()
        else:
            weights = rng.standard_normal(size, dtype=np.float32) * (2.0 if name == "output.weight" else 1.0)
            if plain and name == "output.weight":
                _mute_all_but_text(weights)
            kind, blob = _Q8_0, quantise_q8_0(weights / np.sqrt(size[-1], dtype=np.float32))
        dims = struct.pack(f"<{len(size)}Q", *reversed(size))
        infos.append(_string(name) + struct.pack("<I", len(size)) + dims + struct.pack("<IQ", kind, offset))
        blobs.append(blob + bytes(-len(blob) % _ALIGNMENT))
        offset += len(blobs[-1])
    keys = metadata(shape, **more)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(keys))
    head += b"".join(_string(key) + _value(value) for key, value in keys.items()) + b"".join(infos)
    with path.open("wb") as file:
        file.write(head + bytes(-len(head) % _ALIGNMENT))
        file.writelines(blobs)
    return path
