"""The rules of the sidecar: who can reach it, what it may do, and that it is there."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys

import psutil
import pytest
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

import engine.store.supervisor as supervisor_module
from engine.errors import StoreUnavailableError
from engine.processes.child import ProcessIdentity
from engine.settings import Settings
from engine.store.data_dir import DataDir
from engine.store.opening import open_store, take_ownership
from engine.store.sidecar import quote
from engine.store.store import Transaction
from engine.store.wire import Endpoint, Wire
from tests.engine.store.units import SERVERS, Opened, broken_units, endpoint_of, transaction_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets and signals")

LIMIT_S = 20


async def put(store, name, **fields):
    transaction = Transaction()
    transaction.put(store.keys.memory(name), fields)
    await store.commit(transaction)


async def test_nobody_else_can_read_a_file_or_enter_the_socket(opened):
    await put(opened.store, "1", text="private")
    await opened.store.barrier()
    folders = {opened.data_dir.path, opened.data_dir.socket_dir}
    paths = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    assert any(stat.S_ISSOCK(path.stat().st_mode) for path in paths)
    assert [path for path in paths if path.lstat().st_mode & 0o077] == []


async def test_it_listens_on_no_network_and_its_arguments_hold_no_secret(opened):
    process = psutil.Process(opened.server_pid)
    assert process.net_connections(kind="inet") == []
    address = opened.data_dir.read_address()
    assert address.password not in " ".join(process.cmdline())
    assert address.password not in str(process.environ())
    assert os.getsid(process.pid) == os.getpgid(process.pid) != os.getsid(0)


@pytest.mark.parametrize(
    "command",
    [
        ("EVAL", "return 1", "0"),
        ("SCRIPT", "LOAD", "return 1"),
        ("KEYS", "*"),
        ("SORT", "sj:me:x"),
        ("RESTORE", "sj:me:x", "0", "x"),
        ("CONFIG", "GET", "requirepass"),
        ("DEBUG", "SLEEP", "0"),
        ("FLUSHALL",),
        ("MONITOR",),
        ("SHUTDOWN",),
        ("BGREWRITEAOF",),
        ("ACL", "LIST"),
        ("CLIENT", "LIST"),
        ("REPLICAOF", "127.0.0.1", "1"),
        ("GET", "another:key"),
        ("SET", "sk:me:x", "1"),
        ("SUBSCRIBE", "channel"),
    ],
)
async def test_the_engine_may_only_read_and_write_its_own_keys(shared_sidecar, command):
    wire = await Wire.open(endpoint_of(shared_sidecar))
    try:
        with pytest.raises(ResponseError, match=r"(?i)permission|unknown command|not allowed"):
            await wire.call(*command)
    finally:
        await wire.close()


@pytest.mark.parametrize("command", [("GET", "sj:me:x"), ("SET", "sj:me:x", "1"), ("KEYS", "*"), ("ACL", "LIST")])
async def test_the_keeper_reads_nothing(shared_sidecar, command):
    conf = (shared_sidecar.data_dir.redis_dir / "redis.conf").read_text()
    [line] = [line for line in conf.splitlines() if line.startswith("user keeper")]
    password = next(word[1:] for word in line.split() if word.startswith(">"))
    wire = await Wire.open(Endpoint(endpoint_of(shared_sidecar).address, "keeper", password))
    try:
        assert await wire.call("PING") == b"PONG"
        with pytest.raises(NoPermissionError):
            await wire.call(*command)
    finally:
        await wire.close()


async def test_without_a_password_nothing_is_answered(shared_sidecar):
    address = endpoint_of(shared_sidecar).address
    wire = await Wire.open(Endpoint(address))
    with pytest.raises((AuthenticationError, ResponseError)):
        await wire.call("GET", "sj:me:x")
    await wire.close()
    for username, password in (("default", ""), ("default", "x"), ("app", "wrong")):
        with pytest.raises((AuthenticationError, ResponseError)):
            await ping(Endpoint(address, username, password))


async def ping(endpoint):
    wire = await Wire.open(endpoint)
    try:
        await wire.call("PING")
    finally:
        await wire.close()


async def test_a_second_server_cannot_start_on_the_directory(opened):
    assert await take_ownership(DataDir(opened.data_dir.path)) is None


async def test_what_was_committed_is_there_after_closing(tmp_path, server):
    for round_number in range(3):
        one = await Opened(tmp_path / "data", server).open()
        assert await broken_units(one.store) == ({f"doc{i}" for i in range(round_number)}, [])
        await one.store.commit(transaction_of(one.store, f"doc{round_number}", 20))
        pid = one.server_pid
        await one.aclose()
        assert ProcessIdentity.of(pid) is None
        assert one.data_dir.read_address() is None
        assert not (one.data_dir.redis_dir / "redis.conf").exists()


async def test_a_killed_server_is_replaced_and_the_same_store_goes_on(opened):
    store = opened.store
    waiting = asyncio.create_task(store.wait_for_change("", LIMIT_S))
    await store.commit(transaction_of(store, "before", 5))
    await store.barrier()
    assert await waiting
    last = await store.last_change()
    waiting = asyncio.create_task(store.wait_for_change(last, LIMIT_S))
    await asyncio.sleep(0)
    pid = opened.server_pid
    os.kill(pid, signal.SIGKILL)
    assert await store.get(store.keys.document("before")) is not None
    await store.commit(transaction_of(store, "after", 5))
    await store.barrier()
    assert await waiting
    assert await broken_units(store) == ({"before", "after"}, [])
    await opened.until_replaced(pid)


async def test_a_server_that_hangs_is_replaced(opened, monkeypatch):
    monkeypatch.setattr(supervisor_module, "HANG_S", 0.2)
    store = opened.store
    await put(store, "1", text="before")
    os.kill(opened.server_pid, signal.SIGSTOP)
    await asyncio.wait_for(put(store, "2", text="while it hung"), LIMIT_S)
    await store.barrier()
    assert None not in await store.get_many([store.keys.memory("1"), store.keys.memory("2")])


async def test_a_server_that_cannot_come_back_is_said_in_a_sentence(tmp_path, any_server, monkeypatch):
    link = tmp_path / "redis-server"
    link.symlink_to(any_server.path)
    one = Opened(tmp_path / "data", any_server)
    one.settings = Settings(data_dir=tmp_path / "data", redis_server=str(link))
    await one.open()
    one.store.patience.limit_s = 0.3
    link.unlink()
    os.kill(one.server_pid, signal.SIGKILL)
    with pytest.raises(StoreUnavailableError, match=r"store's server|is not a Redis"):
        await one.store.get("sj:me:mem:1")
    with pytest.raises(StoreUnavailableError):
        await put(one.store, "1", text="lost")
    link.symlink_to(any_server.path)
    one.store.patience.limit_s = LIMIT_S
    await put(one.store, "2", text="goes on")
    await one.aclose()


async def test_a_rewrite_keeps_everything_and_removes_what_was_deleted(opened):
    store = opened.store
    await store.commit(transaction_of(store, "doc", 50))
    await put(store, "secret", text="xyzzy-" * 20)
    gone = Transaction()
    gone.delete(store.keys.memory("secret"))
    await store.commit(gone)
    await store.rewrite()
    files = [path.read_bytes() for path in opened.data_dir.redis_dir.rglob("*") if path.is_file()]
    assert not any(store.keys.memory("secret").encode() in content for content in files)
    assert await broken_units(store) == ({"doc"}, [])
    os.kill(opened.server_pid, signal.SIGKILL)
    assert await broken_units(store) == ({"doc"}, [])


async def test_a_rewrite_that_ends_with_its_server_is_done_again_by_the_next_one(opened):
    store = opened.store
    await store.commit(transaction_of(store, "large", 3000))
    await put(store, "secret", text="xyzzy-" * 20)
    gone = Transaction()
    gone.delete(store.keys.memory("secret"))
    await store.commit(gone)
    folder = opened.data_dir.redis_dir
    rewriting = asyncio.create_task(store.rewrite())
    while not rewriting.done() and not list(folder.rglob("temp-rewriteaof*")):
        await asyncio.sleep(0)
    os.kill(opened.server_pid, signal.SIGKILL)
    await rewriting
    key = store.keys.memory("secret").encode()
    assert not any(key in path.read_bytes() for path in folder.rglob("*.aof"))
    assert await broken_units(store) == ({"large"}, [])


async def test_what_a_killed_rewrite_left_is_gone_after_a_start(tmp_path, server):
    one = await Opened(tmp_path / "data", server).open()
    await put(one.store, "1", text="kept")
    await one.store.barrier()
    await one.aclose()
    folder = one.data_dir.redis_dir
    inside = [folder, *(path for path in folder.iterdir() if path.is_dir())]
    left = [path / name for path in inside for name in ("temp-rewriteaof-bg-12.aof", "temp-9.rdb")]
    for path in left:
        path.write_text("a secret")
    again = await Opened(tmp_path / "data", server).open()
    assert [path for path in left if path.exists()] == []
    assert await again.store.get(again.store.keys.memory("1")) is not None
    await again.aclose()


async def test_barriers_hold_while_the_file_is_rewritten(opened):
    store = opened.store
    await store.commit(transaction_of(store, "large", 3000))
    rewriting = asyncio.create_task(store.rewrite())
    n = 0
    while not rewriting.done():
        await put(store, str(n), n=n)
        await store.barrier()
        n += 1
    await rewriting
    os.kill(opened.server_pid, signal.SIGKILL)
    assert None not in await store.get_many([store.keys.memory(str(i)) for i in range(n)])
    assert await broken_units(store) == ({"large"}, [])


async def test_a_data_directory_with_a_long_path_and_odd_characters_works(tmp_path, server):
    path = tmp_path / ("quite long " * 12).strip() / 'a "quoted" \\ naïve\nname'
    one = await Opened(path, server).open()
    await put(one.store, "1", text="there")
    await one.store.barrier()
    await one.aclose()
    one = await Opened(path, server).open()
    assert await one.store.get(one.store.keys.memory("1")) == {"text": "there"}
    await one.aclose()


async def test_data_of_a_newer_server_is_not_opened_by_an_older_one(tmp_path):
    by_version = sorted(SERVERS, key=lambda server: server.version)
    if len(by_version) < 2 or by_version[-1].version < (7, 0):
        pytest.skip("needs two servers, one of them 7.0 or newer")
    one = await Opened(tmp_path / "data", by_version[-1]).open()
    await put(one.store, "1", text="there")
    await one.aclose()
    with pytest.raises(StoreUnavailableError, match="your data needs"):
        await Opened(tmp_path / "data", by_version[0]).open()
    one = await Opened(tmp_path / "data", by_version[-1]).open()
    assert await one.store.get(one.store.keys.memory("1")) == {"text": "there"}
    await one.aclose()


async def test_data_of_an_older_server_is_taken_over_by_a_newer_one(tmp_path):
    by_version = sorted(SERVERS, key=lambda server: server.version)
    if len(by_version) < 2:
        pytest.skip("needs two servers")
    one = await Opened(tmp_path / "data", by_version[0]).open()
    await one.store.commit(transaction_of(one.store, "doc", 20))
    await one.aclose()
    one = await Opened(tmp_path / "data", by_version[-1]).open()
    assert await broken_units(one.store) == ({"doc"}, [])
    await one.aclose()


@pytest.mark.parametrize("fault", ["missing", "not a server", "breaks"])
async def test_a_server_that_does_not_start_is_said_in_a_sentence(tmp_path, fault):
    program = tmp_path / "redis-server"
    if fault != "missing":
        says = "hello" if fault == "not a server" else "Redis server v=7.2.0 sha=0"
        program.write_text(
            f"#!/bin/sh\n[ \"$1\" = --version ] && echo '{says}' && exit 0\necho 'no luck today'; exit 3\n"
        )
        program.chmod(0o700)
    data_dir = DataDir(tmp_path / "data")
    lock = await take_ownership(data_dir)
    words = "no luck today" if fault == "breaks" else "is not a Redis"
    with pytest.raises(StoreUnavailableError, match=words):
        await open_store(Settings(data_dir=data_dir.path, redis_server=str(program)), data_dir, lock)
    lock.release()


def test_values_of_the_configuration_are_quoted():
    assert quote("/plain/path") == '"/plain/path"'
    assert quote('a "b"\\\n') == '"a \\x22b\\x22\\x5c\\x0a"'
    assert quote("ä") == '"\\xc3\\xa4"'


async def test_the_log_of_the_server_is_kept_beside_the_others(opened):
    log = await asyncio.to_thread((opened.data_dir.log_dir / "store.log").read_text)
    assert "ready to accept connections" in log.lower()


async def test_a_barrier_waits_for_a_server_that_is_still_loading(tmp_path, any_server):
    one = await Opened(tmp_path / "data", any_server).open()
    for i in range(6):
        await one.store.commit(transaction_of(one.store, f"doc{i}", 4000))
    await one.store.barrier()
    os.kill(one.server_pid, signal.SIGKILL)
    for _ in range(5):
        await one.store.barrier()
    assert await one.store.count(one.store.keys.document_passages("doc5")) == 4000
    await one.aclose()
