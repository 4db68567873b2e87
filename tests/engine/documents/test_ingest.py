from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.clock import FakeClock
from engine.documents.chunking import Chunk
from engine.documents.ingest import Ingest
from engine.documents.job import Job
from engine.documents.library import (
    document_by_content,
    document_by_path,
    find_document,
    get_document,
    list_documents,
    load_passages,
)
from engine.errors import StoreFullError, StoreUnavailableError, UnknownNameError
from engine.events import FileIngested, IngestProgress
from engine.processes.worker import Worker
from engine.store.store import Transaction
from engine.store.twin import MemoryStore

Writer = Callable[..., Path]


def text(about: str, count: int = 40) -> str:
    return " ".join(f"Sentence {i} about the {about} tells what happened on day {i} of the year." for i in range(count))


async def passage_keys(store: MemoryStore) -> set[str]:
    return {key async for key in store.scan(store.keys.passage(""))}


async def leftovers(store: MemoryStore) -> set[str]:
    """Every record that speaks of documents."""
    parts = ("doc:", "psg:", "path:", "hash:")
    return {k async for k in store.scan(store.keys.prefix) if k.removeprefix(store.keys.prefix).startswith(parts)}


async def run_one(ingest: Ingest, *paths: Path, **how: object) -> FileIngested:
    (file,) = (await ingest.run(paths, **how)).files
    return file


async def test_a_file_becomes_a_document_with_passages_and_vectors(
    ingest: Ingest, store: MemoryStore, write: Writer
) -> None:
    path = write("folder/boiler.md", f"# Boiler\n\n{text('boiler')}")
    file = await run_one(ingest, path.parent, project="house")
    assert (file.state, file.error, file.path) == ("added", "", str(path))
    (document,) = await list_documents(store)
    assert (document.path, document.folder, document.relative_path) == (str(path), str(path.parent), "boiler.md")
    assert (document.title, document.format, document.pages, document.project) == ("Boiler", "markdown", None, "house")
    assert document.labels == (f"doc:{document.id}",)
    assert document.embedded_with == "hash"
    passages = await load_passages(store, document.id)
    assert [p.position for p in passages] == list(range(document.n_passages)) == list(range(file.passages))
    assert all(p.heading == "Boiler" and p.document_id == document.id for p in passages)
    vectors = [np.frombuffer(p.vector, np.float16).astype(np.float32) for p in passages]
    assert all(abs(float(np.linalg.norm(v)) - 1) < 0.01 for v in vectors)


async def test_pages_of_a_pdf_reach_the_passages(ingest: Ingest, store: MemoryStore, make_pdf: Writer) -> None:
    path = make_pdf([[text(f"page {n}", 12)] for n in (1, 2, 3)])
    file = await run_one(ingest, path)
    assert (file.state, file.pages) == ("added", 3)
    passages = await load_passages(store, file.document_id)
    third = next(p for p in passages if "about the page 3" in p.text)
    at = third.text.index("Sentence 5 about the page 3") if "Sentence 5 about the page 3" in third.text else -1
    assert third.place_at(at if at >= 0 else len(third.text) - 1)[0] == 3


async def test_the_same_content_is_not_indexed_twice(ingest: Ingest, store: MemoryStore, write: Writer) -> None:
    first, second = write("a.txt", text("cat")), write("b.txt", text("cat"))
    report = await ingest.run([first, second])
    assert [file.state for file in report.files] == ["added", "unchanged"]
    (document,) = await list_documents(store)
    assert (document.path, document.aliases) == (str(first), (str(second),))
    before = await passage_keys(store)
    again = await ingest.run([first, second])
    assert [file.state for file in again.files] == ["unchanged", "unchanged"]
    assert await passage_keys(store) == before
    assert (await find_document(store, str(second))).id == document.id


async def test_changed_content_replaces_and_keeps_the_id(ingest: Ingest, store: MemoryStore, write: Writer) -> None:
    path = write("a.txt", text("cat"))
    first = await run_one(ingest, path)
    old = await get_document(store, first.document_id)
    before = await passage_keys(store)
    write("a.txt", text("dog", 90))
    second = await run_one(ingest, path)
    assert (second.state, second.document_id) == ("replaced", first.document_id)
    assert not before & await passage_keys(store)
    assert all("dog" in p.text for p in await load_passages(store, second.document_id))
    assert old is not None
    assert await document_by_content(store, old.content_hash) is None
    assert await store.count(store.keys.document_passages(second.document_id)) == second.passages


