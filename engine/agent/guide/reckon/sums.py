"""Sums that have a name or a known form: averages, shares, changes, what some make together, so many at a price.

`35 euros a week, how much is that in a year` is one multiplication whose second number nobody wrote. What is recognised
here is the whole of the request; a story with more numbers is not touched.
"""

from __future__ import annotations

import re

from engine.agent.guide.reckon.arithmetic import plain_number
from engine.agent.guide.reckon.numbers import SPOKEN, spell_out_digits

__all__ = ["FEW", "LEAD", "MONEY", "NUMBER", "OF_A_PAPER", "OF_MONEY", "PERCENT", "TAIL", "find_sum", "in_digits"]

NUMBER = r"\d+(?:[.,]\d+)*"
MONEY = r"[€$£]?\s?"
OF_MONEY = r"\s?(?:euros?|eur|€|pounds?|dollars?|\$|£|francs?|chf|kr|cents?|p|pence|quid|bucks)?"
# "two nights at 80"
_AT_A_PRICE = r" (?:[^\W\d]+['’]? ){1,3}?(?:at|à|@) "
LEAD = (
    r"(?:(?:hi|hey|hello|ok|please|pls|so|and|quick(?: one| question)?|can you|could you|tell me|calculate"
    r"|work out|compute"
    r"|give me|find|i need|what(?:['’]?s| is| are)|how much (?:is|are|do|does)|how many (?:is|are)"
    r"|get)\b[\s,:]*){0,5}(?:the )?"
)
TAIL = r"(?:[\s,]*(?:please|pls|thanks|thx|thank you|in total|altogether|all together))*[\s?.!=]*"
_LIST = rf"{MONEY}{NUMBER}{OF_MONEY}(?:[\s,;&]+(?:and[\s,]+)?{MONEY}{NUMBER}{OF_MONEY})+"
_AVERAGE = re.compile(
    rf"{LEAD}(?:average|mean|avg)\s*(?:of|from|:|between|for)?\s*(?:these(?: \d{{1,2}}(?=:))?|the numbers)?[\s:]*"
    rf"(?P<list>{_LIST}){TAIL}"
)
_AVERAGED = re.compile(
    rf"(?P<list>{_LIST})[\s,.:;–-]*(?:what(?:['’]?s| is)?\s*)?(?:the |my |on |its )?(?:average|mean)"
    rf"(?: of (?:these|that|them))?{TAIL}"
)
PERCENT = r"(?:percent(?:age)?|per cent|%|pct)"
_SHARE = re.compile(
    rf"{LEAD}(?:(?:what|which|how many)\s+)?{PERCENT}\s*(?:is|are|of|:)?\s*{MONEY}(?P<part>{NUMBER}){OF_MONEY}"
    rf"\s*(?:out of|of|from)\s*{MONEY}(?P<whole>{NUMBER}){OF_MONEY}{TAIL}"
)
_SHARE_OF = re.compile(
    rf"{LEAD}(?:(?:what|which|how many)\s+)?{PERCENT} of {MONEY}(?P<whole>{NUMBER}){OF_MONEY}\s+(?:is|are|makes?)\s+"
    rf"{MONEY}(?P<part>{NUMBER}){OF_MONEY}{TAIL}"
)
_OF_WHAT = re.compile(
    rf"{MONEY}(?P<part>{NUMBER}){OF_MONEY} is (?P<share>{NUMBER})\s?{PERCENT} of (?:what|which|how much)"
    rf"(?: number| amount)?{TAIL}"
)
_OUT_OF = re.compile(
    rf"{LEAD}{MONEY}(?P<part>{NUMBER}){OF_MONEY}\s*(?:out of|of|from|/)\s*{MONEY}(?P<whole>{NUMBER}){OF_MONEY}"
    rf"[\s,]*(?:as|in|is what|what|how much|how many)\s*(?:a |an |the )?{PERCENT}(?: is that| is it)?{TAIL}"
)
_LESS = re.compile(rf"{LEAD}{MONEY}(?P<first>{NUMBER}){OF_MONEY}\s+less\s+{MONEY}(?P<then>{NUMBER}){OF_MONEY}{TAIL}")
_AT = re.compile(
    rf"(?:{LEAD}|what do |what does |how much for |price of |cost of |total for |buy(?:ing)? ){MONEY}(?P<n>{NUMBER})\s+"
    rf"(?:[^\W\d]+\s+){{0,3}}(?:at|à|@|for)\s+{MONEY}(?P<each>{NUMBER}){OF_MONEY}"
    rf"\s*(?P<said>each|apiece|a piece|per (?:piece|unit|head|person)|a pop)?[\s,]*"
    rf"(?P<asked>(?:come to|cost|make|add up to|in total|altogether|what(?:['’]?s| is) (?:that|the total)"
    rf"|how much(?: is (?:that|it))?|total)?){TAIL}"
)
_MEASURED_AT = re.compile(
    rf"{LEAD}{NUMBER} (?:litres?|liters?|l|kg|kilos?|grams?|g|lbs?|metres?|meters?|m|yards?|miles?|km|gallons?|kwh"
    rf"|hours?) (?:at|à|@) {MONEY}{NUMBER}\s?(?:euros?|€|pounds?|\$|£|p|pence|cents?)?{TAIL}"
)
# "Quiz: 9 teams of 6 at £6 each"
_TEAMS = re.compile(
    rf"(?:[^\W\d]+: )?{LEAD}(?P<n>{NUMBER}) [^\W\d]+ of (?P<of>{NUMBER})(?: [^\W\d]+)?,? (?:at|à|@)"
    rf" {MONEY}(?P<each>{NUMBER})"
    rf"{OF_MONEY}(?: (?:each|a head|per (?:head|person)))?{TAIL}"
)
# "20 mins a pound plus 20 over for a 4.5 lb joint"
_SO_LONG_A_POUND = re.compile(
    rf"{LEAD}(?P<each>{NUMBER}) ?min(?:ute)?s? (?:an?|per|the) (?:pound|lb|kilo|kg)(?:,? (?:plus|and)"
    rf" (?P<over>{NUMBER})"
    rf"(?: ?min(?:ute)?s?)?(?: over| extra)?)?,? for (?:an? )?(?P<many>{NUMBER}) ?(?:lbs?|pounds?|kilos?"
    rf"|kg)\b[^\d]{{0,30}}"
)
_SIGNED = rf"(?<![\w.,])[-−]?{MONEY}{NUMBER}{OF_MONEY}"
_TOGETHER = re.compile(
    rf"(?:{LEAD}|what do |what does |how much do |how much does )"
    rf"(?P<list>{_SIGNED}(?:\s*(?:,|\+|&|\band\b|\bplus\b)\s*(?:and\s+)?{_SIGNED})+)[\s,]*"
    r"(?:makes?|comes? to|adds? up to|gives?|together|in total|altogether|all together|in sum)"
    rf"{TAIL}"
)
# "Electricity 96, gas 118, internet 34. total?"
_LABEL = r"(?!(?:at|for|buy|by|times|plus|minus|of|in|to|from)\b)[^\W\d]+(?: [^\W\d]+)?"
_LABELLED = re.compile(
    rf"(?P<list>(?:(?:and )?{_LABEL} {MONEY}{NUMBER}{OF_MONEY}[\s,;.]+){{2,12}})"
    r"(?:what(?:['’]?s| is) the )?(?:total|sum|together|altogether|all together|in total|how much(?: is (?:that|it))?)"
    rf"{TAIL}"
)
_DOZEN = re.compile(rf"{LEAD}(?P<n>{NUMBER}|an?|half an?)\s+dozens?{TAIL}")
_EACH = r"(?:an?|per|every|each|/)\s?"
_RATE = re.compile(
    rf"(?P<before>[^\d]*?){MONEY}(?P<n>{NUMBER}){OF_MONEY}(?:\s[^\W\d]+){{0,2}}?\s*{_EACH}(?P<unit>hour|day|week|month|year|h)\b"
    rf"(?P<between>[^\d]*?)\b(?:in|over|per|for|a|an|by|make in|within)\s+(?:(?:the )?(?:whole"
    rf"|full) )?(?P<many>{NUMBER}|an?|one|per|the)?\s*"
    rf"(?P<span>day|week|month|year|annum)s?\b(?P<after>[^\d]{{0,40}})"
)
_WORKED = re.compile(
    rf"[^\d]*?{MONEY}(?P<each>{NUMBER}){OF_MONEY}\s*{_EACH}"
    r"(?P<unit>hour|day|night|week|month|year|kilo|kg|litre|liter|mile|km|metre|meter|head|person|page)\b"
    rf"[^\d]{{1,60}}?(?P<many>{NUMBER})(?P<half> and a half)?\s*(?P=unit)s?\b[^\d]{{0,60}}"
)
_OFF = r"(?:off|discount|reduction|reduced|cheaper|rebate)"
_REDUCED = re.compile(
    rf"[^\d]*?{MONEY}(?P<price>{NUMBER}){OF_MONEY}(?=[\s,.])[^\d]{{0,50}}?(?P<share>{NUMBER})\s*{PERCENT}\s*{_OFF}\b"
    r"[^\d]{0,60}"
)
_OFF_FROM = re.compile(
    rf"{LEAD}(?P<share>{NUMBER})\s*{PERCENT}\s*{_OFF}\s*(?:from|of|on)?\s*{MONEY}(?P<price>{NUMBER}){OF_MONEY}{TAIL}"
)
# A few words before the amount, none of which asks a paper or names a year.
FEW = r"(?:(?!(?:in|since|does|do|did|is|was|why|where|who|has|have|can|clause|section|for)\b)[^\W\d]+\s){0,3}"
_NEW = (
    r"[\s,.:;]*(?:what(?:['’]?s| is| will be)? (?:the )?(?:new )?(?:that|it|rent|price|total|amount|pay|salary|fee)"
    r"|how much(?: is (?:that|it)| do (?:i|we) pay)?(?: then| now)?|new [^\W\d]+"
    r"|what do (?:i|we) pay(?: then)?)[\s?.!]*"
)
_RISES = r"(?:rises?|goes up|going up|increases?|increased|raised?|grows?|plus|up)(?: by)?"
_RISE = re.compile(
    rf"{FEW}{MONEY}(?P<n>{NUMBER}){OF_MONEY}[\s,]+(?:[^\W\d]+\s){{0,2}}?{_RISES} (?P<share>{NUMBER})\s?{PERCENT}{_NEW}"
)
_MORE = re.compile(rf"{LEAD}(?P<share>{NUMBER})\s?{PERCENT} more than {MONEY}(?P<n>{NUMBER}){OF_MONEY}{TAIL}")
_CHANGES = (
    r"(?:went|go(?:es|ne)?|grew|grown|growth|rose|risen|rise|raised?|fell|fallen|fall|dropped|drop|(?:in|de)creased?"
    r"|changed?|up|down)"
)
_CHANGE = re.compile(
    rf"[^\d]*?\b{_CHANGES}\b[^\d]*?from {MONEY}(?P<then>{NUMBER}){OF_MONEY}(?:\s[^\W\d]+)? to {MONEY}(?P<now>{NUMBER})"
    rf"{OF_MONEY}(?:\s[^\W\d]+)?[\s,.:;]+(?:what|how (?:much|many)|in|as|by|that is|that['’]s|which is)"
    rf"[^\d]{{0,12}}?\b{PERCENT}[^\d]{{0,20}}"
)
# "From 1450 up to 1682, what's that in %".
_FROM_TO = re.compile(
    rf"(?:from )?{MONEY}(?P<then>{NUMBER}){OF_MONEY} (?:up |down |on )?to {MONEY}(?P<now>{NUMBER}){OF_MONEY}[\s,.:]+"
    r"(?:what(?:['’]?s| is) (?:that|it|the (?:change|rise|increase|drop)) |how much is (?:that|it) |that is )?"
    rf"(?:in |as )?(?:a )?{PERCENT}(?: (?:change|increase|rise|more|less))?{TAIL}"
)
_REMAINDER = re.compile(
    rf"{LEAD}(?:remainder|rest) (?:of|when) (?P<n>\d+) (?:(?:is )?divided by|/|÷|over) (?P<by>\d+){TAIL}"
)
_TIP = re.compile(
    rf"(?:[^\W\d]+[\s,]+){{0,6}}?(?<!for )(?<!with ){MONEY}(?P<n>{NUMBER}){OF_MONEY}\b[^\d]*?\btip\b[^\d]*?"
    rf"(?P<share>{NUMBER})\s?{PERCENT}[\s,.]*"
    r"(?:how much(?: is)?(?: the)?(?: tip| that)?|what(?:['’]?s| is) (?:the|that) tip)[\s?.!]*"
)
_TIP_ON = re.compile(
    rf"(?:what(?:['’]?s| is| would be)|how much is|calculate)? ?(?:the |an? )?(?:(?P<first>{NUMBER})\s?{PERCENT}\s)?"
    rf"(?:tip|service)(?: (?P<second>{NUMBER})\s?{PERCENT})? (?:on|of) {MONEY}(?P<n>{NUMBER}){OF_MONEY}"
    rf"(?:[\s,]*(?:at|of|with|if it is)? ?(?P<share>{NUMBER})\s?{PERCENT})?[\s?.!]*"
)
_SIDE = r"\s?(?P<{}>m|metres?|meters?|ft|feet|cm)?"
_AREA = re.compile(
    rf"{FEW}(?P<a>{NUMBER}){_SIDE.format('of_a')}\s?(?:by|x|×)\s?(?P<b>{NUMBER}){_SIDE.format('of_b')}[\s,.:]*"
    r"(?:what(?:['’]?s| is) the |how (?:much|big)[^\d]{0,10}? )?(?:floor |surface )?area[\s?.!]*"
)
_FACTORIAL = re.compile(
    rf"{LEAD}(?:(?P<n>\d{{1,2}}) ?factorial|factorial of (?P<of>\d{{1,2}})){TAIL}"
    r"|(?:what(?:['’]?s| is) |calculate |compute )?(?P<sign>\d{1,2})! ?[?=]*"
)
# A result longer than a line helps nobody.
_MOST_FACTORS = 20
_YEAR = re.compile(r"(?:19|20)\d\d")
_ASKS_HOW_MUCH = re.compile(
    r"\b(?:how (?:much|many|long)|what(?:['’]?s| is| does| do| will| would)|total|makes?|is that|that['’]?s)\b"
)
# What is asked of a paper, or of pay by the hour over days whose hours nobody named, is no sum.
OF_A_PAPER = re.compile(
    r"\b(?:allowed|permitted|contract|policy|lease|manual|agreement|terms|says?|according|documents?|rules?)\b"
)
_PAY = re.compile(r"\b(?:earn|earning|make|paid|pays?|wage|salary|rate)\b")
_PENCE = re.compile(r"^\s?(?:p|pence|cents?)\b")
_IN_A_WEEK = re.compile(r"\bhours? (?:an?|per|each|every) week\b")
_SPAN = re.compile(
    r"\b(?:an?|per|each|every|the|in|that) (?:whole )?(?P<span>day|week|month|year)\b|\b(?P<ly>dai|week|month|year)ly\b"
)
# Of the second, how many make one of the first, as it is reckoned by hand.
_MAKE = {
    ("day", "week"): "7", ("day", "month"): "30", ("day", "year"): "365", ("week", "month"): "52/12",
    ("week", "year"): "52", ("month", "year"): "12", ("hour", "day"): "24", ("hour", "week"): "24*7",
}  # fmt: skip


