"""G16: the memories equal a model of them under random work, restarts, crashes, clock jumps and a full disk.

On the store in memory, which can be told to be full; kills of a real server are in tests/engine/store and
tests/behaviour. A failing seed and step are named and can be run again alone. The long form is `-m long`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from engine.clock import FakeClock
from engine.errors import StoreFullError, UsageError
from engine.memory.consolidation import MemoryConsolidator
from engine.memory.memory import Memory
from engine.memory.sweep import Sweep
from engine.memory.tiers import TIERS, create_tiers
from engine.store.store import Transaction
from engine.store.twin import MemoryStore

SMALL = create_tiers({name: {"capacity": 12} for name in TIERS})
DAY_S = 86_400


class FullStore(MemoryStore):
    """A store whose disk fills up: writing fails, reading goes on."""

    full = False

    async def commit(self, transaction: Transaction) -> str:
        if self.full:
            raise StoreFullError("full")
        return await super().commit(transaction)


@dataclass
class Model:
    """What should be: text, tier and pin of what is on the shelf; text of what is in the trash."""

    live: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    trash: dict[str, str] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)


class Play:
    """Random work on memories beside the model."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.store, self.clock, self.model = FullStore(), FakeClock(), Model()
        self.reopen()

    def reopen(self) -> None:
        """A crash: what was in the process is gone, what is in the store is not."""
        self.memory = Memory(self.store, self.clock, tiers=SMALL)
        self.sweep = Sweep(self.memory, self.store, self.clock)

    def some(self, ids: dict[str, object]) -> str | None:
        return self.chance.choice(sorted(ids)) if ids else None

    async def add(self) -> None:
        text, tier = f"note {self.chance.random()}", self.chance.choice(list(TIERS))
        entry = await self.memory.add(text, tier=tier, pinned=self.chance.random() < 0.1)
        self.model.live[entry.id] = (text, tier, entry.pinned)

    async def edit(self) -> None:
        if id := self.some(self.model.live):
            text, tier, pinned = (
                f"other {self.chance.random()}",
                self.chance.choice(list(TIERS)),
                self.model.live[id][2],
            )
            await self.memory.edit(id, text=text, tier=tier)
            self.model.live[id] = (text, tier, pinned)

    async def pin(self) -> None:
        if id := self.some(self.model.live):
            text, tier, pinned = self.model.live[id]
            await self.memory.pin(id, not pinned)
            self.model.live[id] = (text, tier, not pinned)

    async def throw_away(self) -> None:
        if id := self.some(self.model.live):
            await self.memory.trash(id)
            self.model.trash[id] = self.model.live.pop(id)[0]

    async def restore(self) -> None:
        if id := self.some(self.model.trash):
            await self.memory.restore(id)
            entry = await self.memory.get(id)
            self.model.live[id] = (self.model.trash.pop(id), entry.tier, entry.pinned)

    async def forget(self) -> None:
        if id := self.some({**self.model.live, **self.model.trash}):
            await self.memory.forget(id)
            self.model.live.pop(id, None)
            self.model.trash.pop(id, None)
            self.model.forgotten.add(id)

    async def undo(self) -> None:
        before = await self.states()
        try:
            change = await self.memory.undo()
        except UsageError:
            return
        after = await self.states()
        assert {id for id in before if before[id] != after.get(id)} <= set(change.ids)
        await self.read_back()

    async def use(self) -> None:
        if id := self.some(self.model.live):
            await self.memory.touch([id])
            await self.memory.flush()

    async def sweep_up(self) -> None:
        if self.chance.random() < 0.2:
            self.clock.jump(self.chance.choice((40, -40)) * DAY_S)
            assert (await self.sweep.run()).expired == 0
            await self.sweep.last_seen.accept()
        self.clock.advance(self.chance.choice((60, 3600, DAY_S)))
        pinned = {id for id, (_, _, is_pinned) in self.model.live.items() if is_pinned}
        await self.sweep.run()
        gone = set(self.model.live) - {e.id for e in await self.memory.list(limit=10_000)}
        assert not gone & pinned
        for tier in TIERS:
            n_pinned = sum(t == tier for _, t, is_pinned in self.model.live.values() if is_pinned)
            assert await self.memory.count(tier) <= max(12, n_pinned)
        await self.read_back()

    async def tidy(self) -> None:
        await MemoryConsolidator(self.memory).run_consolidation()
        await self.read_back()

    async def crash(self) -> None:
        self.reopen()

    async def fill_disk(self) -> None:
        self.store.full = True
        before = await self.states()
        for work in (self.add, self.edit, self.throw_away, self.forget, self.pin):
            if self.model.live:
                with pytest.raises(StoreFullError):
                    await work()
        assert await self.states() == before
        self.store.full = False

    async def states(self) -> dict[str, tuple[str, str]]:
        """Where everything lies, as the store tells it."""
        live = {e.id: ("live", e.text) for e in await self.memory.list(limit=10_000)}
        return live | {s.entry.id: ("trash", s.entry.text) for s in (await self.memory.trashed(limit=10_000)).states}

    async def read_back(self) -> None:
        """Take over what Scrubjay did by itself; only the trash may lose what it has had for long enough."""
        states = await self.states()
        known = {**self.model.live, **self.model.trash}
        assert set(states) <= set(known)
        assert set(known) - set(states) <= set(self.model.trash)
        self.model.trash = {id: text for id, (where, text) in states.items() if where == "trash"}
        self.model.live = {e.id: (e.text, e.tier, e.pinned) for e in await self.memory.list(limit=10_000)}

    async def check(self) -> None:
        """The store and the model agree, and so do the store's own indexes."""
        live = {e.id: (e.text, e.tier, e.pinned) for e in await self.memory.list(limit=10_000)}
        assert live == self.model.live
        assert {s.entry.id: s.entry.text for s in (await self.memory.trashed(limit=10_000)).states} == self.model.trash
        for tier in TIERS:
            ids = {id for id, _ in await self.store.range(self.store.keys.tier(tier))}
            assert ids == {id for id, (_, t, _) in live.items() if t == tier}
        # Cut into their parts once: looking for each id in each key made a long run quadratic.
        assert not self.model.forgotten & {part for key in self.store.values for part in key.split(":")}


