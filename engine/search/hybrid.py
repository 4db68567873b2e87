"""The search index: words and meaning of documents, memories and chats in one ranking.

It is a cache. The caller feeds it from the store's change stream and writes down how far it came
(`position`); both are in one SQLite file, so that after any kill the position is never ahead of what is
indexed. The vectors lie beside it and are checked against that file when it is opened; whatever does not
agree empties the index, and the caller, who finds the position "", feeds it again.

All work happens in one thread of its own: SQLite and the scan release the GIL, nothing needs a lock, and
a query waits at most for one slice of a bulk load.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from engine.search.catalogue import KINDS, storage_errors
from engine.search.index_core import IndexCore
from engine.search.types import Hit, IndexEntry, Kind, PageRequest, Standing, Vectors, Wanted

__all__ = ["SearchIndex"]

T = TypeVar("T")

# Entries written per turn of the thread: about 50 ms, the longest that a query waits for a bulk load.
_SLICE = 64


class SearchIndex:
    """Words and meaning of everything that can be found. Made by `open`."""

    def __init__(self, executor: ThreadPoolExecutor, core: IndexCore) -> None:
        self._executor, self._core = executor, core
        self._position = core.catalogue.position

    @classmethod
    async def open(cls, cache_dir: Path | None, dim: int) -> SearchIndex:
        """The index in this directory, empty where there was none or where it cannot be trusted.

        Args:
            cache_dir: None keeps everything in memory.
            dim: of the vectors; an index made for another one is made anew.

        Raises:
            StoreError: the directory cannot be written.
        """
        executor = ThreadPoolExecutor(1, "search-index")
        try:
            core = await asyncio.get_running_loop().run_in_executor(executor, _open_core, cache_dir, dim)
        # A cancel as well: nobody else would end the thread.
        except BaseException:
            executor.shutdown(wait=False)
            raise
        return cls(executor, core)

    @property
    def dim(self) -> int:
        """Of the vectors that it holds."""
        return self._core.dim

    @property
    def position(self) -> str:
        """The last change applied, as the caller set it; "" is an index to be fed from the beginning."""
        return self._position

    async def put(self, entries: Sequence[IndexEntry]) -> None:
        """Insert the entries, replacing those of the same id. Found as soon as this returns.

        Raises:
            StoreFullError: no space; the entries of the last slice are not indexed.
            StoreError: the cache cannot be written.
        """
        for start in range(0, len(entries), _SLICE):
            await self._run(self._core.put, entries[start : start + _SLICE])

    async def remove(self, ids: Collection[str]) -> None:
        """Take these entries out; unknown ids are ignored."""
        await self._run(self._core.remove_ids, ids)

    async def remove_group(self, kind: Kind, group: str) -> None:
        """Take out all entries of a document, chat or tier."""
        await self._run(self._core.remove_group, kind, group)

    async def set_position(self, position: str) -> None:
        """Write down that every change up to this one is in."""
        await self._run(self._core.set_position, position)
        self._position = position

    async def clear(self) -> None:
        """Forget everything, the position too."""
        await self._run(self._core.clear)
        self._position = ""

    async def compact(self) -> None:
        """Rewrite the cache, so that nothing removed is left in its file: what "forget" calls last."""
        await self._run(self._core.compact)

    async def counts(self) -> dict[str, int]:
        """How many entries there are by kind, and how many have `vectors`."""
        return await self._run(self._core.counts)

    async def search(
        self,
        text: str,
        vector: Vectors | Awaitable[Vectors | None] | None,
        *,
        k: int = 10,
        kinds: Collection[Kind] = KINDS,
        project: str | None = "",
        exclude_groups: Collection[str] = (),
        no_bits: int = 0,
        created_from_ms: int | None = None,
        created_to_ms: int | None = None,
        now_ms: int = 0,
    ) -> list[Hit]:
        """The k best entries, best first, near-duplicates left out.

        Args:
            text: any text; matched by its words.
            vector: (dim,) of the text, L2 norm 1; None searches by words alone. While it is awaited the words
                are looked up.
            project, exclude_groups, no_bits, created_from_ms, created_to_ms: see `Wanted`.
            now_ms: counts recency; 0 leaves it out.
        """
        if k < 1 or not kinds:
            return []
        wanted = Wanted(tuple(kinds), project, tuple(exclude_groups), no_bits, created_from_ms, created_to_ms)
        if not isinstance(vector, Awaitable):
            return await self._run(self._core.search, text, vector, k, wanted, now_ms)
        words = await self._run(self._core.look_up, text, k, wanted)
        return await self._run(self._core.search, text, await vector, k, wanted, now_ms, words)

    async def page(self, request: PageRequest) -> tuple[list[str], int]:
        """The ids of one page of a list, and how many entries there are in all."""
        return await self._run(self._core.page, request)

    async def summary(self, kind: Kind) -> dict[str, dict[str, int]]:
        """What there is of a kind by group: `{group: {count, pinned, suggested, bytes}}`; bytes of text."""
        return await self._run(self._core.summary, kind)

    async def similar(
        self, ids: Sequence[str], threshold: float, kind: Kind, no_bits: int = 0
    ) -> list[tuple[str, str, float]]:
        """For each of these entries those of the same kind and project that are at least so similar, with the cosine.

        At most `_NEIGHBOURS` for each, and a pair of two that are asked for comes twice.
        """
        pairs: list[tuple[str, str, float]] = []
        for start in range(0, len(ids), _SLICE):
            pairs += await self._run(self._core.similar, ids[start : start + _SLICE], threshold, kind, no_bits)
        return pairs

    async def threads(self, ids: Collection[str]) -> dict[str, str]:
        """The threads of these entries as they are indexed now; those without one are left out."""
        return await self._run(self._core.threads, ids)

    async def standings(self, kind: Kind, group: str) -> list[Standing]:
        """What the scores of all entries of a group are made of."""
        return await self._run(self._core.standings, kind, group)

    async def neighbours(self, hit: Hit, before: int = 1, after: int = 1) -> list[Hit]:
        """What stands before and after a hit in its document or chat, in order, without the hit."""
        return await self._run(self._core.neighbours, hit, before, after)

    async def take_over(self, other: SearchIndex) -> None:
        """Be the other index from now on, which is used up by this; what this one was is closed."""
        executor, core = self._executor, self._core
        self._executor, self._core, self._position = other._executor, other._core, other._position
        await asyncio.get_running_loop().run_in_executor(executor, _guarded, core.close)
        executor.shutdown(wait=False)

    def has_taken(self, other: SearchIndex) -> bool:
        """Whether this is the other index since `take_over`."""
        return self._core is other._core

    async def aclose(self) -> None:
        """Finish what is running and let go of the files."""
        await self._run(self._core.close)
        self._executor.shutdown(wait=False)

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, _guarded, work, *arguments)


def _open_core(cache_dir: Path | None, dim: int) -> IndexCore:
    with storage_errors():
        return IndexCore(cache_dir, dim)


def _guarded(work: Callable[..., T], *arguments: object) -> T:
    with storage_errors():
        return work(*arguments)
