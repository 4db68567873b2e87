"""The table of what is indexed, in the SQLite file that also holds the words: one commit, one truth.

The file is a cache. Whatever is wrong with it (another version, another dimension, damage) is cured by
deleting it; the caller then finds the position empty and feeds everything again.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from engine.errors import StoreError, StoreFullError
from engine.search.types import QUOTED, SUGGESTED, UNPINNED, Hit, IndexEntry, Kind, PageRequest, Standing, Wanted

T = TypeVar("T")

KINDS: tuple[Kind, ...] = ("document", "memory", "chat")

# Changes whenever the tables or the tokenizer do; a file with another number is made anew.
_LAYOUT = "4"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS names (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS entries (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, grp INTEGER NOT NULL,
    project INTEGER NOT NULL, position INTEGER NOT NULL, importance REAL NOT NULL, last_used_ms INTEGER NOT NULL,
    half_life_s REAL NOT NULL, slot INTEGER NOT NULL, checksum INTEGER NOT NULL,
    path TEXT NOT NULL, page INTEGER, heading TEXT NOT NULL, labels TEXT NOT NULL,
    bits INTEGER NOT NULL, created_ms INTEGER NOT NULL, uses INTEGER NOT NULL,
    thread INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS by_group ON entries (kind, grp, position);
CREATE INDEX IF NOT EXISTS by_use ON entries (kind, last_used_ms DESC, id);
"""


class Row(NamedTuple):
    """One line of the table of entries; `grp`, `project` are numbers of names, slot −1 is no vector."""

    row: int
    id: str
    kind: int
    grp: int
    project: int
    position: int
    importance: float
    last_used_ms: int
    half_life_s: float
    slot: int
    checksum: int
    path: str
    page: int | None
    heading: str
    labels: str
    bits: int
    created_ms: int
    uses: int
    thread: int


class Candidate(NamedTuple):
    """What a ranking asks of an entry; see `Row`."""

    row: int
    id: str
    slot: int
    importance: float
    last_used_ms: int
    half_life_s: float


_ORDERS = {"used": "last_used_ms DESC", "created": "created_ms DESC", "importance": "importance DESC"}

_TRUST_BITS = {"trusted": 0, "suggested": SUGGESTED, "quoted": SUGGESTED | QUOTED}

# Values of one SQL statement; the smallest limit that SQLite was ever built with is 999.
_MAX_PARAMETERS = 900

_COLUMNS = ", ".join(Row._fields)


def open_database(path: Path | None, dim: int) -> sqlite3.Connection:
    """A connection to the cache file, made anew where it is not one of ours or is damaged."""
    if path is None:
        return _connect(":memory:", dim)
    try:
        return _connect(str(path), dim)
    except sqlite3.DatabaseError:
        delete_database(path)
        return _connect(str(path), dim)


def delete_database(path: Path) -> None:
    """Remove the file and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _connect(name: str, dim: int) -> sqlite3.Connection:
    if name != ":memory:":
        Path(name).touch(mode=0o600)  # SQLite gives its -wal and -shm the mode of the file they belong to
    db = sqlite3.connect(name, check_same_thread=False, isolation_level=None, timeout=5.0)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # NORMAL: a power cut may lose the last commits, never the order; their position is lost with them.
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA cache_size = -16000")
        db.executescript(_SCHEMA)
        stamp = f"{_LAYOUT} {dim}"
        db.execute("INSERT OR IGNORE INTO meta VALUES ('layout', ?)", (stamp,))
        if db.execute("SELECT value FROM meta WHERE name = 'layout'").fetchone() != (stamp,):
            raise sqlite3.DatabaseError("made for another layout or dimension")
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


@contextlib.contextmanager
def storage_errors() -> Iterator[None]:
    """SQLite's and the file system's errors as ours.

    Raises:
        StoreFullError: no space is left for the cache.
        StoreError: the cache cannot be written or read.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as exc:
        if "full" in str(exc) or getattr(exc, "errno", 0) == 28:
            raise StoreFullError("No space is left on the disk; free some and it goes on.") from exc
        raise StoreError(f"The search index cannot be used ({exc}); delete the cache folder and start again.") from exc


