from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.search.vector_file import HEADER_BYTES, VectorFile
from engine.search.vectors import ScanIndex, VectorQuery, VectorRow

ALL = ("document", "memory", "chat")
DAY_MS = 86_400_000
NOW_MS = 1_767_225_600_000


def unit_rows(n: int, dim: int = 32, seed: int = 0) -> np.ndarray:
    x = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def fill(index: ScanIndex, vectors: np.ndarray, **fields: object) -> list[tuple[int, int]]:
    kept = []
    for key, vector in enumerate(vectors, 1):
        slot, checksum = index.reserve(vector)
        index.publish(slot, VectorRow(**{"key": key, "kind": "document", **fields}))
        kept.append((slot, checksum))
    return kept


def keys(index: ScanIndex, vector: np.ndarray, k: int = 5, **fields: object) -> list[int]:
    return [key for key, _ in index.search(VectorQuery(**{"vector": vector, "k": k, "kinds": ALL, **fields}))]


def test_ten_nearest_are_the_ten_nearest_by_float32() -> None:
    x, queries = unit_rows(3000, 384), unit_rows(20, 384, seed=1)
    index = ScanIndex(None, 384)
    fill(index, x)
    for query in queries:
        expected = np.argsort(-(x @ query), kind="stable")[:10] + 1
        assert keys(index, query, 10) == list(expected)


def test_the_cosine_returned_is_that_of_the_float32_vectors() -> None:
    x = unit_rows(50, 384)
    index = ScanIndex(None, 384)
    fill(index, x)
    for key, cosine in index.search(VectorQuery(x[7], 5, ALL)):
        assert cosine == pytest.approx(float(x[key - 1] @ x[7]), abs=1e-6)


def test_a_vector_is_not_found_before_it_is_published() -> None:
    index = ScanIndex(None, 32)
    x = unit_rows(1)
    index.reserve(x[0])
    assert keys(index, x[0]) == []


def test_a_released_slot_is_not_found_and_is_used_again() -> None:
    index = ScanIndex(None, 32)
    x = unit_rows(3)
    slots = [slot for slot, _ in fill(index, x)]
    index.release([slots[1]])
    assert keys(index, x[1]) not in ([2], [2, 1, 3])
    assert 2 not in keys(index, x[1])
    assert index.reserve(x[1])[0] == slots[1]
    assert len(index) == 3


def test_filters_by_kind_project_and_group_leave_exactly_the_rest() -> None:
    index = ScanIndex(None, 32)
    x = np.repeat(unit_rows(1), 4, axis=0)
    rows = [
        VectorRow(1, "document", project=0, group=5),
        VectorRow(2, "memory", project=1, group=6),
        VectorRow(3, "memory", project=2, group=6),
        VectorRow(4, "chat", project=0, group=7),
    ]
    for vector, row in zip(x, rows, strict=True):
        index.publish(index.reserve(vector)[0], row)
    assert keys(index, x[0]) == [1, 2, 3, 4]
    assert keys(index, x[0], kinds=("memory",)) == [2, 3]
    assert keys(index, x[0], project=1) == [1, 2, 4]
    assert keys(index, x[0], project=0) == [1, 4]
    assert keys(index, x[0], without_groups=[6]) == [1, 4]
    assert keys(index, x[0], kinds=()) == []


def test_importance_and_recency_decide_between_equals() -> None:
    index = ScanIndex(None, 32)
    x = np.repeat(unit_rows(1), 3, axis=0)
    rows = [
        VectorRow(1, "memory", last_used_ms=NOW_MS - 10 * DAY_MS, half_life_s=3 * 86400),
        VectorRow(2, "memory", last_used_ms=NOW_MS, half_life_s=3 * 86400),
        VectorRow(3, "memory", last_used_ms=NOW_MS - 10 * DAY_MS, half_life_s=3 * 86400, importance=1.0),
    ]
    for vector, row in zip(x, rows, strict=True):
        index.publish(index.reserve(vector)[0], row)
    assert keys(index, x[0], recency_weight=0.1, now_ms=NOW_MS) == [2, 1, 3]
    assert keys(index, x[0], importance_weight=0.1) == [3, 1, 2]


def test_more_half_lives_than_the_table_holds_take_the_nearest() -> None:
    index = ScanIndex(None, 32)
    x = unit_rows(40)
    for key, vector in enumerate(x, 1):
        index.publish(index.reserve(vector)[0], VectorRow(key, "memory", half_life_s=60.0 * key))
    assert keys(index, x[39], 1, recency_weight=0.01, now_ms=NOW_MS) == [40]


