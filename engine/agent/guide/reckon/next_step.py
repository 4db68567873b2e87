"""Arithmetic that goes on from what was said before: "plus 10", "minus the deposit of 40", "half of that", "in weeks?".

What it goes on from is the result of the last sum of the chat, the one amount of money that was quoted, or an amount
with a unit that the person wrote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.agent.guide.reckon.arithmetic import plain_number, written_arithmetic
from engine.agent.guide.reckon.numbers import SPOKEN, spell_out_digits
from engine.agent.guide.reckon.sums import find_sum
from engine.agent.guide.reckon.units import Conversion, find_conversion

__all__ = ["go_on_reckoning", "is_a_result", "is_a_step", "said_in_another_unit"]

_LEADING = r"(?:(?:and|then|now|ok(?:ay)?|so|please|well)\b[\s,]*)*"
_N = r"(?:[€$£] ?)?(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|half)"
_OF_IT = (
    r"(?: ?(?:%|per ?cent|euros?|€|pounds?|£|dollars?|\$|months|weeks|years|days|nights|hours|minutes|mins|each"
    r"|please|again"
    r"|tip|vat|tax|service|too|as well))*"
)
_OPERATOR = r"(?:plus|minus|less(?! than)|times|divided by|multiplied by|[-+*/×÷])"
_AND_MORE = rf"(?:,? (?:and |then )*{_OPERATOR} ?{_N}{_OF_IT})*"
# "Times 3", "plus 10 euros", "minus 5 %, times 2"; not "plus one for Tom", "- 2 eggs".
_GOES_ON = re.compile(rf"{_LEADING}(?P<rest>{_OPERATOR} ?{_N}{_OF_IT}{_AND_MORE})", re.IGNORECASE)
# "Minus the deposit of 40", "plus rent 410", "less ingredients £8.35": a name of what it is.
_NAMED_STEP = re.compile(
    rf"{_LEADING}(?P<does>plus|minus|less)(?: (?:the|my|our|an?|another))?"
    r"(?: (?!(?:one|two|three|half|if|for|with|than|page|pages|room|chapter|year|section|number|no|level|line|unit|row"
    r"|version|size|day|item|step|table|gate|platform|bus|track)\b)[^\W\d]+){1,4}? (?:of |is )?"
    rf"(?P<n>{_N})(?P<of>{_OF_IT})"
    rf"|{_LEADING}(?P<less>plus|minus|less) (?P<m>[€$£]? ?\d[\d.,]*) (?:for|of) [^\d]{{3,40}}",
    re.IGNORECASE,
)
# "And 214 insurance" behind a result.
_AND_SO_MUCH = re.compile(r"and (?P<n>[€$£] ?\d[\d.,]*|\d{2,}[\d.,]*)(?: (?:for )?[^\W\d]+){1,3}", re.IGNORECASE)
_OFF_FROM = re.compile(
    rf"{_LEADING}(?:take|subtract|deduct) (?:it|that) (?:off|from)(?: (?:the|my|our))? (?P<n>{_N})(?: [^\d]{{2,30}})?",
    re.IGNORECASE,
)
# "Plus 6 hours on Saturday at 15".
_SO_MANY_AT = re.compile(
    rf"{_LEADING}(?P<does>plus|minus|less) (?P<n>{_N}) (?:[^\W\d]+ ){{1,4}}(?:at|à|@) (?P<each>{_N}){_OF_IT}",
    re.IGNORECASE,
)
_ADDS = re.compile(
    rf"{_LEADING}(?P<does>add|subtract|take (?:off|away)|deduct) (?P<rest>{_N} ?(?:%|per ?cent)?)"
    r"(?: (?:vat|tax|tip|service|postage|shipping))?(?: (?:to|from|off|on) (?:that|it|this|top))?"
    r"(?: (?:please|too|as well))?",
    re.IGNORECASE,
)
# "Split by 4", "between 3 of us"; and "no, by 5" puts another number in the place of the last.
_SPLITS = re.compile(
    rf"{_LEADING}(?:(?:split|divide|share)(?:d)?(?: (?:it|that))?(?: up)? )?"
    rf"(?:by|between|among|into) (?:the )?(?P<n>{_N})(?: (?:of us|ways|people|parts|friends|persons))?",
    re.IGNORECASE,
)
_SPLITTING = re.compile(rf"{_LEADING}(?:split|divide|share)", re.IGNORECASE)
_PART_OF_IT = re.compile(
    rf"{_LEADING}(?:what(?:['’]?s| is) )?(?:(?P<two>two |three )?"
    r"(?P<part>half|(?:a |one )?(?:third|quarter|fifth|tenth)|thirds|quarters|double|twice|triple)"
    r"(?: of)? (?:that|it|this)|(?P<halve>halve) (?:it|that)(?:[,.;].{0,40})?|there and back|both ways|return trip)",
    re.IGNORECASE,
)
_PARTS = {
    "half": "/2", "third": "/3", "quarter": "/4", "fifth": "/5", "tenth": "/10", "double": "*2", "twice": "*2",
    "triple": "*3",
}  # fmt: skip
_INSTEAD = re.compile(
    r"(?:no|nope|sorry|i mean(?:t)?|make (?:that|it))[\s,]+(?:(?:by|times|plus|minus|with|at|divided by|into|in) )?"
    r"(?P<n>\d[\d.,]*)(?P<share> ?(?:%|per ?cent))?",
    re.IGNORECASE,
)
_LAST_STEP = re.compile(r"^(?P<before>[^\n]* [-+×÷−*/] ?)[\d.,]+(?P<share> ?%)? [=≈] ")
# "And of 380?" behind "what's 15% of 240"; "what about 800?" behind "500 litres at 71p".
_AND_OF = re.compile(r"(?:and|what about|how about) (?P<of>of |for |from )?(?P<n>\d[\d.,]*)", re.IGNORECASE)
_FIRST_NUMBER, _LAST_NUMBER = re.compile(r"\d[\d.,]*"), re.compile(r"\d[\d.,]*(?=\D*$)")
_SO_MANY = re.compile(r"^\D{0,30}\d[\d.,]* [^\d]{2,30}? (?:at|@) [€$£]?\d[\d.,]*\D{0,15}$", re.IGNORECASE)
# "Divide that by 3"; not "add 5 to that list".
_IT = re.compile(
    r"\b(?:that|it|this|the (?:result|total|sum))\b(?=\s*(?:$|[-+*/×÷]|(?:by|plus|minus|times|divided|multiplied"
    r"|between|in|among|over|please|for|with|and)\b))",
    re.IGNORECASE,
)
_TWICE = re.compile(r"\b(?:double|twice) ", re.IGNORECASE)
# "In weeks?", "and that in months", "how many yards is that".
_IN_ANOTHER_UNIT = re.compile(
    rf"{_LEADING}(?:(?:what(?:['’]?s| is)|how much is|and) )?(?:(?:that|it|this) )?(?:in|to|into) "
    r"(?P<unit>[a-z/]+(?: [a-z]+)?)"
    r"|(?:and )?how (?:many|much) (?P<many>[a-z/]+(?: [a-z]+)?) (?:is|are|was|makes?|does) (?:that|it|this)"
    r"(?: make| come to)?",
    re.IGNORECASE,
)
# A step of a sum takes no more words.
_LONGEST_STEP, _LONGEST = 10, 200
# What the calculator answers with, and a span of days.
_RESULT = re.compile(r"^[^\n]* [=≈] (?P<value>[-−]?\d+(?:\.\d+)?)(?: (?P<unit>[^\d\n]{1,20}))?$")
_SPAN = re.compile(r"^From [^\n]+: (?P<value>\d[\d,]*) (?P<unit>days?|weeks?|nights?|hours?|minutes?)\.$")
_IN_HOURS = re.compile(r"^From .*\((?P<value>\d+(?:\.\d+)?) hours\)\.$")
_HOURS = re.compile(r"^(?:From .*?: )?(?P<h>\d+) hours? and (?P<m>\d+) minutes?\b")
_AMOUNT = re.compile(r"[€$£] ?(\d[\d,]*(?:\.\d+)?)|\b(\d[\d,]*(?:\.\d+)?) ?(?:€|£|euros?\b|pounds?\b|dollars?\b)")
_MEASURED = re.compile(r"(?<![\w.,])(?P<value>\d[\d,]*(?:\.\d+)?) ?(?P<unit>[a-zA-Z°]+)\b")
_OF_THE_SUM = re.compile(
    r"\b(?:how much|what do (?:i|we)|so what|total|together|altogether|left|save|sum|each)\b", re.IGNORECASE
)
_OF_TIME = re.compile(r"\b(?:months?|weeks?|years?|days?|hours?|minutes?)\b(?! of)")
# What was only kept is nothing to go on from.
_KEPT = "I will remember"
# Months are as long as they are on the average.
_DAYS_OF_A_MONTH = "30.44"


def go_on_reckoning(words: str, before: str, answers: Sequence[str]) -> str:
    """The expression of the calculator that goes on from the sum before; "" where nothing does.

    Args:
        before: what the person wrote in the turn before.
        answers: our last answers that say something, the newest first.
    """
    said = spell_out_digits(words.strip(" ?.!=").lower())
    if not said or len(said.split()) > _LONGEST_STEP:
        return ""
    if before and (match := _GOES_ON.fullmatch(said)):
        first = written_arithmetic(before[:_LONGEST]).expression
        if first and (expression := written_arithmetic(f"({first}) {_as_sign(match['rest'])}").expression):
            return expression
    newest = answers[0] if answers else ""
    # "How much is left then?" was not understood and is still of the sum before.
    is_of_it = _OF_THE_SUM.search(before) is not None and not any(c.isdigit() for c in before)
    value = _value_of(newest) or (_value_of(answers[1]) if is_of_it and len(answers) > 1 else "")
    value = value.replace("−", "-")
    if (unit := _OF_TIME.search(said)) and not _SO_MANY_AT.fullmatch(said) and unit[0].rstrip("s") != _unit_of(newest):
        return ""
    return (_step(value, said) if value else "") or _with_another_number(said, before, newest)


def is_a_step(words: str) -> bool:
    """Whether they go on from a result: "times 4", whether there is one or not."""
    said = words.strip(" ?.!=")
    is_split = _SPLITS.fullmatch(said) is not None and _SPLITTING.match(said) is not None
    return is_split or any(form.fullmatch(said) for form in (_GOES_ON, _PART_OF_IT))


def is_a_result(answer: str) -> bool:
    """Whether an answer is a number or a span that was reckoned."""
    return any(form.match(answer) for form in (_RESULT, _SPAN, _HOURS, _IN_HOURS))


def said_in_another_unit(words: str, before: str, answer: str) -> Conversion | None:
    """What was reckoned or told, in another unit: "in weeks?", "how many yards is that"; None where none is asked."""
    found = _IN_ANOTHER_UNIT.fullmatch(words.strip(" ?.!"))
    if found is None:
        return None
    wanted = found["unit"] or found["many"]
    if spelled := _HOURS.match(answer):
        minutes = f"{spelled['h']}*60+{spelled['m']}"
        if wanted.startswith("min"):
            return Conversion(minutes, "minutes")
        return Conversion(f"({minutes})/60", "hours") if wanted.startswith(("hour", "hrs")) else None
    amounts = [(m["value"], m["unit"]) for form in (_SPAN, _RESULT) if (m := form.match(answer)) and m["unit"]]
    amounts += [(m["value"], m["unit"]) for m in _MEASURED.finditer(before)]
    for value, unit in amounts:
        if conversion := _between(value.replace(",", "").replace("−", "-"), unit.strip(), wanted):
            return conversion
    return None


def _between(value: str, unit: str, wanted: str) -> Conversion | None:
    if wanted.startswith("month") and unit.rstrip("s") in ("day", "night", "week"):
        days = f"{value}*7" if unit.startswith("week") else value
        return Conversion(f"{days}/{_DAYS_OF_A_MONTH}", "months")
    unit = unit.replace("night", "day")
    return find_conversion(f"{value} {unit.split(' (')[0]} in {wanted}")


def _step(value: str, said: str) -> str:
    """What is done with a result: "divide that by 365", "and plus 10"; "" where nothing is."""
    if match := _GOES_ON.fullmatch(said):
        return written_arithmetic(f"{value} {_as_sign(match['rest'])}").expression
    if match := _SO_MANY_AT.fullmatch(said):
        n, each = plain_number(match["n"]), plain_number(match["each"].lstrip("€$£ "))
        return f"{value}{_sign(match['does'])}{n}*{each}" if n and each else ""
    if match := _NAMED_STEP.fullmatch(said):
        if match["less"]:
            return f"{value}{_sign(match['less'])}{plain_number(match['m'].lstrip('€$£ '))}"
        n = str(SPOKEN.get(match["n"].casefold(), match["n"])).lstrip("€$£ ")
        return written_arithmetic(f"{value} {_sign(match['does'])} {n}{match['of']}").expression
    if match := _AND_SO_MUCH.fullmatch(said):
        return f"{value}+{plain_number(match['n'].lstrip('€$£ '))}"
    if match := _OFF_FROM.fullmatch(said):
        return f"{plain_number(match['n'].lstrip('€$£ '))}-{value}"
    if match := _SPLITS.fullmatch(said):
        return written_arithmetic(f"{value} / {match['n']}").expression
    if match := _ADDS.fullmatch(said):
        return written_arithmetic(f"{value} {_sign(match['does'])} {match['rest']}").expression
    if match := _PART_OF_IT.fullmatch(said):
        part = ("half" if match["halve"] else match["part"] or "double").split()[-1].rstrip("s").casefold()
        times = {"two": "*2", "three": "*3"}.get((match["two"] or "").strip().casefold(), "")
        return f"{value}{times}{_PARTS[part]}"
    with_value, n_named = _IT.subn(value, _TWICE.sub("2 times ", said), count=1)
    expression = written_arithmetic(with_value).expression if n_named else ""
    return expression or (find_sum(with_value)[0] if n_named else "")


def _sign(does: str) -> str:
    return "+" if does.casefold() in ("plus", "add") else "-"


def _as_sign(rest: str) -> str:
    return re.sub(r"^less\b", "minus", rest, flags=re.IGNORECASE)


def _value_of(answer: str) -> str:
    """What the calculator found, or the one amount of money in what was quoted; "" where there is none, or more."""
    if result := _RESULT.search(answer):
        return result["value"]
    if hours := _IN_HOURS.search(answer):
        return hours["value"]
    if span := _SPAN.match(answer):
        return span["value"].replace(",", "")
    is_quoted = ': "' in answer and _KEPT not in answer
    amounts = {plain_number(found[1] or found[2]) for found in _AMOUNT.finditer(answer)} if is_quoted else set()
    return amounts.pop() if len(amounts) == 1 else ""


def _unit_of(answer: str) -> str:
    """The unit of what was reckoned, in the singular; "" where it has none."""
    if _IN_HOURS.search(answer):
        return "hour"
    found = _SPAN.match(answer) or _RESULT.search(answer)
    return (found["unit"] or "").rstrip("s") if found else ""


def _with_another_number(said: str, before: str, answer: str) -> str:
    """The last sum again with another number in it: "no, by 5", "and of 380?"; "" where that is not asked for."""
    if (match := _INSTEAD.fullmatch(said)) and (step := _LAST_STEP.match(answer)):
        number = plain_number(match["n"])
        share = "%" if match["share"] or step["share"] else ""
        return written_arithmetic(f"{step['before']}{number}{share}").expression if number else ""
    match = _AND_OF.fullmatch(said)
    if match is None or not _RESULT.search(answer):
        return ""
    if not match["of"] and _SO_MANY.match(before):
        again = _FIRST_NUMBER.sub(match["n"], before, count=1)
        return find_sum(again)[0] or written_arithmetic(again).expression
    if (match["of"] or "").strip() in ("", *before.casefold().split()):
        return written_arithmetic(_LAST_NUMBER.sub(match["n"], before, count=1)).expression
    return ""
