"""A process that is not the owner: its operations travel over the owner's socket.

One connection carries any number of requests at once, each with its own id, in the frames that the
workers use. The first message is the secret of the address file, so that another program of the same
computer that finds the socket learns nothing. When the connection ends, every request in flight fails
with `OwnerLostError`, and `engine.engine.Engine` takes over or finds the next owner.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator
from typing import Any

from engine.errors import EngineError, OwnerLostError, error_from_wire
from engine.instance.transport import open_connection
from engine.processes.framing import PROTOCOL_VERSION, encode_frame, read_frame

_LOST = "The Scrubjay that was running has ended; the request is repeated."
# An answer to the greeting takes well under a millisecond; an owner that is closing never answers.
HELLO_LIMIT_S = 5.0


class RemoteService:
    """The owner's service as seen from another process."""

    is_owner = False

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._lost = False
        self._pump = asyncio.create_task(self._receive(), name="owner-connection")

    @classmethod
    async def connect(cls, address: str, secret: str) -> RemoteService:
        """Connect to the owner that listens at an address.

        Raises:
            OwnerLostError: nobody answers there.
        """
        try:
            reader, writer = await asyncio.wait_for(open_connection(address), HELLO_LIMIT_S)
        except (OSError, TimeoutError) as exc:
            raise OwnerLostError(_LOST) from exc
        service = cls(reader, writer)
        try:
            await asyncio.wait_for(service.call("hello", secret=secret), HELLO_LIMIT_S)
        # A cancel as well: the connection belongs to nobody yet.
        except BaseException as exc:
            await service.aclose()
            if isinstance(exc, TimeoutError):
                raise OwnerLostError(_LOST) from exc
            raise
        return service

    async def call(self, operation: str, **arguments: Any) -> Any:
        """See `Service.call`."""
        result = None
        async for message in self._request(operation, arguments):
            result = message.get("result")
        return result

    async def stream(self, operation: str, **arguments: Any) -> AsyncGenerator[dict[str, Any], None]:
        """See `Service.stream`."""
        request = self._request(operation, arguments)
        async with contextlib.aclosing(request):
            async for message in request:
                if message["op"] == "item":
                    yield message["item"]

    async def _request(self, operation: str, arguments: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        if self._lost:
            raise OwnerLostError(_LOST)
        number = next(self._ids)
        queue = self._waiting[number] = asyncio.Queue()
        ended = False
        try:
            await self._send({"id": number, "op": "request", "operation": operation, "arguments": arguments})
            while not ended:
                message = await queue.get()
                ended = message["op"] in ("done", "failed", "lost")
                if message["op"] == "failed":
                    raise error_from_wire(message["error"])
                if message["op"] == "lost":
                    raise OwnerLostError(_LOST)
                yield message
        finally:
            del self._waiting[number]
            if not ended and not self._lost:
                with contextlib.suppress(OwnerLostError):
                    await self._send({"id": number, "op": "cancel"})

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            self._writer.write(encode_frame({"v": PROTOCOL_VERSION, **message}))
            await self._writer.drain()
        except (OSError, RuntimeError) as exc:
            raise OwnerLostError(_LOST) from exc

    async def _receive(self) -> None:
        try:
            while (message := await read_frame(self._reader)) is not None:
                queue = self._waiting.get(message["id"])
                if queue is not None:
                    queue.put_nowait(message)
        except (OSError, EngineError):
            pass
        finally:
            self._lost = True
            for queue in self._waiting.values():
                queue.put_nowait({"op": "lost"})

    async def aclose(self) -> None:
        """Close the connection; the owner cancels what was asked through it."""
        self._lost = True
        self._pump.cancel()
        await asyncio.gather(self._pump, return_exceptions=True)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
