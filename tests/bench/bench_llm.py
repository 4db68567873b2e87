"""`scrubjay bench llm`: what the worker adds to a model, and what it saves.

Models are random weights (tests/bench/tiny_gguf.py): 100 million parameters where the model's own arithmetic must
count, 7 million where prompts of 4,000 tokens are read again and again. Each figure's peer is measured in the same
run, in turns with it, so that a busy machine moves both.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "bench")]

from bench_models import planner_figure  # noqa: E402
from grammar_measures import obeyed_figure, refused_figure  # noqa: E402
from measured import create_backend, generate, ratio  # noqa: E402
from token_cost import MEDIUM  # noqa: E402

from engine.errors import WorkerCrashedError  # noqa: E402
from engine.llm.backend import Message, Piece, Prefilled, Sampling  # noqa: E402
from engine.llm.local import LocalBackend  # noqa: E402
from engine.llm.sequences import SequenceShelf  # noqa: E402
from engine.processes.framing import BlockingChannel  # noqa: E402
from engine.system.figures import Figure  # noqa: E402
from tests.bench.tiny_gguf import SMALL, Shape, write_gguf  # noqa: E402

ROUNDS = 8
N_DECODE = 64
LONG = Shape(MEDIUM.n_embd, MEDIUM.n_layer, MEDIUM.n_head, MEDIUM.n_head_kv, MEDIUM.n_ff, MEDIUM.n_vocab, 8192)
# The guide's size: what its tokens cost is nearly all ours.
GUIDE = Shape(192, 6, 4, 4, 512, 4096, 4608)
N_LONG = 4224
LATE, EARLY = 15, 1

_BARE = """
import ctypes, sys, time
import llama_cpp.llama_cpp as lib
path, n, threads = sys.argv[1].encode(), int(sys.argv[2]), int(sys.argv[3])
lib.llama_backend_init()
model = lib.llama_model_load_from_file(path, lib.llama_model_default_params())
params = lib.llama_context_default_params()
params.n_ctx = params.n_batch = params.n_ubatch = 512
params.n_threads = params.n_threads_batch = threads
params.no_perf = True
context = lib.llama_init_from_model(model, params)
chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
token = (ctypes.c_int32 * 1)(40)
for line in sys.stdin:
    lib.llama_memory_clear(lib.llama_get_memory(context), True)
    token[0] = 40
    lib.llama_decode(context, lib.llama_batch_get_one(token, 1))
    began = time.perf_counter()
    for _ in range(n):
        token[0] = lib.llama_sampler_sample(chain, context, -1)
        lib.llama_decode(context, lib.llama_batch_get_one(token, 1))
    print(n / (time.perf_counter() - began), flush=True)
"""
_COMPLETION = """
import sys, time
import llama_cpp
llm = llama_cpp.Llama(sys.argv[1], n_ctx=4608, n_threads=1, n_threads_batch=1, verbose=False)
times = []
for _ in llm.create_completion("hello there", max_tokens=int(sys.argv[2]), temperature=0.0, stream=True):
    times.append(time.perf_counter())
print(256 / (times[-1] - times[-257]))
"""
_ECHO = """
import socket, sys
sock = socket.socket(fileno=0)
while data := sock.recv(4096):
    sock.sendall(data)
"""


def figures() -> Iterator[Figure]:
    """The figures of the model worker, quickest first."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield asyncio.run(round_trip_figure(folder))
        yield asyncio.run(crash_figure(folder))
        yield from asyncio.run(long_chat_figures(folder))
        yield from asyncio.run(token_figures(folder))
        yield asyncio.run(decode_figure(folder))
        yield asyncio.run(obeyed_figure(folder))
        yield asyncio.run(refused_figure(folder))
    yield planner_figure()


# --- messages --------------------------------------------------------------------------------------


async def round_trip_figure(folder: Path) -> Figure:
    """A request that does nothing, there and back, beside bytes through a bare socketpair and another process."""
    backend = create_backend(write_gguf(folder / "tiny.gguf"), folder, 512)
    ours, theirs = socket.socketpair()
    echo = _start_echo(theirs)
    theirs.close()
    message = BlockingChannel.__name__.encode() * 4
    try:
        await backend.load()
        asked, bare = [], []
        for _ in range(4000):
            began = time.perf_counter()
            await backend.worker.call("stats")
            between = time.perf_counter()
            ours.sendall(message)
            ours.recv(4096)
            asked.append(between - began)
            bare.append(time.perf_counter() - between)
    finally:
        await backend.aclose()
        ours.close()
        echo.wait(10)
    value, peer = statistics.median(asked) * 1e6, statistics.median(bare) * 1e6
    p99 = sorted(asked)[int(len(asked) * 0.99)] * 1e6
    return Figure("round trip to the worker, p50", value, "us", f"bare socketpair {peer:.0f} us", "≤ 100", value <= 100,
                  f"p99 {p99:.0f} us; asyncio on our side, a thread and a queue on the worker's")  # fmt: skip


