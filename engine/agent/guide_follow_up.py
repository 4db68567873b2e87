"""A follow-up as it would have been asked alone: behind "How much is the rent?" "And the deposit?" is a whole question.

Only what names nothing but the other thing is put in the place of the one that was asked about; anything else goes to
the search behind what it refers to, as the chooser marks it.
"""

from __future__ import annotations

import re

__all__ = ["asked_in_full"]

_DETERMINER = r"(?:the|an?|my|our|your|his|her|their|this|that|each|every)"
_PREPOSITION = r"(?:in|for|on|at|to|from|with|by|of|about|during|after|before|under)"
_ELLIPSIS = re.compile(
    rf"\W*(?:(?:ok|so|thanks|thank you|great)[\s,.!]+)?(?:and|what about|how about|and (?:what|how) about|or)\s+"
    rf"(?P<other>(?:(?P<preposition>{_PREPOSITION})\s+)?(?:{_DETERMINER}\s+)?"
    rf"(?!(?:{_DETERMINER}|is|are|was|were|do|does|did|can|how|what|when|where|who|why|which|if|then|it|that|this|he|she|they|i|we|you"
    r"|so|now|after|there|please|one|ones|second|third|first|last|next|other|others|rest|same|plus|minus|times)\b)"
    r"[\w’'.-]+(?:\s+[\w’'.-]+){0,3})\W*",
    re.IGNORECASE,
)
_LAST_PHRASE = re.compile(
    rf"\b{_DETERMINER}\s+(?:(?!\b(?:{_DETERMINER}|{_PREPOSITION})\b)[\w’'.-]+\s*)+$", re.IGNORECASE
)
_POSSESSIVE = re.compile(rf"\b(?:{_DETERMINER}\s+)?[\w-]+(?:['’]s|s['’])(?=\s)", re.IGNORECASE)
_NAME = re.compile(r"(?<=\s)(?!I\b)[A-Z][\w’'-]*\.?(?:\s+[A-Z][\w’'-]*)*")
# Behind a thing it is no part of it.
_BEHIND = re.compile(
    r"\s+(?:due|costs?|open|close[ds]?|opened|begin|start|end|last|take|paid|located|allowed|worth|called|mean|work|expire"
    r"|happen|stand|live|arrive|leave|kept|born|built|made|served|held|stored|hidden)$",
    re.IGNORECASE,
)
_LONGEST = 200


def asked_in_full(words: str, before: str) -> str:
    """The question before with the other thing in it; "" where the words are no such follow-up.

    Args:
        before: what was asked in the turn before.
    """
    found = _ELLIPSIS.fullmatch(words.strip())
    asked = before.strip().rstrip(" ?.!")
    if found is None or not asked or len(asked) > _LONGEST or "\n" in asked:
        return ""
    other = found["other"]
    if preposition := found["preposition"]:
        whole = f" {preposition.casefold()} "
        at = asked.casefold().rfind(whole)
        return f"{asked[:at]} {other}?" if at > 0 else f"{asked} {other}?"
    if other.endswith(("'s", "’s")) and (owner := _last(_POSSESSIVE, asked)):
        return f"{asked[: owner.start()]}{other}{asked[owner.end() :]}?"
    if other[:1].isupper():
        name = _last(_NAME, asked)
        return f"{asked[: name.start()]}{other}{asked[name.end() :]}?" if name else ""
    phrase = _last(_LAST_PHRASE, asked)
    if phrase is None:
        return ""
    # "What does the Fern cabin cost": behind what both end in stands no part of the thing.
    head = re.search(rf"\b{re.escape(other.split()[-1])}\b", phrase[0], re.IGNORECASE)
    verb = _BEHIND.search(phrase[0])
    behind = phrase[0][head.end() :] if head else verb[0] if verb else ""
    return f"{asked[: phrase.start()]}{other}{behind}?"


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return next(reversed(list(pattern.finditer(text))), None)
