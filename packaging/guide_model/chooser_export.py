"""Write resources/models/chooser from a checkpoint of chooser_train.py and the moods of moods_train.py.

    python packaging/guide_model/chooser_export.py CHECKPOINT MOODS [--target FOLDER]

What is written is no whole ONNX file but a part of a graph: nodes that go on from the embedding model's third layer
with its own weights, to which narrow products are added, twice: for what is asked for, and for moods, with some that go
on from its embedding. Appended to the file of the embedding model it is one model with three outputs more
(engine/search/tapped.py), so that the layers are on the disk once. Stored in 8 bits in blocks of 32 like that file.
Needs `onnx` and `torch` (to read the checkpoints).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "packaging" / "embedding_model"), str(ROOT / "packaging" / "reader_model")]

from export import LAYERS, TAP, write_folder  # noqa: E402

from build import BLOCK, FUSED, LAYER_NORM_EPSILON, N_HEADS, Floats, GraphBuilder  # noqa: E402

TARGET = ROOT / "resources" / "models" / "chooser"
FILE = "chooser.graph"
# The order of engine.agent.guide.understand.grammar.GUIDE_TOOLS, that of the rows; a test compares them.
CHOICES = (
    "search_documents", "recall_memory", "forget", "remember", "calculator", "current_time", "help", "greet",
    "hand_over",
)  # fmt: skip
# Of engine.agent.guide.care.moods.MOODS.
MOODS = ("despair", "danger", "grief", "joy", "none")
SEP = 102
# Of the embedding model: the tensor of what is text, and its weights by the names of model.py.
MASK, EMBEDDING = "cast_10", "embedding"
_PUBLISHED = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "o": "attention.output",
    "a": "intermediate", "b": "output",
}  # fmt: skip


def build_chooser(w: dict[str, Floats], moods: dict[str, Floats]) -> bytes:
    """A serialised GraphProto that is no graph alone.

    Out of the embedding model's input_ids (1, tokens), the words up to the first [SEP] and earlier turns behind it:
    choices (1, 9), ends (1, tokens, 4), the logits of the first and last token of the argument and of what is
    referred to, and moods (1, 5), of what has no earlier turns behind it.
    """
    g = GraphBuilder(quantised=True)
    is_mark = g.as_int64(g.node("Equal", "input_ids", g.constant("sep", np.array(SEP, np.int64))))
    axis = g.constant("axis_1", np.array(1, np.int64))
    behind = g.node("CumSum", is_mark, axis, exclusive=1)
    segments = g.node(
        "Clip", behind, g.constant("zero", np.array(0, np.int64)), g.constant("one", np.array(1, np.int64))
    )
    x = g.node("Add", TAP, g.node("Gather", g.constant("segment_rows", w["seg"]), segments))
    for index in range(LAYERS):
        x = _add_layer(g, w, index, x, f"layers.{index}")
    own = g.as_float(g.node("Equal", segments, "zero"))
    axes = g.constant("axes", np.array([1], np.int64))
    share = g.node("Unsqueeze", g.node("Div", own, g.node("ReduceSum", own, axes)), axes)
    choices = _add_head(g, "choice", _pooled(g, x, share, axes), w["tool.weight"], w["tool.bias"])
    ends = _add_head(g, "span", x, w["span.weight"], w["span.bias"])
    return _named_apart(g, {choices: "choices", ends: "ends", _add_moods(g, moods, share, axes): "moods"})


def _pooled(g: GraphBuilder, x: str, share: str, axes: str) -> str:
    """The first token's state and the mean of those of the words, side by side."""
    opening = g.node("Slice", x, g.constant("first", np.array([0], np.int64)), axes, axes)
    return g.node("Squeeze", g.node("Concat", opening, g.node("MatMul", share, x), axis=2), axes)


