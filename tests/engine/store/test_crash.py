"""kill -9 of the server and of its owner: nothing acknowledged is lost, nothing is half there."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import textwrap

import pytest

from engine.errors import StoreError
from engine.processes.child import ProcessIdentity
from engine.store.data_dir import DataDir
from engine.store.opening import connect_store, take_ownership
from engine.store.sidecar import Credentials, render_conf
from tests.engine.store.units import Opened, broken_units, endpoint_of, transaction_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

LIMIT_S = 30
SERVER_KILLS, OWNER_KILLS, FLIPS = 6, 2, 10


async def write_until(store, name, stop, acknowledged):
    n = 0
    while not stop.is_set():
        document_id = f"{name}-{n}"
        await store.commit(transaction_of(store, document_id, random.randint(1, 60)))
        await store.barrier()
        acknowledged.add(document_id)
        n += 1


async def test_killing_the_server_loses_nothing(opened, monkeypatch):
    """Two tasks write documents while the server is killed at random moments."""
    monkeypatch.setattr("engine.store.supervisor.BACKOFF_S", (0.0,))
    await kill_servers(opened, SERVER_KILLS)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_killing_the_server_very_often_loses_nothing(opened, monkeypatch):
    monkeypatch.setattr("engine.store.supervisor.BACKOFF_S", (0.0,))
    await kill_servers(opened, 100)


async def kill_servers(opened, kills):
    store, stop, acknowledged = opened.store, asyncio.Event(), set()
    store.patience.limit_s = LIMIT_S
    writers = [asyncio.create_task(write_until(store, name, stop, acknowledged)) for name in "ab"]
    for kill in range(kills):
        n = len(acknowledged)
        async with asyncio.timeout(LIMIT_S):
            while len(acknowledged) < n + 3:
                await asyncio.sleep(random.uniform(0, 0.01))
        pid = opened.server_pid
        os.kill(pid, signal.SIGKILL)
        await opened.until_replaced(pid)
        if kill % (kills // 2) == 0:
            whole, broken = await broken_units(store)
            assert broken == []
    stop.set()
    await asyncio.wait_for(asyncio.gather(*writers), LIMIT_S)
    whole, broken = await broken_units(store)
    assert broken == []
    assert acknowledged <= whole


OWNER = textwrap.dedent("""
    import asyncio, sys
    from pathlib import Path
    from engine.store.servers import read_server
    from tests.engine.store.units import Opened, transaction_of

    async def main():
        one = await Opened(Path(sys.argv[1]), read_server(Path(sys.argv[2]))).open()
        print("server", one.server_pid, flush=True)
        for n in range(10_000):
            await one.store.commit(transaction_of(one.store, f"{sys.argv[3]}-{n}", 20 + n % 7))
            await one.store.barrier()
            print("acknowledged", f"{sys.argv[3]}-{n}", flush=True)

    asyncio.run(main())
