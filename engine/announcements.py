"""News that do not come from the store (a model that loads, sleeps, is chosen), told with those that do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

_Item = dict[str, Any] | Exception


class Announcements:
    """Tells everybody who follows; nobody who comes later hears it."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[_Item]] = set()

    def tell(self, kind: str, id: str, what: str) -> None:
        """Something of this process changed."""
        for queue in self._listeners:
            queue.put_nowait({"kind": kind, "id": id, "what": what})

    async def among(self, changes: AsyncGenerator[dict[str, Any], None]) -> AsyncGenerator[dict[str, Any], None]:
        """The changes of the store with what is told between them, at the store's last position.

        Args:
            changes: as `engine.change_feed.follow_changes`, whose first item says where the store's stream is.
        """
        queue: asyncio.Queue[_Item] = asyncio.Queue()
        pumping = asyncio.create_task(_pump(changes, queue), name="changes of the store")
        position = ""
        try:
            while True:
                item = await queue.get()
                if isinstance(item, Exception):
                    raise item
                position = item.get("position", position)
                # From here on there is a position to go on from.
                self._listeners.add(queue)
                yield {**item, "position": position}
        finally:
            self._listeners.discard(queue)
            pumping.cancel()
            await asyncio.gather(pumping, return_exceptions=True)


async def _pump(changes: AsyncGenerator[dict[str, Any], None], queue: asyncio.Queue[_Item]) -> None:
    try:
        async with aclosing(changes) as items:
            async for item in items:
                queue.put_nowait(item)
    except Exception as exc:  # noqa: BLE001 - raised again where the changes are read
        queue.put_nowait(exc)
