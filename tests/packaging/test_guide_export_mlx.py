"""The MLX folder, read back without mlx; that mlx-lm chooses the same with it is checked by hand (see the card)."""

from __future__ import annotations

import json
import struct

import numpy as np
from guide_model.export_mlx import config, mlx_name, safetensors, tokenizer_files
from guide_model.tokenizer import SPECIAL_TOKENS, GuideTokenizer, train_tokenizer
from tokenizers import Tokenizer

SHAPE = {"n_tokens": 320, "width": 64, "n_layers": 1, "n_heads": 2, "hidden": 96, "context": 128,
         "rope_base": 10000.0, "norm_epsilon": 1e-5}  # fmt: skip


def test_safetensors_hold_every_value_in_float16() -> None:
    tensors = {"a": np.arange(6, dtype=np.float16).reshape(2, 3), "b": np.array([0.5], np.float16)}
    data = safetensors(tensors)
    (size,) = struct.unpack("<Q", data[:8])
    assert size % 8 == 0
    header = json.loads(data[8 : 8 + size])
    for name, values in tensors.items():
        start, end = header[name]["data_offsets"]
        stored = np.frombuffer(data[8 + size + start : 8 + size + end], "<f2").reshape(header[name]["shape"])
        assert np.array_equal(stored, values)


def test_the_network_is_described_as_mlx_lm_reads_it() -> None:
    described = config(SHAPE)
    assert (described["model_type"], described["rope_traditional"], described["tie_word_embeddings"]) == (
        "llama",
        True,
        True,
    )
    assert mlx_name("layers.3.gate.weight") == "model.layers.3.mlp.gate_proj.weight"
    assert mlx_name("norm.weight") == "model.norm.weight"


def test_text_has_the_same_tokens_in_the_folder(tmp_path) -> None:
    trained = train_tokenizer(["What is the notice period?", "Zürich 12.11.1941"] * 20, 300)
    trained.save(str(tmp_path / "tokenizer.json"))
    files = tokenizer_files(json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8")))
    moved = Tokenizer.from_str(json.dumps(files["tokenizer.json"]))
    own = GuideTokenizer.load(tmp_path / "tokenizer.json")
    for text in ("What is the notice?", "Zürich, 3.5", "x = foo(bar)"):
        assert moved.encode(text, add_special_tokens=False).ids == own.encode(text)
    assert [moved.token_to_id(mark) for mark in SPECIAL_TOKENS] == list(range(len(SPECIAL_TOKENS)))