def _start_echo(theirs: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["nice", "-n", "10", sys.executable, "-c", _ECHO], stdin=theirs)


async def crash_figure(folder: Path) -> Figure:
    """From the death of a worker in mid-answer to the first token of the next answer, less what a load takes."""
    backend = create_backend(write_gguf(folder / "tiny.gguf", plain=True), folder, 4096)
    messages = [Message("user", "hello")]
    delays = []
    try:
        for _ in range(3):
            backend.worker.reset()
            await generate(backend, messages, 2)
            try:
                async with aclosing(backend.generate(messages, Sampling(max_tokens=4000))) as items:
                    async for item in items:
                        if isinstance(item, Piece):
                            os.kill(backend.worker.pid or 0, signal.SIGKILL)
            except WorkerCrashedError:
                began = time.perf_counter()
            _, times = await generate(backend, messages, 2)
            delays.append(times[0] - began)
            backend.worker.reset()
    finally:
        await backend.aclose()
    loads = [await _load_s(folder) for _ in range(3)]
    load_s, value = statistics.median(loads), statistics.median(delays) - statistics.median(loads)
    name = "worker crash → first token of the next answer, less a load"
    detail = f"in all {statistics.median(delays):.2f} s, of which 0.5 s are waited on purpose"
    return Figure(name, value, "s", f"start and load {load_s:.2f} s", "≤ 1", value <= 1, detail)


async def _load_s(folder: Path) -> float:
    backend = create_backend(folder / "tiny.gguf", folder, 4096)
    began = time.perf_counter()
    await generate(backend, [Message("user", "hello")], 1)
    took = time.perf_counter() - began
    await backend.aclose()
    return took


# --- long chats ------------------------------------------------------------------------------------


async def long_chat_figures(folder: Path) -> list[Figure]:
    """A run of eight steps, a chat of 4,000 tokens read, reused, reopened, and a reading that is cancelled."""
    model = write_gguf(folder / "long.gguf", LONG, plain=True)
    backend = create_backend(model, folder, 8192, sequences=SequenceShelf(folder / "kept", floor_bytes=0))
    try:
        await backend.load()
        run, messages = await _eight_steps(backend)
        return [*run, *await _first_token_figures(backend, messages), await _cancel_figure(backend)]
    finally:
        await backend.aclose()


async def _eight_steps(backend: LocalBackend) -> tuple[list[Figure], list[Message]]:
    """Prompt 2,000; each step 150 tokens generated and 150 observed; a recall and a tool error among them."""
    messages = [Message("system", "You are kind."), Message("user", _words(2000))]
    n_read = n_rebuilt = n_before = 0
    shares = []
    for step in range(8):
        end, _ = await generate(backend, messages, 150)
        n_read += end.n_prompt - end.n_reused
        n_rebuilt += end.n_prompt
        if step:
            shares.append(end.n_reused / n_before)
        n_before = end.n_prompt + end.n_generated
        seen = {2: "Observation: nothing is remembered about this.", 4: "Observation: error: no such tool."}
        words = seen.get(step, "Observation: " + _words(150, step))
        messages += [Message("assistant", end.text, ids=end.ids), Message("tool", words)]
    share, worst = n_read / n_rebuilt, min(shares)
    return [
        Figure("tokens read by a run of eight steps beside rebuilding each", share, "×", f"{n_rebuilt} tokens rebuilt",
               "≤ 0.2", share <= 0.2, f"{n_read} tokens read"),
        Figure("of what was there, kept by the next step (worst of 8, a recall and a tool error included)",
               100 * worst, "%", "", "≥ 98", worst >= 0.98),
    ], messages  # fmt: skip


def _words(n_tokens: int, seed: int = 0) -> str:
    """About so many tokens of words in the vocabulary of the random models."""
    return " ".join(("the", "near", "sound", "hits")[(i * 7 + seed) % 4] for i in range(int(n_tokens / 2.05)))


async def _first_token_figures(backend: LocalBackend, messages: list[Message]) -> list[Figure]:
    """Times to the first token of a chat of over 4,000 tokens: cold, in memory, and from its file."""
    cold, warm, disk, sizes = [], [], [], []
    for number in range(3):
        chat = [*messages, Message("user", f"and {number}")]
        await backend.forget_chat()
        await backend.enter(f"cold{number}")
        cold.append(await _first_s(backend, chat))
        chat[-1] = Message("user", f"then {number}")
        warm.append(await _first_s(backend, chat))
        await backend.enter("other")
        began = time.perf_counter()
        n_kept = await backend.enter(f"cold{number}")
        assert n_kept > 3500, n_kept
        await _first_s(backend, chat)
        disk.append(time.perf_counter() - began)
        sizes.append(n_kept)
    detail = f"{sizes[0]} tokens; cold {statistics.median(cold):.2f} s"
    return [
        ratio("first token with what was read in memory", [c / w for c, w in zip(cold, warm, strict=True)],
              "reading all", 4, f"{detail}, warm {statistics.median(warm) * 1000:.0f} ms"),
        ratio("first token of a chat reopened from disk", [c / d for c, d in zip(cold, disk, strict=True)],
              "reading all", 5, f"{detail}, from disk {statistics.median(disk) * 1000:.0f} ms"),
    ]  # fmt: skip


