"""What stands in for a model: smaller versions of it, what suits the content; plans that take less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.llm.discovery import FoundModel
from engine.llm.fit import ModelShape, Room, plan_fit, smaller_plans
from engine.llm.versions import Candidate, content_of, rank, stem_of, versions_of

MB, GB = 1 << 20, 1 << 30
SHAPE = ModelShape(
    weights_bytes=2 * GB, repacked_bytes=0, active_bytes=2 * GB, n_ctx_train=32768, n_embd=2048, n_ff=8192,
    n_vocab=32000, kv_values=32768,
)  # fmt: skip
OWL = FoundModel(
    "Owl Q8_0", Path("/m/owl-q8_0.gguf"), "folder", "gguf", 2 * GB, "llama", 2_000_000_000, "q8_0", 32768, shape=SHAPE
)


@pytest.mark.parametrize(
    ("question", "content"),
    [
        ("How are you today?", "talk"),
        ("When is my sister's birthday?", "talk"),
        ("Write a function that reverses a list", "code"),
        ("Why does this fail?\n```\nfor i in range(3): print(i)\n```", "code"),
        ("def f(x):\n    return x + 1\n\nIs this right?", "code"),
        ("Sum this up: " + "The boiler hums in the cellar. " * 300, "long"),
        ("What class of train returns to Berlin?", "talk"),
    ],
)
def test_signs_in_the_words_tell_the_content(question: str, content: str) -> None:
    assert content_of(question) == content


@pytest.mark.parametrize(
    "name",
    ["Qwen3-4B-Q8_0", "qwen3-4b-q4_k_m.gguf", "Qwen3 4B", "qwen3-4b-IQ4_XS", "Qwen3-4B-bf16", "Qwen3-4B-UD-Q4_K_XL"],
)
def test_the_words_of_a_quantisation_do_not_belong_to_the_name(name: str) -> None:
    assert stem_of(name) == "qwen3 4b"


def test_versions_are_the_same_model_in_other_quantisations_the_largest_first() -> None:
    half = replace(OWL, name="owl-q4_0", path=Path("/m/half.gguf"), size_bytes=GB, quantisation="q4_0")
    most = replace(OWL, name="owl f16", path=Path("/m/most.gguf"), size_bytes=4 * GB, quantisation="f16")
    others = [
        replace(half, path=Path("/m/1"), architecture="gemma3"),
        replace(half, path=Path("/m/2"), n_params=1_000_000_000),
        replace(half, path=Path("/m/3"), name="Owl Coder q4_0"),
        replace(half, path=Path("/m/4"), problem="half a file"),
    ]
    assert versions_of(OWL, [OWL, half, *others, most]) == [most, half]


def _candidate(name: str, *, n_params: int = 1_000_000_000, speed: float = 20.0, n_ctx: int = 4096) -> Candidate:
    plan = replace(plan_fit(SHAPE, 4096, Room(64 * GB, 64 * GB)), tokens_per_s=speed, n_ctx=n_ctx)
    return Candidate(name, replace(OWL, name=name, n_params=n_params), plan)


def test_each_content_has_its_own_order() -> None:
    coder = _candidate("Wren Coder")
    large = _candidate("Condor", n_params=8_000_000_000, speed=3.0)
    wide = _candidate("Albatross", n_ctx=32768, speed=9.0)
    middle = _candidate("Jay", n_params=4_000_000_000, speed=12.0)
    all_of_them = [large, wide, middle, coder]
    assert rank("code", all_of_them)[0] is coder
    assert rank("long", all_of_them)[0] is wide
    assert rank("talk", all_of_them)[0] is middle
    too_large = replace(coder, plan=replace(coder.plan, verdict="too_large"))
    assert too_large not in rank("code", [too_large, large])


def test_smaller_plans_take_less_and_less_context_before_the_cache_is_kept_in_eight_bits() -> None:
    room = Room(64 * GB, 64 * GB)
    plan = plan_fit(SHAPE, 8192, room)
    smaller = smaller_plans(SHAPE, plan, room)
    assert [(p.n_ctx, p.kv_type) for p in smaller] == [
        (4096, "f16"), (2048, "f16"), (8192, "q8_0"), (4096, "q8_0"), (2048, "q8_0"),
    ]  # fmt: skip
    assert all(p.needed_bytes < plan.needed_bytes for p in smaller)
    assert smaller_plans(SHAPE, smaller[-1], room) == []


def test_no_plan_that_fits_takes_more_than_what_is_free_less_the_reserve() -> None:
    for available in range(0, 8 * GB, 111 * MB):
        for to_free in (0, 700 * MB):
            room = Room(8 * GB, available, to_free)
            plan = plan_fit(SHAPE, 32768, room)
            if plan.verdict != "too_large":
                assert plan.needed_bytes <= available + to_free - room.reserve
