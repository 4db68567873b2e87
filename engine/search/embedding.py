"""Embedders as the rest of the engine sees them: texts in, vectors out, the model in a worker process.

A query must not wait for a folder that is being read. The worker runs requests one after the other, so the
order is made here: bulk work is cut into slices of one batch each (about 0.1 s on two cores) and no more
than IN_FLIGHT slices are with the worker at any time; an urgent request is sent at once and is next after
those. Two in flight, not one, because the worker would otherwise idle while this process writes a document.

Bulk texts are measured first, in windows of WINDOW, and sorted by their tokens before they are cut, so that
a slice is one batch without padding. Sorting by characters instead costs 20 % on sentences: 80 characters
are 15 to 27 tokens. The worker keeps the tokens until the text comes to be embedded.

A worker that dies (out of memory, killed) is started again by the next request, and the slices that it took
with it are sent once more. What cannot be embedded raises `EmbedderError`: search goes on by words.
"""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import platformdirs

from engine.data_place import APP_ID
from engine.errors import EmbedderError, WorkerCrashedError, WorkerError
from engine.processes.worker import Worker
from engine.search.embedding_card import CARD_NAME, load_card
from engine.search.embedding_onnx import N_TOKENS, plan_batches
from engine.search.embedding_torch import DEFAULT_NAME
from engine.search.types import Chosen, Embedder, Piece, ReadPassage, Vectors
from engine.settings import Settings
from resources import resource_path

__all__ = ["OnnxEmbedder", "SentenceTransformerEmbedder", "create_embedder", "create_embedder_by_name"]

DEFAULT_FOLDER, READER_FOLDER, CHOOSER_FOLDER = "all-minilm-l6-v2", "reader", "chooser"
DEFAULT_DIM = 384
IN_FLIGHT = 2
# Texts that are measured at once: 0.1 s for passages; fewer make batches of unlike lengths.
WINDOW = 256
# The models cut texts at 256 tokens; this is four times the longest text of that many usual tokens, and
# keeps a file without spaces from being sent whole.
MAX_CHARS = 8192
# Few texts, and those of a person who waits, are not measured but guessed: about four bytes of UTF-8 each in European
# languages, three in Chinese, and two marks. A wrong guess costs padding, nothing else.
_BYTES_PER_TOKEN, _MARKS, _MOST_TOKENS = 4, 2, 256
# An import of torch from a cold disk; ONNX Runtime loads in a fifth of a second.
_HANG_S = {"onnx": 20.0, "sentence-transformers": 180.0}


