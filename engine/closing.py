"""Closing in the opposite order of opening; each step has a limit, so that an owner ends within five seconds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

# Each step of closing may take so long; all of them together stay within five seconds.
CLOSE_STEP_S = 2.0


class Closing:
    """What has to be closed, in the order in which it was opened."""

    def __init__(self) -> None:
        self._steps = contextlib.AsyncExitStack()

    def add(self, name: str, close: Callable[[], Awaitable[None]]) -> None:
        """Have something closed before all that was added earlier; `name` is for the log."""

        async def bounded() -> None:
            try:
                await asyncio.wait_for(close(), CLOSE_STEP_S)
            except TimeoutError:
                logger.warning("closing the %s took too long and was given up", name)

        self._steps.push_async_callback(bounded)

    async def aclose(self) -> None:
        """Take every step, the last that was added first; one that takes too long is given up."""
        await self._steps.aclose()
