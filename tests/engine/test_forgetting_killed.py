"""A forgetting that is killed before any one of its writes leaves nothing behind after the next start."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Engine, Settings
from engine.errors import EngineError, UnknownNameError
from engine.local import LocalService

SECRET = "QWHARBOUR7731"
KINDS = ("mem", "turn", "chat", "gone", "change")


async def ask(engine: Engine, question: str) -> None:
    async for _ in engine.ask(question):
        pass


@pytest.mark.parametrize("n_writes", [2, 5, 8, 13])
async def test_what_was_told_recalled_and_asked_again_is_gone(tmp_path: Path, monkeypatch, n_writes: int) -> None:
    settings = Settings(data_dir=tmp_path / "data", embedder="none")
    done = 0
    async with Engine.open(settings) as engine:
        await ask(engine, f"Remember that the harbour password is {SECRET}")
        await ask(engine, "What is the harbour password?")
        await ask(engine, f"is {SECRET} my harbour password?")
        (entry,) = await engine.memory.list(tier="semantic")
        assert isinstance(engine._service, LocalService)
        store = engine._service.store
        commit = store.commit

        async def commit_until_killed(transaction):
            nonlocal done
            done += 1
            if done > n_writes:
                raise ConnectionError("killed")
            return await commit(transaction)

        monkeypatch.setattr(store, "commit", commit_until_killed)
        with pytest.raises(ConnectionError):
            await engine.memory.forget(entry.id)
        monkeypatch.setattr(store, "commit", commit)
        await engine._service.upkeep.forgetting.finish()
        # By reading them too: what is long is compressed.
        names = [key for kind in KINDS async for key in store.scan(f"{store.keys.prefix}{kind}:")]
        assert [key for key in names if SECRET in repr(await store.get(key))] == []
        assert len(names) > len(KINDS)
    left = [p.name for p in settings.data_dir.rglob("*") if p.is_file() and SECRET.encode() in p.read_bytes()]
    assert left == []


async def test_a_forgetting_that_cannot_be_finished_yet_is_finished_later_and_holds_up_no_other(tmp_path, monkeypatch):
    async with Engine.open(Settings(data_dir=tmp_path / "data", embedder="none")) as engine:
        first, second = [await engine.memory.add(f"The code of gate {n} is {SECRET}{n}") for n in range(2)]
        assert isinstance(engine._service, LocalService)
        memory, forgetting = engine._service.memory, engine._service.upkeep.forgetting
        for n, entry in enumerate((first, second)):
            await memory.begin_forgetting(f"change {n}", [entry.id], keep_chat=False)
        forget = memory.forget

        async def fail_for_the_first(ids, **rest):
            if first.id in ids:
                raise UnknownNameError("memory", first.id)
            return await forget(ids, **rest)

        monkeypatch.setattr(memory, "forget", fail_for_the_first)
        with pytest.raises(EngineError):
            await forgetting.finish()
        assert [entry.id for entry in await engine.memory.list()] == [first.id]
        monkeypatch.setattr(memory, "forget", forget)
        await forgetting.finish()
        assert list(await engine.memory.list()) == []
        assert await memory.begun_forgettings() == {}


async def test_a_copy_that_is_gone_already_stops_no_forgetting(tmp_path):
    async with Engine.open(Settings(data_dir=tmp_path / "data", embedder="none")) as engine:
        entry = await engine.memory.add(f"The code of the gate is {SECRET}")
        assert isinstance(engine._service, LocalService)
        await engine._service.memory.forget(entry.id, copies=["01M7ZQFC98K7GXFM2GBESQNNWY"])
        assert list(await engine.memory.list()) == []
