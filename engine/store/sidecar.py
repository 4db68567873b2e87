"""One run of the server beside us: configured, started, found ready, stopped.

What keeps it running is supervisor.py. The rules (reliability.md, "The sidecar"): the lock of the data
directory is handed to it; no TCP; a Unix socket and a password, neither of them in its arguments; its
own session, so that a rewrite of its file dies with it; it never outlives us.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis.exceptions import BusyLoadingError, RedisError

from engine.errors import StoreError, StoreFullError, StoreUnavailableError, WorkerError
from engine.processes.child import ChildProcess, ChildSpec, ProcessIdentity
from engine.settings import Settings
from engine.store.client import OLDEST_SERVER
from engine.store.data_dir import DataDir, write_private
from engine.store.lock import LockHandle
from engine.store.servers import INSTALL_HINT, Server, choose_server, find_server
from engine.store.wire import Endpoint, Wire
from resources import resource_path

__all__ = ["Credentials", "Sidecar", "find_server"]

# A server that has not answered once after this long will not: it starts in 17 ms, 3 s on a busy disk.
_START_LIMIT_S = 20.0

# Longest load of a file before we call it broken: about 2 s per GB, 10 on a slow disk.
_LOAD_LIMIT_S = 600.0

_POLL_S = 0.005

# For its answer, and again for its end; then it is killed, which loses nothing: the last barrier was before.
_SHUTDOWN_LIMIT_S = 1.0

# What the server says in its log when it cannot read its own file, in the words of 6.2 to 9.
_DAMAGED = ("reading the append only file", "Wrong signature", "Internal error in RDB", "RDB CRC", "AOF manifest")


# What it says when it runs a command of its file, fails, and goes on.
_LOAD_ERROR = "error to its AOF-loading-client"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Passwords of the two users, made anew for each owner."""

    app: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    keeper: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)


class Sidecar:
    """A server that runs and answers.

    Attributes:
        server: the program.
        endpoint: how the engine reaches it (user `app`).
        keeper: how the supervisor reaches it.
        process: the child.
        load_errors: commands of its file that it refused while loading; what they wrote is missing, so
            the file must not be written anew without need.
    """

    def __init__(self, server: Server, process: ChildProcess, app: Endpoint, keeper: Endpoint) -> None:
        self.server, self.process = server, process
        self.endpoint, self.keeper = app, keeper
        self.load_errors = 0

    @classmethod
    async def start(
        cls, data_dir: DataDir, settings: Settings, lock: LockHandle, credentials: Credentials | None = None
    ) -> Sidecar:
        """Start a server on a data directory whose lock we hold; returns when it answers.

        Raises:
            StoreUnavailableError: no server here, or it does not start; the sentence says why.
            StoreFullError: no space even to start.
        """
        credentials = credentials or Credentials()
        server = await asyncio.to_thread(choose_server, settings, _written_by(data_dir))
        address, listen = _listen(data_dir)
        conf = data_dir.redis_dir / "redis.conf"
        try:
            write_private(conf, render_conf(server, listen, data_dir.redis_dir, credentials))
        except OSError as exc:
            raise StoreFullError(
                f"The folder {data_dir.redis_dir} cannot be written ({exc.strerror or exc}): free some space."
            ) from exc
        await asyncio.to_thread(_remove_half_rewrites, data_dir.redis_dir)
        log = data_dir.log_dir / "store.log"
        log_start = log.stat().st_size if log.exists() else 0
        process = await _spawn(server, conf, log, lock)
        app = Endpoint(address, "app", credentials.app, data_dir.redis_dir)
        sidecar = cls(server, process, app, Endpoint(address, "keeper", credentials.keeper))
        try:
            await sidecar._wait_ready(log, log_start)
            sidecar.load_errors = _said(log, log_start).count(_LOAD_ERROR)
            _write_version(data_dir, server)
        # A cancel as well: a server that nobody knows would hold the folder.
        except BaseException:
            await process.stop(terminate_s=0)
            raise
        return sidecar

    @property
    def identity(self) -> ProcessIdentity:
        """Who the server is, for killing it when it outlives us."""
        return self.process.identity

    async def _wait_ready(self, log: Path, log_start: int) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        loading = False
        while self.process.returncode is None:
            try:
                await self._check_answers()
            except BusyLoadingError:
                loading = True
            except (RedisError, OSError):
                pass
            else:
                return
            if loop.time() - started > (_LOAD_LIMIT_S if loading else _START_LIMIT_S):
                raise StoreUnavailableError(f"The store does not start within its time; {log} says more.")
            await asyncio.sleep(_POLL_S)
        raise _start_error(log, log_start, self.endpoint.aof_dir or log.parent)

    async def _check_answers(self) -> None:
        wire = await Wire.open(self.keeper)
        try:
            await wire.call("PING")
        finally:
            await wire.close()

    async def aclose(self) -> None:
        """Ask it to end, kill it when it does not, remove its socket and its passwords."""
        with suppress(RedisError, OSError):
            async with asyncio.timeout(_SHUTDOWN_LIMIT_S):
                wire = await Wire.open(self.keeper)
                try:
                    await wire.call("SHUTDOWN", "NOSAVE")
                finally:
                    await wire.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), _SHUTDOWN_LIMIT_S)
        await self.process.stop(terminate_s=0)
        self._remove_traces()

    def _remove_traces(self) -> None:
        if self.endpoint.aof_dir is not None:
            (self.endpoint.aof_dir / "redis.conf").unlink(missing_ok=True)
        if "://" not in self.endpoint.address:
            Path(self.endpoint.address).unlink(missing_ok=True)


