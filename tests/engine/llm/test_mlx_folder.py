"""A folder in MLX form is checked before anything else reads it; what is wrong is a sentence."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import ModelBrokenError, ModelNotFoundError
from engine.llm.mlx_folder import read_folder, shape_of_folder
from tests.bench.mlx_model import write_mlx
from tests.bench.tiny_gguf import Shape, write_gguf


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    return write_mlx(folder / "tiny", write_gguf(folder / "tiny.gguf", Shape(n_layer=1)))


def _config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _weights(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / "model.safetensors"
        path.write_bytes(change(path.read_bytes()))

    return apply


def _header(change: Callable[[dict[str, dict[str, object]]], None]) -> Callable[[Path], None]:
    def apply(data: bytes) -> bytes:
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + length])
        change(header)
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data[8 + length :]

    return _weights(apply)


def _set(key: str, value: object) -> Callable[[dict[str, dict[str, object]]], None]:
    def change(header: dict[str, dict[str, object]]) -> None:
        header["model.norm.weight"][key] = value

    return change


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut off": (_weights(lambda data: data[:-100]), "ends too early"),
    "longer": (_weights(lambda data: data + b"xx"), "too long"),
    "empty": (_weights(lambda _: b""), "not a safetensors file"),
    "no length": (_weights(lambda data: b"\xff" * 8 + data[8:]), "not a safetensors file"),
    "no header": (_weights(lambda data: data[:8] + b"x" * (len(data) - 8)), "header"),
    "shape": (_header(_set("shape", [1 << 60])), "impossible shape"),
    "negative": (_header(_set("shape", [-1])), "impossible shape"),
    "offsets": (_header(_set("data_offsets", [0, 256])), "one after the other"),
    "type": (_header(_set("dtype", "Q7")), "impossible shape"),
    "no config": (lambda folder: (folder / "config.json").write_text("[]"), "config.json"),
    "deep config": (lambda folder: (folder / "config.json").write_text("[" * 100_000), "config.json"),
    "a program": (lambda folder: _config(folder, model_file="evil.py"), "does not run"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json is missing"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "safetensors are missing"),
    "a part": (
        lambda folder: (folder / "model.safetensors.index.json").write_text(
            '{"weight_map": {"a": "model-2.safetensors"}}'
        ),
        "model-2.safetensors is missing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_with_a_folder_is_a_sentence(whole: Path, tmp_path: Path, case: str) -> None:
    folder = shutil.copytree(whole, tmp_path / "model")
    change, sentence = BROKEN[case]
    change(folder)
    with pytest.raises(ModelBrokenError, match=sentence):
        read_folder(folder)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises((ModelNotFoundError, ModelBrokenError)):
        read_folder(tmp_path / "absent")


def test_a_folder_says_what_it_takes(whole: Path) -> None:
    folder = read_folder(whole)
    shape = shape_of_folder(folder)
    assert (folder.architecture, folder.kind, folder.eos, folder.n_params) == ("llama", "chat", "<|end|>", 332_160)
    assert (shape.kv_values, shape.n_vocab, shape.n_embd) == (2 * 128, 512, 128)


@pytest.mark.parametrize("where", ["chat_template.jinja", "list", "tokenizer_config.json"])
def test_the_template_is_found_where_it_may_stand(whole: Path, tmp_path: Path, where: str) -> None:
    folder = shutil.copytree(whole, tmp_path / "model")
    expected = read_folder(whole).chat_template
    assert "add_generation_prompt" in expected
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    if where == "chat_template.jinja":
        expected = "other {{ messages }}"
        (folder / where).write_text(expected)
    elif where == "list":
        settings["chat_template"] = [{"name": "tool_use", "template": "x"}, {"name": "default", "template": expected}]
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    assert read_folder(folder).chat_template == expected
