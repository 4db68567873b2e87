"""Deleting model files: only ours, all parts, back within a day, then gone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.errors import ModelNotFoundError, UsageError
from engine.llm.discovery import ModelFinder, Place
from engine.llm.trash import KEPT_S, ModelTrash


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A models folder with a model in two parts, one below a folder, and a link to somebody else's."""
    models = tmp_path / "models"
    (models / "sub").mkdir(parents=True)
    for number in (1, 2):
        (models / f"owl-0000{number}-of-00002.gguf").write_bytes(b"part %d" % number)
    (models / "sub" / "jay.gguf").write_bytes(b"jay")
    (tmp_path / "theirs.gguf").write_bytes(b"theirs")
    (models / "link.gguf").symlink_to(tmp_path / "theirs.gguf")
    return models


def _names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.gguf") if ".trash" not in p.parts)


def test_all_parts_go_and_come_back_and_nobody_finds_what_is_in_the_trash(folder: Path) -> None:
    before = _names(folder)
    trash = ModelTrash(folder)
    ticket = trash.delete(folder / "owl-00001-of-00002.gguf")
    assert _names(folder) == ["link.gguf", "sub/jay.gguf"]
    found = [model.path for model in ModelFinder().find([Place("scrubjay", folder)])]
    assert not any(".trash" in path.parts for path in found)
    trash.restore(ticket)
    assert _names(folder) == before
    assert (folder / "owl-00002-of-00002.gguf").read_bytes() == b"part 2"
    with pytest.raises(ModelNotFoundError):
        trash.restore(ticket)


def test_what_is_not_ours_is_never_touched(folder: Path, tmp_path: Path) -> None:
    trash = ModelTrash(folder)
    for path in (tmp_path / "theirs.gguf", folder / "link.gguf", folder / ".." / "theirs.gguf"):
        with pytest.raises(UsageError, match="belongs to another"):
            trash.delete(path)
    assert (tmp_path / "theirs.gguf").exists()
    with pytest.raises(ModelNotFoundError):
        trash.restore("../../theirs.gguf")


def test_after_a_day_the_space_is_free_and_a_file_in_the_way_stops_a_restore(folder: Path) -> None:
    trash = ModelTrash(folder)
    ticket = trash.delete(folder / "sub" / "jay.gguf")
    (folder / "sub" / "jay.gguf").write_bytes(b"another")
    with pytest.raises(ModelNotFoundError, match="Another file"):
        trash.restore(ticket)
    trash.purge(time.time() + KEPT_S - 60)
    assert list((folder / ".trash").iterdir())
    trash.purge(time.time() + KEPT_S + 60)
    assert not list((folder / ".trash").iterdir())
