"""The index by words: SQLite FTS5 over the texts, with stems, character pairs and compounds.

Three ways lead to a text:

- its words, folded and stemmed (`unicode61 remove_diacritics 2`, Porter), in text and context (file name,
  headings) with less weight for the latter;
- overlapping pairs of characters where a script writes no spaces (terms.py says why not three);
- compounds: "Vertrag" also finds "Mietvertrag". A trigram index over every text would cost three times
  the text itself and most of the time of an ingest; the words that could be such compounds are few, so the
  trigram index is over the *distinct long words* alone, and a query is widened by those that begin or end
  with one of its words. What they add counts less than the word itself.

A word that more than a twentieth of all entries hold says nothing and costs the most (an OR of ten words
over 65,000 entries takes 30 ms with it and 6 without): it is left out, unless nothing else is left.
No text of a person can be a syntax error: every term goes in as a quoted string.

Everything here runs in one thread, inside the caller's transactions.
"""

from __future__ import annotations

import math
import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.search.terms import pairs_of, subject_words, words_of

__all__ = ["LexicalIndex", "Stemmer", "Term"]

# Mn and Mc are parts of words in Thai and in the Indic scripts; without them such words fall apart.
TOKENIZER = "porter unicode61 remove_diacritics 2 categories ''L* N* Co Mn Mc''"

# Share of all entries from which on a word is not searched for, and the number of entries below which
# that share means nothing.
COMMON_SHARE = 0.05
COMMON_AT_LEAST = 50

# Words of a query that are searched for; a pasted page is cut to its rarest words.
MAX_TERMS = 24
_MAX_WORDS_LOOKED_UP = 96

# Matches that are scored exactly, rarest words first: one costs 1.3 µs, and 65,000 entries have 3,000 with each word
# that is nearly common. The words beyond them only add to what the rarer ones found, at a quarter of the cost.
MAX_MATCHES = 6000
_MAX_ADDED = 6
# The best of all among which the wanted ones are looked for first, as a multiple of what is asked for.
_BEST_OF_ALL = 2

_COMPOUND_LETTERS = 7
_COMPOUND_PART_LETTERS = 4
_MAX_COMPOUNDS = 6
_COMPOUND_WEIGHT = 0.4

# Values of one SQL statement; the smallest limit that SQLite was ever built with is 999.
_MAX_PARAMETERS = 900

# Weights of the columns text, context and pairs in BM25.
_COLUMN_WEIGHTS = "1.0, 0.6, 1.0"

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS texts (
    row INTEGER PRIMARY KEY, text TEXT NOT NULL, context TEXT NOT NULL, pairs TEXT NOT NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    text, context, pairs, content='texts', content_rowid='row', tokenize='{TOKENIZER}');
