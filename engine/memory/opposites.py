"""Whether a memory tells the opposite end of what is asked: "When does it end?" and "It starts on 12 July".

The two share the subject, and both have a time. So the few pairs of words are known that divide such facts: start and
end, leave and arrive, born and died, bought and sold. A memory that has only words of the one side tells nothing of the
other. A question or a memory with words of both sides, and one with a range ("from nine to five"), is left alone.
"""

from __future__ import annotations

import re

__all__ = ["tells_the_opposite"]

_TIME_OR_DAY = (
    r"(?:\d|the \d|noon|midnight|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july"
    r"|august|september|october|november|december|next|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|when|what|which|tomorrow|today|spring|summer|autumn|winter)"
)
_SIDE = "(?:eye|ear|hand|foot|knee|leg|arm|shoulder|side|lens|shoe|glove)"
_PAIRS = (
    (
        r"start(?:s|ed|ing)?|beg[iau]n(?:s|ning)?|open(?:s|ed|ing)?|commence[sd]?|launch(?:es|ed)?|since"
        rf"|from {_TIME_OR_DAY}",
        rf"end(?:s|ed|ing)?|finish(?:es|ed|ing)?|stop(?:s|ped|ping)?|clos(?:e|es|ed|ing)(?! to)|conclude[sd]?|expires?"
        rf"|expired|expiry|over|until|till|quit|run(?:s|ning)? out|ran out|to {_TIME_OR_DAY}",
    ),
    (
        r"leav(?:e|es|ing)|depart(?:s|ed|ure)?|takes? off|sets? (?:off|out)",
        r"arriv(?:e|es|ed|al|ing)|land(?:s|ed|ing)?|gets? (?:there|in|home|back)|reach(?:es|ed)?|returns?|comes? back",
    ),
    (r"lent|lend(?:s|ing)?|borrow(?:s|ed|ing)?|loan(?:ed)?", r"back|return(?:s|ed|ing)?|repaid|repay"),
    (r"born|birth", r"die[ds]?|death|dead|passed away|buried|funeral"),
    (r"b(?:uy|ought)|purchased?|got", r"s(?:ell|old)"),
    (r"marry|married|wedding", r"divorced?|separated|split up|broke up"),
    (r"mov(?:e|ed|ing) in", r"mov(?:e|ed|ing) out"),
    (r"check(?:s|ed)?[ -]?in", r"check(?:s|ed)?[ -]?out"),
    (r"morning|mornings|breakfast", r"evening|evenings|dinner|supper"),
    (r"summer", r"winter"),
    (r"(?<!how )old|previous|former", r"new|current"),
    (r"upstairs", r"downstairs"),
    (rf"left(?= {_SIDE})|(?:on|to|in) the left", rf"right(?= {_SIDE})|(?:on|to|in) the right"),
    (r"(?:do|did|should) i (?:still )?owe|i (?:still )?owe", r"owes? (?:me|us)"),
    (r"my|our", r"next door|the neighbou?rs?(?:['’]s?)?"),
    (r"minimum|at least", r"maximum|at most"),
)
_COMPILED = tuple(
    tuple(re.compile(rf"\b(?:{side})\b", re.IGNORECASE) for side in (one, other)) for one, other in _PAIRS
)
_RANGE = re.compile(r"\d ?(?:-|–|to) ?\d|\bfrom\b.+\b(?:to|until|till)\b", re.IGNORECASE)


def tells_the_opposite(question: str, memory: str) -> bool:
    """Whether a question asks for one end of something, and a memory has only words of the other."""
    if _RANGE.search(memory):
        return False
    for one, other in _COMPILED:
        asked = bool(one.search(question)), bool(other.search(question))
        told = bool(one.search(memory)), bool(other.search(memory))
        if asked in ((True, False), (False, True)) and told == (asked[1], asked[0]):
            return True
    return False
