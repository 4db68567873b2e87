"""What was read of a chat is kept in a file, within bounds, and goes when it has to."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest

from engine.llm.backend import Generated, Message, Sampling
from engine.llm.local import LocalBackend
from engine.llm.sequences import SequenceShelf
from tests.bench.tiny_gguf import Shape, write_gguf

LIMIT_S = 30.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", Shape(n_layer=1), plain=True)


@pytest.fixture
def shelf(tmp_path: Path) -> SequenceShelf:
    return SequenceShelf(tmp_path / "sequences", floor_bytes=0)


@asynccontextmanager
async def _opened(
    model: Path, shelf: SequenceShelf, host: Literal["process", "thread"] = "thread"
) -> AsyncIterator[LocalBackend]:
    log_dir = model.parent
    backend = LocalBackend(model, log_dir=log_dir, n_ctx=2048, n_threads=1, host=host, sequences=shelf)
    try:
        yield backend
    finally:
        await backend.aclose()


def _chat(name: str) -> list[Message]:
    return [Message("system", f"You are {name}."), Message("user", f"{name} hums " * 60)]


async def _ask(backend: LocalBackend, chat: str) -> tuple[int, Generated]:
    """Tokens that the chat's file saved, and the answer."""
    async with asyncio.timeout(LIMIT_S):
        n_kept = await backend.enter(chat)
        items = [item async for item in backend.generate(_chat(chat), Sampling(max_tokens=8))]
    assert isinstance(items[-1], Generated)
    return n_kept, items[-1]


async def test_chats_that_take_turns_are_not_read_again(model: Path, shelf: SequenceShelf) -> None:
    async with _opened(model, shelf) as backend:
        first = {chat: (await _ask(backend, chat))[1] for chat in ("A", "B")}
        for chat in ("A", "B", "A"):
            n_kept, again = await _ask(backend, chat)
            assert n_kept >= again.n_prompt
            assert again.n_reused == again.n_prompt - 1
            assert again.text == first[chat].text
        assert await backend.enter("A") == 0, "it is open already"


async def test_a_chat_is_kept_when_the_model_is_released(model: Path, shelf: SequenceShelf) -> None:
    async with _opened(model, shelf) as backend:
        await _ask(backend, "A")
    async with _opened(model, shelf) as backend:
        n_kept, again = await _ask(backend, "A")
        assert n_kept >= again.n_prompt
        assert again.n_reused == again.n_prompt - 1


async def test_a_damaged_file_is_deleted_and_the_chat_read_again(model: Path, shelf: SequenceShelf) -> None:
    async with _opened(model, shelf) as backend:
        await _ask(backend, "A")
        await _ask(backend, "B")
        (path,) = (p for p in [shelf.path("A", model, "f16")] if p)
        path.write_bytes(path.read_bytes()[:-1])
        n_kept, again = await _ask(backend, "A")
        assert (n_kept, again.n_reused) == (0, 0)
        assert not path.exists()


async def test_a_worker_that_died_holds_no_chat(model: Path, shelf: SequenceShelf) -> None:
    async with _opened(model, shelf, "process") as backend:
        await _ask(backend, "A")
        await _ask(backend, "B")
        await _ask(backend, "A")
        assert backend.worker.pid
        os.kill(backend.worker.pid, signal.SIGKILL)
        async with asyncio.timeout(LIMIT_S):
            while backend.worker.pid:
                await asyncio.sleep(0.01)
        # The file of before the crash is good; what came after it is read again.
        n_kept, again = await _ask(backend, "A")
        assert n_kept >= again.n_reused == again.n_prompt - 1


async def test_what_was_not_used_for_longest_goes_first(model: Path, shelf: SequenceShelf) -> None:
    async with _opened(model, shelf) as backend:
        for chat in ("A", "B"):
            await _ask(backend, chat)
        one = shelf.size_bytes
    small = SequenceShelf(shelf._folder, budget_bytes=int(2.5 * one), floor_bytes=0)
    async with _opened(model, small) as backend:
        for age, chat in enumerate(("A", "B", "C", "D", "E")):
            await _ask(backend, chat)
            if (path := small.path(chat, model, "f16")) and path.exists():
                os.utime(path, (age, age))
        assert small.size_bytes <= 2.5 * one
        assert (await _ask(backend, "D"))[0] > 0
        assert (await _ask(backend, "A"))[0] == 0


async def test_a_forgotten_chat_leaves_no_file_and_is_not_kept_again(model: Path, shelf: SequenceShelf) -> None:
    async with _opened(model, shelf) as backend:
        await _ask(backend, "A")
        await _ask(backend, "B")
        await backend.forget_chat("B")
        shelf.forget("A")
        assert (await backend.stats())["n_tokens"] == [0, 0, 0]
    assert shelf.size_bytes == 0
    async with _opened(model, shelf) as backend:
        await _ask(backend, "A")
        await _ask(backend, "B")
        shelf.clear()
        assert shelf.size_bytes == 0


async def test_nothing_is_written_where_the_disk_is_nearly_full(model: Path, tmp_path: Path) -> None:
    shelf = SequenceShelf(tmp_path / "sequences", floor_bytes=1 << 62)
    async with _opened(model, shelf) as backend:
        await _ask(backend, "A")
        await _ask(backend, "B")
        assert (await _ask(backend, "A"))[0] == 0
    assert shelf.size_bytes == 0


async def test_a_folder_that_cannot_be_made_costs_only_time(model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with _opened(model, SequenceShelf(tmp_path / "file" / "x", floor_bytes=0)) as backend:
        await _ask(backend, "A")
        assert (await _ask(backend, "B"))[0] == 0


def test_an_id_that_cannot_be_a_name_is_not_kept(shelf: SequenceShelf, model: Path) -> None:
    for chat in ("../x", "", "a/b", "a.b", "x" * 65):
        assert shelf.path(chat, model, "f16") is None
