"""A forgetting that is killed before any one of its writes leaves nothing behind after the next start."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Engine, Settings
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
