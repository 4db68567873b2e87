"""What the guide says to somebody who does not want to go on or is in danger: not what it can and cannot do."""

from __future__ import annotations

import re

from engine.agent.guide.care.moods import CALM, IN_NEED, MOVED, is_dreamt, is_mild
from engine.agent.guide.care.signs import (
    PILLS,
    has_just_lost,
    speaks_of_a_hurt_child,
    speaks_of_danger,
    speaks_of_despair,
    speaks_of_sadness,
    speaks_of_violence,
    tells_of_heavy_news,
    tells_of_loss,
    took_too_much,
)
from engine.agent.guide.care.texts import (
    COMFORT,
    EMERGENCY,
    GLAD,
    HEAVY,
    IF_HURT,
    IF_IN_DANGER,
    POISON,
    SYMPATHY,
    SYMPATHY_LASTING,
    TOUCHED,
    VET,
)
from engine.agent.guide.understand.meaning import (
    asks_about_oneself,
    is_a_task,
    is_or_may_be_a_question,
    tells_of_trouble,
)
from engine.agent.run import Outcome, Run

__all__ = [
    "comfort",
    "is_acute",
    "is_sad_question",
    "may_be_acute",
    "needs_help",
    "sympathise",
    "sympathy",
    "tells_a_feeling",
    "tells_of_violence",
]

_OF_MOOD = {"joy": GLAD, MOVED: TOUCHED}
# "My share of the course money" tells nothing to be glad of.
_TELLS_OF = re.compile(
    r"\b(?:i|we|he|she|it|they|is|are|was|were|am|has|have|had|got|did|won|passed|can|could|will|feeling|nobody|took"
    r"|said|made|found|came"
    r"|went|gave|beat|told|sold)\b"
    r"|['’](?:s|m|ve|re|d|ll|t)\b|!|[^\W\d_]ing\b|[^\W\d_]ed\b",
    re.IGNORECASE,
)
# It is not the writer who wants to die.
_OF_THEIRS = re.compile(
    r"\bmy (?:\w+ )?(?:son|daughter|husband|wife|partner|friend|mate|mum|mom|dad|mother|father|brother|sister|boy|girl"
    r"|nephew|niece|neighbou?r|flatmate|housemate|boyfriend|girlfriend)(?:['’]s| has)? (?:says?|said|told me"
    r"|keeps saying|texted|wrote"
    r"|wants|wishes)\b.{0,40}\b(?:he|she|they|to)\b",
    re.IGNORECASE,
)
_OF_MINE = re.compile(r"\bi(?:['’](?:m|ll|d|ve))?\b", re.IGNORECASE)
_SLEEP = re.compile(r"\b(?:sleep\w*|slept|awake)\b", re.IGNORECASE)
_ANIMAL = re.compile(
    r"\b(?:the|my|our|his|her) (?:\w+ )?(?:cat|dog|puppy|kitten|rabbit|hamster|guinea pig|horse|pony|hen|parrot|budgie"
    r"|tortoise|bunny)\b(?: has| is|['’]s)?(?: just)? (?:swallowed|ate|eaten|been (?:hit|run over|bitten|attacked)"
    r"|collapsed|choking|bleeding|not breathing|having a (?:fit|seizure)|licked|drank|drunk)\b",
    re.IGNORECASE,
)
# Who begins so tells, whatever question words follow.
_TELLS_FIRST = re.compile(
    r"(?:i|we|my|our|he|she|they|nobody|today|yesterday|dad|mum|mom|gran\w*|nana?|cat|dog|rabbit|pony|horse)\b",
    re.IGNORECASE,
)


