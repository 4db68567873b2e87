"""Damages GGUF files in many ways and has the real loader, in its worker, look at each (reliability.md G6)."""

from __future__ import annotations

import asyncio
import random
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineError, WorkerError
from engine.llm.backend import Message, Sampling
from engine.llm.gguf import read_header
from engine.llm.local import LocalBackend

_ODD = (0, 1, 2, 7, 31, 255, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)


def mutate(data: bytes, header_bytes: int, rng: random.Random) -> bytes:
    """One damaged copy: bits, bytes, numbers, cuts, a piece repeated, moved, or of another place."""
    out = bytearray(data)
    # Mostly where it says what it is; the weights are numbers, and any number is one.
    region = header_bytes if rng.random() < 0.85 else len(data)
    kind = rng.randrange(7)
    if kind == 0:
        for _ in range(rng.choice((1, 1, 2, 8))):
            out[rng.randrange(region)] ^= 1 << rng.randrange(8)
    elif kind == 1:
        at = rng.randrange(region)
        out[at : at + rng.randrange(1, 64)] = rng.randbytes(rng.randrange(1, 64))
    elif kind == 2:
        at = rng.randrange(4, max(5, region - 8))
        out[at : at + 8] = struct.pack("<Q", rng.choice(_ODD))
    elif kind == 3:
        at = rng.randrange(4, max(5, region - 4))
        out[at : at + 4] = struct.pack("<I", rng.choice(_ODD) & 0xFFFFFFFF)
    elif kind == 4:
        del out[rng.randrange(len(out)) :]
    elif kind == 5:
        at, to = rng.randrange(region), rng.randrange(region)
        piece = out[at : at + rng.randrange(1, 200)]
        out[to : to + len(piece)] = piece
    else:
        at = rng.randrange(region)
        del out[at : at + rng.randrange(1, 40)]
    return bytes(out)


@dataclass
class Report:
    """What became of the files: refused, loaded (and asked), or the worker ended over them."""

    outcomes: Counter[str] = field(default_factory=Counter)
    ended: list[int] = field(default_factory=list)


async def load_mutations(model: Path, folder: Path, seeds: Iterator[int], *, limit_s: float = 60.0) -> Report:
    """Load one damaged file after the other and ask each that loads; then the whole one must still answer."""
    data, header = model.read_bytes(), read_header(model)
    report = Report()
    path = folder / "mutated.gguf"
    backend = LocalBackend(model, log_dir=folder, n_ctx=256, n_threads=1)
    try:
        for seed in seeds:
            path.write_bytes(mutate(data, header.data_start, random.Random(seed)))
            async with asyncio.timeout(limit_s):
                outcome = await _try(backend, path)
            report.outcomes[outcome] += 1
            if outcome == "ended":
                report.ended.append(seed)
            backend.worker.reset()
        await backend.worker.call("load", path=str(model), n_ctx=256)
        async with asyncio.timeout(limit_s):
            items = [item async for item in backend.generate([Message("user", "hi")], Sampling(max_tokens=4))]
        assert items, "the whole model must answer after all the damaged ones"
    finally:
        await backend.aclose()
    return report


async def _try(backend: LocalBackend, path: Path) -> str:
    try:
        await backend.worker.call("load", path=str(path), n_ctx=256)
        sampling = {"max_tokens": 3, "temperature": 1.0}
        await backend.worker.call("generate", ids=[1, 2, 3], seq="chat", sampling=sampling, grammar=None)
    except WorkerError:
        return "ended"
    except EngineError:
        return "refused"
    return "loaded"
