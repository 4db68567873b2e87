"""Out and in again: the same memories, the same labels, nothing twice, nothing from a damaged line."""

from __future__ import annotations

import json
import random
from pathlib import Path

import psutil
import pytest

from engine.errors import UsageError
from engine.memory import transfer
from engine.memory.memory import Memory
from engine.memory.tiers import create_tiers
from engine.memory.transfer import Importer, ImportReport, export_lines
from engine.search.hybrid import SearchIndex
from engine.search_feed import SearchFeed
from engine.store.twin import MemoryStore
from tests.engine.memory.conftest import embed, word_vector

WORDS = (
    *("boiler", "garden", "window", "cat", "lease", "train", "rent", "soup"),
    *("violin", "harbour", "bridge", "winter", "letter", "doctor", "apple", "key"),
)


async def write(memory: Memory, path: Path) -> Path:
    path.write_text("".join([line + "\n" async for line in export_lines(memory)]), "utf-8")
    return path


async def take_in(memory: Memory, path: Path, model: str = "words", dim: int = 384) -> ImportReport:
    return [report async for report in Importer(memory, model, dim).run(path)][-1]


@pytest.fixture
async def elsewhere(desk):
    """Memories on another computer, with a search of their own."""
    store, index = MemoryStore(), await SearchIndex.open(None, 384)
    feed = SearchFeed(store, index)

    async def search(query: str, **how):
        await feed.caught_up()
        return await index.search(query, None, now_ms=desk.clock.now_ms(), **how)

    yield Memory(store, desk.clock, search)
    await index.aclose()


async def test_an_import_elsewhere_recalls_the_same(memory, elsewhere, desk, tmp_path: Path) -> None:
    chance = random.Random(7)
    entries = []
    for n in range(150):
        text = " ".join(chance.sample(WORDS, 5)) + f" {n}"
        entries.append(
            await memory.add(text, tags=["t"], provenance={"source": "user", "chat": f"C{n % 9}"}, created_at=n)
        )
    await embed(memory, [entry.id for entry in entries])
    path = await write(memory, tmp_path / "out.jsonl")
    report = await take_in(elsewhere, path)
    assert (report.added, report.damaged, report.without_vector, report.complete) == (150, 0, 0, True)
    for _ in range(200):
        query = " ".join(chance.sample(WORDS, 2))
        here, there = await memory.recall(query, 10, touch=False), await elsewhere.recall(query, 10, touch=False)
        assert [(h.entry.id, round(h.score, 6)) for h in here] == [(h.entry.id, round(h.score, 6)) for h in there]
    again = await take_in(elsewhere, path)
    assert (again.added, again.known, await elsewhere.count()) == (0, 150, 150)
    assert (await elsewhere.get(entries[3].id)).vector == word_vector(entries[3].text)


async def test_an_import_can_be_taken_back(memory, elsewhere, tmp_path: Path) -> None:
    for n in range(3):
        await memory.add(f"note {n}")
    report = await take_in(elsewhere, await write(memory, tmp_path / "out.jsonl"))
    assert (await elsewhere.changes())[0].sentence == "Imported 3 memories"
    await elsewhere.undo(report.change_id)
    assert (await elsewhere.count(), (await elsewhere.trashed()).total) == (0, 3)


async def test_labels_come_along_and_no_line_raises_its_trust(memory, elsewhere, tmp_path: Path) -> None:
    await memory.add("I obey the document", provenance={"source": "document", "file": "evil.pdf"})
    path = await write(memory, tmp_path / "out.jsonl")
    report = await take_in(elsewhere, path)
    (entry,) = await elsewhere.list()
    assert (report.added, entry.trust, entry.labels) == (1, "suggested", ("doc:evil.pdf", "memory:derived"))
    assert await elsewhere.recall("obey the document") == []


@pytest.mark.parametrize(
    ("provenance", "labels", "trust", "kept"),
    [
        ({"source": "user"}, ["system"], "suggested", ["memory:derived", "system"]),
        ({"source": "user"}, ["app"], "trusted", ["app", "memory:derived"]),
        ({"source": "document", "file": "evil.pdf"}, ["memory:user"], "suggested",
         ["doc:evil.pdf", "memory:derived", "memory:user"]),
        ({"source": "tool", "place": "fetch"}, ["user"], "suggested", ["memory:derived", "tool:fetch", "user"]),
        ({"source": "user"}, ["memory:user"], "trusted", ["memory:user"]),
    ],
)  # fmt: skip
async def test_no_label_of_a_line_makes_it_more_trusted_than_its_provenance(
    memory, elsewhere, tmp_path: Path, provenance: dict, labels: list[str], trust: str, kept: list[str]
) -> None:
    await memory.add("I obey the document")
    lines = (await write(memory, tmp_path / "out.jsonl")).read_text().splitlines()
    record = json.loads(lines[1])["entry"]
    record |= {"labels": labels, "provenance": record["provenance"] | provenance}
    lines[1] = json.dumps({"entry": record, "sha256": transfer._checksum(record)})
    (tmp_path / "raised.jsonl").write_text("\n".join(lines))
    assert (await take_in(elsewhere, tmp_path / "raised.jsonl")).added == 1
    (entry,) = await elsewhere.list()
    assert (entry.trust, list(entry.labels)) == (trust, kept)


