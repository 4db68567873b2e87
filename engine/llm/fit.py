"""Whether a model fits into the memory of this computer, said before it is loaded, with the sum.

    weights    the file, mapped: its pages stay in memory as long as answers shall come fast
    KV cache   layers × KV heads × head size × context × bytes of its type, taken in full at the load
    compute    what one batch of 512 tokens needs between the layers
    vocabulary and program   the tokens' texts and tables, the worker itself

llama.cpp lays some quantisations out anew for the processor at hand ("repack"). Their pages in the file are
then in memory a second time until something else needs the room; they are counted in `peak_bytes`, which is
what the worker shows at its peak, and not in `needed_bytes`, which is what must stay.

Against it stands what is available now, with what will be freed (models that nobody uses), less a reserve.
If it does not fit, the context is halved down to MIN_CONTEXT, then the KV cache is kept in 8 bits. A model
that does not fit then may be loaded anyway, if the person says so: the sum is an estimate. tests/bench has
it against the peaks of real loads: ±10 % over all shapes.
"""

from __future__ import annotations

import math
import platform
from dataclasses import asdict, dataclass
from typing import Any, Literal

from engine.llm.gguf import ArrayInfo, GgufHeader

__all__ = ["FitPlan", "ModelShape", "Room", "plan_fit", "shape_of", "smaller_plans"]

Verdict = Literal["fits", "fits_smaller", "too_large"]
KvType = Literal["f16", "q8_0"]

