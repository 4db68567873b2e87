"""The two calls through which every face uses the engine, near or far.

The process that owns the data directory answers them itself (`engine.local.LocalService`); every other
process sends them to the owner (`engine.instance.remote.RemoteService`). Because arguments and results
are plain data on both sides, a face cannot tell the difference, and there is one writer: no two
processes ever read, change and write back the same entry.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Protocol


class Service(Protocol):
    """An engine as plain operations; engine/local.py says where each stands.

    Attributes:
        is_owner: whether the store and the models run in this process.
    """

    is_owner: bool

    async def call(self, operation: str, **arguments: Any) -> Any:
        """The result of one operation, as plain data.

        Raises:
            EngineError: what went wrong, the same class on either side.
            OwnerLostError: the owner went away before it answered.
        """
        ...

    def stream(self, operation: str, **arguments: Any) -> AsyncGenerator[dict[str, Any], None]:
        """The items of one operation as they come; closing it cancels the operation."""
        ...

    async def aclose(self) -> None:
        """Let go; the owner ends its store and workers."""
        ...
