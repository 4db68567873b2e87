"""What a streamed token costs besides the model's own arithmetic, and how fast a cancel takes hold.

The model has random weights and 7 M parameters: larger than the private caches of a core, so that what runs between
two decodes runs as cold as it does beside a real model, and a KV cache that stays small beside the weights, so
that it is about as cold at token 256 as at token 2,000: what then still grows is our own work. The worker is the real
one, in its process, streaming to this one; it meters the time outside of `llama_decode` and the C sampler at
every token. The peer is `Llama.create_completion` on the same file, timed in the same way.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "bench")]

from tiny_gguf import Shape, write_gguf  # noqa: E402

from engine.llm.backend import Generated, Message, Piece, Prefilled, Sampling  # noqa: E402
from engine.llm.local import LocalBackend  # noqa: E402
from engine.system.figures import Figure  # noqa: E402

MEDIUM = Shape(n_embd=256, n_layer=6, n_head=4, n_head_kv=1, n_ff=704, n_vocab=4096, n_ctx=4096)
N_TOKENS = 2304
# The worker reports the median of each 256 tokens: the first of these is token 256-511, the last 2,048-2,303.
EARLY, LATE = 1, 8
BAR_US = 50.0
CANCELS = 20
PEER_LIMIT_S = 240.0

_PEER = """
import json, sys, time
import llama_cpp
llm = llama_cpp.Llama(sys.argv[1], n_ctx=4096, n_threads=1, n_threads_batch=1, verbose=False)
inside = 0
def timed(function):
    def run(*args, **kwargs):
        global inside
        start = time.perf_counter_ns()
        try:
            return function(*args, **kwargs)
        finally:
            inside += time.perf_counter_ns() - start
    return run
llm._ctx.decode = timed(llm._ctx.decode)
llm.sample = timed(llm.sample)
costs, last = [], time.perf_counter_ns()
for _ in llm.create_completion("hello there", max_tokens=int(sys.argv[2]), temperature=0.0, stream=True):
    now = time.perf_counter_ns()
    costs.append(now - last - inside)
    inside, last = 0, now
print(json.dumps(costs))
"""


def token_cost_figures() -> Iterator[Figure]:
    """Cost per token at token 2,000 beside the peer's, its growth, and the time to stop."""
    with tempfile.TemporaryDirectory() as folder:
        model = write_gguf(Path(folder) / "medium.gguf", MEDIUM, plain=True)
        measured = asyncio.run(_measure(model, Path(folder)))
        peer_us = _peer_us(model)
    late, early = measured["outside_us"][LATE], measured["outside_us"][EARLY]
    windows = ", ".join(f"{us:.0f}" for us in measured["outside_us"])
    peer = "no peer" if peer_us is None else f"create_completion {peer_us:.0f} us"
    yield Figure(
        "worker cost per streamed token, at token 2,000", late, "us", peer, f"≤ {BAR_US:.0f}", late <= BAR_US,
        f"median of each 256 tokens: {windows}; decode {measured['decode_ms']:.2f} ms per token",
    )  # fmt: skip
    grown = late - early
    yield Figure(
        "growth of that cost from token 256 to token 2,000",
        grown,
        "us",
        "",
        "≤ 25",
        grown <= 25,
        f"{early:.0f} us early",
    )
    for name in ("reading", "generating"):
        times = measured[name]
        detail = f"longest of {len(times)}: {max(times):.1f} ms; an idle round trip in between is included"
        median = statistics.median(times)
        yield Figure(
            f"time until the worker is free after a cancel while {name}", median, "ms", "", "≤ 50", median <= 50, detail
        )


async def _measure(model: Path, folder: Path) -> dict[str, Any]:
    backend = LocalBackend(model, log_dir=folder, n_ctx=4096, n_threads=1)
    try:
        end = None
        async for item in backend.generate([Message("user", "hello there")], Sampling(max_tokens=N_TOKENS)):
            end = item
        assert isinstance(end, Generated)
        assert end.n_generated == N_TOKENS
        stats = await backend.stats()
        measured: dict[str, Any] = {"outside_us": stats["outside_us"], "decode_ms": stats["decode_ms"] / N_TOKENS}
        measured["reading"] = [await _cancel_ms(backend, Prefilled, n) for n in range(CANCELS)]
        measured["generating"] = [await _cancel_ms(backend, Piece, n) for n in range(CANCELS)]
        return measured
    finally:
        await backend.aclose()


async def _cancel_ms(backend: LocalBackend, kind: type, n: int) -> float:
    """Milliseconds from closing a generation until the worker has answered another request."""
    text = f"{n} " + "word " * (500 if kind is Prefilled else 1)
    left = 3
    async with aclosing(backend.generate([Message("user", text)], Sampling(max_tokens=1000))) as events:
        async for item in events:
            left -= isinstance(item, kind)
            if not left:
                break
        start = time.perf_counter()
    await backend.stats()
    return (time.perf_counter() - start) * 1000


def _peer_us(model: Path) -> float | None:
    """The same cost of `Llama.create_completion`; None where it cannot be run."""
    command = [sys.executable, "-c", _PEER, str(model), str(N_TOKENS)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PEER_LIMIT_S)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
    costs = [int(n) for n in done.stdout.strip().strip("[]").split(",")]
    return statistics.median(costs[LATE * 256 :]) / 1000


if __name__ == "__main__":
    for figure in token_cost_figures():
        print(figure.to_line())
