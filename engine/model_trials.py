"""Trying models beside each other: one prompt, outside of every chat, greedy, streamed; nothing of it is kept.

Two models run at once where the memory holds both; else one after the other, and the first is released for the
second. Which it is, is asked before (`fit_together`), so that whoever looks on can be told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from engine.errors import UsageError
from engine.llm.backend import Generated, Message, Piece, Prefilled, Sampling
from engine.llm.shelf import Choice, ModelShelf
from engine.model_pool import ModelPool
from engine.security.taint import USER

__all__ = ["ModelTrials"]

MAX_TOKENS = 4096


class ModelTrials:
    """Operations that try models."""

    def __init__(self, shelf: ModelShelf, pool: ModelPool) -> None:
        self._shelf, self._pool = shelf, pool

    async def fit_together(self, *, models: Sequence[str]) -> dict[str, Any]:
        """Whether these models can be in memory at once: `together`, with `needed_bytes` and `free_bytes`."""
        choices = [await self._resolve(model) for model in dict.fromkeys(models)]
        plans = [self._pool.plan(c.found) for c in choices if c.found is not None and c.found.shape is not None]
        needed = sum(plan.needed_bytes for plan in plans if plan is not None)
        room = self._pool.room(sum(_held(b) for b in self._pool.idle()))
        return {
            "together": len(plans) < 2 or needed <= room.usable,
            "needed_bytes": needed,
            "free_bytes": room.available + room.to_free,
        }

    async def run(self, *, model: str, prompt: str, max_tokens: int) -> AsyncGenerator[dict[str, Any], None]:
        """What one model says to a prompt: items of kind state, reading, text, and at the end done.

        Raises:
            ModelError, UsageError: it cannot be used, or the prompt is empty.
        """
        if not prompt.strip():
            raise UsageError("There is nothing to ask; write a question first.")
        choice = await self._resolve(model)
        if choice.is_guide:
            raise UsageError("The guide finds and quotes; it writes nothing that could be compared.")
        choice.require_usable()
        backend = self._pool.get(choice)
        yield {"kind": "state", "state": "loading"}
        await backend.load()
        yield {"kind": "state", "state": "thinking"}
        began, first_ms = time.perf_counter(), 0.0
        sampling = Sampling(max_tokens=max(1, min(max_tokens, MAX_TOKENS)))
        messages = [Message("user", prompt.strip(), frozenset({USER}))]
        async with aclosing(backend.generate(messages, sampling, sequence="scratch")) as items:
            async for item in items:
                if isinstance(item, Piece):
                    first_ms = first_ms or (time.perf_counter() - began) * 1000
                    yield {"kind": "text", "text": item.text}
                elif isinstance(item, Prefilled):
                    yield {"kind": "reading", "n_done": item.n_done, "n_prompt": item.n_prompt}
                elif isinstance(item, Generated):
                    yield {"kind": "done", "first_ms": first_ms, **_figures(item)}

    async def _resolve(self, model: str) -> Choice:
        return await asyncio.to_thread(self._shelf.resolve, model)


def _figures(generated: Generated) -> dict[str, Any]:
    speed = generated.n_generated / generated.decode_ms * 1000 if generated.decode_ms else 0.0
    return {
        "n_prompt": generated.n_prompt,
        "n_generated": generated.n_generated,
        "tokens_per_s": round(speed, 2),
        "reason": generated.reason,
    }


def _held(backend: Any) -> int:
    return backend.plan.needed_bytes if backend.plan is not None else 0
