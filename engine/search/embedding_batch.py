"""`BatchEmbedder`: single texts from many callers become batches, and known texts cost nothing.

Two lanes, bulk and urgent, each a queue and tasks that take up to `batch_size` texts from it. A lane does
not wait for a batch to fill: while one batch is with the model the next gathers by itself, and a text that
comes alone is not delayed. The bulk lane has two batches under way, or the model would idle between them;
`embed_batch` sorts its texts by length before they enter it, so that a batch holds texts of similar length.
The urgent lane has its own task, so that a query never stands behind a bulk batch here; below, the embedder
does the same (embedding.py).

A text that is already being embedded is waited for, not embedded twice. The cache is keyed by model and hash
of the text: texts would be held in memory otherwise. Vectors that are handed out are read-only, because the
next caller gets the same.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from engine.errors import EmbedderError, UsageError
from engine.search.embedding import create_embedder_by_name
from engine.search.types import Embedder, Vectors

__all__ = ["BatchEmbedder"]

Vector = npt.NDArray[np.float32]
_Key = tuple[str, bytes]
_Waiting = tuple[_Key, str, "asyncio.Future[Vector]"]


@runtime_checkable
class SentenceEncoder(Protocol):
    """What is used of a `SentenceTransformer`."""

    def encode(self, sentences: list[str], **options: Any) -> Any:
        """The vectors of the sentences, one row each."""
        ...


class _EncoderEmbedder:
    """A SentenceTransformer that the caller made, run in a thread of the caller's process, one batch at a time."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._lock = asyncio.Lock()
        # Two objects are two models until somebody shows that they are one.
        self.model = f"{type(encoder).__name__}:{id(encoder):x}"
        ask = getattr(encoder, "get_embedding_dimension", None) or getattr(
            encoder, "get_sentence_embedding_dimension", None
        )
        self.dim = int(ask() or 0) if ask is not None else 0

    async def embed(self, texts: Sequence[str], *, urgent: bool = False) -> Vectors:
        async with self._lock:
            return await asyncio.to_thread(self._encode, list(texts))

    async def aclose(self) -> None:
        """The object belongs to the caller."""

    def _encode(self, texts: list[str]) -> Vectors:
        options = {"normalize_embeddings": True, "convert_to_numpy": True, "show_progress_bar": False}
        try:
            return np.asarray(self._encoder.encode(texts, **options), np.float32)
        except (RuntimeError, ValueError, TypeError, OSError) as exc:
            raise EmbedderError(f"The model that was given cannot embed these texts: {exc}.") from exc


