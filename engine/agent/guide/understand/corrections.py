"""What the words say against the choice that the models made of them."""

from __future__ import annotations

import re

from engine.agent.guide.answer.greeting import is_a_wish, takes_leave
from engine.agent.guide.answer.look_up import QUERY_CHARACTERS
from engine.agent.guide.reckon.dates import asks_about_dates
from engine.agent.guide.understand.grammar import GuideChoice
from engine.agent.guide.understand.languages import foreign_language
from engine.agent.guide.understand.meaning import (
    asks_to_forget,
    asks_to_remember,
    asks_us,
    asks_what_is_known_of,
    asks_what_was_told,
    begins_with_forgetting,
    denies_having_said,
    ends_with_asking_to_remember,
    fears_to_forget,
    is_a_question,
    is_a_task,
    is_or_may_be_a_question,
    orders_and_asks,
    speaks_to_us,
    takes_back,
    tells_something,
    told_besides,
)
from engine.memory.gone import tells_of_something_gone
from engine.memory.suggestions import is_of_us
from engine.search.terms import FUNCTION_WORDS, word_set, words_of

__all__ = ["asks_what_we_do", "corrected", "insults_us", "only_asks_what_now"]

# What the guide now and then takes news for, as if something were asked.
# Nor an age that follows from a day of birth.
_NOT_RECALLED = ("forget", "recall_memory", "current_time")
_MISTAKEN_NEWS = ("recall_memory", "search_documents", "hand_over", "forget")

_ASKS_WHAT_WE_DO = re.compile(
    r"^\W*(?:so |and |ok )?what (?:can|do) you (?:actually |really |even )?do\b"
    r"(?! (?:when|if|with|about|after|to|on|in|while|because)\b)",
    re.IGNORECASE,
)
_WHAT_NOW = re.compile(r"\w{2,}\W+\w+\W+\w{2,}\s*[.!]\s*(?:so )?(?:what now|now what|what next)\W*$", re.IGNORECASE)
# Of a long text only its end asks so.
_LAST_WORDS = 200
_THANKS_AT_LAST = re.compile(
    r"(?:you['’]ve been|you['’]re|you are|you have been|that was|that['’]s|this is)\b[^?]{0,120}\b(?:thank you|thanks)"
    r"(?: so much| very much)?[\s.!]*",
    re.IGNORECASE,
)
_NEVER_FORGET = re.compile(
    r"\W*(?:please )?(?:never|(?:don['’]?t|do not)(?: you)?(?: ever| dare)?) forget (?:everything|anything|all)\b",
    re.IGNORECASE,
)
_HOW_ARE_YOU = re.compile(r"\bhow (?:are|r) (?:we|you|u|things)\b", re.IGNORECASE)
_TODAY = re.compile(r"\btoday\b", re.IGNORECASE)
_BIRTHDAY = re.compile(r"\b(?:my|her|his|their|our|\w+['’]s) (?:birthday|anniversary)\b", re.IGNORECASE)
_WEDDING = re.compile(r"\b(?:(?:been|got|get|getting) married|wedding)\b", re.IGNORECASE)
_HOURS_OF = re.compile(
    r"\b(?:times|(?<!many )hours|timetables?|schedules?|open(?:s|ing)?|clos(?:es?|ing)|charges?|prices?|costs?|fees?"
    r"|rates?)\b",
    re.IGNORECASE,
)
_WHAT_TIME = re.compile(
    r"\bwhat(?: time| day| date)?(?: is|['’]?s)(?: it|(?: the)? (?:time|date|day))\b"
    r"|\bwhat (?:time|day|date) (?:is it|it is|is today|now)\b"
    r"|\bwhat (?:year|month|week) is (?:it|this)\b|\btell me the (?:time|date)\b|\bhow (?:long|many \w+) (?:till"
    r"|until|to)\b"
    r"|\btoday['’]?s date\b|\b(?:what|which) day it is\b|\bthe exact time\b"
    r"|\bhours? (?:till|until|to)\b|\btime (?:is it|now)\b",
    re.IGNORECASE,
)
# A name, and nothing else to do.
_CALL_ME = re.compile(
    r"(?i:\W*(?:(?:you (?:can|may|should)|please|from now on|just)[\s,]+){0,2}call me) "
    r"(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun|To)(?:day|morrow))[A-Z]\w+(?: [A-Z]\w+){0,2}"
    r"(?i:,?(?: please| from now on){0,2})[\s.!]*(?:What (?:will|do|are) you [^?]{0,40}\?)?"
)
# So many words without one of these tell nothing: they are keywords.
_KEYWORDS = 5
_TELLS_WORD = re.compile(
    r"\b(?:i|im|my|mine|me|her|his|their|the|a|we|our|us|is|are|was|were|am|has|have|had|do|does|did|will|can|must"
    r"|likes?|loves?|hates?|lives?"
    r"|works?|goes|comes|takes?|needs?|wants?|owes?|called|named|isnt|aren?t|moved|changed)\b|['’](?:s|m|ve|re|d|ll"
    r"|t)\b"
    r"|[\d:=]",
    re.IGNORECASE,
)
_CHANGE_IT = re.compile(
    r"[.,;!]\s*(?:please |so )?(?:change|fix|update|correct) (?:it|that)(?: please)?\W*$", re.IGNORECASE
)
_IS_NEW = re.compile(r"\b(?:now|instead|actually)\b", re.IGNORECASE)
_OF_A_TEXT = re.compile(
    r"\b(?:sentence|text|essay|paragraph|cv|letter|e?-?mail|translation|code|poem|story|draft|grammar)\b", re.IGNORECASE
)
_OF_OURS = re.compile(r"\W*(?:(?:my|our)\b|(?-i:[A-Z])\w+ and (?-i:[A-Z])\w+ )", re.IGNORECASE)
_INSULTS_US = re.compile(
    r"\W*(?:you )?(?:stupid|useless|dumb|idiotic|rubbish|worthless)"
    r" (?:machine|thing|bot|robot|computer|program|app|toaster)\b",
    re.IGNORECASE,
)
_ORDERS_US = re.compile(r"\b(?:you|u|please|pls)\b", re.IGNORECASE)


