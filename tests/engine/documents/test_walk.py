from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from engine.documents.walk import FoundFile, find_files, real_path, stored_path
from engine.events import FileIngested


def found(*paths: Path) -> list[str]:
    return [item.relative_path or item.path.name for item in find_files(paths) if isinstance(item, FoundFile)]


def troubles(*paths: Path) -> list[FileIngested]:
    return [item for item in find_files(paths) if isinstance(item, FileIngested)]


def fill(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def test_folders_are_opened_in_the_order_of_their_names(tmp_path: Path) -> None:
    fill(tmp_path, "b.txt", "a.txt", "sub/deep/c.txt", "another/d.txt")
    assert found(tmp_path) == ["a.txt", "b.txt", "another/d.txt", "sub/deep/c.txt"]


def test_a_file_knows_the_folder_it_was_found_in(tmp_path: Path) -> None:
    fill(tmp_path, "sub/a.txt")
    (item,) = find_files([tmp_path])
    assert item == FoundFile(tmp_path / "sub/a.txt", str(tmp_path), os.path.join("sub", "a.txt"))
    (item,) = find_files([tmp_path / "sub/a.txt"])
    assert item == FoundFile(tmp_path / "sub/a.txt", "", "")


def test_hidden_files_and_junk_are_passed_over_in_folders_only(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", ".hidden", ".git/config", "node_modules/x.js", "__pycache__/x.pyc", "~$a.docx", "Thumbs.db")
    assert found(tmp_path) == ["a.txt"]
    assert found(tmp_path / ".hidden", tmp_path / "~$a.docx") == [".hidden", "~$a.docx"]


def test_a_folder_that_holds_itself_by_a_link_ends(tmp_path: Path) -> None:
    fill(tmp_path, "sub/a.txt")
    (tmp_path / "sub/loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "sub/self").symlink_to(tmp_path / "sub", target_is_directory=True)
    assert found(tmp_path) == [os.path.join("sub", "a.txt")]


def test_a_file_named_twice_is_found_once(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt")
    assert found(tmp_path, tmp_path / "a.txt", tmp_path / "sub" / ".." / "a.txt") == ["a.txt"]


@pytest.mark.skipif(os.name == "nt", reason="names that Windows does not have")
def test_odd_names_are_kept_and_can_be_stored(tmp_path: Path) -> None:
    names = [b"new\nline.txt", b"qu\"ote'.txt", "r\u202eight.txt".encode(), b"latin\xe9.txt", b"  .txt", b"tab\t.txt"]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"x")
    files = [item for item in find_files([tmp_path]) if isinstance(item, FoundFile)]
    assert {os.fsencode(item.path.name) for item in files} == set(names)
    for item in files:
        stored_path(item.path).encode("utf-8")
    assert any(stored_path(item.path).endswith("latin\\xe9.txt") for item in files)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    (missing,) = troubles(tmp_path / "nothing.pdf")
    assert (missing.state, missing.error) == ("failed", "There is no file or folder of this name; check the spelling.")
    (dangling,) = troubles(tmp_path)
    assert dangling.error == "This link points to nothing."
    (impossible,) = troubles(Path("a\0b"))
    assert impossible.state == "failed"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and sockets with names are POSIX")
def test_what_is_no_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tmp_path)  # the path of a socket must be short
        server.bind("s")
        told = {Path(item.path).name: item for item in troubles(tmp_path, Path("/dev/null"))}
    assert {name: item.state for name, item in told.items()} == dict.fromkeys(("pipe", "s", "null"), "unsupported")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_is_closed_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    fill(tmp_path, "closed/a.txt", "open/b.txt")
    (tmp_path / "closed").chmod(0)
    try:
        assert found(tmp_path) == [os.path.join("open", "b.txt")]
        assert "cannot be opened" in troubles(tmp_path)[0].error
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_links_are_followed_within_a_folder_and_never_out_of_it(tmp_path: Path) -> None:
    fill(tmp_path, "mine/a.txt", "mine/sub/b.txt", "theirs/secret.txt", "mine2/near.txt")
    (tmp_path / "mine/out.txt").symlink_to(tmp_path / "theirs/secret.txt")
    (tmp_path / "mine/sub/folder").symlink_to(Path("..") / ".." / "theirs", target_is_directory=True)
    (tmp_path / "mine/neighbour").symlink_to(tmp_path / "mine2", target_is_directory=True)
    (tmp_path / "mine/same.txt").symlink_to("a.txt")
    assert found(tmp_path / "mine") == ["a.txt", "same.txt", os.path.join("sub", "b.txt")]
    (told,) = troubles(tmp_path / "mine")
    assert (told.path, told.state, told.error) == (str(tmp_path / "mine"), "left_out", "")
    assert told.note.startswith("3 links that lead out of this folder were left out")


def test_a_link_that_is_named_itself_is_followed(tmp_path: Path) -> None:
    fill(tmp_path, "theirs/secret.txt")
    (tmp_path / "file.txt").symlink_to(tmp_path / "theirs/secret.txt")
    (tmp_path / "folder").symlink_to(tmp_path / "theirs", target_is_directory=True)
    assert found(tmp_path / "file.txt", tmp_path / "folder") == ["file.txt", "secret.txt"]
    assert troubles(tmp_path / "file.txt", tmp_path / "folder") == []


@pytest.mark.skipif(os.name == "nt", reason="names that Windows does not have")
def test_a_stored_path_leads_back_to_its_file(tmp_path: Path) -> None:
    for name in (b"latin\xe9.txt", b"plain.txt", rb"a\xe9.txt"):
        path = os.fsdecode(os.fsencode(tmp_path) + b"/" + name)
        Path(path).write_text("x")
        assert real_path(stored_path(path)) == path
    gone = str(tmp_path / r"gone\xe9.txt")
    assert real_path(gone) == gone
