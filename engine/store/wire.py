"""One connection to a Redis or Valkey server: commands go out packed, replies come back as they are.

The connection class of redis-py does addresses, TLS, login and parsing; its client, its pipelines and its
retries are not used. A pipeline packs a whole transaction at a stretch and would hold up the window, and
redis-py repeats for 3-4 seconds on a dead server, where our supervisor has a new one up in 20 ms.

A cancelled or failed command closes its connection: a reply that nobody read would otherwise be
taken for the reply of the next command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from redis.asyncio.connection import AbstractConnection, Connection, UnixDomainSocketConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, BusyLoadingError, NoPermissionError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from engine.errors import StoreError, StoreFullError, StoreUnavailableError, UsageError
from engine.store.batches import Batch, pack_command

_T = TypeVar("_T")

# Longest silence of a server that holds its connection. Beyond it the command is not repeated: the server
# may still carry it out, after newer ones. The supervisor kills a server that hangs before this is reached.
REPLY_LIMIT_S = 30.0

# How long work waits for a server that is away. A sidecar is up again in 20-60 ms; the rest is for a
# slow disk and for another process that becomes the owner.
PATIENCE_S = 10.0

# How long work waits for a server that answers and says that it is still loading its file (about 2 s per GB).
LOADING_PATIENCE_S = 120.0

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.01, 0.25


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server is and how to log in.

    Attributes:
        address: a Unix socket's path, or a URL (redis://, rediss://, unix://).
        aof_dir: directory with the append-only file where that is ours to flush; None for a server by URL.
    """

    address: str
    username: str = ""
    password: str = field(default="", repr=False)
    aof_dir: Path | None = None

    @property
    def shown(self) -> str:
        """The address as a person may see it: without name and password."""
        if "://" not in self.address:
            return self.address
        parts = urlsplit(self.address)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}"


def create_connection(endpoint: Endpoint) -> AbstractConnection:
    """A connection that is not open yet.

    Raises:
        UsageError: the address is no path and no URL of a Redis server.
    """
    options: dict[str, Any] = {
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "driver_info": None,
        "socket_timeout": None,
        "socket_connect_timeout": 10.0,
    }
    options |= {k: v for k, v in (("username", endpoint.username), ("password", endpoint.password)) if v}
    if "://" not in endpoint.address:
        return UnixDomainSocketConnection(path=endpoint.address, **options)
    try:
        parsed: dict[str, Any] = dict(parse_url(endpoint.address))
    except ValueError as exc:
        raise UsageError(
            f"{endpoint.shown!r} is not the address of a Redis server; write redis://host:port/0."
        ) from exc
    cls = parsed.pop("connection_class", Connection)
    connection: AbstractConnection = cls(**(options | parsed))
    return connection


