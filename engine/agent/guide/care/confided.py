"""What follows in a chat in which somebody confided despair or sorrow: there a few words weigh more than as the first.

"The rope is in the garage" is a fact to keep, and behind "I wish I was dead" an alarm. Nothing of what is said here is
kept, and nobody who said that they do not want to go on is answered without a word of where help is.
"""

from __future__ import annotations

import re

from engine.agent.guide.answer.greeting import acknowledges, greets, takes_leave
from engine.agent.guide.care.moods import CALM, is_hyperbole
from engine.agent.guide.care.signs import speaks_of_sadness, tells_of_loss
from engine.agent.guide.care.texts import (
    COMFORT,
    EMERGENCY,
    GLAD,
    HEAVY,
    IF_HURT,
    POISON,
    SORRY,
    SYMPATHY,
    THANKS,
    THERE,
    TOUCHED,
)
from engine.agent.guide.understand.grammar import GuideChoice
from engine.agent.guide.understand.meaning import is_a_task, is_or_may_be_a_question
from engine.agent.run import Outcome, Run

__all__ = ["CANNOT_JUDGE", "follow_up_care", "has_confided", "without_repeating"]

CANNOT_JUDGE = "I am only a small program on your computer and cannot judge that; somebody you trust can."
# Of these answers somebody does not want to go on, and of those somebody is sad.
_DEEP, _SAD = (COMFORT, THERE), (SORRY, THANKS, EMERGENCY, IF_HURT, POISON)
_DEEP_BACK, _SAD_BACK, _SPOKEN_OF = 6, 3, 6
# What it may be done with, and that it is to be done.
_MEANS = re.compile(
    r"\b(?:rope|noose|roof|ledge|cliff|railway|tracks|jump(?:ing|ed)?(?! in(?:to)? (?:the|my) (?:shower|bath|car"
    r"|pool|bed))|pills|paracetamol|tablets|overdose|gun|rifle|razor"
    r"|blade|(?:on|off|at|over) (?:the|a) (?:bridge|roof|edge|platform|balcony)|hang(?:ing)? myself"
    r"|kill(?:ing)? (?:me|myself)|end it|get it over with|suicid\w*|goodbye note|sorry for everything"
    r"|when it['’]?s (?:all )?over|see you never|it['’]?s all ready|everything is ready)\b",
    re.IGNORECASE,
)
_HOPELESS = re.compile(r"\b(?:hopeless|worthless|wish i (?:was|were) dead|don['’]?t want to be here)\b", re.IGNORECASE)
# The same of who is only known to be sad: said of themself, and of now.
_AT_THE_EDGE = re.compile(
    r"\bi(?:['’]?m| am) (?:up |out )?(?:on|at|by) the (?:bridge|roof|edge|ledge|platform|tracks|railway|cliff"
    r"|balcony)\b"
    r"|\b(?:i(?:['’]?m| am) (?:going to|gonna)|i['’]?ll|i will|i might|i could just) (?:jump(?! in(?:to)?\b|ing?"
    r" for joy)|end it)\b"
    r"|\bi(?:['’]?ve| have)(?: got)? (?:the|a|my|all the|enough) (?:rope|pills|tablets|gun|knife|blade|razor)\b"
    r"|\b(?:end it all|get it over with|sorry for everything|see you never|when it['’]?s all over)\b",
    re.IGNORECASE,
)
_OF_DEATH = re.compile(
    r"\b(?:die|dies|dying|dead|death|hang|do it|knife|hurts? (?:less|to)|painful|painless|go (?:to )?sleep and)\b",
    re.IGNORECASE,
)
_HEAVY = re.compile(
    r"\b(?:(?:no|any|what['’]?s the|what is the|without) point|too much|can['’]?t (?:go on|do (?:this|it)|cope|take)"
    r"|no more|hate myself|don['’]?t (?:really )?like (?:me|myself)|without me|burden|hopeless|worthless"
    r"|(?:would|will|wouldn['’]?t|won['’]?t) (?:they|he|she|anyone|anybody) (?:even )?(?:miss|notice|care)"
    r"|giv(?:e|ing) up|given up|don['’]?t think i can|it doesn['’]?t matter|nothing matters|nobody (?:would|cares))\b",
    re.IGNORECASE,
)
# "I had 9 yesterday by mistake, is that bad", where tablets were spoken of.
_TOOK_SOME = re.compile(
    r"\b(?:i|he|she|we)(?:['’]ve|['’]s| have| has)? (?:just )?(?:had|took|taken|swallowed|gave (?:him|her)) (?:about )?"
    r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|too many|double)\b.*"
    r"\b(?:mistake|accident\w*|bad|dangerous|too (?:much|many)|ok(?:ay)?|safe|what (?:do|should) i do)\b",
    re.IGNORECASE,
)
_TABLETS = re.compile(r"\b(?:tablets?|pills?|paracetamol|ibuprofen|aspirin|dose|mg|capsules?|insulin)\b", re.IGNORECASE)
_CALLS_FOR_HELP = re.compile(
    r"\W*(?:please )?(?:can (?:you|u) )?(?:help(?: me)?|call (?:some(?:one|body)|for help))(?: please| me| now)*\W*"
    r"|\W*(?:please )?(?:call|ring|phone) (?:the |a )?(?:(?:crisis|suicide|help) ?line|samaritans)\b.*"
    r"|\W*i don['’]?t know what to do(?: any ?more)?\W*|\W*(?:can|may|could) i talk to (?:you|u|some(?:one|body))\W*",
    re.IGNORECASE,
)
_THANKS_TO_US = re.compile(r"\b(?:thanks|thank you|thank u|thx|ty|cheers)\b|^\W*ta\b", re.IGNORECASE)
# Behind an alarm: "who can I ring tonight?"
_WHOM_TO_CALL = re.compile(
    r"\bwho (?:can|could|should|do|would) (?:i|we) (?:ring|call|phone|talk to|speak to|tell|ask)\b"
    r"|\bwhat (?:do|should|can|shall) (?:i|we) do(?: now| tonight)?\W*$",
    re.IGNORECASE,
)
_OF_THEM = re.compile(r"\b(?:i|me|my|we|us|that|this|it)\b", re.IGNORECASE)
_ASKS_FOR_THINGS = re.compile(r"\b(?:what|how|where|who|when|which)\b", re.IGNORECASE)
_LONGEST_QUESTION = 14
_DESPAIR, _SOME_DESPAIR, _DANGER = 0.5, 0.15, 0.5
_SURELY, _GLAD = 0.9, 0.3
# Choices that a message may be taken for whose writer goes on with what they confided.
_MAY_GO_ON = ("hand_over", "remember", "greet", "help")


