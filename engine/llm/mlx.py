"""MLX: one loaded model and its sequences, by mlx-lm's models and caches.

The only file that imports `mlx` and `mlx_lm`. Everything here runs on the one thread that serves the worker's
requests: MLX keeps its streams per thread, and work from a second one crashes. A cancel is therefore only looked
at, between micro-batches and between tokens.

- Each sequence has a prompt cache of its own. A new prompt is compared with what it has read and the cache is
  trimmed to the common prefix; caches that cannot be trimmed (recurrent states, a sliding window that has
  wrapped around) are made anew, and the meter says that tokens are read again.
- Only the last token's logits are computed: what else a micro-batch would give is never asked for, so MLX, which
  computes on demand, leaves the largest matrix out.
- A grammar costs one token, not the vocabulary, as with llama.cpp: sample freely, ask whether that token is
  allowed, and only if it is not choose again among what is.
- Not done: computing the next token while this one is sent (mlx-lm does it). Where generation ends, the cache
  would then hold a token too many, which a recurrent state cannot give back.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import mlx.core as _mx
from mlx.utils import tree_flatten
from mlx_lm.models import cache as caches
from mlx_lm.sample_utils import make_logits_processors, make_sampler
from mlx_lm.utils import load_model

from engine.errors import ModelBrokenError, ModelError
from engine.llm.backend import Sampling
from engine.llm.mlx_folder import MlxFolder
from engine.llm.mlx_vocab import MlxVocab, TokenGrammar
from engine.llm.reading import N_SEQUENCES, PENALTY_LAST_N, Emit, PromptReader

# A module of C++; its hints describe less than it takes.
mx: Any = _mx

# Values that share a scale in a KV cache of 8 bits.
_KV_GROUP = 64


class MlxSession(PromptReader):
    """Reads prompts and generates tokens on a model in MLX form.

    Args:
        n_ctx: tokens of context that all sequences share.
        on_progress: called with 0…1 while the weights load; False stops the load.
        kv_type: of the KV cache: f16, or q8_0 for half of it.

    Raises:
        ModelBrokenError: mlx-lm cannot load the folder.
    """

    def __init__(
        self, folder: MlxFolder, n_ctx: int, on_progress: Callable[[float], bool], *, kv_type: str = "f16"
    ) -> None:
        super().__init__(n_ctx)
        self._kv_type = kv_type
        self._model = _load(folder, on_progress)
        self._head_size = folder.number(
            "head_dim", folder.number("hidden_size") // folder.number("num_attention_heads", 1)
        )
        self.vocab = MlxVocab(folder, folder.number("vocab_size"))
        self._caches: list[list[Any]] = [self._create_cache() for _ in range(N_SEQUENCES)]
        self._logits: Any = None

    def _create_cache(self) -> list[Any]:
        made: list[Any] = caches.make_prompt_cache(self._model)
        if self._kv_type == "q8_0" and self._head_size % _KV_GROUP == 0:
            made = [caches.QuantizedKVCache(_KV_GROUP, 8) if type(c) is caches.KVCache else c for c in made]
        return made

    @property
    def rereads(self) -> bool:
        """Whether a prompt that differs somewhere from what was read may have to be read from its beginning."""
        fresh = self._create_cache()
        window = min((getattr(c, "max_size", None) or self._n_ctx for c in fresh), default=self._n_ctx)
        return window < self._n_ctx or not caches.can_trim_prompt_cache(fresh)

    def _forget_end(self, seq: int, n_kept: int) -> bool:
        excess = len(self._tokens[seq]) - n_kept
        return bool(caches.trim_prompt_cache(self._caches[seq], excess) == excess)

    def _read(self, seq: int, part: Sequence[int], cancelled: Callable[[], bool], *, is_last: bool) -> int:
        cache = self._caches[seq]
        try:
            logits = self._model(mx.array([list(part)]), cache=cache)
            if is_last:
                self._logits = logits[:, -1, :].astype(mx.float32)
                mx.eval(self._logits)
            mx.eval([c.state for c in cache])
        except (RuntimeError, ValueError, TypeError) as exc:
            self.drop(seq)
            raise ModelError(f"The model could not read on (MLX said: {exc}); ask again or load it anew.") from exc
        self._tokens[seq] += part
        return len(part)

    def sampler(self, sampling: Sampling, grammar: str | None, recent: Sequence[int]) -> MlxSampler:
        """A sampler for one generation; close it."""
        return MlxSampler(self.vocab, sampling, grammar, recent)

    def generate(
        self, seq: int, sampling: Sampling, sampler: MlxSampler, cancelled: Callable[[], bool], emit: Emit
    ) -> str:
        """Generate after the prompt that was read; end, stop, length or cancelled.

        The last token emitted is not in memory yet: it is read with the next prompt.
        """
        tokens, meter, clock = self._tokens[seq], self.meter, time.perf_counter_ns
        left = min(sampling.max_tokens, self.limit(seq) - len(tokens))
        read = clock()
        while left > 0:
            begun = clock()
            token = sampler.choose(self._logits)
            sampled = clock()
            meter.sample_ns += sampled - begun
            if token in self.vocab.ends:
                return "end"
            if emit(token, sampled):
                return "stop"
            left -= 1
            if not left:
                break
            if cancelled():
                return "cancelled"
            before = clock()
            self._make_room(seq, len(tokens) + 1)
            self._read(seq, [token], cancelled, is_last=True)
            now = clock()
            meter.decode_ns += now - before
            meter.outside_ns.append(begun - read + before - sampled)
            read = now
        return "length"

    def drop(self, seq: int) -> None:
        """Forget a sequence."""
        self._tokens[seq] = []
        self._caches[seq] = self._create_cache()

    def save(self, seq: int, path: Path) -> bool:
        """Write what a sequence has read to a file; False where it cannot be."""
        tokens = self._tokens[seq]
        if not tokens:
            return False
        # MLX names the file itself unless it ends as it expects.
        written = path.with_name(path.name + ".safetensors")
        try:
            caches.save_prompt_cache(str(written), self._caches[seq], {"tokens": " ".join(map(str, tokens))})
            written.replace(path)
        except (RuntimeError, ValueError, TypeError, OSError):
            return False
        finally:
            written.unlink(missing_ok=True)
        return True

    def restore(self, seq: int, path: Path) -> bool:
        """Read a sequence back; False, and an empty sequence, where it cannot be used."""
        self.drop(seq)
        linked = path.with_name(path.name + ".safetensors")
        try:
            with _another_name(path, linked):
                cache, metadata = caches.load_prompt_cache(str(linked), return_metadata=True)
                mx.eval([c.state for c in cache])
            tokens = [int(token) for token in metadata["tokens"].split()]
        except (RuntimeError, ValueError, TypeError, KeyError, OSError):
            return False
        if len(cache) != len(self._caches[seq]) or not 0 < len(tokens) < self._n_ctx:
            return False
        self._make_room(seq, len(tokens) + 1)
        self._caches[seq], self._tokens[seq] = cache, tokens
        return True

    def abort(self) -> None:
        """Nothing to do: whether the request was cancelled is asked after each micro-batch and each token."""

    def clear_abort(self) -> None:
        """Nothing to do, as for `abort`."""

    def close(self) -> None:
        """Free the model."""
        self._caches, self._logits, self._model = [], None, None
        mx.clear_cache()


class MlxSampler:
    """Chooses the tokens of one generation.

    Attributes:
        n_refused: tokens that the grammar refused.
    """

    def __init__(self, vocab: MlxVocab, sampling: Sampling, grammar: str | None, recent: Sequence[int]) -> None:
        self._ends = vocab.ends
        self._grammar: TokenGrammar | None = vocab.grammar(grammar) if grammar is not None else None
        mx.random.seed(sampling.seed & 0xFFFFFFFF)
        self._sample = make_sampler(
            temp=max(0.0, sampling.temperature), top_p=sampling.top_p, min_p=sampling.min_p, top_k=sampling.top_k
        )
        penalty = sampling.repeat_penalty if sampling.repeat_penalty != 1.0 else None
        self._processors = make_logits_processors(repetition_penalty=penalty, repetition_context_size=PENALTY_LAST_N)
        self._recent = deque(recent[-PENALTY_LAST_N:], PENALTY_LAST_N)
        self.n_refused = 0

    def choose(self, logits: Any) -> int:
        """A token, one that the grammar allows; -1 where it allows none."""
        for process in self._processors:
            logits = process(mx.array(list(self._recent)), logits)
        token = self._draw(logits)
        if self._grammar is not None:
            if not self._grammar.allows(token):
                self.n_refused += 1
                mask = self._grammar.mask()
                if not mask.any():
                    return -1
                token = self._draw(mx.where(mx.array(mask), logits, -float("inf")))
            if token not in self._ends:
                self._grammar.accept(token)
        self._recent.append(token)
        return token

    def _draw(self, logits: Any) -> int:
        return int(self._sample(logits - mx.logsumexp(logits, keepdims=True)).item())

    def close(self) -> None:
        """Nothing to free: C++ counts references."""


def _load(folder: MlxFolder, on_progress: Callable[[float], bool]) -> Any:
    """The model, its weights in memory."""
    try:
        model, _ = load_model(folder.path, lazy=True)
        weights = [values for _, values in tree_flatten(model.parameters())]
        for n, values in enumerate(weights):
            mx.eval(values)
            if not on_progress((n + 1) / len(weights)):
                raise ModelError("The model was not loaded: it was stopped.")
    # A model type that mlx-lm does not know, weights that do not fit it: it raises what its code stumbles over.
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError, ImportError, OSError) as exc:
        raise ModelBrokenError(f"{folder.name} cannot be loaded by mlx-lm ({exc}); choose another model.") from exc
    return model


@contextlib.contextmanager
def _another_name(path: Path, name: Path) -> Iterator[None]:
    """A file under a second name for a while."""
    try:
        name.hardlink_to(path)
        yield
    finally:
        name.unlink(missing_ok=True)
