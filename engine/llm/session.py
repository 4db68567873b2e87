"""What the model has read: the sequences of one KV cache, and reading and generating in them.

A sequence remembers its tokens. A new prompt is compared with them, what they share stays, the rest is
forgotten with `seq_rm`, and only what is new is read. Three things can forbid that, and then the whole
prompt is read (`Meter.n_reread` says so): a recurrent memory refuses to forget a part (appending works), a
sliding window has already dropped what the new end would look at, and an abort leaves a recurrent state half
changed.

Reading goes in micro-batches (engine.llm.reading), one `llama_decode` each. What finished before a cancel stays.
All sequences share `n_ctx` cells: whoever asks gets room, and the others
are forgotten in the order scratch, background, chat; they are caches and will be read again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.errors import ModelError
from engine.llm.backend import Sampling
from engine.llm.llama_sampler import Sampler
from engine.llm.llamacpp import DECODE_ABORTED, DECODE_NO_ROOM, DECODE_OK, Llama
from engine.llm.reading import FORGET_ORDER, N_SEQUENCES, Emit, PromptReader
from engine.llm.vocabulary import Vocabulary

# A setting that is this slow has lost: two threads on one free core wait for each other.
MEASURE_LIMIT_S = 0.6


class Session(PromptReader):
    """Reads prompts and generates tokens on a loaded model.

    `cancelled` is asked between micro-batches; the abort of `Llama` ends the decode that runs.
    """

    def __init__(self, llama: Llama) -> None:
        super().__init__(llama.n_ctx)
        self.llama = llama

    @property
    def vocab(self) -> Vocabulary:
        """The model's tokens."""
        return self.llama.vocab

    def _forget_end(self, seq: int, n_kept: int) -> bool:
        return self.llama.remove(seq, n_kept) and self._window_is_whole(seq, n_kept)

    def _window_is_whole(self, seq: int, common: int) -> bool:
        first, last = self.llama.positions(seq)
        return last == common - 1 and (first == 0 or first <= common - self.llama.n_swa)

    def _read(self, seq: int, part: Sequence[int], cancelled: Callable[[], bool], *, is_last: bool) -> int:
        start = len(self._tokens[seq])
        code = self.llama.decode(part, start, seq, logits=is_last)
        if code == DECODE_ABORTED:
            return self._after_abort(seq, cancelled, start)
        if code == DECODE_NO_ROOM:
            self._forget_others(seq)
            code = self.llama.decode(part, start, seq, logits=is_last)
        if code != DECODE_OK:
            self.drop(seq)
            raise ModelError(f"The model could not read on (llama.cpp said {code}); ask again or load it anew.")
        self._tokens[seq] += part
        return len(part)

    def _after_abort(self, seq: int, cancelled: Callable[[], bool], start: int) -> int:
        if not cancelled():
            # The abort was meant for a request that had ended: read this micro-batch again.
            self.llama.clear_abort()
        if self.llama.keeps_state:
            self.drop(seq)
            return -start
        self.llama.remove(seq, start)
        return 0

    def _forget_others(self, seq: int) -> None:
        for other in FORGET_ORDER:
            if other != seq:
                self.drop(other)

    def generate(
        self, seq: int, sampling: Sampling, sampler: Sampler, cancelled: Callable[[], bool], emit: Emit
    ) -> str:
        """Generate after the prompt that was read; end, stop, length or cancelled.

        The last token emitted is not in memory yet: it is read with the next prompt.
        """
        most = min(sampling.max_tokens, self.limit(seq) - len(self._tokens[seq]))
        n_before = len(self._tokens[seq])
        while True:
            left = most - (len(self._tokens[seq]) - n_before)
            reason = self.llama.run(sampler, seq, self._tokens[seq], left, emit, self.meter)
            if reason != "aborted":
                return reason
            if not self._read_pending(seq, self.llama.pending, cancelled):
                return "cancelled"

    def _read_pending(self, seq: int, token: int, cancelled: Callable[[], bool]) -> bool:
        """Read a token that `llama_decode` did not read; False if the request was cancelled."""
        tokens, code = self._tokens[seq], self.meter.code
        if code == DECODE_ABORTED and self.llama.keeps_state:
            # A recurrent state may have been changed by half.
            self.drop(seq)
        if cancelled():
            return False
        if code == DECODE_NO_ROOM:
            self._forget_others(seq)
        self.llama.clear_abort()
        if not self._tokens[seq] or self.llama.decode([token], len(tokens), seq, logits=True) != DECODE_OK:
            self.drop(seq)
            raise ModelError(f"The model could not go on (llama.cpp said {code}); ask again.")
        tokens.append(token)
        return True

    def measure(
        self, n_threads: int, batch: int, read: int, said: int, go_on: Callable[[], bool]
    ) -> tuple[float, float]:
        """Seconds that a token takes to be read, in batches of `batch`, and to be said; forgets them."""
        self.llama.set_threads(n_threads)
        seq = N_SEQUENCES - 1
        self.drop(seq)
        read_s, n_read = self._timed(seq, 0, [min(batch, read - start) for start in range(0, read, batch)], go_on)
        said_s, n_said = self._timed(seq, n_read, [1] * said, go_on)
        self.drop(seq)
        return read_s / max(1, n_read), said_s / max(1, n_said)

    def _timed(self, seq: int, start: int, parts: Sequence[int], go_on: Callable[[], bool]) -> tuple[float, int]:
        """Seconds and tokens of as many parts as there is time for."""
        token, position, began = max(0, self.llama.vocab.n_tokens // 2), start, time.perf_counter()
        for size in parts:
            if not go_on() or (position > start and time.perf_counter() - began > MEASURE_LIMIT_S):
                break
            self.llama.decode([token] * size, position, seq, logits=True)
            position += size
        return time.perf_counter() - began, position - start

    def drop(self, seq: int) -> None:
        """Forget a sequence."""
        self.llama.remove(seq)
        self._tokens[seq] = []

    def sampler(self, sampling: Sampling, grammar: str | None, recent: Sequence[int]) -> Sampler:
        """A sampler for one generation; close it."""
        return Sampler(self.llama.context, self.llama.vocab, sampling, grammar, recent)

    def save(self, seq: int, path: Path) -> bool:
        """Write what a sequence has read to a file; False where it cannot be."""
        return bool(self._tokens[seq]) and self.llama.save(seq, path, self._tokens[seq])

    def restore(self, seq: int, path: Path) -> bool:
        """Read a sequence back; False, and an empty sequence, where its tokens and its memory do not match."""
        self.drop(seq)
        tokens = self.llama.restore(seq, path)
        if not tokens or self.llama.positions(seq)[1] != len(tokens) - 1:
            self.drop(seq)
            return False
        self._tokens[seq] = tokens
        return True

    def abort(self) -> None:
        """Stop the running decode; safe from any thread."""
        self.llama.abort()

    def clear_abort(self) -> None:
        """Let decodes run again."""
        self.llama.clear_abort()

    def close(self) -> None:
        """Free the model."""
        self.llama.close()
