"""What the words say against the choice that the models made of them.

Only what guards what is kept (nothing is forgotten that no word orders to forget, no question is kept), and what the
chooser was seen to take for something else. A rule has to earn its place: of forty that had grown before the chooser
learned from first prompts, the rest changed nothing or did harm (7,158 labelled prompts: right without any 95.4 %).
"""

from __future__ import annotations

import re

from engine.agent.guide.answer.greeting import is_a_wish, takes_leave
from engine.agent.guide.answer.look_up import QUERY_CHARACTERS
from engine.agent.guide.care.signs import is_of_things
from engine.agent.guide.understand.front import is_reckoned_from_now
from engine.agent.guide.understand.grammar import GuideChoice
from engine.agent.guide.understand.languages import foreign_language
from engine.agent.guide.understand.meaning import (
    asks_to_forget,
    asks_to_remember,
    asks_us,
    begins_with_forgetting,
    denies_having_said,
    ends_with_asking_to_remember,
    is_a_question,
    is_a_task,
    is_or_may_be_a_question,
    orders_and_asks,
    speaks_to_us,
    tells_something,
)
from engine.memory.gone import tells_of_something_gone
from engine.memory.suggestions import is_of_us

__all__ = ["asks_what_we_do", "corrected", "insults_us", "only_asks_what_now"]