async def test_a_path_that_changes_leaves_the_document_it_shared(
    ingest: Ingest, store: MemoryStore, write: Writer
) -> None:
    first, second = write("a.txt", text("cat")), write("b.txt", text("cat"))
    shared = (await ingest.run([first, second])).files[0]
    write("a.txt", text("dog"))
    changed = await run_one(ingest, first)
    assert changed.state == "replaced"
    assert changed.document_id != shared.document_id
    kept = await get_document(store, shared.document_id)
    assert kept is not None
    assert (kept.path, kept.aliases) == (str(second), ())
    by_path = await document_by_path(store, str(first))
    assert by_path is not None
    assert by_path.id == changed.document_id


async def test_a_path_that_takes_known_content_takes_its_old_document_along(
    ingest: Ingest, store: MemoryStore, write: Writer
) -> None:
    first, second = write("a.txt", text("cat")), write("b.txt", text("dog"))
    await ingest.run([first, second])
    write("a.txt", text("dog"))
    assert (await run_one(ingest, first)).state == "replaced"
    (document,) = await list_documents(store)
    assert (document.path, document.aliases) == (str(second), (str(first),))
    assert len(await passage_keys(store)) == document.n_passages
    by_path = await document_by_path(store, str(first))
    assert by_path == document


async def test_a_moved_file_keeps_its_document(ingest: Ingest, store: MemoryStore, write: Writer) -> None:
    path = write("a.txt", text("cat"))
    before = await run_one(ingest, path)
    moved = path.rename(path.with_name("moved.txt"))
    after = await run_one(ingest, moved)
    assert (after.state, after.document_id) == ("unchanged", before.document_id)
    (document,) = await list_documents(store)
    assert (document.path, document.aliases) == (str(moved), ())
    assert await document_by_path(store, str(path)) is None


async def test_removing_a_document_leaves_nothing(ingest: Ingest, store: MemoryStore, write: Writer) -> None:
    report = await ingest.run([write("a.txt", text("cat")), write("b.txt", text("cat"))])
    await ingest.remove(report.files[0].document_id)
    assert await leftovers(store) == set()
    assert await store.count(store.keys.documents) == 0
    changes = await store.changes("")
    assert changes is not None
    assert changes[-1].action == "delete"
    with pytest.raises(UnknownNameError):
        await ingest.remove(report.files[0].document_id)


async def test_removing_a_document_leaves_the_others_alone(ingest: Ingest, store: MemoryStore, write: Writer) -> None:
    report = await ingest.run([write("a.txt", text("cat")), write("b.txt", text("dog"))])
    await ingest.remove(report.files[0].document_id)
    (document,) = await list_documents(store)
    assert document.id == report.files[1].document_id
    assert len(await load_passages(store, document.id)) == document.n_passages


async def test_without_an_embedder_documents_go_in_and_wait_for_their_vectors(
    store: MemoryStore, parser: Worker, write: Writer
) -> None:
    file = await run_one(Ingest(store, None, parser, FakeClock()), write("a.txt", text("cat")))
    document = await get_document(store, file.document_id)
    assert document is not None
    assert document.embedded_with == ""
    assert [m for m, _ in await store.range(store.keys.unembedded)] == [f"document:{document.id}"]
    assert all(p.vector == b"" for p in await load_passages(store, document.id))


async def test_an_embedder_that_fails_midway_costs_no_document(
    store: MemoryStore, parser: Worker, write: Writer, create_embedder: Callable
) -> None:
    paths = [write(f"{n}.txt", text(f"thing {n}", 100)) for n in range(12)]
    report = await Ingest(store, create_embedder(fails_after=20), parser, FakeClock()).run(paths)
    assert {file.state for file in report.files} == {"added"}
    for document in await list_documents(store):
        vectors = [bool(p.vector) for p in await load_passages(store, document.id)]
        assert vectors == [bool(document.embedded_with)] * document.n_passages
    waiting = {m for m, _ in await store.range(store.keys.unembedded)}
    assert waiting == {f"document:{d.id}" for d in await list_documents(store) if not d.embedded_with}
    assert waiting


