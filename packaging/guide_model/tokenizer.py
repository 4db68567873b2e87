"""The guide's tokenizer: byte-level BPE, cut like GPT-2, so that llama.cpp's `gpt-2` pre-tokenizer gives the same ids.

Digits are kept apart while the merges are learned (no merge holds a digit), which makes a number a row of digits that
can be copied one by one. The pre-tokenizer that is saved is the plain GPT-2 one; as no merge joins digits, it gives
the same ids.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL_TOKENS = ("<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|end|>")
SYSTEM, USER, ASSISTANT, TOOL, END = range(len(SPECIAL_TOKENS))


def train_tokenizer(texts: Iterable[str], vocabulary_size: int) -> Tokenizer:
    """A tokenizer whose first ids are the special tokens; they are never found in text (see `encode`)."""
    tokenizer = Tokenizer(models.BPE())
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    # The special tokens take the first ids but stay out of the tokenizer itself: text can never become one.
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size - len(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.pre_tokenizer = byte_level
    return tokenizer


class GuideTokenizer:
    """Ids of text and of turns."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.size = tokenizer.get_vocab_size() + len(SPECIAL_TOKENS)

    @classmethod
    def load(cls, path: Path) -> GuideTokenizer:
        """The tokenizer saved in `path`."""
        return cls(Tokenizer.from_file(str(path)))

    def encode(self, text: str) -> list[int]:
        """Ids of text; `<|end|>` written in it is just characters."""
        return [token + len(SPECIAL_TOKENS) for token in self._tokenizer.encode(text, add_special_tokens=False).ids]

    def decode(self, ids: Iterable[int]) -> str:
        """Text of ids, special tokens left out."""
        kept = [token - len(SPECIAL_TOKENS) for token in ids if token >= len(SPECIAL_TOKENS)]
        return self._tokenizer.decode(kept)

    def prompt(self, words: str) -> list[int]:
        """A turn up to where the model chooses."""
        return [USER, *self.encode(words), END, ASSISTANT]

    def choice(self, choice: str) -> list[int]:
        """What the model has to say after `prompt`."""
        return [*self.encode(choice), END]
