"""What the owner does for memories in the background: sweep, tidy, supersede, take suggestions.

One owner, so one of each. All of it is stopped with the owner and none of it loses anything when killed: every
step is a transaction of its own, and what was left undone is found by the next run.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from engine.agent.suggest import suggest_from_turn
from engine.clock import Clock
from engine.errors import EngineError
from engine.forgetting import Forgetting
from engine.llm.backend import Backend
from engine.memory.consolidation import MemoryConsolidator
from engine.memory.memory import Memory
from engine.memory.recorder import Recorder
from engine.memory.suggestions import Suggestions
from engine.memory.supersede import Superseder
from engine.memory.sweep import Sweep
from engine.settings import Settings
from engine.store.store import Store

logger = logging.getLogger(__name__)

_SUPERSEDE = "supersede memories"
# A few searches; a program that ends does not wait longer than people notice.
_SUPERSEDE_S = 2.0
# Pauses after which a forgetting that could not be finished is tried again: a busy file, then a disk without space.
_AGAIN_S = (1.0, 3.0, 30.0, 300.0)


class MemoryUpkeep:
    """Everything that looks after the memories of one owner."""

    def __init__(self, memory: Memory, store: Store, clock: Clock, settings: Settings) -> None:
        self.memory, self._settings = memory, settings
        self.forgetting = Forgetting(memory, store)
        self.recorder = Recorder(memory)
        self.sweep = Sweep(memory, store, clock)
        self.suggestions = Suggestions(memory, automatic=settings.suggestions == "automatic")
        self.superseder = Superseder(memory)
        self.consolidator = MemoryConsolidator(memory, consolidation_interval=settings.consolidation_interval_s)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def start(self) -> None:
        """Begin what runs by itself."""
        self.sweep.start()
        self._spawn(self._finish_forgetting, "finish forgetting")
        await self.consolidator.start_background_task()

    async def aclose(self) -> None:
        """Stop everything; what is left undone is found by the next run.

        But what a fact contradicts is looked for once, when its vector comes: that is let come to its end.
        """
        # Vectors and answers that come to their end meanwhile start nothing more.
        self._is_closing = True
        await self.sweep.aclose()
        await self.consolidator.aclose()
        superseding = [task for task in self._tasks if task.get_name() == _SUPERSEDE]
        if superseding:
            await asyncio.wait(superseding, timeout=_SUPERSEDE_S)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.memory.settle()

    async def _finish_forgetting(self) -> None:
        """Once more where it fails: what a kill left behind may not wait for the next start."""
        for pause_s in _AGAIN_S:
            try:
                return await self.forgetting.finish()
            except (EngineError, OSError) as exc:
                logger.warning("finish forgetting: %s", exc)
                await asyncio.sleep(pause_s)
        await self.forgetting.finish()

    def on_embedded(self, ids: list[str]) -> None:
        """Entries have got their vectors: what they contradict gives way."""
        self._spawn(lambda: self.superseder.look_at(ids), _SUPERSEDE)

    def on_answered(self, backend: Backend, words: str, chat: str, turn: str, project: str) -> None:
        """An answer is finished: let the model say what of the person's words is worth remembering."""
        if self._settings.suggestions != "off":

            def suggest() -> Awaitable[Any]:
                return suggest_from_turn(backend, self.suggestions, words, chat=chat, turn=turn, project=project)

            self._spawn(suggest, "suggest memories")

    def _spawn(self, work: Callable[[], Awaitable[Any]], name: str) -> None:
        if self._is_closing:
            return
        task = asyncio.create_task(_quietly(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _quietly(work: Callable[[], Awaitable[Any]], name: str) -> None:
    try:
        # Called here: what is cancelled before its first step is never begun, and nobody waits for it.
        await work()
    except EngineError as exc:
        logger.warning("%s: %s", name, exc)
