"""Print how fast the embedder is beside a bare ONNX Runtime loop, and what its worker costs.

Run from the repository's root: `PYTHONPATH=. python packaging/embedding_model/measure.py [ROUNDS]`. The two take
turns in one run and the best round of each counts, so that a busy computer disturbs both alike. The bare
loop is given batches that are tokenised, sorted and padded already: it does nothing but run the model.
Wall times of two processes mean little on a busy computer, so processor time is compared as well.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import psutil
from tokenizers import Tokenizer

from engine.search.embedding import OnnxEmbedder
from engine.search.embedding_onnx import plan_batches
from engine.settings import Settings
from resources import resource_path

FOLDER = resource_path("models", "all-minilm-l6-v2")
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 8


def create_texts(n: int, n_chars: int) -> list[str]:
    """Texts of words of the licence, of about so many characters, none like another."""
    words = (FOLDER / "LICENSE").read_text().split()
    rng = np.random.default_rng(n_chars)
    texts = []
    while len(texts) < n:
        start, length = int(rng.integers(0, len(words) - 250)), int(n_chars * rng.uniform(0.75, 1.25))
        texts.append(f"{len(texts)} {' '.join(words[start : start + 250])}"[:length])
    return texts


def prepare(texts: list[str]) -> list[dict[str, Any]]:
    """The inputs of the bare loop, batch by batch."""
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.no_padding()
    tokens = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    feeds = []
    for rows in plan_batches([len(t) for t in tokens]):
        ids = np.zeros((len(rows), max(len(tokens[row]) for row in rows)), np.int64)
        for place, row in enumerate(rows):
            ids[place, : len(tokens[row])] = tokens[row]
        feeds.append({"input_ids": ids, "attention_mask": (ids != 0).astype(np.int64)})
    return feeds


async def compare(embedder: OnnxEmbedder, session: Any, name: str, texts: list[str]) -> dict[str, Any]:
    """Texts per second of both, and their ratio."""
    feeds = prepare(texts)
    bare_s = ours_s = bare_cpu_s = ours_cpu_s = float("inf")
    for _ in range(ROUNDS):
        started, cpu = time.perf_counter(), time.process_time()
        for feed in feeds:
            session.run(None, feed)
        bare_s = min(bare_s, time.perf_counter() - started)
        bare_cpu_s = min(bare_cpu_s, time.process_time() - cpu)
        started, cpu = time.perf_counter(), time.process_time() + cpu_s(embedder.pid)
        await embedder.embed(texts)
        ours_s = min(ours_s, time.perf_counter() - started)
        ours_cpu_s = min(ours_cpu_s, time.process_time() + cpu_s(embedder.pid) - cpu)
    return {
        "name": name,
        "ours_texts_per_s": round(len(texts) / ours_s, 1),
        "bare_texts_per_s": round(len(texts) / bare_s, 1),
        "ratio": round(bare_s / ours_s, 3),
        "cpu_ratio": round(bare_cpu_s / ours_cpu_s, 3),
    }


async def measure_latency(embedder: OnnxEmbedder, bulk: list[str]) -> dict[str, float]:
    """Milliseconds of a query on a quiet and on a busy embedder, median of 15."""

    async def ask() -> float:
        times = []
        for n in range(15):
            started = time.perf_counter()
            await embedder.embed([f"What did I decide about boiler {n}?"], urgent=True)
            times.append(time.perf_counter() - started)
        return round(float(np.median(times)) * 1000, 1)

    quiet = await ask()
    work = asyncio.create_task(embedder.embed(bulk * 20))
    await asyncio.sleep(0)
    busy = await ask()
    work.cancel()
    await asyncio.wait([work])
    return {"query_ms_quiet": quiet, "query_ms_during_bulk": busy}


def cpu_s(pid: int | None) -> float:
    """Processor time that the worker has used."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def memory_mb(pid: int | None) -> dict[str, float]:
    """What the worker process holds."""
    info = psutil.Process(pid).memory_full_info()
    return {"rss_mb": round(info.rss / 1e6, 1), "pss_mb": round(getattr(info, "pss", 0) / 1e6, 1)}


async def main() -> None:
    """Measure everything once and print one JSON object a line."""
    with tempfile.TemporaryDirectory() as folder:
        embedder = OnnxEmbedder(Settings(data_dir=Path(folder)), Path(folder))
        started = time.perf_counter()
        await embedder.warm_up()
        first = round(time.perf_counter() - started, 2)
        print(
            json.dumps({"name": "worker", "start_s": first, "idle": memory_mb(embedder.pid), "cores": os.cpu_count()})
        )
        os.nice(10)  # as the worker: on a busy computer a nicer process gets less of it
        session = onnxruntime.InferenceSession(FOLDER / "model.onnx", providers=["CPUExecutionProvider"])
        passages = create_texts(48, 1000)
        print(json.dumps(await compare(embedder, session, "passages of 1,000 characters", passages)))
        print(json.dumps(await compare(embedder, session, "sentences of 80 characters", create_texts(300, 80))))
        print(json.dumps({"name": "latency", **await measure_latency(embedder, passages)}))
        print(json.dumps({"name": "after bulk", **memory_mb(embedder.pid)}))
        await embedder.aclose()


if __name__ == "__main__":
    asyncio.run(main())