def _add_moods(g: GraphBuilder, w: dict[str, Floats], share: str, axes: str) -> str:
    """The logarithm of the mean of both readers' likelihoods."""
    first = g.node("MatMul", EMBEDDING, g.weight("mood.first", w["nets.first.weight"].T))
    inner = g.node("BiasGelu", first, g.constant("mood.first.bias", w["nets.first.bias"]), domain=FUSED)
    by_nets = g.node("Softmax", _add_head(g, "mood.last", inner, w["nets.last.weight"], w["nets.last.bias"]))
    x = TAP
    for index in range(LAYERS):
        x = _add_layer(g, w, index, x, f"reader.layers.{index}")
    pooled = _pooled(g, x, share, axes)
    by_reader = g.node("Softmax", _add_head(g, "mood.head", pooled, w["reader.head.weight"], w["reader.head.bias"]))
    half = g.constant("half", np.array(0.5, np.float32))
    return g.node("Log", g.node("Mul", g.node("Add", by_nets, by_reader), half))


def _add_head(g: GraphBuilder, name: str, x: str, weight: Floats, bias: Floats) -> str:
    return g.node("Add", g.node("MatMul", x, g.constant(name, weight.T)), g.constant(f"{name}.bias", bias))


def _add_layer(g: GraphBuilder, w: dict[str, Floats], index: int, x: str, prefix: str) -> str:
    """A layer of the embedding model with the narrow corrections of this prefix."""

    def dense(name: str, x: str) -> str:
        published = g.node("MatMul", x, f"encoder.layer.{LAYERS + index}.{_PUBLISHED[name]}")
        narrow = g.node("MatMul", x, g.weight(f"{prefix}.{name}.first", w[f"{prefix}.{name}.a"].T))
        then = w[f"{prefix}.{name}.b"].T
        # Too narrow for a block: in 16 bits.
        is_whole, title = len(then) % BLOCK == 0, f"{prefix}.{name}.then"
        wide = g.weight(title, then) if is_whole else g.as_float(g.constant(title, then.astype(np.float16)))
        return g.node("Add", published, g.node("MatMul", narrow, wide))

    def add_and_norm(name: str, norm: str, inner: str, skipped: str) -> str:
        parts = (f"{prefix}.{norm}.weight", f"{prefix}.{norm}.bias", f"{prefix}.{name}.bias")
        constants = [g.constant(part, w[part]) for part in parts]
        inputs = (dense(name, inner), skipped, *constants)
        return g.node("SkipLayerNormalization", *inputs, domain=FUSED, epsilon=LAYER_NORM_EPSILON)

    projected = [dense(name, x) for name in "qkv"]
    bias = g.constant(f"{prefix}.qkv", np.concatenate([w[f"{prefix}.{name}.bias"] for name in "qkv"]))
    seen = g.node("MultiHeadAttention", *projected, bias, MASK, domain=FUSED, num_heads=N_HEADS)
    x = add_and_norm("o", "n1", seen, x)
    hidden = g.node("BiasGelu", dense("a", x), g.constant(f"{prefix}.a.bias", w[f"{prefix}.a.bias"]), domain=FUSED)
    return add_and_norm("b", "n2", hidden, x)


def _named_apart(g: GraphBuilder, outputs: dict[str, str]) -> bytes:
    """The nodes and constants under names that the embedding model has not."""
    made = {name for node in g.nodes for name in node.output} | g.constants.keys()
    names = {name: outputs.get(name, f"chooser/{name}") for name in made}
    for node in g.nodes:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names[name] for name in node.output]
        node.name = node.output[0]
    for name, constant in g.constants.items():
        constant.name = names[name]
    graph = onnx.GraphProto(node=g.nodes, initializer=g.constants.values())
    shapes: dict[str, list[object]] = {
        "choices": ["batch", len(CHOICES)], "ends": ["batch", "tokens", 4], "moods": ["batch", len(MOODS)],
    }  # fmt: skip
    graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items())
    return bytes(graph.SerializeToString(deterministic=True))


def load_weights(path: Path) -> dict[str, Floats]:
    """The tensors of a checkpoint."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return {name: np.asarray(tensor.float().numpy()) for name, tensor in state.items()}


def main() -> None:
    """Write the part and its card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("moods", type=Path)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    data = build_chooser(load_weights(options.checkpoint), load_weights(options.moods))
    licence = "MIT; goes on from all-MiniLM-L6-v2 (Apache-2.0), of which it is a part"
    write_folder(
        options.target, FILE, data, {"name": "Scrubjay chooser", "licence": licence, "choices": CHOICES, "moods": MOODS}
    )


if __name__ == "__main__":
    main()
