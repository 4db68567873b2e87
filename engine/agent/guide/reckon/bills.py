"""What is paid: tax put on or taken out, one cut after another, a bill among some, several things at a price each.

Like sums.py only the whole of a request is recognised; what stays a story is not touched.
"""

from __future__ import annotations

import re

from engine.agent.guide.reckon.arithmetic import plain_number
from engine.agent.guide.reckon.sums import FEW, LEAD, MONEY, NUMBER, OF_A_PAPER, OF_MONEY, PERCENT, TAIL, in_digits

__all__ = ["find_bill"]


def _amount(name: str) -> str:
    return rf"{MONEY}(?P<{name}>{NUMBER}){OF_MONEY}"


def _share(name: str = "share") -> str:
    return rf"(?P<{name}>{NUMBER})\s?{PERCENT}"


def _form(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(parts) + TAIL)


_TAX = r"(?:vat|tax|gst|sales tax|service(?: charge)?|tip)"
_THAT = r"(?:what(?:['’]?s| is) (?:that|it) |how much is (?:that|it) )?"
_FORMS = (
    (_form(LEAD, rf"add {_share()} (?:{_TAX} )?(?:to|on) {_amount('n')}"), "{n}*(100+{share})/100"),
    (
        _form(
            LEAD,
            rf"{_amount('n')},? (?:incl(?:\.|uding|usive(?: of)?)?|with) {_share()} {_TAX}[\s,.]*{_THAT}",
            r"(?:without(?: it| vat| tax)?|net|before(?: vat| tax)?)",
        ),
        "{n}/(100+{share})*100",
    ),
    (
        _form(
            rf"(?:how much|what) (?:is the )?{_share()} {_TAX} (?:is |are )?(?:there )?(?:in|of|included in) ",
            rf"{_amount('n')}(?: gross| total)?",
        ),
        "{n}*{share}/(100+{share})",
    ),
    (
        _form(
            LEAD,
            rf"{_amount('n')} (?:minus|less|with|at) {_share('first')}(?: off)?,? (?:and )?(?:then )?",
            rf"(?:another |a further |minus )?{_share('then')}(?: off)?",
        ),
        "{n}*(100-{first})/100*(100-{then})/100",
    ),
    (
        _form(
            rf"{_amount('n')} at {_share()}(?: (?:interest|a year|p\.?a\.?|per year|yearly))* (?:for|over)",
            r" (?P<years>\d{1,2}) years?(?=.*\bcompound)[^\d]*",
        ),
        "{n}*(1+{share}/100)^{years}",
    ),
)
_WAYS = r"(?:ways?|people|persons?|of us|friends|heads|kids|guests|parts)"
_SPLIT = _form(
    rf"{FEW}{LEAD}{_amount('n')}(?:,? (?:plus|with|and|\+) {_share()}(?: {_TAX})?)?[\s,]*",
    r"(?:(?:is |was )?(?:split|shared|divided)(?: by| between| among)?(?: the)? (?P<by>\d{1,3})",
    rf"(?: {_WAYS})?|(?P<of>\d{{1,3}}) {_WAYS})",
    r"(?:[\s,]*(?:what does each (?:one )?pay|how much (?:is that )?each|each|per (?:person|head)))?",
)
_ITEM = re.compile(
    rf"(?P<n>{NUMBER}) (?:(?!is\b|are\b|was\b|were\b)[^\W\d]+['’]? ){{1,3}}?(?P<how>at|à|@|for|x)"
    rf" (?P<price>{MONEY}(?P<each>{NUMBER}){OF_MONEY})(?: each| apiece| a piece)?"
)
_AROUND = re.compile(
    r"\W*(?:(?:and|plus|also|i buy|we buy|i bought|we need|for the [^\W\d]+|tickets|total|together|altogether|in total"
    r"|all together|what(?:['’]?s| is| do| does)?|how much|is|that|it|do|i|we|pay|owe|come|to|cost|sum|in all|please)"
    r"\b\W*)*"
)
_SEVERAL = 2
_CURRENCY = re.compile(r"[^\d\s.,]")


def find_bill(words: str) -> str:
    """The calculation that the words ask for, in the calculator's notation; "" where they are of no such form."""
    text = in_digits(words)
    for form, expression in _FORMS:
        if match := form.fullmatch(text):
            numbers = {name: plain_number(number) for name, number in match.groupdict().items()}
            return expression.format(**numbers) if all(numbers.values()) else ""
    return _split(text) or _items(text)


def _split(text: str) -> str:
    """A bill, with what is put on it, among some."""
    match = _SPLIT.fullmatch(text)
    n = plain_number(match["n"]) if match else ""
    by = int(match["by"] or match["of"]) if match else 0
    if not match or not n or not by:
        return ""
    share = plain_number(match["share"] or "")
    return f"{n}*(100+{share})/100/{by}" if share else f"{n}/{by}"


def _items(text: str) -> str:
    """`4 kids at 6.50 and 2 adults at 11, total`."""
    items = list(_ITEM.finditer(text))
    numbers = [(plain_number(m["n"]), plain_number(m["each"])) for m in items]
    is_asked = len(items) >= _SEVERAL or (len(items) == 1 and _is_priced(items[0]))
    if not is_asked or OF_A_PAPER.search(text) or not all(map(all, numbers)):
        return ""
    around = _ITEM.sub(" ; ", text).split(";")
    return "+".join(f"{n}*{each}" for n, each in numbers) if all(map(_AROUND.fullmatch, around)) else ""


def _is_priced(item: re.Match[str]) -> bool:
    """Whether several are named at a price in money: "2 nights at 80 euros", not "2 trays at 180"."""
    return item["n"] != "1" and item["how"] not in ("for", "x") and _CURRENCY.search(item["price"]) is not None
