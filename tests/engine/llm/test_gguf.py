"""A GGUF header is read whole or refused with a sentence, whatever the bytes are."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ModelBrokenError, ModelNotFoundError
from engine.llm.gguf import ArrayInfo, read_header
from tests.bench.tiny_gguf import LONG_TOKEN, TINY, write_gguf


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


def test_header_tells_what_the_model_is(model: Path) -> None:
    header = read_header(model)
    assert (header.name, header.architecture, header.kind) == ("Tiny random", "llama", "chat")
    assert (header.n_ctx_train, header.quantisation) == (4096, "q8_0")
    assert 900_000 < header.n_params < 1_000_000
    assert "add_generation_prompt" in header.chat_template
    assert isinstance(header.metadata["tokenizer.ggml.tokens"], ArrayInfo)


def test_tokens_are_found_without_reading_the_vocabulary(model: Path) -> None:
    header = read_header(model)
    assert header.has_token("<|user|>")
    assert header.has_token(LONG_TOKEN)
    assert not header.has_token("<|im_start|>")


def test_guide_is_recognised(tmp_path: Path) -> None:
    assert read_header(write_gguf(tmp_path / "guide.gguf", scrubjay__kind="guide")).kind == "guide"


def test_name_falls_back_to_the_file(tmp_path: Path) -> None:
    assert read_header(write_gguf(tmp_path / "plain.gguf", general__name=None)).name == "plain"


def test_every_truncation_is_refused(model: Path, tmp_path: Path) -> None:
    data = model.read_bytes()
    cut = tmp_path / "cut.gguf"
    rng = random.Random(1)
    lengths = [0, 1, 3, 4, 8, 23, 24, 25, len(data) - 1, *(rng.randrange(len(data)) for _ in range(150))]
    for length in lengths:
        cut.write_bytes(data[:length])
        with pytest.raises(ModelBrokenError, match=r"cut\.gguf"):
            read_header(cut)


def test_flipped_bytes_are_refused_or_read_but_never_anything_else(model: Path, tmp_path: Path) -> None:
    data = model.read_bytes()
    end = read_header(model).data_start
    path = tmp_path / "flipped.gguf"
    rng = random.Random(2)
    refused = 0
    for _ in range(400):
        flipped = bytearray(data)
        for _ in range(rng.choice((1, 1, 4, 32))):
            flipped[rng.randrange(end)] = rng.choice((0, 0xFF, 0x7F, rng.randrange(256)))
        path.write_bytes(flipped)
        try:
            read_header(path)
        except ModelBrokenError:
            refused += 1
    assert refused > 40


@pytest.mark.parametrize(
    ("offset", "value", "why"),
    [
        (4, struct.pack("<I", 1), "version"),
        (4, struct.pack(">I", 3), "version"),
        (8, struct.pack("<Q", 2**63), "counts"),
        (16, struct.pack("<Q", 2**40), "counts"),
        (24, struct.pack("<Q", 2**62), "longer than the file"),
    ],
)
def test_impossible_numbers_are_named(model: Path, tmp_path: Path, offset: int, value: bytes, why: str) -> None:
    data = bytearray(model.read_bytes())
    data[offset : offset + len(value)] = value
    path = tmp_path / "bad.gguf"
    path.write_bytes(data)
    with pytest.raises(ModelBrokenError, match=why):
        read_header(path)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"general__architecture": ""}, "what kind"),
        ({"general__architecture": "bert"}, "for search"),
        ({"llama__context_length": 0}, "context length"),
        ({"llama__block_count": 2**31}, "block count"),
        ({"llama__attention__head_count": 0}, "shape"),
        ({"general__alignment": 33}, "alignment"),
        ({"tokenizer__ggml__token_type": [1] * 80}, "vocabulary"),
        ({"tokenizer__ggml__tokens": None}, "vocabulary"),
    ],
)
def test_values_that_would_end_the_process_are_refused(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    with pytest.raises(ModelBrokenError, match=why):
        read_header(write_gguf(tmp_path / "bad.gguf", TINY, **more))


def test_other_files_are_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.gguf"
    page.write_text("<!DOCTYPE html><title>Not found</title>" * 10)
    with pytest.raises(ModelBrokenError, match="not a GGUF file"):
        read_header(page)
    with pytest.raises(ModelNotFoundError, match="no model file"):
        read_header(tmp_path / "absent.gguf")
    with pytest.raises(ModelNotFoundError, match="not a file"):
        read_header(tmp_path)


def test_a_vocabulary_with_a_word_twice_is_refused_because_llama_cpp_would_abort(model: Path, tmp_path: Path) -> None:
    data = model.read_bytes()
    info = read_header(model).metadata["tokenizer.ggml.tokens"]
    path = tmp_path / "twice.gguf"
    longest = LONG_TOKEN.encode()
    for same in (longest[:-1] + b"\0", longest[:20] + b"\0" * (len(longest) - 20)):
        at = data.rindex(longest, info.start, info.end)
        path.write_bytes(data[:at] + same + data[at + len(longest) :])
        with pytest.raises(ModelBrokenError, match="twice in its vocabulary"):
            read_header(path)


def test_a_header_of_a_kind_that_is_not_known_is_not_called_damaged(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "new.gguf", TINY, general__architecture="newkind")
    with pytest.raises(ModelBrokenError, match=r"does not say its context length.*Choose another") as refused:
        read_header(path)
    assert "download" not in str(refused.value)
