"""Which file is flushed, and that a swap in between is noticed."""

from __future__ import annotations

import pytest

import engine.store.barrier as barrier
from engine.errors import StoreFullError
from engine.store.barrier import AofMissingError, find_aof_files, flush_aof
from engine.store.store import Transaction

MANIFEST = (
    "file appendonly.aof.2.base.rdb seq 2 type b\n"
    "file appendonly.aof.1.incr.aof seq 1 type h\n"
    "file appendonly.aof.2.incr.aof seq 2 type i\n"
    "file appendonly.aof.3.incr.aof seq 3 type i\n"
)


def make_seven(folder):
    inner = folder / "appendonlydir"
    inner.mkdir()
    (inner / "appendonly.aof.manifest").write_text(MANIFEST)
    for name in ("2.base.rdb", "2.incr.aof", "3.incr.aof"):
        (inner / f"appendonly.aof.{name}").write_text(name)
    return inner


def test_version_six_has_one_file(tmp_path):
    (tmp_path / "appendonly.aof").write_text("x")
    assert find_aof_files(tmp_path) == [tmp_path / "appendonly.aof"]


def test_version_seven_has_all_increments_of_its_manifest(tmp_path):
    inner = make_seven(tmp_path)
    assert find_aof_files(tmp_path) == [inner / "appendonly.aof.2.incr.aof", inner / "appendonly.aof.3.incr.aof"]
    flush_aof(tmp_path)


def test_no_file_is_an_error(tmp_path):
    with pytest.raises(AofMissingError):
        flush_aof(tmp_path)


def test_a_file_that_is_swapped_during_the_flush_is_flushed_again(tmp_path, monkeypatch):
    file = tmp_path / "appendonly.aof"
    file.write_text("old")
    flushed = []
    real = barrier.flush_file

    def flush_and_swap(path):
        identity = real(path)
        flushed.append(path.read_text())
        if len(flushed) == 1:
            (tmp_path / "temp-rewriteaof.aof").write_text("new")
            (tmp_path / "temp-rewriteaof.aof").replace(file)
        return identity

    monkeypatch.setattr(barrier, "flush_file", flush_and_swap)
    flush_aof(tmp_path)
    assert flushed == ["old", "new"]


def test_a_file_that_is_removed_between_two_looks_is_looked_for_again(tmp_path, monkeypatch):
    inner = make_seven(tmp_path)
    flushed = []
    real = barrier.flush_file

    def flush_and_finish_rewrite(path):
        identity = real(path)
        flushed.append(path.name)
        if len(flushed) == 1:
            (inner / "appendonly.aof.2.incr.aof").unlink()
            (inner / "appendonly.aof.manifest").write_text(MANIFEST.replace("2 type i", "2 type h"))
        return identity

    monkeypatch.setattr(barrier, "flush_file", flush_and_finish_rewrite)
    flush_aof(tmp_path)
    assert flushed[-1] == "appendonly.aof.3.incr.aof"


async def test_after_a_failed_flush_nothing_is_acknowledged_until_the_file_is_new(opened, monkeypatch):
    """The kernel forgets dirty pages after an error: a second flush alone would be a lie."""
    store, calls = opened.store, []
    real = barrier.flush_file

    def fail_once(path):
        calls.append(path.name)
        if len(calls) == 1:
            raise OSError(5, "Input/output error")
        return real(path)

    transaction = Transaction()
    transaction.put(store.keys.memory("1"), {"n": 1})
    await store.commit(transaction)
    before = find_aof_files(opened.data_dir.redis_dir)[-1].stat().st_ino
    monkeypatch.setattr(barrier, "flush_file", fail_once)
    with pytest.raises(StoreFullError, match="disk"):
        await store.barrier()
    await store.barrier()
    assert find_aof_files(opened.data_dir.redis_dir)[-1].stat().st_ino != before
    assert await store.get(store.keys.memory("1")) == {"n": 1}
