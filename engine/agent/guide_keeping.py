"""What somebody asks to be remembered or forgotten: which words are meant, and what is answered."""

from __future__ import annotations

import re

from engine.agent.guide_grammar import ABOUT, GuideChoice
from engine.agent.run import Outcome, Run
from engine.errors import UsageError
from engine.memory.check import check_text
from engine.search.terms import word_set, words_of
from engine.tools.quoting import quoted

__all__ = [
    "asks_not_to_remember",
    "asks_to_forget",
    "asks_to_remember",
    "ends_with_a_question",
    "forget",
    "has_a_question_word",
    "is_a_task",
    "keep_nothing",
    "remember",
    "what_to_keep",
]

_NOT_KEPT = "I keep nothing of this."
_WHAT_TO_REMEMBER = "Write behind it what I should remember, for example: remember that the bins go out on Tuesday."
_MEMORY_OFF = "Memory is switched off, so I did not keep this."
_MEMORY_OFF_FORGET = "Memory is switched off, so I did not look what to forget."
_NOTHING_TO_FORGET = "I remember nothing about this."
_WHICH_TO_FORGET = "More than one memory fits, so I forgot none. Name one of them:"
_NONE_TO_FORGET = "No memory surely fits, so I forgot none. The nearest are:"
_KEEPING = (
    r"(?:remember|memori[sz]e|note(?: down)?|keep in mind|bear in mind|don['’]?t forget|do not forget|make a note"
    r"|take a note|write down|save|store|jot down)"
)
_ASKS_TO_KEEP = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|please|pls|can|could|would|will|you|also|and|just|kindly|now|scrubjay|i want you to"
    rf"|i['’]d like you to|i need you to)\b[\s,!.]*){{0,6}}{_KEEPING}\b(?:[\s,:]+(?:that|this|down|of|please|for me"
    r"|the following)\b(?!['’]))*[\s,:\-–]*",
    re.IGNORECASE,
)
_ASKS_TO_KEEP_BEHIND = re.compile(
    rf"(?:[\s,.;:\-–]+(?:please|pls|and|can you|could you))*[\s,.;:\-–]+{_KEEPING}\s+(?:that|this|it)\b"
    r"[\w\s,]{0,20}[.!?]*$"
    r"|[\s,]+(?:please|pls|thanks|thank you|thx|ok)\b[\s!.?]*$",
    re.IGNORECASE,
)
_ASKS_NOT_TO_KEEP = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|please|pls|also|and|but|just|kindly|now|scrubjay)\b[\s,!.]*){0,5}"
    r"(?:i (?:do not|don['’]?t|never) (?:want|need|wish|like) (?:you )?to\s+(?:ever )?"
    r"|(?:you\s+)?(?:should|must|need|have to|are)?\s*"
    r"(?:don['’]?t|do not|never|not|no need to|needn['’]?t|shouldn['’]?t|mustn['’]?t)\s+"
    r"(?:(?:ever|please|to|have to)\s+){0,3})"
    r"(?:remember\b(?!\s+(?:how|why|where|when|what|who|if|whether)\b)"
    r"|(?:memori[sz]e|note|keep|save|store|jot|write)\b)",
    re.IGNORECASE,
)
_FORGETTING = re.compile(
    r"\b(?:forget|forgotten|erase|delete|remove|drop|scrap|wipe|clear|discard|unlearn|throw away|get rid of it"
    r"|strike|cancel|stop remembering|no longer|not true|isn['’]?t true|any ?more|not valid|outdated|wrong)\b",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(r"\b(?:what|which|where|when|who|whom|whose|why|how)\b", re.IGNORECASE)
_ASKS_BEHIND = re.compile(
    r"\b(?:why(?:['’]?s| is| are) (?:that|this|it|they)|how come|any ideas?|what(?:['’]?s| is) (?:going on|wrong|up)"
    r"|what (?:do|should|can|could) i do|how (?:do|can|could) i (?:fix|solve|change|stop) (?:it|this|that|them))\W*$",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|please|pls|can you|could you|would you|will you|can u|and|now)\b[\s,!.]*){0,4}"
    r"(?:write|draft|compose|fix|correct|proofread|translate|summari[sz]e|rewrite|rephrase|shorten|turn|make|create"
    r"|explain|tell me|give me|help me|suggest|recommend|open|play|send|call|order|book|remind|wake|center|centre"
    r"|convert|calculate|count|list|sort|compare|draw|code|debug|fill|find|search|show)\b",
    re.IGNORECASE,
)
_NOTHING_TO_KEEP = word_set(
    "remember note keep store save memorise memorize please that this it to down in mind for me"
)
_ASKS_TO_REMEMBER = re.compile(
    r"^(?:please |and |also |(?:can|could|would|will) you (?:please )?)*"
    r"(?:remember|note|keep|memori[sz]e|don['’]t forget|do not forget|save|store|write down)\b",
    re.IGNORECASE,
)
_NEGLIGIBLE = re.compile(r"^(?:that|please|to|,|:)\s+", re.IGNORECASE)