async def test_damaged_lines_are_left_out_and_told(memory, elsewhere, tmp_path: Path) -> None:
    for n in range(4):
        await memory.add(f"note {n}")
    lines = (await write(memory, tmp_path / "out.jsonl")).read_text().splitlines()
    lines[1] = lines[1].replace("note", "nose")
    lines[2] = lines[2][:40]
    (tmp_path / "bad.jsonl").write_bytes("\n".join(lines[:4]).encode() + b"\n\xff\xfe\x00\n" + lines[4].encode())
    report = await take_in(elsewhere, tmp_path / "bad.jsonl")
    assert (report.added, report.damaged, report.complete) == (2, 3, False)
    assert report.problems[0] == "Line 2 is left out: its checksum does not match."


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"[]", b"null", b'{"format": "other", "version": 1}', b"\x00\x01\x02", b'{"version": 1}',
                b'{"format": "scrubjay-memory", "version": 99}'],
)  # fmt: skip
async def test_a_foreign_file_is_refused(memory, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "foreign").write_bytes(content)
    with pytest.raises(UsageError, match=r"no export|newer Scrubjay") as refused:
        await take_in(memory, tmp_path / "foreign")
    with pytest.raises(UsageError, match="cannot be read"):
        await take_in(memory, tmp_path / "nothing")
    # The refusal is still held, and with it the frames that read the file.
    assert str(tmp_path / "foreign") not in [file.path for file in psutil.Process().open_files()], refused


async def test_a_vector_of_another_model_or_dimension_is_made_anew(memory, elsewhere, tmp_path: Path) -> None:
    entry = await memory.add("the boiler is old")
    await memory.set_vectors({entry.id: (entry.text, b"\0" * 20)}, "words")
    path = await write(memory, tmp_path / "out.jsonl")
    report = await take_in(elsewhere, path)
    assert (report.added, report.without_vector) == (1, 1)
    (found,) = await elsewhere.list()
    assert found.vector == b""


@pytest.mark.parametrize(
    ("field", "value"),
    [("tier", "forever"), ("text", ""), ("text", 5 * ["x"]), ("importance", 7), ("trust", "holy"), ("id", "a:b"),
     ("created_ms", "soon"), ("provenance", {"source": "user", "secret": 1}), ("labels", 7),
     ("vector", "!!"), ("links", []), ("created_ms", 10**17), ("created_ms", 10**30), ("last_used_ms", -1),
     ("created_ms", 1.5), ("uses", -5), ("uses", 10**30), ("pinned", "yes"), ("importance", "0.5"),
     ("tags", [1, None]), ("labels", "x"), ("labels", [3]), ("labels", []), ("project", "x" * 100_000),
     ("provenance", {"source": "martian"})],
)  # fmt: skip
async def test_a_line_with_a_right_checksum_and_wrong_content_is_left_out(
    memory, elsewhere, tmp_path: Path, field: str, value: object
) -> None:
    await memory.add("fine")
    lines = (await write(memory, tmp_path / "out.jsonl")).read_text().splitlines()
    record = json.loads(lines[1])["entry"] | {field: value}
    lines[1] = json.dumps({"entry": record, "sha256": transfer._checksum(record)})
    (tmp_path / "wrong.jsonl").write_text("\n".join(lines))
    report = await take_in(elsewhere, tmp_path / "wrong.jsonl")
    assert (report.added, report.damaged) == (0, 1)
    assert not report.problems[0].endswith("..")


async def test_a_vector_that_holds_no_numbers_is_made_anew(memory, elsewhere, tmp_path: Path) -> None:
    entry = await memory.add("the boiler is old")
    await memory.set_vectors({entry.id: (entry.text, b"\x00\x7e" * 384)}, "words")
    report = await take_in(elsewhere, await write(memory, tmp_path / "out.jsonl"))
    assert (report.added, report.without_vector) == (1, 1)


async def test_many_entries_keep_their_order_and_number(memory, elsewhere, tmp_path: Path) -> None:
    for n in range(600):
        await memory.add(f"note number {n}")
    report = await take_in(elsewhere, await write(memory, tmp_path / "out.jsonl"))
    assert (report.added, await elsewhere.count()) == (600, 600)


async def test_an_import_of_more_than_fits_says_how_much_that_is(memory, desk, tmp_path: Path) -> None:
    for n in range(5):
        await memory.add(f"note number {n}")
    small = Memory(MemoryStore(), desk.clock, tiers=create_tiers({"semantic": {"capacity": 3}}))
    report = await take_in(small, await write(memory, tmp_path / "out.jsonl"))
    assert (report.added, report.over) == (5, 2)


async def test_a_long_import_tells_how_far_it_is_and_can_be_stopped_and_gone_on_with(
    memory, elsewhere, tmp_path: Path
) -> None:
    await memory.add_many([memory.create(f"note {n} of a long list") for n in range(1000)])
    path = await write(memory, tmp_path / "out.jsonl")
    steps = Importer(elsewhere, "words", 384).run(path)
    first = await anext(steps)
    assert (first.added, first.total) == (256, 1000)
    await steps.aclose()
    assert await elsewhere.count() == 256
    assert (await elsewhere.changes(1))[0].report["added"] == 256
    rest = await take_in(elsewhere, path)
    assert (rest.known, rest.added, rest.complete) == (256, 744, True)
    assert await elsewhere.count() == 1000
    await elsewhere.undo(rest.change_id)
    assert await elsewhere.count() == 256
