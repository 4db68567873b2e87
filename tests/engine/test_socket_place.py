"""Sockets that cannot lie in the data directory get one short private folder, the same for every process."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from engine.socket_place import is_private_dir, is_short, socket_folders

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has pipes")


def test_the_folder_is_private_short_and_the_same_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = next(socket_folders())
    assert stat.S_IMODE(os.lstat(folder).st_mode) == 0o700
    assert is_short(f"{folder}/{'0' * 12}/instance.sock")
    for long in (tmp_path / "short", tmp_path / ("x" * 150)):
        long.mkdir()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
        monkeypatch.setenv("TMPDIR", str(long))
        monkeypatch.setattr(tempfile, "tempdir", None)
        assert next(socket_folders()) == folder
        assert list(long.iterdir()) == []


def test_a_folder_of_somebody_else_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    # What this process makes belongs to another user than it then says it is.
    somebody = 4_000_000_000 + os.getpid()
    monkeypatch.setattr(os, "getuid", lambda: somebody)
    try:
        assert list(socket_folders()) == []
    finally:
        for parent in ("/tmp", tempfile.gettempdir()):
            with contextlib.suppress(OSError):
                os.rmdir(f"{parent}/scrubjay-{somebody}")


def test_a_link_a_file_and_a_folder_that_is_open_to_others_are_not_private(tmp_path: Path) -> None:
    assert is_private_dir(tmp_path / "ours")
    assert is_private_dir(tmp_path / "ours")
    (tmp_path / "link").symlink_to(tmp_path / "ours")
    (tmp_path / "file").touch(0o600)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o711)
    for name in ("link", "file", "open", "nowhere/below"):
        assert not is_private_dir(tmp_path / name), name


@pytest.mark.parametrize(("length", "fits"), [(100, True), (101, False)])
def test_the_path_of_a_socket_is_counted_in_bytes(length: int, fits: bool) -> None:
    assert is_short("/" + "é" * ((length - 1) // 2) + "x" * ((length - 1) % 2)) is fits
