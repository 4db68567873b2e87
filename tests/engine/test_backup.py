"""G17: backup means restore, and what is forgotten is in no backup of ours."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from engine import Engine, Settings
from engine.backup import restore_backup
from engine.errors import DataDirError, UsageError


def settings(folder: Path) -> Settings:
    return Settings(data_dir=folder, embedder="none")


async def texts(folder: Path) -> set[str]:
    async with Engine.open(settings(folder)) as engine:
        return {entry.text for entry in await engine.memory.list(limit=1000)}


async def test_a_backup_made_while_everything_goes_on_restores_what_was_saved(tmp_path: Path) -> None:
    async with Engine.open(settings(tmp_path / "one")) as engine:
        await engine.memory.add_many([{"text": f"note {n}"} for n in range(50)])
        first = await engine.memory.add("The cat is called Minka")
        await engine.memory.edit(first.id, text="The cat is called Momo")
        backup = await engine.backup(tmp_path / "kept.file")
        await engine.memory.add("said later")
        with pytest.raises(UsageError, match="is there already"):
            await engine.backup(backup)
    assert backup.stat().st_mode & 0o077 == 0
    restore_backup(backup, tmp_path / "two")
    assert await texts(tmp_path / "two") == {f"note {n}" for n in range(50)} | {"The cat is called Momo"}
    async with Engine.open(settings(tmp_path / "two")) as engine:
        assert [hit.entry.text for hit in await engine.memory.recall("Momo")] == ["The cat is called Momo"]
        assert (await engine.memory.undo()).sentence.startswith("Undid")
    with pytest.raises(DataDirError, match="not empty"):
        restore_backup(backup, tmp_path / "two")


async def test_what_is_forgotten_is_in_none_of_our_backups(tmp_path: Path) -> None:
    async with Engine.open(settings(tmp_path / "one")) as engine:
        kept = await engine.memory.add("Prefers tea")
        secret = await engine.memory.add("The safe opens with 4711")
        old = await engine.backup()
        await engine.memory.forget(secret.id)
        (fresh,) = old.parent.iterdir()
        assert kept
    with tarfile.open(fresh) as tar:
        assert not any(b"4711" in (file.read() if (file := tar.extractfile(m)) else b"") for m in tar.getmembers())
    restore_backup(fresh, tmp_path / "two")
    assert await texts(tmp_path / "two") == {"Prefers tea"}


async def test_a_damaged_or_foreign_file_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    async with Engine.open(settings(tmp_path / "one")) as engine:
        await engine.memory.add("Prefers tea")
        backup = await engine.backup(tmp_path / "kept.file")
    whole = backup.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    outside = io.BytesIO()
    with tarfile.open(fileobj=outside, mode="w:gz") as tar:
        member = tarfile.TarInfo("../outside")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    for content in (b"", b"no backup", whole[: len(whole) // 2], bytes(flipped), outside.getvalue()):
        backup.write_bytes(content)
        with pytest.raises(UsageError, match="no whole backup"):
            restore_backup(backup, tmp_path / "two")
        assert not (tmp_path / "two").exists()
    assert not (tmp_path / "outside").exists()


async def test_a_place_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    async with Engine.open(settings(tmp_path / "one")) as engine:
        with pytest.raises(UsageError, match=r"There is no folder .*nowhere"):
            await engine.backup(tmp_path / "nowhere" / "kept.file")
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(UsageError, match=r"nothing\.file is not there"):
        restore_backup(tmp_path / "nothing.file", tmp_path / "two")
    with pytest.raises(UsageError, match="is a folder"):
        restore_backup(tmp_path / "one", tmp_path / "two")
