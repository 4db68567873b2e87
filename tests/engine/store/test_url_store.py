"""A server by URL: not ours to start, to flush or to stop."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.errors import StoreError, StoreUnavailableError, UsageError
from engine.settings import Settings
from engine.store.client import RedisStore
from engine.store.data_dir import DataDir
from engine.store.opening import connect_store, open_store, take_ownership
from engine.store.store import Transaction
from engine.store.wire import Endpoint, translate
from tests.engine.store.units import broken_units, transaction_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")


@pytest.fixture
def url(tmp_path, server):
    conf = f'port 0\nunixsocket "{tmp_path}/s.sock"\nappendonly yes\ndir "{tmp_path}"\nsave ""\n'
    conf += "user default on >geheim ~* &* +@all\n"
    process = subprocess.Popen(
        [server.path, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    process.stdin.write(conf)
    process.stdin.close()
    while "ready to accept" not in (line := process.stdout.readline().lower()):
        assert line, "the server did not start"
    yield f"unix://:geheim@{tmp_path}/s.sock"
    process.kill()
    process.wait()
    process.stdout.close()


async def test_a_store_by_url_keeps_units_and_says_whose_durability_it_is(tmp_path, url):
    settings = Settings(data_dir=tmp_path / "data", redis_url=url)
    data_dir = DataDir(tmp_path / "data")
    lock = await take_ownership(data_dir)
    store = await open_store(settings, data_dir, lock)
    await store.commit(transaction_of(store, "doc", 20))
    await store.barrier()
    info = await store.info()
    assert "the server at unix://" in info.durable.lower()
    assert "geheim" not in info.durable
    beside = await connect_store(settings, data_dir)
    assert await broken_units(beside) == ({"doc"}, [])
    with pytest.raises(StoreError, match="anew"):
        await beside.rewrite()
    await beside.aclose()
    await store.aclose()
    lock.release()
    assert data_dir.read_address() is None


async def test_a_wrong_password_is_said_without_telling_it(url):
    with pytest.raises(StoreUnavailableError, match="refused the name or the password") as caught:
        await RedisStore.open(url.replace("geheim", "falsch"))
    assert "falsch" not in str(caught.value)


async def test_two_spaces_on_one_server_do_not_see_each_other(url):
    mine, yours = await RedisStore.open(url, space="me"), await RedisStore.open(url, space="you")
    await mine.commit(transaction_of(mine, "doc", 2))
    assert await yours.changes("") == []
    assert [key async for key in yours.scan(yours.keys.prefix)] == []
    await mine.aclose()
    await yours.aclose()


@pytest.mark.parametrize("address", ["redis://127.0.0.1:1/0", "unix:///nowhere/s.sock", "/nowhere/s.sock"])
async def test_no_server_at_an_address_is_said_in_a_sentence(address):
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        await RedisStore.open(address, patience_s=0.05)


async def test_what_is_no_address_is_refused():
    with pytest.raises(UsageError, match="redis://"):
        await RedisStore.open("http://example.org/")


async def test_a_trimmed_stream_tells_who_fell_behind(url):
    store = await RedisStore.open(url, max_changes=100)
    positions = []
    for _ in range(40):
        transaction = Transaction()
        for i in range(10):
            transaction.announce("memory", str(i), "put")
        positions.append(await store.commit(transaction))
    assert await store.changes("") is None
    assert await store.changes(positions[0]) is None
    assert len(await store.changes(positions[-3])) == 20
    await store.aclose()


async def test_a_closed_store_says_so(url):
    store = await RedisStore.open(url)
    await store.aclose()
    await store.aclose()
    with pytest.raises(StoreUnavailableError, match="closed"):
        await store.get("sj:me:mem:1")
    with pytest.raises(StoreUnavailableError, match="closed"):
        await store.commit(transaction_of(store, "doc", 1))


def test_addresses_are_shown_without_secrets():
    shown = Endpoint("rediss://anna:geheim@host:6390/2", password="geheim")
    assert shown.shown == "rediss://host:6390/2"
    assert "geheim" not in str(translate(OSError("gone"), shown))
    assert "password" not in repr(shown)
