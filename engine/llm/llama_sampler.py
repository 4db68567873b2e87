"""Choosing the next token: llama.cpp's chain of samplers, and a grammar over the token that it chose.

- *Logits stay in C.* `llama_sampler_sample` reads them itself. Only where a grammar refused the sampled token
  are they looked at from here, through a view, to choose again among what the grammar allows.
- *A grammar costs one token, not the vocabulary.* Sample freely, ask the grammar about that one token, and
  only if it refuses apply it to the likeliest, and only if it leaves too few of them to those that begin with a byte
  that may come (token_starts.py), the likeliest of them first. The result has the distribution of choosing under the
  grammar: what is refused is drawn again from the rest. Asking about all costs 0.9 ms of 16,000 tokens, this 0.15.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.llm.backend import Sampling
from engine.llm.llamacpp import Vocab, lib
from engine.llm.reading import PENALTY_LAST_N

_TOKEN_DATA = np.dtype([("id", "<i4"), ("logit", "<f4"), ("p", "<f4")])
# A grammar that refused a token is asked about so many of the likeliest that can come before it is asked about all.
_LIKELIEST = (256, 2048)


class Sampler:
    """Chooses the next token of one generation.

    Attributes:
        chain: the C sampler, which chooses freely.
        check: what to do with its choice, None for nothing: the token, or another that the grammar allows, or -1
            where it allows none.
        n_refused: tokens that the grammar refused.
        enough: so many of the likeliest that the grammar allows are all that the chain looks at; 0 for all tokens.
    """

    def __init__(
        self, context: Any, vocab: Vocab, sampling: Sampling, grammar: str | None, recent: Sequence[int]
    ) -> None:
        self._context, self._vocab = context, vocab
        self._grammar: Any = vocab.grammar(grammar) if grammar is not None else None
        self.chain, self._penalties = _create_chain(sampling, vocab.n_tokens)
        self._recent = deque(recent[-PENALTY_LAST_N:], PENALTY_LAST_N)
        if self._penalties:
            for token in self._recent:
                lib.llama_sampler_accept(self._penalties, token)
        self._one = (lib.llama_token_data * 1)()
        self._one_array = lib.llama_token_data_array(self._one, 1, -1, False)
        self.enough = 0 if self._penalties else 1 if sampling.temperature <= 0 else sampling.top_k
        self._data: npt.NDArray[np.void] = np.empty(0, _TOKEN_DATA)
        self._array: Any = None
        self.check: Callable[[int], int] | None = self._check if self._grammar else None
        self.n_refused = 0

    def _check(self, token: int) -> int:
        if not self._allows(token):
            self.n_refused += 1
            token = self._choose_again()
        if token not in self._vocab.ends:
            lib.llama_sampler_accept(self._grammar, token)
            self._recent.append(token)
        return token

    def _allows(self, token: int) -> bool:
        self._one[0].id, self._one[0].logit = token, 0.0
        self._one_array.size = 1
        lib.llama_sampler_apply(self._grammar, ctypes.byref(self._one_array))
        return bool(self._one[0].logit == 0.0)

    def _choose_again(self) -> int:
        """Choose among the tokens that the grammar allows: among the likeliest, or all where these are too few."""
        n = self._vocab.n_tokens
        logits = np.ctypeslib.as_array(lib.llama_get_logits_ith(self._context, -1), shape=(n,))
        ids = self._able_to_come()
        tries = (self._among(ids, logits, most) for most in _LIKELIEST if self.enough and most < len(ids))
        array = next(filter(None, tries), None) or self._allowed(ids, logits, 1)
        # A grammar may name a token itself, whatever its text begins with.
        array = array or self._allowed(np.arange(n), logits, 1)
        if array is None:
            return -1
        if self._penalties:
            # The refused token was already counted as said.
            lib.llama_sampler_reset(self._penalties)
            for token in self._recent:
                lib.llama_sampler_accept(self._penalties, token)
        lib.llama_sampler_apply(self.chain, ctypes.byref(array))
        token = int(array.data[array.selected].id)
        lib.llama_sampler_accept(self.chain, token)
        return token

    def _among(self, ids: npt.NDArray[np.int64], logits: npt.NDArray[np.float32], most: int) -> Any:
        """The likeliest of these tokens, as `_allowed`."""
        return self._allowed(ids[np.argpartition(logits[ids], -most)[-most:]], logits, self.enough)

    def _able_to_come(self) -> npt.NDArray[np.int64]:
        """Tokens that begin with a byte that the grammar allows now."""
        starts = self._vocab.starts
        logits = self._apply_grammar(starts.probes, np.float32(0.0))
        return starts.tokens(np.isfinite(logits))

    def _allowed(self, ids: npt.NDArray[np.int64], logits: npt.NDArray[np.float32], enough: int) -> Any:
        """The tokens, those that the grammar forbids at -inf; None where fewer than enough are left."""
        left = self._apply_grammar(ids, logits[ids])
        return self._array if np.count_nonzero(np.isfinite(left)) >= enough else None

    def _apply_grammar(self, ids: npt.NDArray[np.int64], logits: Any) -> npt.NDArray[np.float32]:
        """The logits, those of tokens that the grammar forbids at -inf; the tokens are in `_array` until the next."""
        self._data = np.empty(len(ids), _TOKEN_DATA)
        self._data["id"], self._data["logit"], self._data["p"] = ids, logits, 0.0
        pointer = self._data.ctypes.data_as(lib.llama_token_data_p)
        self._array = lib.llama_token_data_array(pointer, len(ids), -1, False)
        lib.llama_sampler_apply(self._grammar, ctypes.byref(self._array))
        left: npt.NDArray[np.float32] = self._data["logit"]
        return left

    def close(self) -> None:
        """Free what C allocated."""
        for sampler in (self.chain, self._grammar):
            if sampler:
                lib.llama_sampler_free(sampler)
        self.chain = self._grammar = self._penalties = None
        self.check = None


def _create_chain(sampling: Sampling, n_vocab: int) -> tuple[Any, Any]:
    """The chain of samplers, and its penalties if it has some (owned by the chain)."""
    chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
    penalties = None
    if sampling.repeat_penalty != 1.0:
        penalties = lib.llama_sampler_init_penalties(n_vocab, PENALTY_LAST_N, sampling.repeat_penalty, 0.0, 0.0)
        lib.llama_sampler_chain_add(chain, penalties)
    if sampling.temperature <= 0:
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
        return chain, penalties
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_k(sampling.top_k))
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_p(sampling.top_p, 1))
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_min_p(sampling.min_p, 1))
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_temp(sampling.temperature))
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_dist(sampling.seed & 0xFFFFFFFF))
    return chain, penalties
