"""Whether a memory can hold the answer at all: a price, a time, a place, somebody, or nothing of that kind.

"How much does the boiler cost?" and "The boiler service is on 12 March" share their subject, and a score tells no more.
So the kind of thing that is asked for is read out of the question, by its first words, and looked for in the memory:
how much → a number that is no date; when → a time; where → a place; who → somebody who is not in the question already;
what colour → a colour. Only where a question surely asks for a kind, and the memory surely has nothing of it, it cannot
answer; it is still the nearest, and told as that. Read is English; nothing is concluded from any other language.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.memory.persons import RELATIONS
from engine.search.terms import word_set, words_of

__all__ = ["cannot_answer"]

_NUMBERS = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million half dozen
    quarter
    """
_MONTHS = """january february march april may june july august september october november december jan feb mar apr jun
    jul aug sep sept oct nov dec"""
_DAYS = """monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays
    saturdays sundays"""


def _any(*lists: str) -> str:
    """A regular expression for any of the words."""
    return "(?:" + "|".join(re.escape(word) for words in lists for word in words.split()) + ")"


def _words(*lists: str, more: str = "(?!)") -> re.Pattern[str]:
    """What finds any of the words, or another expression."""
    return re.compile(rf"\b{_any(*lists)}\b|{more}", re.IGNORECASE)


_N, _MONTH, _DAY = rf"(?:\d+|{_any(_NUMBERS)})", _any(_MONTHS), _any(_DAYS)
# Numbers that only say when: dates, years, times of the day.
_DATE = re.compile(
    "|".join(
        (
            rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?: (?:19|20)\d\d\b)?",
            rf"\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? (?:19|20)\d\d\b)?",
            rf"\b{_MONTH} (?:19|20)\d\d\b",
            r"\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)\b|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[:.]\d\d\b",
            r"\b(?:in|since|until|of) (?:19|20)\d\d\b",
            rf"\b(?:at|from|until|till|by|past) {_N}(?: ?(?:am|pm|o['’]clock))?"
            rf"(?=\W*(?:$|(?:on|and|every|in the|at|by)\b|{_DAY}))",
        )
    ),
    re.IGNORECASE,
)
_ON_A_DAY = re.compile(
    rf"\b(?:on|in|by|at|from|until|since|to) (?:the )?(?:{_DAY}|{_MONTH}|\w+ of the month)\b", re.IGNORECASE
)
# A number of something that is neither money nor years.
_MEASURED = re.compile(
    rf"{_N} ?(?:kilos?|kg|grams?|g|km|kilomet\w+|cm|mm|m|met(?:er|re)s?|miles?|feet|inch\w*|lit(?:er|re)s?|degrees?"
    r"|°\w?|hours?|minutes?|days?|weeks?|tablets?|times|people|pages?|steps?)\b",
    re.IGNORECASE,
)
_TIME = _words(
    _NUMBERS, _MONTHS, _DAYS,
    """
    first second third fourth fifth last next noon midday midnight dawn morning mornings evening evenings afternoon
    afternoons night nights weekend weekends weekday weekdays daily weekly monthly yearly annual annually every each
    day days week weeks month months year years hour hours minute minutes spring summer autumn winter fall christmas
    easter ago before after since until till when while during today tomorrow yesterday tonight soon now always
    never once twice breakfast lunch dinner bedtime later early late birthday
    """,
    more=r"\d",
)  # fmt: skip
_AMOUNT = _words(
    _NUMBERS, "free nothing cheap expensive lot lots much many little few all none no twice once both several couple",
    "pair", more=r"\d|[€$£¥%]",
)  # fmt: skip
_COUNT = _words("a an", more=_AMOUNT.pattern)
_PRICE = _words(
    _NUMBERS, "free nothing cheap cheaper expensive price prices cost costs paid pay pays", more=r"\d|[€$£¥%]"
)
_AGE = _words(_NUMBERS, "born birthday age aged year years month months old older younger", more=r"\d")
_OFTEN = _words(
    _NUMBERS, _DAYS,
    """
    every each daily weekly monthly yearly annually once twice times always never often sometimes rarely usually
    regularly per morning mornings evening evenings night nights
    """,
    more=r"\d|\ba (?:day|week|month|year)\b",
)  # fmt: skip
_PLACE = _words(
    """
    in at on under underneath beneath behind beside besides near nearby by to from into onto inside outside above
    below between among opposite around over off next upstairs downstairs home abroad here there left right corner
    street road lane square floor room address towards toward via through along across within with live lives lived
    has holds contains
    """
)
_COLOUR = _words(
    """
    red blue green yellow black white grey gray brown pink orange purple violet teal turquoise beige silver gold
    golden cream navy maroon crimson scarlet lilac magenta cyan olive khaki indigo amber bronze copper ivory dark
    light bright pale colour colours color colors coloured blond blonde ginger
    """,
    more=r"\b\w+ish\b",
)
_DIGITS = _words("zero one two three four five six seven eight nine", more=r"\d")
_MAIL = re.compile(r"@|\bmail|\bat\b", re.IGNORECASE)

_LEAD = r"^(?:(?:{})[\s,.!:…-]+)*".format(
    _words(
        """
    hi hey hello ok okay so and but well now please scrubjay sorry do can could would you i remember know recall
    tell say remind me forgot wonder wondering again just ask to want like need am
    """
    ).pattern
)
_PAID = "(?:cost|costs|pay|paid|worth|price|charge|charged|owe|owed|spend|spent)"
_NO_PRICE = "(?:weight|height|size|distance|time|left|there)"
_NUMBERED = r"(?:(?:phone|telephone|mobile|account|house|customer|policy) number|number of|pin|zip code|postcode)"