_ASKS_WHAT_WE_DO = re.compile(
    r"^\W*(?:so |and |ok )?what (?:can|do) you (?:actually |really |even )?do\b"
    r"(?! (?:when|if|with|about|after|to|on|in|while|because)\b)",
    re.IGNORECASE,
)
_WHAT_NOW = re.compile(r"\w{2,}\W+\w+\W+\w{2,}\s*[.!]\s*(?:so )?(?:what now|now what|what next)\W*$", re.IGNORECASE)
# Of a long text only its end asks so.
_LAST_WORDS = 200
_INSULTS_US = re.compile(
    r"\W*(?:you )?(?:stupid|useless|dumb|idiotic|rubbish|worthless)"
    r" (?:machine|thing|bot|robot|computer|program|app|toaster)\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"\b(?:ok(?:ay)?|please|pls|right|yes|(?:would|can|could|will) (?:you|u))\W*$", re.IGNORECASE)
_NEVER_MIND = re.compile(r"\?[^?]{0,25}\b(?:forget it|never ?mind)\W*$", re.IGNORECASE)
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
_SLIPPED = re.compile(
    r"\W*i (?:(?:can|could) never (?:remember|recall)|(?:always|keep) forget(?:ting)?)(?: again)?"
    r" (?P<what>(?:the (?:name|number|date|code|address|birthday|time|day)"
    r"|(?:what|when|where|who|which|how)\b) (?:(?! is | are |['’]s )[^,;:\d–]){4,100}?|(?:his|her|my|our|their"
    r"|[\w’']+['’]s)"
    r" (?:\w+ ){0,2}(?:name|number|date|code|address|birthday))[\s.!]*",
    re.IGNORECASE,
)
_MY_NAME = re.compile(r"(?:^|[.,!] )(?:and )?my name(?:['’]s|s| is) [\w-]+(?: [\w-]+)?[\s.!]*$", re.IGNORECASE)
_CALL_ME = re.compile(r"\W*(?:(?:please|just|from now on|you can),? )*call me (?-i:[A-Z])\w+", re.IGNORECASE)
_SAYS_HI = re.compile(
    r"\W*(?:my )?(?!nobody|no one|none|everyone|everybody|who)\w+ (?:also )?(?:says|sends|said to say) (?:hi|hello"
    r"|hey|(?:his|her|their) (?:love|regards|best))(?: too| to you)?[\s.!)]*",
    re.IGNORECASE,
)
# What every order to forget has one of, where it is not shorter than this.
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
# No alarm is set by being remembered.
_SETS = re.compile(
    r"\W*(?:(?:please|pls|can you|could you|and|ok)\b[\s,]*)*set (?:me )?(?:an?|the|my|another) (?:\w+ )?"
    r"(?:alarm|timer|reminder|countdown)\b(?!\s*:| that\b)",
    re.IGNORECASE,
)
_SEASON = re.compile(r"\b(?:19|20)\d\d ?/ ?\d\d\b")
_KEEPS_NOTHING = re.compile(
    r"\W*(?:please |can you )?(?:(?:knock|whip|rustle|draw|type) (?:me |us )?up (?:an?|the|some)\b"
    r"|(?:do you )?remember when (?:we|you|i)\b(?!.*\bis\b))",
    re.IGNORECASE,
)
_NOT_NOW = re.compile(
    r"\b(?:left|ago|until|till|til|next|last|since|falls?|number|nr|quarter|many|between|from|after|before|turns?|born"
    r"|due)\b",
    re.IGNORECASE,
)
_ASKS_FOR_A_SUM = re.compile(
    r"\d.*\d.*[,;.:]\s*(?:so )?(?:how (?:many|much|long|far)\b|what(?:['’]?s| is| do| does| will)\b|whats\b"
    r"|(?:the )?(?:total|sum|difference|diffrence|cost)(?: of [\w ]{2,20})?\W*$|my (?:change|share|part)\W*$)[^.!]*$",
    re.IGNORECASE | re.DOTALL,
)
# "What time do we shut on a Friday"; not "what time do you have".
_TIME_OF = re.compile(
    r"\bwhat time (?:of (?:the )?(?:day|year|night)"
    r"|(?:do|does|did|can|should|must|shall) (?!you (?:have|make)\b)\w+)\b",
    re.IGNORECASE,
)
_HOW_ARE_WE = re.compile(r"\bhow (?:are|r) (?:we|you|u|things)\b", re.IGNORECASE)
_CHANGE_IT = re.compile(
    r"[.,;!]\s*(?:please |so )?(?:change|fix|update|correct) (?:it|that)(?: please)?\W*$", re.IGNORECASE
)
_IS_NEW = re.compile(r"\b(?:now|instead|actually)\b", re.IGNORECASE)
_OF_A_TEXT = re.compile(
    r"\b(?:sentence|text|essay|paragraph|cv|letter|e?-?mail|translation|code|poem|story|draft|grammar)\b", re.IGNORECASE
)
# What news is now and then taken for, as if something were asked.
_MISTAKEN_NEWS = ("recall_memory", "search_documents", "hand_over", "forget")
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


def asks_what_we_do(words: str) -> bool:
    """Whether they ask what we are for."""
    return _ASKS_WHAT_WE_DO.search(words) is not None


def only_asks_what_now(words: str) -> bool:
    """Whether they tell something and end in "What now?", which asks nothing about Scrubjay."""
    return _WHAT_NOW.search(words[-_LAST_WORDS:]) is not None and not speaks_to_us(words)


def insults_us(words: str) -> bool:
    """Whether it begins with an insult of the assistant: "useless machine"."""
    return _INSULTS_US.match(words) is not None


_SAYS_AGAIN = re.compile(
    r"\W*(?:please )?(?:spell|say|repeat|read|tell me|show me)\b[^.]{0,20}\bagain\W*$",
    re.IGNORECASE,
)
_ASKS_OF_ANOTHER = re.compile(
    r"\W*(?:and |so |but )*(?:how about|what about|what['’]?s|what is|where|when|who|which)\b"
    r"(?!.*\b(?:forget\w*|delet\w*|eras\w*)\b)",
    re.IGNORECASE,
)


def corrected(choice: GuideChoice, words: str, *, is_sure: bool) -> GuideChoice:
    """The choice, or another where the words speak against it; the first rule that speaks decides.

    Args:
        is_sure: the chooser made the choice, and was sure of it.
    """
    if _FORGETS_TEXT.match(words):
        return GuideChoice("hand_over", {})
    if denied := denies_having_said(words):
        return GuideChoice("forget", {"text": denied})
    # What is ordered in so many words, where the models are not sure.
    if not is_sure and begins_with_forgetting(words):
        return choice if choice.tool == "forget" else GuideChoice("forget", {"text": words})
    if not is_sure and (ends_with_asking_to_remember(words) or orders_and_asks(words)):
        return GuideChoice("remember", {})
    if choice.tool == "forget" and _SAYS_AGAIN.match(words):
        return GuideChoice("hand_over", {})
    # "And how about Clive?" behind an order to forget orders nothing.
    if choice.tool == "forget" and _ASKS_OF_ANOTHER.match(words):
        return GuideChoice("recall_memory", {"query": words})
    if choice.tool == "forget":
        choice = _surely_forgotten(choice, words)
    # "I can never remember the name of that roofer" asks for it.
    if not asks_to_remember(words) and (slipped := _SLIPPED.fullmatch(words)):
        return GuideChoice("recall_memory", {"query": slipped["what"]})
    if choice.tool == "greet" and _MY_NAME.search(words) and not is_a_question(words):
        return GuideChoice("remember", {})
    if _SAYS_HI.fullmatch(words):
        return GuideChoice("greet", {})
    if choice.tool == "remember" and _CALL_ME.match(words):
        return GuideChoice("remember", {})
    # "How much is a half plot for 2025/26?" divides nothing.
    if choice.tool == "calculator" and _SEASON.search(words) and _SEASON.fullmatch(choice.arguments["expression"]):
        return GuideChoice("search_documents", {"query": words})
    if choice.tool == "current_time" and (_HOW_ARE_WE.search(words) or is_a_wish(words)):
        return GuideChoice("greet", {})
    if choice.tool in ("remember", "current_time") and _SETS.match(words):
        return GuideChoice("hand_over", {})
    # "Knock up a notice: moorings full", "remember when we legged boats through the tunnel, eh".
    if choice.tool == "remember" and _KEEPS_NOTHING.match(words):
        return GuideChoice("hand_over", {})
    # "Last day of next month falls on", "what time do we shut?": another day than this one, another time than now.
    is_of_another = choice.tool == "current_time" and (_NOT_NOW.search(words) or _TIME_OF.search(words))
    if is_of_another and not is_reckoned_from_now(words):
        return GuideChoice("search_documents", {"query": words})
    # "211 of us going, one bus has 53 seats, how many busses" is no news.
    if choice.tool == "remember" and _ASKS_FOR_A_SUM.search(words[-_LAST_WORDS:]) and not asks_to_remember(words):
        return GuideChoice("hand_over", {})
    if choice.tool == "hand_over" and _orders_a_change(words):
        return GuideChoice("remember", {})
    if _is_own_news(choice, words, is_sure=is_sure):
        return GuideChoice("remember", {})
    if choice.tool == "remember" and not is_sure:
        return _surely_told(choice, words)
    # What it cannot see the end of is kept, if it was told so.
    if choice.tool == "hand_over" and len(words) > QUERY_CHARACTERS and asks_to_remember(words):
        return GuideChoice("remember", {})
    return choice


def _surely_forgotten(choice: GuideChoice, words: str) -> GuideChoice:
    """What throws nothing away, though it was taken for an order to forget."""
    # "Does a person change? Anyway. Forget it."
    if _NEVER_MIND.search(words):
        return GuideChoice("hand_over", {})
    # "I saw a big hornet. Squash it?"
    is_asked = words.rstrip().endswith("?") and not _TAG.search(words[-_LAST_WORDS:])
    # "Not Mrs Pohl any more?"
    if is_asked and (not asks_to_forget(words) or words.lstrip().casefold().startswith("not ")):
        return GuideChoice("search_documents", {"query": words})
    # "The Corsa is back on Quarry Lane, skips are gone" has no word of an order.
    is_told = len(words.split()) >= _TOLD_WORDS and not is_a_question(words)
    if is_told and not asks_to_forget(words) and not _OF_FORGETTING.search(words):
        return GuideChoice("remember", {})
    return choice


def _surely_told(choice: GuideChoice, words: str) -> GuideChoice:
    """What tells nothing, though it was taken for something to keep."""
    if asks_to_remember(words) or asks_us(words):
        return choice
    if takes_leave(words):
        return GuideChoice("greet", {})
    if insults_us(words) or is_of_us(words):
        return GuideChoice("hand_over", {})
    if is_a_question(words):
        return GuideChoice("search_documents", {"query": words})
    return choice if tells_something(words) and not is_a_task(words) else GuideChoice("hand_over", {})


def _is_own_news(choice: GuideChoice, words: str, *, is_sure: bool) -> bool:
    """Whether something is told to be gone, broken or lost: "my car broke down" is news, surely small talk or not."""
    if choice.tool not in _MISTAKEN_NEWS or (is_sure and not is_of_things(words)):
        return False
    # "The bike was stolen" asks for no bike, "tenancy lost key cost" does.
    is_keywords = words.islower() and len(words.split()) <= _KEYWORDS and not _TELLS_WORD.search(words)
    is_asked = is_or_may_be_a_question(words) or is_a_task(words) or asks_to_forget(words)
    return not (is_asked or is_keywords or foreign_language(words)) and tells_of_something_gone(words)


def _orders_a_change(words: str) -> bool:
    """Whether they tell what is new and then have it changed; "this sentence is wrong now, fix it" is work."""
    last = words[-_LAST_WORDS:]
    is_order = _CHANGE_IT.search(last) is not None and _IS_NEW.search(last) is not None
    return is_order and not _OF_A_TEXT.search(last) and tells_something(last) and not is_a_question(last)
