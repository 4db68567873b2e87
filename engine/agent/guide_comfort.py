"""What the guide says to somebody who does not want to go on: not what it can and cannot do."""

from __future__ import annotations

import re

from engine.agent.run import Outcome, Run

__all__ = ["COMFORT", "comfort", "speaks_of_despair"]

COMFORT = (
    "I am sorry that it is this hard. I am only a small program on your computer and no help in this, but people are: "
    "please talk now to somebody you trust, to a doctor, or to a crisis line. If you are in danger, call the emergency "
    "number of your country."
)
_DESPAIR = re.compile(
    r"\b(?:suicidal|commit(?:ting)? suicide|(?:kill|hurt|harm)(?:ing)? myself|end(?:ing)? (?:it all|my life)"
    r"|tak(?:e|ing) my (?:own )?life|(?:want|wanted|wish|going|like) to die|(?:wish|rather) i (?:was|were) dead"
    r"|better off (?:without me|if i (?:was|were) (?:dead|gone))|better off dead"
    r"|(?:no|any|the) (?:point|reason|sense) (?:of|in|to) (?:going on|living|live|go on|be(?:ing)? alive)"
    r"|(?:can['’]?t|cannot|don['’]?t want to) (?:go on|live)(?: like this)? any ?more"
    r"|(?:don['’]?t|do not) want to live)\b",
    re.IGNORECASE,
)


def speaks_of_despair(words: str) -> bool:
    """Whether somebody says that they do not want to live; rather once too often than not."""
    return _DESPAIR.search(words[:2000]) is not None


def comfort(run: Run) -> Outcome:
    """Point to people. Nothing of it is kept as a memory."""
    run.use_memory = False
    return Outcome(COMFORT)
