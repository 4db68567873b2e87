"""A full disk: the server stays, reads go on, nothing is acknowledged that is not there."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest

from engine.errors import StoreFullError
from engine.store.space import free_space_floor, require_space
from engine.store.store import Transaction
from tests.engine.store.units import Opened

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a small tmpfs")


async def put_and_acknowledge(store, name):
    transaction = Transaction()
    transaction.put(store.keys.memory(name), {"name": name, "noise": os.urandom(60_000)})
    await store.commit(transaction)
    await store.barrier()


async def fill(store, acknowledged):
    for n in range(1000):
        try:
            await put_and_acknowledge(store, f"m{n}")
        except StoreFullError:
            return
        acknowledged.append(f"m{n}")
    pytest.fail("the disk never filled")


async def missing(store, acknowledged):
    records = await store.get_many([store.keys.memory(name) for name in acknowledged])
    return [name for name, record in zip(acknowledged, records, strict=True) if record is None]


@pytest.mark.parametrize("kill_while_full", [False, True])
async def test_a_full_disk_refuses_writes_and_recovers(small_disk, server, kill_while_full):
    disk = small_disk("12m")
    ballast = disk.path / "ballast"
    ballast.write_bytes(bytes(9 * 2**20))
    one = await Opened(disk.path / "data", server).open()
    store, acknowledged = one.store, []
    await fill(store, acknowledged)
    assert len(acknowledged) > 3
    assert await missing(store, acknowledged) == []
    with pytest.raises(StoreFullError, match="free some space"):
        await put_and_acknowledge(store, "while full")
    if kill_while_full:
        os.kill(one.server_pid, signal.SIGKILL)
    ballast.unlink()
    await put_until_accepted(store, acknowledged)
    assert await missing(store, acknowledged) == []
    await store.barrier()
    pid = one.server_pid
    os.kill(pid, signal.SIGKILL)
    # What was committed before and refused by the barrier is sent again, so that it is there now as well.
    assert await missing(store, [*acknowledged, f"m{len(acknowledged) - 1}"]) == []
    await one.aclose()


async def put_until_accepted(store, acknowledged):
    """The server tries its file again each second; a commit is refused until then."""
    for n in range(200):
        try:
            await put_and_acknowledge(store, f"after{n}")
        except StoreFullError:
            await asyncio.sleep(0.05)
            continue
        acknowledged.append(f"after{n}")
        return
    pytest.fail("the store did not recover")


def test_the_floor_of_free_space_is_said_in_megabytes(tmp_path):
    assert free_space_floor(10**9) == 2_200_000_000
    with pytest.raises(StoreFullError, match=r"MB.*free \d+ MB"):
        require_space(tmp_path, 10**18)