def _without_dates(told: str) -> str:
    return _DATE.sub(" ", _ON_A_DAY.sub(" ", told))


def _is_price(told: str) -> bool:
    return _PRICE.search(_MEASURED.sub(" ", _without_dates(told))) is not None


def _is_age(told: str) -> bool:
    return _AGE.search(_MEASURED.sub(" ", told)) is not None


# How a question begins, and what looks for an answer of its kind.
_KINDS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (rf"how much\b.*\b{_PAID}\b|how much (?:is|was|are|were)\b(?!.*\b{_NO_PRICE}\b)|how expensive\b", _is_price),
    (r"what (?:does|did|do|is|was)\b.*\bcosts?\b|what (?:is|was) the (?:price|cost)\b", _is_price),
    (r"how much\b", lambda told: _AMOUNT.search(_without_dates(told)) is not None),
    (r"how many\b", lambda told: _COUNT.search(_without_dates(told)) is not None),
    (r"how old\b", _is_age),
    (r"how often\b", lambda told: _OFTEN.search(told) is not None),
    (r"when\b|(?:what|which) (?:day|date|month|year|weekday|time)\b", lambda told: _TIME.search(told) is not None),
    (r"where\b", lambda told: _PLACE.search(_without_dates(told)) is not None),
    (r"(?:what|which) colou?r\b", lambda told: _COLOUR.search(told) is not None),
    (r"what (?:is|was|are) (?:the colou?r of\b|.*\bcolou?r\W*$)", lambda told: _COLOUR.search(told) is not None),
    (rf"(?:what|which) (?:is|was|are)\b.*\b{_NUMBERED}", lambda told: _DIGITS.search(_without_dates(told)) is not None),
    (r"what (?:is|was)\b.*\be-?mail\b", lambda told: _MAIL.search(told) is not None),
)
_ASKED = tuple((re.compile(rf"{_LEAD}(?:{begins})", re.IGNORECASE), answers) for begins, answers in _KINDS)
# "Who is Eva?" is answered by whatever is known of Eva.
_WHO = re.compile(rf"{_LEAD}(?:who(?!['’]s (?-i:[A-Z])| (?:is|was|are|were) (?-i:[A-Z]))|whom)\b", re.IGNORECASE)
_QUESTION_WORDS = re.compile(r"\b(?:when|where|who|whom|whose|why|what|which|how)\b", re.IGNORECASE)
_ENGLISH = _words("the my our is are was were i i'm i’m we of and has have had he she they his her their it with for")
_ATTRIBUTE = r"(?:colou?r|size|price|weight|age|height|length)"
_ATTRIBUTE_OF = re.compile(
    rf"\bthe (?P<what>{_ATTRIBUTE}) of (?:my|our|the) (?P<of>[^?.,]+)"
    rf"|\b(?:my|our|the) (?P<of2>[\w ]+)['’]s (?P<what2>{_ATTRIBUTE})\b",
    re.IGNORECASE,
)
_NO_PERSON = word_set(f"{_MONTHS} {_DAYS}")
_SELF = word_set("i we me us i'm i've i'll we're he she they")
_PEOPLE = word_set(
    """girl boy woman man lady guy person people child children kid kids team company firm staff nurse caretaker janitor
    gardener cleaner guest guests everybody everyone nobody somebody someone anybody family couple student students"""
)
_OPENING = word_set(
    "the my our a an his her their your this that there it in on at every each no some all both only to"
)
_CAPITAL = re.compile(r"(?:(?P<before>\w+)[\s\"“(]+)?\b(?P<name>[A-ZÀ-Þ][\w’'-]+)")


def cannot_answer(question: str, memory: str) -> bool:
    """Whether a memory surely has nothing of the kind that a question surely asks for."""
    asked = question.strip()
    if len(_QUESTION_WORDS.findall(asked)) > 1 or not _ENGLISH.search(memory):
        return False
    if _is_of_something_else(asked, memory):
        return True
    if _WHO.search(asked):
        return not _names_somebody(asked, memory)
    answers = next((answers for begins, answers in _ASKED if begins.search(asked)), None)
    return answers is not None and not answers(memory)


def _is_of_something_else(question: str, memory: str) -> bool:
    """Whether the same attribute is told, but not of that thing: "the colour of my bike", "my favourite colour"."""
    match = _ATTRIBUTE_OF.search(question)
    if match is None:
        return False
    attribute, thing = match["what"] or match["what2"], match["of"] or match["of2"]
    told, things = ({word.removesuffix("s") for word in words_of(text)} for text in (memory, thing))
    is_person = any(word in RELATIONS for word in things)
    return attribute.lower() in told and not is_person and things.isdisjoint(told)


def _names_somebody(question: str, told: str) -> bool:
    """Whether somebody stands there whom the question does not name already."""
    asked, words = {_bare(word) for word in words_of(question)}, words_of(told)
    # Who writes no capitals names people like that too.
    if told == told.lower() or not _SELF.isdisjoint(words) or not (_PEOPLE - asked).isdisjoint(words):
        return True
    if any(_bare(word) in RELATIONS and _bare(word) not in asked for word in words):
        return True
    for match in _CAPITAL.finditer(told):
        name, before = match["name"].lower(), (match["before"] or "").lower()
        if _bare(name) not in asked and name not in _NO_PERSON and name not in _OPENING and before != "in":
            return True
    return False


def _bare(word: str) -> str:
    """A word without what says whose or how many: "Eva's", "keys"."""
    return re.sub(r"['’]s?$", "", word).removesuffix("s")
