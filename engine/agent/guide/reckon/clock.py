"""Sums with times of day: `how long until 5 pm`, `8:45 to 16:30 less 30 minutes, how long`, `7:40 plus 95 minutes`.

Only a whole request of a known form is answered. What the clock of twelve hours leaves open ("from 9 to 5") is taken
for what comes next, and the answer says it on the clock of twenty-four.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from engine.agent.guide.reckon.dates import DAYS, WORDS, counted, whole_request, with_the_date, written_date, zone_of

__all__ = ["answer_about_times", "asks_about_times", "with_the_span", "with_the_time"]

_HALF_DAY, _DAY = 12 * 60, 24 * 60
_HOURS_NAMED = "|".join(WORDS[1:])
_EXACT = r"\d{1,2}[:.h][0-5]\d(?: ?[ap]\.?m\b\.?)?|\d{1,2} ?[ap]\.?m\b\.?|\d{1,2} o'?clock|noon|midday|midnight"
_SAID = rf"(?:half past|(?:a )?quarter (?:past|to)|(?:five|ten|twenty) (?:past|to)) (?:\d{{1,2}}|{_HOURS_NAMED})\b"
_PART_OF_DAY = r" (?:in the (?:morning|afternoon|evening)|at night)"
_TIME = rf"(?:(?:{_EXACT}|{_SAID})(?:{_PART_OF_DAY})?|\d{{1,2}}{_PART_OF_DAY})"
# Bare hours are times where two of them make a span: "from 9 to 5".
_END = rf"(?:{_TIME}|\d{{1,2}})"
_NUMBER = rf"(?:\d{{1,4}}(?:\.\d{{1,2}})?|an?|{_HOURS_NAMED})"
# A bare m is a minute behind an hour only, and a metre else: "2h 15m".
_PART = rf"(?:{_NUMBER} ?(?:hours?|hrs?|h|minutes?|mins?)(?![a-z])(?: and a half)?|half an hour)"
_MORE = (
    r"(?<=hrs) \d\d\b(?![:.]\d)|(?<=h) ?\d{1,2} ?m(?:ins?|inutes?)?\b|(?<=hours) \d{1,2} ?m\b|(?<=h) ?\d\d(?! ?[\d:])"
)
_DURATION = rf"{_PART}(?:,? (?:and )?{_PART}|{_MORE})*"
_PARTS = re.compile(
    rf"(?P<half>half an hour)|(?P<n>{_NUMBER}) ?(?P<unit>h|m)[a-z]*(?P<more> and a half)?"
    r"(?P<tail>(?<=h) ?\d\d(?!\d| ?m))?"
)
_TIMES, _DURATIONS = re.compile(_TIME, re.IGNORECASE), re.compile(_DURATION, re.IGNORECASE)
_LESS = (
    rf"(?:,? (?:with|minus|less|without|taking off|and)(?: an?| the| my)? (?P<less>{_DURATION})"
    r"(?: lunch| tea)?(?: break| lunch| off)?)?"
)
_SPAN = rf"(?:between |from )?(?P<a>{_END})(?: ?- ?| (?:and|to|until|till) )(?P<b>{_END})"
_UNIT = r"(?:long|many (?:hours|hrs|(?P<minutes>minutes|mins))(?: and minutes)?|much time)"


_UNTIL = (
    whole_request(
        rf"(?:how {_UNIT}|(?:hours|minutes|time))(?: (?:is it|is there|are there|is left|are left|left|to go|do i have"
        rf"|have i got|is it now))?(?: left)? (?:(?:until|till|til|to|before) (?P<b>{_TIME})(?P<tomorrow> tomorrow)?",
        r"|(?:left )?(?:of|in) (?:today|the day))",
    ),
)
_THING = (
    r"(?:shift|train|bus|coach|flight|plane|ferry|boat|meeting|film|movie|class|lesson|lecture|concert|match|game|show"
    r"|party|ride|journey|night|day)"
)
_BETWEEN = (
    whole_request(rf"how {_UNIT}(?: (?:is it|are there|is there|is|was|are|does it take|pass))? {_SPAN}{_LESS}"),
    whole_request(rf"(?:hours|minutes|time|duration) {_SPAN}{_LESS}"),
    whole_request(
        rf"(?:if )?(?:the|my|a|our|your) {_THING} (?:leaves|departs|starts|begins|is|was|runs|goes|takes off|started",
        rf"|left)(?: at| from)? (?P<a>{_TIME}),? (?:and |to |until |till )(?:(?:it )?(?:arrives|ends|finishes|stops",
        rf"|lands|is over|gets (?:in|there)|ended|arrived) )?(?:at )?(?P<b>{_TIME})[,.;]? how long (?:is (?:it|that",
        rf"|the {_THING})|does (?:it|that|the {_THING}) (?:take|last)|was (?:it|that))",
    ),
    whole_request(
        r"(?:(?:if )?(?:i|we|he|she|they)(?:'ve| have)? (?:worked?|works|slept|sleep|was there|were there) )?",
        rf"{_SPAN}{_LESS}[,:.;?]? (?:so )?how {_UNIT}(?: (?:is|was) (?:that|it|this)| are (?:that|they|those)"
        r"| (?:did|do|have|does) (?:i|we|he|she|they) (?:work|worked|sleep|slept))?",
    ),
)
_LASTING = (
    whole_request(
        rf"(?:(?:the |my |our |a )?[a-z]+ (?:is|runs|goes|lasts) )?{_SPAN}{_LESS}[,:.;?]? (?:so )?how long (?:is|was)",
        r" (?:that|it|this)(?: in (?:hours|(?P<minutes>minutes|mins)))?",
    ),
    whole_request(
        r"(?:if )?(?:i|we|he|she|they) (?:starts?|begins?|leaves?|set off|clock on|get in)(?: work)?(?: at)?"
        rf" (?P<a>{_TIME}) and (?:finish|finishes|ends?|stops?|get (?:home|back|there)|clock off|leaves?)(?: at)?",
        rf" (?P<b>{_TIME}){_LESS}[,:.;?]? (?:so )?how (?:long|many hours)(?:'s| is| are)? (?:that|it)",
    ),
    whole_request(
        r"how (?:much sleep|many hours(?: of sleep)?)(?: (?:do|will|would) i get| is (?:it|that))?,? if i"
        rf" (?:go to (?:bed|sleep)|sleep|fall asleep)(?: at| from)? (?P<a>{_TIME}) (?:and |to |until |till )",
        rf"(?:i )?(?:(?:get|wake|am) up )?(?:at )?(?P<b>{_TIME})",
    ),
)
_SINCE = (
    whole_request(
        r"how (?:many (?:hours|hrs|(?P<minutes>minutes|mins))|long)(?: is it| has it been)? since ",
        rf"(?P<a>{_TIME}|\d{{1,2}})(?: this morning| today)?",
    ),
)
# Nothing but two times, or two and what is taken off: "9:15 to 16:40 minus 45 min lunch".
_BARE = (whole_request(rf"(?:between |from )?(?P<a>{_TIME})(?: ?- ?| (?:and|to|until|till) )(?P<b>{_TIME}){_LESS}"),)
_SHIFTED = (
    whole_request(
        r"what time(?: is it| will it be| would it be| was it|'s| is| will be| was| is that)?"
        rf"(?: in)? (?P<d>{_DURATION})(?: (?P<way>ago|from now|later|after|before|from)(?: (?P<a>{_TIME}))?)?"
    ),
    whole_request(rf"in (?P<d>{_DURATION}),? what time (?:is it|will it be)"),
    whole_request(rf"what will it be in (?P<d>{_DURATION})"),
    whole_request(
        rf"(?:what(?:'s| is| time is)?|when is)? ?(?P<a>{_TIME}) (?P<way>plus|minus|\+|-|and) (?P<d>{_DURATION})"
    ),
    whole_request(rf"(?:what(?:'s| is)?|when is) (?P<d>{_DURATION}) (?P<way>after|before|from) (?P<a>{_TIME})"),
    whole_request(
        r"(?:(?:bake|cook|roast|simmer|boil|leave|rest|chill|charge|wash|run|soak|prove|dry)(?: it| them)? (?:for )?)?",
        rf"(?P<d>{_DURATION}) (?:from|starting at|beginning at|after) (?P<a>{_TIME})[,.;]? (?:when|what time)",
        r" (?:is|are|will) (?:it|that|they|this) (?:be )?(?:done|ready|over|finished)",
    ),
    whole_request(
        r"(?:i|we) (?:have to|need to|must|should|want to) be (?:there|home|(?:at|in) [a-z ]{2,30}?) (?:at|by|for) ",
        rf"(?P<a>{_END})(?:[,.;]| and| but)? (?:it|that|the [a-z]+|getting there) takes(?: me| us)?(?: about)? ",
        rf"(?P<d>{_DURATION})[,.;]? (?:so )?(?:when|(?:at )?what time) (?:should|do|must|shall) (?:i|we)",
        r"(?: have to| need to)? (?:leave|go|set off|start)(?P<back>)",
    ),
)
_ADDED = (
    whole_request(
        rf"(?:what(?:'s| is| are)?|how long (?:is|are))? ?(?P<sum>{_DURATION}(?: ?(?:\+|-|plus|minus) ?{_DURATION})+)"
    ),
    whole_request(rf"(?:add|sum of|add up) (?P<sum>{_DURATION}(?: ?(?:\+|plus|and|,|to) ?{_DURATION})+)"),
)
_ELSEWHERE = (
    whole_request(
        rf"(?:what(?:'s| is| time is)?|when is) ?(?P<a>{_TIME})(?: here)? in (?P<city>[a-z .'-]{{2,30}}?)(?: time)?"
    ),
    whole_request(
        rf"(?P<a>{_TIME})(?: in)? (?P<from>[a-z .'-]{{2,30}}?)(?: time)? (?:is|=) what(?: time)?",
        r"(?: is (?:it|that))? in (?P<city>[a-z .'-]{2,30}?)",
    ),
)
# A time, how long something takes, and at the end what is asked: what follows, or when to begin.
_THEN = re.compile(
    r"(?P<until>until when|till when|out by|home by|alarm (?:at|for)|(?:when|what time)"
    r"(?:'s| is| am| are| do| does| will|'ll)? (?:i|it|we|that|they|she|he)? ?(?:be )?"
    r"(?:there|back|home|land|arrive|end|finish|over|done|ready|out|get (?:there|in|home|back)|finished))"
    r"|(?P<back>(?:leave|set off|start|go|put (?:it|them) in)(?: at)? (?:when|what time)|(?:when|what time)"
    r" (?:do|does|should|must|shall) (?:(?:i|we) (?:have to |need to )?(?:leave|set off|start|go)|(?:it|they) go in))",
    re.IGNORECASE,
)
# "2 hrs 20"
_HOURS_AND = re.compile(
    r"\b(\d{1,2}) ?(?:hrs?|hours?) ([0-5]\d)\b(?! ?(?:[:.]?\d|m|h|[ap]\.?m|€|£|euros?))", re.IGNORECASE
)
_TAKES = re.compile(r"(?<=take |akes |took |asts |eeds |need )(\d{1,2}) ?h ?(\d\d)\b")
_SPAN_SAID = re.compile(r"(?:From [^\n]*: )?(?P<h>\d+) hours?(?: and (?P<m>\d+) minutes?)?(?: \([^)]*\))?\.$")
_STEP = re.compile(
    rf"(?:(?:and|then|so|ok)\s+)*(?P<does>plus|minus|less|without|with)(?: (?:the|my|our|an?))?(?: break of)?"
    rf" (?P<d>{_DURATION})(?: (?!and\b)[a-z]+){{0,3}}[\s?.!]*",
    re.IGNORECASE,
)
_DIFFERENCE = whole_request(
    r"(?:(?:what(?:'s| is)|how much is) )?(?:the )?time difference (?:between |from )?",
    r"(?P<first>[a-z .'-]{2,30}?) (?:and|to) (?P<second>[a-z .'-]{2,30}?)",
)


def with_the_time(words: str, said: str, asked: str) -> str:
    """The words with the span or the date that they go on from; "" where they go on from none.

    Args:
        said: our answer before; asked: what the person wrote before it.
    """
    return with_the_span(words, said) or with_the_date(words, said) or with_the_date(words, asked)


def with_the_span(words: str, said: str) -> str:
    """The words behind the span that was reckoned before: "less my 45 minute break"; "" where they are no step."""
    span, step = _SPAN_SAID.match(said), _STEP.fullmatch(words.strip())
    if span is None or step is None:
        return ""
    sign = "plus" if step["does"].casefold() == "plus" else "minus"
    with_it = f"{span['h']} h {span['m'] or 0} min {sign} {step['d']}"
    return with_it if asks_about_times(with_it) else ""


def asks_about_times(words: str) -> bool:
    """Whether `answer_about_times` has an answer."""
    return bool(answer_about_times(words, datetime(2026, 1, 1).astimezone()))


def answer_about_times(words: str, now: datetime) -> str:
    """One sentence, or "" where the words ask for nothing of the kind.

    Args:
        now: with the time zone of the person.
    """
    text = _HOURS_AND.sub(r"\1 h \2 min", " ".join(words.replace("’", "'").replace("–", "-").split()))
    answers: tuple[tuple[tuple[re.Pattern[str], ...], Callable[[dict[str, str | None], datetime], str]], ...] = (
        (_ADDED, _added), (_UNTIL, _until), ((*_BETWEEN, *_LASTING), _between), (_SHIFTED, _shifted),
        (_ELSEWHERE, _elsewhere), ((_DIFFERENCE,), _difference), (_BARE, _between), (_SINCE, _since),
    )  # fmt: skip
    for forms, answer in answers:
        match = next((match for form in forms if (match := form.fullmatch(text))), None)
        if match is not None:
            try:
                return answer(match.groupdict(), now)
            except (ValueError, OverflowError):
                return ""
    return _then(text)


def _then(text: str) -> str:
    """`Train at 14:22 takes 3h 47, when am I there`: every number is of the one time or of how long something takes."""
    asked = _THEN.search(text)
    if asked is None or text[asked.end() :].strip(" ?.!"):
        return ""
    # "Takes 2h06" is no time of day.
    told = _TAKES.sub(r"\1 h \2 min", text[: asked.start()])
    times = list(_TIMES.finditer(told))
    rest = _TIMES.sub(" ", told)
    lengths = list(_DURATIONS.finditer(rest))
    if len(times) != 1 or not lengths or any(c.isdigit() for c in _DURATIONS.sub(" ", rest)):
        return ""
    try:
        length = sum(_duration(match[0]) for match in lengths)
        there = _minutes(times[0][0]) + (length if asked["until"] else -length)
        return f"{_clock(there)}{_on_day(there // _DAY)}."
    except ValueError:
        return ""


def _until(found: dict[str, str | None], now: datetime) -> str:
    first = now.hour * 60 + now.minute
    if found.get("tomorrow"):
        return _told(found, first, _DAY + _minutes(found["b"] or ""))
    return _told(found, first, _next(found["b"] or "midnight", first))


def _between(found: dict[str, str | None], now: datetime) -> str:
    first = _minutes(found["a"] or "")
    return _told(found, first, _next(found["b"] or "", first))


def _since(found: dict[str, str | None], now: datetime) -> str:
    first, last = _minutes(found["a"] or ""), now.hour * 60 + now.minute
    return _told(found, first - (_DAY if first > last else 0), last)


def _next(text: str, first: int) -> int:
    """The time that comes next behind another, in minutes of the same midnight."""
    return first + (_minutes(text, after=first) - first) % _DAY


def _told(found: dict[str, str | None], first: int, last: int) -> str:
    """The span and how long it is, less what is taken off; in minutes where these were asked for."""
    less = _duration(found["less"]) if found.get("less") else 0
    rest = last - first - less
    if rest < 0:
        return ""
    span = f"From {_clock(first)}{_on_day(first // _DAY)} to {_clock(last)}{_on_day(last // _DAY)}"
    span += f" less {_lasting(less)}" if less else ""
    if found.get("minutes"):
        return f"{span}: {counted(rest, 'minute')}."
    in_hours = f" ({rest / 60:.4g} hours)" if rest > 60 and rest % 60 and not rest % 15 and found.get("a") else ""
    return f"{span}: {_lasting(rest)}{in_hours}."


def _shifted(found: dict[str, str | None], now: datetime) -> str:
    length = _duration(found["d"] or "")
    way = (found.get("way") or "").lower()
    back = way in ("ago", "before", "minus", "-") or found.get("back") is not None
    if found.get("a"):
        there = _minutes(found["a"] or "") + (-length if back else length)
        return f"{_clock(there)}{_on_day(there // _DAY)}."
    if way in ("after", "before"):
        return ""
    # By the clock of the world: the hour that is left out in March counts for nothing.
    there_at = (now.astimezone(UTC) + timedelta(minutes=-length if back else length)).astimezone(now.tzinfo)
    day = there_at.date()
    on = "" if day == now.date() else f" on {DAYS[day.weekday()]}, {written_date(day)}"
    return f"{there_at:%H:%M}{on}."


def _added(found: dict[str, str | None], now: datetime) -> str:
    pieces = re.split(r" ?(\+|-|\bplus\b|\bminus\b) ?", found["sum"] or "", flags=re.IGNORECASE)
    total = _duration(pieces[0])
    for sign, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        total += _duration(piece) * (-1 if sign.lower() in ("-", "minus") else 1)
    return f"{_lasting(total)}." if total >= 0 else ""


def _elsewhere(found: dict[str, str | None], now: datetime) -> str:
    zone = zone_of(found["city"] or "")
    if zone is None:
        return ""
    minutes = _minutes(found["a"] or "")
    origin = zone_of(found["from"] or "") if found.get("from") else now.tzinfo
    if origin is None:
        return ""
    here = now.astimezone(origin).replace(hour=minutes // 60, minute=minutes % 60, second=0, microsecond=0)
    there = here.astimezone(zone)
    on = _on_day((there.date() - here.date()).days)
    place = f"in {(found['from'] or '').strip().title()}" if found.get("from") else "here"
    return f"{_clock(minutes)} {place} is {there:%H:%M}{on} in {(found['city'] or '').strip().title()}."


def _difference(found: dict[str, str | None], now: datetime) -> str:
    names = [(found[key] or "").strip().title() for key in ("first", "second")]
    zones = [zone_of(name) for name in names]
    offsets = [now.astimezone(zone).utcoffset() for zone in zones if zone]
    if len(offsets) < len(names) or offsets[0] is None or offsets[1] is None:
        return ""
    minutes = int((offsets[1] - offsets[0]).total_seconds()) // 60
    if not minutes:
        return f"{names[0]} and {names[1]} have the same time now."
    first, second = names if minutes > 0 else reversed(names)
    return f"{second} is {_lasting(abs(minutes))} ahead of {first} now."


def _minutes(text: str, after: int | None = None) -> int:
    """Minutes since midnight; of the two that "5:30" may be, the first behind `after`.

    Raises:
        ValueError: no time of a day.
    """
    lowered, _, part_of_day = text.casefold().strip().rstrip(".").partition(" in the ")
    if lowered.endswith(" at night"):
        lowered, part_of_day = lowered.removesuffix(" at night"), "night"
    if part_of_day:
        # "Half past nine in the morning", "9 at night".
        minutes = _minutes(lowered) % _HALF_DAY
        is_late = part_of_day in ("afternoon", "evening") or (part_of_day == "night" and minutes > _HALF_DAY // 2)
        return minutes + (_HALF_DAY if is_late else 0)
    if lowered in ("noon", "midday", "midnight"):
        return 0 if lowered == "midnight" else _HALF_DAY
    if said := re.fullmatch(r"(?:a )?(half|quarter|five|ten|twenty) (past|to) (\w+)", lowered):
        part = {"half": 30, "quarter": 15, "five": 5, "ten": 10, "twenty": 20}[said[1]]
        hour = int(said[3]) if said[3].isdigit() else WORDS.index(said[3])
        minutes, is_open = hour * 60 + (part if said[2] == "past" else -part), hour <= 12
    else:
        match = re.fullmatch(r"(\d{1,2})(?:[:.h](\d\d))?(?: ?([ap])\.?m| o'?clock)?", lowered)
        if match is None:
            raise ValueError(lowered)
        hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
        if hour > 24 or (half and not 1 <= hour <= 12):
            raise ValueError(lowered)
        minutes = (hour % 12 + 12 * (half == "p") if half else hour) * 60 + minute
        # "05:30" and "17:30" are of the clock of twenty-four.
        is_open = not half and 0 < hour <= 12 and not match[1].startswith("0")
    minutes %= _DAY
    if is_open and after is not None:
        return next(m for m in (minutes, (minutes + _HALF_DAY) % _DAY) if (m - after) % _DAY <= _HALF_DAY)
    return minutes


def _duration(text: str | None) -> int:
    """Whole minutes.

    Raises:
        ValueError: it has parts of a minute.
    """
    lowered, total = (text or "").casefold(), 0.0
    for part in _PARTS.finditer(lowered):
        if part["half"]:
            total += 30
            continue
        n = 1.0 if part["n"] in ("a", "an") else WORDS.index(part["n"]) if part["n"] in WORDS else float(part["n"])
        total += (n + (0.5 if part["more"] else 0)) * (60 if part["unit"] == "h" else 1) + int(part["tail"] or 0)
    if total != int(total):
        raise ValueError(lowered)
    return int(total)


def _clock(minutes: int) -> str:
    """`09:15`, of whatever day."""
    return f"{minutes % _DAY // 60:02}:{minutes % 60:02}"


def _on_day(days: int) -> str:
    """Of which day from the one that is spoken of.

    Raises:
        ValueError: it is none beside it.
    """
    if abs(days) > 1:
        raise ValueError(days)
    return ("", " on the next day", " on the day before")[days]


def _lasting(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [*([counted(hours, "hour")] if hours else []), *([counted(rest, "minute")] if rest or not hours else [])]
    return " and ".join(parts)