_IS_DATA = re.compile(r"\s*(?:[\[{]+\s*[\"'\w]|<[\w/!?|])")
_MY_NAME = re.compile(r"(?:^|[.,!] )(?:and )?my name(?:['’]s|s| is) [\w-]+(?: [\w-]+)?[\s.!]*$", re.IGNORECASE)
_SAYS_HI = re.compile(
    r"\W*(?:my )?(?!nobody|no one|none|everyone|everybody|who)\w+ (?:also )?(?:says|sends|said to say) (?:hi|hello"
    r"|hey|(?:his|her|their) (?:love|regards|best))"
    r"(?: too| to you)?[\s.!)]*",
    re.IGNORECASE,
)
_TAG = re.compile(r"\b(?:ok(?:ay)?|please|pls|right|yes|(?:would|can|could|will) (?:you|u))\W*$", re.IGNORECASE)
_SLIPPED = re.compile(
    r"\W*i (?:(?:can|could) never (?:remember|recall)|(?:always|keep) forget(?:ting)?)(?: again)?"
    r" (?P<what>(?:the (?:name|number|date|code|address|birthday|time|day)"
    r"|(?:what|when|where|who|which|how)\b) (?:(?! is | are |['’]s )[^,;:\d–]){4,100}?|(?:his|her|my|our|their"
    r"|[\w’']+['’]s)"
    r" (?:\w+ ){0,2}(?:name|number|date|code|address|birthday))[\s.!]*",
    re.IGNORECASE,
)
_DO_MY = re.compile(
    r"\W*(?:(?:please|can you|could you)[\s,]+)*do (?:my|our|(?:my )?\w+['’]?s) (?:\w+ )?(?:tax(?:es)?|homework"
    r"|accounts|bookkeeping|books|essay"
    r"|coursework|assignment|expenses|shopping|laundry)\b",
    re.IGNORECASE,
)
# So many words are a sentence, with a verb of what happened.
_SENTENCE = 7
# What every order to forget has one of.
_TOLD_WORDS = 5
_OF_FORGETTING = re.compile(
    r"\b(?:f+o+r+get\w*|delete\w*|erase\w*|drop|scrap|scratch|scrub|removed?|wipe|clear|bin|blank|discard|dismiss"
    r"|strike"
    r"|cross|lose|unlearn|rid|th+row\w*|ignore|any ?(?:more|longer)|no longer|(?:un|not )true|wrong|never (?:said|mind)"
    r"|dump|purge|out|disregard|chuck|need|cancel|undo|let|keep|kept|(?<!so you )know|save|store|hold|retain"
    r"|rem+emb+er\w*"
    r"|hang|pretend|mention\w*|told|bring|reminders?|notes|mem\w*ry|(?:want|please|it).{0,30} gone|disappear|stop)\b",
    re.IGNORECASE,
)
_NEVER_MIND = re.compile(r"\?[^?]{0,25}\b(?:forget it|never ?mind)\W*$", re.IGNORECASE)
_CALLS_OR_WRITES = re.compile(
    r"^\W*(?:please |pls |can you |could you )?(?:phone|ring|call|text|message|email)"
    r" (?!me\b)\w+ (?:for me|quick|now|up)\b"
    r"|[.?!] (?:please )?(?:write|phrase|word|rewrite) (?:it|them|this)\b",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r"\b(?:(?:he|she|it|they|we|i)(?:['’](?:s|re|m|ve)| (?:is|are|am|was|were|has|have|had|will))"
    r"|(?-i:[A-Z])\w+(?: (?:has|is|was|had|will)|['’]s (?:gone|got|been|left|had|started|now|coming|going|not))"
    r"|rang|called"
    r"|told me|says|said|brought"
    r"|gave|came|went|moved|bought|sold|changed)\b",
    re.IGNORECASE,
)
_SETS = re.compile(
    r"\W*(?:(?:please|pls|can you|could you|and|ok)\b[\s,]*)*set (?:me )?(?:an?|the|my|another) (?:\w+ )?"
    r"(?:alarm|timer|reminder|countdown)\b(?!\s*:| that\b)",
    re.IGNORECASE,
)
# "In A&E, they're asking my blood type."
_THEY_ASK = re.compile(
    r"\b(?:they|he|she|doctors?|nurses?|hospital|school|bank|police|form|surgery|clerk|office|insurers?|garage|shop"
    r"|lady|man)"
    r"(?:['’](?:re|s)| is| are)? (?:asking|asks?|wants?|needs?|wants? to know)(?: me)?(?: for| about)? "
    r"(?P<what>(?:my|our|(?-i:[A-Z])\w+['’]s) (?:\w+ ){0,3}(?:type|group|number|date of birth|address|size|name|code"
    r"|plate"
    r"|registration|weight|height|age|birthday|allerg\w+|e-?mail|postcode|medication|tablets))\W*$",
    re.IGNORECASE,
)
_THROWS_AWAY = re.compile(
    r"\b(?:get rid of|ditch|lose|scrap|scratch|bin|drop|strike|wipe|blank|leave out|take .{2,40} out|disappear|no more"
    r"|let (?:it|that|this|him|her|them) go|(?:your|the) (?:notes?|head|memory|records?)|what i (?:said|told))\b",
    re.IGNORECASE,
)
_I_TOLD = re.compile(r"\bi(?:['’]ve)? (?:gave|told|said|given)\b.{0,20}\b(?:you|it)\b", re.IGNORECASE)
_WANTED_TO_TELL = re.compile(
    r"\bi (?:was going to|wanted to|meant to) (?:tell|ask) (?:you|u) (?:something|sth)\b", re.IGNORECASE
)
_DROP_DEAD = re.compile(r"\b(?:drop dead|get lost|go to hell)\b", re.IGNORECASE)
_ASKS_IN_A_WORD = re.compile(
    r"[.!] (?!(?:ok|okay|right|yes|got|clear|understood|deal|alright|see|noted"
    r"|remember)\b)(?-i:[A-Z])\w+(?: \w+){0,2}\?\s*$",
    re.IGNORECASE,
)
_TRANSLATE = re.compile(
    r"\W*(?:übersetz\w*|tradui\w+|traduc\w+|traduz\w+|vertaal|översätt|oversett?|przetłumacz|přelož|fordítsd)\b",
    re.IGNORECASE,
)
_CALL_YOU = re.compile(r"\bwhat (?:do|should|can|shall) i call (?:you|u)\b", re.IGNORECASE)
# What stands above, or a rule of ours, is no memory.
_FORGETS_TEXT = re.compile(
    r"\W*(?:(?:please|pls|now|ok)\b[\s,]*)*(?:forget|ignore|disregard) (?:about )?(?:all |everything )?(?:of )?"
    r"(?:the |what(?:['’]?s| is| was) )?(?:above|before this|previous)"
    r"(?: (?:instructions?|rules?|prompts?|messages?|text|directions?))?(?=\W*(?:$|[.!,]|and\b|then\b))"
    r"|\W*system override\s*[:>!.]"
    r"|\W*from now on,? (?:every|all|any|the|each) (?:of )?(?:the |my |your )?"
    r"(?:(?:answers?|repl(?:y|ies))\b|(?:documents?|files?) (?:says?|tells?|reads?)\b)",
    re.IGNORECASE,
)
_SEASON = re.compile(r"\b(?:19|20)\d\d ?/ ?\d\d\b")
_WHAT_A = re.compile(
    r"\W*(?:\w+[\s,]+){0,2}what an? (?:\w+ )?(?:day|night|week|month|year|time|morning|evening)\W*", re.IGNORECASE
)
_PLAN = re.compile(r"\W*(?:please |pls )?plan (?:me |us )?(?:an?|my|our) \w+", re.IGNORECASE)
# "Which day is Tamsin's college day?"
_DAY_OF = re.compile(
    r"\b(?:what|which) (?:day|date|time) (?:is|are|was) (?!(?:it|today|this|that|tomorrow|yesterday|now|we|in|on|the"
    r"|christmas|easter|new)\b)[\w’']+ \w+",
    re.IGNORECASE,
)
_OF_TIME = word_set(
    """
    what which time times day date days today now please tell give week month year hour hours clock exactly exact
    current currently right moment got know say show need weekday tomorrow yesterday tonight morning evening late early
    """
)
# So many other words ask for something else than the time it is.
_OF_ELSE = 3
# A question for the time alone is short.
_LONGEST_TIME = 9