async def play(seed: int, n_steps: int) -> None:
    """Run so many random steps; the seed is in the name of whatever fails."""
    game = Play(seed)
    steps = [
        *[game.add] * 6, *[game.edit] * 3, *[game.pin] * 2, *[game.throw_away] * 3, *[game.restore] * 2, game.forget,
        *[game.undo] * 3, *[game.use] * 2, game.sweep_up, game.tidy, game.crash, game.fill_disk,
    ]  # fmt: skip
    for number in range(n_steps):
        work = game.chance.choice(steps)
        try:
            await work()
            if number % 10 == 0:
                await game.check()
        except AssertionError as exc:
            raise AssertionError(f"seed {seed}, step {number}, {work.__name__}") from exc
    await game.check()


@pytest.mark.parametrize("seed", range(4))
async def test_the_memories_equal_their_model(seed: int) -> None:
    await play(seed, 250)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(20))
async def test_the_memories_equal_their_model_for_long(seed: int) -> None:
    await play(seed, 20_000)


async def test_a_change_made_while_the_clock_was_wrong_is_found_to_be_forgotten() -> None:
    game = Play(0)
    entry = await game.memory.add("one secret")
    game.clock.jump(40 * DAY_S)
    await game.memory.edit(entry.id, text="two secret")
    game.clock.jump(-40 * DAY_S)
    game.reopen()
    await game.memory.edit(entry.id, text="three secret")
    game.clock.advance(31 * DAY_S)
    await game.sweep.run()
    await game.memory.forget(entry.id)
    assert not [key for key in game.store.values if "secret" in str(await game.store.get(key))]