def find_sum(words: str) -> tuple[str, str]:
    """The calculation that the words ask for, "" where they are of no such form, and the unit of its result.

    Returns:
        An expression of the calculator, and "%" or "".
    """
    text = in_digits(words)
    for find in (
        _find_average,
        _find_share,
        _find_whole_or_rest,
        _find_change,
        _find_more,
        _find_factorial,
        _find_tip_or_area,
        _find_together,
        _find_reduced,
        _find_product,
        _find_worked,
        _find_rate,
    ):
        if expression := find(text):
            return expression, "%" if find in (_find_share, _find_change) and "/" in expression else ""
    return "", ""


def in_digits(words: str) -> str:
    """In lower case, with the numbers that are spelled out in digits."""
    text = " ".join(spell_out_digits(words.lower()).split())
    return re.sub(
        rf"\b({'|'.join(SPOKEN)})\b(?=\s(?:dozen|euros?|pounds?|dollars?|out of|of \d)|{_AT_A_PRICE})",
        lambda m: str(SPOKEN[m[1]]),
        text,
    )


def _asks_for_a_sum(text: str) -> bool:
    return _ASKS_HOW_MUCH.search(text) is not None and OF_A_PAPER.search(text) is None


def _find_average(text: str) -> str:
    match = _AVERAGE.fullmatch(text) or _AVERAGED.fullmatch(text)
    if not match:
        return ""
    numbers = [plain_number(n) for n in re.findall(NUMBER, match["list"])]
    return f"({'+'.join(numbers)})/{len(numbers)}" if len(numbers) > 1 and all(numbers) else ""


