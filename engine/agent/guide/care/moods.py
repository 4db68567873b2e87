"""Whether somebody is in need, glad, or neither, as the chooser reads it out of what they write.

Words alone do not tell ("I've got the pills in front of me", "the leaflet says 20 pills a pack"), so what the rules of
comfort.py cannot see is learned from messages that others wrote (packaging/guide_model/wordings/moods.txt).
Without a chooser nobody's mood is known, and the rules are all there is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.agent.guide.understand.meaning import asks_to_remember, is_a_question, is_a_task

__all__ = [
    "CALM",
    "IN_NEED",
    "MOODS",
    "MOVED",
    "NONE",
    "PERHAPS",
    "is_deadly_joke",
    "is_dreamt",
    "is_handed_over",
    "is_hyperbole",
    "is_mild",
    "mood_of",
]

NONE = "none"
MOODS = ("despair", "danger", "grief", "joy", NONE)
IN_NEED = ("despair", "danger")
# Surely none, so that a rule that only sees the words is wrong: "what does the leaflet say about an overdose".
CALM = "calm"
# Somebody may be in danger, and is more likely not.
PERHAPS = "perhaps"
# Something moves them, and whether it is good or bad is not sure.
MOVED = "moved"
_CALM_ENOUGH = 0.9
# How likely danger is from where on a mild illness gets a word of whom to call.
_HINT_ENOUGH = 0.8
# How likely a mood has to be. Despair and danger count together: who writes is pointed to help in both.
_ENOUGH = 0.5
# From where on something may be told, surely is, and how likely a need has to be then: "I want to sail before I'm 60".
_MAY_BE_A_FACT, _IS_A_FACT, _ENOUGH_OF_A_FACT = 0.3, 0.9, 0.65
_MOST_OF_GRIEF = 0.3
# Small talk ("I'm about to explode") is taken for danger now and then: a word of it has to be there, or more certainty.
_CUE = re.compile(
    r"\b(?:"
    r"die|dies|died|dying|dead|death|kill\w*|suicid\w*|alive|live|lived|lives(?! (?:alone|in|at|with|near))|living"
    r"|exist\w*|anymore|any more|no point|what['’]?s the point|point of|point in|burden|without me|goodbyes?|letters?"
    r"|wake up|waking|disappear|vanish|give up|hopeless|worthless|numb|pills?|tablets?|insulin|medication|overdos\w*"
    r"|drugs?|swallow\w*|cuts|woken|locks? (?:me|us)|stopped eating|drank|drunk|poison\w*|bleach|chok\w*|bleed\w*|blood"
    r"|cut(?:ting)?(?! (?:back|down|out))"
    r"|(?<!n['’]t )hurt\w*|harm\w*|wrists?|jump\w*|rope|knife|gun|hits?|hitting|beats?|beating|beaten|push\w*|grab\w*"
    r"|threat\w*|scared|afraid"
    r"|terrified|following|stalk\w*|break\w* in|locked in|raped?|touch\w*|breath\w*|chest|heart|stroke"
    r"|droop\w*|slur\w*|unconscious|faint\w*|collaps\w*|seizure|dizzy|pupils?|swollen|swelling|tongue"
    r"|throat|vomit\w*|floppy|fever|allerg\w*|stung|fell|fallen|smoke|flames?|on fire|gas|carbon|drown\w*"
    r"|help (?:me|us|him|her)|(?:please|need|get|send) help|emergency|ambulance"
    r"|alone|end it|ended it|tired of|done with"
    r"|can['’]?t (?:go on|take|do this|cope|stop)|don['’]?t want to)\b",
    re.IGNORECASE,
)
_ENOUGH_WITHOUT_CUE = {"despair": 0.6, "danger": 0.85}
# More is needed against words that tell of none: of joy, or of who wants to hear yes.
_CERTAIN_NEED = 0.9
# "If one more person asks for oat milk I'll scream", "this printer makes me want to die": of trifles that are named.
_TRIFLE = (
    r"(?:person|people|customers?|patients?|passengers?|pupils?|students?|colleagues?|guests?|parents?|e?-?mails?"
    r"|meetings?|song|printer|kettle|sheets?|milk|spreadsheets?"
    r"|invoices?|forms?|updates?|ringtone|baby|toddler|cat|dog|year \d|class|marking|homework|traffic|queues?|dishes"
    r"|laundry|app|website|computer|laptop|phone|music|noise|singing|snoring|drilling|jingle)"
)
_HYPERBOLE = re.compile(
    rf"\bif\b(?=[^.!?]{{0,80}}\b(?:one more|another|again|have to)\b)[^.!?]{{0,60}}\b{_TRIFLE}\b[^.!?]{{0,60}}"
    r"\bi(?:['’]ll| will| shall|['’]m going to| am going to|['’]m gonna) (?:\w+ )?(?:die|scream|explode|lose it|go mad"
    r"|quit|throw|jump|murder|walk into|climb into|kill (?:someone|somebody|it))\b"
    r"|\bif\b[^.!?]{3,100}\bi(?:['’]ll| will| shall|['’]m going to|['’]m gonna)\b[^.!?]{3,80}\b(?:lol|lmao|ha ?ha"
    r"|hehe)\b"
    r"|\bi['’]?d (?:happily |gladly )?(?:shoot|strangle|murder|throttle|kill) the (?:whole )?(?:lot|bunch)\b"
    r"|\bdriving me (?:up the wall|mad|crazy|nuts|insane|round the bend)\b"
    r"|\bif [^.!?]{3,60}"
    r"\b(?:hear|listen|leaves?|asks?|sends?|emails?|plays?|sings?|watch|see|reads?|types?|prints?|rings?|sit through)\b"
    r"[^.!?]{0,60}\b(?:one more|once more|again|another)\b[^.!?]{0,20}\bi(?:['’]ll| will| shall|['’]m|['’]m going to)"
    r" (?:throw|throwing|jump|jumping|scream|screaming|walk into|climb into|drown|drowning|moving)\b"
    r"|\bi(?:['’]ll| will|['’]m going to|['’]m gonna)\b[^.!?]{3,80}[.!,] ?(?:only )?(?:kidding|joking|just kidding)\b"
    r"|\bone more (?!\w+ of this)[^.!?]{2,60} and i['’]?(?:m|ll| will)\b[^.!?]{2,80}\b(?:lol|lmao|ha ?ha|hehe)\b"
    r"|\bif one more (?:\w+ ){1,8}i(?:['’]ll| will| shall| swear|['’]m going to| am going to|['’]m gonna)\b"
    r"|^(?:\w+[,.!]? )?i['’]?m (?:so |absolutely |literally |actually )?(?:dead|deceased)(?=[.,!]| lol|$)"
    rf"|\b{_TRIFLE}(?: \w+){{0,3}} (?:makes?|making|made) me want to (?:die|scream|jump(?! off)|throw"
    rf"|kill (?:someone|somebody)"
    r"|cry|tear|smash|quit)\b",
    re.IGNORECASE,
)
_DEADLY = re.compile(
    r"\b(?:die|dead|drown|kill|murder|jump|scream|explode|throw|strangle|shoot|hang|bury|walk into|climb into"
    r"|driving me)\b",
    re.IGNORECASE,
)
# Beside one of these it is no figure of speech; and so likely a need counts whatever it is.
_EARNEST = re.compile(
    r"\b(?:hits?|hitting|beats?|touch\w*|hurts?|rap(?:e|es|ed)|threat\w*|pain|voices?|night|him|her|weight|eaten"
    r"|diagnos\w*"
    r"|in my head|my ex|hang|vanish|die slowly|pills|tablets|overdose|roof|bridge|rope|tonight|disappear|end (?:it"
    r"|things)"
    r"|kill (?:myself|me))\b",
    re.IGNORECASE,
)
_MOST_OF_A_FIGURE = 0.55
# An illness to stay in bed with, and what it is not.
_MILD = re.compile(
    r"\b(?:covid|(?:the |man ?)?flu|a (?:\w+ )?cold|sore throat|throat (?:is |feels )?like|hay ?fever|runny nose"
    r"|under the weather|poorly|sniffles|hangover|hungover|migraine)\b",
    re.IGNORECASE,
)
_GRAVE = re.compile(
    r"\b(?:breath\w*|wheez\w*|chest|unconscious|faint\w*|collaps\w*|blue|stiff neck|confused|seizure|fit|stroke|numb"
    r"|(?:won|can|doesn|isn)['’]?t wak\w*|blood|worst (?:headache|of my life)|swallow\w*|baby|slur\w*|die|dying|39"
    r"|4[01]"
    r"|tongue|lips?|swell\w*|swollen|droop\w*|face|speech|rash|fell|get up|arms?|heart|drank|took something|closing"
    r"|shaking|burning up|neck|eye|vision)\b",
    re.IGNORECASE,
)
# Idioms that nobody in need uses, whatever else is said: "on top of the world, and my back doesn't hurt". Plainer words
# ("I feel great now that I've decided") are no sign.
_GLAD = re.compile(
    r"\b(?:on top of the world|over the moon|(?:dead|so|well) chuffed|feeling (?:\w+ ){0,3}better (?:today|now|than)"
    r"|not to grin|grinning (?:like|from)"
    r"|chuffed to bits|happy tears|(?:lovely|wonderful|great|so nice|so good) to (?:see|hear from|be with|meet)"
    r"|(?:lump|scan|biopsy|results?|growth|shadow|tests?) (?:is|was|are|were|came back)(?: all)? (?:nothing|benign"
    r"|clear|negative))\b",
    re.IGNORECASE,
)
_PUT_TO_SLEEP = re.compile(
    r"(?!.*\bi (?:\w+ )?(?:want|wish|should|deserve|ought|need)\b).*?"
    r"(?:\bput to sleep\b|\b(?:was|were|been|being|be) put down\b"
    r"|\bhad to put down (?:an? |the |my |our )"
    r"|\b(?:had|have|having) (?:(?!me\b)\w+ ){1,3}put down\b)",
    re.IGNORECASE | re.DOTALL,
)
_SADLY = re.compile(
    r"\b(?:not|never|no longer|but|until|wish|used to|don['’]?t|can['’]?t|isn['’]?t|without|goodbye"
    r"|die|dying|end it|pretend\w*)\b",
    re.IGNORECASE,
)
# Who asks for something, wants it noted or takes leave ("don't do anything I wouldn't do") seldom is in need.
_ENOUGH_OF_ASKING, _ENOUGH_OF_ASKING_WITH_CUE = 0.97, 0.75
_ASKS = re.compile(
    r"\W*(?:(?:so|and|but|ok|hi|well),? )*(?:what|where|who|why|how|when|which)(?:['’]?s|['’]?re)?\b",
    re.IGNORECASE,
)
# Who introduces themself is seldom in need.
_GREETS = re.compile(
    r"\W*(?:good (?:morning|afternoon|evening|day)|hello|hi|hiya|hey|morning|evening|afternoon|greetings)\b",
    re.IGNORECASE,
)
# Only looks like a question, and like danger.
_SLEEPLESS = re.compile(r"\W*(?:i )?(?:can['’]?t|couldn['’]?t|cannot) sleep\b", re.IGNORECASE)
# A word or two ("maybe later") say little of anybody.
_SHORT, _ENOUGH_OF_SHORT = 4, 0.9
# A bad day, of whatever kind: despair, danger and grief together, where none of them is likely enough.
_SAD_ENOUGH = 0.7
# "I am glad" to bad news, or "I am sorry" to good ones, is worse than a word that fits both: of 490 messages held out
# none of the bad was taken for joy from 0.8 on.
# How likely joy has to be, and all that is sad at most.
_GLAD_ENOUGH, _MOST_GLAD_OF_SAD = ((0.8, 0.15), (0.6, 0.08)), 0.2
_MOVED_ENOUGH = 0.65
_GRIEF_OF_A_FACT, _GRIEF_OF_A_PLAIN_FACT, _MOVED_BY_A_FACT = 0.75, 0.9, 0.6
# "I hid her birthday present in the barrel" has none of these.
_SORROW = re.compile(
    r"\b(?:cry|cries|cried|crying|alone|lonely|miss(?:es|ed)?|died|dead|dying|lost|worse|worst|frightened|terrified"
    r"|results?|lump|scan|cancer|hospital|intensive care|icu|hospice|funeral|buried|grave"
    r"|left me|gone"
    r"|divorc\w*"
    r"|sacked|fired|redundan\w*|debts?|ashamed|nobody|no one|sad)\b",
    re.IGNORECASE,
)
# "Honestly what is the point of a PhD" asks, too.
_POINT_OF_THINGS = re.compile(
    r"\bwhat(?:['’]?s| is) the point (?:of|in) (?:an?|the|this|these|having) \w+\W*$", re.IGNORECASE
)
_RELAPSED = re.compile(r"\b(?:slipped|relaps\w*|until (?:last night|yesterday|today))\b", re.IGNORECASE)
# Orders to the program, whatever their tone.
_ORDERS_US = re.compile(
    r"\b(?:developer mode|(?:begin|start|end) every (?:reply|answer|response|message)|system prompt"
    r"|ignore (?:all |your |the |any )*(?:previous |prior )?(?:instructions|rules))\b",
    re.IGNORECASE,
)
# "It's my wife's birthday tomorrow", "my father retires": of itself no sorrow.
_FESTIVE = re.compile(
    r"(?!.*\b(?:would|(?:should|could|might) have|it['’]d have|ex|since|funeral|grave)\b).*?\b(?:"
    r"(?:birthday|anniversary|wedding|graduation|party|christening"
    r"|engagement)(?: (?:is|was))?"
    r" (?:today|tomorrow|tonight|on|next|this|yesterday|in)|retires?|retiring|graduates?|graduating|first day (?:at|of)"
    r"|(?:got|getting|gets) (?:married|engaged|promoted))\b",
    re.IGNORECASE,
)
_HAPPY = re.compile(r"\W*i['’]?m so happy\W*", re.IGNORECASE)
# What was dreamt is past.
_DREAMT = re.compile(
    r"\b(?:in my (?:dreams?|nightmares?)|i (?:dreamt|dreamed)|(?:my|a) dream (?:that|where))\b", re.IGNORECASE
)
# "He gave it back yesterday." What only went from hand to hand is no loss, unless it was a ring or a blow.
_HANDED_OVER = re.compile(
    r"(?:he|she|they|(?-i:[A-Z])\w+|my \w+) (?:has |have |just )*(?:gave|given|brought|sent|returned|lent|handed"
    r"|left(?! (?:me|us|him|her|them|my|our|the|it)\b))"
    r" (?!.*\b(?:ring|eye|slap|kick|punch|away|up|hell|alone|behind|notice|warning|letter|will)\b)[^.!?]{2,50}[.!]?",
    re.IGNORECASE,
)
_HARDLY_IN_NEED = 0.35
# A longer text is a document, or tells more than one thing.
_LONGEST = 600
# And one word again and again is neither.
_MANY, _DISTINCT = 12, 2


def mood_of(words: str, likely: Mapping[str, float], *, told: float = 0.0) -> str:
    """One of MOODS, MOVED, PERHAPS or CALM.

    Args:
        likely: how likely each is; empty where nobody read it.
        told: how likely they tell something to be remembered: "My cat is 7 now." is no grief.
    """
    if _is_noise(words):
        return NONE
    if likely.get(NONE, 0.0) >= _CALM_ENOUGH:
        return CALM
    # Whose words have none of need.
    if _ORDERS_US.search(words) and not _CUE.search(words):
        return NONE
    m = _Message(words, likely, _asks(words), told)
    return _by_plain_words(m) or _of_need(m) or _of_joy(m) or _of_doubt(m) or _of_grief(m) or NONE


@dataclass(frozen=True, slots=True)
class _Message:
    """What is looked at to tell a mood.

    Attributes:
        asks: asks for something, or wants something noted.
    """

    words: str
    likely: Mapping[str, float]
    asks: bool
    told: float

    def has(self, mood: str) -> float:
        """How likely it is."""
        return self.likely.get(mood, 0.0)

    @property
    def need(self) -> str:
        """The likelier of the two."""
        return max(IN_NEED, key=self.has)

    @property
    def in_need(self) -> float:
        """How likely it is one of the two."""
        return sum(map(self.has, IN_NEED))

    @property
    def sad(self) -> float:
        """How likely it is need or grief."""
        return self.in_need + self.has("grief")

    @property
    def is_fact(self) -> bool:
        """Whether something may be told to be remembered."""
        return self.told >= _MAY_BE_A_FACT

    @property
    def is_plain_fact(self) -> bool:
        """Whether it surely is, in words without need."""
        return self.told >= _IS_A_FACT and not _CUE.search(self.words)


def _by_plain_words(m: _Message) -> str:
    """The mood of what has words that say it, so that only a certain need counts against them; "" without."""
    if m.in_need >= _CERTAIN_NEED:
        return ""
    if not m.asks and _GLAD.search(m.words) and not _SADLY.search(m.words):
        return "joy"
    # An animal, and grief.
    if m.sad >= _ENOUGH and _PUT_TO_SLEEP.match(m.words) and not m.asks:
        return "grief"
    if not m.asks and m.in_need < _ENOUGH and _is_festive(m.words):
        return "joy" if m.has("joy") >= m.has("grief") or _HAPPY.fullmatch(m.words) else MOVED
    if m.need == "danger" and is_dreamt(m.words):
        return "grief" if not m.asks else NONE
    # Neither is an illness to stay in bed with.
    if m.need == "danger" and not m.asks and is_mild(m.words):
        return PERHAPS if m.in_need >= _HINT_ENOUGH else "grief" if m.sad >= _ENOUGH else NONE
    if is_hyperbole(m.words) and m.in_need < _MOST_OF_A_FIGURE:
        return CALM
    is_no_loss = m.has("joy") < m.has("grief") and m.in_need < _HARDLY_IN_NEED and not _CUE.search(m.words)
    return NONE if is_no_loss and is_handed_over(m.words) else ""


def _of_need(m: _Message) -> str:
    """ "despair" or "danger"; "" where it is not likely enough."""
    of_a_fact = _CERTAIN_NEED if m.is_plain_fact else _ENOUGH_OF_A_FACT if m.is_fact else 0.0
    if m.in_need < max(_least(m.words, m.need, asks=m.asks), of_a_fact):
        return ""
    # An ambulance is called for what is likely danger, not for what may be despair as well.
    return m.need if m.has(m.need) >= _ENOUGH else "despair"


def _of_joy(m: _Message) -> str:
    bars = _GLAD_ENOUGH[: 1 if m.is_fact else None]
    is_glad = any(m.has("joy") >= enough and m.sad <= most_sad for enough, most_sad in bars)
    return "joy" if is_glad and not _RELAPSED.search(m.words) else ""


def _of_doubt(m: _Message) -> str:
    """Neither an alarm nor a word of sympathy: "I've turned the key and she just keeps running. Help"."""
    is_of_body = not m.asks and not m.is_plain_fact and not _SLEEPLESS.match(m.words)
    return PERHAPS if is_of_body and m.has("danger") >= _ENOUGH and m.has("grief") < _MOST_OF_GRIEF else ""


def _of_grief(m: _Message) -> str:
    """ "grief" or MOVED; "" where neither is likely enough."""
    if m.is_fact:
        enough = _GRIEF_OF_A_FACT
        if m.told >= _IS_A_FACT:
            enough = _ENOUGH if _SORROW.search(m.words) else _GRIEF_OF_A_PLAIN_FACT
        return "grief" if m.sad >= enough else MOVED if m.has("joy") + m.sad >= _MOVED_BY_A_FACT else ""
    greets = _GREETS.match(m.words) and not _CUE.search(m.words) and not _SORROW.search(m.words)
    if greets and m.sad < _GRIEF_OF_A_FACT:
        return ""
    may_tell = len(m.words.split()) > _SHORT and not m.asks and not greets
    is_sad = (m.sad >= _SAD_ENOUGH and may_tell) or m.has("grief") >= _ENOUGH
    if is_sad and m.has("joy") <= _MOST_GLAD_OF_SAD:
        return "grief"
    return MOVED if may_tell and m.has("joy") + m.sad >= _MOVED_ENOUGH else ""


def _is_noise(words: str) -> bool:
    """Whether it is too long to be one message, or one word or letter again and again."""
    said = words.casefold().split()
    is_scream = len(words) > _MANY and len(set(words.casefold())) <= _DISTINCT
    return is_scream or len(words) > _LONGEST or (len(said) > _MANY and len(set(said)) <= _DISTINCT)


def is_deadly_joke(words: str) -> bool:
    """Whether a figure of speech is one of death or harm, that nobody wants to have noted."""
    return is_hyperbole(words) and _DEADLY.search(words) is not None


def _is_festive(words: str) -> bool:
    """Whether they tell of a birthday, a wedding or the like, and of no sorrow with it."""
    is_one = _HAPPY.fullmatch(words) or _FESTIVE.match(words)
    return bool(is_one) and not _SORROW.search(words) and not _SADLY.search(words)


def is_dreamt(words: str) -> bool:
    """Whether they tell of a dream, and of no danger that is there."""
    return _DREAMT.search(words) is not None


def is_mild(words: str) -> bool:
    """Whether an illness is told of to stay in bed with, and nothing graver."""
    return _MILD.search(words) is not None and _GRAVE.search(words) is None


def is_handed_over(words: str) -> bool:
    """Whether they tell no more than that something went from hand to hand: "He gave it back yesterday."."""
    return _HANDED_OVER.fullmatch(words.strip()) is not None


def is_hyperbole(words: str) -> bool:
    """Whether a trifle is cursed in words of death or harm."""
    return _HYPERBOLE.search(words) is not None and _EARNEST.search(words) is None


def _asks(words: str) -> bool:
    """Whether they ask for something or want something noted."""
    last = re.split(r"(?<=[.!]) ", words.strip())[-1]
    asks = is_a_question(words) and not _SLEEPLESS.match(words)
    return asks or "?" in words or _ASKS.match(words) is not None or is_a_task(last) or asks_to_remember(words)


def _least(words: str, need: str, *, asks: bool) -> float:
    """How likely it has to be that they are in need."""
    has_cue = _CUE.search(words) is not None
    if len(words.split()) <= _SHORT or (_SLEEPLESS.match(words) and not has_cue):
        return _ENOUGH_OF_SHORT
    if asks or _POINT_OF_THINGS.search(words):
        return _ENOUGH_OF_ASKING_WITH_CUE if has_cue else _ENOUGH_OF_ASKING
    if (_GREETS.match(words) and not has_cue) or is_hyperbole(words) or is_mild(words):
        return _CERTAIN_NEED
    return _ENOUGH if has_cue else _ENOUGH_WITHOUT_CUE[need]
