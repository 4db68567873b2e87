"""Where the owner listens: a Unix socket, or a named pipe on Windows. Never a TCP port.

The Windows half uses the proactor loop's own pipe calls; it is written after their documentation and
has not been run.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
# One frame may hold a document's worth of text; the reader must not stop in the middle of one.
_BUFFER_BYTES = 1 << 20


class PipeServer:
    """The named pipe of the owner on Windows, with the face of an `asyncio.Server`."""

    def __init__(self, pipes: list[Any]) -> None:
        self._pipes = pipes

    def close(self) -> None:
        """Stop listening."""
        for pipe in self._pipes:
            pipe.close()

    async def wait_closed(self) -> None:
        """Pipes close at once."""


async def start_server(handler: Handler, address: str) -> asyncio.AbstractServer | PipeServer:
    """Listen at an address that only this person can reach."""
    if sys.platform == "win32":
        loop = asyncio.get_running_loop()

        def create_protocol() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(asyncio.StreamReader(_BUFFER_BYTES), handler)

        return PipeServer(await loop.start_serving_pipe(create_protocol, address))  # type: ignore[attr-defined]
    mask = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(handler, address, limit=_BUFFER_BYTES)
    finally:
        os.umask(mask)


async def open_connection(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the owner.

    Raises:
        OSError: nobody listens there.
    """
    if sys.platform == "win32":
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(_BUFFER_BYTES)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.create_pipe_connection(lambda: protocol, address)  # type: ignore[attr-defined]
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
    return await asyncio.open_unix_connection(address, limit=_BUFFER_BYTES)