def asks_to_remember(words: str) -> bool:
    """Whether they begin by asking to keep something, which a question mark at their end does not change."""
    return _ASKS_TO_REMEMBER.match(words.strip()) is not None


def asks_to_forget(words: str) -> bool:
    """Whether they say at all that something is to go or is no longer so."""
    return _FORGETTING.search(words) is not None


def ends_with_a_question(words: str) -> bool:
    """Whether something is told only to ask about it: "…, why's that"."""
    return _ASKS_BEHIND.search(words) is not None


def has_a_question_word(words: str) -> bool:
    """Whether something may be asked although no question mark says so."""
    return _QUESTION_WORD.search(words) is not None


def is_a_task(words: str) -> bool:
    """Whether they ask for work to be done with what follows ("Fix the grammar: …"), which is not a thing to keep."""
    return _TASK.match(words.strip()) is not None and _ASKS_TO_KEEP.match(words.strip()) is None


def asks_not_to_remember(words: str) -> bool:
    """Whether they want something not to be kept; "don't forget" is the opposite."""
    return _ASKS_NOT_TO_KEEP.match(words.strip()) is not None


def keep_nothing(run: Run) -> Outcome:
    """Leave the turn out of the memory too, where it would be recalled as something said."""
    run.use_memory = False
    return Outcome(_NOT_KEPT)


async def remember(run: Run, choice: GuideChoice) -> Outcome:
    """Keep what the person wrote, and say what was kept."""
    if not run.use_memory:
        return Outcome(_MEMORY_OFF, "not_found")
    text = what_to_keep(run.words)
    if not set(words_of(text)) - _NOTHING_TO_KEEP:
        return Outcome(_WHAT_TO_REMEMBER, "not_found")
    try:
        check_text(text)
    except UsageError as exc:
        return Outcome(str(exc), "not_found")
    result = await run.call("remember", {"text": text})
    if not result.ok:
        return Outcome(result.observation, "not_found")
    frame = "I remember this already" if result.data["known"] else "I will remember"
    return Outcome(f"{frame}: {quoted(str(result.data['text']))}")


def what_to_keep(words: str) -> str:
    """What the person wants remembered: all they wrote but for the asking itself.

    The guide's own span is not taken: it ends at a comma too often ("my shoe size, 43"), and what is left out is lost.
    """
    text = _ASKS_TO_KEEP_BEHIND.sub("", _ASKS_TO_KEEP.sub("", words.strip(), count=1), count=1).strip(" ,;-")
    return text or words.strip()


async def forget(run: Run, choice: GuideChoice) -> Outcome:
    """Throw a memory away where it is sure which one is meant, and say what was forgotten."""
    if not run.use_memory:
        return Outcome(_MEMORY_OFF_FORGET, "not_found")
    text = choice.arguments.get("text") or choice.arguments[ABOUT]
    result = await run.call("forget", {"text": _NEGLIGIBLE.sub("", text).strip() or text})
    if result.ok:
        said = ", ".join(quoted(text) for text in result.data["forgotten"])
        return Outcome(f"I have forgotten: {said} It can be taken back for 30 days.")
    if "nearest" not in result.data:
        return Outcome(_NOTHING_TO_FORGET, "not_found")
    named = [f"- {quoted(text)}" for text in result.data["nearest"]]
    sentence = _WHICH_TO_FORGET if result.data["several"] else _NONE_TO_FORGET
    return Outcome("\n".join([sentence, *named]), "uncertain")
