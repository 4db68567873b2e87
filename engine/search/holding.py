"""When what a sentence says holds, and which time a question is about.

Papers say the same thing twice: what the fee was until March and what it is since. Both sentences have the question's
words, and only their dates tell them apart. A date counts where a word makes it a beginning or an end ("since",
"until", "for contracts signed after"); a date alone says when something happened, not how long it held.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations

__all__ = ["Period", "asked_about", "held_in", "time_signs"]

# First and last day.
Period = tuple[date, date]

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:19|20)\d\d"
# "Up to 2000 kg" names no year.
_UNITS = (
    r"km|m²|kg|kwh?|mw|ml|litres?|liters?|metres?|meters?|miles?|kilos?|tonnes?|watts?|euros?|pounds?|dollars?|francs?"
    r"|crowns|minutes?|rpm|calories|kcal"
)
_DATE = re.compile(
    rf"\b(?:(?P<y1>{_YEAR})-(?P<n1>\d\d)-(?P<d1>\d\d)\b"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m2>{_MONTH}),? (?P<y2>{_YEAR})\b"
    rf"|(?P<m3>{_MONTH}) (?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y3>{_YEAR})\b"
    rf"|(?P<d4>\d{{1,2}})[./](?P<n4>\d{{1,2}})[./](?P<y4>{_YEAR})\b"
    rf"|(?P<m5>{_MONTH}),? (?P<y5>{_YEAR})\b"
    rf"|(?P<y6>{_YEAR})[/–-](?P<end6>(?:20)?\d\d)\b(?![-/.]\d)"
    rf"|(?P<y7>{_YEAR})\b(?![-/.]\d|\s*(?:{_UNITS})\b))",
    re.IGNORECASE,
)
# Between such a word and its date.
_FILLED = (
    r"(?:,? (?:and including|the|end|beginning|start|week|month|of|season|year|date|winter|summer|spring|autumn"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day))*,? ?$"
)
_UNTIL = re.compile(
    rf"\b(?:until|till|through|up to|(?:end|expire|lapse)(?:s|d|ed|ing)?(?: on| in)?){_FILLED}", re.IGNORECASE
)
_BEFORE = re.compile(rf"\b(?:before|prior to){_FILLED}", re.IGNORECASE)
_FROM = re.compile(
    r"\b(?:since|from|between|as (?:of|from|at)|effective|starting|beginning"
    r"|(?:by|under|per) (?:the )?(?:resolution|decision|order|agreement|vote|notice|amendment|statutes|letter)"
    rf"(?: of| dated)?){_FILLED}",
    re.IGNORECASE,
)
_AFTER = re.compile(rf"\bafter{_FILLED}", re.IGNORECASE)
# "Care plan, revised 14 May 2026: …"
_LABELS = re.compile(r"[^:.;!?]{0,60}:(?: |$)")
_LONGEST_LABEL = 60
_JOINED = re.compile(rf"^ ?(?:to|and|–|-){_FILLED}", re.IGNORECASE)
_BYGONE = re.compile(
    r"\b(?:used to|formerly|previously|in the past|until recently|back then|in those days"
    r"|last (?:year|season)(?! of))\b",
    re.IGNORECASE,
)
# In a question.
_NOW = re.compile(
    r"\b(?:now|nowadays|current(?:ly)?|at present|presently|at the moment|today|these days|this (?:year|season|term)"
    r"|still|any ?more|as things stand|in force)\b",
    re.IGNORECASE,
)
_ONCE = re.compile(
    r"\b(?:used to|formerly|previously|in the past|back then|last (?:year|season)(?! of)|originally|in those days"
    r"|before (?:that|the (?:change|rise|increase|new))"
    r"|(?:former|previous|earlier) (?:\w+ )?(?:fees?|prices?|rates?|rules?|rent|amount|version|limit|times?))\b",
    re.IGNORECASE,
)
_PAST = re.compile(r"\b(?:was|were|did|had)\b", re.IGNORECASE)
_DAY = timedelta(days=1)
# "From 2023–2025" ends, "since the season 2024/25" does not.
_SEASON = timedelta(days=366)
# Of the words of the shorter of two sentences, so many make them one of a kind.
_SHARED = 0.5


def held_in(text: str, today: date) -> Period | None:
    """From when to when it holds; None where it does not say, or speaks of several times."""
    begins, ends = [], []
    behind, earlier = 0, None
    for found in _DATE.finditer(text):
        before, period = text[behind : found.start()], _days_of(found)
        behind = found.end()
        if period is None:
            continue
        if _UNTIL.search(before):
            ends.append(period[1])
        elif _BEFORE.search(before):
            ends.append(period[0] - _DAY)
        elif found["end6"] and (period[1] - period[0] > _SEASON or not _FROM.search(before)):
            begins.append(period[0])
            ends.append(period[1])
        elif _FROM.search(before):
            begins.append(period[0])
        elif _AFTER.search(before):
            begins.append(period[1] + _DAY)
        elif earlier is not None and _JOINED.search(before):
            ends.append(period[1])
            begins = begins or [earlier[0]]
        elif not begins and found.start() <= _LONGEST_LABEL and _LABELS.match(text, found.end()):
            begins.append(period[0])
        earlier = period
    if not begins and not ends:
        return (date.min, today - _DAY) if _BYGONE.search(text) and not _NOW.search(text) else None
    first, last = begins[0] if begins else date.min, ends[0] if ends else date.max
    return (first, last) if len(begins) < 2 and len(ends) < 2 and first <= last else None


def asked_about(question: str, today: date) -> Period | None:
    """The time that a question names; None where it names none, or says no more than that it is past."""
    found, now = _DATE.search(question), _NOW.search(question)
    # "My car is from 2015, what is the current toll?"
    if found is not None and not (found["y7"] and now):
        return _days_of(found)
    return (today, today) if now else None


def time_signs(
    question: str, texts: Sequence[str], stems: Sequence[Iterable[str]], today: date
) -> list[tuple[float, float, float]]:
    """For each sentence, whether it holds at the time asked about or (none named) now, and whether it is the latest.

    1 yes, −1 no, 0 where the sentence or the question does not say. Two sentences are of a kind that share most words.
    """
    asked, once = asked_about(question, today), _ONCE.search(question) is not None
    held = [held_in(text, today) for text in texts]
    if not any(held):
        return [(0.0, 0.0, 0.0)] * len(texts)
    if once and asked is None:
        return [(0.0 if h is None else 1.0 if h[1] < today else -1.0, 0.0, 0.0) for h in held]
    fits = [0.0 if h is None else _fits(h, asked or (today, today)) for h in held]
    unsaid = asked is None and not _PAST.search(question)
    begins = {i: h[0] for i, h in enumerate(held) if h is not None and fits[i] == 1 and h[0] > date.min}
    latest = _latest(begins, {i: set(stems[i]) for i in begins})
    return [(0.0 if asked is None else fit, fit if unsaid else 0.0, latest.get(i, 0.0)) for i, fit in enumerate(fits)]


def _latest(begins: Mapping[int, date], stems: Mapping[int, set[str]]) -> dict[int, float]:
    """1 for what began after a sentence of its kind, −1 for what began before one."""
    found: dict[int, float] = {}
    for i, j in combinations(begins, 2):
        least = _SHARED * min(len(stems[i]), len(stems[j]))
        if begins[i] != begins[j] and len(stems[i] & stems[j]) >= least:
            newer, older = (i, j) if begins[i] > begins[j] else (j, i)
            found[older] = -1.0
            found.setdefault(newer, 1.0)
    return found


def _fits(held: Period, asked: Period) -> float:
    """1 where it held in the middle of the time asked about, −1 where it did on no day of it."""
    if held[0] > asked[1] or held[1] < asked[0]:
        return -1.0
    return float(held[0] <= asked[0] + (asked[1] - asked[0]) // 2 <= held[1])


def _days_of(found: re.Match[str]) -> Period | None:
    """The days of a date, a month, a year, some years, or a season over two; None for one that is none."""
    parts = {name[:-1]: text for name, text in found.groupdict().items() if text}
    year = int(parts["y"])
    if "end" in parts:
        last = year - year % 100 + int(parts["end"]) % 100
        if last == year + 1:
            return date(year, 7, 1), date(last, 6, 30)
        return (date(year, 1, 1), date(last, 12, 31)) if last > year else None
    month = _MONTH_NAMES.index(parts["m"][:3].lower()) + 1 if "m" in parts else int(parts.get("n", 0))
    day = int(parts.get("d", 0))
    try:
        if day:
            return (date(year, month, day),) * 2
        return date(year, month or 1, 1), date(year, month or 12, monthrange(year, month or 12)[1])
    except ValueError:
        return None