def _find_share(text: str) -> str:
    match = _SHARE.fullmatch(text) or _SHARE_OF.fullmatch(text) or _OUT_OF.fullmatch(text)
    if match and (part := plain_number(match["part"])) and (whole := plain_number(match["whole"])):
        return f"{part}/{whole}*100"
    match = _LESS.fullmatch(text)
    if match and (first := plain_number(match["first"])) and (then := plain_number(match["then"])):
        return f"{first}-{then}"
    return ""


def _find_whole_or_rest(text: str) -> str:
    """What something is a share of, and what a division leaves over."""
    match = _OF_WHAT.fullmatch(text)
    if match and (part := plain_number(match["part"])) and (share := plain_number(match["share"])):
        return f"{part}*100/{share}"
    match = _REMAINDER.fullmatch(text)
    if match and int(match["by"]):
        return f"{match['n']}%{match['by']}"
    return ""


def _find_change(text: str) -> str:
    """By how many percent something rose or fell."""
    match = _CHANGE.fullmatch(text) or _FROM_TO.fullmatch(text)
    if match and (then := plain_number(match["then"])) and (now := plain_number(match["now"])) and float(then):
        return f"({now}-{then})/{then}*100"
    return ""


def _find_tip_or_area(text: str) -> str:
    if (match := _TIP.fullmatch(text)) and (n := plain_number(match["n"])) and (share := plain_number(match["share"])):
        return f"{n}*{share}/100"
    match = _TIP_ON.fullmatch(text)
    if match and (share := plain_number(match["first"] or match["second"] or match["share"] or "")):
        return f"{plain_number(match['n'])}*{share}/100"
    match = _AREA.fullmatch(text)
    if (
        match
        and match["of_a"] in (None, match["of_b"])
        and (a := plain_number(match["a"]))
        and (b := plain_number(match["b"]))
    ):
        return f"{a}*{b}"
    return ""


