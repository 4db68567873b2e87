"""What every store promises; runs on the twin and on every server found."""

from __future__ import annotations

import asyncio
import logging
import math

import pytest

from engine.errors import EntryDamagedError, UsageError
from engine.store.store import Change, Transaction
from tests.engine.store.units import broken_units, damage, transaction_of

LIMIT_S = 20


async def test_a_record_that_was_put_is_there(store):
    transaction = Transaction()
    record = {"text": "zoë", "n": 3, "score": 0.5, "vector": b"\x00\xff", "tags": ["a"], "none": None, "yes": True}
    transaction.put(store.keys.memory("1"), record)
    assert await store.commit(transaction) == ""
    assert await store.get(store.keys.memory("1")) == record
    assert await store.get(store.keys.memory("2")) is None


async def test_many_records_come_in_the_order_of_their_keys(store):
    transaction = Transaction()
    for i in range(300):
        transaction.put(store.keys.memory(str(i)), {"i": i})
    await store.commit(transaction)
    keys = [store.keys.memory(str(i)) for i in (299, 5, 1000, 5)]
    assert await store.get_many(keys) == [{"i": 299}, {"i": 5}, None, {"i": 5}]
    everything = await store.get_many([store.keys.memory(str(i)) for i in range(300)])
    assert [record["i"] for record in everything if record] == list(range(300))
    assert await store.get_many([]) == []


async def test_a_put_replaces_and_a_delete_removes_records_and_indexes(store):
    key, index = store.keys.memory("1"), store.keys.tier("semantic")
    first = Transaction()
    first.put(key, {"n": 1})
    first.index_add(index, "1", 1.0)
    await store.commit(first)
    second = Transaction()
    second.put(key, {"n": 2})
    await store.commit(second)
    assert await store.get(key) == {"n": 2}
    third = Transaction()
    third.delete(key)
    third.delete(index)
    await store.commit(third)
    assert await store.get(key) is None
    assert await store.count(index) == 0


async def test_within_a_transaction_the_last_word_counts(store):
    keys = store.keys
    before = Transaction()
    before.index_add(keys.chats, "old", 1.0)
    await store.commit(before)
    transaction = Transaction()
    transaction.put(keys.memory("gone"), {"n": 1})
    transaction.delete(keys.memory("gone"))
    transaction.delete(keys.memory("kept"))
    transaction.put(keys.memory("kept"), {"n": 2})
    transaction.delete(keys.chats)
    transaction.index_add(keys.chats, "new", 2.0)
    transaction.index_add(keys.trash, "out", 1.0)
    transaction.index_remove(keys.trash, "out")
    transaction.index_remove(keys.trash, "in")
    transaction.index_add(keys.trash, "in", 1.0)
    await store.commit(transaction)
    assert await store.get(keys.memory("gone")) is None
    assert await store.get(keys.memory("kept")) == {"n": 2}
    assert await store.range(keys.chats) == [("new", 2.0)]
    assert await store.range(keys.trash) == [("in", 1.0)]


async def test_an_index_is_read_by_score_in_both_directions(store):
    transaction = Transaction()
    for member, score in {"a": 1.0, "b": 2.5, "c": 2.5, "d": 1_767_225_600_123.0, "e": -1e-9}.items():
        transaction.index_add(store.keys.documents, member, score)
    await store.commit(transaction)
    read = store.range
    names = [m for m, _ in await read(store.keys.documents)]
    assert names == ["e", "a", "b", "c", "d"]
    assert [m for m, _ in await read(store.keys.documents, newest_first=True)] == names[::-1]
    assert await read(store.keys.documents, low=1.0, high=2.5) == [("a", 1.0), ("b", 2.5), ("c", 2.5)]
    assert await read(store.keys.documents, low=2.5, limit=1, newest_first=True) == [("d", 1_767_225_600_123.0)]
    assert await read(store.keys.documents, limit=0) == []
    assert await read(store.keys.documents, high=-math.inf) == []
    assert await store.count(store.keys.documents) == 5
    assert await read(store.keys.chats) == []


async def test_a_member_moves_and_leaves(store):
    for score in (1.0, 9.0):
        transaction = Transaction()
        transaction.index_add(store.keys.documents, "a", score)
        await store.commit(transaction)
    assert await store.range(store.keys.documents) == [("a", 9.0)]
    transaction = Transaction()
    transaction.index_remove(store.keys.documents, "a")
    transaction.index_remove(store.keys.documents, "never there")
    await store.commit(transaction)
    assert await store.count(store.keys.documents) == 0


async def test_a_scan_gives_every_key_of_its_prefix_once(store):
    transaction = Transaction()
    for i in range(2500):
        transaction.put(store.keys.passage(str(i)), {"i": i})
    transaction.put(store.keys.memory("a*b[1]?"), {"i": 0})
    transaction.put(store.keys.memory("aXb1Y"), {"i": 0})
    transaction.index_add(store.keys.documents, "d", 1.0)
    transaction.announce("document", "d", "put")
    await store.commit(transaction)
    passages = [key async for key in store.scan(store.keys.passage(""))]
    assert sorted(passages) == sorted(store.keys.passage(str(i)) for i in range(2500))
    assert [key async for key in store.scan(store.keys.memory("a*b[1]"))] == [store.keys.memory("a*b[1]?")]
    everything = {key async for key in store.scan(store.keys.prefix)} - {store.keys.schema}
    assert len(everything) == 2503
    assert store.keys.documents in everything


