"""What is asked while the owner of a data directory ends goes on with the next owner, and is done once."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

import engine.engine as engine_module
from engine import Engine, Settings
from engine.engine import open_service
from engine.errors import UsageError
from engine.instance.server import OwnerServer
from engine.local import LocalService
from engine.store.data_dir import DataDir, LockHandle

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")


class Gate:
    """A moment that lasts until the test lets it go on."""

    def __init__(self) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()

    async def __call__(self, *_: Any) -> None:
        self.reached.set()
        await self.open.wait()


def hold_closing(owner: LocalService) -> Gate:
    """Make the owner stay between a closed store and its end, with the lock in its hands."""
    gate, close = Gate(), owner.store._on_close

    async def hold() -> None:
        await gate()
        assert close is not None
        await close()

    owner.store._on_close = hold
    return gate


async def test_a_command_that_comes_while_the_owner_closes_waits_and_becomes_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    looked, take = asyncio.Event(), engine_module.take_ownership

    async def take_seen(data_dir: DataDir) -> LockHandle | None:
        lock = await take(data_dir)
        if lock is None:
            looked.set()
        return lock

    async def command() -> tuple[str, bool]:
        async with Engine.open(settings) as asking:
            return (await asking.memory.add("The owl lives in the barn")).id, asking.is_owner

    async with asyncio.timeout(40):
        owner = await open_service(settings)
        assert isinstance(owner, LocalService)
        gate = hold_closing(owner)
        closing = asyncio.create_task(owner.aclose())
        await gate.reached.wait()
        monkeypatch.setattr(engine_module, "take_ownership", take_seen)
        asked = asyncio.create_task(command())
        await looked.wait()
        assert not asked.done()
        gate.open.set()
        id, was_owner = await asked
        await closing
        assert was_owner
        async with Engine.open(settings) as later:
            assert [entry.id for entry in await later.memory.list()] == [id]


async def test_a_write_that_the_closing_owner_made_but_could_not_confirm_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    async with asyncio.timeout(40):
        owner = await open_service(settings)
        assert isinstance(owner, LocalService)
        async with Engine.open(settings) as asking:
            written = Gate()
            monkeypatch.setattr(owner.store, "barrier", written)
            asked = asyncio.create_task(asking.memory.add("The owl lives in the barn"))
            await written.reached.wait()
            gate = hold_closing(owner)
            closing = asyncio.create_task(owner.aclose())
            await gate.reached.wait()
            assert not asked.done()
            gate.open.set()
            entry = await asked
            await closing
            assert asking.is_owner
            assert [found.id for found in await asking.memory.list()] == [entry.id]
            assert len(await asking.memory.changes()) == 1


class NextOwner(OwnerServer):
    """Tells its secret only after somebody came with the one of the owner before."""

    def __init__(self, service: Any, secret: str, data_dir: DataDir, told: str) -> None:
        super().__init__(service, secret, frozenset())
        self.data_dir, self.told, self.refused = data_dir, told, 0

    def secret_matches(self, secret: object) -> bool:
        matches = super().secret_matches(secret)
        if not matches:
            self.refused += 1
            self.data_dir.write_address(secret=self.told)
        return matches


@pytest.mark.parametrize("told", ["new", "old"])
async def test_the_secret_of_the_owner_before_is_no_reason_to_give_up(tmp_path: Path, told: str) -> None:
    data_dir = DataDir(tmp_path / "data")
    lock = data_dir.try_lock()
    assert lock is not None
    server = NextOwner(None, "new", data_dir, told)
    await server.start(data_dir.instance_address)
    data_dir.write_address(instance=data_dir.instance_address, secret="old")
    async with asyncio.timeout(20):
        if told == "new":
            service = await open_service(Settings(data_dir=data_dir.path))
            assert not service.is_owner
            await service.aclose()
        else:
            with pytest.raises(UsageError, match="somebody else"):
                await open_service(Settings(data_dir=data_dir.path))
    assert server.refused == 1
    await server.aclose()
    data_dir.remove_address()
    lock.release()
