"""A backend that says what it was told to: for tests, demonstrations and debugging, behind the same protocol.

It keeps the promises of a real one as far as words can: pieces one at a time, stop strings, token limit,
cancel between pieces, a count of what it "read again" by comparing the messages with the last ones of the
sequence. Its tokens are words.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.errors import ContextFullError, ModelError, UsageError
from engine.llm.backend import Generated, Message, ModelInfo, Piece, Prefilled, Sampling, SequenceName
from engine.llm.text import StopFilter

_WORD = re.compile(r"\s*\S+|\s+")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came, in the order of `ScriptedBackend.asked`."""

    messages: tuple[Message, ...]
    sampling: Sampling
    grammar: str | None
    sequence: SequenceName


class ScriptedBackend:
    """Answers from a script.

    Args:
        replies: texts given one after the other, or a function from the messages to the text.
        kind: guide or chat.
        n_ctx: words that fit.
        pace: awaited before each piece, so that a test decides when one comes.

    Attributes:
        asked: every request so far.
        n_cancelled: generations that were closed before their end.
    """

    def __init__(
        self,
        replies: Sequence[str] | Callable[[Sequence[Message]], str],
        *,
        name: str = "scripted",
        kind: Literal["guide", "chat"] = "chat",
        n_ctx: int = 4096,
        pace: Callable[[], object] | None = None,
    ) -> None:
        self._replies: Iterator[str] | None = None if callable(replies) else iter(replies)
        self._answer = replies if callable(replies) else None
        self._info = ModelInfo(
            name=name, source="script", backend="scripted", kind=kind, n_ctx=n_ctx, n_ctx_train=n_ctx, template="none"
        )
        self._pace = pace
        self._read: dict[str, tuple[Message, ...]] = {}
        self.asked: list[Asked] = []
        self.n_cancelled = 0

    @property
    def info(self) -> ModelInfo:
        """What it claims to be."""
        return self._info

    async def load(self) -> ModelInfo:
        """Nothing to load."""
        return self._info

    async def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        grammar: str | None = None,
        sequence: SequenceName = "chat",
    ) -> AsyncGenerator[Prefilled | Piece | Generated, None]:
        """Give the next reply of the script; see `Backend.generate`.

        Raises:
            ModelError: the script is at its end.
        """
        self.asked.append(Asked(tuple(messages), sampling, grammar, sequence))
        n_prompt, n_reused = self._count_prompt(messages, sequence)
        text = self._next(messages)
        yield Prefilled(n_prompt, n_prompt, n_reused)
        stops, said, n = StopFilter(sampling.stop), "", 0
        reason: Literal["end", "stop", "length", "cancelled"] = "end"
        finished = False
        try:
            for word in _WORD.findall(text):
                if n == sampling.max_tokens:
                    reason = "length"
                    break
                await self._wait()
                n += 1
                certain = stops.feed(word)
                said += certain
                if certain:
                    yield Piece(certain)
                if stops.stopped:
                    reason = "stop"
                    break
            finished = True
        finally:
            self.n_cancelled += not finished
        if tail := stops.flush():
            said += tail
            yield Piece(tail)
        yield Generated(said, (), reason, n_prompt, n_reused, n, 0.0, 0.0)

    async def _wait(self) -> None:
        if self._pace is None:
            await asyncio.sleep(0)
            return
        waiting = self._pace()
        if asyncio.iscoroutine(waiting) or isinstance(waiting, asyncio.Future):
            await waiting

    def _next(self, messages: Sequence[Message]) -> str:
        if self._answer is not None:
            return self._answer(messages)
        text = next(self._replies, None) if self._replies is not None else None
        if text is None:
            raise ModelError("The script of this model is at its end; give it more replies.")
        return text

    def _count_prompt(self, messages: Sequence[Message], sequence: SequenceName) -> tuple[int, int]:
        """Words of the prompt, and how many of them the last prompt of the sequence began with."""
        if not messages:
            raise UsageError("There is nothing to answer: the list of messages is empty.")
        words = [len(_WORD.findall(m.text)) for m in messages]
        n_prompt, n_reused = sum(words), 0
        if n_prompt >= self._info.n_ctx:
            raise ContextFullError(n_prompt, self._info.n_ctx)
        for old, new, n in zip(self._read.get(sequence, ()), messages, words, strict=False):
            if old != new:
                break
            n_reused += n
        self._read[sequence] = tuple(messages)
        return n_prompt, n_reused

    async def count(self, text: str) -> int:
        """Words of a text."""
        return len(_WORD.findall(text))

    async def aclose(self) -> None:
        """Nothing to end."""