""")


def start_owner(folder, server, name):
    return subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder), str(server.path), name], stdout=subprocess.PIPE, text=True
    )


async def test_killing_the_owner_loses_nothing_and_leaves_no_orphan(tmp_path, server):
    await kill_owners(tmp_path, server, OWNER_KILLS)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_killing_the_owner_often_loses_nothing_and_leaves_no_orphan(tmp_path, server):
    await kill_owners(tmp_path, server, 50)


async def kill_owners(tmp_path, server, kills):
    acknowledged = set()
    for round_number in range(kills):
        owner = start_owner(tmp_path / "data", server, str(round_number))
        server_pid = int((await asyncio.to_thread(owner.stdout.readline)).split()[1])
        for _ in range(random.randint(3, 12)):
            acknowledged.add((await asyncio.to_thread(owner.stdout.readline)).split()[1])
        os.kill(owner.pid, signal.SIGKILL)
        acknowledged |= {
            line.split()[1] for line in owner.stdout.read().splitlines(keepends=True) if line.endswith("\n")
        }
        owner.wait(timeout=LIMIT_S)
        owner.stdout.close()
        one = await Opened(tmp_path / "data", server).open()
        whole, broken = await broken_units(one.store)
        assert broken == []
        assert acknowledged <= whole
        assert ProcessIdentity.of(server_pid) is None
        await one.aclose()


async def test_an_orphan_that_holds_the_lock_is_ended_and_its_data_is_there(tmp_path, server):
    one = await Opened(tmp_path / "data", server).open()
    await one.store.commit(transaction_of(one.store, "doc", 10))
    await one.aclose()
    data_dir = DataDir(tmp_path / "data")
    orphan = start_orphan(data_dir, server)
    try:
        assert data_dir.try_lock() is None
        data_dir.write_address(owner=ProcessIdentity(2**22 - 1, "never", ""), server=ProcessIdentity.of(orphan.pid))
        one = await Opened(tmp_path / "data", server).open()
        assert orphan.wait(timeout=LIMIT_S) == -signal.SIGKILL
        assert await broken_units(one.store) == ({"doc"}, [])
        await one.aclose()
    finally:
        orphan.kill()
        orphan.wait()


async def test_a_process_that_only_has_the_number_of_an_orphan_is_left_alone(tmp_path, any_server):
    data_dir = DataDir(tmp_path / "data")
    orphan = start_orphan(data_dir, any_server)
    try:
        mine = ProcessIdentity.of(orphan.pid)
        other = ProcessIdentity(mine.pid, "another start", mine.executable)
        data_dir.write_address(owner=ProcessIdentity(2**22 - 1, "never", ""), server=other)
        assert await take_ownership(data_dir) is None
        assert orphan.poll() is None
    finally:
        orphan.kill()
        orphan.wait()


def start_orphan(data_dir, server):
    """A server that outlived its owner: it has the lock and nobody looks after it."""
    lock = data_dir.try_lock()
    listen = f"port 0\nunixsocket {data_dir.socket_path('store')}"
    conf = data_dir.redis_dir / "redis.conf"
    conf.write_text(render_conf(server, listen, data_dir.redis_dir, Credentials()))
    orphan = subprocess.Popen(
        [server.path, conf], pass_fds=(lock.fd,), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    while "ready to accept" not in (line := orphan.stdout.readline().lower()):
        assert line, "the orphan did not start"
    orphan.stdout.close()
    lock.release()
    return orphan


async def test_flipped_bytes_are_never_served_as_good(tmp_path, server):
    """The file has no checksum of its own: a flip is refused, missing or found, and never believed."""
    one = await Opened(tmp_path / "data", server).open()
    await one.store.commit(transaction_of(one.store, "doc", 60))
    keys = one.store.keys
    names = [keys.document("doc"), *(keys.passage(f"doc-{i}") for i in range(60))]
    good = dict(zip(names, await one.store.get_many(names), strict=True))
    await one.aclose()
    folder = one.data_dir.redis_dir
    files = [p for p in folder.rglob("appendonly*") if p.is_file() and p.stat().st_size > 4000]
    assert len(files) == 1
    content = files[0].read_bytes()
    believed, random_place = [], random.Random(7)
    for _ in range(FLIPS):
        flipped = bytearray(content)
        flipped[random_place.randrange(len(flipped))] ^= 1 << random_place.randrange(8)
        files[0].write_bytes(bytes(flipped))
        believed += await serve_and_compare(one, good)
    assert believed == []


async def serve_and_compare(one, good):
    try:
        await one.open()
    except StoreError:
        return []
    try:
        served = dict(zip(good, await one.store.get_many(list(good)), strict=True))
        return [key for key, record in served.items() if record is not None and record != good[key]]
    finally:
        await one.aclose()


@pytest.mark.parametrize("cut", [1, 7, 300, 2000])
async def test_a_file_that_was_cut_off_loses_whole_units_only(tmp_path, any_server, cut):
    one = await Opened(tmp_path / "data", any_server).open()
    for i in range(4):
        await one.store.commit(transaction_of(one.store, f"doc{i}", 15))
    await one.aclose()
    [file] = [p for p in one.data_dir.redis_dir.rglob("appendonly*") if p.is_file() and p.stat().st_size > 4000]
    os.truncate(file, file.stat().st_size - cut)
    await one.open()
    whole, broken = await broken_units(one.store)
    assert broken == []
    assert whole >= {"doc0", "doc1", "doc2"}
    await one.aclose()


async def test_another_process_goes_on_with_the_next_owner(tmp_path, any_server):
    """A reader beside the owner: its store outlives the owner's sidecar and finds the next one."""
    one = await Opened(tmp_path / "data", any_server).open()
    await one.store.commit(transaction_of(one.store, "first", 3))
    beside = await connect_store(one.settings, DataDir(tmp_path / "data"))
    assert (await broken_units(beside))[0] == {"first"}
    await one.aclose()
    reading = asyncio.create_task(broken_units(beside))
    await one.open()
    assert await asyncio.wait_for(reading, LIMIT_S) == ({"first"}, [])
    await beside.commit(transaction_of(beside, "second", 3))
    await beside.barrier()
    assert await broken_units(one.store) == ({"first", "second"}, [])
    await beside.aclose()
    assert endpoint_of(one).aof_dir == one.data_dir.redis_dir
    await one.aclose()
