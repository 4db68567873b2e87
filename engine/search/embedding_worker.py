"""The embedding worker: loads one model on its first request and turns texts into vectors.

Requests, all of them answered by one `done`:

    load {}                      → {model, dim}; loads the model and runs it once
    measure {texts}              → {lengths}, in tokens
    embed {texts}                → {vectors, dim}; vectors are (n, dim) little endian float32 bytes
    read {question, passages}    → {logits}, of each sentence of each passage (reading.py)
    choose {words, earlier}      → {choices, argument, about, moods} of a request (choosing.py)

The host runs requests one after the other, so a long one would hold up a query: the parent splits bulk work
(embedding.py). A request that is cancelled stops at the next batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from engine.errors import EmbedderError, UsageError
from engine.processes.worker_host import Reply
from engine.search.embedding_onnx import OnnxModel
from engine.search.embedding_torch import TorchModel
from engine.search.types import Vectors


class _Model(Protocol):
    id: str
    dim: int

    def measure(self, texts: Sequence[str]) -> list[int]: ...

    def embed(self, texts: Sequence[str], between: Callable[[], bool] = ...) -> Vectors: ...


class EmbeddingRole:
    """Holds the model; see the head of the file for what it answers."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._model: _Model | None = None

    def handle(self, op: str, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        """Answer `load`, `measure`, `embed`, `read` or `choose`.

        Raises:
            EmbedderError: the model cannot be loaded, or has no reader or chooser.
        """
        if op == "load":
            model = self._load()
            model.embed(["warm"])
            return {"model": model.id, "dim": model.dim}
        if op == "measure":
            return {"lengths": self._load().measure(message["texts"])}
        if op == "embed":
            return self._embed(message, reply)
        if op == "read":
            return self._read(message, reply)
        if op == "choose":
            return self._shipped().choose(message["words"], message["earlier"])
        raise UsageError(f"The embedding worker has no request {op!r}.")

    def interrupt(self) -> None:
        """Nothing to do: `between` looks at the reply before each batch."""

    def close(self) -> None:
        """Release the model."""
        self._model = None

    def _load(self) -> _Model:
        if self._model is None:
            threads = int(self._config.get("threads", 0))
            if self._config.get("library") == "sentence-transformers":
                self._model = TorchModel(str(self._config["name"]), threads)
            else:
                reader, chooser = (Path(f) if (f := self._config.get(part)) else None for part in ("reader", "chooser"))
                self._model = OnnxModel(Path(self._config["folder"]), threads, reader, chooser)
        return self._model

    def _shipped(self) -> OnnxModel:
        model = self._load()
        if not isinstance(model, OnnxModel):
            raise EmbedderError("This embedding model has no reader and no chooser.")
        return model

    def _read(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        return {"logits": self._shipped().reader.read(message["question"], message["passages"], _between(reply))}

    def _embed(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        vectors = self._load().embed(message["texts"], _between(reply))
        return {"vectors": vectors.astype("<f4").tobytes(), "dim": int(vectors.shape[1])}


def _between(reply: Reply) -> Callable[[], bool]:
    def between() -> bool:
        reply.progress()
        return not reply.cancelled

    return between


def create_role(config: dict[str, Any]) -> EmbeddingRole:
    """The role of the embedding worker.

    Args:
        config: `library` ("onnx" or "sentence-transformers"), `folder` or `name`, `threads`, `reader` and `chooser`
            (folders).
    """
    return EmbeddingRole(config)
