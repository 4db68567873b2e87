"""What is said in a running chat to what asks for nothing and is not kept: "yeah", "we'll see", "he comes at three"."""

from __future__ import annotations

import re

from engine.agent.guide.answer.greeting import greeting_for
from engine.agent.guide.answer.told_before import WILL_REMEMBER
from engine.agent.guide.care.texts import COMFORT, GLAD, SORRY, SYMPATHY, THANKS, TOUCHED
from engine.agent.guide.understand.languages import foreign_language, is_other_script
from engine.agent.guide.understand.meaning import is_a_question, is_a_task, is_or_may_be_a_question
from engine.agent.run import Outcome, Run
from engine.search.terms import word_set

__all__ = ["pass_by", "reacts", "without_repeating"]

_THERE = "A doctor or a crisis line is there at any hour, should you want one."
_MAY_KEEP = "All right. Say “Remember that …” if I should keep this."
_CANNOT_JUDGE = "I am only a small program on your computer and cannot judge that; somebody you trust can."
# Nothing but these says that they have read it, or thinks aloud.
_REACTING = word_set(
    """
    yeah yes yep yup aye no nope nah ok okay k fine good great nice lovely cool right true exactly indeed sure
    certainly absolutely definitely totally oops whoops ouch ha haha hah heh lol lmao rofl hm hmm hmmm mm mmm phew wow
    whoa gosh god jeez sigh meh eh ah aha oh ooh ugh well anyway anyhow whatever never mind nevermind nvm later maybe
    perhaps probably possibly guess suppose think thought hope know knew see saw so it it's its is was isn't wasn't i
    i'd i'll i'm we we'll we'd you you'd he he'll he's has had have she she'll she's they they'll they're that that's
    thats this these those will would of course then than further sooner longer better worse
    something anything nothing everything not a an the bit point fair enough dear my oh me too same here there all
    typical figures interesting funny weird strange odd sad told who knows say said if doesn't matter don't
    really just only like expected as if
    yet still and but or always things thing idea clue at least never
    """
)
_LONGEST_REACTION, _LONGEST_THANKS, _LONGEST_QUESTION = 8, 12, 14
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
    r"|divide\w*|multipl\w*|round|in|make|give|show|do|try|use|put|check|again|repeat|say|let|be|act|ignore|speak"
    r"|english|go|start|stop|remind|[-+*/\d])(?:\W|$)",
    re.IGNORECASE,
)
# "So the difference is": what comes then is asked for.
_BREAKS_OFF = re.compile(r"\b(?:is|are|was|were|makes|the|of|to)[\s.…:]*$", re.IGNORECASE)
_OF_THEM = re.compile(r"\b(?:i|me|my|we|us|that|this|it)\b", re.IGNORECASE)
# Of such answers the person was listened to.
_LISTENED = (SORRY, THANKS, GLAD, "I am sorry that it is this hard", "I am only a small program")
_LISTENED_BACK = 2


def pass_by(run: Run) -> Outcome | None:
    """A short word to what asks for nothing; None to a question, an order, and what opens a chat."""
    words = run.words.strip()
    if not run.earlier or foreign_language(words) or is_other_script(words):
        return None
    if is_a_task(words) or _ORDERS.match(words):
        return None
    listened = _was_listened_to(run)
    n_words = len(words.split())
    if "?" not in words and _THANKS.search(words) and n_words <= _LONGEST_THANKS:
        return Outcome(greeting_for(words))
    if is_or_may_be_a_question(words):
        is_theirs = _OF_THEM.search(words) and not _ASKS_FOR_THEM.search(words) and n_words <= _LONGEST_QUESTION
        return Outcome(_CANNOT_JUDGE) if listened and is_theirs else None
    if listened:
        run.use_memory = False
        return Outcome(f"{THANKS} {_THERE}" if COMFORT in listened else THANKS)
    return Outcome(_MAY_KEEP) if _STATES.search(words) and not _BREAKS_OFF.search(words) else None


def reacts(words: str) -> bool:
    """Whether they only say that they have read it, or think aloud: "ha, exactly", "well, that's something"."""
    said = [word.replace("’", "'") for word in re.findall(r"[^\W_]+(?:['’][^\W_]+)?", words.casefold())]
    is_short = "?" not in words and 0 < len(said) <= _LONGEST_REACTION
    return is_short and all(word in _REACTING for word in said) and not is_a_question(words)


def _was_listened_to(run: Run) -> str:
    """Those of our last answers that were to a feeling."""
    answers = [turn.text for turn in run.earlier if turn.role == "assistant"][-_LISTENED_BACK:]
    return "\n".join(text for text in answers if text.startswith(_LISTENED) and WILL_REMEMBER not in text)


def without_repeating(run: Run, answer: str) -> str:
    """The answer with what was said of us before in this chat left out of it: what we are is told once."""
    before = [turn.text for turn in run.earlier if turn.role == "assistant"]
    for long, short in ((SYMPATHY, SORRY), (TOUCHED, THANKS)):
        if any(long in text for text in before):
            answer = answer.replace(long, short)
    return answer
