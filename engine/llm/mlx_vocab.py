"""The vocabulary of a model in MLX form, and grammars over it.

Text becomes tokens by `tokenizers` itself, without the library of models around it; what bytes a token stands
for, and which tokens a grammar allows, by `llguidance`. Grammars arrive as GBNF, like everywhere here, and are
translated by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import llguidance
import numpy as np
from llguidance import gbnf_to_lark as _gbnf
from numpy.typing import NDArray
from tokenizers import Tokenizer

from engine.errors import ModelBrokenError, UsageError
from engine.llm.mlx_folder import MlxFolder
from engine.llm.vocabulary import MARK, Vocabulary

# Marks that end a turn in the main families; llama.cpp knows the same by name.
_TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<|eom_id|>", "<|return|>",
              "<|end_of_text|>", "<|END_OF_TURN_TOKEN|>", "<｜end▁of▁sentence｜>")  # fmt: skip
_UNREADABLE = "The grammar for this answer cannot be read; it needs GBNF with a rule named root."


class MlxVocab(Vocabulary):
    """The tokens of a folder's tokenizer.json.

    Args:
        n_logits: how many the model chooses among, 0 where nobody knows; often a few more than there are tokens.
    """

    has_grammar = True

    def __init__(self, folder: MlxFolder, n_logits: int) -> None:
        text = (folder.path / "tokenizer.json").read_text("utf-8", errors="replace")
        try:
            self._tokenizer = Tokenizer.from_str(text)
        # The library raises bare Exception.
        except Exception as exc:
            raise ModelBrokenError(f"The tokenizer.json of {folder.name} cannot be read ({exc}).") from exc
        n_tokens = max(n_logits, self._tokenizer.get_vocab_size(with_added_tokens=True))
        added = self._tokenizer.get_added_tokens_decoder()
        special = {i: token.content for i, token in added.items() if token.special or MARK.fullmatch(token.content)}
        # Where there are channels this mark ends one of them, not the turn.
        turn_ends = [mark for mark in _TURN_ENDS if mark != "<|end|>" or not self.has_token("<|channel|>")]
        named = (self._tokenizer.token_to_id(mark) for mark in (folder.eos, *turn_ends) if mark)
        ends = [token for token in (*folder.end_ids, *named) if token is not None and 0 <= token < n_tokens]
        self._guide = self._create_guide(text, folder, n_tokens, ends)
        bos = self._tokenizer.token_to_id(folder.bos) if folder.bos else None
        bos = -1 if bos is None else bos
        add_bos = self._starts_with(bos) if folder.add_bos is None else folder.add_bos
        super().__init__(n_tokens, special, ends, bos=bos, add_bos=add_bos and bos >= 0)

    @staticmethod
    def _create_guide(text: str, folder: MlxFolder, n_tokens: int, ends: Sequence[int]) -> Any:
        try:
            return llguidance.LLTokenizer(text, n_vocab=n_tokens, eos_token=list(ends) or None)
        # So does what reads the tokenizer.
        except Exception as exc:
            raise ModelBrokenError(f"The tokenizer.json of {folder.name} cannot be used ({exc}).") from exc

    def _starts_with(self, bos: int) -> bool:
        return bool(self._tokenizer.encode("a").ids[:1] == [bos])

    def has_token(self, mark: str) -> bool:
        """Whether the vocabulary has exactly this token."""
        return self._tokenizer.token_to_id(mark) is not None

    def _encode(self, text: str, special: bool) -> list[int]:
        self._tokenizer.encode_special_tokens = not special
        # Half of a pair of UTF-16, which Python can hold and UTF-8 cannot.
        text = text.encode("utf-8", errors="replace").decode()
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _read_piece(self, token: int) -> bytes:
        if token in self.special or not 0 <= token < self.n_tokens:
            return b""
        return bytes(self._guide.decode_bytes([token]))

    def grammar(self, text: str) -> TokenGrammar:
        """What a grammar allows; UsageError where it cannot be read."""
        try:
            lark = _gbnf.gbnf_to_lark(text)
        # The translator raises bare Exception, and what its parser stumbles over.
        except Exception as exc:
            raise UsageError(_UNREADABLE) from exc
        matcher = llguidance.LLMatcher(self._guide, lark)
        if matcher.is_error():
            raise UsageError(_UNREADABLE)
        return TokenGrammar(matcher, self)


class TokenGrammar:
    """Which tokens may come next; `accept` moves on."""

    def __init__(self, matcher: Any, vocab: MlxVocab) -> None:
        self._matcher, self._vocab = matcher, vocab

    def allows(self, token: int) -> bool:
        """Whether this token may come next; an end may where the text is complete."""
        if token in self._vocab.ends:
            return bool(self._matcher.is_accepting())
        return token not in self._vocab.special and self._matcher.validate_tokens([token]) == 1

    def mask(self) -> NDArray[np.bool_]:
        """For every token whether it may come next."""
        n = self._vocab.n_tokens
        bits = np.unpackbits(np.frombuffer(self._matcher.compute_bitmask(), np.uint8), bitorder="little")
        allowed = np.zeros(n, bool)
        allowed[: len(bits)] = bits[:n]
        allowed[list(self._vocab.special)] = False
        allowed[[token for token in self._vocab.ends if token >= 0]] = self._matcher.is_accepting()
        return allowed

    def accept(self, token: int) -> None:
        """This token comes next."""
        self._matcher.consume_token(token)