def has_confided(run: Run) -> str:
    """ "deep" where somebody did not want to go on, "sad" where something weighed on them just now, else ""."""
    answers = [turn.text for turn in run.earlier if turn.role == "assistant"]
    said = [turn.text for turn in run.earlier if turn.role == "user"]
    is_deep = any(text in answer for answer in answers[-_DEEP_BACK:] for text in _DEEP)
    if is_deep or any(_HOPELESS.search(text) for text in said[-_DEEP_BACK:]):
        return "deep"
    return "sad" if any(answer.startswith(_SAD) for answer in answers[-_SAD_BACK:]) else ""


def follow_up_care(run: Run, choice: GuideChoice) -> Outcome | None:
    """What is due to who confided before; None to another matter, and where nobody did."""
    spoken = [turn.text for turn in run.earlier][-_SPOKEN_OF:]
    if _TOOK_SOME.search(run.words) and any(_TABLETS.search(text) for text in spoken):
        run.use_memory = False
        return Outcome(POISON)
    level = has_confided(run)
    if not level:
        return None
    words, despair, danger = run.words, run.moods.get("despair", 0.0), run.moods.get("danger", 0.0)
    may_go_on = choice.tool in _MAY_GO_ON or run.likely.get(choice.tool, 0.0) < _SURELY
    is_deep = level == "deep"
    answer = ""
    if is_deep and (_MEANS.search(words) or _OF_DEATH.search(words) or speaks_of_sadness(words)):
        answer = COMFORT
    elif not may_go_on or (not is_deep and (is_hyperbole(words) or run.moods.get("joy", 0.0) >= _GLAD)):
        return None
    elif _AT_THE_EDGE.search(words) and not is_a_task(words):
        answer = COMFORT
    elif _HEAVY.search(words) or despair >= (_SOME_DESPAIR if is_deep else _DESPAIR):
        answer = COMFORT if is_deep else HEAVY
    elif danger >= _DANGER and run.mood != CALM:
        answer = IF_HURT
    elif _CALLS_FOR_HELP.fullmatch(words):
        answer = COMFORT if is_deep else HEAVY
    elif _WHOM_TO_CALL.search(words) and any(alarm in text for text in spoken for alarm in (EMERGENCY, IF_HURT, HEAVY)):
        answer = IF_HURT
    # A goodbye is one by rule, without a likelihood.
    elif is_deep and choice.tool in ("hand_over", "greet") and run.likely:
        answer = _to_despair(run)
    if not answer:
        return None
    run.use_memory = False
    return Outcome(answer)


def _to_despair(run: Run) -> str:
    """A word to what asks for nothing, or for a judgement, of who did not want to go on; "" to another matter."""
    words = run.words
    if is_a_task(words) or greets(words) or takes_leave(words) or (_THANKS_TO_US.search(words) and "?" not in words):
        return ""
    if not is_or_may_be_a_question(words):
        return THERE if acknowledges(words) else f"{THANKS} {THERE}"
    is_theirs = _OF_THEM.search(words) and not _ASKS_FOR_THINGS.search(words)
    return f"{CANNOT_JUDGE} {THERE}" if is_theirs and len(words.split()) <= _LONGEST_QUESTION else ""


def without_repeating(run: Run, answer: str) -> str:
    """The answer with what was said of us before in this chat left out of it: what we are is told once."""
    before = [turn.text for turn in run.earlier if turn.role == "assistant"]
    # "I cried like a fool" behind good news.
    if answer == SYMPATHY and before and before[-1].startswith(GLAD) and not tells_of_loss(run.words):
        return TOUCHED
    for long, short in ((SYMPATHY, SORRY), (TOUCHED, THANKS)):
        if any(long in text for text in before):
            answer = answer.replace(long, short)
    return answer
