"""Memories as a file: JSON Lines that a person can read, with vectors, and a checksum on every line.

    {"format": "scrubjay-memory", "version": 1, "exported_ms": …, "n_entries": …}
    {"entry": {…, "vector": "base64 of float16"}, "sha256": "…"}       one line per entry
    {"end": true, "n_entries": …, "sha256": "…"}                       of all checksums before

The same file twice gives the same memories once, because an entry keeps its id. Labels and trust go with
an entry and are never raised: what was quarantined is quarantined again. A vector of another model is left out
and made anew. A line that is damaged is left out and told; a file that is none of ours is refused whole.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import math
import struct
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import Any, BinaryIO

from engine.errors import UsageError
from engine.ids import create_id
from engine.memory.check import (
    check_importance,
    check_provenance,
    check_tags,
    check_text,
    check_time,
    is_foreign,
    labels_of_source,
)
from engine.memory.entry import Links, MemoryEntry, Provenance
from engine.memory.journal import MemoryChange
from engine.memory.memory import Memory
from engine.memory.reader import TRUSTS
from engine.memory.shelf import State
from engine.memory.tiers import get_tier
from engine.security.taint import APP, MEMORY_DERIVED, MEMORY_USER, USER, is_private
from engine.store.store import Transaction

FORMAT, VERSION = "scrubjay-memory", 1
# Entries per transaction and per step of progress; about 20 ms of work in a thread.
_AT_ONCE = 256
# Longest line: 1 MB of text, every character escaped, and a vector.
_MAX_LINE_BYTES = 8_000_000
_MAX_SENTENCES = 20
_MAX_ID_CHARACTERS = 64
_MAX_PROJECT_CHARACTERS = 200
_MOST_USES = 2**31
_NOT_OURS = "This file is no export of Scrubjay's memories; choose one that `scrubjay memory export` wrote."


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the lines of a file.

    Attributes:
        known: were there already, on the shelf or in the trash, and stayed as they are.
        damaged: left out; the first few are told in `problems`.
        without_vector: will get theirs in the background.
        complete: the file has its end; False for one that was cut.
        change_id: what `undo` takes back.
        total: entries that the file says it has, 0 if it does not say.
        over: more than the tiers hold; so many of the least important go to the trash with the next sweep.
    """

    added: int = 0
    known: int = 0
    damaged: int = 0
    without_vector: int = 0
    complete: bool = False
    change_id: str = ""
    problems: tuple[str, ...] = ()
    total: int = 0
    over: int = 0

    def to_public(self) -> dict[str, Any]:
        """The report as plain data."""
        return {**asdict(self), "problems": list(self.problems)}


async def export_lines(memory: Memory) -> AsyncGenerator[str, None]:
    """The lines of an export of all memories on the shelf, without line ends."""
    ids = await memory.all_ids()
    yield json.dumps({"format": FORMAT, "version": VERSION, "exported_ms": memory.now_ms(), "n_entries": len(ids)})
    total, n = hashlib.sha256(), 0
    for start in range(0, len(ids), _AT_ONCE):
        entries = await memory.shelf.load_live(ids[start : start + _AT_ONCE])
        for line, checksum in await asyncio.to_thread(_to_lines, entries):
            total.update(checksum.encode())
            n += 1
            yield line
    yield json.dumps({"end": True, "n_entries": n, "sha256": total.hexdigest()})


def _to_lines(entries: Sequence[MemoryEntry]) -> list[tuple[str, str]]:
    return [_to_line(entry) for entry in entries]


def _to_line(entry: MemoryEntry) -> tuple[str, str]:
    record = entry.to_record()
    record["vector"] = base64.b64encode(entry.vector).decode()
    record.pop("change")
    checksum = _checksum(record)
    return json.dumps({"entry": record, "sha256": checksum}, ensure_ascii=False), checksum