class _WorkerEmbedder:
    """What both embedders share: slices, order, restart, release."""

    def __init__(self, model: str, dim: int, config: dict[str, Any], settings: Settings, log_dir: Path) -> None:
        self.model = model
        self.dim = dim
        self._config = {**config, "threads": settings.embed_threads}
        self._host: Literal["process", "thread"] = "thread" if settings.inference_process == "in_process" else "process"
        self._log_dir = log_dir
        self._worker: Worker | None = None
        self._bulk = asyncio.Semaphore(IN_FLIGHT)
        self._n_active = 0
        # When it was last asked, by time.monotonic(); whoever releases it looks here.
        self.used_at = 0.0
        self._closed = False

    async def embed(self, texts: Sequence[str], *, urgent: bool = False) -> Vectors:
        """(n, dim) float32, rows of L2 norm 1, in the order of the texts.

        Args:
            urgent: a person waits: overtakes bulk work.

        Raises:
            EmbedderError: no model, or its worker is gone.
        """
        clean = [clean_text(text) for text in texts]
        vectors = np.zeros((len(clean), self.dim), np.float32)
        self._n_active += 1
        try:
            for start in range(0, len(clean), WINDOW):
                await self._embed_window(clean[start : start + WINDOW], vectors[start : start + WINDOW], urgent)
        finally:
            self._n_active -= 1
            self.used_at = time.monotonic()
        return vectors

    async def warm_up(self) -> None:
        """Start the worker and load the model, so that the first query finds it ready.

        Raises:
            EmbedderError: no model, or its worker is gone.
        """
        await self._call("load")

    async def release(self) -> bool:
        """End the worker if nothing is asked of it, to give its memory back; the next request starts it again."""
        if self._n_active or self._worker is None:
            return False
        worker, self._worker = self._worker, None
        await worker.aclose()
        return True

    @property
    def pid(self) -> int | None:
        """Of the worker process, None while there is none."""
        return self._worker.pid if self._worker is not None else None

    async def aclose(self) -> None:
        """End the worker; requests in flight fail."""
        self._closed = True
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.aclose()

    async def _embed_window(self, texts: list[str], vectors: Vectors, urgent: bool) -> None:
        lengths = [_guess_tokens(text) for text in texts]
        if not urgent and sum(lengths) > N_TOKENS:
            async with self._bulk:
                lengths = (await self._call("measure", texts=texts))["lengths"]
        slices = plan_batches(lengths)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(IN_FLIGHT, len(texts))):
                    group.create_task(self._embed_slices(slices, texts, vectors, urgent))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _embed_slices(
        self, slices: Iterator[list[int]], texts: list[str], vectors: Vectors, urgent: bool
    ) -> None:
        for rows in slices:
            part = [texts[row] for row in rows]
            if urgent:
                reply = await self._call("embed", texts=part)
            else:
                async with self._bulk:
                    reply = await self._call("embed", texts=part)
            vectors[rows] = self._unpack(reply, len(rows))

    async def _call(self, op: str, **fields: Any) -> dict[str, Any]:
        try:
            try:
                return await self._open_worker().call(op, **fields)
            except WorkerCrashedError:
                return await self._open_worker().call(op, **fields)
        except WorkerError as exc:
            raise EmbedderError(f"Texts cannot be turned into vectors, search goes by words alone. {exc}") from exc

    def _open_worker(self) -> Worker:
        if self._closed:
            raise EmbedderError("The embedder is closed; open Scrubjay's engine again.")
        if self._worker is None:
            hang_s = _HANG_S[self._config["library"]]
            self._worker = Worker("embed", config=self._config, log_dir=self._log_dir, host=self._host, hang_s=hang_s)
        return self._worker

    def _unpack(self, reply: dict[str, Any], n: int) -> Vectors:
        if reply["dim"] != self.dim:
            raise EmbedderError(
                f"The model {self.model} makes vectors of {reply['dim']} numbers instead of {self.dim}; "
                "choose the embedder onnx or install Scrubjay again."
            )
        return np.frombuffer(reply["vectors"], "<f4").reshape(n, self.dim)


