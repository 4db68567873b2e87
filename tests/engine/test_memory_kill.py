"""An owner that is killed while it writes and tidies leaves whole changes, and loses nothing acknowledged."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from pathlib import Path

from engine import Engine, Settings

KILLS = 4
# Writes batches of near-copies and tidies them, and says on a line what was acknowledged.
WORK = """
import asyncio, sys
import numpy as np
from engine import Engine, Settings

async def main():
    async with Engine.open(Settings(data_dir=sys.argv[1], embedder="none")) as engine:
        memory = engine._service.memory
        generator = np.random.default_rng(int(sys.argv[2]))
        while True:
            texts = [f"The shelf number {generator.integers(10**9)} holds jars of plums" for _ in range(20)]
            ids = await engine.memory.add_many([{"text": text} for text in texts for _ in range(3)])
            print(*ids, flush=True)
            entries = await memory.shelf.load_live(ids)
            vectors = {}
            for start in range(0, len(entries), 3):
                vector = generator.standard_normal(384).astype(np.float16)
                vector = (vector / np.linalg.norm(vector)).astype(np.float16)
                vectors |= {e.id: (e.text, vector.tobytes()) for e in entries[start : start + 3]}
            await memory.set_vectors(vectors, "test")
            await engine.memory.consolidate()

asyncio.run(main())
"""


def work_and_kill(folder: Path, seed: int, after_s: float) -> list[str]:
    """Ids that a process acknowledged before it was killed."""
    process = subprocess.Popen([sys.executable, "-c", WORK, str(folder), str(seed)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ids = process.stdout.readline().split()
    time.sleep(after_s)
    process.kill()
    out, _ = process.communicate(timeout=20)
    whole = [line for line in out.splitlines(keepends=True) if line.endswith("\n")]
    return ids + [id for line in whole for id in line.split()]


async def check(folder: Path, acknowledged: list[str]) -> None:
    """Every acknowledged entry is on the shelf or in the trash, and every group was merged whole or not at all."""
    async with Engine.open(Settings(data_dir=folder, embedder="none")) as engine:
        live = {e.id: e for e in await engine.memory.list(limit=100_000)}
        trashed = {s.entry.id: s for s in (await engine.memory.trashed(limit=1000)).states}
        offset = len(trashed)
        while more := (await engine.memory.trashed(offset=offset, limit=1000)).states:
            trashed |= {s.entry.id: s for s in more}
            offset += len(more)
        assert set(acknowledged) <= live.keys() | trashed.keys()
        assert not live.keys() & trashed.keys()
        merged_into = {id for entry in live.values() for id in entry.links.merged_from}
        assert {id for id, state in trashed.items() if state.reason == "merged"} == merged_into
        texts = [live[id].text for id in live]
        assert {live_or_gone.entry.text for live_or_gone in trashed.values()} <= set(texts)


async def test_a_killed_owner_leaves_whole_changes(tmp_path: Path) -> None:
    chance = random.Random(5)
    acknowledged: list[str] = []
    for seed in range(KILLS):
        acknowledged += await asyncio.to_thread(work_and_kill, tmp_path / "data", seed, chance.random())
        await check(tmp_path / "data", acknowledged)
    assert acknowledged
