"""Sums with dates that people ask for: `days until 24 December`, `2 weeks before 30 August`, `what day is tomorrow`.

Only a whole request of a known form is answered; a date inside a longer question is none of this file's business.
A day without a year is the next one from today, or for two days, the next from the first.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

__all__ = [
    "DAYS", "WORDS", "answer_about_dates", "asks_about_dates", "counted", "whole_request", "with_the_date",
    "written_date", "zone_of",
]  # fmt: skip

_MONTHS = [name.casefold() for name in calendar.month_name]
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in (m.casefold() for m in _MONTH_NAMES)) + "|sept"
_NAMED = {
    "christmas day": (25, 12), "christmas eve": (24, 12), "christmas": (25, 12), "xmas": (25, 12),
    "new year's eve": (31, 12), "new years eve": (31, 12), "new year": (1, 1), "new year's day": (1, 1),
    "halloween": (31, 10), "valentine's day": (14, 2), "valentines day": (14, 2),
}  # fmt: skip
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WEEKDAY = "|".join(DAYS)
_SHORT_DAY = r"(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\.?"
_DAY_OF_MONTH = r"\d{1,2}(?:st|nd|rd|th)?"
_NAMES = "|".join(sorted(map(re.escape, _NAMED), key=len, reverse=True))
_YEAR = r"(?:,? (?:\d{4}|(?:next|this|last) year))?"
_DATE = (
    rf"(?:(?:the )?(?:{_WEEKDAY}|{_SHORT_DAY}),? )?(?:on )?(?:the )?"
    rf"(?:{_DAY_OF_MONTH}\.? (?:of )?(?:{_MONTH})\.?{_YEAR}|(?:{_MONTH})\.? {_DAY_OF_MONTH}{_YEAR}"
    rf"|\d{{4}}-\d\d?-\d\d?|\d\d?\.\d\d?\.\d{{4}}|{_NAMES}|today|tomorrow|yesterday|now|(?:next )?(?:{_WEEKDAY}))"
)
_NEAR = rf"tomorrow|yesterday|(?:next )?(?:{_WEEKDAY})"
_UNIT = r"(?P<unit>days?|weeks?|months?|years?|nights?)"
_HOW_MANY = rf"(?:how many |number of )?{_UNIT}"
_COUNT = rf"(?P<n>\d{{1,4}}|an?|{'|'.join(WORDS)})"
_OPENING = r"(?:(?:please|hi|hey|hello|ok|so|and|scrubjay|can you|could you|tell me|calculate|work out)[,:]?\s+)*"
_CLOSING = r"(?:,? (?:please|thanks|from now|from today|again))?\s*[?.!]*"
_IS = r"(?: (?:is|was|will be|is it|was it|will it be|are we))?"
_WHAT = (
    r"(?:(?:when (?:is|was)|when's|(?:what|which)(?:'s| is| was| will be)?(?: the)?"
    rf"(?: date| day| weekday| day of the week)?{_IS}(?: the)?)(?: date)? ?|the date )?"
)


def whole_request(*parts: str) -> re.Pattern[str]:
    """A form of which nothing is left over but politeness."""
    return re.compile(_OPENING + "".join(parts) + _CLOSING, re.IGNORECASE)


_TO = r"(?:and|to|until|till)"
_BETWEEN = (
    whole_request(
        rf"{_HOW_MANY}(?: are(?: there| left)?| left| is it| pass)? ",
        rf"(?:between |from )?(?P<a>{_DATE}) {_TO} (?P<b>{_DATE})",
    ),
    whole_request(rf"(?:from|between) (?P<a>{_DATE}) {_TO} (?P<b>{_DATE}):? how many {_UNIT}"),
    whole_request(
        rf"{_HOW_MANY}(?: are(?: there| left)?| left| is it| to go)? (?:until|till|til|to|before) ", rf"(?P<b>{_DATE})"
    ),
    whole_request(rf"how many {_UNIT} (?:since|ago was|ago is) (?P<a>{_DATE})"),
    whole_request(rf"how long (?:is it )?(?:until|till) (?P<b>{_DATE})"),
    whole_request(
        rf"(?:(?!how|what|when|where|who)[a-z]+ ){{0,4}}(?:on |since )?(?P<a>{_DATE})[,:.]? how many {_UNIT}",
        r" (?:is (?:that|it)(?: ago| now)?|ago(?: is that| was that)?|has it been|have passed|since)",
    ),
)
_SHIFTED = (
    whole_request(
        rf"{_WHAT}{_COUNT} {_UNIT}(?:(?:['’]s?)? notice)? (?P<way>after|before|from) (?P<a>{_DATE})"
        r"(?:,? (?:what|which) (?:date|day) (?:is|will) (?:that|it)(?: be)?)?"
    ),
    whole_request(rf"{_WHAT}in {_COUNT} {_UNIT}"),
    # British: a week after the next Friday.
    whole_request(rf"{_WHAT}(?:on )?{_COUNT} (?P<unit>weeks?) (?:on|from|this|come) (?P<a>{_NEAR}|today)"),
    whole_request(
        rf"(?:what|which) (?:was|is)?(?: the)? ?(?:date|day) (?:was it |is it )?{_COUNT} {_UNIT} (?P<way>ago)"
    ),
    whole_request(rf"(?P<a>{_DATE}) (?P<sign>plus|minus|\+|-) {_COUNT} {_UNIT}"),
)
_DUE = (
    whole_request(
        rf"(?:(?:the |an? |my )?(?:invoice|bill|letter|notice|order|contract) )?(?:of |from |dated )?(?P<a>{_DATE}),?",
        rf" (?:net )?{_COUNT} {_UNIT}(?: net| notice)?,?",
        r" (?:due when|when is (?:it|that) due|due date|until when|when)",
    ),
)
_TURNS = (
    whole_request(
        rf"when (?:do|does|will|did) (?:i|he|she|they|we) turn {_COUNT}(?: if| when)?(?: (?:i|he|she|they|we)"
        rf"(?: was| were)?)? born (?:on )?(?P<a>{_DATE})"
    ),
)
_WHICH_DAY = (
    whole_request(
        r"(?:what|which|on what|on which) (?:week)?day(?: of the week)?(?: is| was| will| does| did)?(?: it)?(?: be)?",
        rf"(?: on)? (?P<a>{_DATE})(?: on| fall on| be)?",
    ),
    whole_request(rf"(?:what|which) (?:date|day)(?:'s| is| was)? (?:it )?(?P<a>{_NEAR})"),
    whole_request(rf"what(?:'s| is| was)? (?:the )?(?:date|day|weekday)(?: of)? (?P<a>{_NEAR})(?:'s date)?"),
    whole_request(r"what(?:'s| is| was)? (?P<a>tomorrow|yesterday)(?:'s date|'s day| date)"),
    whole_request(
        rf"(?P<a>{_DATE}) (?:is|was|falls on|will be) (?:a |on )?(?:what|which) (?:week)?day(?: of the week)?"
    ),
)
_BORN = rf"(?:was |were |is )?born (?:on |in )?(?P<a>{_DATE}|(?:the year )?(?:1[89]|20)\d\d)"
_AGE = (
    whole_request(
        r"(?:how old|what age) (?:is|are|was|would|will|am)(?: be)? (?:a |an )?"
        r"(?:someone|somebody|anyone|anybody|one|you|i|person|child|man|woman|kid|people)(?: be)?(?: now| today)?"
        rf"(?: who| that| if (?:i|you|they|he|she|one))? {_BORN}(?: now| today)?"
    ),
    whole_request(
        rf"(?:if )?(?:i|he|she|someone|somebody) {_BORN},? how old (?:am|is|are) (?:i|he|she|they)(?: now| today)?"
    ),
    whole_request(rf"{_BORN},? how old(?: now| today| is (?:that|he|she)(?: now)?| am i(?: now)?)?"),
)
_WHICH_YEAR = r"(?:the year )?(?:\d{4}|(?:this|next|last) year)"
_LEAP = (
    whole_request(rf"(?:is|was|will) (?P<a>{_WHICH_YEAR})(?: be)? a leap year"),
    whole_request(rf"(?:is|was) (?:it|this) a leap year(?: (?:in )?(?P<a>{_WHICH_YEAR}))?"),
    whole_request(r"(?:when|what year) (?:is|will be) the (?P<next>next) leap year"),
    whole_request(rf"(?:did|does|has|had|will) (?P<a>{_WHICH_YEAR}) have 366 days"),
)
_MONTH_OF = rf"(?P<month>{_MONTH})\.?(?P<year> \d{{4}}| this year| next year)?"
_LENGTH = (
    whole_request(rf"how many days (?:are (?:there )?in|in|does|has|are) {_MONTH_OF}(?: have)?"),
    whole_request(rf"{_MONTH_OF},? how many days(?: is that| does it have)?"),
)
_PLACE = (
    whole_request(
        r"(?:what |which )?(?:is (?:the |this )?)?(?:calendar )?(?P<what>week)",
        r" (?:nr|no|number|is it|is this|are we in)(?:\.| number)?(?: (?:is it|is this|are we in))?",
        rf"(?: (?:today|now|this week))?(?: on (?P<a>{_DATE}))?",
    ),
    whole_request(
        rf"(?:what|which) (?:number )?(?P<what>day) of the year is (?:it|(?P<a>{_DATE}))",
        r"(?: today| now)?(?:,? number)?",
    ),
    whole_request(
        rf"(?:what|which) (?P<what>quarter) (?:is|are|was) (?:it|this|we|(?P<a>{_DATE}))(?: in)?(?: now| today)?"
    ),
)
_EVEN = (whole_request(r"is (?:it|this)(?: (?:week|one))?(?: currently| now)? an? (?P<odd>even|odd) week(?: now)?"),)
_DAYS_COUNTED = (
    rf"(?:how many )?(?P<day>(?:{_WEEKDAY})s?"
    r"|(?:working |work ?|business |week ?)days?(?: \(?mon(?:day)?(?: ?- ?| to )fri(?:day)?\)?)?)"
    r"(?: are| do we have| is it)?(?: there)?(?: left)? "
)
_HOW_OFTEN = (
    whole_request(
        rf"{_DAYS_COUNTED}in {_MONTH_OF}",
        r"(?:,? (?:without|not counting|ignoring|don'?t care about) (?:the )?(?:public )?holidays)?",
    ),
    whole_request(rf"{_DAYS_COUNTED}(?P<left>this year|until {_DATE}|till {_DATE})"),
    whole_request(rf"{_DAYS_COUNTED}(?:between|from) (?P<a>{_DATE}) {_TO} (?P<b>{_DATE})"),
)
_FRIDAY = (whole_request(r"(?:(?:when|what date) is |what'?s )?(?:the )?next friday (?:the )?13(?:th)?"),)
_ELSEWHERE = whole_request(
    r"(?:(?:what|what's|what is|whats)(?: the)?(?: current| local)? ?(?:time)?(?: is it)?(?: now| right now)?",
    r"|now what time is it|what time(?: is it)?|time|current time|local time|the time)",
    r" in (?P<city>[a-z .'-]{2,30}?)(?: now| right now)?",
)


# "What date is that?" behind "my driving theory is in 3 weeks", said just now.
_IN_A_SPAN = re.compile(
    rf"(?<!\w)(?<!with)in (?:\d{{1,3}}|an?|{'|'.join(WORDS)}) (?:days?|weeks?|months?|years?)\b", re.IGNORECASE
)
_WHICH_IS_THAT = re.compile(
    r"(?:and |so )?(?:what|which)(?:['’]?s| is| was)?(?: the)? (?:date|day|weekday)(?: is| was)?(?: that| it| then)?"
    r"[\s?.!]*",
    re.IGNORECASE,
)
# "And three weeks before?", "10 days later": from the date before.
_FROM_IT = re.compile(
    rf"(?:(?:and|then|ok|so|what about|how about)\s+)*(?P<n>\d{{1,4}}|an?|{'|'.join(WORDS)}) (?P<more>more )?"
    r"(?P<unit>days?|weeks?|fortnight|months?|years?)(?: (?P<way>before|earlier|after|later|on|more))?"
    r"(?: (?:that|then|this|it))?[\s?.!]*",
    re.IGNORECASE,
)
# "What weekday is that?", "how long until then?"
_THAT_DAY = re.compile(r"\b(?:that (?:day|date)|that|then)(?=[\s?.!]*$)", re.IGNORECASE)
_A_DATE = re.compile(
    rf"\b(?:(?:(?:{_WEEKDAY}|{_SHORT_DAY}),? )?{_DAY_OF_MONTH}\.? (?:of )?(?:{_MONTH})\b{_YEAR}"
    rf"|(?:{_MONTH})\.? {_DAY_OF_MONTH}\b{_YEAR}"
    r"|\d{4}-\d\d?-\d\d?|\d\d?\.\d\d?\.\d{4})",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“](.+)[\"”]")
_RECKONED = re.compile(r"From \d")
_HOW_LONG = re.compile(
    r"(?:and |so )?how (?:long|many (?P<unit>days|weeks|months|nights|years)) (?:is|are|was) (?:that|it|this)[\s?!.]*",
    re.IGNORECASE,
)
_IS_A_DAY = re.compile(
    rf"(?:and |so |hm,? )?is (?:that|it|this)(?: on)?(?: an?)? (?:{_WEEKDAY}|week ?day)[\s?!.]*", re.IGNORECASE
)
_BOTH = 2
_HOW_OLD = re.compile(
    r"(?:and |so )?how old (?:is|would) (?:he|she|that)(?: be)?(?: now| today)?[\s?!.]*", re.IGNORECASE
)
_BORN_SAID = re.compile(r"\bborn\b", re.IGNORECASE)


class _NoSuchDayError(ValueError):
    """A month has fewer days."""


def with_the_date(words: str, said: str) -> str:
    """The words with the date of what was said before in the place of "that" or "then"; "" where there is none.

    Of a span that we reckoned it is the end, and "how long is that" asks for a span that was quoted.

    Args:
        said: the answer before; of one that quotes, what it quotes.
    """
    text = " ".join(_QUOTED.findall(said)) or said
    dates = list(dict.fromkeys(match[0] for match in _A_DATE.finditer(text)))
    if len(dates) == _BOTH and (asked := _HOW_LONG.fullmatch(words.strip())):
        return f"how many {asked['unit'] or 'days'} from {dates[0]} to {dates[1]}"
    if _RECKONED.match(said):
        dates = dates[-1:]
    if not dates and (span := _IN_A_SPAN.search(text)) and _WHICH_IS_THAT.fullmatch(words.strip()):
        return f"what date is {span[0]}"
    if len(dates) == 1 and (step := _FROM_IT.fullmatch(words.strip())) and (step["way"] or step["more"]):
        way = "before" if step["way"] and step["way"].casefold() in ("before", "earlier") else "after"
        n, unit = (2 * _number(step["n"]), "weeks") if step["unit"] == "fortnight" else (step["n"], step["unit"])
        return f"{n} {unit} {way} {dates[0]}"
    if len(dates) == 1 and _IS_A_DAY.fullmatch(words.strip()):
        return f"what day is {dates[0]}"
    # What was corrected behind it says another year.
    if len(dates) == 1 and ". " not in text and _BORN_SAID.search(text) and _HOW_OLD.fullmatch(words.strip()):
        return f"how old is someone born {dates[0]}"
    with_it, n_named = _THAT_DAY.subn(dates[0] if len(dates) == 1 else "", words.strip())
    return with_it if n_named and dates and asks_about_dates(with_it) else ""


def asks_about_dates(words: str) -> bool:
    """Whether `answer_about_dates` has an answer."""
    return bool(answer_about_dates(words, datetime(2026, 1, 1).astimezone()))


def answer_about_dates(words: str, now: datetime) -> str:
    """One sentence, or "" where the words ask for nothing of the kind.

    Args:
        now: with the time zone of the person.
    """
    text, today = " ".join(words.replace("’", "'").split()), now.date()
    for forms, answer in (
        (_BETWEEN, _between), (_WHICH_DAY, _which_day), (_SHIFTED, _shifted), (_LEAP, _leap), (_AGE, _age),
        (_DUE, _due), (_TURNS, _turns), (_LENGTH, _length), (_PLACE, _place), (_HOW_OFTEN, _how_often),
        (_FRIDAY, _friday), (_EVEN, _even),
    ):  # fmt: skip
        match = next((match for form in forms if (match := form.fullmatch(text))), None)
        if match is not None:
            try:
                return answer(match.groupdict(), today)
            except _NoSuchDayError:
                return "There is no such day."
            except (ValueError, OverflowError):
                return ""
    elsewhere = _ELSEWHERE.fullmatch(text)
    return _time_elsewhere(elsewhere["city"], now) if elsewhere else ""


def _between(found: dict[str, str | None], today: date) -> str:
    a, b = found.get("a") or "", found.get("b") or ""
    first = _read(a or "today", today)
    if b and (year := _year(b.casefold(), today)):
        later = _read(b, today)
        # A year behind the second day is meant for both.
        first = _read(a, date(year, 1, 1)) if a and later < first else first
    else:
        if a and not b and first > today and not _year(a.casefold(), today):
            first = first.replace(year=first.year - 1)  # "since Christmas" is the last one
        later = _read(b or "today", max(first, today) if a else today)
    if b and later < first:
        later = _read(b, first)
    is_past = later < first
    first, later = min(first, later), max(first, later)
    n_days = (later - first).days
    unit = (found.get("unit") or "days").lower().rstrip("s")
    span = f"From {written_date(first)} to {written_date(later)}"
    span = f"{written_date(first)} is past. {span}" if is_past else span
    if unit == "week":
        rest = f" and {counted(n_days % 7, 'day')}" if n_days % 7 else ""
        return f"{span}: {counted(n_days // 7, 'week')}{rest}."
    if unit in ("month", "year"):
        months = (later.year - first.year) * 12 + later.month - first.month
        months -= _add_months(first, months) > later
        count = counted(months, "month") if unit == "month" else counted(months // 12, "year")
        return f"{span}: {count} ({counted(n_days, 'day')})."
    return f"{span}: {counted(n_days, unit)}."


def _shifted(found: dict[str, str | None], today: date) -> str:
    count, unit = _number(found["n"] or "1"), (found["unit"] or "days").lower().rstrip("s")
    start = _read(found.get("a") or "today", today)
    back = (found.get("way") or "").lower() in ("before", "ago") or found.get("sign") in ("minus", "-")
    count = -count if back else count
    if unit in ("month", "year"):
        there = _add_months(start, count * (12 if unit == "year" else 1))
    else:
        there = start + timedelta(days=count * (7 if unit == "week" else 1))
    return f"{DAYS[there.weekday()]}, {written_date(there)}."


def _due(found: dict[str, str | None], today: date) -> str:
    start = _read(found["a"] or "", today)
    if start > today and not _year((found["a"] or "").casefold(), today):
        start = start.replace(year=start.year - 1)  # an invoice is of the last fifth of November
    return _shifted({**found, "a": start.isoformat()}, today)


def _turns(found: dict[str, str | None], today: date) -> str:
    return _shifted({**found, "unit": "years"}, today)


def _which_day(found: dict[str, str | None], today: date) -> str:
    there = _read(found["a"] or "today", today)
    return f"{DAYS[there.weekday()]}, {written_date(there)}."


def _age(found: dict[str, str | None], today: date) -> str:
    born = found["a"] or ""
    if year := re.fullmatch(r"(?:the year )?(\d{4})", born):
        years = today.year - int(year[1])
        return f"Who was born in {year[1]} is {years - 1} or {years} years old." if years > 0 else ""
    day = _read(born, today)
    if _year(born, today) is None or day > today:
        return ""
    years = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    return f"Who was born on {written_date(day)} is {counted(years, 'year')} old."


def _leap(found: dict[str, str | None], today: date) -> str:
    if found.get("next"):
        year = next(year for year in range(today.year + 1, today.year + 10) if calendar.isleap(year))
        return f"The next leap year is {year}."
    year = _year(found.get("a") or "this year", today) or today.year
    return (
        f"{'Yes' if calendar.isleap(year) else 'No'}, {year} is {'' if calendar.isleap(year) else 'not '}a leap year."
    )


def _length(found: dict[str, str | None], today: date) -> str:
    first, last = _of_month(found, today)
    name = f"{_MONTH_NAMES[first.month - 1]} {first.year}"
    return f"{name} {'has' if last >= today else 'had'} {last.day} days."


def _of_month(found: dict[str, str | None], today: date) -> tuple[date, date]:
    """The first and the last day of the month that is named; without a year the one that comes next."""
    wanted = (found["month"] or "").casefold()[:3]
    month = next(n for n, name in enumerate(_MONTH_NAMES, 1) if name[:3].casefold() == wanted)
    year = _year(found.get("year") or "", today) or today.year + (month < today.month)
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _place(found: dict[str, str | None], today: date) -> str:
    day, what = _read(found.get("a") or "today", today), (found["what"] or "").lower()
    if what == "week":
        iso = day.isocalendar()
        return f"{written_date(day)} is in week {iso.week} of {iso.year}."
    if what == "quarter":
        return f"{written_date(day)} is in the {('first', 'second', 'third', 'fourth')[(day.month - 1) // 3]} quarter."
    return f"{written_date(day)} is day {day.timetuple().tm_yday} of the year."


def _even(found: dict[str, str | None], today: date) -> str:
    week = today.isocalendar().week
    is_so = (week % 2 == 0) == ((found["odd"] or "").lower() == "even")
    return f"{'Yes' if is_so else 'No'}: it is week {week}."


def _how_often(found: dict[str, str | None], today: date) -> str:
    """How many Sundays, or working days, are in a month or between two days, both counted."""
    left = (found.get("left") or "").lower()
    if found.get("month"):
        first, last = _of_month(found, today)
    elif left:
        first, last = today, date(today.year, 12, 31) if left == "this year" else _read(left.split(" ", 1)[1], today)
    else:
        first = _read(found["a"] or "", today)
        last = _read(found["b"] or "", first)
    asked = (found["day"] or "").casefold()
    names = [place for place, name in enumerate(DAYS) if asked.startswith(name.casefold())] or range(5)
    n_days = sum((first + timedelta(days=n)).weekday() in names for n in range((last - first).days + 1))
    kind = DAYS[names[0]] if len(names) == 1 else "day from Monday to Friday"
    kind = f"{kind}s" if len(names) == 1 and n_days != 1 else "days from Monday to Friday" if n_days != 1 else kind
    return f"From {written_date(first)} to {written_date(last)}: {n_days:,} {kind}."


def _friday(found: dict[str, str | None], today: date) -> str:
    days = (today + timedelta(days=n) for n in range(1, 500))
    there = next(day for day in days if day.day == 13 and day.weekday() == DAYS.index("Friday"))
    return f"Friday, {written_date(there)}."


def _year(text: str, today: date) -> int | None:
    """The year that is named, by its number or from today."""
    if match := re.search(r"\b(\d{4})\b", text):
        return int(match[1])
    if match := re.search(r"\b(this|next|last) year\b", text.casefold()):
        return today.year + {"this": 0, "next": 1, "last": -1}[match[1]]
    return None


def _time_elsewhere(city: str, now: datetime) -> str:
    zone = zone_of(city)
    if zone is None:
        return ""
    there = now.astimezone(zone)
    return f"In {city.strip().title()} it is {there:%H:%M} on {DAYS[there.weekday()]}, {written_date(there.date())}."


def zone_of(city: str) -> ZoneInfo | None:
    """The time zone that is named after a city."""
    wanted = city.strip().replace(" ", "_").casefold()
    zones = sorted(z for z in available_timezones() if "/" in z and z.rpartition("/")[2].casefold() == wanted)
    try:
        return ZoneInfo(zones[0]) if zones else None
    except ZoneInfoNotFoundError:
        return None


def _read(text: str | None, today: date) -> date:
    """A date; without a year the next one from today."""
    lowered = re.sub(r"^(?:the |on |next )+", "", (text or "today").casefold().strip())
    near = {"today": 0, "now": 0, "tomorrow": 1, "yesterday": -1}
    if lowered in near:
        return today + timedelta(days=near[lowered])
    for place, name in enumerate(DAYS):
        if lowered == name.casefold():
            return today + timedelta(days=(place - today.weekday() - 1) % 7 + 1)
    if match := re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)", lowered):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := re.fullmatch(r"(\d\d?)\.(\d\d?)\.(\d{4})", lowered):
        return _day(int(match[3]), int(match[2]), int(match[1]))
    if lowered in _NAMED:
        return _next(*_NAMED[lowered], None, today)
    day, year = re.search(r"\b(\d{1,2})(?!\d)", lowered), _year(lowered, today)
    month = next(n for n, name in enumerate(_MONTH_NAMES, 1) if re.search(rf"\b{name[:3].casefold()}", lowered))
    if day is None:
        raise ValueError(lowered)
    weekday = next((n for n, name in enumerate(DAYS) if lowered.startswith(name[:3].casefold())), None)
    if year is None and weekday is not None:
        # "Mon 2 November" is in a year in which that is a Monday, the nearest from today.
        years = sorted(range(today.year - 1, today.year + 6), key=lambda y: abs((_day(y, month, 1) - today).days))
        year = next((y for y in years if _is_on(y, month, int(day[1]), weekday)), None)
    return _next(int(day[1]), month, year, today)


def _is_on(year: int, month: int, day: int, weekday: int) -> bool:
    return day <= calendar.monthrange(year, month)[1] and date(year, month, day).weekday() == weekday


def _next(day: int, month: int, year: int | None, today: date) -> date:
    if year is not None:
        return _day(year, month, day)
    # The next 29 February may be eight years away.
    for year in range(today.year, today.year + 9):
        if day <= calendar.monthrange(year, month)[1] and (there := _day(year, month, day)) >= today:
            return there
    raise _NoSuchDayError


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise _NoSuchDayError from None


def _add_months(start: date, count: int) -> date:
    months = start.year * 12 + start.month - 1 + count
    year, month = divmod(months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _number(text: str) -> int:
    lowered = text.casefold()
    if lowered in ("a", "an"):
        return 1
    return int(lowered) if lowered.isdigit() else WORDS.index(lowered)


def counted(count: int, unit: str) -> str:
    """`1 day`, `12 days`."""
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def written_date(day: date) -> str:
    """`3 May 2026`, whatever the language of the system."""
    return f"{day.day} {_MONTH_NAMES[day.month - 1]} {day.year}"
