"""Everything that lasts in one file, and back.

A backup is a tar of the store's files, the settings and the marker of the data directory. The store only appends to
its file, so a copy of it is the store as it was at one moment, taken while everything goes on; what had reached
the disk before is in it. The log may swap files meanwhile (a rewrite); then it is copied again. Models, caches
and keys of the keychain are not in it.

Backups without a place of their own lie in `backups/` of the data directory and are ours: when something is
forgotten for good they are replaced by one made afterwards, because a file of the store cannot lose a single
entry. What a person put elsewhere is theirs, and the command line says so.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from engine.errors import DataDirError, StoreError, UsageError
from engine.store.barrier import find_aof_files, flush_directory, flush_file

__all__ = ["BACKUPS", "BackupStoppedError", "renew_backups", "restore_backup", "write_backup"]

BACKUPS = "backups"
_SUFFIX = ".scrubjay-backup"
_LIST = "files.json"
_MARKER = "scrubjay.json"
# Besides the store's files; those that are there.
_OTHERS = (_MARKER, "settings.toml")
_LOOKS = 5
_MOST_BYTES = 64 << 30


class BackupStoppedError(Exception):
    """Somebody stopped a backup; nothing of it is left."""


def write_backup(data_dir: Path, target: Path | None = None, *, is_stopped: Callable[[], bool] = lambda: False) -> Path:
    """Write a backup and return where it is; blocks while it copies. The store must be flushed before.

    Args:
        target: a file that is not there yet, or a folder; None is `backups/` of the data directory.
        is_stopped: asked again and again while it is written, in this thread.

    Raises:
        BackupStoppedError: `is_stopped` said so.
        UsageError: the file is there already, or the folder for it is not.
        StoreError: something cannot be read or written; nothing is left behind.
    """
    name = time.strftime("%Y-%m-%d-%H%M%S", time.gmtime()) + _SUFFIX
    path = data_dir / BACKUPS / name if target is None else target / name if target.is_dir() else target
    if path.exists():
        raise UsageError(f"{path} is there already; name another file.")
    if target is not None and not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}; make it first, or name another place.")
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = _copy(data_dir)
        with os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            _pack(files, out, is_stopped)
        flush_file(unfinished)
        unfinished.replace(path)
        flush_directory(path.parent)
    except BackupStoppedError:
        unfinished.unlink(missing_ok=True)
        raise
    except OSError as exc:
        unfinished.unlink(missing_ok=True)
        raise StoreError(f"The backup could not be written ({exc.strerror or exc}); choose another place.") from exc
    return path


def restore_backup(backup: Path, data_dir: Path) -> int:
    """Make a data directory of a backup; how many files it had.

    Raises:
        DataDirError: there is something in the directory already.
        UsageError: the file is no whole backup of ours; nothing was written.
    """
    if data_dir.exists() and any(data_dir.iterdir()):
        raise DataDirError(f"The folder {data_dir} is not empty; choose an empty one with --data-dir.")
    files = _unpack(backup)
    fresh = data_dir.with_name(data_dir.name + ".restoring")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        for name, content in files.items():
            path = fresh / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(content)
            flush_file(path)
        if data_dir.exists():
            data_dir.rmdir()
        fresh.replace(data_dir)
        flush_directory(data_dir.parent)
    except OSError as exc:
        shutil.rmtree(fresh, ignore_errors=True)
        raise StoreError(f"The backup could not be restored ({exc.strerror or exc}); choose another folder.") from exc
    return len(files)


def renew_backups(data_dir: Path) -> None:
    """Replace our own backups by one made now: those made before may hold what was forgotten since.

    Raises:
        StoreError: one of them cannot be removed or written.
    """
    old = list((data_dir / BACKUPS).glob(f"*{_SUFFIX}*"))
    if not old:
        return
    try:
        for path in old:
            path.unlink()
    except OSError as exc:
        raise StoreError(f"An old backup cannot be removed ({exc.strerror or exc}); delete {old[0].parent}.") from exc
    write_backup(data_dir)


def _copy(data_dir: Path) -> dict[str, bytes]:
    """What goes into a backup, by name."""
    for _ in range(_LOOKS):
        redis = data_dir / "redis"
        before = find_aof_files(redis)
        paths = [
            path for path in sorted(redis.rglob("*")) if path.is_file() and path.suffix in (".rdb", ".aof", ".manifest")
        ]
        paths += [data_dir / name for name in _OTHERS if (data_dir / name).is_file()]
        try:
            files = {path.relative_to(data_dir).as_posix(): path.read_bytes() for path in paths}
        except FileNotFoundError:
            continue  # a rewrite removed it
        if find_aof_files(redis) == before:
            return files
    raise StoreError("The store is being written anew all the time; try again in a minute.")


class _Watched(io.BytesIO):
    """Bytes that can no longer be read once somebody has stopped."""

    def __init__(self, content: bytes, is_stopped: Callable[[], bool]) -> None:
        super().__init__(content)
        self._is_stopped = is_stopped

    def read(self, size: int | None = -1, /) -> bytes:
        if self._is_stopped():
            raise BackupStoppedError
        return super().read(size)


def _pack(files: dict[str, bytes], out: io.BufferedWriter, is_stopped: Callable[[], bool]) -> None:
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        for name, content in ((_LIST, json.dumps(sums).encode()), *files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            tar.addfile(member, _Watched(content, is_stopped))


def _unpack(backup: Path) -> dict[str, bytes]:
    """The files of a backup, each whole and with a name that stays inside the folder."""
    if not backup.is_file():
        why = "is a folder" if backup.is_dir() else "is not there"
        raise UsageError(f"{backup} {why}; choose a file that `scrubjay backup` wrote.")
    try:
        with tarfile.open(backup, "r:gz") as tar:
            members = [member for member in tar.getmembers() if member.isreg()]
            if sum(member.size for member in members) > _MOST_BYTES:
                raise UsageError(f"{backup} is larger than any store of ours; choose another file.")
            found = {member.name: file.read() for member in members if (file := tar.extractfile(member)) is not None}
        sums = dict(json.loads(found.pop(_LIST)))
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError, TypeError, KeyError) as exc:
        raise UsageError(f"{backup} is no whole backup of Scrubjay; choose one that `scrubjay backup` wrote.") from exc
    whole = {name: hashlib.sha256(content).hexdigest() for name, content in found.items()} == sums
    inside = all(not Path(name).is_absolute() and ".." not in Path(name).parts for name in found)
    if not (whole and inside and _MARKER in found):
        raise UsageError(f"{backup} is no whole backup of Scrubjay; choose one that `scrubjay backup` wrote.")
    return found
