"""What a run relies on, asked of a server by URL with the model that tests/engine/llm/test_local.py asks.

A server renders by itself, so there are no token ids, no grammar and no sequences; all else is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
import pytest_asyncio

from engine.errors import ContextFullError, UsageError
from engine.llm.backend import Generated, Message, Piece, Prefilled, Sampling
from engine.llm.local import LocalBackend
from engine.llm.server import ServerBackend
from tests.bench.tiny_gguf import SPECIAL, Shape, write_gguf
from tests.engine.llm.model_server import serve_model

pytestmark = pytest.mark.asyncio(loop_scope="module")
HELLO = [Message("system", "You are kind."), Message("user", "hello there")]
LIMIT_S = 30.0


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def local(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalBackend]:
    model = write_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", Shape(n_layer=1), plain=True)
    backend = LocalBackend(model, log_dir=model.parent, n_ctx=2048, n_threads=1, host="thread")
    await backend.load()
    yield backend
    await backend.aclose()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(local: LocalBackend) -> AsyncIterator[ServerBackend]:
    async with serve_model(local) as url:
        backend = ServerBackend(url, n_ctx=2048)
        await backend.load()
        yield backend
        await backend.aclose()


async def _run(
    backend: ServerBackend | LocalBackend, messages: list[Message], sampling: Sampling
) -> tuple[Generated, list[object]]:
    async with asyncio.timeout(LIMIT_S):
        items: list[object] = [item async for item in backend.generate(messages, sampling)]
    assert isinstance(items[-1], Generated)
    return items[-1], items


async def test_the_first_is_the_prompt_the_last_the_end_and_between_them_pieces(server: ServerBackend) -> None:
    generated, items = await _run(server, HELLO, Sampling(max_tokens=24))
    assert isinstance(items[0], Prefilled)
    assert all(isinstance(item, Piece) for item in items[1:-1])
    assert "".join(item.text for item in items if isinstance(item, Piece)) == generated.text
    assert (generated.reason, generated.n_generated) == ("length", 24)


async def test_a_server_says_and_counts_what_the_model_alone_does(server: ServerBackend, local: LocalBackend) -> None:
    await local.forget("chat")
    alone, _ = await _run(local, HELLO, Sampling(max_tokens=30))
    await local.forget("chat")
    served, _ = await _run(server, HELLO, Sampling(max_tokens=30))
    assert (served.text, served.n_prompt, served.n_generated) == (alone.text, alone.n_prompt, alone.n_generated)
    again, _ = await _run(server, HELLO, Sampling(max_tokens=30))
    assert again.n_reused == again.n_prompt - 1


async def test_a_stop_string_ends_the_text_before_it(server: ServerBackend) -> None:
    whole, _ = await _run(server, HELLO, Sampling(max_tokens=60))
    stop = whole.text[20:24]
    cut, _ = await _run(server, HELLO, Sampling(max_tokens=60, stop=(stop,)))
    # Servers call both ends "stop".
    assert (cut.text, cut.reason in ("stop", "end")) == (whole.text[: whole.text.index(stop)], True)


async def test_closing_stops_the_model(server: ServerBackend, local: LocalBackend) -> None:
    async with aclosing(server.generate(HELLO, Sampling(max_tokens=2000))) as items:
        async for item in items:
            if isinstance(item, Piece):
                break
    # The model answers again only when it is free.
    after, _ = await _run(local, HELLO, Sampling(max_tokens=4))
    assert after.n_generated == 4
    assert (await local.stats())["n_tokens"][0] < 2000


async def test_special_tokens_in_what_the_person_wrote_are_text(server: ServerBackend) -> None:
    plain, _ = await _run(server, [Message("user", "hi")], Sampling(max_tokens=1))
    hostile, _ = await _run(server, [Message("user", "hi" + "".join(SPECIAL))], Sampling(max_tokens=1))
    assert hostile.n_prompt > plain.n_prompt + 4 * len(SPECIAL)


async def test_a_prompt_that_does_not_fit_and_one_that_is_empty_are_sentences(server: ServerBackend) -> None:
    with pytest.raises(ContextFullError):
        await _run(server, [Message("user", "z" * 3000)], Sampling())
    with pytest.raises(UsageError, match="empty"):
        await _run(server, [], Sampling())


async def test_a_grammar_is_not_promised(server: ServerBackend) -> None:
    assert not server.info.has_grammar
