"""What `bench_accel` measures, in a process of its own; one figure as JSON per line."""

from __future__ import annotations

import importlib
import json
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import accel
from accel import reference
from engine.search.vectors import ScanIndex, VectorRow
from engine.system.figures import Figure
from tests.bench.accel_data import (
    DIM,
    HALF_LIVES_S,
    NOW_S,
    Calls,
    Table,
    embeddings,
    forget_peak,
    memory_mb,
    milliseconds,
    race,
    ratio,
    read_bytes,
)

N = 65_115
ROUNDS = 9
QUERIES = 20
K = 10
WANTED = accel.Filter(any_bits=16 | 32, owner=1, tiers=0b11110)
WEIGHTS = accel.Weights(0.1, 0.1, NOW_S, HALF_LIVES_S)


def figures() -> Iterator[Figure]:
    """All figures, those of the 65,115 rows first."""
    table = Table.create(N, QUERIES)
    yield from recall_figures(table)
    yield from path_figures(table)
    yield from plain_figures(table)
    yield from alike_figures(table)
    yield from hnsw_figures(table)
    del table
    table = Table.create(100_000, 256)
    yield from plain_figures(table)
    yield from batch_figures(table)
    del table
    yield from bandwidth_figures()
    yield from self_join_figures()
    yield from memory_figures()