async def _first_s(backend: LocalBackend, messages: Sequence[Message]) -> float:
    began = time.perf_counter()
    _, times = await generate(backend, messages, 2)
    return times[0] - began


async def _cancel_figure(backend: LocalBackend) -> Figure:
    """From closing a reading of 4,000 tokens to the worker's next answer, less one micro-batch."""
    over, batches = [], []
    for number in range(10):
        gaps, last = [0.0], 0.0
        chat = [Message("user", f"{number} {_words(4000, number)}")]
        async with aclosing(backend.generate(chat, Sampling(max_tokens=4))) as items:
            async for item in items:
                now = time.perf_counter()
                if isinstance(item, Prefilled):
                    gaps += [now - last] if last else []
                    last = now
                if len(gaps) > 7:
                    break
            began = time.perf_counter()
        await backend.worker.call("stats")
        over.append((time.perf_counter() - began - max(gaps)) * 1000)
        batches.append(max(gaps) * 1000)
    value = max(over)
    detail = f"median {statistics.median(over):.1f} ms; a micro-batch took {statistics.median(batches):.0f} ms"
    name = "cancel of a 4k reading until the worker is free, less one micro-batch, longest of 10"
    return Figure(name, value, "ms", "", "≤ 20", value <= 20, detail)


# --- tokens ----------------------------------------------------------------------------------------


async def token_figures(folder: Path) -> list[Figure]:
    """What a token costs besides the model at token 4,000, and tokens per second beside `create_completion`."""
    model = write_gguf(folder / "guide.gguf", GUIDE, plain=True)
    backend = create_backend(model, folder, GUIDE.n_ctx)
    try:
        end, times = await generate(backend, [Message("user", "hello there")], N_LONG)
        assert end.n_generated == N_LONG
        outside = (await backend.stats())["outside_us"]
    finally:
        await backend.aclose()
    ours = 256 / (times[2047] - times[1791])
    theirs = float(_run(_COMPLETION, str(model), "2048")[0])
    late, grown = outside[LATE], outside[LATE] - outside[EARLY]
    windows = ", ".join(f"{us:.0f}" for us in outside)
    return [
        Figure("cost of a token outside of llama_decode and the sampler, at token 4,000", late, "us", "", "≤ 50",
               late <= 50, f"median of each 256 tokens: {windows}"),
        Figure("growth of that cost from token 256 to 4,000", grown, "us", "", "≤ 25", grown <= 25),
        ratio("tokens per second at token 2,000", [ours / theirs], "Llama.create_completion", 1.3,
              f"{ours:.0f} beside {theirs:.0f} tokens/s"),
    ]  # fmt: skip


async def decode_figure(folder: Path) -> Figure:
    """Tokens per second through the worker beside a bare loop."""
    model = write_gguf(folder / "small.gguf", SMALL, plain=True)
    backend = create_backend(model, folder, 512)
    bare = _start_bare(model)
    assert bare.stdin
    assert bare.stdout
    through, speeds = [], []
    try:
        await generate(backend, [Message("user", "x")], 8)
        for number in range(ROUNDS):
            rate = {}
            # In turns, each first every other time.
            for kind in ("bare", "worker") if number % 2 else ("worker", "bare"):
                if kind == "bare":
                    bare.stdin.write("go\n")
                    bare.stdin.flush()
                    rate[kind] = float(bare.stdout.readline())
                else:
                    _, times = await generate(backend, [Message("user", "x")], N_DECODE)
                    rate[kind] = (len(times) - 1) / (times[-1] - times[0])
            through.append(rate["worker"] / rate["bare"])
            speeds.append(rate["worker"])
    finally:
        bare.stdin.close()
        bare.wait(10)
        await backend.aclose()
    detail = f"100 M parameters, {statistics.median(speeds):.1f} tokens/s on one thread"
    return ratio("decode through the worker", through, "a bare loop over the bindings", 0.97, detail)


def _start_bare(model: Path) -> subprocess.Popen[str]:
    """The loop to compare with, as nice as a worker is."""
    command = ["nice", "-n", "10", sys.executable, "-c", _BARE, str(model), str(N_DECODE), "1"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)


def _run(code: str, *arguments: str) -> list[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout.split()


if __name__ == "__main__":
    for figure in figures():
        print(figure.to_line(), flush=True)