async def test_files_end_in_their_order_and_progress_counts_them(ingest: Ingest, write: Writer) -> None:
    paths = [write(f"{n:02}.txt", text(f"thing {n}", n * 7 + 1)) for n in range(40)]
    seen: list[IngestProgress] = []
    done: list[str] = []
    report = await ingest.run([paths[0].parent], progress=seen.append, done=lambda file: done.append(file.path))
    assert done == [file.path for file in report.files] == [str(p) for p in paths]
    assert (seen[-1].done, seen[-1].total) == (40, 40)
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert seen[-1].passages == sum(file.passages for file in report.files)


class CountingStore(MemoryStore):
    """Counts barriers and knows what was committed before the last one; may refuse commits."""

    def __init__(self) -> None:
        super().__init__()
        self.committed: list[str] = []
        self.safe: set[str] = set()
        self.barriers = 0
        self.refuse: Exception | None = None

    async def commit(self, transaction: Transaction) -> str:
        if self.refuse is not None:
            raise self.refuse
        self.committed += [id for _, id, _ in transaction.announcements]
        return await super().commit(transaction)

    async def barrier(self) -> None:
        await super().barrier()
        self.barriers += 1
        self.safe = set(self.committed)


async def test_what_is_told_is_behind_a_barrier(parser: Worker, embedder: object, write: Writer) -> None:
    store = CountingStore()
    committed: list[str] = []

    async def on_commit(document_id: str) -> None:
        committed.append(document_id)

    def told(file: FileIngested) -> None:
        assert file.document_id in store.safe

    paths = [write(f"{n}.txt", text(f"thing {n}", 3)) for n in range(30)]
    report = await Ingest(store, embedder, parser, FakeClock(), on_commit).run(paths, done=told)
    assert committed == [file.document_id for file in report.files]
    assert 1 <= store.barriers <= 30


async def test_a_full_store_refuses_the_rest_with_its_sentence(parser: Worker, write: Writer) -> None:
    store = CountingStore()
    ingest = Ingest(store, None, parser, FakeClock())
    await ingest.run([write("a.txt", text("cat"))])
    store.refuse = StoreFullError("The disk is full; free some space.")
    report = await ingest.run([write("b.txt", text("dog")), write("c.txt", text("cow"))])
    assert [file.error for file in report.files] == ["The disk is full; free some space."] * 2
    store.refuse = None
    assert {f.state for f in (await ingest.run([write("b.txt", text("dog"))])).files} == {"added"}


async def test_too_little_space_refuses_before_anything_is_read(
    store: MemoryStore, parser: Worker, write: Writer
) -> None:
    def check() -> None:
        raise StoreFullError("Less than 200 MB are free.")

    report = await Ingest(store, None, parser, FakeClock(), check_space=check).run([write("a.txt", text("cat"))])
    assert [file.error for file in report.files] == ["Less than 200 MB are free."]


async def test_a_store_that_goes_away_ends_the_run_with_its_error(parser: Worker, write: Writer) -> None:
    store = CountingStore()
    store.refuse = StoreUnavailableError("The store is away.")
    with pytest.raises(StoreUnavailableError, match="away"):
        await Ingest(store, None, parser, FakeClock()).run([write(f"{n}.txt", text(f"t {n}")) for n in range(50)])