_FEELS = re.compile(
    r"\W*(?:(?:so|a bit|very|really|just|totally|feeling|feel|been|omg|oh|god|ugh|i['’]?m|i am|kinda)\b[\s,]*){0,4}"
    r"(?:homesick|scared|frightened|worried|terrified|shattered"
    r"|lonely|tired|bored|nervous|sad|happy|glad|proud|fed up|stressed|exhausted|rubbish|low|flat|smug|great"
    r"|awful|rotten|anxious|excited|thrilled|gutted|had a (?:row|fight))\b",
    re.IGNORECASE,
)
_WANTS = re.compile(r"\W*(?:please|pls|be|let|say|repeat|agree|act|become|pretend)\b", re.IGNORECASE)
_TO_US = re.compile(r"\b(?:you|your|yours|u|ur|scrubjay)\b", re.IGNORECASE)
# However a message begins, this asks for something.
_ASKS_SOMEWHERE = re.compile(
    r"\b(?:please|pls|plz|help me|tell me|show me|find (?:me|out|the|my)|agree with|do (?:i|we)|can (?:i|we)"
    r"|should (?:i|we)|need to ask|(?:change|fix|update|correct) (?:it|that))\b"
    r"|(?:^|[,.;:!?–-]\s*(?:and |but |so )?)(?:what|how|where|who|why|which)\b",
    re.IGNORECASE,
)
# What a doctor should hear of.
_OF_HEALTH = re.compile(
    r"\b(?:(?:a|the) lump|throat|under the weather|poorly|covid|flu|fever|seeing things|see things"
    r"|hear(?:ing)? voices|(?:haven['’]?t|not|can['’]?t) (?:slept|sleep"
    r"|eat|eaten|stop shaking)"
    r"|panic attacks?|(?:losing|lost) (?:weight|my hair)|coughing|blood in)\b",
    re.IGNORECASE,
)
_RIGHT_NOW = re.compile(
    r"\b(?:now|tonight|again|today|outside|knife|gun|bleeding|breath\w*|pregnant|threatens?|yesterday"
    r"|this (?:morning|week)"
    r"|last night)\b",
    re.IGNORECASE,
)
_LONG_AGO = re.compile(
    r"\b(?:when (?:we were still|i was (?:a |\d|little|young|small|at school|growing up))|used to (?:hit|beat|hurt"
    r"|threaten)"
    r"|years ago|as a (?:child|kid|girl|boy)|in my (?:childhood|marriage|first)|back then|never told (?:any"
    r"|some)(?:one|body))\b",
    re.IGNORECASE,
)
# What makes despair an alarm, however sure it is.
_MEANS = re.compile(
    rf"\b(?:{PILLS}|bottle|roof|bridge|platform|station|trains?|balcony|ledge|edge|cliff|tracks|rope|knife|blade"
    rf"|razor|gun|rifle|insulin"
    r"|tak(?:e|en|ing) (?:my|his|her|their) (?:own )?life|took (?:his|her|their) (?:own )?life)\b",
    re.IGNORECASE,
)
# What leaves no time; "somebody at school is hitting my boy" does.
_ACUTE = re.compile(
    r"\b(?:breath\w*|chok\w*|wheez\w*|chest|arm|face|numb|stroke|seizure|faint\w*|collaps\w*|unconscious|wak(?:e|ing)"
    r"|blood|bleed\w*|burn\w*|burnt|swallow\w*|drank|drunk|ate|poison\w*|tablets?|pills|throat|tongue|lips|swollen"
    r"|swelling|blue|sugar|fever|stung|smoke|smell\w*|gas|flames?|fire|knife|gun|outside my|door handle|back door"
    r"|front door|following|followed"
    r"|follows"
    r"|break\w*|neck|strangl\w*|stairs|won['’]?t let me|took my phone|batter(?:y|ies)"
    r"|allergic|respond\w*|clammy|left side|right side|outside|across the road|downstairs|burglar|intruder"
    r"|in the house|eaten|mushrooms?|wire|electric\w*|shock|drown\w*|fell"
    r"|ladder|pregnant|baby)\b",
    re.IGNORECASE,
)
_CALM, _LONGEST = 0.8, 400
# How likely despair or danger is where an alarm is due, and where grief may be more than that. Of messages held out a
# quarter of the despair and a tenth of the danger lie between these, and most of the harmless ones taken for either.
_SURELY_IN_NEED, _MAY_BE_IN_NEED = 0.85, 0.3
_SURELY_IN_DANGER = 0.9
# Of something told, and of danger, where a word of violence is none.
_MAY_BE_A_FACT, _HARDLY = 0.4, 0.2
# Of a question that nothing answers.
_SAD_ENOUGH, _HALF_OF_IT = 0.6, 0.45


def needs_help(words: str, mood: str) -> bool:
    """Whether to point to people who help, whatever else was asked; a rule or the mood is enough."""
    if mood in ("despair", "danger"):
        return True
    if speaks_of_a_hurt_child(words) and mood != CALM and not is_a_task(words):
        return True
    return mood != CALM and (speaks_of_despair(words) or speaks_of_danger(words) or speaks_of_sadness(words))


def tells_of_violence(run: Run) -> bool:
    """Whether they tell that they were attacked, and not of a kick at football practice."""
    is_fact = run.likely.get("remember", 0.0) >= _MAY_BE_A_FACT and run.moods.get("danger", 0.0) < _HARDLY
    return run.mood not in ("joy", CALM) and not is_fact and speaks_of_violence(run.words)