def test_it_grows_past_its_first_size_in_ram_and_in_the_file(tmp_path: Path) -> None:
    x = unit_rows(2600, 16)
    for path in (None, tmp_path / "v.f32"):
        index = ScanIndex(path, 16)
        fill(index, x)
        assert all(keys(index, x[i], 1) == [i + 1] for i in (0, 1023, 1024, 2599))
        index.close()


def test_a_dimension_that_is_no_multiple_of_thirty_two_is_padded() -> None:
    x = unit_rows(30, 50)
    index = ScanIndex(None, 50)
    fill(index, x)
    assert keys(index, x[12], 1) == [13]


def test_a_vector_of_another_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        ScanIndex(None, 32).reserve(np.zeros(16, np.float32))


def test_what_was_kept_in_the_file_is_read_back(tmp_path: Path) -> None:
    x = unit_rows(20)
    first = ScanIndex(tmp_path / "v.f32", 32)
    kept = fill(first, x)
    first.close()
    again = ScanIndex(tmp_path / "v.f32", 32)
    rows = [VectorRow(key, "document") for key in range(1, 21)]
    assert again.restore([s for s, _ in kept], [c for _, c in kept], rows)
    assert keys(again, x[4], 1) == [5]
    again.close()


@pytest.mark.parametrize("damage", ["flip", "cut"])
def test_a_damaged_file_is_seen(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "v.f32"
    first = ScanIndex(path, 32)
    kept = fill(first, unit_rows(20))
    first.close()
    data = bytearray(path.read_bytes())
    data[HEADER_BYTES + 300] ^= 1
    path.write_bytes(data if damage == "flip" else data[: HEADER_BYTES + 10 * 128])
    again = ScanIndex(path, 32)
    rows = [VectorRow(key, "document") for key in range(1, 21)]
    assert not again.restore([s for s, _ in kept], [c for _, c in kept], rows)
    again.close()
    anew = ScanIndex(path, 32)
    assert not any(data[HEADER_BYTES:].strip(b"\0") for data in [path.read_bytes()])
    assert anew.restore([], [], [])
    anew.close()


def test_what_a_kill_left_in_rows_that_nothing_names_is_overwritten(tmp_path: Path) -> None:
    path, x = tmp_path / "v.f32", unit_rows(6)
    first = ScanIndex(path, 32)
    kept = fill(first, x)
    first.close()
    again = ScanIndex(path, 32)
    named = [kept[0], kept[3]]
    rows = [VectorRow(1, "memory"), VectorRow(4, "memory")]
    assert again.restore([slot for slot, _ in named], [checksum for _, checksum in named], rows)
    found = np.frombuffer(path.read_bytes()[HEADER_BYTES:], np.float32).reshape(-1, 32)
    assert np.flatnonzero(found.any(axis=1)).tolist() == [0, 3]
    assert sorted(keys(again, x[0])) == [1, 4]
    assert {again.reserve(x[1])[0] for _ in range(3)} == {1, 2, 4}
    again.close()


def test_a_released_vector_is_gone_from_the_file(tmp_path: Path) -> None:
    path, x = tmp_path / "v.f32", unit_rows(3)
    index = ScanIndex(path, 32)
    slots = [slot for slot, _ in fill(index, x)]
    index.release([slots[1]])
    assert x[1].tobytes() not in path.read_bytes()
    assert x[2].tobytes() in path.read_bytes()
    index.close()


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((2_000, None), [2, 3, 4]),
        ((2_001, None), [3, 4]),
        ((None, 2_500), [1, 2, 3]),
        ((None, 2_499), [1, 2]),
        ((2_000, 2_999), [2, 3]),
        ((2_500, 2_500), [3]),
        ((9_000, None), []),
    ],
)
def test_a_time_of_creation_is_kept_to_the_millisecond(bounds: tuple[int | None, int | None], expected: list) -> None:
    index = ScanIndex(None, 32)
    x = np.repeat(unit_rows(1), 4, axis=0)
    for key, (vector, made_ms) in enumerate(zip(x, (1_999, 2_000, 2_500, 3_000), strict=True), 1):
        row = VectorRow(key, "memory", created_ms=NOW_MS + made_ms)
        index.publish(index.reserve(vector)[0], row)
    first_ms, last_ms = (None if bound is None else NOW_MS + bound for bound in bounds)
    assert keys(index, x[0], created_from_ms=first_ms, created_to_ms=last_ms) == expected


