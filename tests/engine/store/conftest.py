"""Stores to test: the twin, and a sidecar of every server found on this computer."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from engine.store.servers import Server
from engine.store.store import Store
from engine.store.twin import MemoryStore
from tests.engine.store.units import SERVERS, Opened


@pytest.fixture(params=SERVERS, ids=[f"{s.path.name.split('-')[0]}-{s.shown_version}" for s in SERVERS])
def server(request: pytest.FixtureRequest) -> Server:
    """Every server of this computer, one after the other."""
    found: Server = request.param
    return found


@pytest.fixture
def any_server() -> Server:
    """One server, where the kind makes no difference."""
    if not SERVERS:
        pytest.skip("no Redis or Valkey server on this computer")
    return SERVERS[0]


@pytest.fixture
async def opened(tmp_path: Path, server: Server) -> AsyncIterator[Opened]:
    """A fresh data directory with its sidecar."""
    one = await Opened(tmp_path / "data", server).open()
    yield one
    await one.aclose()


@pytest.fixture(params=["memory", *SERVERS], ids=lambda p: p if isinstance(p, str) else f"server-{p.shown_version}")
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Every kind of store, empty."""
    if request.param == "memory":
        yield MemoryStore()
        return
    one = await Opened(tmp_path / "data", request.param).open()
    yield one.store
    await one.aclose()


@pytest.fixture(autouse=True)
def no_redis_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tests start their own servers."""
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("SCRUBJAY_REDIS_URL", raising=False)
    return


class SmallDisk:
    """A tmpfs of a given size, for a disk that fills up or is read-only."""

    def __init__(self, path: Path, size: str) -> None:
        self.path, self._size = path, size

    def mount(self, options: str = "") -> None:
        command = ["mount", "-t", "tmpfs", "-o", f"size={self._size}{options}", "tmpfs", str(self.path)]
        done = subprocess.run(command, capture_output=True, timeout=10, check=False)
        if done.returncode:
            pytest.skip(f"cannot mount a tmpfs here: {done.stderr.decode().strip()}")

    def make_read_only(self) -> None:
        subprocess.run(["mount", "-o", "remount,ro", str(self.path)], timeout=10, check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.path)], capture_output=True, timeout=10, check=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], SmallDisk]]:
    """Mounts a small disk of a size such as "12m"; skips where that is not allowed."""
    if shutil.which("mount") is None:
        pytest.skip("no mount here")
    disks: list[SmallDisk] = []

    def create(size: str) -> SmallDisk:
        path = tmp_path / f"disk{len(disks)}"
        path.mkdir()
        disk = SmallDisk(path, size)
        disk.mount()
        disks.append(disk)
        return disk

    yield create
    for disk in disks:
        disk.unmount()


@pytest.fixture(scope="module", params=SERVERS, ids=lambda server: f"server-{server.shown_version}")
def shared_sidecar(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """One sidecar for many questions that change nothing; its loop runs in the module's own runner."""
    with asyncio.Runner() as runner:
        opened = runner.run(Opened(tmp_path_factory.mktemp("shared") / "data", request.param).open())
        yield opened
        runner.run(opened.aclose())
