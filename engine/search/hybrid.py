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
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np

from engine.search import fusion
from engine.search.catalogue import (
    KINDS,
    Catalogue,
    Row,
    delete_database,
    open_database,
    storage_errors,
)
from engine.search.lexical import LexicalIndex
from engine.search.types import Hit, IndexEntry, Kind, PageRequest, Standing, Vectors, Wanted
from engine.search.vectors import ScanIndex, VectorQuery, VectorRow

__all__ = ["SearchIndex"]

T = TypeVar("T")

# Entries written per turn of the thread: about 50 ms, the longest that a query waits for a bulk load.
_SLICE = 64

# Candidates taken from each signal for k results.
_CANDIDATES_PER_HIT = 6
_MIN_CANDIDATES = 64


# Most entries that one entry is compared with closely.
_NEIGHBOURS = 16


class _Core:
    """Everything that the index does, in the one thread that may do it."""

    def __init__(self, cache_dir: Path | None, dim: int) -> None:
        self._words_path = cache_dir / "search.sqlite" if cache_dir is not None else None
        self._vectors_path = cache_dir / "search.f32" if cache_dir is not None else None
        self.dim = dim
        if cache_dir is not None:
            cache_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._open()
        if not self._restore():
            self.close()
            if self._words_path is not None:
                delete_database(self._words_path)
            self._open()

    def _open(self) -> None:
        self._db = open_database(self._words_path, self.dim)
        self.catalogue = Catalogue(self._db)
        self._lexical = LexicalIndex(self._db)
        if self._vectors_path is not None:
            self._vectors_path.touch(mode=0o600)
        self._vectors = ScanIndex(self._vectors_path, self.dim)

    def _restore(self) -> bool:
        rows = self.catalogue.with_vectors()
        in_texts = self._lexical.n_entries == self._db.execute("SELECT count(*) FROM entries").fetchone()[0]
        slots, checksums = [r.slot for r in rows], [r.checksum for r in rows]
        return bool(in_texts) and self._vectors.restore(slots, checksums, [_vector_row(r) for r in rows])

    def put(self, entries: Sequence[IndexEntry]) -> None:
        fresh: list[tuple[int, Row]] = []
        old_slots = [row.slot for row in self.catalogue.by_id({e.id for e in entries}) if row.slot >= 0]
        reserved: list[int] = []
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for entry in {e.id: e for e in entries}.values():
                slot, checksum = (-1, 0) if entry.vector is None else self._vectors.reserve(entry.vector)
                reserved += [slot] if slot >= 0 else []
                row = self.catalogue.put(entry, slot, checksum)
                self._lexical.put(row.row, entry.text, entry.context)
                fresh.append((slot, row))
            self._db.execute("COMMIT")
        except BaseException:
            self._roll_back(reserved)
            raise
        for slot, row in fresh:
            if slot >= 0:
                self._vectors.publish(slot, _vector_row(row))
        self._vectors.release(old_slots)

    def _roll_back(self, reserved: Sequence[int]) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._vectors.release(reserved)
        self.catalogue = Catalogue(self._db)
        self._lexical = LexicalIndex(self._db)

    def remove(self, rows: Sequence[Row]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._lexical.remove([r.row for r in rows])
            self.catalogue.remove([r.row for r in rows])
            self._db.execute("COMMIT")
        except BaseException:
            self._roll_back([])
            raise
        self._vectors.release([r.slot for r in rows if r.slot >= 0])

    def remove_ids(self, ids: Collection[str]) -> None:
        self.remove(self.catalogue.by_id(ids))

    def remove_group(self, kind: Kind, group: str) -> None:
        self.remove(self.catalogue.by_group(kind, group))

    def set_position(self, position: str) -> None:
        self.catalogue.position = position

    def clear(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._lexical.clear()
        self.catalogue.clear()
        self._db.execute("COMMIT")
        self._vectors.clear()

    def compact(self) -> None:
        self.catalogue.drop_unused_names()
        self._lexical.optimise()
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def counts(self) -> dict[str, int]:
        found = dict(self._db.execute("SELECT kind, count(*) FROM entries GROUP BY kind").fetchall())
        return {**{kind: found.get(i, 0) for i, kind in enumerate(KINDS)}, "vectors": len(self._vectors)}

    def summary(self, kind: Kind) -> dict[str, dict[str, int]]:
        return self.catalogue.summary(kind)

    def similar(self, ids: Collection[str], threshold: float, kind: Kind, no_bits: int) -> list[tuple[str, str, float]]:
        rows = [row for row in self.catalogue.by_id(ids) if row.slot >= 0 and not row.bits & no_bits]
        found = self._vectors.neighbours([row.slot for row in rows], _NEIGHBOURS, (kind,), no_bits)
        near = [[(key, cosine) for key, cosine in hits if cosine >= threshold] for hits in found]
        others = {row.row: row for row in self.catalogue.by_number({key for hits in near for key, _ in hits})}
        return [
            (row.id, others[key].id, cosine)
            for row, hits in zip(rows, near, strict=True)
            for key, cosine in hits
            if key != row.row and others[key].project == row.project
        ]

    def threads(self, ids: Collection[str]) -> dict[str, str]:
        rows = self.catalogue.by_id(ids)
        return {row.id: self.catalogue.name(row.thread) for row in rows if row.thread}

    def standings(self, kind: Kind, group: str) -> list[Standing]:
        return self.catalogue.standings(kind, group)

    def close(self) -> None:
        self._vectors.close()
        self._db.close()

    def search(self, text: str, vector: Vectors | None, k: int, wanted: Wanted, now_ms: int) -> list[Hit]:
        n = max(_MIN_CANDIDATES, _CANDIDATES_PER_HIT * k)
        where, parameters = self.catalogue.condition(wanted)
        terms = self._lexical.terms(text)
        bm25 = self._lexical.search(terms, where, parameters, n)
        near: dict[int, float] = {}
        if vector is not None:
            near = dict(self._vectors.search(self._query(vector, n, wanted, now_ms)))
        rows = self.catalogue.by_number(bm25.keys() | near.keys())
        signals = self._signals(rows, bm25, near, vector, now_ms)
        sum_idf = sum(term.idf for term in terms)
        return self._ranked(rows, [fusion.explain(s, sum_idf, dense=vector is not None) for s in signals], k)

    def _query(self, vector: Vectors, n: int, wanted: Wanted, now_ms: int) -> VectorQuery:
        numbers = [self.catalogue.known_number(group) for group in wanted.exclude_groups]
        project = -1 if wanted.project is None else max(0, self.catalogue.known_number(wanted.project))
        return VectorQuery(
            vector=np.ascontiguousarray(vector, np.float32).reshape(-1),
            k=n,
            kinds=wanted.kinds,
            project=project,
            without_groups=[number for number in numbers if number >= 0],
            no_bits=wanted.no_bits,
            created_from_ms=wanted.created_from_ms,
            created_to_ms=wanted.created_to_ms,
            importance_weight=fusion.IMPORTANCE_WEIGHT / fusion.MEANING_WEIGHT,
            recency_weight=fusion.RECENCY_WEIGHT / fusion.MEANING_WEIGHT if now_ms else 0.0,
            now_ms=now_ms,
        )

    def page(self, request: PageRequest) -> tuple[list[str], int]:
        match = self._lexical.beginnings(request.query)
        if match == "":
            return [], 0  # words were given and nothing of them can be found
        return self.catalogue.page(request, match)

    def _signals(
        self, rows: Sequence[Row], bm25: dict[int, float], near: dict[int, float], vector: Vectors | None, now_ms: int
    ) -> list[fusion.Signals]:
        unknown = [r for r in rows if vector is not None and r.row not in near and r.slot >= 0]
        if vector is not None and unknown:
            flat = np.ascontiguousarray(vector, np.float32).reshape(-1)
            cosines = self._vectors.cosines([r.slot for r in unknown], flat)
            near = {**near, **{r.row: float(c) for r, c in zip(unknown, cosines, strict=True)}}
        return [
            fusion.Signals(
                bm25=bm25.get(r.row, 0.0),
                cosine=near.get(r.row),
                importance=r.importance,
                recency=fusion.recency(r.last_used_ms, r.half_life_s, now_ms),
            )
            for r in rows
        ]

    def _ranked(self, rows: Sequence[Row], whys: Sequence[dict[str, float]], k: int) -> list[Hit]:
        scores = [min(1.0, sum(why.values())) for why in whys]
        order = sorted(range(len(rows)), key=lambda i: (-scores[i], rows[i].id))[: 2 * k + 10]
        texts = [self._lexical.text(rows[i].row) for i in order]
        vectors = [self._vectors.vectors([rows[i].slot])[0] if rows[i].slot >= 0 else None for i in order]
        kept = fusion.first_of_each(texts, vectors, k)
        return [self.catalogue.hit(rows[order[j]], texts[j], scores[order[j]], whys[order[j]]) for j in kept]

    def neighbours(self, hit: Hit, before: int, after: int) -> list[Hit]:
        rows = self.catalogue.by_group(hit.kind, hit.group, hit.position - before, hit.position + after)
        return [self.catalogue.hit(r, self._lexical.text(r.row), 0.0, {}) for r in rows if r.id != hit.id]


class SearchIndex:
    """Words and meaning of everything that can be found. Made by `open`."""

    def __init__(self, executor: ThreadPoolExecutor, core: _Core) -> None:
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
        vector: Vectors | None,
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
            vector: (dim,) of the text, L2 norm 1; None searches by words alone.
            project, exclude_groups, no_bits, created_from_ms, created_to_ms: see `Wanted`.
            now_ms: counts recency; 0 leaves it out.
        """
        if k < 1 or not kinds:
            return []
        wanted = Wanted(tuple(kinds), project, tuple(exclude_groups), no_bits, created_from_ms, created_to_ms)
        return await self._run(self._core.search, text, vector, k, wanted, now_ms)

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

    async def aclose(self) -> None:
        """Finish what is running and let go of the files."""
        await self._run(self._core.close)
        self._executor.shutdown(wait=False)

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, _guarded, work, *arguments)


def _open_core(cache_dir: Path | None, dim: int) -> _Core:
    with storage_errors():
        return _Core(cache_dir, dim)


def _guarded(work: Callable[..., T], *arguments: object) -> T:
    with storage_errors():
        return work(*arguments)


def _vector_row(row: Row) -> VectorRow:
    return VectorRow(
        key=row.row,
        kind=KINDS[row.kind],
        project=row.project,
        group=row.grp,
        importance=row.importance,
        last_used_ms=row.last_used_ms,
        half_life_s=row.half_life_s,
        bits=row.bits,
        created_ms=row.created_ms,
    )
