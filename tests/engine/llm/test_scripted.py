"""The scripted backend keeps the promises of a real one as far as words can."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from engine.errors import ContextFullError, ModelError, UsageError
from engine.llm.backend import Backend, Generated, Message, Piece, Prefilled, Sampling
from engine.llm.scripted import ScriptedBackend

ASK = [Message("user", "what is it")]


async def _run(backend: Backend, messages: list[Message], sampling: Sampling = Sampling()) -> list[object]:  # noqa: B008
    async with asyncio.timeout(10):
        return [item async for item in backend.generate(messages, sampling)]


async def test_replies_come_in_order_and_word_by_word() -> None:
    backend = ScriptedBackend(["one two  three", "four"])
    first, second = await _run(backend, ASK), await _run(backend, ASK)
    assert [item.text for item in first if isinstance(item, Piece)] == ["one", " two", "  three"]
    assert isinstance(first[-1], Generated)
    assert (first[-1].text, first[-1].reason, first[-1].n_generated) == ("one two  three", "end", 3)
    assert isinstance(second[-1], Generated)
    assert second[-1].text == "four"
    with pytest.raises(ModelError, match="at its end"):
        await _run(backend, ASK)


async def test_a_function_sees_the_messages() -> None:
    backend = ScriptedBackend(lambda messages: messages[-1].text.upper())
    items = await _run(backend, ASK)
    assert isinstance(items[-1], Generated)
    assert items[-1].text == "WHAT IS IT"


async def test_what_was_asked_is_recorded() -> None:
    backend = ScriptedBackend(["a"])
    async for _ in backend.generate(ASK, Sampling(max_tokens=3), grammar="root ::= x", sequence="scratch"):
        pass
    (asked,) = backend.asked
    assert (asked.messages, asked.grammar, asked.sequence) == (tuple(ASK), "root ::= x", "scratch")


async def test_stop_strings_and_limits_end_the_text() -> None:
    backend = ScriptedBackend(["a b STOP c", "a b c d", "a ST"])
    stopped = await _run(backend, ASK, Sampling(stop=("STOP",)))
    limited = await _run(backend, ASK, Sampling(max_tokens=2))
    held = await _run(backend, ASK, Sampling(stop=("STOP",)))
    ends = [items[-1] for items in (stopped, limited, held)]
    assert [(e.text, e.reason) for e in ends if isinstance(e, Generated)] == [
        ("a b ", "stop"), ("a b", "length"), ("a ST", "end"),
    ]  # fmt: skip


async def test_closing_is_counted_and_the_next_reply_comes() -> None:
    backend = ScriptedBackend(["a b c", "d"])
    async with aclosing(backend.generate(ASK, Sampling())) as events:
        async for item in events:
            if isinstance(item, Piece):
                break
    assert backend.n_cancelled == 1
    items = await _run(backend, ASK)
    assert isinstance(items[-1], Generated)
    assert items[-1].text == "d"


async def test_pace_decides_when_a_piece_comes() -> None:
    gate = asyncio.Semaphore(0)
    backend = ScriptedBackend(["a b"], pace=gate.acquire)
    task = asyncio.ensure_future(_run(backend, ASK))
    await asyncio.sleep(0)
    assert not task.done()
    gate.release()
    gate.release()
    items = await task
    assert isinstance(items[-1], Generated)
    assert items[-1].text == "a b"


async def test_a_longer_prompt_counts_what_it_shares_with_the_last() -> None:
    backend = ScriptedBackend(["x", "y"])
    await _run(backend, ASK)
    items = await _run(backend, [*ASK, Message("assistant", "x"), Message("user", "and now")])
    assert items[0] == Prefilled(6, 6, 3)


async def test_limits_are_those_of_a_real_backend() -> None:
    backend = ScriptedBackend(["x"], n_ctx=4)
    with pytest.raises(ContextFullError):
        await _run(backend, [Message("user", "a b c d e")])
    with pytest.raises(UsageError):
        await _run(backend, [])
    assert await backend.count("a b c") == 3
    await backend.aclose()
