"""A model in MLX form: a folder with config.json, tokenizer.json and safetensors, checked before C++ sees it.

What is wrong with it is said in a sentence: a part that is missing, a file that was cut off, a header whose
offsets do not fit its size, a tokenizer that is not there, a program of its own that it wants to be run.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import ModelBrokenError, ModelNotFoundError
from engine.llm.fit import ModelShape

__all__ = ["MlxFolder", "folder_name", "is_mlx_folder", "read_folder", "read_json", "shape_of_folder"]

_MAX_JSON_BYTES = 64 << 20
_MAX_HEADER_BYTES = 100 << 20
_MAX_CONTEXT = 2**31 - 1
# Bits of safetensors' types. Source: its README.
_BITS = {"BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
         "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MlxFolder:
    """What a folder says about its model, checked against its files.

    Attributes:
        weights: its safetensors, in order.
        n_params: as the shapes of the tensors say; quantised weights stand packed in whole words.
        bos, eos: texts of these tokens, "" where there is none.
        add_bos: whether prompts begin with `bos`; None where nobody says.
        end_ids: ids that end a generation, as its files name them.
    """

    path: Path
    name: str
    config: dict[str, Any] = field(repr=False)
    weights: tuple[Path, ...]
    size_bytes: int
    n_params: int
    chat_template: str = field(repr=False)
    bos: str = ""
    eos: str = ""
    add_bos: bool | None = None
    end_ids: tuple[int, ...] = ()

    @property
    def architecture(self) -> str:
        return str(self.config.get("model_type", ""))

    @property
    def kind(self) -> str:
        """`guide` for our own model that chooses and writes nothing, else `chat`."""
        return "guide" if self.config.get("scrubjay_kind") == "guide" else "chat"

    @property
    def quantisation(self) -> str:
        quantisation = self.config.get("quantization")
        bits = quantisation.get("bits") if isinstance(quantisation, dict) else None
        return f"{bits} bit" if isinstance(bits, int) else ""

    @property
    def n_ctx_train(self) -> int:
        return min(self.number("max_position_embeddings", 4096), _MAX_CONTEXT)

    def number(self, key: str, default: int = 0) -> int:
        """A whole number of the configuration, or of that of its text part."""
        text = self.config.get("text_config")
        for config in (self.config, text if isinstance(text, dict) else {}):
            value = config.get(key)
            if isinstance(value, int) and value > 0:
                return value
        return default


def is_mlx_folder(path: Path) -> bool:
    """Whether a path looks like a model in MLX form."""
    return os.path.isfile(path / "config.json") and any(path.glob("*.safetensors"))


def read_folder(path: Path) -> MlxFolder:
    """Read and check a folder.

    Raises:
        ModelNotFoundError: it is not there, or cannot be opened.
        ModelBrokenError: it is not a whole model; the sentence says why.
    """
    try:
        return _read(path)
    except FileNotFoundError as exc:
        raise ModelNotFoundError(f"There is no model in {path}; check the path or choose another model.") from exc
    except OSError as exc:
        raise ModelNotFoundError(f"The model in {path} cannot be read ({exc.strerror or exc}).") from exc


def _read(path: Path) -> MlxFolder:
    config = read_json(path / "config.json")
    if not isinstance(config.get("model_type"), str):
        raise _broken(path, "its config.json does not say what kind of model it is")
    if config.get("model_file") is not None:
        raise ModelBrokenError(
            f"{path.name} brings a program of its own, which Scrubjay does not run; choose another model."
        )
    if not (path / "tokenizer.json").is_file():
        raise _broken(path, "its tokenizer.json is missing")
    weights = _weights(path)
    quantisation = config.get("quantization")
    bits = quantisation.get("bits") if isinstance(quantisation, dict) else None
    n_params = sum(
        _check_safetensors(path, file, bits if isinstance(bits, int) and bits > 0 else 0) for file in weights
    )
    settings = read_json(path / "tokenizer_config.json")
    add_bos = settings.get("add_bos_token")
    return MlxFolder(
        path=path,
        name=folder_name(path),
        config=config,
        weights=weights,
        size_bytes=sum(file.stat().st_size for file in weights),
        n_params=n_params,
        chat_template=_template(path, settings),
        bos=_token(settings.get("bos_token")),
        eos=_token(settings.get("eos_token")),
        add_bos=add_bos if isinstance(add_bos, bool) else None,
        end_ids=_end_ids(config, read_json(path / "generation_config.json")),
    )


def _broken(path: Path, why: str) -> ModelBrokenError:
    return ModelBrokenError(f"{path.name} is not a whole model ({why}); download it again or choose another.")


def folder_name(path: Path) -> str:
    """The folder's name; in the Hugging Face cache that of the model, not of the revision."""
    for part in path.parts:
        if part.startswith("models--"):
            return part.removeprefix("models--").split("--")[-1]
    return path.name


