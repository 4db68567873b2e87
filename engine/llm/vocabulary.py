"""Text to token ids and back, the same rules for every tokeniser: text that is not ours never becomes a mark.

A tokeniser knows two kinds of text: marks of a template, which may become special tokens, and everything
else, which must not, whatever it says. Most tokenisers can be told so; what they recognise all the same
(user-defined tokens that look like a mark) is cut apart here and tokenised in pieces.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from engine.llm.reasoning import MARKS as REASONING_MARKS

# A user-defined token that looks like a mark of a template: <|user|>, [INST], <start_of_turn>.
MARK = re.compile(r"<[^\s<>]+>|\[/?[A-Z_]+\]|<<?/?SYS>>?")


class Vocabulary:
    """A model's tokens; each library has its own subclass.

    Attributes:
        n_tokens: how many there are.
        special: id → text of every token that text must never become: control tokens, and user-defined ones
            that look like a mark of a template.
        ends: ids that end a generation, and -1 for "none is allowed".
        bos: id that begins a prompt, -1 where there is none; `add_bos` whether prompts begin with it.
    """

    def __init__(
        self, n_tokens: int, special: Mapping[int, str], ends: Collection[int], *, bos: int = -1, add_bos: bool = False
    ) -> None:
        self.n_tokens, self.bos, self.add_bos = n_tokens, bos, add_bos
        self.special = dict(special)
        self.ends = frozenset([-1, *ends])
        self._pieces: dict[int, bytes] = {}
        longest_first = sorted(filter(None, self.special.values()), key=len, reverse=True)
        self._marks = re.compile("|".join(re.escape(text) for text in longest_first) or r"(?!)")
        # SentencePiece puts a space before each text. Behind a line feed it does so too, where nothing needs it
        # and where it can be taken away with the line feed's own tokens; elsewhere this is empty.
        lead = self._encode("\n", False)
        self._lead = lead if lead and self._adds_space() else []

    def _encode(self, text: str, special: bool) -> list[int]:
        """What the library makes of a text."""
        raise NotImplementedError

    def _read_piece(self, token: int) -> bytes:
        """The bytes a token stands for."""
        raise NotImplementedError

    def _adds_space(self) -> bool:
        first = self._encode("a", False)
        return bool(first) and self.piece(first[0]).startswith(b" ")

    def tokenize(self, text: str, *, special: bool, inside: bool = False) -> list[int]:
        """Token ids of a text.

        Args:
            special: the text is a template's own marks; otherwise no id of `self.special` comes out of it,
                whatever it says.
            inside: other text stands right before this one, so no space belongs between them.
        """
        if not text:
            return []
        ids = self._encode_inside(text, special) if inside else self._encode(text, special)
        if special or self.special.keys().isdisjoint(ids):
            return ids
        return self._tokenize_apart(text)

    def _tokenize_apart(self, text: str) -> list[int]:
        """Tokens of a text in which a mark was recognised although it must not be: cut inside each mark."""
        parts, start = [], 0
        for match in self._marks.finditer(text):
            parts.append(text[start : match.start() + 1])
            start = match.start() + 1
        parts.append(text[start:])
        ids: list[int] = []
        for part in parts:
            found = self._encode_inside(part, False)
            if not self.special.keys().isdisjoint(found):
                found = [i for c in part for i in self._encode_inside(c, False) if i not in self.special]
            ids += found
        return ids

    def _encode_inside(self, text: str, special: bool) -> list[int]:
        if not self._lead:
            return self._encode(text, special)
        ids = self._encode("\n" + text, special)
        n = len(self._lead)
        return ids[n:] if ids[:n] == self._lead else self._encode(text, special)

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; none for a control token, but for those around a thought."""
        piece = self._pieces.get(token)
        if piece is None:
            mark = self.special.get(token, "")
            piece = mark.encode() if mark in REASONING_MARKS else self._read_piece(token)
            self._pieces[token] = piece
        return piece
