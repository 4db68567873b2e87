"""A follow-up as it would have been asked alone: behind "How much is the rent?" "And the deposit?" is a whole question.

Only what names nothing but the other thing is put in the place of the one that was asked about; anything else goes to
the search behind what it refers to, as the chooser marks it.
"""

from __future__ import annotations

import re

from engine.search.place_asked import topic_asked

__all__ = ["another_meant", "asked_in_full"]

_DETERMINER = r"(?:the|an?|my|our|your|his|her|their|this|that|each|every)"
_PREPOSITION = r"(?:in|for|on|at|to|from|with|by|of|about|during|after|before|under)"
# Nothing that could be asked about in the place of something else.
_NO_THING = (
    r"(?:is|are|was|were|do|does|did|can|how|what|when|where|who|why|which|if|then|it|that|this|he|she|they|i|we|you|so|now"
    r"|after|there|please|one|ones|second|third|first|last|next|other|others|rest|same|plus|minus|times|not|no|yes|thanks"
    r"|thank|yesterday|today|tomorrow|too|else|more|again|back)"
)
_ELLIPSIS = re.compile(
    rf"\W*(?:(?:ok|so|thanks|thank you|great)[\s,.!]+)?(?:and|what about|how about|and (?:what|how) about|or)\s+"
    rf"(?P<other>(?:(?P<preposition>{_PREPOSITION})\s+)?(?:(?P<determiner>{_DETERMINER})\s+)?"
    rf"(?!(?:{_DETERMINER}|{_NO_THING})\b)[\w’'.-]+(?:\s+(?!{_PREPOSITION}\b)[\w’'.-]+){{0,3}}?)"
    r"(?:,?\s+(?:please|pls|thanks|too|as well|then|instead))*\W*",
    re.IGNORECASE,
)
_WORD = r"[\w’'.-]+"
_PHRASE = re.compile(
    rf"(?P<before>\b{_PREPOSITION}\s+)?\b(?P<phrase>(?P<determiner>{_DETERMINER})(?:\s+(?!(?:{_DETERMINER}|{_PREPOSITION})\b){_WORD})+)",
    re.IGNORECASE,
)
_OWNER = re.compile(rf"^{_DETERMINER}\s+[\w-]+(?:['’]s|s['’])(?=\s)", re.IGNORECASE)
_DAY = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?$", re.IGNORECASE)
_MONTH = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)$", re.IGNORECASE
)
_NAME = re.compile(r"(?<=\s)(?!I\b)[A-Z][\w’'-]*\.?(?:\s+[A-Z][\w’'-]*)*")
# Behind a thing it is no part of it.
_BEHIND = re.compile(
    r"\s+(?:due|costs?|open|close[ds]?|opened|begin|start|end|last|take|paid|located|allowed|worth|called|mean|work|expire"
    r"|happen|stand|live|arrive|leave|kept|born|built|made|served|held|stored|hidden)$",
    re.IGNORECASE,
)
# "How much sugar do I need?"
_COUNTED = re.compile(
    rf"\bhow (?:much|many) (?P<what>(?!{_NO_THING}\b)[\w-]+(?: [\w-]+)??)"
    rf"(?= (?:do|does|did|is|are|was|were|can|should|must|will|have|has|go|{_PREPOSITION})\b|$)",
    re.IGNORECASE,
)
# "No, I meant the other one, E8".
_I_MEANT = re.compile(
    r"\W*(?:(?:no|nope|sorry|oh|hm+)\b[\s,.]*)*i mean(?:t)? (?:the other (?:one)?[\s,:–-]*)?"
    r"(?P<what>\S.{1,60}?)[\s.?!]*$",
    re.IGNORECASE,
)
_LONGEST = 200


def another_meant(words: str) -> str:
    """What they say that they asked for: "no, I meant the boiler people"; "" where they say nothing of the kind."""
    meant = _I_MEANT.match(words)
    return meant["what"] if meant else ""


def asked_in_full(words: str, before: str) -> str:
    """The question before with the other thing in it; "" where the words are no such follow-up, or it is not clear.

    Args:
        before: what was asked in the turn before.
    """
    found = _ELLIPSIS.fullmatch(words.strip())
    asked = before.strip().rstrip(" ?.!")
    if found is None or not asked or len(asked) > _LONGEST or "\n" in asked:
        return ""
    if (topic := topic_asked(asked)) and not found["preposition"]:
        return f"{asked.replace(topic, found['other'])}?"
    place = _place_in(asked, found["other"], found["preposition"] or "", found["determiner"] or "")
    if place is None:
        return ""
    start, end, other = place
    return f"{asked[:start].rstrip()} {other}{asked[end:]}?"


def _place_in(asked: str, other: str, preposition: str, determiner: str) -> tuple[int, int, str] | None:
    """Start and end of what the other thing takes the place of, and how it stands there."""
    if preposition:
        behind = rf"\b{preposition}\s+(?:{_DETERMINER}\s+)?(?!per\b){_WORD}(?:\s+(?!(?:{_PREPOSITION}|per)\b){_WORD})*"
        match = _last(re.compile(behind, re.IGNORECASE), asked)
        return (match.start(), match.end(), other) if match else (len(asked), len(asked), other)
    if not determiner and (other[:1].isupper() or _DAY.match(other) or _MONTH.match(other)):
        names = [m for m in _NAME.finditer(asked) if _kind(m[0]) == _kind(other)]
        return (names[0].start(), names[0].end(), other) if len(names) == 1 else None
    if not determiner and (counted := _COUNTED.search(asked)):
        return counted.start("what"), counted.end("what"), other
    phrases = list(_PHRASE.finditer(asked))
    head = re.compile(rf"\b{re.escape(other.split()[-1])}\b", re.IGNORECASE)
    alike = [m for m in phrases if head.search(m["phrase"])]
    of_theirs = [m for m in phrases if determiner and m["determiner"].casefold() == determiner.casefold()]
    of_theirs = of_theirs if determiner.casefold() not in ("the", "a", "an") else []
    chosen = next((few for few in (alike, of_theirs, phrases) if len(few) == 1), None)
    if chosen is None:
        return None
    start, phrase = chosen[0].start("phrase"), chosen[0]["phrase"]
    if owner := _OWNER.match(phrase):
        other = other if other.endswith(("'s", "’s")) else f"{other}'s"
        return start, start + owner.end(), other
    shared, verb = head.search(phrase), _BEHIND.search(phrase)
    end = shared.end() if shared else verb.start() if verb else len(phrase)
    return start, start + end, other


def _kind(name: str) -> int:
    return 1 if _DAY.match(name) else 2 if _MONTH.match(name) else 0


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return next(reversed(list(pattern.finditer(text))), None)
