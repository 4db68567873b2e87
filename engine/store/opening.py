"""From a data directory to a store: as its owner, or beside the owner.

    lock = await take_ownership(data_dir)
    store = await open_store(settings, data_dir, lock) if lock else await connect_store(settings, data_dir)

Whoever holds the lock starts the sidecar and writes the address; everybody else reads the address, again
for each connection, because the next owner's sidecar has other passwords. With a server by URL both
connect to it, and the lock only says who does the background work.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from engine.processes.child import ProcessIdentity
from engine.settings import Settings
from engine.store.client import RedisStore
from engine.store.data_dir import DataDir
from engine.store.lock import LockHandle
from engine.store.migrations import migrate, read_version
from engine.store.supervisor import Supervisor
from engine.store.wire import Endpoint

# What an orphan that was killed, or an owner that is just closing, needs to let go of the lock.
_ORPHAN_LIMIT_S = 2.0
_POLL_S = 0.01


async def take_ownership(data_dir: DataDir) -> LockHandle | None:
    """The lock, or None when another Scrubjay is, or is just becoming, the owner.

    A sidecar that outlived its owner still holds the lock; it is killed first, if it is the very process
    that the address names.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + _ORPHAN_LIMIT_S
    while (lock := data_dir.try_lock()) is None:
        address = data_dir.read_address()
        if address is None or address.owner.is_alive() or loop.time() > end:
            return None
        if address.server is not None and _serves(address.server, data_dir):
            address.server.kill()
        await asyncio.sleep(_POLL_S)
    # At once, so that nobody takes the last owner's sidecar for an orphan's while ours starts.
    data_dir.write_address()
    return lock


def _serves(server: ProcessIdentity, data_dir: DataDir) -> bool:
    """Whether this process is alive and works in our data directory (where the system tells)."""
    if not server.is_alive():
        return False
    if sys.platform == "linux":
        with suppress(OSError):
            return os.path.samefile(f"/proc/{server.pid}/cwd", data_dir.redis_dir)
    return True


async def open_store(settings: Settings, data_dir: DataDir, lock: LockHandle) -> RedisStore:
    """The store of a data directory whose lock we hold; closing it stops the sidecar.

    Raises:
        StoreError: no server, or it does not start.
        DataDirError: what is in it was written by a newer Scrubjay.
    """
    data_dir.write_address()
    if settings.redis_url:
        store = await RedisStore.open(
            settings.redis_url, space=settings.space, on_close=partial(_forget_address, data_dir)
        )
    else:
        supervisor = await Supervisor.start(data_dir, settings, lock)
        store = await _open_sidecar_store(settings, data_dir, supervisor)
    try:
        await migrate(store)
    # A cancel as well: the server would run on.
    except BaseException:
        await store.aclose()
        raise
    return store


async def _open_sidecar_store(settings: Settings, data_dir: DataDir, supervisor: Supervisor) -> RedisStore:
    telling = asyncio.create_task(_keep_telling(data_dir, supervisor), name="store address")

    async def close() -> None:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await supervisor.aclose()
        await _forget_address(data_dir)

    try:
        _tell(data_dir, supervisor)
        return await RedisStore.open(
            supervisor.endpoint,
            space=settings.space,
            reason=supervisor.reason,
            rewrite=supervisor.rewrite,
            on_close=close,
        )
    # A cancel as well: the server would run on.
    except BaseException:
        await close()
        raise


async def _keep_telling(data_dir: DataDir, supervisor: Supervisor) -> None:
    while True:
        await supervisor.on_restart().wait()
        with suppress(OSError):
            _tell(data_dir, supervisor)


def _tell(data_dir: DataDir, supervisor: Supervisor) -> None:
    at = supervisor.endpoint()
    data_dir.write_address(
        server=supervisor.identity,
        store=at.address,
        username=at.username,
        password=at.password,
        aof_dir=str(at.aof_dir or ""),
    )


async def _forget_address(data_dir: DataDir) -> None:
    data_dir.remove_address()
    data_dir.remove_socket_dir()


async def connect_store(settings: Settings, data_dir: DataDir) -> RedisStore:
    """The store of a data directory that another process owns; closing it leaves the sidecar alone.

    Raises:
        StoreUnavailableError: no owner, or its server does not answer.
        DataDirError: what is in it was written by a newer Scrubjay.
    """
    if settings.redis_url:
        store = await RedisStore.open(settings.redis_url, space=settings.space)
    else:
        store = await RedisStore.open(
            partial(_find_owner, data_dir), space=settings.space, reason=partial(_why_away, data_dir)
        )
    try:
        await read_version(store)
    # A cancel as well: the connection belongs to nobody yet.
    except BaseException:
        await store.aclose()
        raise
    return store


def _find_owner(data_dir: DataDir) -> Endpoint:
    address = data_dir.read_address()
    if address is None or not address.store:
        raise ConnectionRefusedError("no owner")
    return Endpoint(address.store, address.username, address.password, Path(address.aof_dir))


def _why_away(data_dir: DataDir) -> str:
    address = data_dir.read_address()
    if address is None or not address.owner.is_alive():
        return "The Scrubjay that kept the store has ended; try again, and this one takes over."
    return ""
