"""What was told, kept or asked before in this chat: what "it", "she" and "that" mean in what is told now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.agent.guide.understand.meaning import is_a_question, is_a_task, is_or_may_be_a_question
from engine.agent.run import Run
from engine.memory.entry import MemoryEntry
from engine.memory.persons import speaks_of_somebody
from engine.search.terms import FUNCTION_WORDS, words_of
from engine.tools.quoting import quoted_memory

__all__ = [
    "ALREADY", "DOUBTED", "INVITES", "TOLD_ALONE", "WILL_REMEMBER", "Basis", "as_told", "basis_of", "corrects",
    "kept_or_told", "named_so", "said_before", "says_more_of", "told_alone",
]  # fmt: skip

WILL_REMEMBER, ALREADY = "I will remember", "I remember this already"
INVITES = "Tell me, and I keep it."
DOUBTED = "Tell me what is right, or write “Forget that.” to have this forgotten"
# One memory that was told, and nothing beside it.
_UNSURE = r"I am not sure that this answers it\. The nearest that I remember:\n"
_ON_A_DAY = r"(?:You told me on|I remember from) (?P<day>[^\"“:,]{4,20})[^\"“]*?"
TOLD_ALONE = re.compile(rf"(?:{_UNSURE})?(?:{_ON_A_DAY}|{DOUBTED}): (?P<said>[\"“].+)")
_KEPT = re.compile(rf"(?:[^\"“:]+ )?(?:{WILL_REMEMBER}|{ALREADY}): (?P<said>[\"“].+)")
# What was only polite, or asked back.
_SAYS_NOTHING = re.compile(
    r"You are welcome\.|Tell me what is right, and|I only (?:repeat|quote)|You did, |I am glad to read that\.$"
)
_FOUND_NOTHING = "I found nothing"
_ENOUGH_TO_FIND = 200
# Answers that are looked back through for what is gone on from.
_LOOKED_BACK = 3
_BEFORE_IT = (
    r"(?:(?:oh|sorry|no|nope|nah|ah|update|btw|well|actually|and|but|ok|okay|wait|also|so|now|oops"
    r"|i was wrong|my mistake|correction|scrap that|(?:that|this)['’]?s (?:wrong|not right)|i meant?)\b"
    r"[\s,:.!–-]*){0,3}"
)
# "It was moved to 9:10"; "it's my birthday" speaks of nothing that was told.
_OF_A_THING = re.compile(
    rf"{_BEFORE_IT}(?:(?:since|from|as of) [\w ]{{3,20}}?,? )?"
    r"(?!(?:it|that|this)(?:['’]?s| is| was| has been)(?: (?:been|just|so|very|really|too|quite|a bit))* "
    r"(?:my|our|your|his|her|their|(?-i:[A-Z])\w+['’]s|raining|snowing|cold|hot|warm|freezing|sunny|late|early|dark|nice"
    r"|lovely|hard|sad|ok(?:ay)?|fine|good|great|bad|time|fun|funny|awful|terrible|easy|all|enough|why|what|how|because"
    r"|true|right|me|us|an? (?:shame|pity|good|nice|lovely|bad|long|beautiful|hard)|the (?:first|last|best|worst))\b)"
    r"(?:(?:it|that|this)(?:['’]?s|['’]ll| \w+) |its |they(?:['’]?re| are) "
    r"|(?:not|no longer) .*\b(?:any ?more|now|instead)\b"
    r"|(?:swapped|moved|changed|switched|cancell?ed|postponed|rescheduled|put back|brought forward)\b"
    r"|(?:they|we|i|he|she)(?:['’]ve|['’]s| have| has)? (?:just )?(?:changed|moved|swapped|cancell?ed"
    r"|sold|given|lent|put|left"
    r"|hidden|hid|taken|took|brought|returned|lost) (?:it|them|that)\b)",
    re.IGNORECASE,
)
# "She has two boys", "his extension is 417"; what somebody did yesterday says enough by itself.
_OF_A_PERSON = re.compile(
    rf"{_BEFORE_IT}(?:(?:she|he)(?:['’]?s|['’]ll)?(?! (?:just )?(?:gave|brought|sent|returned|lent|said|told|asked|rang"
    r"|came|went|left|died|made|wrote|called)\b) \w|(?:her|his) [a-z]+ )",
    re.IGNORECASE,
)
# A value alone, which only says it where something was just told: "platform 8 sorry", "no, 14:30", "other way round!".
_VALUE = (
    r"(?!(?:it|that|this|thanks?|you|i|my|we)\b)[\w:.,’'-]+(?: (?!(?:is|are|was|has|have|can|do)\b)[\w:.,’'-]+){0,4}?"
)
_CORRECTS = re.compile(
    rf"\W*(?:(?:no|nope|oops|sorry|i meant?|make (?:that|it)|correction|wait|actually)[\s,:–-]+)+{_VALUE}[\s.!]*"
    rf"|{_VALUE},? (?:sorry|i meant?|rather)[\s.!]*"
    r"|\W*(?:no,? |sorry,? )?(?:the )?other way (?:a)?round[\s.!]*|same (?:time|place|day|room)(?: as before)?[\s.!]*"
    # "No, not penicillin, ibuprofen", "it's not on the 12th but on the 13th".
    r"|\W*(?:(?:no|sorry|actually|wait)[\s,.]+)*(?:(?:it|they|that)(?:['’]?s|['’]?re| is| are) )?"
    r"not (?!(?:bad|sure|now|yet|really|much|too|that|at all|again|quite)\b)[^,;.?!]{1,40}(?:,|;| but) [^?]{1,40}",
    re.IGNORECASE,
)
# "The flight was cancelled", "the gate changed to C2".
_THE_CHANGED = re.compile(
    rf"{_BEFORE_IT}the (?P<thing>\w{{3,}}) (?:(?:was|is|has been|have been|got|has|have)(?: now| just)? )?"
    r"(?:cancell?ed|moved|postponed|delayed|put (?:off|back)|brought forward|rescheduled|changed)\b",
    re.IGNORECASE,
)
_SAYS_NO = re.compile(
    r"\W*(?:(?:no|nope|sorry|oh|wait|actually|oops)\b[\s,.!]*)+(?:i['’]?m |it['’]?s |its |it is |that['’]?s )", re.I
)
_LONGEST_DENIAL = 12
_I_MEANT = re.compile(r"\bi mean(?:t)?\b", re.IGNORECASE)
_HAS_VERB = r"(?!.*\b(?:is|are|was|were|has|have|had|do|does|did|will|can)\b|.*['’](?:s|m|re|ve|ll)\b)"
_AND_TOO = re.compile(rf"and {_HAS_VERB}(?!i\b|we\b|my\b|also my\b)[\w’' .,:-]{{3,40}}", re.IGNORECASE)
_WITHOUT_SUBJECT = re.compile(
    r"(?:expires?|ends?|starts?|begins?|costs?|leaves|opens|closes|until|valid (?:until|till)|due)\b [\w .,:/-]{1,40}",
    re.IGNORECASE,
)
# A name and a number.
_LABELLED = re.compile(rf"{_HAS_VERB}(?=[^\d]*[a-z])(?=.*\d)[a-z][\w’' .,:/-]{{3,50}}", re.IGNORECASE)
_I_WAS_WRONG = re.compile(
    r"\W*(?:i was wrong|my mistake|correction|(?:that|this)['’]?s (?:wrong|not right))\b[\s,:.;–-]+\w", re.IGNORECASE
)
_OWED = re.compile(r"\b(?:owes?|owed|lent|borrowed)\b", re.IGNORECASE)
_PAID_BACK = re.compile(
    rf"{_BEFORE_IT}(?:he|she|they|i|we)(?:['’]s|['’]ve| has| have)? (?:gave|given|paid|repaid|sent)\b", re.IGNORECASE
)
_SCRAPPED = re.compile(
    r"\W*(?:no,? )?(?:scrap|forget|strike|cancel|scratch) (?:that|it|this)[\s,.;:–-]+"
    r"(?:it['’]?s|it is|its|make it|now)\b",
    re.IGNORECASE,
)
_MOVED = re.compile(
    rf"{_BEFORE_IT}(?:it|that)(?:['’]?s|['’]ll| is| was| has| will| got)(?: (?:now|just|been|be|got))* (?:moved|changed"
    r"|postponed|delayed|cancell?ed|called off|put (?:off|back)|brought forward|pushed back|rescheduled|shifted"
    r"|swapped)\b",
    re.IGNORECASE,
)
# What tells the answer that was asked for: "on the 29th of February 1944", "the 3rd at St Luke's".
_FRAGMENT = re.compile(
    r"(?:on|at|in|since|until|from|the|about|around|every|it['’]?s|its|it is|she['’]?s|he['’]?s|\d)\b", re.I
)
_LONGEST_FRAGMENT, _LONGEST_CORRECTION = 10, 9
# A memory of two or three sentences is read at a glance.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Basis:
    """What a text goes on from: a memory, or what was asked and not known (then `entry` is None)."""

    text: str
    entry: MemoryEntry | None = None


def said_before(run: Run) -> str:
    """What we said last."""
    return next(_answers(run), "")


def _answers(run: Run) -> Iterator[str]:
    return (turn.text for turn in reversed(run.earlier) if turn.role == "assistant")


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
    answers = [answer for answer in _answers(run) if not _SAYS_NOTHING.match(answer)][:_LOOKED_BACK]
    for number, answer in enumerate(answers):
        entry = await kept_or_told(run, answer)
        if entry and len(entry.text) + len(text) < _LONGEST and _fits(text, entry.text, is_last=number == 0):
            return Basis(entry.text, entry)
    last = next((turn for turn in reversed(run.earlier) if turn.role == "assistant"), None)
    asked = next((turn.text for turn in reversed(run.earlier) if turn.role == "user"), "")
    # "No, it's 980 since January" behind what a document says of the rent.
    is_open = last is not None and (last.text.startswith(_FOUND_NOTHING) or bool(last.citations))
    is_asked = is_open and is_or_may_be_a_question(asked) and _is_fragment(text)
    return Basis(asked) if is_asked else None


def as_told(words: str, text: str) -> str:
    """What is to be kept of the words, with the "no," and "and" by which it goes on."""
    words = words.strip()
    return words if _CORRECTS.fullmatch(words) or words.casefold() == f"and {text.casefold()}" else text


def _fits(text: str, told: str, *, is_last: bool) -> bool:
    """Whether a text is of what was told; behind another answer it has to say so itself."""
    if (changed := _THE_CHANGED.match(text)) and changed["thing"].casefold() in told.casefold():
        return True
    if not is_last:
        return _MOVED.match(text) is not None or _denies(text, told)
    return says_more_of(text, told) or bool(_CORRECTS.fullmatch(text) or _I_WAS_WRONG.match(text))


def _denies(text: str, told: str) -> bool:
    """Whether a text says no to what was told, by a word of it: "sorry it's not blue, it's green"."""
    opening = _SAYS_NO.match(text)
    words = set(words_of(text[opening.end() :])) if opening else set()
    return bool((words - FUNCTION_WORDS) & set(words_of(told))) and len(text.split()) <= _LONGEST_DENIAL


def _is_fragment(text: str) -> bool:
    told = re.sub(rf"^{_BEFORE_IT}", "", text, count=1, flags=re.IGNORECASE)
    return _FRAGMENT.match(told) is not None and len(text.split()) <= _LONGEST_FRAGMENT and not _I_MEANT.search(text)


def says_more_of(text: str, told: str) -> bool:
    """Whether a text says nothing by itself, and more of what was told."""
    of_somebody = speaks_of_somebody(told) or told.islower()
    is_of_it = _OF_A_THING.match(text) or (of_somebody and _OF_A_PERSON.match(text))
    is_of_it = is_of_it or (_OWED.search(told) and _PAID_BACK.match(text))
    # "And 152 in clothes", "expires 14.8.2031".
    return bool(is_of_it or _SCRAPPED.match(text) or _AND_TOO.fullmatch(text) or _WITHOUT_SUBJECT.fullmatch(text))


async def corrects(run: Run) -> bool:
    """Whether a message that may look like anything else tells what is right instead, or what was asked back for."""
    words = run.words.strip()
    if is_a_question(words) or words.endswith("?"):
        return False
    before = said_before(run)
    if any(form.match(words) for form in (_SCRAPPED, _MOVED, _THE_CHANGED, _SAYS_NO)):
        return await basis_of(run, words) is not None
    if _CORRECTS.fullmatch(words) and len(words.split()) <= _LONGEST_CORRECTION:
        return await kept_or_told(run, before) is not None
    # "Door code 4471" behind what was kept is told as well.
    goes_on = _KEPT.match(before) is not None and len(words.split()) <= _LONGEST_CORRECTION
    goes_on = (
        goes_on
        and not is_or_may_be_a_question(words)
        and not is_a_task(words)
        and _LABELLED.fullmatch(words) is not None
    )
    is_answer = before.startswith(_FOUND_NOTHING) and any(c.isdigit() for c in words) and _is_fragment(words)
    return goes_on or (is_answer and await basis_of(run, words) is not None)
