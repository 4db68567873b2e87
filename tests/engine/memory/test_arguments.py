"""A wrong type at the door of `engine.memory` is told in one sentence of ours."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from engine import Engine, Settings
from engine.errors import UsageError
from engine.memory import arguments
from engine.memory_face import MemoryFace


@pytest.fixture
async def memory(tmp_path: Path):
    async with Engine.open(Settings(data_dir=tmp_path / "data", embedder="none")) as engine:
        yield engine.memory


async def test_each_wrong_type_names_the_argument_and_what_it_must_be(memory) -> None:
    for call, name in (
        (lambda: memory.add(None), "text"),
        (lambda: memory.add(b"x"), "text"),
        (lambda: memory.add("a", tier=None), "tier"),
        (lambda: memory.add("a", importance=True), "importance"),
        (lambda: memory.add("a", created_at="x"), "created_at"),
        (lambda: memory.add("a", tags="abc"), "tags"),
        (lambda: memory.add("a", pinned="yes"), "pinned"),
        (lambda: memory.add_many([{"text": 5}]), "text"),
        (lambda: memory.recall(None), "query"),
        (lambda: memory.recall("a", k=10**9), "k"),
        (lambda: memory.recall("a", tiers="semantic"), "tiers"),
        (lambda: memory.list(offset=-1), "offset"),
        (lambda: memory.list(limit=-1), "limit"),
        (lambda: memory.undo(5), "change_id"),
        (lambda: memory.undo(""), "change_id"),
        (lambda: memory.take_in("a\0b"), "path"),
        (lambda: memory.forget(5), "ids"),
        (lambda: memory.trash([5]), "ids"),
        (lambda: memory.edit("x", text=5), "text"),
        (lambda: memory.still_said([None]), "texts"),
        (lambda: memory.take_in(5), "path"),
    ):
        with pytest.raises(UsageError, match=f"^`{name}` must be "):
            await call()


async def test_an_item_of_many_is_looked_at_like_the_arguments_of_one(memory) -> None:
    with pytest.raises(UsageError, match=re.escape("no argument named 'txt'. Did you mean 'text'?")):
        await memory.add_many([{"txt": "a"}])
    with pytest.raises(UsageError, match="needs a `text`"):
        await memory.add_many([{}])
    assert len(await memory.add_many(({"text": "a"}, {"text": "b", "tags": ("c",)}))) == 2


async def test_what_is_right_passes(memory) -> None:
    entry = await memory.add("tide of year", importance=1, created_at=1000, provenance={"source": "user"})
    assert [hit.entry.id for hit in await memory.recall("tide", k=3, tiers=["semantic"], max_tokens=None)] == [entry.id]
    assert (await memory.trash(entry.id)).id == (await memory.undo(None)).undoes


def test_every_argument_of_every_method_is_known() -> None:
    known = {*arguments._KINDS, "self", "progress"}
    for name, method in inspect.getmembers(MemoryFace, inspect.isfunction):
        if not name.startswith("_"):
            assert set(inspect.signature(method).parameters) <= known, name
