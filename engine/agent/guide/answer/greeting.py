"""What the guide says to a hello, thanks, praise, a wish and a goodbye."""

from __future__ import annotations

import re

__all__ = ["ALL_RIGHT", "GREETING", "NO_HELP", "acknowledges", "greeting_for", "greets", "is_a_wish", "takes_leave"]

GREETING = (
    "Hello. I find and quote what is in your documents, remember what you tell me, and calculate. "
    "Ask me where something stands."
)
_WELCOME = "You are welcome."
_FAREWELL = "Goodbye."
ALL_RIGHT = "All right."
_SAME_TO_YOU = "The same to you."
_HELLO = re.compile(
    r"\b(?:hi+|hey+|hello+|hiya|heya|howdy|yo|hallo|greetings|(?:good )?(?:morning|afternoon|evening|day)|g['’]day)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\b(?:thanks|thank|thx|ty|ta(?!-)|cheers|bless you|danke|merci|gracias|grazie|obrigad[oa]|tack|takk"
    r"|appreciated)\b|[👍🙏👏❤💯🎉😊]",
    re.IGNORECASE,
)
_NO_THANKS = re.compile(r"\bthanks? (?:you )?(?:a lot )?for nothing\b", re.IGNORECASE)
NO_HELP = "I am sorry that I was no help."
_GOODBYE = re.compile(
    r"\b(?:laters|toodle|bye|goodbye|see (?:you|ya)|cya|ttyl|good ?night|night night|sleep well(?!\s*\?)"
    r"|take care|farewell|so long"
    r"|ta-ra|cheerio|i['’]?m off|off to bed|(?:that['’]?s|that is) me (?:done|off)|done for (?:the day|today|now)"
    r"|call(?:ing)? it a (?:day|night)|(?:logging|signing|heading) off"
    r"|(?:got to|gotta|have to|must) (?:go|dash|run|leave|be off)"
    r"|(?:catch you|talk|until|till) (?:later|soon|tomorrow|then|next time))\b",
    re.IGNORECASE,
)
_FEW, _BEGINNING = 9, 2
_ACKNOWLEDGES = re.compile(
    r"\W*(?:(?:ah|oh|ok(?:ay)?|yeah)\b[\s,.]*)*(?:ok(?:ay)?|k|cool|good|fine|right|alright|all right|got it|i see"
    r"|understood|noted|makes sense|fair enough|sounds good|no (?:worries|problem))[\s.!]*",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(?:star|legend|genius|clever|smart|great|best|perfect|brilliant|amazing|awesome|fantastic|wonderful|excellent|lovely"
    r"|helpful|impressive|love you|saved my|good (?:job|work|one|bot)|nice (?:one|work)|well done|made my day)\b",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"\b(?:happy (?:new year|easter|holidays|birthday|christmas|weekend)|merry (?:christmas|xmas)"
    r"|season['’]?s greetings)\b",
    re.IGNORECASE,
)


def greets(words: str) -> bool:
    """Whether they begin with a greeting: not "Lovely evening out there"."""
    found = _HELLO.search(words)
    return found is not None and len(words[: found.start()].split()) < _BEGINNING


def is_a_wish(words: str) -> bool:
    """Whether they wish something of the season: "happy new year"."""
    return _WISH.search(words) is not None


def takes_leave(words: str) -> bool:
    """Whether a few words say goodbye and nothing else: "right, tide's turning, I have to dash"."""
    found = _GOODBYE.search(words)
    return found is not None and len(words.split()) <= _FEW and not words[found.end() :].strip(" .!,:;)~xX👋")


def acknowledges(words: str) -> bool:
    """Whether they say no more than that they have read it: "ok", "got it", "no worries"."""
    return _ACKNOWLEDGES.fullmatch(words) is not None


def greeting_for(words: str) -> str:
    """Thanks, praise and goodbyes are not answered by a hello."""
    if acknowledges(words):
        return ALL_RIGHT
    if _NO_THANKS.search(words):
        return NO_HELP
    if _WISH.search(words):
        return _SAME_TO_YOU
    if _THANKS.search(words):
        return _WELCOME
    if _GOODBYE.search(words):
        return _FAREWELL
    return _WELCOME if _PRAISE.search(words) and not _HELLO.search(words) else GREETING
