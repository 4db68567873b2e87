"""What the guide says of the chat itself: what was asked in it last, or first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.chats import Turn
from engine.tools.quoting import quoted_memory

__all__ = ["what_was_asked"]

_ASKS = re.compile(
    r"\W*(?:(?:and|so|ok|wait|sorry|hm+)\b[\s,]*){0,2}"
    r"(?:what (?:did|have|was it)(?: that)? i (?:just |last |first |only just )?"
    r"(?:ask(?:ed)?|say|said|write|written|type|typed)"
    r"(?: (?:you|to you))?(?: (?:just now|before|last|first|a (?:moment|minute) ago|earlier))?"
    r"|what was my (?:last|previous|first|latest) (?:question|message|prompt))\W*",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\bfirst\b", re.IGNORECASE)
_NOTHING = "Nothing yet: this chat begins here. What I was told before stands in the Memory panel."


def what_was_asked(words: str, earlier: Sequence[Turn]) -> str:
    """What the person wrote last in this chat, or first; "" where they do not ask for that."""
    if not _ASKS.fullmatch(words.strip()):
        return ""
    said = [turn.text for turn in earlier if turn.role == "user"]
    if not said:
        return _NOTHING
    return f"You wrote: {quoted_memory(said[0] if _FIRST.search(words) else said[-1])}"