class OnnxEmbedder(_WorkerEmbedder):
    """all-MiniLM-L6-v2 on ONNX Runtime, the default.

    Never raises when made: without the library or the model `problem` says why and `embed` raises it.

    Attributes:
        model: hash of the model's files; vectors of two models do not mix.
        problem: what a person should know, "" when nothing is wrong so far.

    Args:
        folder: another model with a card.json; None takes the shipped one.
    """

    def __init__(self, settings: Settings, log_dir: Path, *, folder: Path | None = None) -> None:
        folder = folder or resource_path("models", DEFAULT_FOLDER)
        model, dim, self.problem = DEFAULT_FOLDER, DEFAULT_DIM, ""
        try:
            card = load_card(folder)
            model, dim = card.id, card.dim
        except EmbedderError as exc:
            self.problem = str(exc)
        for library in ("onnxruntime", "tokenizers"):
            if importlib.util.find_spec(library) is None:
                self.problem = f"{library} is not installed, so search goes by words alone; install the requirements."
        tapped = {"reader": READER_FOLDER, "chooser": CHOOSER_FOLDER}
        config = {"library": "onnx", "folder": str(folder)}
        config |= {part: str(resource_path("models", name)) for part, name in tapped.items()}
        super().__init__(model, dim, config, settings, log_dir)

    async def read(self, question: str, passages: Sequence[ReadPassage]) -> list[list[float]]:
        """Logits of the sentences of each passage, read together with the question (reading.py).

        Raises:
            EmbedderError: there is no reader for this model, or its worker is gone.
        """
        self._n_active += 1
        try:
            clean = [
                {**p, "name": clean_text(p["name"]), "heading": clean_text(p["heading"]),
                 "sentences": [clean_text(s) for s in p["sentences"]]}
                for p in passages
            ]  # fmt: skip
            reply = await self._call("read", question=clean_text(question), passages=clean)
        finally:
            self._n_active -= 1
            self.used_at = time.monotonic()
        logits: list[list[float]] = reply["logits"]
        return logits

    async def choose(self, words: str, earlier: Sequence[str] = ()) -> Chosen:
        """What a request asks for, as the chooser reads it (choosing.py).

        Raises:
            EmbedderError: there is no chooser for this model, or its worker is gone.
        """
        self._n_active += 1
        try:
            reply = await self._call("choose", words=clean_text(words), earlier=[clean_text(t) for t in earlier])
        finally:
            self._n_active -= 1
            self.used_at = time.monotonic()
        return Chosen(reply["choices"], Piece(*reply["argument"]), Piece(*reply["about"]), reply["moods"])

    def _open_worker(self) -> Worker:
        if self.problem:
            raise EmbedderError(self.problem)
        return super()._open_worker()


class SentenceTransformerEmbedder(_WorkerEmbedder):
    """sentence-transformers on torch, in the same kind of worker: the reference, and an extra.

    Args:
        name: a folder or a name in the Hugging Face cache; nothing is downloaded.
        dim: of its vectors.
    """

    def __init__(self, settings: Settings, log_dir: Path, *, name: str = DEFAULT_NAME, dim: int = DEFAULT_DIM) -> None:
        config = {"library": "sentence-transformers", "name": name}
        super().__init__(f"sentence-transformers:{name}", dim, config, settings, log_dir)
        missing = importlib.util.find_spec("sentence_transformers") is None
        self.problem = "sentence-transformers is not installed; choose the embedder onnx." if missing else ""


def create_embedder(settings: Settings, log_dir: Path) -> Embedder | None:
    """The embedder that the settings name, None for "none". Starts nothing and never fails."""
    if settings.embedder == "none":
        return None
    if settings.embedder == "sentence-transformers":
        return SentenceTransformerEmbedder(settings, log_dir)
    return OnnxEmbedder(settings, log_dir)


def create_embedder_by_name(name: str, *, dim: int = DEFAULT_DIM) -> Embedder:
    """An embedder outside an engine: "onnx", "sentence-transformers", the default model's name, a folder with
    a card.json, or anything that sentence-transformers knows on this computer.
    """
    settings, log_dir = Settings(), Path(platformdirs.user_log_dir(APP_ID, appauthor=False))
    if name == "onnx" or name.lower() in (DEFAULT_FOLDER, DEFAULT_NAME.lower()):
        return OnnxEmbedder(settings, log_dir)
    if (Path(name) / CARD_NAME).is_file():
        return OnnxEmbedder(settings, log_dir, folder=Path(name))
    name = DEFAULT_NAME if name == "sentence-transformers" else name
    return SentenceTransformerEmbedder(settings, log_dir, name=name, dim=dim)


def clean_text(text: str) -> str:
    """The text as it is embedded: not longer than any model reads, without halves of characters."""
    text = text[:MAX_CHARS]
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _guess_tokens(text: str) -> int:
    n_bytes = len(text) if text.isascii() else len(text.encode("utf-8"))
    return min(_MOST_TOKENS, _MARKS + n_bytes // _BYTES_PER_TOKEN)
