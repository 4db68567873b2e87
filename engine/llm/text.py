"""Tokens become text one at a time: UTF-8 that is split across tokens, and stop strings across their borders.

Both are O(1) per token. Bytes of an unfinished character wait for the next token; text waits only while it
may still become a stop string, so a person sees every word as soon as it is certain.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence


class StopFilter:
    """Lets text through until one of the stop strings is complete.

    Attributes:
        stopped: a stop string was found; nothing after it is let through.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(s for s in stops if s)
        self._firsts = frozenset(s[0] for s in self._stops)
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """The text that is certain now."""
        if self.stopped:
            return ""
        if not self._held and self._firsts.isdisjoint(text):
            return text
        text = self._held + text
        at = min((i for i in (text.find(s) for s in self._stops) if i >= 0), default=-1)
        if at >= 0:
            self.stopped, self._held = True, ""
            return text[:at]
        hold = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - hold :]
        return text[: len(text) - hold]

    def flush(self) -> str:
        """What was held back, once it is known that no stop string came of it."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that is a beginning of `stop`."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if stop.startswith(text[-length:]):
            return length
    return 0


class TextStream:
    """Turns tokens into text.

    Args:
        piece: the bytes of a token.
        texts: the texts of tokens that are whole characters, kept from one generation to the next.
        stops: stop strings.
    """

    def __init__(self, piece: Callable[[int], bytes], texts: dict[int, str], stops: Sequence[str] = ()) -> None:
        self._piece, self._texts = piece, texts
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._waiting = False
        self._filter = StopFilter(stops) if any(stops) else None
        # Only with stop strings: where each token begins in the text, and how much of the text was let through.
        self._starts: list[int] = []
        self._n_raw = 0
        self._n_shown = 0

    @property
    def has_stops(self) -> bool:
        """Whether a stop string may end the text."""
        return self._filter is not None

    @property
    def stopped(self) -> bool:
        """Whether a stop string was found."""
        return self._filter is not None and self._filter.stopped

    def feed(self, token: int) -> str:
        """The text that is certain after one more token."""
        text = None if self._waiting else self._texts.get(token)
        if text is None:
            text = self._decode(token)
        if self._filter is None:
            return text
        self._starts.append(self._n_raw)
        self._n_raw += len(text)
        shown = self._filter.feed(text)
        self._n_shown += len(shown)
        return shown

    def _decode(self, token: int) -> str:
        piece = self._piece(token)
        was_waiting = self._waiting
        text = self._decoder.decode(piece)
        self._waiting = bool(self._decoder.getstate()[0])
        if not was_waiting and not self._waiting:
            self._texts[token] = text
        return text

    def finish(self) -> str:
        """Text held back that no stop string came of; the bytes of an unfinished character are dropped."""
        return "" if self._filter is None or self.stopped else self._filter.flush()

    def n_keep(self, n_tokens: int) -> int:
        """Of `n_tokens` tokens fed, how many begin before the stop string; all where there was none."""
        while self.stopped and n_tokens and self._starts[n_tokens - 1] >= self._n_shown:
            n_tokens -= 1
        return n_tokens
