"""The memory that stood in our last answer: what "it" and "that" mean right behind it."""

from __future__ import annotations

import re

from engine.agent.run import Outcome, Run
from engine.memory.entry import MemoryEntry
from engine.memory.persons import speaks_of_somebody
from engine.tools.quoting import quoted_memory

__all__ = [
    "ALREADY", "WILL_REMEMBER", "doubt", "kept_or_told", "named_so", "said_before", "says_more_of", "told_alone",
]  # fmt: skip

WILL_REMEMBER, ALREADY = "I will remember", "I remember this already"
_DOUBTED = "Tell me what is right, or write “Forget that.” to have this forgotten"
_ONLY_QUOTED = "I only quote what is written. Ask in other words, or open the place to read what stands around it."
# One memory that was told, and nothing beside it.
_TOLD_ALONE = re.compile(rf"(?:(?:You told me on|I remember from) [^\"“:]{{4,20}}|{_DOUBTED}): (?P<said>[\"“].+)")
_KEPT_ALONE = re.compile(rf"(?:[^\"“:]+ )?(?:{WILL_REMEMBER}|{ALREADY}): (?P<said>[\"“].+)")
_ENOUGH_TO_FIND = 200
_BEFORE_IT = r"(?:(?:oh|sorry|no|ah|update|btw|well|actually|and|but|ok|okay|wait|also|so|now)\b[\s,:.!–-]*){0,3}"
_NOW = r"(?: (?:now|just|been|be|already|only|got|not|actually|again|all))*"
# "It was moved to 9:10": what happened to it, when and where it is now. "It's my birthday" is none of it.
_OF_A_THING = re.compile(
    rf"{_BEFORE_IT}(?:(?:it|that)(?:['’](?:s|ll)| is| was| has| will| got){_NOW} (?:moved|changed|postponed|delayed"
    r"|cancell?ed|called off|put (?:off|back)|brought forward|pushed (?:back|to)|rescheduled|shifted|swapped|sold|due"
    r"|(?:at|on|from|until|till|to|in|for) (?!my\b|our\b|fire\b)|\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day\b)"
    r"|it (?:now |also |only )?(?:costs?|weighs?|leaves?|starts?|begins?|ends?|closes?|opens?|lasts?|expires?|moved"
    r"|changed)\b)",
    re.IGNORECASE,
)
# "She has two boys", "he moved to Oslo", "her number is 4471"; what somebody did yesterday says enough by itself.
_OF_A_PERSON = re.compile(
    rf"{_BEFORE_IT}(?:(?:she|he)(?:['’](?:s|ll)| (?:now |also |only )?(?:was|will|moved|changed|can|did|[a-z]+s)\b)"
    r"|(?:her|his) [a-z]+(?: [a-z]+)? (?:is|are|was|has|will)\b)",
    re.IGNORECASE,
)
_NOT_SO = r"(?:wrong|incorrect|false|not (?:right|true|correct|so|it|what i asked))"
_IS_WRONG = re.compile(
    r"\W*(?:(?:no|nope|sorry|but|hm+|oh|wait|well)\b[\s,.!]*)*"
    rf"(?:(?:(?:that|this|it)(?:['’]?s| is| was) |you['’]?re |you are )?{_NOT_SO}"
    r"|(?:that|this|it) isn['’]?t (?:right|true|correct|so|it|what i asked))(?: at all| any ?more)?[\s.!]*",
    re.IGNORECASE,
)
# A memory of two or three sentences is read at a glance.
_LONGEST = 300


def said_before(run: Run) -> str:
    """What we said last."""
    return next((turn.text for turn in reversed(run.earlier) if turn.role == "assistant"), "")


async def named_so(run: Run, said: str) -> list[MemoryEntry]:
    """The memories that `quoted_memory` shows like this; found by their words, since there may be thousands."""
    words = said.strip('"').rstrip(".!?… ")[:_ENOUGH_TO_FIND]
    found = await run.services.memory.list(query=words, trust="trusted", project=run.chat.project or None)
    return [entry for entry in found if quoted_memory(entry.text) == said]


async def told_alone(run: Run) -> MemoryEntry | None:
    """The one memory that we told last."""
    return await _of_the_answer(run, _TOLD_ALONE)


async def kept_or_told(run: Run) -> MemoryEntry | None:
    """The one memory that we told last, or kept."""
    return await _of_the_answer(run, _KEPT_ALONE) or await told_alone(run)


async def _of_the_answer(run: Run, form: re.Pattern[str]) -> MemoryEntry | None:
    found = form.fullmatch(said_before(run))
    return next(iter(await named_so(run, found["said"])), None) if found else None


def says_more_of(text: str, told: str) -> bool:
    """Whether a text says nothing by itself, and more of what was told: "It was moved to 9:10", "She has two boys"."""
    is_of_it = _OF_A_THING.match(text) or (_OF_A_PERSON.match(text) and speaks_of_somebody(told))
    return bool(is_of_it) and len(told) + len(text) < _LONGEST


async def doubt(run: Run) -> Outcome | None:
    """What is said to "No, that's wrong." behind a memory or a quote; None to anything else."""
    if not _IS_WRONG.fullmatch(run.words):
        return None
    if entry := await kept_or_told(run):
        return Outcome(f"{_DOUBTED}: {quoted_memory(entry.text)}")
    before = run.earlier[-1] if run.earlier else None
    return Outcome(_ONLY_QUOTED) if before and before.citations else None
