"""What the tests of the store share: servers, an opened data directory, units of writing."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from engine.settings import Settings
from engine.store.client import RedisStore
from engine.store.data_dir import DataDir
from engine.store.lock import LockHandle
from engine.store.opening import open_store, take_ownership
from engine.store.servers import Server, iter_servers, read_server
from engine.store.store import Store, Transaction
from engine.store.twin import MemoryStore
from engine.store.wire import Endpoint, Wire


def _servers() -> list[Server]:
    chosen = os.environ.get("SCRUBJAY_TEST_SERVER")
    if chosen:
        server = read_server(Path(chosen))
        assert server is not None, f"SCRUBJAY_TEST_SERVER={chosen} is not a server"
        return [server]
    # One of each version: the same program may be found under several names.
    return list({server.version: server for server in iter_servers()}.values())


SERVERS = _servers()


class Opened:
    """A data directory, its lock and its store, opened and closed as a process would."""

    def __init__(self, path: Path, server: Server, **settings: object) -> None:
        self.settings = Settings(data_dir=path, redis_server=str(server.path), **settings)
        self.data_dir = DataDir(path)
        self.lock: LockHandle | None = None
        self.store: RedisStore

    async def open(self) -> Opened:
        self.lock = await take_ownership(self.data_dir)
        assert self.lock is not None
        try:
            self.store = await open_store(self.settings, self.data_dir, self.lock)
        except BaseException:
            self.lock.release()
            raise
        return self

    async def aclose(self) -> None:
        try:
            await self.store.aclose()
        finally:
            assert self.lock is not None
            self.lock.release()

    async def until_replaced(self, pid: int, limit_s: float = 20) -> None:
        """Return when another server than the one with this number is told to others."""
        async with asyncio.timeout(limit_s):
            while self.server_pid == pid:
                await asyncio.sleep(0.005)

    @property
    def server_pid(self) -> int:
        address = self.data_dir.read_address()
        assert address is not None
        assert address.server is not None
        return address.server.pid


def transaction_of(store: Store, document_id: str, n_passages: int) -> Transaction:
    """A document with its passages, as an ingest writes it."""
    keys = store.keys
    transaction = Transaction()
    transaction.put(keys.document(document_id), {"id": document_id, "n_passages": n_passages})
    transaction.index_add(keys.documents, document_id, 1.0)
    for position in range(n_passages):
        passage_id = f"{document_id}-{position}"
        text = f"passage {position} of {document_id} " * 20
        transaction.put(keys.passage(passage_id), {"id": passage_id, "document_id": document_id, "text": text})
        transaction.index_add(keys.document_passages(document_id), passage_id, position)
    transaction.announce("document", document_id, "put")
    return transaction


async def broken_units(store: Store) -> tuple[set[str], list[str]]:
    """The documents that are whole, and a sentence for everything that is half there."""
    keys = store.keys
    whole: set[str] = set()
    broken: list[str] = []
    found = {key async for key in store.scan(keys.prefix)}
    passages = {key for key in found if key.startswith(keys.passage(""))}
    for document_id, _ in await store.range(keys.documents):
        record = await store.get(keys.document(document_id))
        members = [m for m, _ in await store.range(keys.document_passages(document_id))]
        records = await store.get_many([keys.passage(m) for m in members])
        passages -= {keys.passage(m) for m in members}
        if record is None or len(members) != record["n_passages"] or None in records:
            broken.append(f"{document_id}: record {record}, {len(members)} passages")
        else:
            whole.add(document_id)
    broken += [f"{key} belongs to no document" for key in sorted(passages)]
    return whole, broken


def endpoint_of(opened: Opened, username: str = "app") -> Endpoint:
    """Where the sidecar of a data directory is, as the address file tells others."""
    address = opened.data_dir.read_address()
    assert address is not None
    return Endpoint(address.store, username, address.password, opened.data_dir.redis_dir)


async def damage(store: Store, key: str) -> None:
    """Flip a bit in the middle of a stored value, behind the store's back."""
    if isinstance(store, MemoryStore):
        value = bytearray(store.values[key])
        value[len(value) // 2] ^= 0x10
        store.values[key] = bytes(value)
        return
    assert isinstance(store, RedisStore)
    wire = await Wire.open(store.endpoint)
    try:
        value = bytearray(await wire.call("GET", key))
        value[len(value) // 2] ^= 0x10
        await wire.call("SET", key, bytes(value))
    finally:
        await wire.close()
