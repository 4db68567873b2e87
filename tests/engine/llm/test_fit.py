"""The plan adds up, steps down in the promised order, and says its sum in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.llm.fit import MIN_CONTEXT, FitPlan, ModelShape, Room, plan_fit, shape_of
from engine.llm.gguf import read_header
from tests.bench.shaped_gguf import Made, write_shaped
from tests.bench.tiny_gguf import Shape

GB = 1 << 30
# Qwen3 4B at q4_k_m, from its model card: 36 layers, 8 KV heads of 128.
QWEN = ModelShape(
    weights_bytes=int(2.5 * GB), repacked_bytes=2 * GB, active_bytes=int(2.5 * GB), n_ctx_train=40960,
    n_embd=2560, n_ff=9728, n_vocab=151936, kv_values=36 * 8 * (128 + 128),
)  # fmt: skip


def _room(free: float, total: float = 16.0) -> Room:
    return Room(int(total * GB), int(free * GB))


def test_a_model_with_room_is_loaded_as_asked_and_the_parts_make_the_sum() -> None:
    plan = plan_fit(QWEN, 8192, _room(9.3))
    assert (plan.verdict, plan.n_ctx, plan.kv_type) == ("fits", 8192, "f16")
    assert plan.kv_bytes == 8192 * 36 * 8 * 256 * 2
    assert plan.needed_bytes == plan.weights_bytes + plan.kv_bytes + plan.compute_bytes + plan.other_bytes
    assert plan.peak_bytes == plan.needed_bytes + QWEN.repacked_bytes
    assert plan.sentence == "Fits: needs 3.8 GB, 9.3 GB are free."


def test_context_goes_before_the_cache_is_kept_in_fewer_bits() -> None:
    steps = [plan_fit(QWEN, 32768, _room(free)) for free in (9.0, 6.5, 5.5, 4.5, 4.03)]
    assert [(p.n_ctx, p.kv_type) for p in steps] == [
        (32768, "f16"), (16384, "f16"), (8192, "f16"), (4096, "f16"), (2048, "f16"),
    ]  # fmt: skip
    assert {p.verdict for p in steps[1:]} == {"fits_smaller"}
    assert "16,384 tokens" in steps[1].sentence
    tight = plan_fit(QWEN, 2048, _room(3.85))
    assert (tight.n_ctx, tight.kv_type, tight.verdict) == (2048, "q8_0", "fits_smaller")


def test_too_large_is_said_with_the_sum_and_what_is_kept_for_others() -> None:
    plan = plan_fit(QWEN, 4096, _room(3.0))
    assert plan.verdict == "too_large"
    assert (plan.n_ctx, plan.kv_type) == (4096, "f16")
    assert plan.sentence == "Does not fit: needs 3.2 GB, 3.0 GB are free and 1.0 GB of it is kept for other programs."


def test_what_would_be_freed_counts_and_the_reserve_is_a_fifth_of_a_small_memory() -> None:
    assert plan_fit(QWEN, 4096, Room(16 * GB, 3 * GB, to_free=2 * GB)).verdict == "fits"
    assert Room(4 * GB, 2 * GB).usable == 2 * GB - int(0.8 * GB)
    assert Room(4 * GB, 0).usable == 0


def test_no_context_is_longer_than_the_model_or_shorter_than_it_must_be() -> None:
    assert plan_fit(QWEN, 1_000_000, _room(100, 128)).n_ctx == 40960
    assert plan_fit(replace(QWEN, n_ctx_train=512), 4096, _room(9)).n_ctx == 512
    assert plan_fit(QWEN, 3000, _room(3.95)).n_ctx in (3000, MIN_CONTEXT)


def test_a_plan_survives_the_way_to_another_process() -> None:
    plan = plan_fit(QWEN, 8192, _room(9.3))
    assert FitPlan.from_record(plan.to_record()) == plan


@pytest.mark.parametrize(
    ("made", "repacked"),
    [
        (Made(Shape(256, 4, 4, 2, 512, 512), "q4_k", "q6_k"), True),
        (Made(Shape(256, 4, 4, 2, 512, 512), "q8_0"), False),
    ],
)
def test_the_shape_is_read_from_the_header(tmp_path: Path, made: Made, repacked: bool) -> None:
    header = read_header(write_shaped(tmp_path / "m.gguf", made))
    shape = shape_of(header, machine="x86")
    assert shape.kv_values == 4 * 2 * (64 + 64)
    assert shape.weights_bytes == sum(t.size_bytes for t in header.tensors)
    assert bool(shape.repacked_bytes) is repacked
    assert shape.active_bytes < shape.weights_bytes
    assert (shape.n_embd, shape.n_ff, shape.n_vocab) == (256, 512, 512)


def test_per_layer_heads_experts_and_states_are_counted(tmp_path: Path) -> None:
    more = {
        "llama__attention__head_count_kv": [2, 0, 2, 0], "llama__attention__key_length": 32,
        "llama__attention__value_length": 16, "llama__ssm__inner_size": 512, "llama__ssm__state_size": 16,
    }  # fmt: skip
    header = read_header(write_shaped(tmp_path / "m.gguf", Made(Shape(256, 4, 4, 2, 512, 512)), **more))
    shape = shape_of(header)
    assert shape.kv_values == 4 * 48
    assert shape.state_bytes == 2 * 3 * 4 * (512 * 16 + 3 * 512)
