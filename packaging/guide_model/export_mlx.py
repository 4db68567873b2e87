"""Writes the trained guide as a folder for mlx-lm: `python -m guide_model.export_mlx --checkpoint DIR --out FOLDER`.

The folder has what mlx-lm looks for: config.json, model.safetensors (float16), tokenizer.json, tokenizer_config.json
with the chat template. The rotation of neighbouring pairs is `rope_traditional` there. safetensors is a length, a JSON
header and the tensors one after the other, and is written here by hand, since NumPy is all that it takes.
"""

from __future__ import annotations

import argparse
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from guide_model.export import CHAT_TEMPLATE
from guide_model.tokenizer import END, SPECIAL_TOKENS
from numpy.typing import NDArray

_PARTS = {
    "attention_norm": "input_layernorm",
    "feed_norm": "post_attention_layernorm",
    "query": "self_attn.q_proj",
    "key": "self_attn.k_proj",
    "value": "self_attn.v_proj",
    "out": "self_attn.o_proj",
    "gate": "mlp.gate_proj",
    "up": "mlp.up_proj",
    "down": "mlp.down_proj",
}


def mlx_name(name: str) -> str:
    """`layers.0.query.weight` → `model.layers.0.self_attn.q_proj.weight`."""
    if name == "embedding.weight":
        return "model.embed_tokens.weight"
    if name == "norm.weight":
        return "model.norm.weight"
    _, number, part, _ = name.split(".")
    return f"model.layers.{number}.{_PARTS[part]}.weight"


def safetensors(tensors: Mapping[str, NDArray[np.float16]]) -> bytes:
    """The tensors as a safetensors file."""
    header: dict[str, Any] = {"__metadata__": {"format": "mlx"}}
    data = b""
    for name, values in tensors.items():
        packed = values.astype("<f2").tobytes()
        header[name] = {
            "dtype": "F16",
            "shape": list(values.shape),
            "data_offsets": [len(data), len(data) + len(packed)],
        }
        data += packed
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def config(shape: Mapping[str, Any]) -> dict[str, Any]:
    """config.json of a llama, as mlx-lm reads it."""
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": shape["width"],
        "num_hidden_layers": shape["n_layers"],
        "intermediate_size": shape["hidden"],
        "num_attention_heads": shape["n_heads"],
        "num_key_value_heads": shape["n_heads"],
        "rms_norm_eps": shape["norm_epsilon"],
        "vocab_size": shape["n_tokens"],
        "max_position_embeddings": shape["context"],
        "rope_theta": shape["rope_base"],
        "rope_traditional": True,
        "tie_word_embeddings": True,
        "bos_token_id": END,
        "eos_token_id": END,
        # mlx-lm does not look at it; Scrubjay does: this model chooses and writes nothing.
        "scrubjay_kind": "guide",
    }


def tokenizer_files(tokenizer: dict[str, Any]) -> dict[str, Any]:
    """tokenizer.json with the special tokens in front, and its configuration."""
    shift = len(SPECIAL_TOKENS)
    vocabulary = {word: number + shift for word, number in tokenizer["model"]["vocab"].items()}
    marks = dict(zip(SPECIAL_TOKENS, range(shift), strict=True))
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    added = [{"id": number, "content": mark, **plain} for mark, number in marks.items()]
    model = {**tokenizer["model"], "vocab": marks | vocabulary}
    end = SPECIAL_TOKENS[END]
    return {
        "tokenizer.json": {**tokenizer, "added_tokens": added, "model": model},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "chat_template": CHAT_TEMPLATE,
            "add_bos_token": False,
            "bos_token": end,
            "eos_token": end,
            "pad_token": end,
        },
    }


def export(checkpoint_dir: Path, out: Path) -> None:
    """The checkpoint in `checkpoint_dir` as the folder `out`."""
    # Imported here: everything above is also used, and tested, where torch is not installed.
    import torch

    saved = torch.load(checkpoint_dir / "checkpoint.pt", map_location="cpu")
    out.mkdir(parents=True, exist_ok=True)
    weights = {mlx_name(name): tensor.float().numpy().astype(np.float16) for name, tensor in saved["model"].items()}
    (out / "model.safetensors").write_bytes(safetensors(weights))
    tokenizer = json.loads((checkpoint_dir / "tokenizer.json").read_text(encoding="utf-8"))
    for name, content in {"config.json": config(saved["shape"]), **tokenizer_files(tokenizer)}.items():
        (out / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="folder of checkpoint.pt and tokenizer.json")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    export(arguments.checkpoint, arguments.out)
    print(arguments.out)


if __name__ == "__main__":
    main()
