"""What is said in a running chat to what asks for nothing and is not kept: "rang him, he comes at three"."""

from __future__ import annotations

import re

from engine.agent.guide.answer.greeting import NO_HELP, greeting_for
from engine.agent.guide.answer.told_before import WILL_REMEMBER, said_before
from engine.agent.guide.care.confided import CANNOT_JUDGE, has_confided
from engine.agent.guide.care.moods import CALM
from engine.agent.guide.care.texts import SORRY, SYMPATHY, THANKS
from engine.agent.guide.understand.languages import foreign_language, is_other_script
from engine.agent.guide.understand.meaning import is_a_task, is_or_may_be_a_question
from engine.agent.run import Outcome, Run

__all__ = ["pass_by"]

_MAY_KEEP = "All right. Say “Remember that …” if I should keep this."
_LONGEST_THANKS, _LONGEST_QUESTION = 12, 14
_ASKS_FOR_THEM = re.compile(r"\b(?:what|how|where|who|when|which)\b", re.IGNORECASE)
_THANKS = re.compile(r"\b(?:thanks|thank you|thank u|thx|ty|ta for|cheers)\b", re.IGNORECASE)
_STATES = re.compile(
    r"\b(?:i|we|he|she|it|they|that|this|my|our|his|her|their|is|are|was|were|has|have|had|did|got|said|told|paid|gave"
    r"|rang|came|comes|went|goes|wants?)\b|['’](?:s|m|re|ve|ll|d)\b",
    re.IGNORECASE,
)
# Steps of a sum, and orders without a known verb.
_ORDERS = re.compile(
    r"\W*(?:(?:and|then|now|ok(?:ay)?|so|no)\b[\s,]*)*(?:plus|minus|times|add|subtract|by|half|double|twice|sum|split"
    r"|divide\w*|multipl\w*|round|in|make|give|show|do|try|use|put|check|again|repeat|say|spell|read|tell|explain|let|be|act|ignore|speak"
    r"|english|go|start|stop|remind|[-+*/\d])(?:\W|$)",
    re.IGNORECASE,
)
# "So the difference is": what comes then is asked for.
_BREAKS_OFF = re.compile(r"\b(?:is|are|was|were|makes|the|of|to)[\s.…:]*$", re.IGNORECASE)
_OF_THEM = re.compile(r"\b(?:i|me|my|we|us|that|this|it)\b", re.IGNORECASE)
_ASKS_US = re.compile(r"\b(?:can|could|would|will) (?:you|u)\b", re.IGNORECASE)
# "And the one after that", "and if they weren't from here" ask on.
_ASKS_ON = re.compile(r"\W*(?:and|or|but|so) (?:if|the|for|in|on|at|what|when)\b", re.IGNORECASE)
_TAG = re.compile(
    r"\b(?:is it|isn['’]?t it|does it|doesn['’]?t it|are they|was it|right|innit)[\s?.!]*$", re.IGNORECASE
)
_FEELS_BAD = re.compile(
    r"\bi (?:feel|felt) (?:so |really |a bit )?(?:sick|ill|awful|terrible|bad|low|rotten|stupid)\b", re.IGNORECASE
)
_FEWEST = 4
_INSULTS = re.compile(
    r"\byou(?:['’]re| are|r)? (?:so |a |such a |really |just )*(?:useless|stupid|rubbish|dumb|crap|annoying|idiot\w*"
    r"|no (?:help|use|good)|waste of)\b|\bi hate you\b|\bshut up\b",
    re.IGNORECASE,
)
# "He's gone" tells of a death or of a departure; a word of sorrow fits both.
_IS_GONE = re.compile(
    r"\b(?:he|she|they)(?:['’]s|['’]re| is| are| was)? (?:dead|dying|gone for good|passed)\b", re.IGNORECASE
)
_MAY_BE_IN_NEED = 0.3


def pass_by(run: Run) -> Outcome | None:
    """A short word to what asks for nothing; None to a question, an order, and what opens a chat."""
    words = run.words.strip()
    if not run.earlier or foreign_language(words) or is_other_script(words):
        return None
    last = re.split(r"(?<=[.!]) ", words)[-1]
    if is_a_task(words) or is_a_task(last) or _ASKS_US.search(last) or _ORDERS.match(words) or _ASKS_ON.match(words):
        return None
    n_words = len(words.split())
    if "?" not in words and _THANKS.search(words) and n_words <= _LONGEST_THANKS:
        return Outcome(greeting_for(words))
    if _INSULTS.search(words):
        return Outcome(NO_HELP)
    need = run.moods.get("despair", 0.0) + run.moods.get("danger", 0.0)
    if need >= _MAY_BE_IN_NEED and run.mood != CALM:
        return None
    is_sad = has_confided(run) != ""
    is_tag = _TAG.search(words) is not None
    if is_tag or is_or_may_be_a_question(words):
        is_theirs = _OF_THEM.search(words) and not _ASKS_FOR_THEM.search(words) and n_words <= _LONGEST_QUESTION
        return Outcome(CANNOT_JUDGE) if is_tag or (is_sad and is_theirs) else None
    if is_sad or _IS_GONE.search(words):
        run.use_memory = False
        return Outcome(SYMPATHY if not is_sad else SORRY if _FEELS_BAD.search(words) else THANKS)
    # "Recycling one week, black bags the next" goes on with what was kept.
    if WILL_REMEMBER in said_before(run) and n_words >= _FEWEST:
        return Outcome(_MAY_KEEP)
    return Outcome(_MAY_KEEP) if _STATES.search(words) and not _BREAKS_OFF.search(words) else None
