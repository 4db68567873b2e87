"""What somebody asks to be remembered: which words are kept, and what is answered."""

from __future__ import annotations

import re

from engine.agent.guide.answer.told_before import ALREADY, WILL_REMEMBER, Basis, basis_of
from engine.agent.guide.care.moods import MOVED, NONE
from engine.agent.guide.care.signs import tells_of_heavy_news, tells_of_loss
from engine.agent.guide.care.texts import GLAD, SORRY, THANKS
from engine.agent.guide.understand.going_on import as_told
from engine.agent.guide.understand.grammar import GuideChoice
from engine.agent.guide.understand.meaning import asks_to_remember, then_asks, what_to_keep
from engine.agent.run import Outcome, Run
from engine.errors import UsageError
from engine.memory.check import check_text
from engine.memory.entry import Provenance
from engine.memory.importance import REMEMBERED
from engine.memory.supersede import may_replace, supersede
from engine.search.terms import word_set, words_of
from engine.security.taint import MEMORY_USER
from engine.tools.builtin.remember import create_memory_id
from engine.tools.quoting import quoted_memory
from engine.tools.tool import ToolResult

__all__ = ["NOTHING_TO_KEEP", "keep_nothing", "remember", "text_to_keep"]

_NOT_KEPT = "I do not remember this. It stands in this chat until you delete the chat."
_WHAT_TO_REMEMBER = "Write behind it what I should remember, for example: remember that the bins go out on Tuesday."
_MEMORY_OFF = "Memory is switched off, so I did not keep this."
_ASK_THE_REST = "Ask for the rest by itself."
_FELT = {"grief": SORRY, "joy": GLAD, MOVED: THANKS}
NOTHING_TO_KEEP = word_set(
    """
    remember note keep store save memorise memorize please that this it to down in mind for me forget
    the answer everything all thing things something anything stuff nothing"""
)
# Words before or behind what is kept: a lead-in of any kind ("pls remeber"), and what asks.
_MOST_LEAD_IN, _MOST_ASKING = 4, 15
# However it is spelled: "rmeember", "remeber".
_REMEMBER = r"r[em]+b\w*r\w*|memori[sz]\w*|noted?|retain|record|forget|forgotten"
_ASKING = re.compile(
    rf"\b(?:you|your|u|{_REMEMBER}|store|save|later|future|reference|update|fyi|heads up"
    r"|keep(?:ing)? (?:hold|this|that|it))\b",
    re.IGNORECASE,
)
_ASKING_BEHIND = re.compile(
    rf"\b(?:{_REMEMBER}|keep (?:this|that|it|the)|(?:store|save) (?:this|that|it)|in mind|lose (?:this|that|it)"
    r"|please|pls|thanks|thx|for later|you (?:can|know|see))\b",
    re.IGNORECASE,
)
_TELLING = re.compile(r"\b(?:my|our|we|is|are|was|were|has|have|had|got)\b|['’](?:s|m|ve|re|d)\b", re.IGNORECASE)
# A number, or a name behind the first word.
_SAYS_WHAT = re.compile(r"\d|(?<=[\w,;:–-]\s)(?!I\b|Scrubjay)[A-Z]\w*")
# "Next week I swap my Wednesday night."
_SAYS_WHEN = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|until|till|since|(?:next|last|every|this) (?:day|week|month|year|spring"
    r"|summer|autumn|winter|morning|afternoon|evening|night|term|season|\w+day))\b",
    re.IGNORECASE,
)
# "Gherkin weighed 5.75 this morning."
_NAME = re.compile(
    r"(?!(?:Note|Remember|Please|Also|And|So|Ok|Okay|Just|Now|Btw|Fyi|Hey|Hi|Scrubjay|Well|Oh|Pls|Actually|Keep|That"
    r"|Store|Save"
    r"|Hello|Memo|Reminder)\b)[A-Z][a-z]+"
)
# "Never again book Mrs Tull on a Monday" without it is the reverse.
_SAYS_NOT = re.compile(r"\b(?:never|not|no|don['’]?t|stop|avoid|without)\b(?! (?:forget|lose|let)\b)", re.IGNORECASE)
_REPORTS = re.compile(
    r"(?<!i )(?<!you )\b(?:said|says|told me|tells me|thinks|thought|reckons|claims|claimed|asked me|wants"
    r" me)(?: that)?\s*$",
    re.I,
)
_LACKS_SUBJECT = re.compile(
    r"(?:not|no longer|it['’]?s|its|is|are|was|will|now|instead|moved|changed)\b", re.IGNORECASE
)


def keep_nothing(run: Run) -> Outcome:
    """Leave the turn out of the memory too, where it would be recalled as something said."""
    run.use_memory = False
    return Outcome(_NOT_KEPT)