class Wire:
    """An open connection; used by one task at a time."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, endpoint: Endpoint) -> Wire:
        """Connect and log in.

        Raises:
            RedisError, OSError: no server there, or it refused; see `translate`.
        """
        connection = create_connection(endpoint)
        try:
            async with asyncio.timeout(REPLY_LIMIT_S):
                await connection.connect()  # type: ignore[no-untyped-call]
        # A cancel as well: the connection belongs to nobody yet.
        except BaseException as exc:
            await connection.disconnect(nowait=True)
            # redis-py calls whatever goes wrong while it logs in a ConnectionError.
            if isinstance(exc, RedisConnectionError) and isinstance(exc.__cause__, RedisError):
                raise exc.__cause__ from None
            raise
        return cls(connection)

    @property
    def is_open(self) -> bool:
        """False once a failure closed it."""
        return bool(self._connection.is_connected)

    async def call(self, *args: str | bytes | int, limit_s: float = REPLY_LIMIT_S) -> Any:
        """Send one command and return its reply."""
        return (await self.call_many((pack_command(*args),), 1, limit_s=limit_s))[0]

    async def call_many(self, packed: Sequence[bytes], n_replies: int, *, limit_s: float = REPLY_LIMIT_S) -> list[Any]:
        """Send packed commands and return all replies, an error reply among them as an exception.

        Raises:
            ResponseError: the only reply was an error.
            RedisError, OSError, TimeoutError: the connection broke and is closed.
        """
        try:
            async with asyncio.timeout(limit_s):
                for piece in packed:
                    await self._connection.send_packed_command([piece], check_health=False)
                replies = [await self._read() for _ in range(n_replies)]
        # A cancel as well: the replies that still come would be taken for those of the next command.
        except BaseException:
            await self.close()
            raise
        if n_replies == 1 and isinstance(replies[0], Exception):
            raise replies[0]
        return replies

    async def _read(self) -> Any:
        try:
            return await self._connection.read_response(disable_decoding=True)
        except ResponseError as exc:
            return exc

    async def commit(self, batch: Batch) -> str:
        """Send a batch and return the position of its last announcement."""
        replies = await self.call_many(batch.slices, batch.n_commands + 2)
        refused = [reply for reply in replies if isinstance(reply, Exception)]
        if refused:
            raise refused[0]
        results = replies[-1]
        failed = [result for result in results if isinstance(result, Exception)]
        if failed:
            raise failed[0]
        return "" if batch.announcement < 0 else bytes(results[batch.announcement]).decode()

    async def info(self, section: str) -> dict[str, str]:
        """One section of INFO as names and values."""
        reply: bytes = await self.call("INFO", section)
        lines = (line.partition(":") for line in reply.decode("utf-8", "replace").splitlines())
        return {name: value for name, colon, value in lines if colon and not name.startswith("#")}

    async def close(self) -> None:
        """Close at once; what was sent and not answered may or may not have happened."""
        await self._connection.disconnect(nowait=True)


def translate(exc: BaseException, endpoint: Endpoint) -> StoreError:
    """The error of the store for one of the library or the system."""
    text = str(exc)
    if text.startswith(("MISCONF", "OOM", "EXECABORT")) or "No space left" in text:
        return StoreFullError(
            "The store cannot write (is the disk full?): free some space and try again; nothing was saved, "
            "reading goes on."
        )
    if isinstance(exc, (AuthenticationError, NoPermissionError)):
        return StoreUnavailableError(
            f"The store at {endpoint.shown} refused the name or the password; check the address in the settings."
        )
    if isinstance(exc, (TimeoutError, RedisTimeoutError)):
        return StoreUnavailableError(f"The store at {endpoint.shown} does not answer; try again in a moment.")
    if isinstance(exc, (RedisConnectionError, OSError)):
        return StoreUnavailableError(f"The store at {endpoint.shown} cannot be reached; try again in a moment.")
    return StoreError(f"The store refused a command: {text}")


def is_away(exc: BaseException) -> bool:
    """Whether a repetition may help: the connection broke or was refused, or the server is loading."""
    if isinstance(exc, (AuthenticationError, TimeoutError, RedisTimeoutError)):
        return False
    return isinstance(exc, (RedisConnectionError, OSError))


class Patience:
    """Repeats work until a server that went away is back, within a limit.

    Args:
        find: where the server is now; asked for each connection, because an owner that took over has
            another socket. Raises OSError while there is none.
        limit_s: how long a server may be away.
        reason: why it is away, as a sentence, when the supervisor knows.
    """

    def __init__(
        self, find: Callable[[], Endpoint], limit_s: float = PATIENCE_S, reason: Callable[[], str] = lambda: ""
    ) -> None:
        self.limit_s = limit_s
        self._find, self._reason = find, reason
        self._last = Endpoint("")

    def locate(self) -> Endpoint:
        """Where the server is now.

        Raises:
            OSError: nowhere, for the moment.
        """
        self._last = self._find()
        return self._last

    async def __call__(self, attempt: Callable[[], Awaitable[_T]]) -> _T:
        """The result of the first attempt that reaches the server.

        Raises:
            StoreError: what `translate` makes of the last failure.
        """
        loop = asyncio.get_running_loop()
        first_failure: float | None = None
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return await attempt()
            except (RedisError, OSError) as exc:
                now = loop.time()
                first_failure = now if first_failure is None else first_failure
                limit_s = LOADING_PATIENCE_S if isinstance(exc, BusyLoadingError) else self.limit_s
                if not is_away(exc) or now + pause_s - first_failure > limit_s:
                    raise self._error(exc) from exc
            await asyncio.sleep(pause_s)
            pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)

    def _error(self, exc: BaseException) -> StoreError:
        error = translate(exc, self._last)
        reason = self._reason()
        if isinstance(error, StoreUnavailableError) and reason:
            return StoreUnavailableError(reason)
        return error