CREATE TABLE IF NOT EXISTS long_words (row INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE VIRTUAL TABLE IF NOT EXISTS long_words_trigrams USING fts5 (
    word, content='long_words', content_rowid='row', tokenize='trigram', detail=full);
"""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a query.

    Attributes:
        match: the FTS5 expression that finds it.
        n_entries: how many entries hold it, counted up to where it is common.
        idf: the weight that BM25 gives it.
    """

    match: str
    n_entries: int
    idf: float


class LexicalIndex:
    """Words to entries, over a connection that the caller owns, commits and closes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._db.executescript(_SCHEMA)
        self._counts: OrderedDict[str, int] = OrderedDict()
        self.n_entries = int(self._db.execute("SELECT count(*) FROM texts").fetchone()[0])

    def put(self, row: int, text: str, context: str) -> None:
        """Index a text under this number, replacing what was there."""
        values = (_storable(text), _storable(context), " ".join(pairs_of(text)))
        old = self._db.execute("SELECT text, context, pairs FROM texts WHERE row = ?", (row,)).fetchone()
        if old == values:
            return
        if old is not None:
            self.remove([row])
        self._db.execute("INSERT INTO texts VALUES (?, ?, ?, ?)", (row, *values))
        self._db.execute("INSERT INTO words (rowid, text, context, pairs) VALUES (?, ?, ?, ?)", (row, *values))
        for word in _long_words(values[0]):
            added = self._db.execute("INSERT OR IGNORE INTO long_words (word) VALUES (?)", (word,))
            if added.rowcount:
                self._db.execute(
                    "INSERT INTO long_words_trigrams (rowid, word) VALUES (?, ?)", (added.lastrowid, word)
                )  # fmt: skip
        self.n_entries += 1
        self._counts.clear()

    def remove(self, rows: Collection[int]) -> None:
        """Take these numbers out, and the long words that only they had."""
        orphans: set[str] = set()
        for row in rows:
            old = self._db.execute("SELECT text, context, pairs FROM texts WHERE row = ?", (row,)).fetchone()
            if old is None:
                continue
            self._db.execute(
                "INSERT INTO words (words, rowid, text, context, pairs) VALUES ('delete', ?, ?, ?, ?)", (row, *old)
            )  # fmt: skip
            self._db.execute("DELETE FROM texts WHERE row = ?", (row,))
            orphans |= _long_words(old[0])
            self.n_entries -= 1
        for word in orphans:
            self._forget_if_unused(word)
        self._counts.clear()

    def text(self, row: int) -> str:
        """The text under this number."""
        found = self._db.execute("SELECT text FROM texts WHERE row = ?", (row,)).fetchone()
        return str(found[0]) if found else ""

    def texts(self, rows: Sequence[int]) -> dict[int, str]:
        """The texts under these numbers, "" where there is none."""
        texts = dict.fromkeys(rows, "")
        for start in range(0, len(rows), _MAX_PARAMETERS):
            part = rows[start : start + _MAX_PARAMETERS]
            marks = ", ".join("?" * len(part))
            texts |= self._db.execute(f"SELECT row, text FROM texts WHERE row IN ({marks})", tuple(part))
        return texts

    def clear(self) -> None:
        """Forget everything."""
        self._db.execute("INSERT INTO words (words) VALUES ('delete-all')")
        self._db.execute("INSERT INTO long_words_trigrams (long_words_trigrams) VALUES ('delete-all')")
        self._db.execute("DELETE FROM texts")
        self._db.execute("DELETE FROM long_words")
        self.n_entries = 0
        self._counts.clear()

    def optimise(self) -> None:
        """Merge the index into one piece, which drops the words of removed texts from the file."""
        self._db.execute("INSERT INTO words (words) VALUES ('optimize')")
        self._db.execute("INSERT INTO long_words_trigrams (long_words_trigrams) VALUES ('optimize')")

    def terms(self, query: str) -> list[Term]:
        """The terms that a query is searched by, without those that nearly every text has.

        Terms that no text has are among them: they tell how much of the query is not covered.
        """
        matches = [f'{{text context}} : "{word}"' for word in subject_words(_storable(query))[:_MAX_WORDS_LOOKED_UP]]
        matches += [f'pairs : "{pair}"' for pair in dict.fromkeys(pairs_of(_storable(query)))][:_MAX_WORDS_LOOKED_UP]
        limit = max(COMMON_AT_LEAST, int(COMMON_SHARE * self.n_entries))
        found = [Term(m, n, self._idf(n)) for m in matches for n in [self._count(m, limit + 1)]]
        rare = [term for term in found if term.n_entries <= limit]
        if not rare:  # counted to the end: BM25 weighs by the true number, and a score is a part of what it can give
            found = [Term(t.match, n, self._idf(n)) for t in found for n in [self._count_all(t.match)]]
        return sorted(rare or found, key=lambda term: term.n_entries)[:MAX_TERMS]

    @staticmethod
    def beginnings(query: str) -> str | None:
        """The FTS5 expression for texts that have, for each word of the query, a word that begins with it.

        None for a query without a word, "" for one whose characters are no words (nothing has them).
        """
        if not query.strip():
            return None
        clean = _storable(query)
        parts = [f'{{text context}} : "{word}" *' for word in words_of(clean)]
        parts += [f'pairs : "{pair}"' for pair in dict.fromkeys(pairs_of(clean))]
        return " AND ".join(parts)

    def search(self, terms: Sequence[Term], where: str, parameters: Sequence[object], limit: int) -> dict[int, float]:
        """BM25 scores by entry number, the best ones.

        Args:
            where: an SQL condition on `entries`, the caller's table.
        """
        searched = [term for term in terms if term.n_entries]
        n_exact = _within(searched, MAX_MATCHES)
        scores = self._match(searched[:n_exact], where, parameters, limit)
        for term in searched[n_exact : n_exact + _MAX_ADDED]:
            self._add(term, scores)
        for row, score in self._match(self._compounds(terms), where, parameters, limit).items():
            scores[row] = scores.get(row, 0.0) + _COMPOUND_WEIGHT * score
        return scores

    def scores_of(self, rows: Collection[int], terms: Sequence[Term]) -> dict[int, float]:
        """What `search` gives these entries, or would give them if it had room for all that match."""
        searched = [term for term in terms if term.n_entries]
        n_exact = _within(searched, MAX_MATCHES)
        scores = self._match_rows(searched[:n_exact], rows)
        for term in searched[n_exact : n_exact + _MAX_ADDED]:
            for row in self._match_rows([term], [row for row in rows if row in scores]):
                scores[row] += term.idf
        for row, score in self._match_rows(self._compounds(terms), rows).items():
            scores[row] = scores.get(row, 0.0) + _COMPOUND_WEIGHT * score
        return scores

    def _match_rows(self, terms: Sequence[Term], rows: Collection[int]) -> dict[int, float]:
        """BM25 of those of a few entries that have any of the terms."""
        if not terms or not rows:
            return {}
        match, marks = " OR ".join(term.match for term in terms), ", ".join("?" * len(rows))
        found = self._db.execute(
            f"SELECT rowid, -bm25(words, {_COLUMN_WEIGHTS}) FROM words WHERE words MATCH ? AND +rowid IN ({marks})",
            (match, *rows),
        )
        return {int(row): float(score) for row, score in found}

    def _match(self, terms: Sequence[Term], where: str, parameters: Sequence[object], limit: int) -> dict[int, float]:
        """BM25 of the best entries that have any of the terms.

        The condition is asked only of the best of all: of each match it costs as much as the score itself. Where it
        leaves too few of them it is asked of every match.
        """
        if not terms:
            return {}
        match, n_matches = " OR ".join(term.match for term in terms), sum(term.n_entries for term in terms)
        n_best = _BEST_OF_ALL * limit
        best = (
            f"SELECT rowid, -bm25(words, {_COLUMN_WEIGHTS}) AS score FROM words WHERE words MATCH ? "
            "ORDER BY score DESC LIMIT ?"
        )
        found = self._db.execute(
            f"SELECT best.rowid, score FROM ({best}) AS best JOIN entries ON entries.row = best.rowid WHERE {where} "
            "ORDER BY score DESC LIMIT ?",
            (match, n_best, *parameters, limit),
        ).fetchall()
        if len(found) < limit and n_matches > n_best:
            found = self._db.execute(
                f"SELECT words.rowid, -bm25(words, {_COLUMN_WEIGHTS}) AS score FROM words "
                f"JOIN entries ON entries.row = words.rowid WHERE words MATCH ? AND {where} "
                "ORDER BY score DESC LIMIT ?",
                (match, *parameters, limit),
            ).fetchall()
        return {int(row): float(score) for row, score in found}

    def _add(self, term: Term, scores: dict[int, float]) -> None:
        """Add a term to those that were found by rarer ones, as one mention in a text of usual length."""
        for (row,) in self._db.execute("SELECT rowid FROM words WHERE words MATCH ?", (term.match,)):
            if row in scores:
                scores[row] += term.idf

    def _count(self, match: str, limit: int) -> int:
        """How many entries match, counted up to the limit, remembered until something changes."""
        if match not in self._counts:
            self._counts[match] = self._db.execute(
                "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)", (match, limit)
            ).fetchone()[0]
            if len(self._counts) > 4096:
                self._counts.popitem(last=False)
        return self._counts[match]

    def _count_all(self, match: str) -> int:
        found = self._db.execute("SELECT count(*) FROM words WHERE words MATCH ?", (match,)).fetchone()
        return int(found[0])

    def _idf(self, n_entries: int) -> float:
        return max(1e-6, math.log((self.n_entries - n_entries + 0.5) / (n_entries + 0.5)))

    def _compounds(self, terms: Sequence[Term]) -> list[Term]:
        """Words that begin or end with a word of the query and are longer by a part of their own."""
        compounds: list[Term] = []
        for term in terms:
            part = term.match.split('"')[1]
            if len(part) < _COMPOUND_PART_LETTERS or not term.match.startswith("{") or part.isdigit():
                continue
            found = self._db.execute(
                "SELECT word FROM long_words_trigrams WHERE long_words_trigrams MATCH ? ORDER BY length(word) LIMIT 40",
                (f'"{part}"',),
            )
            borders = [w for (w,) in found if len(w) >= len(part) + 4 and (w.startswith(part) or w.endswith(part))]
            compounds += [
                Term(f'text : "{word}"', self._count(f'text : "{word}"', MAX_MATCHES), 0.0)
                for word in borders[:_MAX_COMPOUNDS]
            ]
        return compounds

    def _forget_if_unused(self, word: str) -> None:
        if self._db.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", (f'text : "{word}"',)).fetchone():
            return
        found = self._db.execute("SELECT row FROM long_words WHERE word = ?", (word,)).fetchone()
        if found:
            self._db.execute(
                "INSERT INTO long_words_trigrams (long_words_trigrams, rowid, word) VALUES ('delete', ?, ?)",
                (found[0], word),
            )
            self._db.execute("DELETE FROM long_words WHERE row = ?", (found[0],))


class Stemmer:
    """The index's own tokenizer for other texts, so that a sentence has the very terms it is found by."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript(
            f"CREATE VIRTUAL TABLE t USING fts5 (text, tokenize='{TOKENIZER}');"
            "CREATE VIRTUAL TABLE v USING fts5vocab ('t', 'instance');"
        )

    def stems(self, texts: Sequence[str]) -> list[list[str]]:
        """The stems of each text in order, pairs of characters for unspaced scripts among them."""
        self._db.execute("BEGIN")
        prepared = [(i, " ".join([*words_of(text), *pairs_of(text)])) for i, text in enumerate(map(_storable, texts))]
        self._db.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", prepared)
        stems: list[list[str]] = [[] for _ in texts]
        for doc, term in self._db.execute("SELECT doc, term FROM v ORDER BY doc, offset"):
            stems[doc].append(term)
        self._db.execute("ROLLBACK")
        return stems

    def close(self) -> None:
        """Release the connection."""
        self._db.close()


def _within(terms: Sequence[Term], n_matches: int) -> int:
    """How many of the terms, the rarest first, have no more matches together; at least one."""
    n = 0
    for i, term in enumerate(terms):
        n += term.n_entries
        if i and n > n_matches:
            return i
    return len(terms)


def _long_words(text: str) -> set[str]:
    return {w for w in words_of(text) if len(w) >= _COMPOUND_LETTERS and w.isalpha() and len(w) <= 40}


def _storable(text: str) -> str:
    """The text without lone surrogates and NULs, which SQLite cannot keep as text."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