# Bytes per value: q8_0 keeps 32 in 34.
KV_BYTES: dict[str, float] = {"f16": 2.0, "q8_0": 34 / 32}
# A conversation with documents does not work below this; a model that was made for less keeps its own.
MIN_CONTEXT = 2048
# llama.cpp rounds the context up to this.
_CONTEXT_STEP = 256
_BATCH = 512  # as N_BATCH of llamacpp.py
# Measured: a worker that has imported everything and loaded nothing; a token's text, score, type and places in tables.
_PROGRAM_BYTES = 46 << 20
_VOCABULARY_BYTES_PER_TOKEN = 260
# What other programs keep: a fifth of small memories, 1 GB of large ones.
RESERVE_SHARE, RESERVE_BYTES = 0.2, 1 << 30
# Quantisations with a second layout in llama.cpp's processor back-end. Source: ggml-cpu/repack.cpp.
_REPACKED = {
    "x86": frozenset({"q4_0", "q4_k", "iq4_nl"}),
    "arm": frozenset({"q4_0", "q4_k", "q5_k", "q6_k", "q8_0", "iq4_nl"}),
}
_N_SEQUENCES = 3


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What of a model decides how much memory it takes.

    Attributes:
        repacked_bytes: of the weights, those that are laid out a second time on this processor.
        kv_values: of the KV cache, per token.
        state_bytes: of layers that keep a state instead, whatever the context.
        active_bytes: of weights that are read for each token; less than all with experts.
    """

    weights_bytes: int
    repacked_bytes: int
    active_bytes: int
    n_ctx_train: int
    n_embd: int
    n_ff: int
    n_vocab: int
    kv_values: int
    state_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """Memory, in bytes: what there is, what is available now, and what we would free for a model."""

    total: int
    available: int
    to_free: int = 0

    @property
    def reserve(self) -> int:
        """What is left to other programs."""
        return min(int(self.total * RESERVE_SHARE), RESERVE_BYTES)

    @property
    def usable(self) -> int:
        """What a model may take."""
        return max(0, self.available + self.to_free - self.reserve)


@dataclass(frozen=True, slots=True)
class FitPlan:
    """How a model would be loaded, and the sum.

    Attributes:
        n_ctx, kv_type: what it would be loaded with; smaller than asked where only that fits.
        peak_bytes: what its process shows at most; more than needed by pages that may go at any time.
        tokens_per_s: expected, 0 where nothing is known.
        measured: whether the speed was measured with this very model.
    """

    verdict: Verdict
    n_ctx: int
    asked_ctx: int
    kv_type: KvType
    needed_bytes: int
    peak_bytes: int
    weights_bytes: int
    kv_bytes: int
    compute_bytes: int
    other_bytes: int
    free_bytes: int
    reserve_bytes: int
    tokens_per_s: float = 0.0
    measured: bool = False

    @property
    def sentence(self) -> str:
        """The verdict with the sum, for people."""
        needs, free = gigabytes(self.needed_bytes), gigabytes(self.free_bytes)
        if self.verdict == "fits":
            return f"Fits: needs {needs}, {free} are free."
        if self.verdict == "fits_smaller":
            return f"Fits with {self.n_ctx:,} tokens of context: needs {needs}, {free} are free."
        kept = gigabytes(self.reserve_bytes)
        return f"Does not fit: needs {needs}, {free} are free and {kept} of it is kept for other programs."

    def to_record(self) -> dict[str, Any]:
        """The plan as plain data, with its sentence."""
        return {**asdict(self), "sentence": self.sentence}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> FitPlan:
        """The plan that `to_record` described."""
        return cls(**{name: value for name, value in record.items() if name != "sentence"})


def gigabytes(n_bytes: int) -> str:
    """A size for people: GB with one decimal, MB below one."""
    return f"{n_bytes / 2**30:.1f} GB" if n_bytes >= 2**30 else f"{max(1, round(n_bytes / 2**20))} MB"


def shape_of(header: GgufHeader, *, weights_bytes: int = 0, machine: str = "") -> ModelShape:
    """What the header says about memory.

    Args:
        weights_bytes: of all parts of a model in several files; otherwise the tensors of this one count.
        machine: "x86" or "arm"; this computer's if empty.
    """
    architecture = header.architecture
    repacked = _REPACKED[machine or _machine()]
    own = sum(t.size_bytes for t in header.tensors)
    scale = weights_bytes / own if weights_bytes and own else 1.0
    experts = sum(t.size_bytes for t in header.tensors if "_exps" in t.name)
    n_experts = header.number(f"{architecture}.expert_count")
    used = header.number(f"{architecture}.expert_used_count") / n_experts if n_experts else 1.0
    looked_up = sum(t.size_bytes for t in header.tensors if t.name == "token_embd.weight")
    tied = not any(t.name == "output.weight" for t in header.tensors)
    return ModelShape(
        weights_bytes=round(own * scale),
        repacked_bytes=round(
            scale
            * sum(
                t.size_bytes
                for t in header.tensors
                if t.type in repacked and len(t.shape) > 1 and t.shape[1] % 8 == 0 and t.name != "token_embd.weight"
            )
        ),
        active_bytes=round(scale * (own - experts * (1 - used) - (0 if tied else looked_up))),
        n_ctx_train=header.n_ctx_train,
        n_embd=header.number(f"{architecture}.embedding_length"),
        n_ff=max(
            header.number(f"{architecture}.feed_forward_length"), header.number(f"{architecture}.embedding_length")
        ),
        n_vocab=_n_vocab(header),
        kv_values=_kv_values(header),
        state_bytes=_state_bytes(header),
    )


def _machine() -> str:
    return "arm" if platform.machine().lower() in ("arm64", "aarch64") else "x86"


def _n_vocab(header: GgufHeader) -> int:
    tokens = header.metadata.get("tokenizer.ggml.tokens")
    return tokens.count if isinstance(tokens, ArrayInfo) else len(tokens or ())


def _kv_values(header: GgufHeader) -> int:
    """Values that one token puts into the KV cache, over all layers."""
    a = header.architecture
    n_head, n_embd = header.number(f"{a}.attention.head_count"), header.number(f"{a}.embedding_length")
    if not n_head:
        return 0
    head = n_embd // n_head
    size = header.number(f"{a}.attention.key_length", head) + header.number(f"{a}.attention.value_length", head)
    heads = header.metadata.get(f"{a}.attention.head_count_kv", n_head)
    if isinstance(heads, list):
        return sum(heads) * size
    return header.number(f"{a}.block_count") * (heads if isinstance(heads, int) else n_head) * size


def _state_bytes(header: GgufHeader) -> int:
    """Memory of recurrent layers: a state and the last inputs of a convolution for each sequence, float32."""
    a = header.architecture
    inner, state = header.number(f"{a}.ssm.inner_size"), header.number(f"{a}.ssm.state_size")
    if not inner:
        return 0
    groups, kernel = header.number(f"{a}.ssm.group_count", 0), header.number(f"{a}.ssm.conv_kernel", 4)
    heads = header.metadata.get(f"{a}.attention.head_count_kv", 0)
    n_layers = heads.count(0) if isinstance(heads, list) else header.number(f"{a}.block_count")
    return n_layers * _N_SEQUENCES * 4 * (inner * state + (kernel - 1) * (inner + 2 * groups * state))


def plan_fit(shape: ModelShape, n_ctx: int, room: Room) -> FitPlan:
    """How the model would be loaded into this room: as asked, smaller, or not at all.

    Args:
        n_ctx: tokens asked for; the model's own limit bounds it.
    """
    asked = min(n_ctx, shape.n_ctx_train)
    for context, kv_type in _steps(asked):
        plan = _sum_up(shape, context, asked, kv_type, room)
        if plan.verdict != "too_large":
            return plan
    return _sum_up(shape, asked, asked, "f16", room)


def smaller_plans(shape: ModelShape, plan: FitPlan, room: Room) -> list[FitPlan]:
    """Every way to load the model that takes less than `plan`, in the order in which they are tried."""
    steps = _steps(plan.asked_ctx)
    after = steps[steps.index((plan.n_ctx, plan.kv_type)) + 1 :] if (plan.n_ctx, plan.kv_type) in steps else steps
    plans = [_sum_up(shape, context, plan.asked_ctx, kv_type, room) for context, kv_type in after]
    return [smaller for smaller in plans if smaller.needed_bytes < plan.needed_bytes]


def _steps(asked: int) -> list[tuple[int, KvType]]:
    """What is tried, in this order: contexts by halves, then the same with a smaller cache."""
    contexts, least = [asked], min(asked, MIN_CONTEXT)
    while contexts[-1] > least:
        contexts.append(max(least, contexts[-1] // 2))
    return [(c, "f16") for c in contexts] + [(c, "q8_0") for c in contexts]


def _sum_up(shape: ModelShape, n_ctx: int, asked: int, kv_type: KvType, room: Room) -> FitPlan:
    cells = math.ceil(n_ctx / _CONTEXT_STEP) * _CONTEXT_STEP
    kv_bytes = int(cells * shape.kv_values * KV_BYTES[kv_type]) + shape.state_bytes
    compute_bytes = compute_bytes_of(shape, cells)
    other_bytes = _PROGRAM_BYTES + shape.n_vocab * _VOCABULARY_BYTES_PER_TOKEN
    needed = shape.weights_bytes + kv_bytes + compute_bytes + other_bytes
    fits = needed <= room.usable
    smaller = n_ctx < asked or kv_type != "f16"
    return FitPlan(
        verdict=("fits_smaller" if smaller else "fits") if fits else "too_large",
        n_ctx=n_ctx,
        asked_ctx=asked,
        kv_type=kv_type,
        needed_bytes=needed,
        peak_bytes=needed + shape.repacked_bytes,
        weights_bytes=shape.weights_bytes,
        kv_bytes=kv_bytes,
        compute_bytes=compute_bytes,
        other_bytes=other_bytes,
        free_bytes=room.available + room.to_free,
        reserve_bytes=room.reserve,
    )


def compute_bytes_of(shape: ModelShape, cells: int) -> int:
    """What a batch takes between the layers: two rows of the feed-forward, three of the model, and the mask.

    The logits of a whole batch are reserved too and never written: only the last token's are asked for.
    """
    batch = min(_BATCH, cells)
    return batch * (4 * (2 * shape.n_ff + 3 * shape.n_embd) + 2 * cells) + shape.n_vocab * 4 * _N_SEQUENCES
