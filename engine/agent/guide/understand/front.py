"""What needs no model: requests that a rule recognises more surely than a few million parameters do.

A rule stands here only if it cannot well be wrong about what it recognises; everything else is the guide's to choose:
nothing but emoji, a special token, another language or script, nothing but greetings and thanks, what is known of
somebody, a conversion of units, a sum with dates, a root, a sum of a known form, and arithmetic that goes on from
the arithmetic of the turn before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from engine.agent.guide.answer.recall import asks_what_is_known
from engine.agent.guide.answer.told_before import surely_said
from engine.agent.guide.reckon.arithmetic import written_arithmetic
from engine.agent.guide.reckon.bills import find_bill
from engine.agent.guide.reckon.clock import asks_about_times, with_the_time
from engine.agent.guide.reckon.dates import asks_about_dates
from engine.agent.guide.reckon.next_step import go_on_reckoning, said_in_another_unit
from engine.agent.guide.reckon.numbers import tidied
from engine.agent.guide.reckon.sums import find_sum
from engine.agent.guide.reckon.units import find_conversion
from engine.agent.guide.understand.grammar import GuideChoice
from engine.agent.guide.understand.languages import foreign_language, is_other_script
from engine.agent.guide.understand.meaning import asks_to_remember

__all__ = ["front_choice", "is_reckoned_from_now"]

_HAND_OVER = GuideChoice("hand_over", {})
# What is meant for a machine: marks of models, and orders hidden in data.
_SPECIAL_TOKEN = re.compile(
    r"<\|\s*\w{1,20}\s*\|>|</?s>|\[/?INST\]|<script\b|\bdrop table\b|['\"]\s*;\s*\w|\bor 1\s*=\s*1\b"
    r"|\$\{jndi:|(?:\.\./){2}|^\s*[\[{]+\s*\"\w+\"\s*:",
    re.IGNORECASE,
)
# A request of these words alone, one of the first kind among them, greets or thanks.
_GREETING_WORDS = "hi hello hey hiya howdy thanks thank thx ty cheers bye goodbye ttyl cya appreciated"
_AROUND_GREETING_WORDS = """
good morning afternoon evening night day there scrubjay you very much so a lot again and ok okay great perfect cool
nice many all dear my friend see later then for now that's that helped this the your help to everyone well oh ah yes
no talk tomorrow soon sleep tonight until till next time take care have happy merry new year christmas xmas
easter holidays weekend lovely wonderful of week gotta go run dash must off mate buddy right i'm done may rest
"""
_GREETINGS = frozenset(_GREETING_WORDS.split())
_AROUND_GREETINGS = _GREETINGS | frozenset(_AROUND_GREETING_WORDS.split())
_GOOD_DAY = re.compile(
    r"\b(?:good (?:morning|afternoon|evening|night|day)|(?:happy|merry) (?:new year|christmas|xmas|easter|holidays)"
    r"|see you (?:later|soon|tomorrow)|take care)\b",
    re.IGNORECASE,
)
_LONGEST_GREETING = 8
# "Good night, don't let the bugs bite" is no more than that.
_GOOD_NIGHT = re.compile(
    r"(?:good ?night|night night|goodbye)\b(?!.*\b(?:but|tell|can|please|first)\b)[^?\d]{0,50}", re.IGNORECASE
)
_ANYBODY_THERE = re.compile(
    r"(?:(?:hi|hello|hey)(?: there)?[\s,!.]*)?(?:is )?(?:any|some)(?:body|one) (?:in|there|here|home|awake|around)\W*",
    re.IGNORECASE,
)
# In whatever language or sign: nothing else is said.
_THANKS = re.compile(
    r"(?:danke(?: sch[öo]n)?|merci|gracias|grazie|obrigad[oa]|tack|takk|[👍🙏👏❤💯😊\ufe0f\s]+)[\s!.]*", re.IGNORECASE
)
_IS_A_STEP = re.compile(r"\W*(?:(?:and|then|now|ok)\s+)*(?:plus|minus|less|times)\b", re.IGNORECASE)
_AS_SHARE = re.compile(
    r"(?:(?:hi|hey|please|what(?:['’]?s| is)?|how much is|calculate)\b[\s,!]*){0,3}"
    r"(?P<sum>[\d.,/ ()÷:]+?|.{1,40}\bof\b.{1,20}?)"
    r"\s+(?:as|in|to|into)\s+(?:a )?(?:percent(?:age)?|per cent|%)[\s?.!]*",
    re.IGNORECASE,
)
_OF_ANOTHER_BASE = re.compile(r"\b0(?:x[0-9a-f]{1,12}|b[01]{1,40}|o[0-7]{1,15})\b", re.IGNORECASE)
# "€ 1.000.000 / 12" is nothing but a sum.
_ONLY_SIGNS = re.compile(
    r"(?:(?:what(?:['’]?s| is)?|how much is|calculate|please)\b\s*){0,2}"
    r"(?=.*[€$£])(?=.*\d\s*[-+*/×÷^]\s*[€$£(]?\s?\d)[\d\s.,+*/×÷^()%€$£-]+[=?]?",
    re.IGNORECASE,
)
_ROOT = re.compile(r"√|\bsqrt\b|\bsquare root\b", re.IGNORECASE)
# One mark above or through so many characters is no writing.
_MOST_MARKS = 4
# Enough to see the language of; the rest of a long text changes nothing.
_LOOKED_AT = 2000
# Longer requests than this hold more than one of the forms below.
_SHORT = 200


def front_choice(words: str, before: str = "", answers: Sequence[str] = ()) -> GuideChoice | None:
    """The choice where a rule makes it, else None.

    Args:
        before: what the person wrote in the turn before.
        answers: our last answers that say something, the newest first.
    """
    text = words[:_LOOKED_AT]
    if _THANKS.fullmatch(text.strip()):
        return GuideChoice("greet", {})
    if not _has_words(text) or _SPECIAL_TOKEN.search(text) or is_other_script(text):
        return _HAND_OVER
    # "Days til xmas" is no Danish.
    sum_of_it = _calculated(tidied(words), before, answers) if len(words) <= _SHORT else None
    if sum_of_it or foreign_language(text):
        return sum_of_it or _HAND_OVER
    if len(words) > _SHORT:
        return None
    if asks_what_is_known(words):
        return GuideChoice("recall_memory", {"query": words})
    return GuideChoice("greet", {}) if _is_greeting(words) else None


def _has_words(text: str) -> bool:
    """Whether there is a letter or a digit at all: emoji and signs alone ask nothing, nor letters struck through."""
    marks = sum(unicodedata.combining(c) != 0 for c in text)
    return any(unicodedata.category(c)[0] in "LN" for c in text) and marks * _MOST_MARKS < len(text)


def _is_greeting(words: str) -> bool:
    if _GOOD_NIGHT.fullmatch(words.strip()) or _ANYBODY_THERE.fullmatch(words.strip()):
        return True
    found = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", words.casefold().replace("’", "'"))
    greets = any(word in _GREETINGS for word in found) or bool(_GOOD_DAY.search(words))
    greets = greets and not re.search(r"\d", words)
    return greets and len(found) <= _LONGEST_GREETING and all(word in _AROUND_GREETINGS for word in found)


def is_reckoned_from_now(words: str) -> bool:
    """Whether they ask for a sum with dates or times of day that is known."""
    return len(words) <= _SHORT and (asks_about_dates(tidied(words)) or asks_about_times(tidied(words)))


def _in_tens(words: str) -> str:
    """With numbers of base 16, 2 and 8 in digits: `0xFF + 1` → `255 + 1`."""
    return _OF_ANOTHER_BASE.sub(lambda match: str(int(match[0], 0)), words)


def _calculated(words: str, before: str, answers: Sequence[str]) -> GuideChoice | None:
    answer = answers[0] if answers else ""
    in_tens = words if asks_to_remember(words) else _in_tens(words)
    if in_tens != words and (expression := written_arithmetic(in_tens).expression):
        return GuideChoice("calculator", {"expression": expression})
    if conversion := find_conversion(words) or said_in_another_unit(words, before, answer):
        return GuideChoice("calculator", {"expression": conversion.expression}, conversion.unit)
    if is_reckoned_from_now(words) or with_the_time(words, surely_said(answer), before):
        return GuideChoice("current_time", {})
    if (match := _AS_SHARE.fullmatch(words.strip())) and (share := written_arithmetic(match["sum"]).expression):
        return GuideChoice("calculator", {"expression": f"({share})*100"}, "%")
    expression, unit = find_sum(words)
    # "Plus 3 shirts at 20" is no bill of its own.
    expression = expression or ("" if _IS_A_STEP.match(words) else find_bill(words))
    if expression:
        return GuideChoice("calculator", {"expression": expression}, unit)
    is_plain = _ROOT.search(words) or _ONLY_SIGNS.fullmatch(words.strip())
    expression = written_arithmetic(words).expression if is_plain else ""
    expression = expression or go_on_reckoning(words, before, answers)
    return GuideChoice("calculator", {"expression": expression}) if expression else None
