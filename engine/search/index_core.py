"""What the search index does, in the one thread that may do it: see engine.search.hybrid.

A search has two halves. The words can be looked up while the question is still being embedded (`look_up`); the
ranking (`rank`) takes what they found, the nearest vectors and what is known of both. Where something was written
between the halves the first is done again, because rows may have gone to other entries.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.search import fusion
from engine.search.catalogue import KINDS, Candidate, Catalogue, Row, delete_database, open_database
from engine.search.lexical import LexicalIndex, Term
from engine.search.types import Hit, IndexEntry, Kind, PageRequest, Standing, Vectors, Wanted
from engine.search.vectors import ScanIndex, VectorQuery, VectorRow

__all__ = ["IndexCore", "WordsFound"]

# Candidates taken from each signal for k results.
_CANDIDATES_PER_HIT = 6
_MIN_CANDIDATES = 64

# Most entries that one entry is compared with closely.
_NEIGHBOURS = 16


@dataclass(frozen=True, slots=True)
class WordsFound:
    """What the words of a query lead to.

    Attributes:
        bm25: scores by row.
        terms: of the query, those that nothing has included.
        generation: stands for what the index held when it was asked.
    """

    bm25: dict[int, float]
    terms: Sequence[Term]
    generation: object

    @property
    def sum_idf(self) -> float:
        """Of all terms of the query."""
        return sum(term.idf for term in self.terms)


class IndexCore:
    """Everything that the index does, in the one thread that may do it."""

    def __init__(self, cache_dir: Path | None, dim: int) -> None:
        self._words_path = cache_dir / "search.sqlite" if cache_dir is not None else None
        self._vectors_path = cache_dir / "search.f32" if cache_dir is not None else None
        self.dim = dim
        self._generation = object()
        if cache_dir is not None:
            cache_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._open()
        if not self._restore():
            self.close()
            if self._words_path is not None:
                delete_database(self._words_path)
            self._open()
        # The check has read everything once; of ten thousand passages that is 14 MB of which no question needs much.
        self._db.execute("PRAGMA shrink_memory")

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
        self._generation = object()
        old = {row.id: row for row in self.catalogue.by_id({e.id for e in entries})}
        rows: list[Row] = []
        reserved: list[int] = []
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for entry in {e.id: e for e in entries}.values():
                slot, checksum = self._place(entry, old.get(entry.id), reserved)
                rows.append(self.catalogue.put(entry, slot, checksum))
                self._lexical.put(rows[-1].row, entry.text, entry.context)
            self._db.execute("COMMIT")
        # Whatever stops it: a transaction that stays open would refuse every later one.
        except BaseException:
            self._roll_back(reserved)
            raise
        for row in rows:
            if row.slot >= 0:
                self._vectors.publish(row.slot, _vector_row(row))
        kept = {row.slot for row in rows}
        self._vectors.release([row.slot for row in old.values() if row.slot >= 0 and row.slot not in kept])

    def _place(self, entry: IndexEntry, old: Row | None, reserved: list[int]) -> tuple[int, int]:
        """Slot and checksum of an entry's vector; its old slot where that holds the same, as after a use."""
        if entry.vector is None:
            return -1, 0
        if old is not None and old.slot >= 0 and self._vectors.checksum(entry.vector) == old.checksum:
            return old.slot, old.checksum
        slot, checksum = self._vectors.reserve(entry.vector)
        reserved.append(slot)
        return slot, checksum

    def _roll_back(self, reserved: Sequence[int]) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._vectors.release(reserved)
        self.catalogue = Catalogue(self._db)
        self._lexical = LexicalIndex(self._db)

    def remove(self, rows: Sequence[Row]) -> None:
        self._generation = object()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._lexical.remove([r.row for r in rows])
            self.catalogue.remove([r.row for r in rows])
            self._db.execute("COMMIT")
        # Whatever stops it: a transaction that stays open would refuse every later one.
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
        self._generation = object()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._lexical.clear()
            self.catalogue.clear()
            self._db.execute("COMMIT")
        # Whatever stops it: a transaction that stays open would refuse every later one.
        except BaseException:
            self._roll_back([])
            raise
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

    def look_up(self, text: str, k: int, wanted: Wanted) -> WordsFound:
        where, parameters = self.catalogue.condition(wanted)
        terms = self._lexical.terms(text)
        bm25 = self._lexical.search(terms, where, parameters, _n_candidates(k))
        return WordsFound(bm25, terms, self._generation)

    def search(
        self, text: str, vector: Vectors | None, k: int, wanted: Wanted, now_ms: int, words: WordsFound | None = None
    ) -> list[Hit]:
        if words is None or words.generation is not self._generation:
            words = self.look_up(text, k, wanted)
        if vector is not None and vector.size != self.dim:  # of another model, which was changed this moment
            vector = None
        near: dict[int, float] = {}
        if vector is not None:
            near = dict(self._vectors.search(self._query(vector, _n_candidates(k), wanted, now_ms)))
        # More may have the words than there was room for: who is near for the meaning must not lose by that.
        bm25 = words.bm25 | self._lexical.scores_of(near.keys() - words.bm25.keys(), words.terms)
        rows = self.catalogue.candidates(bm25.keys() | near.keys())
        signals = self._signals(rows, bm25, near, vector, now_ms)
        whys = [fusion.explain(s, words.sum_idf, dense=vector is not None) for s in signals]
        return self._ranked(rows, whys, k)

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
        self,
        rows: Sequence[Candidate],
        bm25: dict[int, float],
        near: dict[int, float],
        vector: Vectors | None,
        now_ms: int,
    ) -> list[fusion.Signals]:
        unknown = [r for r in rows if vector is not None and r.row not in near and r.slot >= 0]
        if vector is not None and unknown:
            flat = np.ascontiguousarray(vector, np.float32).reshape(-1)
            cosines = self._vectors.cosines([r.slot for r in unknown], flat).tolist()
            near = {**near, **{r.row: cosine for r, cosine in zip(unknown, cosines, strict=True)}}
        return [
            fusion.Signals(
                bm25=bm25.get(r.row, 0.0),
                cosine=near.get(r.row),
                importance=r.importance,
                recency=fusion.recency(r.last_used_ms, r.half_life_s, now_ms),
            )
            for r in rows
        ]

    def _ranked(self, rows: Sequence[Candidate], whys: Sequence[dict[str, float]], k: int) -> list[Hit]:
        scores = [min(1.0, sum(why.values())) for why in whys]
        order = sorted(range(len(rows)), key=lambda i: (-scores[i], rows[i].id))[: 2 * k + 10]
        texts = self._lexical.texts([rows[i].row for i in order])
        kept = fusion.first_of_each([texts[rows[i].row] for i in order], self._exact([rows[i].slot for i in order]), k)
        full = {row.row: row for row in self.catalogue.by_number([rows[order[j]].row for j in kept])}
        best = [(rows[i].row, scores[i], whys[i]) for i in (order[j] for j in kept)]
        return [self.catalogue.hit(full[row], texts[row], score, why) for row, score, why in best]

    def _exact(self, slots: Sequence[int]) -> Vectors:
        """The vectors in these slots; zeros where there is none."""
        vectors = np.zeros((len(slots), self.dim), np.float32)
        known = [i for i, slot in enumerate(slots) if slot >= 0]
        vectors[known] = self._vectors.vectors([slots[i] for i in known])
        return vectors

    def neighbours(self, hit: Hit, before: int, after: int) -> list[Hit]:
        rows = self.catalogue.by_group(hit.kind, hit.group, hit.position - before, hit.position + after)
        return [self.catalogue.hit(r, self._lexical.text(r.row), 0.0, {}) for r in rows if r.id != hit.id]


def _n_candidates(k: int) -> int:
    return max(_MIN_CANDIDATES, _CANDIDATES_PER_HIT * k)


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
