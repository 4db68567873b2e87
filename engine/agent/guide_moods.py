"""Whether somebody is in need, glad, or neither, as the chooser reads it out of what they write.

Words alone do not tell ("I've got the pills in front of me", "the leaflet says 20 pills a pack"), so what the rules of
guide_comfort.py cannot see is learned from messages that others wrote (packaging/guide_model/wordings/moods.txt).
Without a chooser nobody's mood is known, and the rules are all there is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.agent.guide_meaning import asks_about_oneself, is_a_question

__all__ = ["CALM", "MOODS", "NONE", "mood_of"]

NONE = "none"
MOODS = ("despair", "danger", "grief", "joy", NONE)
# Surely none, so that a rule that only sees the words is wrong: "what does the leaflet say about an overdose".
CALM = "calm"
_CALM_ENOUGH = 0.9
# How likely the likeliest has to be. Despair and danger count together: who writes is pointed to help in both.
_ENOUGH = 0.5
# Small talk ("butter's on the top shelf") is taken for danger now and then: a word of it has to be there, or more
# certainty and somebody who speaks of themselves and asks nothing.
_CUE = re.compile(
    r"\b(?:"
    r"die|dies|died|dying|dead|death|kill\w*|suicid\w*|alive|live|lives|lived|living|exist\w*|anymore"
    r"|any more|no point|point of|point in|burden|without me|goodbyes?|letters?|wake up|waking|disappear"
    r"|vanish|give up|hopeless|worthless|numb|pills?|tablets?|insulin|medication|overdos\w*|drugs?"
    r"|swallow\w*|drank|drunk|poison\w*|bleach|chok\w*|bleed\w*|blood|cut(?:ting)?(?! (?:back|down|out))"
    r"|hurt\w*|harm\w*|wrists?|jump\w*|rope|knife|gun|hits?|hitting|beats?|beating|beaten|push\w*|grab\w*|threat\w*"
    r"|scared|afraid"
    r"|terrified|following|stalk\w*|break\w* in|locked|raped?|touch\w*|breath\w*|chest|heart|stroke"
    r"|droop\w*|slur\w*|unconscious|faint\w*|collaps\w*|seizure|dizzy|pupils?|swollen|swelling|tongue"
    r"|throat|vomit\w*|floppy|fever|allerg\w*|stung|fell|fallen|smoke|flames?|on fire|gas|carbon|drown\w*"
    r"|help (?:me|us|him|her)|(?:please|need|get|send) help|emergency|ambulance"
    r"|alone|end it|ended it|tired of|done with"
    r"|can['’]?t (?:go on|take|do this|cope|stop)|don['’]?t want to)\b",
    re.IGNORECASE,
)
_ENOUGH_WITHOUT_CUE = 0.85
# Complaints to us are taken for despair now and then: "no, that's not what I meant".
_COMPLAINS_TO_US = re.compile(
    r"(?<!honest with )(?<!tell )\b(?:you|your|u)\b|\bwhat i (?:meant|asked|said|wanted)\b", re.IGNORECASE
)
# Said of oneself without a word for it: "feeling a bit low today".
_OF_ONESELF = re.compile(
    r"\W*(?:(?:so|just|really|still) )?(?:feel(?:ing)?|felt|having|had|can['’]?t|couldn['’]?t)\b", re.IGNORECASE
)
# A word or two ("maybe later") say little of anybody.
_SHORT, _ENOUGH_OF_SHORT = 4, 0.9
# A bad day, of whatever kind: despair, danger and grief together, where none of them is likely enough.
_SAD_ENOUGH = 0.7
# "I am glad" to bad news is worse than no word of it: of 40 glad messages by others 28 reach 0.5, 25 this; of 170 of
# other moods three and one.
_GLAD_ENOUGH = 0.7
_MOST_SAD_OF_GLAD = 0.3
_BAD_NEWS = re.compile(
    r"(?<!nearly )(?<!almost )\b(?:died(?! (?:of )?laughing)|passed away|run over|put (?:down|to sleep)|miscarr\w*"
    r"|funeral|redundan\w*|laid off|sacked|fired|stolen|burgled|broke up)\b",
    re.IGNORECASE,
)
# A pet's death is a grief, however the despair of it sounds.
_PET_LOST = re.compile(
    r"\b(?:dog|cat|kitten|puppy|pup|pet|hamster|rabbit|bunny|horse|pony|budgie|parrot|guinea pig|hen)\b.{0,40}"
    r"\b(?:died|dead|gone|passed|put (?:down|to sleep)|run over)\b",
    re.IGNORECASE,
)
_NEVER = 2.0
# A longer text is a document, or tells more than one thing.
_LONGEST = 600


def mood_of(words: str, likely: Mapping[str, float]) -> str:
    """One of MOODS, or CALM.

    Args:
        likely: how likely each is; empty where nobody read it.
    """
    if len(words) > _LONGEST:
        return NONE
    enough = _ENOUGH if len(words.split()) > _SHORT else _ENOUGH_OF_SHORT
    if not _CUE.search(words):
        is_own = _OF_ONESELF.match(words) is not None
        # "Can't sleep" only looks like a question.
        asks = "?" in words or (is_a_question(words) and not is_own) or _COMPLAINS_TO_US.search(words)
        is_own = is_own or asks_about_oneself(words)
        enough = max(enough, _ENOUGH_WITHOUT_CUE if is_own and not asks else _NEVER)
    need = max(("despair", "danger"), key=lambda mood: likely.get(mood, 0.0))
    if likely.get("despair", 0.0) + likely.get("danger", 0.0) >= enough:
        # "Can't sleep" without a word of danger is none.
        is_mild = need == "danger" and _OF_ONESELF.match(words) and not _CUE.search(words)
        return "grief" if is_mild or _PET_LOST.search(words) else need
    if likely.get(NONE, 0.0) >= _CALM_ENOUGH:
        return CALM
    floors = {"grief": _ENOUGH, "joy": _GLAD_ENOUGH}
    found = next((mood for mood, floor in floors.items() if likely.get(mood, 0.0) >= floor), NONE)
    sad = sum(likely.get(mood, 0.0) for mood in ("despair", "danger", "grief"))
    if found == "joy" and (sad >= _MOST_SAD_OF_GLAD or _BAD_NEWS.search(words)):
        return "grief" if _BAD_NEWS.search(words) else NONE
    is_sad = found == NONE and enough <= _ENOUGH_WITHOUT_CUE and sad >= _SAD_ENOUGH
    return "grief" if is_sad else found