def test_many_excluded_groups_are_excluded_like_few() -> None:
    index = ScanIndex(None, 32)
    x = np.repeat(unit_rows(1), 30, axis=0)
    for key, vector in enumerate(x, 1):
        index.publish(index.reserve(vector)[0], VectorRow(key, "memory", group=key))
    assert keys(index, x[0], 30, without_groups=[3]) == [1, 2, *range(4, 31)]
    assert keys(index, x[0], 30, without_groups=range(1, 21)) == list(range(21, 31))


def test_kernels_that_are_not_here_are_refused_in_one_sentence() -> None:
    program = (
        "from engine.errors import UsageError\nfrom engine.search.vectors import ScanIndex\n"
        "try:\n    ScanIndex(None, 32)\nexcept UsageError as exc:\n    print(exc)\n"
    )
    environment = {**os.environ, "SCRUBJAY_SIMD": "mmx"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    assert "'mmx'" in done.stdout
    assert "unset SCRUBJAY_SIMD" in done.stdout


def test_near_duplicates_are_pairs_of_keys() -> None:
    x = unit_rows(100)
    x[60] = x[20]
    index = ScanIndex(None, 32)
    fill(index, x)
    ((a, b, similarity),) = index.near_duplicates(0.97, ALL)
    assert (a, b) == (21, 61)
    assert similarity == pytest.approx(1, abs=0.03)


def test_a_row_is_updated_in_place() -> None:
    index = ScanIndex(None, 32)
    x = np.repeat(unit_rows(1), 2, axis=0)
    (first, _), _ = fill(index, x, importance=0.5)
    index.publish(first, VectorRow(1, "memory", importance=0.9, bits=1 << 20))
    assert keys(index, x[0], importance_weight=0.1) == [1, 2]
    index.publish(first, VectorRow(1, "memory", importance=0.1, bits=1 << 20))
    assert keys(index, x[0], importance_weight=0.1) == [2, 1]
    assert keys(index, x[0], no_bits=1 << 20) == [2]
    assert len(index) == 2


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_changes_leaves_exactly_what_is_there(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    path = tmp_path / "v.f32"
    index = ScanIndex(path, 32)
    model: dict[int, tuple[int, int, np.ndarray, VectorRow]] = {}
    for step in range(300):
        action = rng.choice(["add", "add", "replace", "remove", "update", "reopen"], p=[0.3, 0.2, 0.15, 0.2, 0.1, 0.05])
        known = list(model)
        if action == "add" or not known:
            put(index, model, step + 1, rng)
        elif action == "reopen":
            index.close()
            index = ScanIndex(path, 32)
            slots, checksums, _, rows = zip(*model.values(), strict=True)
            assert index.restore(slots, checksums, rows)
        else:
            key = int(rng.choice(known))
            slot, checksum, vector, _ = model.pop(key)
            if action == "replace":
                put(index, model, key, rng)
            if action == "update":
                model[key] = slot, checksum, vector, VectorRow(key, "memory", importance=float(rng.random()))
                index.publish(slot, model[key][3])
            else:
                index.release([slot])
        query = unit_rows(1, seed=step)[0]
        assert keys(index, query, 10, importance_weight=0.3) == best_of(model, query)
        assert len(index) == len(model)
    index.close()


def put(index: ScanIndex, model: dict, key: int, rng: np.random.Generator) -> None:
    vector = unit_rows(1, seed=int(rng.integers(1 << 30)))[0]
    row = VectorRow(key, "memory", importance=float(rng.random()))
    slot, checksum = index.reserve(vector)
    index.publish(slot, row)
    model[key] = slot, checksum, vector, row


def best_of(model: dict, query: np.ndarray) -> list[int]:
    score = {key: float(vector @ query) + 0.3 * row.importance for key, (_, _, vector, row) in model.items()}
    return sorted(score, key=lambda key: -score[key])[:10]


def test_a_file_of_another_dimension_or_layout_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "v.f32"
    first = VectorFile(path, 16)
    first.grow(4)
    first.write(2, np.ones(16, np.float32))
    first.close()
    other = VectorFile(path, 48)
    assert len(other.rows) == 0
    other.grow(2)
    assert not other.rows.any()
    other.close()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"x" * 10_000, bytes(8192)])
def test_a_file_that_is_none_of_ours_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "v.f32"
    path.write_bytes(content)
    index = ScanIndex(path, 32)
    assert not index.restore([0], [0], [VectorRow(1, "memory")])
    index.close()