def _checksum(record: Mapping[str, Any]) -> str:
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Importer:
    """Takes one file in.

    Args:
        model, dim: of the vectors that are used here; "" and 0 where there is no embedder.
    """

    def __init__(self, memory: Memory, model: str, dim: int) -> None:
        self._memory, self._model, self._dim = memory, model, dim
        self._report = ImportReport()
        self._ids: list[str] = []
        self._change = MemoryChange(create_id(), 0, "imported")
        self._total = hashlib.sha256()

    async def run(self, path: Path) -> AsyncGenerator[ImportReport, None]:
        """Take a file in; the report so far after every few entries, then the final one.

        Raises:
            UsageError: it cannot be read, or is no export of ours.
            StoreFullError: no space; what was reported so far is in.
        """
        with closing(_read(path)) as lines:
            self._report = ImportReport(total=await asyncio.to_thread(_require_ours, lines))
            try:
                while True:
                    entries = await asyncio.to_thread(self._parse, lines)
                    if entries is None:
                        break
                    await self._write(entries)
                    yield self._report
            finally:
                await self._finish()
        yield self._report

    def _parse(self, lines: Iterator[tuple[int, bytes]]) -> list[MemoryEntry] | None:
        """The good entries of the next few lines; None at the end of the file."""
        some = list(islice(lines, _AT_ONCE))
        entries: list[MemoryEntry] = []
        for number, line in some:
            try:
                entry = self._read_line(line)
            except (UsageError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
                why = str(exc).rstrip(".") if isinstance(exc, UsageError) else "it is damaged"
                self._add_problem(f"Line {number} is left out: {why}.")
                continue
            if entry is not None:
                entries.append(entry)
        return entries if some else None

    def _read_line(self, line: bytes) -> MemoryEntry | None:
        fields = json.loads(line)
        if fields.get("end") is True:
            complete = fields["sha256"] == self._total.hexdigest()
            self._report = replace(self._report, complete=complete)
            return None
        record = fields["entry"]
        if _checksum(record) != fields["sha256"]:
            raise UsageError("its checksum does not match")
        self._total.update(fields["sha256"].encode())
        return self._check(record)

    def _check(self, record: dict[str, Any]) -> MemoryEntry:
        """The entry, with every field looked at: a checksum proves that a line is whole, not that it is good."""
        entry = MemoryEntry.from_record({**record, "vector": base64.b64decode(record["vector"], validate=True)})
        id = entry.id
        if not (isinstance(id, str) and 0 < len(id) <= _MAX_ID_CHARACTERS and id.isalnum() and id == id.upper()):
            raise UsageError("its id is none")
        if entry.trust not in TRUSTS:
            raise UsageError("its trust is none")
        if not isinstance(entry.text, str):
            raise UsageError("its text is none")
        _require_types(entry)
        right = self._model and entry.embedded_with == self._model and _is_vector(entry.vector, self._dim)
        labels = _labels_of(entry)
        return replace(
            entry,
            space=self._memory.space,
            tier=get_tier(str(entry.tier)).name,
            text=check_text(entry.text),
            importance=check_importance(entry.importance),
            tags=check_tags(entry.tags),
            created_ms=check_time(entry.created_ms),
            last_used_ms=check_time(entry.last_used_ms),
            provenance=_plain_provenance(entry.provenance),
            links=_plain_links(entry.links),
            labels=labels,
            trust="suggested" if entry.trust == "trusted" and is_foreign(labels) else entry.trust,
            vector=entry.vector if right else b"",
            embedded_with=entry.embedded_with if right else "",
            change=self._change.id,
        )

    async def _write(self, entries: list[MemoryEntry]) -> None:
        shelf = self._memory.shelf
        fresh = {entry.id: entry for entry in entries}
        async with shelf.lock:
            known = await shelf.load(fresh)
            added = [entry for id, entry in fresh.items() if id not in known]
            transaction = Transaction()
            for entry in added:
                shelf.move(transaction, None, State(entry))
            await shelf.commit(transaction)
        self._ids += [entry.id for entry in added]
        self._report = replace(
            self._report,
            added=self._report.added + len(added),
            known=self._report.known + len(entries) - len(added),
            without_vector=self._report.without_vector + sum(not entry.vector for entry in added),
        )

    async def _finish(self) -> None:
        """Write the import into the journal and let it survive any kill."""
        if self._ids:
            at_ms = await self._memory.next_change_ms()
            change = replace(self._change, at_ms=at_ms, ids=tuple(self._ids), report=self._report.to_public())
            transaction = Transaction()
            self._memory.journal.write(transaction, change, ())
            await self._memory.shelf.commit(transaction)
            self._report = replace(self._report, change_id=change.id, over=await self._count_over())
        await self._memory.acknowledge()

    async def _count_over(self) -> int:
        counts = {name: await self._memory.count(name) for name in self._memory.tiers}
        return sum(max(0, counts[name] - tier.capacity) for name, tier in self._memory.tiers.items())

    def _add_problem(self, sentence: str) -> None:
        problems = (*self._report.problems, sentence)[:_MAX_SENTENCES]
        self._report = replace(self._report, damaged=self._report.damaged + 1, problems=problems)


def _require_types(entry: MemoryEntry) -> None:
    """Every field is of its kind.

    Raises:
        UsageError: one is not; names it.
    """
    good = {
        "importance": isinstance(entry.importance, int | float) and not isinstance(entry.importance, bool),
        "number of uses": type(entry.uses) is int and 0 <= entry.uses <= _MOST_USES,
        "pin": isinstance(entry.pinned, bool),
        "project": isinstance(entry.project, str) and len(entry.project) <= _MAX_PROJECT_CHARACTERS,
        "list of tags": all(isinstance(tag, str) for tag in entry.tags),
        # One letter each: the file has a text where a list belongs.
        "list of labels": all(isinstance(label, str) and len(label) > 1 for label in entry.labels),
    }
    if bad := next((name for name, is_good in good.items() if not is_good), ""):
        raise UsageError(f"its {bad} is none")
    check_provenance(asdict(_plain_provenance(entry.provenance)))


def _labels_of(entry: MemoryEntry) -> tuple[str, ...]:
    """The labels of an entry; never fewer than its own provenance gives it, whatever the file says.

    Raises:
        UsageError: it has none, so that nobody could tell whose words it holds.
    """
    labels = frozenset(entry.labels)
    if not labels:
        raise UsageError("it does not say where its words come from")
    if labels <= {USER, APP, MEMORY_USER} and entry.provenance.source != "user":
        labels |= labels_of_source(_plain_provenance(entry.provenance))
    # A memory is the person's and does not leave the computer unseen.
    return tuple(sorted(labels if is_private(labels) else labels | {MEMORY_DERIVED}))


def _is_vector(vector: bytes, dim: int) -> bool:
    return len(vector) == 2 * dim and all(map(math.isfinite, struct.unpack(f"<{dim}e", vector)))


def _plain_provenance(provenance: Provenance) -> Provenance:
    fields = {name: str(value) for name, value in asdict(provenance).items()}
    return Provenance(**fields)  # type: ignore[arg-type]


def _plain_links(links: Links) -> Links:
    return Links(**{name: tuple(str(id) for id in ids) for name, ids in asdict(links).items()})


def _read(path: Path) -> Generator[tuple[int, bytes], None, None]:
    """The numbered lines of a file, one at a time."""
    try:
        file = path.open("rb")
    except OSError as exc:
        raise UsageError(f"{path} cannot be read ({exc.strerror or exc}); choose another file.") from exc
    return _numbered(file)


def _numbered(file: BinaryIO) -> Generator[tuple[int, bytes], None, None]:
    with file:
        for number in count(1):
            line = file.readline(_MAX_LINE_BYTES)
            if not line:
                return
            if line.strip():
                yield number, line


def _require_ours(lines: Iterator[tuple[int, bytes]]) -> int:
    """How many entries the file says it has; an export of ours begins with that.

    Raises:
        UsageError: it does not.
    """
    try:
        header = json.loads(next(lines, (0, b""))[1])
        found, version = header["format"], int(header["version"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, binascii.Error) as exc:
        raise UsageError(_NOT_OURS) from exc
    if found != FORMAT:
        raise UsageError(_NOT_OURS)
    if version > VERSION:
        raise UsageError("This file was written by a newer Scrubjay; update Scrubjay, then import it.")
    n_entries = header.get("n_entries", 0)
    return n_entries if isinstance(n_entries, int) else 0
