"""Write resources/models/reader from a checkpoint of train.py.

    python packaging/reader_model/export.py CHECKPOINT [--figures FILE]

One ordinary ONNX file of 5.8 MB, stored like the embedding model's (8 bits in blocks of 32, expanded while ONNX
Runtime loads it) and of the same fused operators. Its input are hidden states of the embedding model after its
third layer, so that a computer holds the words and the lower half once.

Needs `onnx` and `torch` (to read the checkpoint).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging" / "embedding_model"))

from build import DIM, FUSED, IR_VERSION, LAYER_NORM_EPSILON, N_HEADS, OPSET, Floats, GraphBuilder  # noqa: E402

LAYERS = 3
TARGET = ROOT / "resources" / "models" / "reader"
EMBEDDING = ROOT / "resources" / "models" / "all-minilm-l6-v2" / "model.onnx"
# Of the embedding model: the tensor behind its third layer.
TAP = "skiplayernormalization_112"


def build_reader(w: dict[str, Floats]) -> bytes:
    """The ONNX file.

    hidden (batch, tokens, 384), mask (batch, tokens) int32, segments (batch, tokens) int64 (0 question, 1 passage),
    question (batch, 1, tokens) and sentences (batch, n, tokens), whose rows average tokens → logits (batch, n).
    """
    g = GraphBuilder(quantised=True)
    x = g.node("Add", "hidden", g.node("Gather", g.constant("segment_rows", w["seg"]), "segments"))
    for index in range(LAYERS):
        x = _add_layer(g, w, f"layers.{index}", x)
    _add_head(g, w, x)
    shapes: list[tuple[str, int, list[object]]] = [
        ("hidden", TensorProto.FLOAT, ["batch", "tokens", DIM]),
        ("mask", TensorProto.INT32, ["batch", "tokens"]),
        ("segments", TensorProto.INT64, ["batch", "tokens"]),
        ("question", TensorProto.FLOAT, ["batch", 1, "tokens"]),
        ("sentences", TensorProto.FLOAT, ["batch", "n", "tokens"]),
    ]
    graph = helper.make_graph(
        g.nodes,
        "Scrubjay reader",
        [helper.make_tensor_value_info(*shape) for shape in shapes],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "n"])],
        list(g.constants.values()),
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="scrubjay")
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _add_layer(g: GraphBuilder, w: dict[str, Floats], prefix: str, x: str) -> str:
    projected = [g.node("MatMul", x, g.weight(f"{prefix}.{p}", w[f"{prefix}.{p}.weight"].T)) for p in "qkv"]
    bias = g.constant(f"{prefix}.qkv", np.concatenate([w[f"{prefix}.{p}.bias"] for p in "qkv"]))
    seen = g.node("MultiHeadAttention", *projected, bias, "mask", domain=FUSED, num_heads=N_HEADS)
    x = _add_and_norm(g, w, prefix, ("o", "n1"), seen, x)
    hidden = g.node("MatMul", x, g.weight(f"{prefix}.a", w[f"{prefix}.a.weight"].T))
    hidden = g.node("BiasGelu", hidden, g.constant(f"{prefix}.a.bias", w[f"{prefix}.a.bias"]), domain=FUSED)
    return _add_and_norm(g, w, prefix, ("b", "n2"), hidden, x)


def _add_and_norm(
    g: GraphBuilder, w: dict[str, Floats], prefix: str, names: tuple[str, str], inner: str, skipped: str
) -> str:
    dense, norm = (f"{prefix}.{name}" for name in names)
    projected = g.node("MatMul", inner, g.weight(dense, w[f"{dense}.weight"].T))
    parts = [(f"{norm}.weight", "weight"), (f"{norm}.bias", "bias"), (f"{dense}.bias", "dense")]
    constants = [g.constant(f"{norm}.{short}", w[name]) for name, short in parts]
    return g.node("SkipLayerNormalization", projected, skipped, *constants, domain=FUSED, epsilon=LAYER_NORM_EPSILON)


def _add_head(g: GraphBuilder, w: dict[str, Floats], x: str) -> None:
    """From the means of a sentence s and of the question q: an MLP over (s, q, s·q) and their cosine."""
    s, q = g.node("MatMul", "sentences", x), g.node("MatMul", "question", x)
    same = g.node("Mul", s, q)
    wide = g.node("Expand", q, g.node("Shape", s))
    hidden = g.node("MatMul", g.node("Concat", s, wide, same, axis=2), g.weight("h1", w["h1.weight"].T))
    hidden = g.node("BiasGelu", hidden, g.constant("h1.bias", w["h1.bias"]), domain=FUSED)
    judged = g.node("MatMul", hidden, g.constant("h2", w["h2.weight"].T))
    cosine = g.node("MatMul", g.node("LpNormalization", s, axis=2), _turned(g, g.node("LpNormalization", q, axis=2)))
    scaled = g.node("Mul", cosine, g.constant("cosine_scale", w["cosk"].reshape(1)))
    both = g.node("Add", g.node("Add", judged, scaled), g.constant("bias", w["bias"] + w["h2.bias"]))
    g.node("Squeeze", both, g.constant("axis_2", np.array([2], np.int64)), name="logits")


def _turned(g: GraphBuilder, x: str) -> str:
    return g.node("Transpose", x, perm=[0, 2, 1])


def write_folder(target: Path, file: str, data: bytes, told: dict[str, Any]) -> None:
    """A file and the card that engine/search/tapped.py reads: what is told, the embedding model, its hash."""
    target.mkdir(parents=True, exist_ok=True)
    (target / file).write_bytes(data)
    reads = hashlib.sha256(EMBEDDING.read_bytes()).hexdigest()
    files = {file: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}}
    card = json.dumps({**told, "reads": reads, "files": files}, indent=2)
    (target / "card.json").write_text(card + "\n", encoding="utf-8")
    print(card)


def main() -> None:
    """Write the model and its card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    state: dict[str, Any] = torch.load(options.checkpoint, map_location="cpu", weights_only=True)
    data = build_reader({name: np.asarray(t.float().numpy()) for name, t in state.items()})
    licence = "MIT; starts from all-MiniLM-L6-v2 (Apache-2.0), whose lower half it needs"
    write_folder(options.target, "reader.onnx", data, {"name": "Scrubjay reader", "licence": licence, "tap": TAP})


if __name__ == "__main__":
    main()
