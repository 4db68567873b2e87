"""Other processes reach the owner through its socket, and only with its secret."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import warnings
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import EngineError, OwnerLostError, StoreUnavailableError, UnknownNameError, UsageError
from engine.instance.remote import RemoteService
from engine.instance.server import OwnerServer
from engine.processes.framing import PROTOCOL_VERSION, encode_frame

SECRET = "the secret of the address file"


class CountingService:
    """A real, small service: counts, echoes, waits."""

    is_owner = True

    def __init__(self) -> None:
        self.cancelled = asyncio.Event()
        self.n_calls = 0

    async def call(self, operation: str, **arguments: Any) -> Any:
        self.n_calls += 1
        if operation == "echo":
            return arguments
        if operation == "break":
            raise ZeroDivisionError
        raise UnknownNameError("operation", operation, ["echo"])

    async def stream(self, operation: str, **arguments: Any) -> AsyncGenerator[dict[str, Any], None]:
        try:
            for number in range(arguments["n"]):
                yield {"number": number}
            if operation == "forever":
                await asyncio.Event().wait()
        finally:
            if operation == "forever":
                self.cancelled.set()

    async def aclose(self) -> None:
        """Nothing to let go."""


class ClosingService(CountingService):
    """Its one operation fails as everything does whose store has been closed."""

    def __init__(self) -> None:
        super().__init__()
        self.began = asyncio.Event()

    async def call(self, operation: str, **arguments: Any) -> Any:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise StoreUnavailableError("The store is closed; open Scrubjay again.")


@pytest.fixture
async def owner(tmp_path: Path) -> AsyncIterator[tuple[CountingService, OwnerServer, str]]:
    service = CountingService()
    server = OwnerServer(service, SECRET, frozenset({"count", "forever"}))
    address = str(tmp_path / "owner.sock")
    await server.start(address)
    yield service, server, address
    await server.aclose()


async def test_a_call_and_a_stream_arrive_whole(owner: tuple[CountingService, OwnerServer, str]) -> None:
    remote = await RemoteService.connect(owner[2], SECRET)
    assert await remote.call("echo", text="ü", data=b"\x00") == {"text": "ü", "data": b"\x00"}
    assert [item["number"] async for item in remote.stream("count", n=500)] == list(range(500))
    await remote.aclose()


async def test_requests_overlap_on_one_connection(owner: tuple[CountingService, OwnerServer, str]) -> None:
    remote = await RemoteService.connect(owner[2], SECRET)
    waiting = remote.stream("forever", n=1)
    await anext(waiting)
    assert await remote.call("echo", n=2) == {"n": 2}
    await waiting.aclose()
    await remote.aclose()


async def test_errors_keep_their_class_and_sentence(owner: tuple[CountingService, OwnerServer, str]) -> None:
    remote = await RemoteService.connect(owner[2], SECRET)
    with pytest.raises(UnknownNameError, match="Did you mean 'echo'"):
        await remote.call("ecko")
    await remote.aclose()


async def test_our_own_mistake_reaches_the_asker_as_a_sentence(
    owner: tuple[CountingService, OwnerServer, str], unexpected_errors_fail: list[Any]
) -> None:
    remote = await RemoteService.connect(owner[2], SECRET)
    with pytest.raises(EngineError, match="made a mistake"):
        await remote.call("break")
    unexpected_errors_fail.clear()
    await remote.aclose()


async def test_closing_a_stream_cancels_it_at_the_owner(owner: tuple[CountingService, OwnerServer, str]) -> None:
    remote = await RemoteService.connect(owner[2], SECRET)
    stream = remote.stream("forever", n=3)
    assert (await anext(stream))["number"] == 0
    await stream.aclose()
    await asyncio.wait_for(owner[0].cancelled.wait(), 5)
    await remote.aclose()


async def test_a_lost_asker_cancels_its_requests(owner: tuple[CountingService, OwnerServer, str]) -> None:
    remote = await RemoteService.connect(owner[2], SECRET)
    stream = remote.stream("forever", n=1)
    await anext(stream)
    remote._writer.transport.abort()
    await asyncio.wait_for(owner[0].cancelled.wait(), 5)
    await stream.aclose()
    await remote.aclose()


async def test_a_wrong_secret_is_refused(owner: tuple[CountingService, OwnerServer, str]) -> None:
    with pytest.raises(UsageError, match="somebody else"):
        await RemoteService.connect(owner[2], "guessed")


async def test_the_end_of_the_owner_fails_what_is_in_flight(owner: tuple[CountingService, OwnerServer, str]) -> None:
    remote = await RemoteService.connect(owner[2], SECRET)
    stream = remote.stream("forever", n=1)
    await anext(stream)
    await owner[1].aclose()
    with pytest.raises(OwnerLostError):
        await anext(stream)
    with pytest.raises(OwnerLostError):
        await remote.call("echo")
    await remote.aclose()


@pytest.mark.parametrize("n_turns", range(8))
async def test_who_is_let_in_while_the_owner_closes_is_not_served_any_more(
    owner: tuple[CountingService, OwnerServer, str], n_turns: int
) -> None:
    service, server, address = owner
    # The system takes a connection for the owner at once; its loop needs some turns until the owner has it.
    asker = socket.socket(socket.AF_UNIX)
    asker.connect(address)
    for id, (operation, arguments) in enumerate((("hello", {"secret": SECRET}), ("echo", {"n": 1}))):
        request = {"id": id, "op": "request", "operation": operation, "arguments": arguments}
        asker.sendall(encode_frame({"v": PROTOCOL_VERSION, **request}))
    for _ in range(n_turns):
        await asyncio.sleep(0)
    n_served = service.n_calls
    await server.aclose()
    for _ in range(8):
        await asyncio.sleep(0)
    with warnings.catch_warnings():
        # Python 3.11 forgets to close a connection that it accepts in the very turn in which it stops to listen.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    asker.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=asker)
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionError):
            await reader.read()
    writer.close()
    assert service.n_calls == n_served


async def test_what_fails_because_the_owner_closes_is_lost_and_not_failed(tmp_path: Path) -> None:
    service = ClosingService()
    server = OwnerServer(service, SECRET, frozenset())
    await server.start(str(tmp_path / "owner.sock"))
    remote = await RemoteService.connect(str(tmp_path / "owner.sock"), SECRET)
    asked = asyncio.create_task(remote.call("write"))
    await service.began.wait()
    closing = asyncio.create_task(server.aclose())
    with pytest.raises(OwnerLostError):
        await asked
    await closing
    await remote.aclose()


async def test_nobody_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OwnerLostError):
        await RemoteService.connect(str(tmp_path / "nobody.sock"), SECRET)