async def test_a_commit_may_be_repeated(store):
    transaction = transaction_of(store, "doc", 30)
    await store.commit(transaction)
    await store.commit(transaction)
    assert await broken_units(store) == ({"doc"}, [])


async def test_an_empty_transaction_is_no_work(store):
    assert await store.commit(Transaction()) == ""
    await store.barrier()


@pytest.mark.parametrize("fault", ["score", "both", "value"])
async def test_what_cannot_be_stored_is_refused_before_anything_is_written(store, fault):
    transaction = Transaction()
    transaction.put(store.keys.memory("1"), {"n": 1})
    if fault == "score":
        transaction.index_add(store.keys.documents, "1", math.nan)
    elif fault == "both":
        transaction.index_add(store.keys.memory("1"), "1", 1.0)
    else:
        transaction.put(store.keys.memory("2"), {"n": object()})
    with pytest.raises(UsageError):
        await store.commit(transaction)
    assert await store.get(store.keys.memory("1")) is None


async def test_a_damaged_entry_is_never_served(store, caplog):
    transaction = Transaction()
    for name in ("1", "2"):
        transaction.put(store.keys.memory(name), {"text": "sound " * 50})
    await store.commit(transaction)
    await damage(store, store.keys.memory("1"))
    with pytest.raises(EntryDamagedError):
        await store.get(store.keys.memory("1"))
    with caplog.at_level(logging.WARNING):
        records = await store.get_many([store.keys.memory("1"), store.keys.memory("2")])
    assert records == [None, {"text": "sound " * 50}]
    assert store.keys.memory("1") in caplog.text
    assert store.damaged == 2


async def test_changes_are_told_in_order(store):
    assert await store.changes("") == []
    assert await store.last_change() == ""
    positions = []
    for i in range(5):
        transaction = Transaction()
        transaction.announce("memory", str(i), "put")
        transaction.announce("memory", f"{i}x", "delete")
        positions.append(await store.commit(transaction))
    changes = await store.changes("")
    assert [c.id for c in changes] == [n for i in range(5) for n in (str(i), f"{i}x")]
    assert changes[1] == Change(positions[0], "memory", "0x", "delete")
    assert await store.last_change() == positions[-1] == changes[-1].position
    assert [c.id for c in await store.changes(positions[2])] == ["3", "3x", "4", "4x"]
    assert [c.id for c in await store.changes(positions[2], limit=1)] == ["3"]
    assert await store.changes(positions[-1]) == []


async def test_a_cache_that_knows_a_position_of_another_store_is_told_to_build_anew(store):
    transaction = Transaction()
    transaction.announce("memory", "1", "put")
    position = await store.commit(transaction)
    milliseconds, number = map(int, position.split("-"))
    assert await store.changes(f"{milliseconds + 10_000}-{number}") is None
    assert await store.changes("0-1" if milliseconds > 1 else "0-0") is None
    with pytest.raises(UsageError):
        await store.changes("yesterday")


async def test_waiting_for_a_change_ends_with_the_change(store):
    waiting = asyncio.create_task(store.wait_for_change("", LIMIT_S))
    transaction = Transaction()
    transaction.announce("memory", "1", "put")
    position = await store.commit(transaction)
    assert await asyncio.wait_for(waiting, LIMIT_S)
    assert await store.wait_for_change("", LIMIT_S)
    assert not await store.wait_for_change(position, 0.05)


async def test_barriers_at_once_all_return(store):
    async def write(i: int) -> None:
        transaction = Transaction()
        transaction.put(store.keys.memory(str(i)), {"i": i})
        await store.commit(transaction)
        await store.barrier()

    await asyncio.wait_for(asyncio.gather(*(write(i) for i in range(50))), LIMIT_S)
    assert None not in await store.get_many([store.keys.memory(str(i)) for i in range(50)])


async def test_a_cancelled_commit_is_whole_or_not_there(store):
    for i in range(10):
        task = asyncio.create_task(store.commit(transaction_of(store, f"doc{i}", 40)))
        for _ in range(i):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await store.commit(transaction_of(store, "last", 3))
    await store.barrier()
    whole, broken = await broken_units(store)
    assert broken == []
    assert "last" in whole


async def test_a_large_document_goes_in_whole(store):
    await store.commit(transaction_of(store, "large", 5000))
    await store.barrier()
    assert await broken_units(store) == ({"large"}, [])


async def test_info_counts_the_keys(store):
    before = (await store.info()).n_keys
    transaction = Transaction()
    transaction.put(store.keys.memory("1"), {"i": 1})
    await store.commit(transaction)
    info = await store.info()
    assert info.n_keys == before + 1
    assert info.durable.endswith(".")
    assert info.memory_bytes > 0