async def remember(run: Run, choice: GuideChoice, words: str = "") -> Outcome:
    """Keep what the person wrote, and say what was kept.

    Args:
        words: those that are meant, where it is not all of them.
    """
    if not run.use_memory:
        return Outcome(_MEMORY_OFF, "not_found")
    text = text_to_keep(words or run.words, choice)
    if not set(words_of(text)) - NOTHING_TO_KEEP:
        return Outcome(_WHAT_TO_REMEMBER, "not_found")
    try:
        check_text(text)
    except UsageError as exc:
        return Outcome(str(exc), "not_found")
    whole = as_told(run.words, text)
    basis = await basis_of(run, whole)
    if basis is None and not any(c.isalpha() for c in text):
        return Outcome(_WHAT_TO_REMEMBER, "not_found")
    if basis is not None:
        result = await _keep_with(run, basis, whole)
    else:
        result = await run.call("remember", {"text": text})
    if not result.ok:
        return Outcome(result.observation, "not_found")
    # Kept as it is now; the turn has nothing more to tell.
    run.is_request = True
    frame = ALREADY if result.data["known"] else WILL_REMEMBER
    mood = NONE if run.mood == MOVED and asks_to_remember(run.words) else run.mood
    felt = SORRY if tells_of_loss(text) or tells_of_heavy_news(text) else _FELT.get(mood, "")
    frame = f"{felt} {frame}".lstrip()
    said = f"{frame}: {quoted_memory(str(result.data['text']))}"
    return Outcome(f"{said}\n{_ASK_THE_REST}" if then_asks(words or run.words) else said)


async def _keep_with(run: Run, basis: Basis, text: str) -> ToolResult:
    """Keep what is told behind what it is told of; a memory gives way to both together.

    Without the tool, which takes the person's own words of this turn only: those before were theirs as well.
    """
    memory, old = run.services.memory, basis.entry
    both = f"{_ended(basis.text, basis.mark)} {_ended(text, '.')}"
    run.start_step("remember", {"text": both})
    entry = await memory.add(
        both,
        id=create_memory_id(run.request.turn_id, both),
        tier="semantic",
        importance=max(REMEMBERED, old.importance if old else 0.0),
        project=old.project if old else run.chat.project,
        provenance=Provenance("user", chat=run.chat.id, turn=run.request.turn_id, words=run.words),
        labels=frozenset(old.labels) if old else frozenset({MEMORY_USER}),
    )
    if old and may_replace(old):
        await supersede(memory, old.id, entry.id)
    result = ToolResult(f"Remembered: {both!r}.", data={"text": both, "known": False})
    run.end_step("remember", {"text": both}, result)
    return result


def _ended(text: str, mark: str) -> str:
    return text if text.rstrip()[-1:] in ".!?" else f"{text.rstrip()}{mark}"


def text_to_keep(words: str, choice: GuideChoice) -> str:
    """What is kept of the words: all that is told, less what only asks for it to be kept.

    The choice's piece says where that may begin and end. What it leaves out is left out if it tells nothing: no number,
    no name, and either it asks ("would you mind keeping hold of this:", "…, don't lose that") or it is a word or two.
    """
    text = what_to_keep(words)
    own = choice.arguments.get("text", "").strip(" ?")
    start = text.rfind(own) if own else -1
    if start < 0:
        return text
    first, last = 0, len(text)
    before, behind = text[:start], text[start + len(own) :]
    is_short = len(before.split()) <= _MOST_LEAD_IN and not _TELLING.search(before)
    asks_before = _asks(_ASKING, before)
    # "New dentist appointment - not the 9th any more, it's the 23rd": without it nobody knows of what.
    lacks_subject = _LACKS_SUBJECT.match(own) is not None
    # "He said I only voted because of him" without it is their own word.
    reports = _REPORTS.search(before) is not None
    is_name = _NAME.fullmatch(before.strip()) is not None and own[:1].islower()
    says_more = _SAYS_WHAT.search(before) or _SAYS_WHEN.search(before) or _SAYS_NOT.search(before) or is_name or reports
    if asks_before or (is_short and not says_more and not lacks_subject):
        first = start
    if _asks(_ASKING_BEHIND, behind):
        last = start + len(own)
    kept = text[first:last].rstrip(" ,;:-–") if last < len(text) else text[first:]
    # "Do you mind remembering that the key is here?" is a question, what it tells is none.
    return kept.rstrip("? ") if asks_before else kept


def _asks(asking: re.Pattern[str], part: str) -> bool:
    """Whether what stands beside the piece only asks for it to be kept."""
    tells = _SAYS_WHAT.search(part) or len(part.split()) > _MOST_ASKING
    return asking.search(part) is not None and not tells
