"""What kinds of things a memory tells: a price, a time, a place, a phone number, a colour, a weight.

A digit says little by itself: "cartridge 305" is no price, "82 square metres" no number of rooms, "16 GB" no date. So a
number counts for a kind only where nothing beside it makes it one of another kind: a unit, a currency, a month, or the
noun whose number it is ("Terminal 2"). What is not surely of another kind counts. English, as kind_of_answer.py.
"""

from __future__ import annotations

import re

from engine.search.terms import FUNCTION_WORDS, word_set

__all__ = [
    "any_of", "tells_address", "tells_age", "tells_amount", "tells_code", "tells_colour", "tells_count", "tells_digits",
    "tells_how_often", "tells_length", "tells_mail", "tells_measure", "tells_phone", "tells_place", "tells_price",
    "tells_time", "tells_weight", "tells_work", "words_for",
]  # fmt: skip

_NUMBERS = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million half dozen
    quarter
    """
MONTHS = """january february march april may june july august september october november december jan feb mar apr jun
    jul aug sep sept oct nov dec"""
DAYS = """monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays
    saturdays sundays"""


def any_of(*lists: str) -> str:
    """A regular expression for any of the words."""
    return "(?:" + "|".join(re.escape(word) for words in lists for word in words.split()) + ")"


def words_for(*lists: str, more: str = "(?!)") -> re.Pattern[str]:
    """What finds any of the words, or another expression."""
    return re.compile(rf"\b{any_of(*lists)}\b|{more}", re.IGNORECASE)


_N, _MONTH, _DAY = rf"(?:\d[\d.,]*|{any_of(_NUMBERS)})", any_of(MONTHS), any_of(DAYS)
_AT = r"(?:\b(?:on|in|at|by|from|until|till|since|to|of|for) (?:the )?)?"
# Numbers that only say when: dates, years, times of the day.
_DATE = re.compile(
    _AT + "(?:"
    + "|".join(
        (
            rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?: (?:19|20)\d\d\b)?",
            rf"\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? (?:19|20)\d\d\b)?",
            rf"\b{_MONTH} (?:19|20)\d\d\b",
            r"\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)\b|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[:.]\d\d\b",
            r"\b(?:in|since|until|of) (?:19|20)\d\d\b",
            rf"\b(?:at|from|until|till|by|past) {_N}(?: ?(?:am|pm|o['’]clock))?"
            rf"(?=\W*(?:$|(?:on|and|every|in the|at|by)\b|{_DAY}))",
            r"\b\d{1,2} ?(?:am|pm|o['’]clock)\b",
        )
    ) + ")",
    re.IGNORECASE,
)  # fmt: skip
_ON_A_DAY = re.compile(
    rf"\b(?:on|in|by|at|from|until|since|to) (?:the )?(?:{_DAY}|{_MONTH}|\w+ of the month)\b", re.IGNORECASE
)
_WEIGHT = r"(?:kilos?|kilograms?|kg|grams?|g|tons?|tonnes?|ounces?|oz|stone|pounds?|lbs?)"
_UNIT = (
    rf"(?:{_WEIGHT}|km|kilomet\w+|cm|centimet\w+|mm|m|m²|sqm|square \w+|met(?:er|re)s?|miles?|feet|foot|inch\w*"
    r"|lit(?:er|re)s?|l|ml|degrees?|°\w?|[gmtk]b|gigabytes?|watts?|kwh?|volts?|amps?|per ?cent|%)"
)
_COUNTED = r"(?:hours?|minutes?|days?|weeks?|tablets?|times|people|pages?|steps?)"
# A number of something that is neither money nor years.
_MEASURED = re.compile(rf"{_N}[ -]?(?:{_UNIT}(?!\w)|{_COUNTED}\b)", re.IGNORECASE)
_OF_A_UNIT = re.compile(rf"\b{_N}[ -]?{_UNIT}(?!\w)", re.IGNORECASE)
_MONEY = re.compile(
    rf"[€$£¥] ?\d[\d.,]*|{_N} ?(?:[€$£¥]|(?:euros?|eur|dollars?|usd|pounds?|gbp|francs?|chf|cents?|bucks|quid)\b)",
    re.IGNORECASE,
)
# Five digits and more, also written in groups.
_PHONE = re.compile(r"(?<![\w.])\+?\d(?:[ \-/.()]{0,2}\d){4,}(?!\w)")
_NOUN_AND_NUMBER = re.compile(r"\b(?P<noun>[^\W\d_]{2,}) (?:no\.? |number )?(?P<number>\d{1,4}[a-z]?)\b(?![.,:]\d)")
# Behind these a number is a value and not the name of one of several.
_BEFORE_A_VALUE = word_set(
    """costs cost pays pay paid weighs weigh owe owes owed spent spend earns earn charges charge measures takes take
    needs need holds holds has have about around almost nearly exactly roughly least most maximum minimum up total
    is was are were than and or am be been turns turned turn aged age"""
)
_UNIT_OF_TIME = r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?)"
# So long something lasts, which tells not when it is: "14 days of holiday".
_SPAN = re.compile(
    rf"(?<!in )(?<!every )(?<!each )(?<!after )(?<!within )\b{_N} {_UNIT_OF_TIME}\b"
    r"(?! (?:ago|before|after|later|from now))",
    re.IGNORECASE,
)
_EVERY_SO_LONG = re.compile(rf"\b(?:every|each) (?:{_N} )?{_UNIT_OF_TIME}\b", re.IGNORECASE)
_TIME = words_for(
    _NUMBERS, MONTHS, DAYS,
    """
    first second third fourth fifth last next noon midday midnight dawn morning mornings evening evenings afternoon
    afternoons night nights weekend weekends weekday weekdays daily weekly monthly yearly annual annually every each
    day days week weeks month months year years hour hours minute minutes spring summer autumn winter fall christmas
    easter ago before after since until till when while during today tomorrow yesterday tonight soon now always
    never once twice breakfast lunch dinner bedtime later early late birthday
    """,
    more=r"\d",
)  # fmt: skip
_AMOUNT = words_for(
    _NUMBERS, "free nothing cheap expensive lot lots much many little few all none no twice once both several couple",
    "pair", more=r"\d|[€$£¥%]",
)  # fmt: skip
_COUNT = words_for("a an", more=_AMOUNT.pattern)
_PRICE_WORDS = words_for(
    "free nothing cheap cheaper expensive price prices cost costs paid pay pays charge charges", more="[€$£¥]"
)
_PRICE_NUMBERS = words_for(_NUMBERS, more=r"\d")
_AGE = words_for(_NUMBERS, "born birthday age aged year years month months old older younger", more=r"\d")
_OFTEN = words_for(
    _NUMBERS, DAYS,
    """
    every each daily weekly monthly yearly annually once twice times always never often sometimes rarely usually
    regularly per morning mornings evening evenings night nights
    """,
    more=r"\d|\ba (?:day|week|month|year)\b",
)  # fmt: skip
_PLACE = words_for(
    """
    in at on under underneath beneath behind beside besides near nearby by to from into onto inside outside above
    below between among opposite around over off next upstairs downstairs home abroad here there left right corner
    street road lane square floor room address towards toward via through along across within with live lives lived
    has holds contains
    """
)
_COLOUR = words_for(
    """
    red blue green yellow black white grey gray brown pink orange purple violet teal turquoise beige silver gold
    golden cream navy maroon crimson scarlet lilac magenta cyan olive khaki indigo amber bronze copper ivory dark
    light bright pale colour colours color colors coloured blond blonde ginger
    """,
    more=r"\b\w+ish\b",
)
_DIGITS = words_for("zero one two three four five six seven eight nine", more=r"\d")
_MAIL = re.compile(r"@|\be?-?mail\b|\w at [\w.-]+(?: dot |\.)\w", re.IGNORECASE)
_PHONE_WORDS = re.compile(r"\b(?:phone|telephone|mobile|number|call|dial|extension|reach)", re.IGNORECASE)
_STREET = re.compile(
    r"\baddress\b|\b(?:live|lives|lived|moved|resides?) (?:in|at|on|to|near)\b|(?:stra(?:ß|ss)e|gasse|allee|platz)\b"
    r"|\b(?:street|st\.|road|rd|lane|avenue|ave|square|drive|court|close|boulevard)\b"
    r"|\b(?:in|at|on|near|to|from|opposite|behind) (?:the )?(?-i:[A-ZÀ-Þ])\w+|(?-i:\b[A-ZÀ-Þ])\w{3,} \d{1,4}[a-z]?\b",
    re.IGNORECASE,
)
_LASTS = re.compile(
    rf"{_N}(?: and a half)?[ -]?(?:hours?|minutes?|seconds?|days?|nights?|weeks?|months?|years?|decades?)\b"
    rf"|\b(?:a|an|whole|all|per|each|every) (?:hour|minute|day|night|week|month|year|decade)\b|\b{_N}[ -]?{_UNIT}(?!\w)"
    r"|\b(?:until|till|since|ago|forever|always|unlimited|valid|expires?|expired|ends?|ended|runs? out|long|short"
    r"|shorter|longer|life|lifetime|hourly|minutes?|hours?)\b"
    rf"|\b{_N} ?(?:-|–|to) ?{_N}\b",
    re.IGNORECASE,
)
_HEAVY = re.compile(rf"\b{_N} ?{_WEIGHT}\b|\b(?:weighs?|weighed|weight|heavy|heavier|light|lighter)\b", re.IGNORECASE)
_SIZE = words_for("big large small tiny huge little tall high deep wide thick long short far near narrow medium fits",
                  more=r"\b\d?X{0,3}[SML]\b|\d")  # fmt: skip
_CODE = re.compile(
    r"\b(?:code|codes|pin|puk|password|passcode|passphrase|combination)\b[^.]{0,40}(?:\b(?:is|are|was|were)\b|[:=])"
    r"|\b(?:opens?|unlocks?)\b|\d{3}|\d+[a-z]+\d*\b"
    r"|\b[a-z]+\d+\b|\b(?:zero|one|two|three|four|five|six|seven|eight|nine)(?:[ -](?:zero|one|two|three|four|five|six"
    r"|seven|eight|nine))+\b",
    re.IGNORECASE,
)
_WORK = re.compile(
    r"\b(?:works?|worked|working|job|profession|trade|career|employed|employee|retired|unemployed|teach\w*|taught|stud\w+"
    r"|runs?|owns?|sells?|builds?|repairs?|drives?|trainee|apprentice|boss|director|manager|earns?|freelance\w*"
    r"|(?:is|was|as|became|become) an?)\b",
    re.IGNORECASE,
)


def without_dates(told: str) -> str:
    """A text without what only says when."""
    return _ON_A_DAY.sub(" ", _DATE.sub(" ", told))


def _without_names_of_one(told: str) -> str:
    """Without the number of one of several: "Terminal 2", "cartridge 305"; "costs 39" and "in 1938" stay."""

    def replaced(match: re.Match[str]) -> str:
        noun = match["noun"].lower()
        return match.group() if noun in FUNCTION_WORDS or noun in _BEFORE_A_VALUE else match["noun"]

    return _NOUN_AND_NUMBER.sub(replaced, told)


def tells_price(told: str) -> bool:
    """A sum of money, or a number that may be one."""
    if _PRICE_WORDS.search(told) or _MONEY.search(told):
        return True
    rest = _MEASURED.sub(" ", without_dates(_PHONE.sub(" ", told)))
    return _PRICE_NUMBERS.search(_without_names_of_one(rest)) is not None


def tells_amount(told: str) -> bool:
    return _AMOUNT.search(without_dates(told)) is not None


def tells_count(told: str, counted: str) -> bool:
    """How many there are of what is counted: a number of kilos is none of rooms."""
    rest = _PHONE.sub(" ", without_dates(told))
    if not re.search(rf"\b{re.escape(counted.removesuffix('s'))}", told, re.IGNORECASE):
        rest = _without_names_of_one(_MONEY.sub(" ", _OF_A_UNIT.sub(" ", rest)))
    return _COUNT.search(rest) is not None


def tells_age(told: str) -> bool:
    return _AGE.search(_MEASURED.sub(" ", _PHONE.sub(" ", _MONEY.sub(" ", told)))) is not None


def tells_how_often(told: str) -> bool:
    return _OFTEN.search(told) is not None


def tells_time(told: str) -> bool:
    rest = _SPAN.sub(" ", _OF_A_UNIT.sub(" ", _MONEY.sub(" ", told)))
    if _DATE.search(rest) or _ON_A_DAY.search(rest):
        return True
    return _TIME.search(_without_names_of_one(_PHONE.sub(" ", rest))) is not None


def tells_place(told: str) -> bool:
    return _PLACE.search(without_dates(told)) is not None


def tells_colour(told: str) -> bool:
    return _COLOUR.search(told) is not None


def tells_digits(told: str) -> bool:
    return _DIGITS.search(without_dates(told)) is not None


def tells_phone(told: str) -> bool:
    """A phone number, or a number that is said to be one."""
    rest = without_dates(told)
    return _PHONE.search(rest) is not None or (bool(_PHONE_WORDS.search(told)) and _DIGITS.search(rest) is not None)


def tells_code(told: str) -> bool:
    return _CODE.search(without_dates(told)) is not None


def tells_mail(told: str) -> bool:
    return _MAIL.search(told) is not None


def tells_address(told: str) -> bool:
    return _STREET.search(without_dates(told)) is not None


def tells_length(told: str) -> bool:
    """How long something is or lasts."""
    return _LASTS.search(_EVERY_SO_LONG.sub(" ", told)) is not None


def tells_weight(told: str) -> bool:
    return _HEAVY.search(told) is not None


def tells_measure(told: str) -> bool:
    """A size, or a number that may be one."""
    return _SIZE.search(_PHONE.sub(" ", without_dates(told))) is not None


def tells_work(told: str) -> bool:
    return _WORK.search(told) is not None