async def test_cancelling_keeps_whole_documents_and_nothing_else(
    ingest: Ingest, store: MemoryStore, write: Writer
) -> None:
    for n in range(80):
        write(f"in/{n:02}.txt", text(f"thing {n}", 60))
    told: list[FileIngested] = []
    enough = asyncio.Event()

    def done(file: FileIngested) -> None:
        told.append(file)
        enough.set()

    folder = write("in/00.txt", text("thing 0", 60)).parent
    task = asyncio.create_task(ingest.run([folder], done=done))
    await asyncio.wait_for(enough.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    documents = await list_documents(store)
    assert {file.document_id for file in told} <= {d.id for d in documents}
    for document in documents:
        assert len(await load_passages(store, document.id)) == document.n_passages
    assert len(await passage_keys(store)) == sum(d.n_passages for d in documents)
    report = await asyncio.wait_for(ingest.run([folder]), 30)
    assert len(report.files) == 80
    assert not report.failed


async def test_two_runs_at_once_do_not_write_a_document_twice(
    ingest: Ingest, store: MemoryStore, write: Writer
) -> None:
    paths = [write(f"{n}.txt", text(f"thing {n}", 30)) for n in range(10)]
    reports = await asyncio.gather(ingest.run(paths), ingest.run(list(reversed(paths))))
    assert len(await list_documents(store)) == 10
    assert sorted(f.state for r in reports for f in r.files) == ["added"] * 10 + ["unchanged"] * 10


@pytest.mark.skipif(os.name == "nt", reason="names that Windows does not have")
async def test_names_of_any_bytes_go_in_and_are_found_again(
    ingest: Ingest, store: MemoryStore, write: Writer, tmp_path: Path
) -> None:
    names = (b"new\nline.txt", b"q\"uo'te.txt", "\u202etxt.exe.txt".encode(), b"bad\xff\xfe.txt")
    for number, name in enumerate(names):
        write(os.fsdecode(name), text(f"name {number}"))
    report = await ingest.run([tmp_path])
    assert [file.state for file in report.files] == ["added"] * 4
    assert [file.state for file in (await ingest.run([tmp_path])).files] == ["unchanged"] * 4
    for file in report.files:
        assert (await find_document(store, file.path)).id == file.document_id


@pytest.mark.skipif(os.name == "nt", reason="names that Windows does not have")
async def test_a_name_that_is_no_text_is_found_as_the_shell_gives_it_and_stays_where_it_is(
    ingest: Ingest, store: MemoryStore, tmp_path: Path
) -> None:
    folder, name = tmp_path / "docs" / "names", os.fsdecode(b"bad\xff\xfe.txt")
    folder.mkdir(parents=True)
    (folder / name).write_text(text("boiler"))
    [file] = (await ingest.run([tmp_path / "docs"])).files
    for way in (name, f"names/{name}", str(folder / name), r"bad\xff\xfe.txt"):
        assert (await find_document(store, way)).id == file.document_id
    (tmp_path / "loop").symlink_to(folder, target_is_directory=True)
    [again] = (await ingest.run([tmp_path / "loop"])).files
    assert again.note == f"The same content is already here as {file.path}."
    assert (await find_document(store, again.path)).path == file.path


async def test_a_document_is_found_by_id_path_and_name_or_the_nearest_is_named(
    ingest: Ingest, store: MemoryStore, write: Writer
) -> None:
    path = write("boiler.txt", text("boiler"))
    id = (await run_one(ingest, path)).document_id
    for name in (id, str(path), "boiler.txt"):
        assert (await find_document(store, name)).id == id
    with pytest.raises(UnknownNameError, match=r"Did you mean 'boiler.txt'"):
        await find_document(store, "boilr.txt")


async def test_empty_large_and_missing_files_say_so(ingest: Ingest, write: Writer, tmp_path: Path) -> None:
    write("empty.txt", "")
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(500_000_001)  # sparse: takes no space
    paths = [tmp_path / name for name in ("empty.txt", "huge.txt", "missing.txt")]
    report = await ingest.run(paths)
    assert [file.state for file in sorted(report.files, key=lambda f: f.path)] == ["empty", "too_large", "failed"]
    assert all(file.error.endswith(".") for file in report.files)


async def test_the_share_of_a_file_weighs_reading_and_understanding(ingest: Ingest, write: Writer) -> None:
    write("long.txt", "\n\n".join(text(f"thing {n}", n) for n in range(60)))
    seen: list[IngestProgress] = []
    report = await ingest.run([write("short.txt", text("other", 3)).parent], progress=seen.append)
    assert not report.failed
    for path in {p.file for p in seen}:
        shares = [p.share for p in seen if p.file == path and p.share is not None]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
    # The first that is not done is told of, one after the other.
    names = [p.file for p in seen]
    assert names == sorted(names)


def test_a_file_that_is_read_but_not_understood_is_hardly_begun() -> None:
    chunks = [Chunk("words", 1, "", 0, 5, ())] * 10
    read = Job("book.pdf", page=16, pages=17, chunks=chunks, waiting=10)
    assert read.measure() == pytest.approx(0.1 * 16 / 17)
    read.waiting = 5
    assert read.measure() == pytest.approx(0.55 * 16 / 17)
    read.complete, read.waiting = True, 0
    assert read.measure() == 1.0
    assert Job("notes.txt").measure() is None
