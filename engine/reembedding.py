"""Another embedding model: everything gets new vectors in the background, and the old index serves until then.

Vectors of two models do not mix: a cosine between them means nothing. So there is one *serving* model, whose vectors
the index holds and with which questions are embedded. The store says which it is, and what comes next:

    begin        the settings name another model: all that has vectors is put into `unembedded`, `next` is written
    in between   engine.embed_later writes new vectors to the store without announcing them, so the index keeps the
                 old ones; questions are embedded with the old model where it can still be loaded, else words alone
                 find. What is written meanwhile has a vector of the next model and is found by its words.
    finish       nothing waits any more: a new index is built beside the old one from the store, then takes its
                 place; `model` is the new one, and the old files go

A kill at any moment leaves `unembedded` and the record in the store, so the next start goes on where this one
was. Going back to the old model meanwhile is a change like any other.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError, StoreError
from engine.memory.tiers import TIERS
from engine.search.embedding import create_embedder
from engine.search.types import Embedder
from engine.settings import Settings
from engine.store.store import Store, Transaction

__all__ = ["Reembedding", "Serving", "clear_other_indexes", "index_dir"]

logger = logging.getLogger(__name__)

# Members put into the index of what waits in one transaction.
_AT_ONCE = 1000
_INDEX_PREFIX = "index-"


@dataclass(frozen=True, slots=True)
class Serving:
    """Which vectors the index holds.

    Attributes:
        model, dim: of the index; "" takes any vector of that dimension.
        embedder: for questions; None where nothing can make such vectors.
        following: the model that everything is embedded with anew, "" where nothing is.
    """

    model: str
    dim: int
    embedder: Embedder | None
    following: str = ""


def index_dir(cache_dir: Path, model: str) -> Path:
    """Where the index with vectors of a model lies."""
    return cache_dir / f"{_INDEX_PREFIX}{hashlib.sha256(model.encode()).hexdigest()[:12]}"


class Reembedding:
    """Knows which model serves, and sees to it that it is the one that the settings name.

    Args:
        default_dim: of the index while there is no embedder at all.
    """

    def __init__(self, store: Store, settings: Settings, log_dir: Path, default_dim: int) -> None:
        self._store, self._settings, self._log_dir, self._default_dim = store, settings, log_dir, default_dim

    async def begin(self, embedder: Embedder | None) -> Serving:
        """What serves now; where that is not the embedder's model, everything begins to wait for new vectors."""
        record = await self._store.get(self._store.keys.embedding) or {}
        model, dim, kind = str(record.get("model", "")), int(record.get("dim", 0)), str(record.get("kind", ""))
        if embedder is None:
            return Serving(model, dim or self._default_dim, None)
        if not model or model == embedder.model:
            if record != self._record(embedder):
                await self._write(self._record(embedder))
            return Serving(embedder.model, embedder.dim, embedder)
        following = embedder.model
        if record.get("next") != following:
            logger.info("another embedding model: everything gets new vectors in the background")
            await self._enlist()
            await self._write({**record, "next": following})
        return Serving(model, dim, self._load(kind, model), following)

    async def finish(self, embedder: Embedder) -> Serving:
        """From now on the embedder's model serves."""
        await self._write(self._record(embedder))
        return Serving(embedder.model, embedder.dim, embedder)

    def _record(self, embedder: Embedder) -> dict[str, str | int]:
        return {"model": embedder.model, "dim": embedder.dim, "kind": self._settings.embedder}

    async def _write(self, record: dict[str, str | int]) -> None:
        transaction = Transaction()
        transaction.put(self._store.keys.embedding, record)
        await self._store.commit(transaction)
        await self._store.barrier()

    def _load(self, kind: str, model: str) -> Embedder | None:
        """An embedder of the old model, None where this computer has it no more."""
        try:
            settings = self._settings.model_copy(update={"embedder": kind})
            old = create_embedder(settings, self._log_dir)
        except (EngineError, ValueError):
            return None
        return old if old is not None and old.model == model else None

    async def _enlist(self) -> None:
        """Let everything wait for its vector; a repeated call is the same call."""
        keys = self._store.keys
        members = [f"memory:{id}" for tier in TIERS for id, _ in await self._store.range(keys.tier(tier))]
        members += [f"document:{id}" for id, _ in await self._store.range(keys.documents)]
        for start in range(0, len(members), _AT_ONCE):
            transaction = Transaction()
            for place, member in enumerate(members[start : start + _AT_ONCE], start):
                transaction.index_add(keys.unembedded, member, place)
            await self._store.commit(transaction)


def clear_other_indexes(cache_dir: Path, keep: Path) -> None:
    """Remove what is left of other indexes: their texts would outlive being forgotten.

    Raises:
        StoreError: one of them cannot be removed.
    """
    try:
        for old in cache_dir.glob(f"{_INDEX_PREFIX}*"):
            if old != keep:
                shutil.rmtree(old)
        for old in cache_dir.glob("search.*"):  # where the index lay before it had a folder of its own
            old.unlink()
    except OSError as exc:
        raise StoreError(f"An old search index cannot be removed ({exc}); delete the folder {cache_dir}.") from exc
