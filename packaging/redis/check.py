"""Try a server that was just built: write, kill -9, read, write its file anew, read again.

    python packaging/redis/check.py OUT_DIR/redis-server

Run from the root of a checkout whose environment is set up; exits 1 when anything is lost.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.settings import Settings
from engine.store.client import RedisStore
from engine.store.data_dir import DataDir
from engine.store.opening import open_store, take_ownership
from engine.store.store import Transaction

N_ENTRIES = 2_000


async def _count(store: RedisStore) -> int:
    keys = [store.keys.memory(str(i)) for i in range(N_ENTRIES)]
    return sum(record is not None for record in await store.get_many(keys))


async def check(server: Path, folder: Path) -> bool:
    """Whether everything that was acknowledged is there after a kill and after a rewrite."""
    data_dir = DataDir(folder)
    lock = await take_ownership(data_dir)
    assert lock is not None
    store = await open_store(Settings(data_dir=folder, redis_server=str(server)), data_dir, lock)
    try:
        transaction = Transaction()
        for i in range(N_ENTRIES):
            transaction.put(store.keys.memory(str(i)), {"text": f"entry {i}"})
        await store.commit(transaction)
        await store.barrier()
        address = data_dir.read_address()
        assert address is not None
        assert address.server is not None
        os.kill(address.server.pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        after_kill = await _count(store)
        await store.rewrite()
        after_rewrite = await _count(store)
        info = await store.info()
    finally:
        await store.aclose()
        lock.release()
    print(f"{info.server} {info.version}: {after_kill} after a kill, {after_rewrite} after a rewrite, of {N_ENTRIES}")
    return after_kill == after_rewrite == N_ENTRIES


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="scrubjay-check-") as folder:
        return 0 if asyncio.run(check(Path(sys.argv[1]).resolve(), Path(folder) / "data")) else 1


if __name__ == "__main__":
    sys.exit(main())
