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
    r"\b(?:suicidal|commit(?:ting)? suicide|(?:kill|hurt|harm|cut|hang)(?:ing)? myself|end(?:ing)? (?:it all|my life)"
    r"|tak(?:e|ing) my (?:own )?life|(?:want|wanted|wish|going|like|ready) to die|(?:wish|rather) i (?:was|were) dead"
    r"|better off (?:without me|if i (?:was|were) (?:dead|gone))|better off dead"
    r"|(?:no|any|the) (?:point|reason|sense) (?:of|in|to) (?:going on|living|live|go on|be(?:ing)? alive)"
    r"|(?:can['’]?t|cannot|don['’]?t want to) (?:go on|live|do this|take (?:it|this))(?: like this)? any ?more"
    r"|(?:don['’]?t|do not) want to (?:live|exist|wake up"
    r"|(?:be|stay) (?:here|alive|around)(?! (?:on|at|in|until|till|when|for|by)\b))"
    r"|want (?:it|this|everything) (?:all )?to (?:end|stop|be over)"
    r"|no ?(?:body|one) would (?:even |ever )?(?:notice|miss me|care if i)|self[- ]?harm"
    r"|(?:took|taken|swallowed|taking) (?:just )?(?:a lot|lots|too many|too much|so many|all|a whole|the whole"
    r"|a handful|a bottle|a pack|a box|dozens|\d{2,})(?: \w+){0,4} (?:pills|tablets|medication|paracetamol|capsules)"
    r"|overdosed?"
    r"|(?:mich|meinem leben) (?:umbringen|ein ende)|ich (?:will|möchte) nicht mehr leben"
    r"|(?:veux|voudrais) mourir|me (?:tuer|suicider)|(?:quiero|prefiero) morir|(?:matarme|suicidarme)"
    r"|(?:voglio|vorrei) morire|(?:uccidermi|suicidarmi)|(?:quero|queria) morrer|wil niet meer leven|wil dood)\b",
    re.IGNORECASE,
)


def speaks_of_despair(words: str) -> bool:
    """Whether somebody says that they do not want to live; rather once too often than not."""
    return _DESPAIR.search(words[:2000]) is not None


def comfort(run: Run) -> Outcome:
    """Point to people. Nothing of it is kept as a memory."""
    run.use_memory = False
    return Outcome(COMFORT)