def peer(name: str) -> Any:
    """The module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def each(queries: np.ndarray, search: Callable[[np.ndarray], object]) -> Calls:
    """The calls of a contender that answers one query after the other."""
    return [partial(search, query) for query in queries]


def top(scores: np.ndarray, k: int = K) -> np.ndarray:
    """The k best rows as NumPy finds them fastest."""
    best = np.argpartition(scores, len(scores) - k)[len(scores) - k :]
    return best[np.argsort(-scores[best])]


def numpy_recall(table: Table, query: np.ndarray) -> np.ndarray:
    """Filter, weights and top-k as NumPy does them: one pass over memory after the other."""
    c = table.columns
    rates = np.array([1 / half_life_s if half_life_s else 0.0 for half_life_s in HALF_LIVES_S], np.float32)
    tier = c.tags & 15
    score = table.vectors @ query
    score += np.float32(WEIGHTS.importance) * c.importance
    age_s = np.maximum(NOW_S - c.last_use_s, 0).astype(np.float32)
    score += np.float32(WEIGHTS.recency) * np.exp2(-age_s * rates[tier])
    passing = ((c.tags & 48) != 0) & ((c.owner == 0) | (c.owner == 1)) & (tier != 0)
    score[~passing] = -np.inf
    return top(score)


def recall_figures(table: Table) -> Iterator[Figure]:
    """Filtered and weighted recall beside NumPy, its hits, and what the filter costs."""

    def ours(query: np.ndarray) -> np.ndarray:
        return accel.search(table.columns, table.vectors, query[None], K, WANTED, WEIGHTS).rows[0]

    times = race(
        {
            "NumPy": each(table.queries, lambda q: numpy_recall(table, q)),
            "ours": each(table.queries, ours),
            "unfiltered": each(table.queries, lambda q: accel.search(table.columns, table.vectors, q[None], K)),
        },
        ROUNDS,
    )
    value, spread = ratio(times, "NumPy", "ours")
    detail = f"{milliseconds(times, 'ours')}, {milliseconds(times, 'NumPy')}; {spread}"
    yield Figure(f"filtered and weighted recall, {N:,} rows", value, "×", "NumPy", "≥ 6", value >= 6, detail)
    same = statistics.mean(len({*ours(q)} & {*numpy_recall(table, q)}) / K for q in table.queries)
    yield Figure("its top 10 that NumPy finds too", same, "of 1", "NumPy float32", "≥ 0.999", same >= 0.999)
    value, spread = ratio(times, "ours", "unfiltered")
    detail = f"{milliseconds(times, 'unfiltered')}; {spread}"
    yield Figure("filter and weights beside the plain search", value, "×", "", "≤ 1.25", value <= 1.25, detail)


def path_figures(table: Table) -> Iterator[Figure]:
    """Every set of kernels beside the best, and whether they agree."""
    kernels = {name: accel.create_kernels(name) for name in accel.backends()}

    def search(name: str, query: np.ndarray) -> accel.Found:
        return kernels[name].search(table.columns, table.vectors, query[None], K, WANTED, WEIGHTS)

    times = race({name: each(table.queries, lambda q, n=name: search(n, q)) for name in kernels}, ROUNDS)
    best = min(kernels, key=lambda name: statistics.median(times[name]))
    shown = ", ".join(milliseconds(times, name) for name in kernels)
    if "avx2" in kernels:
        value, spread = ratio(times, "avx2", best)
        yield Figure("the AVX2 path", value, "×", best, "≤ 1.3", value <= 1.3, f"{shown}; {spread}")
    found = {name: [search(name, query) for query in table.queries] for name in kernels}
    differ = sum(
        any(a.tobytes() != b.tobytes() for a, b in zip(one, other, strict=True))
        for name in kernels
        for one, other in zip(found[name], found["numpy"], strict=True)
    )
    yield Figure("queries for which two paths differ in a bit", differ, "", "", "= 0", differ == 0, ", ".join(kernels))


def plain_figures(table: Table) -> Iterator[Figure]:
    """The plain top 10 beside the libraries that have one."""
    n, queries = len(table.vectors), table.queries[:QUERIES]
    contenders: dict[str, Calls] = {
        "ours": each(queries, lambda q: accel.search(table.columns, table.vectors, q[None], K)),
        "NumPy": each(queries, lambda q: top(table.vectors @ q)),
    }
    if (faiss := peer("faiss")) is not None:
        faiss.omp_set_num_threads(1)
        index = faiss.IndexScalarQuantizer(DIM, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
        index.train(table.vectors[:20_000])
        index.add(table.vectors)
        contenders["faiss SQ8"] = each(queries, lambda q: index.search(q[None], K))
    if (numkong := peer("numkong")) is not None:
        largest = np.abs(table.vectors).max()
        packed = numkong.dots_pack(np.rint(table.vectors * (127 / largest)).astype(np.int8))
        codes = np.clip(np.rint(queries * (127 / largest)), -127, 127).astype(np.int8)
        contenders["NumKong"] = each(codes, lambda q: top(np.asarray(numkong.dots_packed(q[None], packed)).ravel()))
    times = race(contenders, ROUNDS)
    for name, bar in (("NumKong", 1.8), ("faiss SQ8", 3.0)):
        title, against = f"plain top 10 of {n:,} rows", f"{name} int8" if name == "NumKong" else name
        if name not in times:
            yield Figure(title, float("nan"), "×", against, f"≥ {bar}", None, "the peer is not installed")
            continue
        value, spread = ratio(times, name, "ours")
        detail = ", ".join(milliseconds(times, each_name) for each_name in times)
        yield Figure(title, value, "×", against, f"≥ {bar}", value >= bar, f"{detail}; {spread}")


def alike_figures(table: Table) -> Iterator[Figure]:
    """What rows cost that are so alike that only the fine plane tells them apart: all of both planes is read then."""
    alike = (table.vectors[0] + 0.02 * table.vectors).astype(np.float32)
    alike /= np.linalg.norm(alike, axis=1, keepdims=True)
    columns = replace(table.columns, **accel.encode(alike)._asdict())
    times = race(
        {
            "alike": each(alike[:QUERIES], lambda q: accel.search(columns, alike, q[None], K)),
            "plain": each(table.queries, lambda q: accel.search(table.columns, table.vectors, q[None], K)),
        },
        ROUNDS,
    )
    value, spread = ratio(times, "alike", "plain")
    detail = f"{milliseconds(times, 'alike')}; {spread}"
    yield Figure("rows that are all alike (only shown)", value, "×", "the plain top 10", "", None, detail)


def hnsw_figures(table: Table) -> Iterator[Figure]:
    """What a graph index takes to build, finds and misses; only shown."""
    title = "plain top 10 beside a graph (only shown)"
    if (hnswlib := peer("hnswlib")) is None:
        yield Figure(title, float("nan"), "×", "hnswlib", "", None, "the peer is not installed")
        return
    start = time.thread_time()
    index = hnswlib.Index(space="ip", dim=DIM)
    index.init_index(max_elements=len(table.vectors), M=16, ef_construction=100)
    index.set_num_threads(1)
    index.add_items(table.vectors, num_threads=1)
    built_s = time.thread_time() - start
    index.set_ef(64)
    times = race(
        {
            "ours": each(table.queries, lambda q: accel.search(table.columns, table.vectors, q[None], K)),
            "hnswlib": each(table.queries, lambda q: index.knn_query(q[None], K, num_threads=1)),
        },
        ROUNDS,
    )
    hits = [{*index.knn_query(q[None], K)[0][0]} & {*top(table.vectors @ q)} for q in table.queries]
    recall = statistics.mean(len(hit) / K for hit in hits)
    value, _ = ratio(times, "hnswlib", "ours")
    detail = (
        f"{milliseconds(times, 'hnswlib')} at recall@10 {recall:.3f}, built in {built_s:.0f} s, no filter, no weights"
    )
    yield Figure(title, value, "×", "hnswlib M 16, ef 64", "", None, detail)


def batch_figures(table: Table) -> Iterator[Figure]:
    """256 queries at once beside one matrix product, and the memory that takes."""
    n_queries = len(table.queries)

    def numpy_batch() -> None:
        scores = table.queries @ table.vectors.T
        np.argpartition(scores, scores.shape[1] - K, axis=1)[:, -K:]

    def ours() -> accel.Found:
        return accel.search(table.columns, table.vectors, table.queries, K)

    ours()
    forget_peak()
    before = memory_mb("VmRSS")
    ours()
    extra = memory_mb("VmHWM") - before
    times = race({"NumPy": [numpy_batch], "ours": [ours]}, 5)
    value, spread = ratio(times, "NumPy", "ours")
    detail = f"{milliseconds(times, 'ours')}, {milliseconds(times, 'NumPy')}; {spread}"
    yield Figure(f"{n_queries} queries, 100,000 rows", value, "×", "NumPy", "≥ 4", value >= 4, detail)
    yield Figure(f"memory that {n_queries} queries take", extra, "MB", "", "≤ 16", extra <= 16)


def bandwidth_figures() -> Iterator[Figure]:
    """A million rows: the scan beside reading their codes, by the C library and by NumPy, whichever is faster."""
    n = 1_000_000
    codes = np.random.default_rng(0).integers(-63, 64, (n, DIM), np.int8)
    ones, zeros = np.ones(n, np.float32), np.zeros(n, np.uint32)
    rows = reference.pack(codes, ones)
    columns = accel.Columns(*rows, ones, zeros.view(np.int32), zeros, zeros)
    query, numbers = codes[:1], codes.reshape(-1).view(np.float64)
    times = race(
        {
            "scan": [lambda: accel.scan(columns, query, ones[:1], K)],
            "memchr": [lambda: read_bytes(codes)],
            "memchr of one plane": [lambda: read_bytes(rows.fine)],
            "NumPy max": [lambda: np.fmax.reduce(numbers)],
            "NumPy sum": [lambda: codes.reshape(-1).view(np.int64).sum()],
        },
        ROUNDS,
    )
    fastest = min(("memchr", "NumPy max", "NumPy sum"), key=lambda name: statistics.median(times[name]))
    value, spread = ratio(times, fastest, "scan")
    plane, _ = ratio(times, "memchr of one plane", "scan")
    speed = f"{fastest} {codes.nbytes / statistics.median(times[fastest]) / 1e9:.1f} GB/s"
    detail = f"{milliseconds(times, 'scan')}, {speed}; beside reading the coarse plane alone {plane:.2f} ×; {spread}"
    yield Figure(f"scan of {n:,} rows beside reading them", value, "×", fastest, "≥ 0.85", value >= 0.85, detail)


def self_join_figures() -> Iterator[Figure]:
    """All pairs of 10,000 rows at 0.75 beside NumPy in blocks and faiss."""
    n, threshold = 10_000, np.float32(0.75)
    vectors = embeddings(n)
    rows, zeros = accel.encode(vectors), np.zeros(n, np.uint32)
    columns = accel.Columns(*rows, rows.scale, zeros.view(np.int32), zeros, zeros)

    def ours() -> int:
        return len(accel.self_join(columns, float(threshold), max_pairs=10**7, vectors=vectors)[0])

    def numpy_blocked() -> int:
        n_pairs = 0
        for start in range(0, n, 1024):
            rows, others = np.nonzero(vectors[start : start + 1024] @ vectors[start:].T >= threshold)
            n_pairs += int((others > rows).sum())
        return n_pairs

    contenders: dict[str, Calls] = {"ours": [ours], "NumPy": [numpy_blocked]}
    if (faiss := peer("faiss")) is not None:
        faiss.omp_set_num_threads(1)
        index = faiss.IndexFlatIP(DIM)
        index.add(vectors)
        contenders["faiss"] = [lambda: index.range_search(vectors, threshold)]
    times = race(contenders, 5)
    for name, bar in (("NumPy", 4.5), ("faiss", 7.0)):
        title, against = (
            "self-join of 10,000 rows at 0.75",
            f"{name} {'blocked' if name == 'NumPy' else 'range_search'}",
        )
        if name not in times:
            yield Figure(title, float("nan"), "×", against, f"≥ {bar}", None, "the peer is not installed")
            continue
        value, spread = ratio(times, name, "ours")
        detail = f"{milliseconds(times, 'ours')}, {milliseconds(times, name)}; {spread}"
        yield Figure(title, value, "×", against, f"≥ {bar}", value >= bar, detail)
    found, exact = ours(), numpy_blocked()
    off = abs(found - exact) / exact
    yield Figure(
        "its pairs too many or too few", off, "of 1", "NumPy float32", "≤ 0.001", off <= 0.001, f"{exact} pairs"
    )


def memory_figures() -> Iterator[Figure]:
    """Bytes in RAM per entry of the index with its vectors in the cache file, beside a graph of float32."""
    vectors = embeddings(N)
    with tempfile.TemporaryDirectory() as folder:
        tracemalloc.start()
        index = ScanIndex(Path(folder) / "vectors", DIM)
        for key, vector in enumerate(vectors):
            index.publish(index.reserve(vector)[0], VectorRow(key, "memory"))
        held = tracemalloc.get_traced_memory()[0] / N
        tracemalloc.stop()
        index.close()
    detail = "" if peer("hnswlib") is None else f"hnswlib {hnsw_bytes(vectors[:5000]):.0f} B"
    yield Figure("memory per entry", held, "B", "hnswlib float32", "≤ 450", held <= 450, detail)


def hnsw_bytes(vectors: np.ndarray) -> float:
    """Bytes per row of a graph, as it would be written to a file."""
    index = peer("hnswlib").Index(space="ip", dim=DIM)
    index.init_index(max_elements=len(vectors), M=16, ef_construction=50)
    index.add_items(vectors, num_threads=1)
    return float(index.index_file_size()) / len(vectors)


def main() -> None:
    for figure in figures():
        print(json.dumps(asdict(figure)), flush=True)


if __name__ == "__main__":
    main()