def _find_more(text: str) -> str:
    """So many percent more."""
    match = _MORE.fullmatch(text) or (None if OF_A_PAPER.search(text) else _RISE.fullmatch(text))
    if (
        match
        and not _YEAR.fullmatch(match["n"])
        and (n := plain_number(match["n"]))
        and (share := plain_number(match["share"]))
    ):
        return f"{n}*(100+{share})/100"
    return ""


def _find_factorial(text: str) -> str:
    match = _FACTORIAL.fullmatch(text)
    n = int(match["n"] or match["of"] or match["sign"]) if match else 0
    return "*".join(str(i) for i in range(n, 0, -1)) if 2 <= n <= _MOST_FACTORS else ""


def _find_together(text: str) -> str:
    match = _TOGETHER.fullmatch(text) or _LABELLED.fullmatch(text)
    if not match:
        return ""
    found = re.findall(rf"([-−]?){MONEY}({NUMBER})", match["list"])
    numbers = [plain_number(n) for _, n in found]
    signed = "".join(("-" if sign else "+") + n for (sign, _), n in zip(found, numbers, strict=True))
    return signed.removeprefix("+") if all(numbers) else ""


def _find_product(text: str) -> str:
    if match := _TEAMS.fullmatch(text):
        return "*".join(plain_number(match[name]) for name in ("n", "of", "each"))
    if match := _SO_LONG_A_POUND.fullmatch(text):
        return f"{match['many']}*{match['each']}+{match['over'] or 0}".removesuffix("+0")
    if match := _DOZEN.fullmatch(text):
        n = {"a": "1", "an": "1", "half a": "1/2", "half an": "1/2"}.get(match["n"]) or plain_number(match["n"])
        return f"{n}*12" if n else ""
    match = _AT.fullmatch(text)
    # "500 litres at 71p" says nothing else.
    is_measured = match and _MEASURED_AT.match(text)
    if match and (
        match["said"] or match["asked"] or is_measured or text.startswith(("what do", "what does", "how much"))
    ):
        n, each = plain_number(match["n"]), plain_number(match["each"])
        n = f"{n}*12" if n and re.search(r"\bdozens?\b", text) else n
        return f"{n}*{each}{_in_hundreds(text, match)}" if n and each else ""
    return ""


