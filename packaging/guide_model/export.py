"""Writes the trained guide as GGUF: `python -m guide_model.export --checkpoint DIR --out guide.gguf`.

GGUF version 3 is little-endian: magic, version, counts, key-value pairs, tensor descriptions, padding to 32 bytes,
then the tensors. It is written here by hand, since NumPy is all that it takes. Matrices become q8_0 (blocks of 32
values: one float16 scale, 32 int8), norms stay float32.

The network rotates neighbouring pairs, as llama.cpp's `llama` architecture does, so query and key need no reordering.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from guide_model.tokenizer import END, SPECIAL_TOKENS
from numpy.typing import NDArray

from engine.agent.guide.understand.grammar import PROTOCOL

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)

_MAGIC, _VERSION, _ALIGNMENT = b"GGUF", 3, 32
_U32, _I32, _F32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_FLOAT32, _Q8_0 = 0, 8
_BLOCK = 32
_NORMAL_TOKEN, _CONTROL_TOKEN = 1, 3
_MOSTLY_Q8_0 = 7


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor as it lies in the file."""

    name: str
    shape: tuple[int, ...]
    kind: int
    data: bytes


def quantise_q8_0(values: NDArray[np.float32]) -> bytes:
    """Rows of a multiple of 32 values as q8_0 blocks."""
    blocks = values.astype(np.float32).reshape(-1, _BLOCK)
    scales = np.abs(blocks).max(axis=1, keepdims=True) / 127.0
    inverse = np.divide(1.0, scales, out=np.zeros_like(scales), where=scales > 0)
    packed = np.empty(len(blocks), dtype=[("scale", "<f2"), ("values", "i1", _BLOCK)])
    packed["scale"] = scales[:, 0]
    packed["values"] = np.rint(blocks * inverse)
    return packed.tobytes()


def to_tensor(name: str, values: NDArray[np.float32]) -> Tensor:
    """Matrices in q8_0, vectors in float32."""
    if values.ndim == 1:
        return Tensor(name, values.shape, _FLOAT32, values.astype("<f4").tobytes())
    return Tensor(name, values.shape, _Q8_0, quantise_q8_0(values))


def write_gguf(path: Path, metadata: dict[str, Any], tensors: list[Tensor]) -> None:
    """The file, replaced whole."""
    head = _MAGIC + struct.pack("<IQQ", _VERSION, len(tensors), len(metadata))
    head += b"".join(_string(key) + _value(value) for key, value in metadata.items())
    offset = 0
    for tensor in tensors:
        sizes = struct.pack(f"<{len(tensor.shape)}Q", *reversed(tensor.shape))
        head += _string(tensor.name) + struct.pack("<I", len(tensor.shape)) + sizes
        head += struct.pack("<IQ", tensor.kind, offset)
        offset += len(_padded(tensor.data))
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(_padded(head) + b"".join(_padded(tensor.data) for tensor in tensors))
    os.replace(unfinished, path)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNMENT)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    """A metadata value with its type; whole numbers are u32, in lists i32."""
    match value:
        case bool():
            return struct.pack("<I?", _BOOL, value)
        case int():
            return struct.pack("<II", _U32, value)
        case float():
            return struct.pack("<If", _F32, value)
        case str():
            return struct.pack("<I", _STRING) + _string(value)
        case [str(), *_]:
            return struct.pack("<IIQ", _ARRAY, _STRING, len(value)) + b"".join(map(_string, value))
        case [int(), *_]:
            return struct.pack(f"<IIQ{len(value)}i", _ARRAY, _I32, len(value), *value)
    raise TypeError(f"no GGUF type for {type(value).__name__}")


def tokenizer_metadata(tokenizer_json: Path) -> dict[str, Any]:
    """Tokens, merges and marks in llama.cpp's keys, from the file of `tokenizers`."""
    model = json.loads(tokenizer_json.read_text(encoding="utf-8"))["model"]
    words = sorted(model["vocab"], key=model["vocab"].__getitem__)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": [*SPECIAL_TOKENS, *words],
        "tokenizer.ggml.token_type": [_CONTROL_TOKEN] * len(SPECIAL_TOKENS) + [_NORMAL_TOKEN] * len(words),
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.bos_token_id": END,
        "tokenizer.ggml.eos_token_id": END,
        "tokenizer.ggml.eot_token_id": END,
        "tokenizer.ggml.padding_token_id": END,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.ggml.add_eos_token": False,
        "tokenizer.chat_template": CHAT_TEMPLATE,
    }


def model_metadata(shape: dict[str, Any]) -> dict[str, Any]:
    """What llama.cpp needs to build the network, and what Scrubjay knows the guide by."""
    return {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": "Scrubjay guide",
        "general.description": "Chooses a tool of Scrubjay and its argument; it writes nothing of its own.",
        "general.license": "mit",
        "general.file_type": _MOSTLY_Q8_0,
        "general.quantization_version": 2,
        "scrubjay.kind": "guide",
        "scrubjay.protocol": PROTOCOL,
        "llama.vocab_size": shape["n_tokens"],
        "llama.context_length": shape["context"],
        "llama.embedding_length": shape["width"],
        "llama.block_count": shape["n_layers"],
        "llama.feed_forward_length": shape["hidden"],
        "llama.attention.head_count": shape["n_heads"],
        "llama.attention.head_count_kv": shape["n_heads"],
        "llama.attention.layer_norm_rms_epsilon": float(shape["norm_epsilon"]),
        "llama.rope.dimension_count": shape["width"] // shape["n_heads"],
        "llama.rope.freq_base": float(shape["rope_base"]),
    }


_LAYER_NAMES = {
    "attention_norm": "attn_norm",
    "query": "attn_q",
    "key": "attn_k",
    "value": "attn_v",
    "out": "attn_output",
    "feed_norm": "ffn_norm",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}


def gguf_name(name: str) -> str:
    """`layers.0.query.weight` → `blk.0.attn_q.weight`."""
    if name == "embedding.weight":
        return "token_embd.weight"
    if name == "norm.weight":
        return "output_norm.weight"
    _, number, part, _ = name.split(".")
    return f"blk.{number}.{_LAYER_NAMES[part]}.weight"


def export(checkpoint_dir: Path, out: Path) -> None:
    """The checkpoint in `checkpoint_dir` as the GGUF file `out`."""
    # Imported here: everything above is also used, and tested, where torch is not installed.
    import torch

    saved = torch.load(checkpoint_dir / "checkpoint.pt", map_location="cpu")
    weights = {name: tensor.float().numpy() for name, tensor in saved["model"].items()}
    metadata = model_metadata(saved["shape"]) | tokenizer_metadata(checkpoint_dir / "tokenizer.json")
    write_gguf(out, metadata, [to_tensor(gguf_name(name), values) for name, values in weights.items()])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="folder of checkpoint.pt and tokenizer.json")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    export(arguments.checkpoint, arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
