"""Documents taken out and put back; what could not be read."""

from __future__ import annotations

import pytest

from engine.clock import FakeClock
from engine.documents.library import document_by_path, list_documents, load_passages
from engine.documents.trash import KEPT_MS, DocumentTrash
from engine.documents.troubles import MAX_KEPT, Troubles
from engine.documents.viewing import find_source, load_passages_around
from engine.errors import UnknownNameError
from engine.events import FileIngested


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def trash(store, clock, ingest):
    return DocumentTrash(store, clock, ingest.writing)


async def add(ingest, path):
    (file,) = (await ingest.run([path])).files
    return file


async def test_a_document_taken_out_is_gone_and_comes_back_whole(ingest, store, trash, write):
    file = await add(ingest, write("boiler.md", "# Boiler\n\nThe boiler was serviced in March."))
    before = await load_passages(store, file.document_id)
    taken = await trash.discard(file.path)
    assert await list_documents(store) == []
    assert await document_by_path(store, file.path) is None
    back = await trash.restore(taken.id)
    assert back == taken == (await list_documents(store))[0]
    assert await load_passages(store, file.document_id) == before
    assert (await document_by_path(store, file.path)).id == taken.id


async def test_it_comes_back_although_the_file_is_gone(ingest, store, trash, write):
    path = write("boiler.md", "The boiler was serviced in March.")
    file = await add(ingest, path)
    await trash.discard(file.document_id)
    path.unlink()
    await trash.restore(file.document_id)
    assert (await find_source(store, trash, (await load_passages(store, file.document_id))[0].id)).state == "missing"


async def test_the_same_file_added_meanwhile_is_the_one_that_stays(ingest, store, trash, write):
    path = write("boiler.md", "The boiler was serviced in March.")
    first = await add(ingest, path)
    await trash.discard(first.document_id)
    second = await add(ingest, path)
    assert second.state == "added"
    assert (await trash.restore(first.document_id)).id == second.document_id
    assert [d.id for d in await list_documents(store)] == [second.document_id]
    assert await load_passages(store, first.document_id) == []


async def test_a_path_with_new_content_stays_with_its_new_document(ingest, store, trash, write):
    path = write("boiler.md", "The boiler was serviced in March.")
    first = await add(ingest, path)
    await trash.discard(first.document_id)
    write("boiler.md", "The boiler was thrown away in May.")
    second = await add(ingest, path)
    await trash.restore(first.document_id)
    assert (await document_by_path(store, str(path))).id == second.document_id
    assert {d.id for d in await list_documents(store)} == {first.document_id, second.document_id}


async def test_what_is_not_in_the_trash_cannot_be_put_back(trash):
    with pytest.raises(UnknownNameError):
        await trash.restore("nothing")
    with pytest.raises(UnknownNameError):
        await trash.discard("nothing.pdf")


async def test_after_thirty_days_nothing_is_left(ingest, store, trash, write, clock):
    empty = {key async for key in store.scan(store.keys.prefix)}
    file = await add(ingest, write("boiler.md", "The boiler was serviced in March."))
    await trash.discard(file.document_id)
    assert await trash.purge() == 0
    clock.advance(KEPT_MS / 1000 + 1)
    assert await trash.purge() == 1
    assert {key async for key in store.scan(store.keys.prefix)} - empty <= {store.keys.changes}


async def test_an_old_answer_still_shows_what_it_quoted(ingest, store, trash, write):
    file = await add(ingest, write("boiler.md", "The boiler was serviced in March."))
    (passage,) = await load_passages(store, file.document_id)
    await trash.discard(file.document_id)
    source = await find_source(store, trash, passage.id)
    assert (source.state, source.passage.text) == ("removed", "The boiler was serviced in March.")
    assert source.document.path == file.path


async def test_a_changed_file_is_told_from_an_unchanged_one(ingest, store, trash, write):
    path = write("boiler.md", "The boiler was serviced in March.")
    file = await add(ingest, path)
    (passage,) = await load_passages(store, file.document_id)
    assert (await find_source(store, trash, passage.id)).state == "there"
    path.write_text("Something else altogether stands here now.")
    assert (await find_source(store, trash, passage.id)).state == "changed"


async def test_passages_around_one_are_those_beside_it(ingest, store, write):
    text = "\n\n".join(f"# Part {i}\n\n" + f"Sentence {i} tells of the boiler. " * 30 for i in range(9))
    file = await add(ingest, write("long.md", text))
    passages = await load_passages(store, file.document_id)
    middle = passages[len(passages) // 2]
    around = await load_passages_around(store, file.document_id, middle.id, 1)
    assert [p.position for p in around] == [middle.position - 1, middle.position, middle.position + 1]
    assert await load_passages_around(store, file.document_id, "", 2) == passages[:3]
    with pytest.raises(UnknownNameError):
        await load_passages_around(store, file.document_id, "nothing", 1)


async def test_what_failed_is_kept_until_it_goes_in(ingest, store, clock, write):
    troubles = Troubles(store, clock)
    path = write("broken.pdf", b"%PDF-1.4 nothing of a PDF")
    file = await add(ingest, path)
    (kept,) = await troubles.list()
    assert (kept.path, kept.state, kept.error) == (file.path, file.state, file.error)
    write("broken.pdf", "This was a text all along, and it is mended.")
    path.rename(path.with_suffix(".txt"))
    await add(ingest, write("broken.pdf", b""))
    assert (await troubles.list())[0].state == "empty"
    await troubles.note([FileIngested(file.path, "added")])
    assert await troubles.list() == []


async def test_a_trouble_can_be_dismissed(ingest, store, clock, write):
    troubles = Troubles(store, clock)
    await add(ingest, write("empty.txt", b""))
    (kept,) = await troubles.list()
    await troubles.dismiss([kept.id, "nothing"])
    await troubles.dismiss([])
    assert await troubles.list() == []


async def test_a_folder_of_photographs_does_not_fill_the_store(store, clock):
    troubles = Troubles(store, clock)
    await troubles.note([FileIngested(f"/photos/{i}.jpg", "unsupported", error="No.") for i in range(MAX_KEPT + 5)])
    assert len(await troubles.list()) == MAX_KEPT
