"""Tool calls that wait for the person: asked by a run, answered by whoever shows the question."""

from __future__ import annotations

import asyncio

from engine.errors import UsageError

# A question that nobody answers for so long is refused, so that no run waits for ever.
LIMIT_S = 600.0


class Approvals:
    """Questions by the id of their `ApprovalRequested`.

    Args:
        limit_s: how long a question waits before it counts as refused.
    """

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s
        self._waiting: dict[str, asyncio.Future[bool]] = {}

    async def wait(self, approval_id: str) -> bool:
        """Whether the person agrees; False when nobody says anything."""
        future = asyncio.get_running_loop().create_future()
        self._waiting[approval_id] = future
        try:
            return await asyncio.wait_for(future, self._limit_s)
        except TimeoutError:
            return False
        finally:
            del self._waiting[approval_id]

    async def decide(self, approval_id: str, agreed: bool) -> None:
        """Answer a question.

        Raises:
            UsageError: it does not wait any more.
        """
        future = self._waiting.get(approval_id)
        if future is None or future.done():
            raise UsageError("This question does not wait for an answer any more.")
        future.set_result(agreed)
