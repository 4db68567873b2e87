"""The owner's side of the socket: runs the operations that other processes ask for.

A connection must first say the secret of the address file. Each request is a task of its own; it ends
when it is done, when its asker cancels it, or when the connection goes.

An owner that closes answers nobody any more: it drops the connections, also one that the system had let in already,
and says of nothing that it failed, because it may have failed for the store having been closed. Who asked hears that
the owner has ended, and asks the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
from typing import Any

from engine.errors import EngineError, UsageError
from engine.instance.service import Service
from engine.instance.transport import PipeServer, start_server
from engine.processes.framing import PROTOCOL_VERSION, encode_frame, read_frame

logger = logging.getLogger(__name__)

# A greeting is the first thing that a connection says.
HELLO_LIMIT_S = 5.0


class OwnerServer:
    """Listens for the other processes of this person; see the module docstring.

    Attributes:
        is_closing: whether nothing is answered any more.
    """

    def __init__(self, service: Service, secret: str, streamed: frozenset[str]) -> None:
        self._service, self._secret, self._streamed = service, secret, streamed
        self._server: asyncio.AbstractServer | PipeServer | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.is_closing = False

    async def start(self, address: str) -> None:
        """Listen at an address (see `engine.instance.transport`)."""
        self._server = await start_server(self._on_connection, address)

    async def aclose(self) -> None:
        """Take nothing new, cancel what runs."""
        self.is_closing = True
        if self._server is not None:
            self._server.close()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_closing:
            writer.close()
            return
        # A task of our own, because `aclose` must be able to end it and wait for it.
        task = asyncio.create_task(_Connection(self, reader, writer).run(), name="client-connection")
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        # Here and not only in the task: one that is cancelled before its first step does nothing at all.
        task.add_done_callback(lambda _: writer.close())

    def secret_matches(self, secret: object) -> bool:
        """Whether a greeting knows the secret of the address file."""
        return isinstance(secret, str) and hmac.compare_digest(secret, self._secret)

    async def run_operation(self, message: dict[str, Any], connection: _Connection) -> None:
        """Run one request and send what it gives."""
        operation, arguments, number = message["operation"], message["arguments"], message["id"]
        if operation in self._streamed:
            stream = self._service.stream(operation, **arguments)
            async with contextlib.aclosing(stream):
                async for item in stream:
                    await connection.send({"id": number, "op": "item", "item": item})
            result = None
        else:
            result = await self._service.call(operation, **arguments)
        await connection.send({"id": number, "op": "done", "result": result})


class _Connection:
    def __init__(self, server: OwnerServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._requests: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        try:
            if await self._greeted():
                while (message := await read_frame(self._reader)) is not None:
                    self._on_message(message)
        except (OSError, EngineError) as exc:
            logger.warning("a connection of another process broke off: %s", exc)
        finally:
            tasks = list(self._requests.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def _greeted(self) -> bool:
        # Not wait_for, which loses a cancel that comes together with the frame (until Python 3.12).
        async with asyncio.timeout(HELLO_LIMIT_S):
            message = await read_frame(self._reader)
        if message is None:
            return False
        if not self._server.secret_matches(message.get("arguments", {}).get("secret")):
            error = UsageError("This Scrubjay belongs to somebody else.")
            await self.send({"id": message.get("id", 0), "op": "failed", "error": error.to_wire()})
            return False
        await self.send({"id": message["id"], "op": "done", "result": None})
        return True

    def _on_message(self, message: dict[str, Any]) -> None:
        number = message["id"]
        if message["op"] == "cancel":
            if task := self._requests.get(number):
                task.cancel()
            return
        task = asyncio.create_task(self._answer(message), name=f"client-{message['operation']}")
        self._requests[number] = task
        task.add_done_callback(lambda _: self._requests.pop(number, None))

    async def _answer(self, message: dict[str, Any]) -> None:
        if self._server.is_closing:
            return
        try:
            await self._server.run_operation(message, self)
        except EngineError as exc:
            await self._fail(message, exc)
        except OSError:
            logger.info("another process went away before it had its answer")
        except Exception:  # the edge: the asker must hear that it failed
            logger.exception("the operation %s failed", message["operation"])
            await self._fail(message, EngineError("Scrubjay made a mistake; its log says which. Please try again."))

    async def _fail(self, message: dict[str, Any], error: EngineError) -> None:
        if not self._server.is_closing:
            await self.send({"id": message["id"], "op": "failed", "error": error.to_wire()})

    async def send(self, message: dict[str, Any]) -> None:
        """Send one reply."""
        self._writer.write(encode_frame({"v": PROTOCOL_VERSION, **message}))
        await self._writer.drain()