def _weights(path: Path) -> tuple[Path, ...]:
    listed = read_json(path / "model.safetensors.index.json").get("weight_map")
    names = {name for name in listed.values() if isinstance(name, str)} if isinstance(listed, dict) else set()
    missing = sorted(name for name in names if "/" in name or "\\" in name or not (path / name).is_file())
    if missing:
        raise _broken(path, f"{missing[0]} is missing")
    # The files that mlx-lm loads.
    found = tuple(sorted(file for file in path.glob("model*.safetensors") if file.is_file()))
    if not found:
        raise _broken(path, "its safetensors are missing")
    return found


def _check_safetensors(path: Path, file: Path, bits: int) -> int:
    """Check a file against its header; the number of parameters in it, `bits` each where they are packed."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        start = opened.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(_MAX_HEADER_BYTES, size - 8):
            raise _broken(path, f"{file.name} is not a safetensors file")
        header = _loads(opened.read(length))
    if not isinstance(header, dict):
        raise _broken(path, f"the header of {file.name} cannot be read")
    header.pop("__metadata__", None)
    end = 0
    for first, last in sorted(_span(path, file, tensor) for tensor in header.values()):
        if first != end:
            raise _broken(path, f"the tensors of {file.name} do not lie one after the other")
        end = last
    if 8 + length + end != size:
        raise _broken(path, f"{file.name} ends too early" if 8 + length + end > size else f"{file.name} is too long")
    return sum(_n_params(name, tensor, bits) for name, tensor in header.items())


def _n_params(name: str, tensor: dict[str, Any], bits: int) -> int:
    if bits and name.endswith((".scales", ".biases")):
        return 0
    packed = 32 // bits if bits and tensor["dtype"] == "U32" else 1
    return int(math.prod(tensor["shape"])) * packed


def _span(path: Path, file: Path, tensor: Any) -> tuple[int, int]:
    """Where a tensor lies, if that fits its shape."""
    with contextlib.suppress(TypeError, KeyError, ValueError):
        first, last = tensor["data_offsets"]
        shape, bits = tensor["shape"], _BITS[tensor["dtype"]]
        whole = all(type(n) is int and n >= 0 for n in (first, last, *shape))
        if whole and last - first == math.prod(shape) * bits // 8:
            return first, last
    raise _broken(path, f"a tensor of {file.name} has an impossible shape")


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is none."""
    try:
        with path.open("rb") as file:
            found = _loads(file.read(_MAX_JSON_BYTES))
    except FileNotFoundError:
        return {}
    return found if isinstance(found, dict) else {}


def _loads(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _template(path: Path, settings: dict[str, Any]) -> str:
    file = path / "chat_template.jinja"
    if file.is_file():
        return file.read_bytes()[:_MAX_JSON_BYTES].decode("utf-8", errors="replace")
    found = settings.get("chat_template") or read_json(path / "chat_template.json").get("chat_template")
    if isinstance(found, list):
        named = {item.get("name"): item.get("template") for item in found if isinstance(item, dict)}
        found = named.get("default")
    return found if isinstance(found, str) else ""


def _token(value: Any) -> str:
    value = value.get("content") if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""


def _end_ids(*configs: dict[str, Any]) -> tuple[int, ...]:
    ids: list[int] = []
    for config in configs:
        found = config.get("eos_token_id")
        ids += [token for token in (found if isinstance(found, list) else [found]) if isinstance(token, int)]
    return tuple(dict.fromkeys(ids))


def shape_of_folder(folder: MlxFolder) -> ModelShape:
    """What of the model decides how much memory it takes."""
    heads = folder.number("num_attention_heads", 1)
    width = folder.number("hidden_size")
    head_size = folder.number("head_dim", width // heads)
    per_layer = 2 * folder.number("num_key_value_heads", heads) * head_size
    return ModelShape(
        weights_bytes=folder.size_bytes,
        repacked_bytes=0,
        active_bytes=folder.size_bytes,
        n_ctx_train=folder.n_ctx_train,
        n_embd=width,
        n_ff=folder.number("intermediate_size", 4 * width),
        n_vocab=folder.number("vocab_size"),
        kv_values=folder.number("num_hidden_layers") * per_layer,
    )
