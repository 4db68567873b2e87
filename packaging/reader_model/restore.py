"""Write a checkpoint out of what ships, to go on training where its last training ended.

    python packaging/reader_model/restore.py reader build/reader/reader.pt
    python packaging/reader_model/restore.py chooser build/chooser/chooser.pt

The 8 bits are what there is: logits of the checkpoint and of the one that was exported have a correlation of 0.9999.
Needs `onnx` and `torch`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "resources" / "models"
sys.path.insert(0, str(ROOT / "packaging" / "embedding_model"))

from export import LAYERS  # noqa: E402

from build import DIM, Floats  # noqa: E402

# Of the reader's layers each matrix is whole; of the chooser's it is a product of two narrow ones.
WHOLE, NARROW = {"": "weight"}, {".first": "a", ".then": "b"}


def restore_reader(graph: onnx.GraphProto) -> dict[str, Floats]:
    """The state of model.py's Reader."""
    kept = Constants(graph)
    # One bias of two was added to the other, export.py.
    summed = {"bias": kept["bias"].reshape(()), "h2.bias": np.zeros(1, np.float32)}
    head = {"h1.weight": kept.matrix("h1"), "h1.bias": kept["h1.bias"], "h2.weight": kept["h2"].T}
    return _layers(kept, WHOLE) | head | summed | {"cosk": kept["cosine_scale"].reshape(())}


def restore_chooser(graph: onnx.GraphProto) -> dict[str, Floats]:
    """The state of chooser_train.py's Chooser; the moods beside it are learned anew (moods_train.py)."""
    kept = Constants(graph, "chooser/")
    state = _layers(kept, NARROW)
    for own, name in (("tool", "choice"), ("span", "span")):
        state |= {f"{own}.weight": kept[name].T, f"{own}.bias": kept[f"{name}.bias"]}
    return state


class Constants:
    """The constants of a graph by the names that its builder gave them."""

    def __init__(self, graph: onnx.GraphProto, prefix: str = "") -> None:
        self._found = {c.name.removeprefix(prefix): numpy_helper.to_array(c) for c in graph.initializer}

    def __getitem__(self, name: str) -> Floats:
        return np.asarray(self._found[name], np.float32)

    def first(self, *names: str) -> Floats:
        """The constant of the first of these names that there is: the two builders differ in one."""
        return self[next(name for name in names if name in self._found)]

    def matrix(self, name: str) -> Floats:
        """(n_out, n_in), as PyTorch keeps it, out of blocks of 8 bits."""
        blocks = self[f"{name}.values"] * self[f"{name}.scales"]
        return np.asarray(blocks.reshape(-1, blocks.shape[-1]).T, np.float32)


def _layers(kept: Constants, parts: dict[str, str]) -> dict[str, Floats]:
    state = {"seg": kept["segment_rows"]}
    for prefix in (f"layers.{index}" for index in range(LAYERS)):
        for name in "qkvoab":
            state |= {f"{prefix}.{name}.{own}": kept.matrix(f"{prefix}.{name}{part}") for part, own in parts.items()}
        for at, name in enumerate("qkv"):
            state[f"{prefix}.{name}.bias"] = kept[f"{prefix}.qkv"][at * DIM : (at + 1) * DIM]
        for name in ("n1.weight", "n1.bias", "n2.weight", "n2.bias", "a.bias"):
            state[f"{prefix}.{name}"] = kept[f"{prefix}.{name}"]
        for name, norm in (("o", "n1"), ("b", "n2")):
            state[f"{prefix}.{name}.bias"] = kept.first(f"{prefix}.{norm}.dense", f"{prefix}.{name}.bias")
    return state


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", choices=("reader", "chooser"))
    parser.add_argument("checkpoint", type=Path)
    options = parser.parse_args()
    if options.model == "reader":
        state = restore_reader(onnx.load(MODELS / "reader" / "reader.onnx").graph)
    else:
        state = restore_chooser(onnx.GraphProto.FromString((MODELS / "chooser" / "chooser.graph").read_bytes()))
    options.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    torch.save({name: torch.from_numpy(array.copy()) for name, array in state.items()}, options.checkpoint)


if __name__ == "__main__":
    main()
