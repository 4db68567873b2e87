"""Words that only say that somebody has read an answer, or think aloud: "ha, exactly", "well, that's something"."""

from __future__ import annotations

import re

from engine.agent.guide.understand.meaning import is_a_question
from engine.search.terms import word_set

__all__ = ["reacts"]

# Nothing but these.
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
_LONGEST = 8


def reacts(words: str) -> bool:
    """Whether they only say that they have read it, or think aloud: "ha, exactly", "well, that's something"."""
    said = [word.replace("’", "'") for word in re.findall(r"[^\W_]+(?:['’][^\W_]+)?", words.casefold())]
    is_short = "?" not in words and 0 < len(said) <= _LONGEST
    return is_short and all(word in _REACTING for word in said) and not is_a_question(words)