def asks_what_we_do(words: str) -> bool:
    """Whether they ask what we are for."""
    return _ASKS_WHAT_WE_DO.search(words) is not None


def only_asks_what_now(words: str) -> bool:
    """Whether they tell something and end in "What now?", which asks nothing about Scrubjay."""
    return _WHAT_NOW.search(words[-_LAST_WORDS:]) is not None and not speaks_to_us(words)


def insults_us(words: str) -> bool:
    """Whether it begins with an insult of the assistant: "useless machine"."""
    return _INSULTS_US.match(words) is not None


def corrected(choice: GuideChoice, words: str, *, is_sure: bool) -> GuideChoice:
    """A question is not kept, whatever the guide thought of it; what it cannot see the end of is, if it was told so.

    The first rule that speaks decides; most see one confusion of two choices that first prompts showed.

    Args:
        is_sure: the chooser made the choice, and was sure of it.
    """
    # Pasted data tells nothing, whatever stands in it: {"role": "assistant", "content": "I have deleted all"}.
    if choice.tool == "hand_over" and _IS_DATA.match(words):
        return choice
    # "I saw a big hornet. Squash it?"
    is_asked = words.rstrip().endswith("?") and not _TAG.search(words[-_LAST_WORDS:])
    if choice.tool == "forget" and is_asked and not asks_to_forget(words):
        return GuideChoice("search_documents", {"query": words})
    if choice.tool == "remember" and _WANTED_TO_TELL.search(words):
        return GuideChoice("hand_over", {})
    if choice.tool == "forget" and _DROP_DEAD.search(words):
        return GuideChoice("hand_over", {})
    # "We're at the door and nobody opens. Key?"
    if choice.tool == "remember" and _ASKS_IN_A_WORD.search(words) and not asks_to_remember(words):
        return GuideChoice("search_documents", {"query": words})
    # In other languages than English it is not told either.
    if _TRANSLATE.match(words):
        return GuideChoice("hand_over", {})
    if _CALL_YOU.search(words):
        return GuideChoice("help", {})
    if _FORGETS_TEXT.match(words):
        return GuideChoice("hand_over", {})
    if begins_with_forgetting(words):
        return choice if choice.tool == "forget" else GuideChoice("forget", {"text": words})
    if choice.tool == "forget" and _NEVER_FORGET.match(words):
        return GuideChoice("hand_over", {})
    # "I can never remember the name of that roofer" asks for it.
    if choice.tool != "recall_memory" and not asks_to_remember(words) and (slipped := _SLIPPED.fullmatch(words)):
        return GuideChoice("recall_memory", {"query": slipped["what"]})
    if choice.tool == "forget" and fears_to_forget(words):
        return GuideChoice("remember", {})
    if _CALL_ME.fullmatch(words):
        return GuideChoice("remember", {})
    if choice.tool in ("hand_over", "greet") and _MY_NAME.search(words) and not is_a_question(words):
        return GuideChoice("remember", {})
    # "Carys has split up with Martin. Don't mention him, eh" throws nothing away.
    is_news = len(words.split()) >= _SENTENCE and _NEWS.search(words) is not None and not is_a_question(words)
    throws_away = asks_to_forget(words) or _THROWS_AWAY.search(words) is not None
    if choice.tool == "forget" and is_news and not throws_away and not told_besides(words):
        return GuideChoice("remember", {})
    # "The Corsa is back on Quarry Lane, skips are gone" has no word of an order.
    is_told = len(words.split()) >= _TOLD_WORDS and not is_a_question(words)
    if choice.tool == "forget" and is_told and not throws_away and not _OF_FORGETTING.search(words):
        return GuideChoice("remember", {})
    # "Does a person change? Anyway. Forget it."
    if choice.tool == "forget" and _NEVER_MIND.search(words):
        return GuideChoice("hand_over", {})
    # "Phone Lorna for me", "… Write it funny."
    if choice.tool in ("recall_memory", "search_documents", "remember") and _CALLS_OR_WRITES.search(words):
        return GuideChoice("hand_over", {})
    if _SAYS_HI.fullmatch(words):
        return GuideChoice("greet", {})
    if choice.tool in ("recall_memory", "search_documents") and _DO_MY.match(words):
        return GuideChoice("hand_over", {})
    # No alarm is set by being remembered.
    if choice.tool in ("remember", "current_time") and _SETS.match(words):
        return GuideChoice("hand_over", {})
    if choice.tool == "remember" and _PLAN.match(words) and not asks_to_remember(words):
        return GuideChoice("hand_over", {})
    # "How much is a half plot for 2025/26?" divides nothing.
    if choice.tool == "calculator" and _SEASON.search(words) and _SEASON.fullmatch(choice.arguments["expression"]):
        return GuideChoice("search_documents", {"query": words})
    if denied := denies_having_said(words):
        return GuideChoice("forget", {"text": denied})
    if choice.tool != "recall_memory" and (needed := _THEY_ASK.search(words)):
        return GuideChoice("recall_memory", {"query": needed["what"]})
    if choice.tool in ("search_documents", "hand_over", "help") and (whom := asks_what_is_known_of(words)):
        return GuideChoice("recall_memory", {"query": whom})
    if asks_what_was_told(words) and choice.tool not in _NOT_RECALLED and not is_sure:
        return GuideChoice("recall_memory", {"query": words})
    if asks_what_we_do(words):
        return GuideChoice("help", {})
    if choice.tool == "remember" and not is_sure and takes_leave(words):
        return GuideChoice("greet", {})
    if choice.tool == "current_time" and (meant := _corrected_time(choice, words, is_sure=is_sure)) is not choice:
        return meant
    # "The display shows E9. What now?" is no question about Scrubjay.
    if choice.tool == "help" and only_asks_what_now(words):
        return GuideChoice("search_documents", {"query": words})
    if choice.tool == "remember" and (insults_us(words) or (is_of_us(words) and not asks_to_remember(words))):
        return GuideChoice("hand_over", {})
    if choice.tool in ("hand_over", "remember", "search_documents") and _THANKS_AT_LAST.fullmatch(words):
        return GuideChoice("greet", {})
    is_order = asks_to_remember(words) or asks_us(words) or orders_and_asks(words)
    if choice.tool == "remember" and is_a_question(words) and not is_order and not is_sure:
        return GuideChoice("search_documents", {"query": words})
    surely_forgets = choice.tool == "forget" and is_sure
    if choice.tool != "remember" and not surely_forgets and takes_back(words) and not is_a_question(words):
        return GuideChoice("remember", {})
    # "The bike was stolen" asks for no bike, "tenancy lost key cost" does.
    is_keywords = words.islower() and len(words.split()) <= _KEYWORDS and not _TELLS_WORD.search(words)
    is_asked = is_or_may_be_a_question(words) or is_a_task(words)
    is_news = not is_asked and not is_keywords and not asks_to_forget(words) and tells_of_something_gone(words)
    # "My car broke down" is news however surely it was taken for small talk.
    is_own_news = is_news and (not is_sure or _OF_OURS.match(words))
    if choice.tool in _MISTAKEN_NEWS and is_own_news and not foreign_language(words):
        return GuideChoice("remember", {})
    # "Bettina rang, she's giving up garage 4 at the end of March" asks for nothing.
    is_told = (
        not is_asked
        and not _I_TOLD.search(words)
        and len(words.split()) >= _SENTENCE
        and _NEWS.search(words) is not None
    )
    if choice.tool == "recall_memory" and is_told and not asks_to_forget(words) and "?" not in words:
        return GuideChoice("remember", {})
    # "The puppy is called Waffle now, kids outvoted me. change it"
    if choice.tool == "hand_over" and _orders_a_change(words):
        return GuideChoice("remember", {})
    if choice.tool != "remember" and (ends_with_asking_to_remember(words) or orders_and_asks(words)):
        return GuideChoice("remember", {})
    # "Can I delete an account that has bookings?" orders nothing; "can you delete …?" does.
    asks_how = is_a_question(words) and not _ORDERS_US.search(words)
    if choice.tool == "forget" and not is_sure and (asks_how or not asks_to_forget(words)):
        return GuideChoice("search_documents", {"query": words})
    tells_nothing = not asks_to_remember(words) and not tells_something(words)
    if choice.tool == "remember" and not is_sure and (tells_nothing or is_a_task(words)):
        return GuideChoice("hand_over", {})
    if choice.tool == "hand_over" and len(words) > QUERY_CHARACTERS and asks_to_remember(words):
        return GuideChoice("remember", {})
    return choice


