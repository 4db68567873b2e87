"""G3 and G16 on a real server: memories equal their model through kills, restarts, clock jumps and a full disk.

The random work is that of tests/engine/memory/test_stateful.py. What differs is what goes wrong: the server is
killed, the owner is closed and opened again, the disk it writes to is really full. What was said while the disk was
full may be there afterwards or not, because nobody was told that it was saved; all else must be as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys

import pytest

from engine.clock import FakeClock
from engine.errors import StoreFullError
from engine.memory.memory import Memory
from engine.memory.sweep import Sweep
from engine.store.store import Transaction
from tests.engine.memory.test_stateful import SMALL, Model, Play
from tests.engine.store.units import Opened

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a small tmpfs")

_BALLAST_BYTES = 256 * 1024


class ServerPlay(Play):
    """Random work on the memories of a real server."""

    def __init__(self, seed: int, opened: Opened, disk) -> None:
        self.chance, self.clock, self.model = random.Random(seed), FakeClock(), Model()
        self._opened, self._disk = opened, disk
        self.reopen()

    def reopen(self) -> None:
        self.store = self._opened.store
        self.memory = Memory(self.store, self.clock, tiers=SMALL)
        self.sweep = Sweep(self.memory, self.store, self.clock)

    async def crash(self) -> None:
        """Kill the server, or end the owner and be the next one."""
        if self.chance.random() < 0.7:
            pid = self._opened.server_pid
            os.kill(pid, signal.SIGKILL)
            await self._opened.until_replaced(pid)
        else:
            await self._opened.aclose()
            await self._opened.open()
        self.reopen()

    async def fill_disk(self) -> None:
        before = await self.states()
        ballast = self._disk.path / "ballast"
        _fill(ballast)
        said = [f"said on a full disk {self.chance.random()}" for _ in range(3)]
        for text in said:
            with pytest.raises(StoreFullError):
                await self.memory.add(f"{text} {self.chance.randbytes(20_000).hex()}")
        assert before.items() <= (await self.states()).items()
        if self.chance.random() < 0.5:
            pid = self._opened.server_pid
            os.kill(pid, signal.SIGKILL)
            ballast.unlink()
            await self._opened.until_replaced(pid)
        else:
            ballast.unlink()
        await self._until_it_writes()
        after = await self.states()
        assert before.items() <= after.items()
        assert all(after[id][1].rpartition(" ")[0] in said for id in after.keys() - before.keys())
        self.model.live = {e.id: (e.text, e.tier, e.pinned) for e in await self.memory.list(limit=10_000)}

    async def _until_it_writes(self) -> None:
        """The server tries its file again each second."""
        async with asyncio.timeout(20):
            while True:
                transaction = Transaction()
                transaction.put(self.store.keys.run("probe"), {"probe": 1})
                try:
                    await self.store.commit(transaction)
                    await self.store.barrier()
                except StoreFullError:
                    await asyncio.sleep(0.05)
                    continue
                return

    async def check(self) -> None:
        live = {e.id: (e.text, e.tier, e.pinned) for e in await self.memory.list(limit=10_000)}
        assert live == self.model.live
        assert {s.entry.id: s.entry.text for s in (await self.memory.trashed(limit=10_000)).states} == self.model.trash
        keys = [key async for key in self.store.scan(self.store.keys.prefix)]
        assert not [key for key in keys for id in self.model.forgotten if id in key]


def _fill(path) -> None:
    """Leave no byte free."""
    with path.open("wb", buffering=0) as file:
        for size in (_BALLAST_BYTES, 4096, 1):
            with contextlib.suppress(OSError):  # no space left
                while True:
                    file.write(b"\1" * size)


async def play_on(seed: int, opened: Opened, disk, n_steps: int) -> None:
    game = ServerPlay(seed, opened, disk)
    steps = [
        *[game.add] * 6, *[game.edit] * 3, *[game.pin] * 2, *[game.throw_away] * 3, *[game.restore] * 2, game.forget,
        *[game.undo] * 3, *[game.use] * 2, game.sweep_up, game.tidy,
    ]  # fmt: skip
    accidents = (game.crash, game.fill_disk)
    for number in range(n_steps):
        work = game.chance.choice(accidents) if number % 30 == 29 else game.chance.choice(steps)
        try:
            await work()
            if number % 10 == 9:
                await game.check()
        except AssertionError as exc:
            raise AssertionError(f"seed {seed}, step {number}, {work.__name__}") from exc
    await game.check()


async def test_the_memories_of_a_server_equal_their_model(small_disk, any_server) -> None:
    disk = small_disk("24m")
    opened = await Opened(disk.path / "data", any_server).open()
    async with contextlib.aclosing(opened):
        await play_on(1, opened, disk, 90)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(2, 12))
async def test_the_memories_of_a_server_equal_their_model_for_long(small_disk, any_server, seed: int) -> None:
    disk = small_disk("64m")
    opened = await Opened(disk.path / "data", any_server).open()
    async with contextlib.aclosing(opened):
        await play_on(seed, opened, disk, 1500)
