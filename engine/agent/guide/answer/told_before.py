"""What stood in our answers before, and what a message goes on from: a memory that was told or kept, or a question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.agent.guide.reckon.next_step import is_a_step
from engine.agent.guide.understand.going_on import (
    fits,
    is_another_value,
    is_fragment,
    is_labelled,
    lacks_a_subject,
    names_none_but,
    only_corrects,
    says_otherwise,
    tells_of_subject,
    value_before,
)
from engine.agent.guide.understand.meaning import asks_to_forget, is_a_question, is_a_task, is_or_may_be_a_question
from engine.agent.guide.understand.reactions import reacts
from engine.agent.run import Run
from engine.events import Citation
from engine.memory.entry import MemoryEntry
from engine.search.terms import FUNCTION_WORDS, words_of
from engine.tools.quoting import quoted_memory

__all__ = [
    "ALREADY", "DOUBTED", "FOUND_NEAR", "FOUND_NOTHING", "INVITES", "TOLD_ALONE", "WILL_REMEMBER", "Basis", "basis_of",
    "corrects", "kept_or_told", "named_so", "quoted_before", "said_before", "said_of_late", "surely_said", "told_alone",
]  # fmt: skip

WILL_REMEMBER, ALREADY = "I will remember", "I remember this already"
INVITES = "Tell me, and I keep it."
DOUBTED = "Tell me what is right, or write “Forget that.” to have this forgotten"
# One memory that was told, and nothing beside it.
_IS_UNSURE = "I am not sure that this answers it"
_UNSURE = rf"{_IS_UNSURE}\. The nearest that I remember:\n"
_ON_A_DAY = r"(?:You told me on|I remember from) (?P<day>[^\"“:,]{4,20})[^\"“]*?"
TOLD_ALONE = re.compile(rf"(?:{_UNSURE})?(?:{_ON_A_DAY}|{DOUBTED}): (?P<said>[\"“].+)")
_KEPT = re.compile(rf"(?:[^\"“:]+ )?(?:{WILL_REMEMBER}|{ALREADY}): (?P<said>[\"“].+)")
# What was only polite, or asked back.
_SAYS_NOTHING = re.compile(
    r"You are welcome\.|Tell me what is right, and|I only (?:repeat|quote)|You did, |I am glad to read that\.$"
)
FOUND_NOTHING, FOUND_NEAR = "I found nothing", "I found no sentence"
_TOLD_NOTHING = (FOUND_NOTHING, FOUND_NEAR, "I am the guide", "All right")
_ENOUGH_TO_FIND = 200
# Answers that are looked back through for what is gone on from.
_LOOKED_BACK, _FAR_BACK = 3, 8
_SHORT = 8
_BREAKS_OFF = re.compile(r"\b(?:the|an?|on|at|in|to|of|for|with|from|is|are|was|my|our|and)\s*$", re.IGNORECASE)
# Nothing but a name or a day: "Gary", "Gary Wren", "the first".
_NAME_ALONE = re.compile(
    r"(?!(?:Hi|Hello|Hey|Thanks|Thank|Ok|Okay|Yes|No|Never|Forget|Remember|Help|Stop|Bye|Who|What|When|Where|Why|How|And|So"
    r"|Ta|Cheers|Sorry|Please|Great|Good|Nice)\b)"
    r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2}[.!]?|(?:the|on the) (?:first|second|third|last|\d{1,2}(?:st|nd|rd|th))[.!]?"
)
_GOES_ON = re.compile(r"\W*(?:and|so|but|what about|how about)\b", re.IGNORECASE)
# A question of fewer words of its own asks of what was said before it.
_ASKS_SOMETHING = 2
# A memory of two or three sentences is read at a glance.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Basis:
    """What a text goes on from: a memory, or what was asked and not known, or only named (then `entry` is None).

    Attributes:
        mark: what ends it where it does not end by itself.
    """

    text: str
    entry: MemoryEntry | None = None
    mark: str = "."


def said_before(run: Run) -> str:
    """What we said last."""
    return next(_answers(run), "")


def said_of_late(run: Run) -> list[str]:
    """Our last answers, the newest first, without those that say nothing."""
    answers = list(_answers(run))[:_FAR_BACK]
    return [*answers[:1], *(answer for answer in answers[1:] if not answer.startswith(_TOLD_NOTHING))]


def surely_said(answer: str) -> str:
    """An answer; "" of places that only came near, which have dates of anything."""
    return "" if answer.startswith(FOUND_NEAR) else answer


def _answers(run: Run) -> Iterator[str]:
    return (turn.text for turn in reversed(run.earlier) if turn.role == "assistant")


def quoted_before(run: Run) -> list[Citation]:
    """What our last answer quoted of documents."""
    last = run.earlier[-1] if run.earlier else None
    return [c for c in last.citations if c.kind == "document"] if last else []


async def named_so(run: Run, said: str) -> list[MemoryEntry]:
    """The memories that `quoted_memory` shows like this; found by their words, since there may be thousands."""
    words = said.strip('"').rstrip(".!?… ")[:_ENOUGH_TO_FIND]
    found = await run.services.memory.list(query=words, trust="trusted", project=run.chat.project or None)
    return [entry for entry in found if quoted_memory(entry.text) == said]


async def told_alone(run: Run) -> MemoryEntry | None:
    """The one memory that we told last."""
    found = TOLD_ALONE.fullmatch(said_before(run))
    return next(iter(await named_so(run, found["said"])), None) if found else None


async def kept_or_told(run: Run, answer: str) -> MemoryEntry | None:
    """The one memory that an answer told, or said to have kept."""
    found = _KEPT.match(answer) or TOLD_ALONE.fullmatch(answer)
    return next(iter(await named_so(run, found["said"])), None) if found else None


async def basis_of(run: Run, text: str) -> Basis | None:
    """What a text goes on from that says too little by itself: "It was moved to 9:10", "she has two boys"."""
    answers = [answer for answer in _answers(run) if not _SAYS_NOTHING.match(answer)]
    old = value_before(text)
    # "She's vegan now" is of whom was told of, though another question found nothing since.
    last_told = next((n for n, answer in enumerate(answers) if not answer.startswith(_TOLD_NOTHING)), 0)
    for number, answer in enumerate(answers[: _FAR_BACK if old else _LOOKED_BACK]):
        entry = await kept_or_told(run, answer)
        if entry is None or len(entry.text) + len(text) >= _LONGEST:
            continue
        is_last = number == 0 or (number == last_told and names_none_but(text))
        # "I planted the earlies on the", "14th march".
        if number == 0 and _BREAKS_OFF.search(entry.text) and len(text.split()) <= _SHORT:
            return Basis(entry.text, entry, mark="")
        # Whatever is told behind "Tell me what is right" is.
        is_asked_for = number == 0 and answer.startswith(DOUBTED)
        if is_asked_for or fits(text, entry.text, is_last=is_last or bool(old)):
            return Basis(entry.text, entry)
    last = next((turn for turn in reversed(run.earlier) if turn.role == "assistant"), None)
    said = [turn.text for turn in reversed(run.earlier) if turn.role == "user"]
    # "And until then?" goes on from a question itself.
    asked = next((text for text in said[:_LOOKED_BACK] if not _GOES_ON.match(text)), next(iter(said), ""))
    # "No, it's 980 since January" behind what a document says of the rent.
    is_open = last is not None and (last.text.startswith(FOUND_NOTHING) or bool(last.citations))
    is_answer = is_fragment(text) or (answers[:1] and answers[0].endswith(INVITES) and _NAME_ALONE.fullmatch(text))
    is_asked = is_open and len(asked) < _LONGEST and is_or_may_be_a_question(asked) and bool(is_answer)
    if is_asked and len(set(words_of(asked)) - FUNCTION_WORDS) < _ASKS_SOMETHING and len(answers) > 1:
        # "Until when did I say?" asks of the memory before it.
        entry = await kept_or_told(run, answers[1])
        return Basis(entry.text, entry) if entry else None
    if last is not None and tells_of_subject(text, asked):
        return Basis(asked, mark="")
    return Basis(asked, mark="?") if is_asked else None


async def corrects(run: Run) -> bool:
    """Whether a message that may look like anything else tells what is right instead, or what was asked back for."""
    words = run.words.strip()
    goes_on = lacks_a_subject(words)
    if words.endswith("?") or (is_a_question(words) and not goes_on):
        return False
    before = said_before(run)
    if says_otherwise(words):
        return await basis_of(run, words) is not None
    is_order = asks_to_forget(words) or is_a_task(words)
    if before.startswith(DOUBTED) and len(words.split()) <= _SHORT and not (reacts(words) or is_order):
        return True
    if (goes_on or only_corrects(words)) and (entry := await kept_or_told(run, before)):
        return is_another_value(words, entry.text) if goes_on else fits(words, entry.text, is_last=True)
    entry = await kept_or_told(run, before) if _KEPT.match(before) else None
    if entry and _BREAKS_OFF.search(entry.text) and len(words.split()) <= _SHORT and not (reacts(words) or is_order):
        return True
    # "Gary" behind "Who is my landlord?", which nobody had told.
    if before.endswith(INVITES) and _NAME_ALONE.fullmatch(words) and not reacts(words):
        return True
    # "Door code 4471" behind what was kept is told as well.
    if _KEPT.match(before) and is_labelled(words) and not is_a_step(words):
        return True
    is_answer = (
        before.startswith((FOUND_NOTHING, _IS_UNSURE)) and any(c.isdigit() for c in words) and is_fragment(words)
    )
    return is_answer and await basis_of(run, words) is not None
