"""A forgetting that is killed, at whatever moment, is finished by the next start."""

from __future__ import annotations

import pytest

from engine.errors import StoreFullError, UnknownNameError
from engine.forgetting import Forgetting
from engine.memory.memory import Memory
from engine.memory.recorder import Recorder, Said
from engine.security.taint import USER

SECRET = "QWWIFI6666"


async def everything(desk) -> str:
    return repr([await desk.store.get(key) async for key in desk.store.scan(desk.store.keys.prefix + "mem")])


async def say_and_keep(desk) -> str:
    words = f"The harbour password is {SECRET}"
    await Recorder(desk.memory).turns("C", "", [Said("01T1", "user", words, 1000, frozenset({USER}))])
    return (await desk.memory.add(words, provenance={"source": "user", "chat": "C", "turn": "01T1"})).id


@pytest.mark.parametrize("at", range(1, 8))
async def test_a_forgetting_that_is_killed_before_any_of_its_writes_is_finished_by_the_next_start(
    desk, monkeypatch, at: int
) -> None:
    id, n = await say_and_keep(desk), 0
    commit = desk.store.commit

    async def commit_until_killed(transaction):
        nonlocal n
        n += 1
        if n > at:
            raise ConnectionError("killed")
        return await commit(transaction)

    monkeypatch.setattr(desk.store, "commit", commit_until_killed)
    forgetting = Forgetting(desk.memory, desk.store)
    try:
        await forgetting.forget(id)
    except ConnectionError:
        pass
    else:
        assert at > 4, "it was never cut off"
    monkeypatch.setattr(desk.store, "commit", commit)
    forgotten: list[list[str]] = []

    async def leave_nothing(ids) -> None:
        forgotten.append(list(ids))

    again = Forgetting(Memory(desk.store, desk.clock, desk.search, on_forgotten=leave_nothing), desk.store)
    await again.finish()
    assert await desk.store.get(desk.store.keys.memory(id)) is None
    assert await desk.store.get(desk.store.keys.forgetting) is None
    n_times = len(forgotten)
    await again.finish()
    assert len(forgotten) == n_times, "nothing to do a second time"
    assert SECRET not in await everything(desk)


async def test_what_log_and_caches_still_have_goes_with_the_next_start(desk) -> None:
    calls: list[list[str]] = []

    async def killed(ids) -> None:
        raise ConnectionError("killed")

    async def forgotten(ids) -> None:
        calls.append(list(ids))

    memory = Memory(desk.store, desk.clock, desk.search, on_forgotten=killed)
    entry = await memory.add("secret number 4711")
    with pytest.raises(ConnectionError):
        await Forgetting(memory, desk.store).forget(entry.id)
    again = Forgetting(Memory(desk.store, desk.clock, desk.search, on_forgotten=forgotten), desk.store)
    await again.finish()
    await again.finish()
    assert calls == [[]]  # once, for whatever was left
    assert await desk.store.get(desk.store.keys.forgetting) is None


async def test_a_forgetting_that_failed_is_not_done_by_a_later_start(desk, monkeypatch) -> None:
    entry = await desk.memory.add("secret number 4711")
    with pytest.raises(UnknownNameError):
        await Forgetting(desk.memory, desk.store).forget([entry.id, "01NOBODY"])
    assert await desk.store.get(desk.store.keys.forgetting) is None

    async def full(*_) -> None:
        raise StoreFullError("full")

    monkeypatch.setattr(desk.memory.journal, "forget", full)
    with pytest.raises(StoreFullError):
        await Forgetting(desk.memory, desk.store).forget(entry.id)
    monkeypatch.undo()
    await Forgetting(desk.memory, desk.store).finish()
    assert await desk.store.get(desk.store.keys.memory(entry.id)) is not None
