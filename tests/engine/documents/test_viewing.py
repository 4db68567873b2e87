"""Pages through the engine: a worker of their own that ends, and only documents that are in."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from engine import Engine, Settings
from engine.documents.viewing import PageViewer, look_at_file
from engine.errors import DocumentError, UnknownNameError, UsageError
from resources import resource_path


async def test_the_worker_starts_when_a_page_is_wanted_and_ends_when_nobody_looks(tmp_path, make_pdf):
    viewer = PageViewer(tmp_path)
    path = make_pdf([["The boiler was serviced in March."]])
    await viewer.warm()
    page = await viewer.render(str(path), 1, 200, ["The boiler"], "")
    assert (page.page, page.width, len(page.marks[0])) == (1, 200, 1)
    assert viewer._worker is not None
    viewer._worker._rest()
    await viewer._worker._resting
    assert viewer._worker.pid is None
    assert (await viewer.render(str(path), 1, 100, [], "")).width == 100
    await viewer.aclose()


async def test_a_page_that_brings_its_painter_down_is_refused_and_the_next_is_painted(tmp_path, make_pdf):
    viewer = PageViewer(tmp_path)
    path = make_pdf([["The boiler was serviced in March."]])
    await viewer.warm()
    identity = viewer._worker.identity
    assert identity is not None
    os.kill(identity.pid, signal.SIGSTOP)
    task = asyncio.create_task(viewer.render(str(path), 1, 200, [], ""))
    await asyncio.sleep(0)
    os.kill(identity.pid, signal.SIGKILL)
    with pytest.raises(DocumentError, match="given up"):
        await task
    assert (await viewer.render(str(path), 1, 100, [], "")).width == 100
    await viewer.aclose()


async def test_the_engine_shows_pages_of_documents_that_are_in_and_of_no_other_file(tmp_path, make_pdf):
    path = make_pdf([["The boiler was serviced in March."], ["The valve is closed."]])
    other = make_pdf([["Not added."]], "other.pdf")
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as engine:
        (file,) = (await engine.ingest([path])).files
        page = await engine.documents.render(file.document_id, 2, 300, ["The valve is closed."])
        assert (page.page, page.pages, len(page.marks[0])) == (2, 2, 1)
        assert (await engine.documents.find(str(path))).id == file.document_id
        with pytest.raises(UnknownNameError):
            await engine.documents.render(str(other), 1, 300)
        with pytest.raises(UsageError):
            await engine.documents.render(file.document_id, 3, 300)
        sample = str(resource_path("sample", "Welcome to Scrubjay.pdf"))
        assert (await engine.documents.render(sample, 1, 300)).pages == 3
        path.unlink()
        with pytest.raises(DocumentError, match="not where it was"):
            await engine.documents.render(file.document_id, 1, 300)


async def test_documents_are_listed_in_parts_taken_out_and_put_back_through_the_engine(tmp_path, write):
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as engine:
        files = [write(f"{n}.txt", f"Letter {n} tells of the boiler.") for n in range(5)]
        await engine.ingest([*files, write("empty.txt", b"")])
        assert [d.path for d in await engine.documents.list(offset=1, limit=2)] == [str(p) for p in files[1:3]]
        assert len(await engine.documents.list()) == 5
        (trouble,) = await engine.documents.troubles()
        await engine.documents.dismiss([trouble.id])
        assert await engine.documents.troubles() == []
        taken = await engine.documents.discard(str(files[0]))
        assert not [hit for hit in await engine.search("letter 0", sources=["documents"]) if hit.group == taken.id]
        assert await engine.documents.get([taken.id]) == []
        await engine.documents.restore(taken.id)
        assert [d.id for d in await engine.documents.get([taken.id])] == [taken.id]
        assert any(hit.group == taken.id for hit in await engine.search("letter 0", sources=["documents"]))


async def test_a_file_has_changed_when_what_is_in_it_has(tmp_path):
    path = tmp_path / "lease.md"
    path.write_text("# Lease\n\nThe notice period is three months to the end of a quarter.\n")
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as engine:
        await engine.ingest([path])
        (document,) = await engine.documents.list()
        assert look_at_file(document) == ("there", str(path))
        os.utime(path, (1, 1))
        assert look_at_file(document) == ("there", str(path)), "it was only copied or saved again"
        path.write_text(path.read_text().replace("three", "seven"))
        assert look_at_file(document)[0] == "changed"
