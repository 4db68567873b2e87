"""Writes one of our GGUF models (llama architecture, byte-level BPE) as a folder in MLX form: the same weights, the
same vocabulary, so that both back-ends can be asked the same. NumPy alone; packed to fewer bits only with mlx.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from engine.llm.gguf import ArrayInfo, GgufHeader, TensorInfo, read_header

_NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_NORMAL, _CONTROL, _USER_DEFINED = 1, 3, 4


def write_mlx(folder: Path, source: Path, **more: Any) -> Path:
    """Write the model of `source` to `folder`; `more` replaces or adds keys of config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    header = read_header(source)
    tensors = {_mlx_name(t.name): _values(header, t) for t in header.tensors}
    (folder / "model.safetensors").write_bytes(safetensors(tensors))
    for name, content in {"config.json": {**_config(header), **more}, **_tokenizer(header)}.items():
        (folder / name).write_text(json.dumps(content), "utf-8")
    return folder


def quantise_mlx(folder: Path, source: Path, bits: int) -> Path:
    """Write the folder `source` to `folder` with its matrices in so many bits, as mlx-lm's own converter does."""
    import mlx.core as mx

    folder.mkdir(parents=True)
    for file in source.glob("*.json"):
        (folder / file.name).write_bytes(file.read_bytes())
    tensors = {}
    for name, values in mx.load(str(source / "model.safetensors")).items():
        if values.ndim < 2:
            tensors[name] = values
            continue
        packed, scales, biases = mx.quantize(values, group_size=64, bits=bits)
        stem = name.removesuffix(".weight")
        tensors |= {name: packed, f"{stem}.scales": scales, f"{stem}.biases": biases}
    mx.save_safetensors(str(folder / "model.safetensors"), tensors)
    config = json.loads((source / "config.json").read_text("utf-8"))
    config["quantization"] = {"group_size": 64, "bits": bits}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


def safetensors(tensors: dict[str, np.ndarray]) -> bytes:
    """The tensors, in float16, as a safetensors file."""
    infos: dict[str, Any] = {"__metadata__": {"format": "mlx"}}
    blobs, offset = [], 0
    for name, values in tensors.items():
        blobs.append(values.astype("<f2").tobytes())
        span = [offset, offset + len(blobs[-1])]
        infos[name] = {"dtype": "F16", "shape": list(values.shape), "data_offsets": span}
        offset = span[1]
    text = json.dumps(infos).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(blobs)


def _mlx_name(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "blk":
        return f"model.layers.{parts[1]}.{_NAMES[parts[2]]}.weight"
    return f"{_NAMES[parts[0]]}.weight"


def _values(header: GgufHeader, tensor: TensorInfo) -> np.ndarray:
    with header.path.open("rb") as file:
        file.seek(header.data_start + tensor.offset)
        data = file.read(tensor.size_bytes)
    shape = tuple(reversed(tensor.shape))
    if tensor.type == "q8_0":
        blocks = np.frombuffer(data, dtype=[("d", "<f2"), ("q", "i1", 32)])
        return (blocks["d"].astype(np.float32)[:, None] * blocks["q"]).reshape(shape)
    return np.frombuffer(data, {"f32": "<f4", "f16": "<f2"}[tensor.type]).reshape(shape)


def _config(header: GgufHeader) -> dict[str, Any]:
    def number(key: str) -> int:
        return header.number(f"{header.architecture}.{key}")

    heads = number("attention.head_count")
    ends = header.number("tokenizer.ggml.eos_token_id", -1)
    return {
        "model_type": "llama",
        "hidden_size": number("embedding_length"),
        "num_hidden_layers": number("block_count"),
        "intermediate_size": number("feed_forward_length"),
        "num_attention_heads": heads,
        "num_key_value_heads": number("attention.head_count_kv") or heads,
        "rms_norm_eps": header.metadata[f"{header.architecture}.attention.layer_norm_rms_epsilon"],
        "vocab_size": next(t.shape[1] for t in header.tensors if t.name == "token_embd.weight"),
        "max_position_embeddings": number("context_length"),
        "rope_theta": header.metadata.get(f"{header.architecture}.rope.freq_base", 10000.0),
        "rope_traditional": True,
        "tie_word_embeddings": not any(t.name == "output.weight" for t in header.tensors),
        "eos_token_id": ends,
        "scrubjay_kind": header.kind,
    }


def _strings(header: GgufHeader, key: str) -> list[str]:
    info = header.metadata[key]
    if not isinstance(info, ArrayInfo):
        return list(info)
    data, strings, at = header.path.read_bytes()[info.start : info.end], [], 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        strings.append(data[at + 8 : at + 8 + length].decode())
        at += 8 + length
    return strings


def _numbers(header: GgufHeader, key: str) -> list[int]:
    info = header.metadata[key]
    if not isinstance(info, ArrayInfo):
        return list(info)
    return np.frombuffer(header.path.read_bytes()[info.start : info.end], "<i4").tolist()


def _tokenizer(header: GgufHeader) -> dict[str, Any]:
    tokens = _strings(header, "tokenizer.ggml.tokens")
    types = _numbers(header, "tokenizer.ggml.token_type")
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    added = [
        {"id": i, "content": text, **plain, "special": kind == _CONTROL}
        for i, (text, kind) in enumerate(zip(tokens, types, strict=True))
        if kind in (_CONTROL, _USER_DEFINED)
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    merges = [merge.split(" ") for merge in _strings(header, "tokenizer.ggml.merges")]
    end = tokens[header.number("tokenizer.ggml.eos_token_id")]
    return {
        "tokenizer.json": {
            "version": "1.0",
            "added_tokens": added,
            "normalizer": None,
            "pre_tokenizer": byte_level,
            "post_processor": None,
            "decoder": byte_level,
            "model": {"type": "BPE", "vocab": {text: i for i, text in enumerate(tokens)}, "merges": merges},
        },
        "tokenizer_config.json": {"chat_template": header.chat_template, "eos_token": end, "add_bos_token": False},
    }
