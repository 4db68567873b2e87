"""Sentences of the chat: what was done, who answered, when; plain functions from data to words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale

from desktop.chat.turn import TurnData

if TYPE_CHECKING:
    from datetime import date

    from engine.events import Citation

# A screen reader hears so much of an answer at once.
SPOKEN = 500


def tr(text: str, n: int = -1) -> str:
    return QCoreApplication.translate("Chat", text, None, n)


def tip(text: str) -> str:
    """A tooltip that shows foreign text as it is: Qt takes what looks like HTML for HTML, and loads its pictures."""
    # Not html.escape, which brings the names of 2,200 signs before the first paint.
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    return f"<span>{shown}</span>" if text else ""


def counted(one: str, many: str, n: int) -> str:
    """A sentence with a number; `{n}` is written as the language does."""
    # Not `format`: other places are for whoever asks, and what fills them may hold braces.
    return tr(one if n == 1 else many, n).replace("{n}", QLocale().toString(n))


def at_time(ms: int) -> str:
    """14:05, with the date where it was not today."""
    from datetime import datetime  # Late: nothing has a time before the first paint.

    then = datetime.fromtimestamp(ms / 1000)
    clock = QLocale().toString(then.time(), QLocale.FormatType.ShortFormat)
    if then.date() == datetime.now().date():
        return clock
    return f"{QLocale().toString(then.date(), QLocale.FormatType.ShortFormat)}, {clock}"


def day_title(ms: int, today: date) -> str:
    """The heading in the list of chats: Today, Yesterday, a weekday, a month."""
    from datetime import datetime, timedelta

    day = datetime.fromtimestamp(ms / 1000).date()
    if day >= today:
        return tr("Today")
    if day == today - timedelta(days=1):
        return tr("Yesterday")
    if day > today - timedelta(days=7):
        return tr("This week")
    if day > today - timedelta(days=30):
        return tr("Last 30 days")
    month = QLocale().standaloneMonthName(day.month)
    return month if day.year == today.year else f"{month} {day.year}"


def seconds(ms: float) -> str:
    """1.4 s"""
    digits = 1 if ms < 10_000 else 0
    return tr("{n} s").format(n=QLocale().toString(ms / 1000, "f", digits))


def doing(step: dict[str, Any]) -> str:
    """What a step that runs does."""
    return {
        "search_documents": tr("Searching documents…"),
        "read_document": tr("Reading a document…"),
        "recall_memory": tr("Recalling…"),
        "remember": tr("Remembering…"),
        "forget": tr("Forgetting…"),
        "calculator": tr("Calculating…"),
        "current_time": tr("Looking at the clock…"),
    }.get(str(step.get("tool", "")), tr("Thinking…"))


def step_line(step: dict[str, Any]) -> str:
    """What a call did and with what: "Searched documents: “notice period”"."""
    what = done_words(str(step.get("tool", "")), 1)
    given = step.get("arguments") or {}
    values = [
        tr("“{words}”").format(words=v) if isinstance(v, str) else f"{k} {v}" for k, v in given.items() if v != ""
    ]
    return what[:1].upper() + what[1:] + (": " + ", ".join(values) if values else "")


def done_words(tool: str, n: int) -> str:
    """What the calls of a tool did."""
    match tool:
        case "search_documents":
            return counted("searched documents", "searched documents {n} times", n)
        case "read_document":
            return counted("read a document", "read {n} times in documents", n)
        case "recall_memory":
            return tr("looked into memory")
        case "remember":
            return counted("remembered {n} thing", "remembered {n} things", n)
        case "forget":
            return counted("forgot {n} thing", "forgot {n} things", n) if n else tr("forgot nothing")
        case "calculator":
            return tr("calculated")
        case "current_time":
            return tr("looked at the clock")
    return counted("used {tool}", "used {tool} {n} times", n).replace("{tool}", tool)


def trace_line(turn: TurnData) -> str:
    """The folded line above an answer, "" where nothing was done."""
    calls = [step for step in turn.steps if step.get("tool")]
    if not calls:
        return ""
    if turn.is_running and "observation" not in calls[-1]:
        return doing(calls[-1])
    counts: dict[str, int] = {}
    for step in calls:
        counts[step["tool"]] = counts.get(step["tool"], 0) + bool(step.get("ok", True))
    parts = [_recalled(turn) if tool == "recall_memory" else done_words(tool, n) for tool, n in counts.items()]
    what = ", ".join(dict.fromkeys(part for part in parts if part))
    figures = [what[:1].upper() + what[1:], counted("{n} step", "{n} steps", len(calls))]
    if turn.took_ms:
        figures.append(seconds(turn.took_ms))
    return " · ".join(figures)


def _recalled(turn: TurnData) -> str:
    n = sum(citation.kind == "memory" for citation in turn.citations)
    return counted("recalled {n} memory", "recalled {n} memories", n) if n else tr("looked into memory")


def giver(turn: TurnData) -> str:
    """Who gave the answer."""
    if turn.is_guide:
        return tr("Guide")
    if turn.server:
        return tr("{model} at {server}").format(model=turn.model, server=turn.server)
    return turn.model


def role_name(role: str) -> str:
    """What a role is called; of one that somebody added, the name of its file."""
    return {"assistant": tr("Assistant")}.get(role, role.replace("_", " ").capitalize())


def turn_name(turn: TurnData) -> str:
    """What a screen reader calls a turn: "Scrubjay, 14:05, 3 sources, from Guide"."""
    clock = at_time(turn.created_ms)
    if turn.role == "user":
        return tr("You, {time}").format(time=clock)
    parts = [tr("Scrubjay"), clock]
    if turn.citations:
        parts.append(counted("{n} source", "{n} sources", len(turn.citations)))
    if turn.model and not turn.is_running:
        parts.append(tr("from {name}").format(name=giver(turn)))
    if turn.is_running:
        parts.append(tr("answering"))
    return ", ".join(parts)


def place_of(citation: Citation) -> str:
    """Where a citation stands: file and page or heading, or the day of a memory."""
    if citation.kind == "memory":
        return tr("Memory · {when}").format(when=citation.heading) if citation.heading else tr("Memory")
    name = citation.path.replace("\\", "/").rsplit("/", 1)[-1]
    if citation.page is not None:
        return tr("{file}, page {page}").format(file=name, page=QLocale().toString(citation.page))
    last = citation.heading.split(" › ")[-1].strip()
    return f"{name} · {last}" if last else name


def spoken(turn: TurnData) -> str:
    """What is announced at the end of an answer."""
    text = " ".join(turn.text.split())
    if len(text) > SPOKEN:
        text = text[:SPOKEN].rsplit(" ", 1)[0] + " …"
    if turn.citations:
        text += " " + counted("{n} source", "{n} sources", len(turn.citations)) + "."
    return text


def ending(turn: TurnData) -> str:
    """A line below an answer that did not end as one expects, "" for the others."""
    if turn.state == "interrupted":
        # Scrubjay ended, or the disk was full when its end should have been kept.
        return tr("This answer was interrupted before its end was kept.")
    if turn.state == "cancelled":
        return tr("Stopped.") if turn.text else tr("Stopped before there was an answer.")
    if turn.state == "failed" and not turn.error:
        if turn.text:
            return tr("This answer broke off because something failed.")
        return tr("This could not be answered because something failed.")
    if turn.reason == "length" and turn.state == "complete" and not turn.notes:
        return tr("The answer reached its longest length.")
    if turn.reason == "step_limit":
        return tr("The model did not come to an end of its own.")
    return ""


def to_markdown(turns: Sequence[TurnData]) -> str:
    """Turns as Markdown, with their sources."""
    parts = []
    for turn in turns:
        if turn.role == "user":
            parts.append("\n".join(f"> {line}" for line in turn.text.splitlines()))
        else:
            sources = "\n".join(f"[{c.number}] {place_of(c)}: “{c.text}”" for c in turn.citations)
            parts.append(f"{turn.text}\n\n{sources}" if sources else turn.text)
    return "\n\n".join(parts)
