"""What a model thinks before it answers, told from what it says, while it streams.

Three habits are known. A block between marks in front of the answer (`<think>…</think>`, `[THINK]…[/THINK]`);
the same without the first mark, because the template wrote it; and channels (gpt-oss: `<|channel|>analysis
<|message|>…<|end|><|start|>assistant<|channel|>final<|message|>…`), where everything but `final` is thought.
A block that is never closed is thought to its end. Marks count at the beginning only: further on they are words
of an answer, which may well be about such marks.
"""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["MARKS", "THOUGHT_BEGINS", "THOUGHT_ENDS", "ReasoningReader"]

Said = Literal["thought", "text"]

_OPEN = ("<think>", "<thinking>", "[THINK]", "<|START_THINKING|>")
_CLOSE = ("</think>", "</thinking>", "[/THINK]", "<|END_THINKING|>")
# For whoever is told a thought in another way.
THOUGHT_BEGINS, THOUGHT_ENDS = _OPEN[0], _CLOSE[0]
_ENDS = ("<|end|>", "<|return|>", "<|call|>")
_CHANNELS = ("<|start|>", "<|channel|>", "<|message|>", "<|constrain|>", *_ENDS)
# Tokens that a model must be heard to say although they are no text: without them its channels run into each other.
MARKS = frozenset((*_OPEN, *_CLOSE, "<|start|>", "<|channel|>", "<|message|>", "<|constrain|>", "<|end|>"))
_ANY = re.compile("|".join(re.escape(mark) for mark in (*_OPEN, *_CLOSE, *_CHANNELS)))
_FIRST = frozenset("<[")
_LONGEST = max(len(mark) for mark in (*_OPEN, *_CLOSE, *_CHANNELS))


class ReasoningReader:
    """Splits a stream into thought and text.

    Args:
        opened: the template has opened a thought already.
    """

    def __init__(self, *, opened: bool = False) -> None:
        self._state: Literal["start", "thought", "header", "text"] = "thought" if opened else "start"
        self._held = ""
        self._header = ""
        self._has_channels = False

    def feed(self, piece: str) -> list[tuple[Said, str]]:
        """What is certain after one more piece."""
        if not self._held and self._state == "text" and _FIRST.isdisjoint(piece):
            return [("text", piece)] if piece else []
        self._held += piece
        said: list[tuple[Said, str]] = []
        while match := _ANY.search(self._held):
            before, self._held = self._held[: match.start()], self._held[match.end() :]
            self._say(said, before)
            self._mark(said, match.group())
        keep = _may_become_mark(self._held)
        certain, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        self._say(said, certain)
        return said

    def finish(self) -> list[tuple[Said, str]]:
        """What was held back until now."""
        said: list[tuple[Said, str]] = []
        held, self._held = self._held, ""
        self._say(said, held)
        return said

    def _say(self, said: list[tuple[Said, str]], words: str) -> None:
        if self._state == "header":
            self._header += words
            return
        if self._state == "start":
            if not words.strip():
                # Blank lines in front of a thought or of an answer are neither.
                return
            self._state = "text"
            words = words.lstrip()
        if words:
            said.append(("thought" if self._state == "thought" else "text", words))

    def _mark(self, said: list[tuple[Said, str]], mark: str) -> None:
        begins = self._state == "start" and mark in ("<|channel|>", "<|start|>")
        if mark in _CHANNELS and (self._has_channels or begins):
            self._channel(mark)
        elif mark in _OPEN and self._state == "start":
            self._state = "thought"
        elif mark in _CLOSE and self._state == "thought":
            self._state = "start"
        else:
            self._say(said, mark)

    def _channel(self, mark: str) -> None:
        self._has_channels = True
        if mark == "<|message|>":
            is_final = "final" in self._header or not self._header.strip()
            self._state = "text" if is_final else "thought"
            return
        # A name, a recipient, a role: nothing of it is said.
        self._header = "" if mark in ("<|channel|>", *_ENDS) else self._header
        self._state = "header"


def _may_become_mark(text: str) -> int:
    """Length of the end of a text that may still become a mark."""
    for at in range(max(0, len(text) - _LONGEST + 1), len(text)):
        if text[at] in _FIRST and any(mark.startswith(text[at:]) for mark in (*_OPEN, *_CLOSE, *_CHANNELS)):
            return len(text) - at
    return 0