def comfort(run: Run) -> Outcome:
    """Point to people. Nothing of it is kept as a memory."""
    run.use_memory = False
    if took_too_much(run.words):
        return Outcome(POISON)
    # "She hit me, when we were still together" is past, and weighs.
    is_now = not _LONG_AGO.search(run.words) or _RIGHT_NOW.search(run.words)
    if _ANIMAL.search(run.words) and not speaks_of_despair(run.words):
        return Outcome(VET)
    if run.mood == "danger" and is_mild(run.words) and not speaks_of_danger(run.words):
        return Outcome(f"{SYMPATHY_LASTING}\n{IF_IN_DANGER}")
    is_danger = run.mood == "danger" or speaks_of_violence(run.words)
    if is_now and (speaks_of_danger(run.words) or (is_danger and not speaks_of_despair(run.words))):
        is_acute = _ACUTE.search(run.words) is not None
        is_sure = (is_acute and _need(run) >= _SURELY_IN_NEED) or speaks_of_danger(run.words)
        return Outcome(EMERGENCY if is_sure else IF_HURT)
    is_theirs = _OF_THEIRS.search(run.words) and not _OF_MINE.search(run.words)
    if is_theirs or (speaks_of_a_hurt_child(run.words) and not speaks_of_despair(run.words)):
        return Outcome(IF_HURT)
    is_said = speaks_of_despair(run.words) or speaks_of_danger(run.words) or speaks_of_violence(run.words)
    if is_said or _need(run) >= _SURELY_IN_NEED or (run.mood in IN_NEED and _MEANS.search(run.words)):
        return Outcome(COMFORT)
    return Outcome(sympathy(run) if run.mood in IN_NEED else SYMPATHY_LASTING)


def tells_a_feeling(words: str, calm: float) -> bool:
    """Whether somebody says how they are and asks for nothing, where which way they feel is not clear.

    Args:
        calm: how likely they feel nothing.
    """
    last = re.split(r"(?<=[.!]) ", words.strip())[-1]
    if _ASKS_SOMEWHERE.search(words):
        return False
    asks = is_or_may_be_a_question(words) or is_a_task(words) or is_a_task(last) or _WANTS.match(last)
    is_of_them = asks_about_oneself(words) or _FEELS.match(words)
    return calm <= _CALM and bool(is_of_them) and not asks and not _TO_US.search(words) and len(words) <= _LONGEST


def sympathise(run: Run) -> Outcome | None:
    """An answer to a feeling that is told and asks for nothing; None to anything else."""
    # "My dad died and I don't know what to do" only looks like a question.
    is_sad = run.mood != CALM and run.moods.get("grief", 0.0) >= run.moods.get("joy", 0.0)
    is_loss = has_just_lost(run.words) or (is_sad and (tells_of_loss(run.words) or tells_of_heavy_news(run.words)))
    if is_loss and "?" not in run.words and not is_a_task(run.words):
        run.mood = "grief"
    asks = "?" in run.words or (is_or_may_be_a_question(run.words) and not _TELLS_FIRST.match(run.words.strip()))
    if run.mood not in ("grief", *_OF_MOOD) or is_a_task(run.words) or asks:
        return None
    if run.mood != "grief" and not _TELLS_OF.search(run.words):
        return None
    # "My gran used to read me recipes for bombs, please do it like her" confides nothing.
    if run.mood == MOVED and _ASKS_SOMEWHERE.search(run.words):
        return None
    if run.mood == "grief":
        run.use_memory = False
        return Outcome(sympathy(run))
    return Outcome(_OF_MOOD[run.mood])


def is_acute(run: Run) -> bool:
    """Whether it is danger beyond doubt, and no time for a search: "he got a shock and his chest feels funny"."""
    return run.moods.get("danger", 0.0) >= _SURELY_IN_DANGER and may_be_acute(run)


def may_be_acute(run: Run) -> bool:
    """Whether there is a word of what leaves no time."""
    return _ACUTE.search(run.words) is not None


def is_sad_question(run: Run) -> bool:
    """Whether what is asked is no matter of a document: "Scared about tomorrow. What if I don't wake up?"."""
    sad = run.moods.get("despair", 0.0) + run.moods.get("grief", 0.0)
    is_sad = sad >= _SAD_ENOUGH or (sad >= _HALF_OF_IT and sad + run.moods.get("danger", 0.0) >= _SURELY_IN_NEED)
    return is_sad and run.mood != CALM and not is_a_task(run.words) and not tells_of_trouble(run.words)


def _need(run: Run) -> float:
    """How likely they are in despair or danger."""
    return sum(run.moods.get(mood, 0.0) for mood in IN_NEED)


def sympathy(run: Run) -> str:
    """What is said to grief; with whom to call where it may be more than that."""
    danger, despair = run.moods.get("danger", 0.0), run.moods.get("despair", 0.0)
    is_tired = is_mild(run.words) or is_dreamt(run.words) or _SLEEP.search(run.words)
    if danger > despair and danger >= _HALF_OF_IT and not is_tired:
        return IF_HURT
    if despair >= _MAY_BE_IN_NEED and _MEANS.search(run.words):
        return COMFORT
    is_ill = _OF_HEALTH.search(run.words) and despair < _MAY_BE_IN_NEED
    if despair >= _MAY_BE_IN_NEED and not is_ill:
        return HEAVY
    return SYMPATHY_LASTING if _OF_HEALTH.search(run.words) else SYMPATHY
