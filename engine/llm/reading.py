"""What every way to run a model file shares: reading in micro-batches, reusing what was read, metering.

A prompt is compared with what a sequence has read, what they share stays, and what is new is read in
micro-batches. Their size follows the clock: it doubles while one takes less than a quarter of a second and
halves when one takes more than MICRO_BATCH_S, so that progress is told, and a cancel is seen on any back-end,
at least once a second, while a fast computer reads N_BATCH at once.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from engine.errors import ContextFullError
from engine.llm.backend import Sampling
from engine.llm.vocabulary import Vocabulary

N_SEQUENCES = 3
# Most tokens of one call.
N_BATCH = 512
# Longest time for one micro-batch: progress and cancel come at least so often.
MICRO_BATCH_S = 1.0
_FIRST_MICRO_BATCH = 8
# The background and scratch sequences may take a quarter of the context, but at least this many tokens.
_SIDE_MIN_TOKENS = 1024
# Who gives way when another sequence needs room, first to last: all are caches and will be read again.
FORGET_ORDER = (2, 1, 0)
# Tokens back that a repeat penalty looks.
PENALTY_LAST_N = 64

# Is told each token and the time in ns; True ends the generation.
Emit = Callable[[int, int], bool]


@dataclass(slots=True)
class Meter:
    """Where the time of one request went; `outside_ns` per token: all but the model and its sampler.

    Attributes:
        n_reread: tokens of the prompt that were read before and had to be read again, because this kind of
            memory cannot forget its end.
        code: what `llama_decode` returned when it did not read a token.
    """

    n_prompt: int = 0
    n_reused: int = 0
    n_reread: int = 0
    n_refused: int = 0
    prefill_ns: int = 0
    decode_ns: int = 0
    sample_ns: int = 0
    code: int = 0
    outside_ns: array[int] = field(default_factory=lambda: array("q"))

    def outside_us(self, window: int = 256) -> list[float]:
        """Median per token, in microseconds, of each run of `window` tokens."""
        runs = (sorted(self.outside_ns[i : i + window]) for i in range(0, len(self.outside_ns), window))
        return [run[len(run) // 2] / 1000 for run in runs]


class MicroBatch:
    """How many tokens are read at once.

    Attributes:
        size: now.
    """

    def __init__(self, most: int = N_BATCH) -> None:
        self._most = most
        self.size = min(_FIRST_MICRO_BATCH, most)

    def note(self, n_read: int, took_s: float) -> None:
        """So many tokens took so long."""
        if took_s > MICRO_BATCH_S * 0.8:
            self.size = max(1, n_read // 2)
        elif n_read == self.size and took_s < MICRO_BATCH_S / 4:
            self.size = min(self._most, self.size * 2)


def most_tokens(seq: int, n_ctx: int) -> int:
    """Most tokens that a sequence may hold."""
    return n_ctx if seq == 0 else min(n_ctx, max(n_ctx // 4, _SIDE_MIN_TOKENS))


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning, by comparing slices (in C) of halving length."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


class PromptReader(ABC):
    """Reads prompts into the sequences of one model, of each only what is new.

    A sequence remembers its tokens: what a new prompt shares with them stays, the rest is forgotten. All sequences
    share one context: whoever asks gets room, and the others are forgotten.

    Args:
        n_ctx: tokens that all sequences may hold together.
    """

    def __init__(self, n_ctx: int) -> None:
        self._n_ctx = n_ctx
        self._tokens: list[list[int]] = [[] for _ in range(N_SEQUENCES)]
        self._micro_batch = MicroBatch()
        self.meter = Meter()

    def limit(self, seq: int) -> int:
        """Most tokens that a sequence may hold."""
        return most_tokens(seq, self._n_ctx)

    def tokens(self, seq: int) -> list[int]:
        """The tokens that are in memory for a sequence."""
        return self._tokens[seq]

    def prefill(
        self, seq: int, ids: Sequence[int], cancelled: Callable[[], bool], on_progress: Callable[[int], None]
    ) -> bool:
        """Have exactly `ids` in a sequence, with the logits of the last one; False if cancelled on the way.

        Raises:
            ContextFullError: they do not fit, with one token to spare for an answer.
            ModelError: the library could not read them.
        """
        self.meter = Meter(n_prompt=len(ids))
        if len(ids) + 1 > self.limit(seq):
            raise ContextFullError(len(ids), self.limit(seq))
        started = time.perf_counter_ns()
        done = self.meter.n_reused = self._keep_common(seq, ids)
        self._make_room(seq, len(ids) + 1)
        on_progress(done)
        while done < len(ids) and not cancelled():
            part = ids[done : done + self._micro_batch.size]
            began = time.perf_counter()
            n_read = self._read(seq, part, cancelled, is_last=done + len(part) == len(ids))
            if n_read > 0:
                self._micro_batch.note(n_read, time.perf_counter() - began)
            done += n_read
            on_progress(done)
        self.meter.prefill_ns = time.perf_counter_ns() - started
        return done == len(ids)

    def _keep_common(self, seq: int, ids: Sequence[int]) -> int:
        """Forget what differs from `ids`; the number of tokens that stay."""
        old = self._tokens[seq]
        # The last token is always read again: its logits are not kept.
        common = min(common_prefix(old, ids), len(ids) - 1)
        if common == len(old):
            return common
        if common > 0 and self._forget_end(seq, common):
            del old[common:]
            return common
        self.meter.n_reread = max(0, common)
        self.drop(seq)
        return 0

    def _make_room(self, seq: int, needed: int) -> None:
        for other in FORGET_ORDER:
            taken = sum(len(tokens) for i, tokens in enumerate(self._tokens) if i != seq)
            if other != seq and taken + needed > self._n_ctx:
                self.drop(other)

    @abstractmethod
    def drop(self, seq: int) -> None:
        """Forget a sequence."""

    @abstractmethod
    def _forget_end(self, seq: int, n_kept: int) -> bool:
        """Forget what a sequence read after its first tokens; False where this kind of memory cannot."""

    @abstractmethod
    def _read(self, seq: int, part: Sequence[int], cancelled: Callable[[], bool], *, is_last: bool) -> int:
        """Read one micro-batch behind what a sequence holds.

        Args:
            is_last: somebody will choose from the logits of its last token.

        Returns:
            By how many tokens the sequence has grown; negative where a stop cost what was read before.
        """


class TokenSampler(Protocol):
    """Chooses the tokens of one generation.

    Attributes:
        n_refused: tokens that the grammar refused.
    """

    n_refused: int

    def close(self) -> None:
        """Free what it holds."""
        ...


class Runner(Protocol):
    """A loaded model with its sequences: what the worker asks of llama.cpp and of MLX."""

    meter: Meter

    @property
    def vocab(self) -> Vocabulary:
        """Text to tokens and back."""
        ...

    def prefill(
        self, seq: int, ids: Sequence[int], cancelled: Callable[[], bool], on_progress: Callable[[int], None]
    ) -> bool:
        """Have exactly `ids` in a sequence; False if cancelled on the way."""
        ...

    def sampler(self, sampling: Sampling, grammar: str | None, recent: Sequence[int]) -> TokenSampler:
        """A sampler for one generation; close it."""
        ...

    def generate(self, seq: int, sampling: Sampling, sampler: Any, cancelled: Callable[[], bool], emit: Emit) -> str:
        """Generate after the prompt that was read, with an own sampler; end, stop, length or cancelled."""
        ...

    def tokens(self, seq: int) -> list[int]:
        """The tokens that a sequence has read."""
        ...

    def drop(self, seq: int) -> None:
        """Forget a sequence."""
        ...

    def save(self, seq: int, path: Path) -> bool:
        """Write what a sequence has read to a file; False where it cannot be."""
        ...

    def restore(self, seq: int, path: Path) -> bool:
        """Read a sequence back from a file that `save` wrote; False, and an empty sequence, where it cannot be."""
        ...

    def abort(self) -> None:
        """Stop what runs soon; safe from any thread."""
        ...

    def clear_abort(self) -> None:
        """Let work run again."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


@runtime_checkable
class Measured(Protocol):
    """A runner whose settings can be changed while it is loaded."""

    def measure(
        self, n_threads: int, batch: int, read: int, said: int, go_on: Callable[[], bool]
    ) -> tuple[float, float]:
        """Seconds that a token takes to be read in such batches, and to be said."""
        ...
