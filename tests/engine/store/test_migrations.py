from __future__ import annotations

import pytest

from engine.clock import FakeClock
from engine.errors import DataDirError
from engine.store.migrations import SCHEMA_VERSION, migrate, read_version
from engine.store.store import Transaction
from engine.store.twin import MemoryStore


async def test_an_empty_store_gets_the_present_version():
    store = MemoryStore()
    assert await migrate(store, clock=FakeClock(now_ms=5)) == 0
    record = await store.get(store.keys.schema)
    assert (record["version"], record["created_ms"]) == (SCHEMA_VERSION, 5)
    assert await migrate(store) == SCHEMA_VERSION


async def test_a_newer_store_is_refused_with_a_sentence():
    store = MemoryStore()
    transaction = Transaction()
    transaction.put(store.keys.schema, {"version": SCHEMA_VERSION + 1, "app": "9.0", "created_ms": 0})
    await store.commit(transaction)
    for work in (migrate, read_version):
        with pytest.raises(DataDirError, match=r"newer Scrubjay.*update"):
            await work(store)


async def test_the_ladder_is_climbed_step_by_step_and_each_step_is_recorded():
    store = MemoryStore()
    await migrate(store, clock=FakeClock(now_ms=5))
    seen = []

    def step_from(version):
        async def step(store):
            seen.append(await read_version_raw(store))
            transaction = Transaction()
            transaction.put(store.keys.memory(str(version)), {"from": version})
            return transaction

        return step

    ladder = {version: step_from(version) for version in (1, 2, 3)}
    assert await migrate(store, ladder=ladder, target=4) == 1
    assert seen == [1, 2, 3]
    assert await read_version_raw(store) == 4
    assert (await store.get(store.keys.schema))["created_ms"] == 5
    assert await store.get(store.keys.memory("3")) == {"from": 3}


async def test_a_step_that_fails_leaves_the_version_before_it():
    store = MemoryStore()
    await migrate(store)

    async def breaks(store):
        raise RuntimeError("no power")

    async def works(store):
        return Transaction()

    with pytest.raises(RuntimeError):
        await migrate(store, ladder={1: works, 2: breaks}, target=3)
    assert await read_version_raw(store) == 2


async def read_version_raw(store):
    return (await store.get(store.keys.schema))["version"]
