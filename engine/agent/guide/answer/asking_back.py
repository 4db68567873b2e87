"""What is said to who doubts the answer before: "that's wrong", "are you sure?", "who told you that?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.agent.guide.answer.told_before import DOUBTED, FOUND_NEAR, FOUND_NOTHING, TOLD_ALONE, kept_or_told
from engine.agent.run import Outcome, Run
from engine.events import Citation
from engine.tools.quoting import place, quoted_memory

__all__ = ["asks_back"]

_TELL_ME = "Tell me what is right, and I keep it."
_ONLY_QUOTED = "I only quote what is written. Ask in other words, or open the place to read what stands around it."
_ONLY_REPEATED = "I only repeat what you told me. If it is not so any more, tell me what is."
_YOU_DID, _JUST_NOW, _NOBODY = "You did, on {day}.", "You did, just now.", "Nobody did: I found nothing about it."
_CALCULATED = "I calculated just this: {sum}"
_ABOUT_IT = (_TELL_ME, _ONLY_QUOTED, _ONLY_REPEATED, _JUST_NOW)
_NOBODY_SURELY = "Nobody did: I only named the places that come nearest."
_STANDS = "It stands in {places}."
_IS_A_SUM = re.compile(r"[^\n]* [=≈] [-−\d][^\n]{0,40}")
_NOT_SO = r"(?:wrong|incorrect|false|not (?:right|true|correct|so|it|what i asked))"
_OPENING = r"\W*(?:(?:no|nope|sorry|but|hm+|oh|wait|well|ok|and|so)\b[\s,.!]*)*"
_IS_WRONG = re.compile(
    rf"{_OPENING}(?:(?:(?:that|this|it)(?:['’]?s| is| was) |you['’]?re |you are )?{_NOT_SO}"
    r"|(?:that|this|it) (?:isn['’]?t|can['’]?t be)(?: (?:right|true|correct|so|it|what i asked))?)"
    r"(?: at all| any ?more)?[\s.!]*",
    re.IGNORECASE,
)
_IS_SURE = re.compile(
    rf"{_OPENING}(?:(?:are )?(?:you|u)(?:['’]?re| are)? (?:really |quite )?(?:sure|certain)"
    r"(?: (?:about|of) (?:that|this|it|the \w+))?"
    r"|is (?:that|this|it) (?:really )?(?:right|true|correct|so)|really)[\s?!.]*",
    re.IGNORECASE,
)
_WHO_SAYS = re.compile(
    rf"{_OPENING}(?:who (?:told (?:you|u)|said|says)(?: (?:that|this|so|it))?|says who"
    r"|how do (?:you|u) know(?: (?:that|this|it))?"
    r"|where did (?:you|u) (?:get|hear) (?:that|this|it)(?: from)?)[\s?!.]*",
    re.IGNORECASE,
)


async def asks_back(run: Run) -> Outcome | None:
    """What is said to who doubts the answer before; None to anything else."""
    wrong, sure, says = (form.fullmatch(run.words) for form in (_IS_WRONG, _IS_SURE, _WHO_SAYS))
    if not (wrong or sure or says):
        return None
    # "Who told you that?" behind "are you sure?" asks of what was told before it.
    answers = [turn for turn in reversed(run.earlier) if turn.role == "assistant" and turn.text not in _ABOUT_IT]
    if not answers:
        return None
    before = answers[0]
    if cited := [c for c in before.citations if c.kind == "document"]:
        if says and before.text.startswith(FOUND_NEAR):
            return Outcome(_NOBODY_SURELY)
        return _of_a_quote(run, cited) if says else Outcome(_ONLY_QUOTED)
    if entry := await kept_or_told(run, before.text):
        if says:
            told = TOLD_ALONE.fullmatch(before.text)
            return Outcome(_YOU_DID.format(day=told["day"]) if told and told["day"] else _JUST_NOW)
        return Outcome(f"{DOUBTED}: {quoted_memory(entry.text)}" if wrong else _ONLY_REPEATED)
    if before.citations:
        return Outcome(_TELL_ME if wrong else _ONLY_REPEATED)
    if _IS_A_SUM.fullmatch(before.text):
        return None if says else Outcome(_CALCULATED.format(sum=before.text))
    is_lost = before.text.startswith(FOUND_NOTHING)
    return Outcome(_TELL_ME) if wrong else Outcome(_NOBODY) if is_lost and says else None


def _of_a_quote(run: Run, cited: Sequence[Citation]) -> Outcome:
    places = "; ".join(dict.fromkeys(place(c.path, c.page, c.heading) for c in cited))
    return Outcome(_STANDS.format(places=places), citations=tuple(map(run.book.add, cited)))