def _remove_half_rewrites(redis_dir: Path) -> None:
    """Delete what rewrites left behind that were killed; nobody else does, and it holds what is forgotten later.

    We hold the lock, so no server writes there.
    """
    for folder in (redis_dir, redis_dir / "appendonlydir"):
        for left in (*folder.glob("temp-*.aof"), *folder.glob("temp-*.rdb")):
            with suppress(OSError):
                left.unlink()


async def _spawn(server: Server, conf: Path, log: Path, lock: LockHandle) -> ChildProcess:
    passed = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
    spec = ChildSpec(
        name="store",
        argv=[str(server.path), str(conf)],
        log_path=log,
        env={name: os.environ[name] for name in passed if name in os.environ},
        pass_fds=() if sys.platform == "win32" else (lock.fd,),
        new_session=True,
        umask=0o077,
    )
    try:
        return await ChildProcess.spawn(spec)
    except WorkerError as exc:
        raise StoreUnavailableError(f"The server {server.path} cannot be started: {exc} {INSTALL_HINT}") from exc


def _listen(data_dir: DataDir) -> tuple[str, str]:
    """Where to reach the server, and the lines of its configuration that make it listen there."""
    if sys.platform == "win32":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        # Somebody else may take the port before the server does. Then the server does not start, or what
        # answers there does not know the password: either way it is never taken for ours.
        return f"redis://127.0.0.1:{port}", f"bind 127.0.0.1\nport {port}"
    path = data_dir.socket_path("store")
    path.unlink(missing_ok=True)
    return str(path), f"port 0\nunixsocket {quote(str(path))}\nunixsocketperm 600"


def quote(value: str) -> str:
    """A value as redis.conf reads it: in double quotes, bytes that are not plain as \\xHH."""
    return (
        '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in os.fsencode(value)) + '"'
    )


def render_conf(server: Server, listen: str, directory: Path, credentials: Credentials) -> str:
    """resources/redis.conf with its names filled in."""
    text = resource_path("redis.conf").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    values = {
        "@LISTEN@": listen,
        "@DIR@": quote(directory.as_posix() if sys.platform == "win32" else str(directory)),
        "@APP_PASSWORD@": credentials.app,
        "@KEEPER_PASSWORD@": credentials.keeper,
    }
    rendered = "\n".join(lines) + "\n"
    for name, value in values.items():
        rendered = rendered.replace(name, value)
    # CLIENT SETINFO came with 7.2. 6.2 allows what it does not know, 7.0 refuses to start.
    return rendered.replace(" +client|setinfo", "") if (7, 0) <= server.version < (7, 2) else rendered


def _version_file(data_dir: DataDir) -> Path:
    return data_dir.redis_dir / "server.json"


def _written_by(data_dir: DataDir) -> tuple[int, int] | None:
    """Version of the newest server that wrote here, None where none is known to have."""
    # Redis 7 moved the file into a directory of its own; an older server would start empty beside it.
    moved = (data_dir.redis_dir / "appendonlydir").exists()
    try:
        major, minor = json.loads(_version_file(data_dir).read_text("utf-8"))["version"]
        return max((7, 0) if moved else OLDEST_SERVER, (int(major), int(minor)))
    except (OSError, ValueError, KeyError, TypeError):
        return (7, 0) if moved else None


def _write_version(data_dir: DataDir, server: Server) -> None:
    if server.version > (_written_by(data_dir) or (0, 0)) or not _version_file(data_dir).exists():
        with suppress(OSError):
            write_private(_version_file(data_dir), json.dumps({"version": list(server.version)}))


def _start_error(log: Path, log_start: int, directory: Path) -> StoreError:
    """Why the server ended before it answered, from what it wrote into its log."""
    said = _said(log, log_start)
    if "No space left" in said:
        return StoreFullError(f"The disk with {directory} is full and the store cannot start: free some space.")
    if "RDB format version" in said:
        return StoreUnavailableError(
            f"Your data in {directory} was written by a newer server than the one here. {INSTALL_HINT}"
        )
    if any(words in said for words in _DAMAGED):
        return StoreUnavailableError(
            f"The store's file in {directory} is damaged: put back a backup, or repair it with redis-check-aof --fix, "
            f"which drops what follows the damage; {log} says more."
        )
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
    return StoreUnavailableError(f"The store does not start: {last.strip()} ({log} says more).")


def _said(log: Path, start: int) -> str:
    """What was added to the log since it was `start` bytes long."""
    try:
        size = log.stat().st_size
        with log.open("rb") as file:
            file.seek(start if start <= size else 0)
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