class _Lane:
    """Texts that wait, and the tasks that take them in batches."""

    def __init__(self, owner: BatchEmbedder, *, urgent: bool, n_tasks: int) -> None:
        self.waiting: deque[_Waiting] = deque()
        self._tasks: list[asyncio.Task[None]] = []
        self._owner, self._urgent, self._n_tasks = owner, urgent, n_tasks
        self._arrived = asyncio.Event()

    @property
    def running(self) -> bool:
        return any(not task.done() for task in self._tasks)

    def put(self, item: _Waiting) -> None:
        self.waiting.append(item)
        self._arrived.set()

    def start(self) -> None:
        if not self.running:
            self._arrived = asyncio.Event()  # of the loop that runs now: the last one may be over
            name = "embed-urgent" if self._urgent else "embed-bulk"
            self._tasks = [asyncio.create_task(self._run(), name=name) for _ in range(self._n_tasks)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self.waiting.clear()

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            batch = self._take()
            if not self.waiting:
                self._arrived.clear()
            if batch:
                await self._owner.run_batch(batch, urgent=self._urgent)

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        while self.waiting and len(batch) < self._owner.batch_size:
            item = self.waiting.popleft()
            if not item[2].done():  # answered meanwhile, by the urgent lane
                batch.append(item)
        return batch


class BatchEmbedder:
    """Embeds single texts and lists, batched and cached. Itself an `Embedder`.

    Args:
        model: an `Embedder`, a `SentenceTransformer`, or a name (see `create_embedder_by_name`).
        batch_size: most texts that go to the model at once.
        cache_size: vectors kept, the least recently used leave first; 1,000 are 1.5 MB.
    """

    def __init__(self, model: Embedder | SentenceEncoder | str, batch_size: int = 32, cache_size: int = 1000) -> None:
        if batch_size < 1 or cache_size < 0:
            raise UsageError("A BatchEmbedder needs a batch_size of at least 1 and a cache_size of at least 0.")
        self._owns_embedder = isinstance(model, str)
        self._embedder = _as_embedder(model)
        self.batch_size, self.cache_size = batch_size, cache_size
        self._cache: OrderedDict[_Key, Vector] = OrderedDict()
        self._in_flight: dict[_Key, asyncio.Future[Vector]] = {}
        self._bulk, self._urgent = _Lane(self, urgent=False, n_tasks=2), _Lane(self, urgent=True, n_tasks=1)
        self._counts = {"texts": 0, "cache_hits": 0, "shared": 0, "batches": 0, "embedded": 0, "errors": 0}
        self._closed = False

    @property
    def model(self) -> str:
        """Of the embedder below."""
        return self._embedder.model

    @property
    def dim(self) -> int:
        """Of the embedder below."""
        return self._embedder.dim

    async def embed_text(self, text: str, *, urgent: bool = True) -> Vector:
        """(dim,) float32 of L2 norm 1, read-only. Overtakes bulk work.

        Raises:
            EmbedderError: no model, or its worker is gone.
        """
        future = self._submit(text, urgent)
        # Shielded: others may wait for the same text.
        return future if isinstance(future, np.ndarray) else await asyncio.shield(future)

    async def embed_batch(self, texts: Sequence[str], *, urgent: bool = False) -> Vectors:
        """(n, dim) float32, rows of L2 norm 1, in the order of the texts.

        Raises:
            EmbedderError: no model, or its worker is gone.
        """
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        results = {i: self._submit(texts[i], urgent) for i in order}
        futures = {result for result in results.values() if isinstance(result, asyncio.Future)}
        if futures:
            await asyncio.wait(futures)  # leaves them alone when we are cancelled: others may wait for them
        rows = [results[i] for i in range(len(texts))]  # in the order of the texts again
        return np.stack([row.result() if isinstance(row, asyncio.Future) else row for row in rows])

    async def embed(self, texts: Sequence[str], *, urgent: bool = False) -> Vectors:
        """`embed_batch`, under the name that `Embedder` gives it."""
        return await self.embed_batch(texts, urgent=urgent)

    async def start_background_processor(self) -> None:
        """Start the tasks that take texts from the queues; otherwise the first text does. Returns at once."""
        if self._closed:
            raise _closed()
        self._bulk.start()
        self._urgent.start()

    def get_stats(self) -> dict[str, Any]:
        """Counts since the start: texts, cache_hits, shared, batches, embedded, errors; and the state now."""
        texts = self._counts["texts"]
        batches = self._counts["batches"]
        return {
            **self._counts,
            "hit_rate": self._counts["cache_hits"] / texts if texts else 0.0,
            "mean_batch": self._counts["embedded"] / batches if batches else 0.0,
            "cached": len(self._cache),
            "cache_size": self.cache_size,
            "batch_size": self.batch_size,
            "waiting": len(self._bulk.waiting) + len(self._urgent.waiting),
            "running": self._bulk.running,
            "model": self.model,
            "dim": self.dim,
        }

    async def aclose(self) -> None:
        """Stop the tasks; texts that wait fail. Closes the embedder only if it was made from a name."""
        self._closed = True
        await self._bulk.stop()
        await self._urgent.stop()
        for key in list(self._in_flight):
            self._fail(key, _closed())
        if self._owns_embedder:
            await self._embedder.aclose()

    async def run_batch(self, batch: list[_Waiting], *, urgent: bool) -> None:
        """Embed one batch for a lane and hand the vectors, or the error, to who waits."""
        self._counts["batches"] += 1
        self._counts["embedded"] += len(batch)
        try:
            texts = [text for _, text, _ in batch]
            vectors = np.asarray(await self._embedder.embed(texts, urgent=urgent), np.float32)
        except Exception as exc:  # noqa: BLE001 - who waits must hear of it, or it waits for ever
            self._counts["errors"] += 1
            for key, _, _ in batch:
                self._fail(key, exc)
            return
        vectors.flags.writeable = False
        for (key, _, future), vector in zip(batch, vectors, strict=True):
            self._keep(key, vector.copy())
            self._in_flight.pop(key, None)
            if not future.done():
                future.set_result(self._cache.get(key, vector))

    def _submit(self, text: str, urgent: bool) -> Vector | asyncio.Future[Vector]:
        """The cached vector, or what will hold it."""
        if self._closed:
            raise _closed()
        self._counts["texts"] += 1
        key = (self.model, hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest())
        if (vector := self._cache.get(key)) is not None:
            self._counts["cache_hits"] += 1
            self._cache.move_to_end(key)
            return vector
        lane = self._urgent if urgent else self._bulk
        future = self._in_flight.get(key)
        if future is None:
            future = self._in_flight[key] = asyncio.get_running_loop().create_future()
        else:
            self._counts["shared"] += 1
            if not urgent:
                return future
            # It may stand far back among the bulk: send it again, in front. Whoever is first answers both.
        lane.start()
        lane.put((key, text, future))
        return future

    def _keep(self, key: _Key, vector: Vector) -> None:
        vector.flags.writeable = False
        self._cache[key] = vector
        self._cache.move_to_end(key)
        while len(self._cache) > self.cache_size:
            self._cache.popitem(last=False)

    def _fail(self, key: _Key, error: Exception) -> None:
        future = self._in_flight.pop(key, None)
        if future is not None and not future.done():
            future.set_exception(error)
            future.exception()  # marked as seen: who waited may have been cancelled


def _closed() -> EmbedderError:
    return EmbedderError("This BatchEmbedder is closed; make a new one.")


def _as_embedder(model: Embedder | SentenceEncoder | str) -> Embedder:
    if isinstance(model, str):
        return create_embedder_by_name(model)
    if hasattr(model, "embed"):
        return cast("Embedder", model)
    if isinstance(model, SentenceEncoder):
        return _EncoderEmbedder(model)
    raise UsageError("A BatchEmbedder takes an Embedder, a SentenceTransformer or the name of a model.")
