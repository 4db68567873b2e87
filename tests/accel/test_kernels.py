"""Every kernel of this computer gives what the reference gives: the same rows and the same bits of the scores."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

import accel
from accel import reference
from accel.columns import Columns, Filter, Weights
from tests.accel.kernel_cases import Case, all_cases, random_case

NATIVE = accel.backends()[:-1]
REFERENCE = accel.create_kernels("numpy")
CASES = list(all_cases())


def assert_same(got: tuple[np.ndarray, ...], expected: tuple[np.ndarray, ...]) -> None:
    for array, wanted in zip(got, expected, strict=True):
        assert array.shape == wanted.shape
        assert array.dtype == wanted.dtype
        assert array.tobytes() == wanted.tobytes()


def everything(kernels: accel.Kernels, case: Case) -> list[tuple[np.ndarray, ...]]:
    asked = (case.k, case.wanted, case.weights)
    return [
        kernels.quantise(case.vectors),
        kernels.encode(case.vectors),
        kernels.scan(case.columns, *kernels.quantise(case.queries), *asked),
        kernels.search(case.columns, case.vectors, case.queries, *asked),
        kernels.self_join(case.columns, case.threshold, case.wanted, case.max_pairs, None),
        kernels.self_join(case.columns, case.threshold, case.wanted, case.max_pairs, case.vectors),
    ]


@pytest.fixture(scope="module")
def expected() -> list[list[tuple[np.ndarray, ...]]]:
    return [everything(REFERENCE, case) for case in CASES]


@pytest.mark.parametrize("name", NATIVE)
def test_every_kernel_gives_the_bits_of_the_reference(name: str, expected: list[list[tuple[np.ndarray, ...]]]) -> None:
    kernels = accel.create_kernels(name)
    for case, wanted in zip(CASES, expected, strict=True):
        for got, right in zip(everything(kernels, case), wanted, strict=True):
            assert_same(got, right)


def test_the_cases_are_not_empty(expected: list[list[tuple[np.ndarray, ...]]]) -> None:
    hits = [search[0] for _, _, _, search, _, _ in expected]
    assert sum((rows >= 0).any() for rows in hits) > len(CASES) / 3
    assert sum((rows[:, 0] < 0).all() for rows in hits) > 5
    assert sum(len(exact[0]) > 0 for *_, exact in expected) > len(CASES) / 4


@pytest.mark.parametrize("name", NATIVE)
def test_the_largest_dimension_with_the_largest_codes_does_not_overflow(name: str) -> None:
    codes = np.full((17, accel.MAX_DIM), 63, np.int8)
    ones = np.ones(17, np.float32)
    zeros = np.zeros(17, np.uint32)
    columns = Columns(*reference.pack(codes, ones), ones, zeros.view(np.int32), zeros, zeros)
    _, scores = accel.create_kernels(name).scan(columns, codes[:2], ones[:2], 17, Filter(), Weights())
    assert (scores == 63 * 63 * accel.MAX_DIM).all()


@pytest.mark.parametrize("name", accel.backends())
def test_no_query_gives_no_result(name: str) -> None:
    case = random_case(20, 32, np.random.default_rng(0))
    kernels, none = accel.create_kernels(name), case.queries[:0]
    rows, scores = kernels.scan(case.columns, *kernels.quantise(none), 5, Filter(), Weights())
    found = kernels.search(case.columns, case.vectors, none, 5, Filter(), Weights())
    assert rows.shape == scores.shape == found.rows.shape == (0, 5)


@pytest.mark.parametrize("name", accel.backends())
def test_a_hundred_queries_at_once_are_a_hundred_queries(name: str) -> None:
    rng = np.random.default_rng(0)
    case = random_case(200, 96, rng)
    queries = rng.standard_normal((131, 96)).astype(np.float32)
    kernels = accel.create_kernels(name)
    together = kernels.search(case.columns, case.vectors, queries, 3, Filter(), case.weights)
    for i, query in enumerate(queries):
        alone = kernels.search(case.columns, case.vectors, query[None], 3, Filter(), case.weights)
        assert_same(tuple(part[i : i + 1] for part in together), tuple(alone))


@pytest.mark.parametrize("name", accel.backends())
def test_recall_at_ten_is_complete_after_the_second_look(name: str) -> None:
    rng = np.random.default_rng(3)
    centres = rng.standard_normal((60, 384)).astype(np.float32)
    x = centres[rng.integers(0, 60, 6000)] + 0.5 * rng.standard_normal((6000, 384)).astype(np.float32)
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    queries = x[:50] + 0.02 * rng.standard_normal((50, 384)).astype(np.float32)
    zeros = np.zeros(6000, np.uint32)
    columns = Columns(*accel.encode(x), rng.random(6000).astype(np.float32), zeros.astype(np.int32), zeros, zeros)
    found = accel.create_kernels(name).search(columns, x, queries, 10, Filter(), Weights(importance=0.05))
    exact = queries.astype(np.float64) @ x.T.astype(np.float64) + 0.05 * columns.importance
    for i in range(50):
        assert set(found.rows[i]) == set(np.argsort(-exact[i], kind="stable")[:10])


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.parametrize("spread", [0.0, 1e-3, 0.02])
def test_rows_that_only_their_fine_parts_tell_apart_are_told_apart(name: str, spread: float) -> None:
    rng = np.random.default_rng(4)
    x = rng.standard_normal(384) + spread * rng.standard_normal((3000, 384))
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    zeros = np.zeros(3000, np.uint32)
    columns = Columns(*accel.encode(x), rng.random(3000).astype(np.float32), zeros.view(np.int32), zeros, zeros)
    for weights in (Weights(), Weights(importance=1e-4), Weights(importance=0.3)):
        asked = (columns, *accel.quantise(x[7:8]), 40, Filter(), weights)
        assert_same(accel.create_kernels(name).scan(*asked), REFERENCE.scan(*asked))


def test_planes_give_the_codes_back_and_reach_is_what_the_fine_parts_can_do() -> None:
    rng = np.random.default_rng(5)
    codes = rng.integers(-63, 64, (500, 384)).astype(np.int8)
    codes[0], codes[1], codes[2] = 63, -63, 0
    rows = reference.pack(codes, np.ones(500, np.float32))
    assert np.array_equal(reference.unpack(rows), codes)
    fine = (codes + 64) % 8 - 3.5
    exact = np.linalg.norm(fine, axis=1)
    assert (rows.reach >= exact).all()
    assert (rows.reach < exact + 1.1).all()


@pytest.fixture
def thread_keeps_the_gil_until_it_gives_it_up() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(before)


@pytest.mark.skipif(not NATIVE, reason="the compiled kernels are not built; `make accel` builds them")
@pytest.mark.usefixtures("thread_keeps_the_gil_until_it_gives_it_up")
def test_other_threads_go_on_while_a_kernel_runs() -> None:
    zeros = np.zeros(6400, np.uint32)
    rows = accel.encode(np.zeros((6400, 384), np.float32))
    columns = Columns(*rows, zeros.view(np.float32), zeros.view(np.int32), zeros, zeros)
    kernels = accel.create_kernels(NATIVE[-1])
    running, done = threading.Event(), threading.Event()

    def join() -> None:
        running.set()
        kernels.self_join(columns, 2.0, Filter(), 10, None)
        done.set()

    thread = threading.Thread(target=join)
    thread.start()
    assert running.wait(10)
    still_running = not done.is_set()
    thread.join()
    assert still_running
