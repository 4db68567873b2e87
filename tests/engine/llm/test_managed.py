"""A managed model: loaded when asked, counted, released when idle, loaded again, its problem said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from engine.errors import ContextFullError, ModelBrokenError, ServerError, WorkerCrashedError
from engine.llm.backend import Backend, Generated, Message, Sampling
from engine.llm.local import LocalBackend
from engine.llm.managed import ManagedBackend
from engine.llm.scripted import ScriptedBackend
from tests.bench.tiny_gguf import TINY, write_gguf

ASK = [Message("user", "hello")]


class _Log:
    """A managed scripted model, and the states it went through."""

    def __init__(self, make: Callable[[], Backend]) -> None:
        self.states: list[str] = []
        self.made = 0

        async def create(_progress: Callable[[float], None]) -> Backend:
            self.made += 1
            return make()

        self.model = ManagedBackend("Test", create, on_state=lambda: self.states.append(self.model.state))

    async def ask(self) -> str:
        async with aclosing(self.model.generate(ASK, Sampling())) as items:
            return "".join(
                [getattr(item, "text", "") for item in [i async for i in items] if isinstance(item, Generated)]
            )


async def test_it_loads_at_the_first_question_and_again_after_it_was_released() -> None:
    log = _Log(lambda: ScriptedBackend(["one", "two"]))
    assert log.model.state == "asleep"
    assert await log.ask() == "one"
    assert log.states == ["loading", "ready", "thinking", "ready"]
    assert await log.model.release()
    assert not log.model.is_loaded
    assert await log.ask() == "one"
    assert log.made == 2
    assert log.states[4:] == ["asleep", "loading", "ready", "thinking", "ready"]


async def test_what_it_did_is_counted() -> None:
    log = _Log(lambda: ScriptedBackend(["one two three", "four"]))
    await log.ask()
    await log.ask()
    usage = log.model.usage
    assert usage.n_requests == 2
    assert usage.n_generated > 0
    assert usage.n_prompt == usage.n_reused + usage.n_prefilled


async def test_a_model_that_answers_is_not_released() -> None:
    log = _Log(lambda: ScriptedBackend(["a long answer of several words"]))
    async with aclosing(log.model.generate(ASK, Sampling())) as items:
        await anext(items)
        assert log.model.is_busy
        assert not await log.model.release()
    assert await log.model.release()


async def test_a_model_that_cannot_be_loaded_says_why_and_may_be_tried_again() -> None:
    attempts = iter([ModelBrokenError("half a file"), None])

    async def create(_progress: Callable[[float], None]) -> Backend:
        if error := next(attempts):
            raise error
        return ScriptedBackend(["now"])

    model = ManagedBackend("Test", create, on_state=lambda: None)
    with pytest.raises(ModelBrokenError):
        await model.load()
    assert (model.state, model.problem) == ("problem", "half a file")
    await model.load()
    assert (model.state, model.problem) == ("ready", "")


async def test_a_crash_is_a_problem_until_the_next_answer() -> None:
    replies = iter([WorkerCrashedError("it ended"), "fine"])

    def answer(_messages: object) -> str:
        reply = next(replies)
        if isinstance(reply, Exception):
            raise reply
        return reply

    log = _Log(lambda: ScriptedBackend(answer))
    with pytest.raises(WorkerCrashedError):
        await log.ask()
    assert (log.model.state, log.model.problem) == ("problem", "it ended")
    assert await log.ask() == "fine"
    assert (log.model.state, log.model.problem) == ("ready", "")


async def test_a_server_that_fails_is_a_problem_until_it_answers_and_a_refused_prompt_is_none() -> None:
    replies = iter(["fine", ServerError("nobody there"), "fine", ContextFullError(9, 8)])

    def answer(_messages: object) -> str:
        reply = next(replies)
        if isinstance(reply, Exception):
            raise reply
        return reply

    log = _Log(lambda: ScriptedBackend(answer))
    assert await log.ask() == "fine"
    with pytest.raises(ServerError):
        await log.ask()
    assert (log.model.state, log.model.problem, log.model.is_loaded) == ("problem", "nobody there", False)
    assert await log.ask() == "fine"
    assert (log.model.state, log.model.problem) == ("ready", "")
    with pytest.raises(ContextFullError):
        await log.ask()
    assert (log.model.state, log.model.problem) == ("ready", "")
    assert log.made == 1


async def test_two_questions_at_once_load_it_once() -> None:
    log = _Log(lambda: ScriptedBackend(lambda _messages: "both"))
    assert await asyncio.gather(log.ask(), log.ask()) == ["both", "both"]
    assert log.made == 1


async def test_how_far_a_long_prompt_is_read_is_told_and_counted_once(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "owl.gguf", TINY, plain=True)
    seen: list[tuple[str, float]] = []

    async def create(_progress: Callable[[float], None]) -> Backend:
        return LocalBackend(path, log_dir=tmp_path, n_ctx=4096, n_threads=1, n_ubatch=128)

    model = ManagedBackend("Owl", create, on_state=lambda: seen.append((model.state, model.read_share)))
    try:
        messages = [Message("user", "word " * 400)]
        async with aclosing(model.generate(messages, Sampling(max_tokens=8))) as items:
            end = [item async for item in items][-1]
        assert isinstance(end, Generated)
        shares = [share for state, share in seen if state == "thinking" and share]
        assert shares
        assert shares == sorted(shares)
        assert model.read_share == 0.0
        assert model.usage.n_prefilled == end.n_prompt - end.n_reused
        assert model.usage.n_context == end.n_prompt + end.n_generated
    finally:
        await model.aclose()
