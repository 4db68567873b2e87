from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
import sys

import pytest

from engine.errors import DataDirError, StoreFullError
from engine.processes.child import ProcessIdentity
from engine.store.data_dir import LAYOUT, DataDir

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


def modes_of(folder):
    return {path: stat.S_IMODE(path.lstat().st_mode) for path in [folder, *folder.rglob("*")]}


@posix_only
def test_a_new_directory_is_ours_alone(tmp_path):
    data_dir = DataDir(tmp_path / "deep" / "data")
    data_dir.write_address(instance="here", secret="secret")
    data_dir.try_lock().release()
    assert all(mode & 0o077 == 0 for mode in modes_of(data_dir.path).values())
    assert {p.name for p in data_dir.path.iterdir()} >= {"logs", "cache", "redis", "models", "scrubjay.json"}


@posix_only
def test_a_directory_that_others_could_read_is_closed(tmp_path):
    folder = DataDir(tmp_path / "data").path
    folder.chmod(0o755)
    (folder / "redis").chmod(0o755)
    DataDir(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((folder / "redis").stat().st_mode) == 0o700


def test_a_directory_opens_again_and_keeps_its_marker(tmp_path):
    marker = (DataDir(tmp_path / "data").path / "scrubjay.json").read_text()
    assert (DataDir(tmp_path / "data").path / "scrubjay.json").read_text() == marker


def test_settings_may_be_there_before_the_first_start(tmp_path):
    (tmp_path / "settings.toml").write_text("n_ctx = 2048")
    assert DataDir(tmp_path).path == tmp_path


def test_a_directory_with_foreign_files_is_refused(tmp_path):
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(DataDirError, match=r"thesis\.docx.*--data-dir"):
        DataDir(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        (json.dumps({"app": "io.github.scrubjay.Scrubjay", "layout": LAYOUT + 1}), "newer Scrubjay"),
        (json.dumps({"app": "org.example.Other", "layout": 1}), "belongs to org.example.Other"),
        ("{", "damaged"),
        ("[]", "damaged"),
    ],
)
def test_a_directory_that_we_do_not_understand_is_refused(tmp_path, marker, words):
    (tmp_path / "scrubjay.json").write_text(marker)
    with pytest.raises(DataDirError, match=words):
        DataDir(tmp_path)


def test_a_file_is_no_directory(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(DataDirError, match="is a file"):
        DataDir(tmp_path / "data")
    with pytest.raises(DataDirError, match="cannot be used"):
        DataDir(tmp_path / "data" / "below")


@posix_only
def test_a_directory_that_may_not_be_written_is_refused(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere; see test_a_read_only_disk_is_refused")
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o500)
    with pytest.raises(DataDirError, match="may not be written"):
        DataDir(tmp_path / "data")


def test_a_read_only_disk_is_refused(tmp_path, small_disk):
    disk = small_disk("4m")
    DataDir(disk.path / "data")
    disk.make_read_only()
    with pytest.raises(DataDirError, match="cannot be used"):
        DataDir(disk.path / "data")


def test_first_starts_at_the_same_moment_all_succeed(tmp_path):
    code = "import sys; from pathlib import Path; from engine.store.data_dir import DataDir; DataDir(Path(sys.argv[1]))"
    starts = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "data")]) for _ in range(4)]
    assert [start.wait(timeout=30) for start in starts] == [0] * 4


def test_only_one_has_the_lock(tmp_path):
    data_dir = DataDir(tmp_path / "data")
    lock = data_dir.try_lock()
    assert lock.is_held
    assert DataDir(tmp_path / "data").try_lock() is None
    lock.release()
    assert not lock.is_held
    again = data_dir.try_lock()
    assert again.is_held
    again.release()


@posix_only
def test_a_child_that_got_the_lock_still_holds_it_when_we_let_go(tmp_path):
    data_dir = DataDir(tmp_path / "data")
    lock = data_dir.try_lock()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(lock.fd,))
    lock.release()
    assert data_dir.try_lock() is None
    child.communicate(b"\n", timeout=30)
    after = data_dir.try_lock()
    assert after is not None
    after.release()


def test_the_address_is_told_piece_by_piece_and_taken_away(tmp_path):
    data_dir = DataDir(tmp_path / "data")
    assert data_dir.read_address() is None
    server = ProcessIdentity(7, "then", "/usr/bin/redis-server")
    data_dir.write_address(server=server, store="/run/s.sock", password="p")
    data_dir.write_address(instance="/run/i.sock", secret="s")
    address = DataDir(data_dir.path).read_address()
    assert address.owner.is_alive()
    assert (address.server, address.store, address.instance, address.secret) == (
        server,
        "/run/s.sock",
        "/run/i.sock",
        "s",
    )
    assert "password='p'" not in repr(address)
    data_dir.remove_address()
    assert data_dir.read_address() is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"owner": 3}', "\x00"])
def test_a_broken_address_is_no_address(tmp_path, text):
    data_dir = DataDir(tmp_path / "data")
    data_dir.address.write_text(text)
    assert data_dir.read_address() is None


@posix_only
def test_sockets_get_a_short_private_place_when_the_path_is_long(tmp_path, monkeypatch):
    near = DataDir(tmp_path / "data")
    if len(str(tmp_path)) < 70:
        assert near.socket_dir == near.path / "run"
    runtime = tmp_path / "r"
    runtime.mkdir(mode=0o700)
    for base in (str(runtime), ""):
        monkeypatch.setenv("XDG_RUNTIME_DIR", base)
        far = DataDir(tmp_path / ("long" * 30) / "data")
        folder = far.socket_dir
        assert len(os.fsencode(far.socket_path("instance"))) <= 100
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert not folder.is_relative_to(far.path)
        assert DataDir(far.path).socket_dir == folder
        far.remove_socket_dir()
        assert not folder.exists()


@posix_only
def test_a_place_for_sockets_that_somebody_prepared_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    data_dir = DataDir(tmp_path / ("long" * 30) / "data")
    squatted = data_dir.socket_dir
    squatted.chmod(0o777)
    try:
        other = DataDir(data_dir.path)
        assert other.socket_dir != squatted
        assert stat.S_IMODE(other.socket_dir.stat().st_mode) == 0o700
        other.remove_socket_dir()
    finally:
        squatted.rmdir()


def test_a_full_disk_is_named_and_leaves_no_half_file(tmp_path, small_disk):
    disk = small_disk("4m")
    data_dir = DataDir(disk.path / "data")
    with contextlib.suppress(OSError), (disk.path / "fill").open("wb", buffering=0) as file:
        while file.write(bytes(1 << 12)):
            pass
    before = {p.name for p in data_dir.path.iterdir()}
    with pytest.raises(StoreFullError, match=r"disk with .*data is full"):
        data_dir.write_address(instance="here", secret="secret")
    assert {p.name for p in data_dir.path.iterdir()} == before