class Catalogue:
    """The table of entries, over a connection that the caller owns and commits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._numbers: dict[str, int] = {"": 0}
        self._names: dict[int, str] = {0: ""}
        for number, name in connection.execute("SELECT number, name FROM names"):
            self._numbers[name], self._names[number] = number, name

    @property
    def position(self) -> str:
        """The last change applied; "" when nothing is known of any."""
        found = self._db.execute("SELECT value FROM meta WHERE name = 'position'").fetchone()
        return str(found[0]) if found else ""

    @position.setter
    def position(self, position: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('position', ?)", (position,))

    def drop_unused_names(self) -> None:
        """Forget the names of projects and groups that no entry has any more."""
        self._db.execute(
            "DELETE FROM names WHERE number NOT IN "
            "(SELECT grp FROM entries UNION SELECT project FROM entries UNION SELECT thread FROM entries)"
        )
        left = dict(self._db.execute("SELECT number, name FROM names").fetchall())
        self._names = {0: "", **left}
        self._numbers = {name: number for number, name in self._names.items()}

    def known_number(self, name: str) -> int:
        """The number of a project or group; −2, which nothing has, for a name never seen."""
        return self._numbers.get(name, -2)

    def name(self, number: int) -> str:
        """The project or group of that number."""
        return self._names[number]

    def put(self, entry: IndexEntry, slot: int, checksum: int) -> Row:
        """Insert the entry or replace the one of that id, keeping its row."""
        old = self._db.execute("SELECT row FROM entries WHERE id = ?", (entry.id,)).fetchone()
        values = (
            entry.id, KINDS.index(entry.kind), self._number(entry.group), self._number(entry.project), entry.position,
            float(entry.importance), entry.last_used_ms, float(entry.half_life_s), slot, checksum,
            entry.path, entry.page, entry.heading, json.dumps(entry.labels), entry.bits, entry.created_ms,
            entry.uses, self._number(entry.thread),
        )  # fmt: skip
        marks = ", ".join("?" * (len(values) + 1))
        done = self._db.execute(
            f"INSERT OR REPLACE INTO entries ({_COLUMNS}) VALUES ({marks})", (old[0] if old else None, *values)
        )
        return Row(int(done.lastrowid or 0), *values)

    def by_id(self, ids: Collection[str]) -> list[Row]:
        """The rows with these ids."""
        return self._select_among("id", list(ids))

    def by_number(self, numbers: Collection[int]) -> list[Row]:
        """The rows with these numbers."""
        return self._select_among("row", list(numbers))

    def candidates(self, numbers: Collection[int]) -> list[Candidate]:
        """What a ranking asks of the rows with these numbers."""
        found: list[Candidate] = []
        for part, marks in _parts(list(numbers)):
            rows = self._db.execute(
                f"SELECT {', '.join(Candidate._fields)} FROM entries WHERE row IN ({marks})", tuple(part)
            )
            found += map(Candidate._make, rows)
        return found

    def by_group(self, kind: Kind, group: str, first: int = -(2**62), last: int = 2**62) -> list[Row]:
        """The rows of a group in order, those with positions from first to last."""
        return self._select(
            "kind = ? AND grp = ? AND position BETWEEN ? AND ? ORDER BY position",
            (KINDS.index(kind), self.known_number(group), first, last),
        )

    def with_vectors(self) -> list[Row]:
        """All rows that have a vector."""
        return self._select("slot >= ?", (0,))

    def remove(self, numbers: Collection[int]) -> None:
        """Take these rows out."""
        self._db.executemany("DELETE FROM entries WHERE row = ?", [(number,) for number in numbers])

    def clear(self) -> None:
        """Forget everything, the position too."""
        self._db.execute("DELETE FROM entries")
        self._db.execute("DELETE FROM names")
        self.position = ""
        self._numbers, self._names = {"": 0}, {0: ""}

    def condition(self, wanted: Wanted) -> tuple[str, list[object]]:
        """The SQL condition, and its parameters, that a search's filters make."""
        where = [f"entries.kind IN ({', '.join(str(KINDS.index(kind)) for kind in wanted.kinds)})"]
        parameters: list[object] = []
        if wanted.project is not None:
            where.append("entries.project IN (0, ?)")
            parameters.append(self.known_number(wanted.project))
        if wanted.exclude_groups:
            where.append(f"entries.grp NOT IN ({', '.join('?' * len(wanted.exclude_groups))})")
            parameters += [self.known_number(group) for group in wanted.exclude_groups]
        if wanted.no_bits:
            where.append("entries.bits & ? = 0")
            parameters.append(wanted.no_bits)
        for bound, sign in ((wanted.created_from_ms, ">="), (wanted.created_to_ms, "<=")):
            if bound is not None:
                where.append(f"entries.created_ms {sign} ?")
                parameters.append(bound)
        return " AND ".join(where), parameters

    def page(self, request: PageRequest, match: str | None) -> tuple[list[str], int]:
        """The ids of one page of a list, and how many entries there are in all.

        Args:
            match: the FTS5 expression of the request's query; None where it has none.
        """
        where, parameters = self._list_condition(request)
        if match is not None:
            where += " AND entries.row IN (SELECT rowid FROM words WHERE words MATCH ?)"
            parameters.append(match)
        total = self._db.execute(f"SELECT count(*) FROM entries WHERE {where}", parameters).fetchone()[0]
        found = self._db.execute(
            f"SELECT id FROM entries WHERE {where} ORDER BY {_ORDERS[request.sort]}, id LIMIT ? OFFSET ?",
            (*parameters, request.limit, request.offset),
        )
        return [str(id) for (id,) in found], int(total)

    def _list_condition(self, request: PageRequest) -> tuple[str, list[object]]:
        where = [f"entries.kind IN ({', '.join(str(KINDS.index(kind)) for kind in request.kinds)})"]
        parameters: list[object] = []
        if request.groups:
            where.append(f"entries.grp IN ({', '.join('?' * len(request.groups))})")
            parameters += [self.known_number(group) for group in request.groups]
        if request.project is not None:
            where.append("entries.project = ?")
            parameters.append(self.known_number(request.project))
        if request.pinned is not None:
            where.append(f"entries.bits & {UNPINNED} {'=' if request.pinned else '!='} 0")
        if request.no_bits:
            where.append(f"entries.bits & {request.no_bits} = 0")
        if request.trust is not None:
            where.append(f"entries.bits & {SUGGESTED | QUOTED} = {_TRUST_BITS[request.trust]}")
        return " AND ".join(where), parameters

    def standings(self, kind: Kind, group: str) -> list[Standing]:
        """What the scores of all entries of a group are made of."""
        found = self._db.execute(
            "SELECT id, importance, uses, last_used_ms, bits FROM entries WHERE kind = ? AND grp = ?",
            (KINDS.index(kind), self.known_number(group)),
        )
        return list(map(Standing._make, found))

    def summary(self, kind: Kind) -> dict[str, dict[str, int]]:
        """What there is of a kind by group: `{group: {count, pinned, suggested, bytes}}`; bytes of text."""
        found = self._db.execute(
            f"SELECT grp, count(*), sum(bits & {UNPINNED} = 0), sum(bits & {SUGGESTED | QUOTED} = {SUGGESTED}), "
            "sum(length(CAST(text AS BLOB))) FROM entries JOIN texts ON texts.row = entries.row "
            "WHERE kind = ? GROUP BY grp",
            (KINDS.index(kind),),
        )
        names = ("count", "pinned", "suggested", "bytes")
        return {self.name(grp): dict(zip(names, values, strict=True)) for grp, *values in found}

    def hit(self, row: Row, text: str, score: float, why: dict[str, float]) -> Hit:
        """The result that this row is."""
        return Hit(
            id=row.id, kind=KINDS[row.kind], text=text, score=score, path=row.path, page=row.page,
            heading=row.heading, group=self.name(row.grp), position=row.position, why=why,
            labels=tuple(json.loads(row.labels)),
        )  # fmt: skip

    def _number(self, name: str) -> int:
        if name not in self._numbers:
            number = int(self._db.execute("INSERT INTO names (name) VALUES (?)", (name,)).lastrowid or 0)
            self._numbers[name], self._names[number] = number, name
        return self._numbers[name]

    def _select(self, where: str, parameters: Sequence[object]) -> list[Row]:
        found = self._db.execute(f"SELECT {_COLUMNS} FROM entries WHERE {where}", tuple(parameters))
        return list(map(Row._make, found))

    def _select_among(self, column: str, values: Sequence[object]) -> list[Row]:
        rows: list[Row] = []
        for part, marks in _parts(values):
            rows += self._select(f"{column} IN ({marks})", part)
        return rows


def _parts(values: Sequence[T]) -> Iterator[tuple[Sequence[T], str]]:
    """The values in parts that one statement takes, each with its marks."""
    for start in range(0, len(values), _MAX_PARAMETERS):
        part = values[start : start + _MAX_PARAMETERS]
        yield part, ", ".join("?" * len(part))
