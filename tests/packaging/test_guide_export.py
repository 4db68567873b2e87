"""The GGUF file that the export script writes, read back without its code."""

from __future__ import annotations

import json
from pathlib import Path

import llama_cpp
import numpy as np
import pytest
from guide_model.export import CHAT_TEMPLATE, model_metadata, quantise_q8_0, to_tensor, tokenizer_metadata, write_gguf
from guide_model.tokenizer import SPECIAL_TOKENS, GuideTokenizer, train_tokenizer
from jinja2 import Environment

from engine.agent.guide.understand.grammar import PROTOCOL
from engine.llm.gguf import read_header

SHAPE = {"n_tokens": 0, "width": 64, "n_layers": 1, "n_heads": 2, "hidden": 96, "context": 128,
         "rope_base": 10000.0, "norm_epsilon": 1e-5}  # fmt: skip
TEXTS = [
    "What is the notice period of my lease?",
    'remember {"text": "Zürich, 12.11.1941"}',
    "it's we're I'LL  two  spaces\n\nlines\t",
    "<|end|> <|user|>",
    "👩‍👩‍👧 漢字 e\u0301 x = foo(bar[0]); --no-index 3.14",
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny guide with random weights, and its tokenizer beside it."""
    folder = tmp_path_factory.mktemp("guide")
    tokenizer = train_tokenizer(TEXTS * 20, 400)
    tokenizer.save(str(folder / "tokenizer.json"))
    metadata = tokenizer_metadata(folder / "tokenizer.json")
    n_tokens = len(metadata["tokenizer.ggml.tokens"])
    draw = np.random.default_rng(1)
    width, hidden = SHAPE["width"], SHAPE["hidden"]
    shapes = {
        "token_embd": (n_tokens, width),
        "output_norm": (width,),
        "blk.0.attn_norm": (width,),
        "blk.0.ffn_norm": (width,),
    }
    shapes |= {f"blk.0.attn_{part}": (width, width) for part in ("q", "k", "v", "output")}
    shapes |= {"blk.0.ffn_gate": (hidden, width), "blk.0.ffn_up": (hidden, width), "blk.0.ffn_down": (width, hidden)}
    tensors = [
        to_tensor(f"{name}.weight", draw.normal(size=shape).astype(np.float32)) for name, shape in shapes.items()
    ]
    write_gguf(folder / "guide.gguf", model_metadata(SHAPE | {"n_tokens": n_tokens}) | metadata, tensors)
    return folder


def test_q8_0_keeps_values_within_half_a_step() -> None:
    values = np.random.default_rng(2).normal(size=(4, 64)).astype(np.float32)
    values[0, :32] = 0.0
    blocks = np.frombuffer(quantise_q8_0(values), dtype=[("scale", "<f2"), ("values", "i1", 32)])
    restored = (blocks["scale"].astype(np.float32)[:, None] * blocks["values"]).reshape(values.shape)
    steps = np.abs(values).reshape(-1, 32).max(axis=1).repeat(32).reshape(values.shape) / 127
    assert np.all(np.abs(restored - values) <= steps * 0.6 + 1e-9)


def test_the_header_passes_the_check_of_the_engine(exported: Path) -> None:
    header = read_header(exported / "guide.gguf")
    assert header.metadata["scrubjay.kind"] == "guide"
    assert header.metadata["scrubjay.protocol"] == PROTOCOL
    assert header.metadata["general.name"] == "Scrubjay guide"
    assert header.metadata["tokenizer.ggml.add_bos_token"] is False


def test_llama_cpp_loads_it_and_decodes(exported: Path) -> None:
    llama = llama_cpp.Llama(str(exported / "guide.gguf"), n_ctx=64, n_threads=1, verbose=False)
    llama.eval([1, 20, 21, 4, 2])
    assert llama.n_tokens == 5
    llama.close()


def test_llama_cpp_cuts_text_as_the_training_did(exported: Path) -> None:
    llama = llama_cpp.Llama(str(exported / "guide.gguf"), vocab_only=True, n_ctx=64, verbose=False)
    tokenizer = GuideTokenizer.load(exported / "tokenizer.json")
    for text in [*TEXTS, "1,234.5", " ", "a\u00a0b", "\x01", "ÄÖÜß ñ"]:
        ids = tokenizer.encode(text)
        assert llama.tokenize(text.encode(), add_bos=False, special=False) == ids
        assert tokenizer.decode(ids) == text
        assert min(ids) >= len(SPECIAL_TOKENS)
    llama.close()


def test_numbers_are_rows_of_digits(exported: Path) -> None:
    tokenizer = GuideTokenizer.load(exported / "tokenizer.json")
    assert len(tokenizer.encode("12111941")) == 8
    vocabulary = json.loads((exported / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    assert not [token for token in vocabulary if len(token) > 1 and any(c in "0123456789" for c in token)]


def test_the_chat_template_renders_turns_with_their_marks() -> None:
    messages = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "greet"},
        {"role": "user", "content": "2+2"},
    ]
    rendered = (
        Environment(autoescape=False).from_string(CHAT_TEMPLATE).render(messages=messages, add_generation_prompt=True)
    )
    assert rendered == "<|user|>hi<|end|><|assistant|>greet<|end|><|user|>2+2<|end|><|assistant|>"