def _corrected_time(choice: GuideChoice, words: str, *, is_sure: bool) -> GuideChoice:
    """What only sounds like a question for the time: no clock tells a birthday, nor when a museum opens."""
    asks_time = _WHAT_TIME.search(words) is not None
    # "What is the date today? It's my birthday soon" asks for the date.
    if _BIRTHDAY.search(words) and not asks_time and not _TODAY.search(words):
        return GuideChoice("recall_memory", {"query": words})
    if _HOW_ARE_YOU.search(words) or is_a_wish(words):
        return GuideChoice("greet", {})
    if _WHAT_A.fullmatch(words):
        return GuideChoice("hand_over", {})
    if not asks_time and _DAY_OF.search(words) and not asks_about_dates(words):
        return GuideChoice("search_documents", {"query": words})
    # "Bed on school nights, what time?"
    asks_of_else = (
        not is_sure
        and not asks_about_dates(words)
        and len(set(words_of(words)) - FUNCTION_WORDS - _OF_TIME) >= _OF_ELSE
    )
    if not asks_time and (asks_of_else or _HOURS_OF.search(words) or len(words.split()) > _LONGEST_TIME):
        return GuideChoice("search_documents", {"query": words})
    # "How long have we been married and what's the date?"
    if _WEDDING.search(words) and not _TODAY.search(words):
        return GuideChoice("recall_memory", {"query": words})
    return choice


def _orders_a_change(words: str) -> bool:
    """Whether they tell what is new and then have it changed; "this sentence is wrong now, fix it" is work."""
    last = words[-_LAST_WORDS:]
    is_order = _CHANGE_IT.search(last) is not None and _IS_NEW.search(last) is not None
    return is_order and not _OF_A_TEXT.search(last) and tells_something(last) and not is_a_question(last)
