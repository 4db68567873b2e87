"""Other processes reach the owner through its socket, and only with its secret."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import EngineError, OwnerLostError, UnknownNameError, UsageError
from engine.instance.remote import RemoteService
from engine.instance.server import OwnerServer

SECRET = "the secret of the address file"


class CountingService:
    """A real, small service: counts, echoes, waits."""

    is_owner = True

    def __init__(self) -> None:
        self.cancelled = asyncio.Event()

    async def call(self, operation: str, **arguments: Any) -> Any:
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


async def test_nobody_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OwnerLostError):
        await RemoteService.connect(str(tmp_path / "nobody.sock"), SECRET)