def _in_hundreds(text: str, match: re.Match[str]) -> str:
    """Pence are told in pounds."""
    return "/100" if _PENCE.match(text[match.end("each") :]) else ""


def _find_reduced(text: str) -> str:
    """What is left to pay of a price that is so many percent lower."""
    match = _OFF_FROM.fullmatch(text)
    if not match and _asks_for_a_sum(text):
        match = _REDUCED.fullmatch(text.rstrip("?!. "))
    if match and (price := plain_number(match["price"])) and (share := plain_number(match["share"])):
        return f"{price}*(100-{share})/100"
    return ""


def _find_worked(text: str) -> str:
    """So much an hour, for some hours; for some hours a week, in a month or a year."""
    match = _WORKED.fullmatch(text.rstrip("?!. "))
    if not match or not _asks_for_a_sum(text):
        return ""
    each, many = plain_number(match["each"]), plain_number(match["many"])
    found = f"{each}*{f'({many}+0.5)' if match['half'] else many}{_in_hundreds(text, match)}" if each and many else ""
    week = _IN_A_WEEK.search(text)
    rest = text[: week.start()] + text[week.end() :] if week else text
    spans = {m["span"] or m["ly"].replace("dai", "day") for m in _SPAN.finditer(rest)} - {match["unit"]}
    if not found or not (spans or week):
        return found
    if not week or len(spans) != 1:
        return ""
    span = spans.pop()
    return found if span == "week" else f"{found}*{_MAKE['week', span]}" if ("week", span) in _MAKE else ""


def _find_rate(text: str) -> str:
    """So much in a short time, in a longer one."""
    match = _RATE.fullmatch(text.rstrip("?!. "))
    if not match or not _asks_for_a_sum(text):
        return ""
    if match["unit"] in ("hour", "h") and _PAY.search(text):
        return ""
    unit, span = {"h": "hour"}.get(match["unit"], match["unit"]), {"annum": "year"}.get(match["span"], match["span"])
    many = plain_number(match["many"]) if match["many"] and match["many"][0].isdigit() else "1"
    n = plain_number(match["n"])
    if not n or not many:
        return ""
    if unit == span:
        return f"{n}*{many}" if many != "1" else ""
    factor = _MAKE.get((unit, span), "")
    return f"{n}*{factor}" + (f"*{many}" if many != "1" else "") if factor else ""
