"""current_time: date and time where the person is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.clock import LAST_MS
from engine.security.taint import tool_label
from engine.tools.tool import Tool, ToolContext, ToolResult

# Not strftime("%A"): that speaks the language of the C library's locale, and the answer is in English.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def local_time(now_ms: int) -> datetime:
    """A moment in the time zone of this computer; the nearest one that a calendar shows."""
    return datetime.fromtimestamp(min(max(now_ms, 0), LAST_MS) / 1000, UTC).astimezone()


def written_date(moment: datetime) -> str:
    """`3 May 2026`."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def written_time(moment: datetime) -> str:
    """`Sunday, 3 May 2026, 14:05 (CEST, UTC+02:00)`."""
    offset = moment.strftime("%z")
    zone = f"UTC{offset[:3]}:{offset[3:5]}"
    name = moment.tzname() or ""
    zone = f"{name}, {zone}" if name and name not in zone and name[0].isalpha() else zone
    return f"{_DAYS[moment.weekday()]}, {written_date(moment)}, {moment:%H:%M} ({zone})"


async def _run(arguments: dict[str, Any], context: ToolContext) -> ToolResult:
    return ToolResult(written_time(local_time(context.clock.now_ms())), labels=frozenset({tool_label("current_time")}))


CURRENT_TIME = Tool(
    name="current_time",
    description="Tell the date, the day of the week and the time.",
    parameters={"type": "object", "properties": {}},
    family="time",
    keywords=("time", "date", "today", "tomorrow", "yesterday", "weekday", "clock", "what day", "what year"),
    reads=frozenset({"clock"}),
    run=_run,
)
