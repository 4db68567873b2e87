"""Orders to act that nobody here carries out: ring the plumber, book a table, wake me at six, play some music.

Whether something is an order at all was chosen before; its first words say of which kind it is.
"""

from __future__ import annotations

import re

from engine.agent.guide.answer.look_up import sure_answer
from engine.agent.guide.answer.recall import recall
from engine.agent.run import Outcome, Run

__all__ = ["cannot_do", "say_what_cannot_be_done"]

_NO_ALARM = (
    "I cannot wake or remind you, and have no calendar; I only answer when you ask. What you want to be told again, I "
    "remember: “Remember that the bread comes out at five.”"
)
_NO_CALL = "I cannot make calls; I only answer when you ask."
_NO_MAIL = "I cannot send anything; I only answer when you ask. To have the words written, choose a larger model."
_NO_SHOP = "I cannot book, order or buy anything; I only answer when you ask."
_NO_SWITCH = "I cannot play music, open programs or switch anything on or off; I only answer when you ask."
_ASKED = (
    r"\W*(?:(?:please|pls|hi|hey|hello|ok|okay|scrubjay|and|now|just|quick|right|can you|could you|would you|will you"
    r"|can u|i want you to|i need you to)\b[\s,!.]*){0,4}"
)
_WHOM = r"(?:(?:the|my|our) )?(?:(?:mr|mrs|ms|miss|dr)\.? )?[\w’'-]+(?: (?-i:[A-Z])[\w’'-]+)*"
_OF_TIME = r"(?:at|in|on|every|each|tomorrow|tmrw|tonight|later|next|this (?:morning|afternoon|evening)|an hour|half)"
_FOR_WHOM = r"(?:(?:me|us) )?"
_KINDS = tuple(
    (re.compile(_ASKED + form, re.IGNORECASE | re.DOTALL), said)
    for form, said in (
        (
            r"(?:set|start|create|add|make|put|give me)(?: me)? (?:an?|the|my|another|one) (?:\w+ ){0,2}"
            r"(?:alarm|timer|reminder|countdown)\b",
            _NO_ALARM,
        ),
        (r"(?:an? )?(?:alarm|timer|reminder) (?:for|at|in) \w", _NO_ALARM),
        (rf"wake (?:me|us)\b|remind (?:me|us) (?:to \w|{_OF_TIME}\b)", _NO_ALARM),
        (r"(?:put|add|enter) .{2,80}\b(?:in|into|to|on) (?:my|the|our) (?:\w+ )?(?:calendar|diary)\b", _NO_ALARM),
        (
            rf"(?:ring|phone|call|dial) (?!me\b|us\b|it\b|this\b|that\b|you)(?P<whom>{_WHOM})"
            r"(?=\W*$| (?:for me|and|to (?:tell|ask|say)|now|quick\w*|please|pls|back|up|asap|would you|will you)\b)",
            _NO_CALL,
        ),
        (r"send (?!me\b|us\b)\w", _NO_MAIL),
        (
            r"(?:e-?mail|text|message|whatsapp) (?!to\b|for\b|from\b|about\b|of\b|on\b|in\b|saying\b|me\b|an?\b"
            r"|address|number|asking\b|that\b)"
            rf"{_WHOM}(?=\W*$| (?:and|to|that|about|saying|asking|i['’]?m|we|im)\b)",
            _NO_MAIL,
        ),
        (
            rf"book {_FOR_WHOM}(?:(?:an?|the|my|our|some|two|three|four|five|six|\d+) \w|in(?:to)?\b|\w+ for\b)",
            _NO_SHOP,
        ),
        (
            rf"(?:order|buy|purchase|reserve) {_FOR_WHOM}(?!of\b|to\b|by\b|these\b|them\b|form|number|or\b"
            r"|book\b|the following)\w",
            _NO_SHOP,
        ),
        (
            rf"play {_FOR_WHOM}(?:some|something|music|songs?|an? (?:song|tune|record|track|album|podcast)"
            r"|the (?:radio|news|song|music|next|shipping)|my (?:\w+ )?(?:playlist|music|songs?))\b(?! ?game)",
            _NO_SWITCH,
        ),
        (
            r"(?:turn|switch) (?:(?:on|off|up|down) (?:the|my|all|every)\b"
            r"|(?:the|my|all|every) [^.]{2,40} (?:on|off|up|down)(?=\W*$| (?:at|in|for|please|pls|now|would|will)\b))",
            _NO_SWITCH,
        ),
        (
            r"open (?:up )?(?:spotify|youtube|chrome|firefox|word|excel|outlook|google|my (?:mail|e-?mails?|inbox))",
            _NO_SWITCH,
        ),
        (r"take (?:an? )?(?:photo|picture|screenshot|selfie)\b", _NO_SWITCH),
    )
)


def _read(words: str) -> tuple[str, str]:
    """What is said of the order, and whom to call; ("", "") where it is none of these."""
    for form, said in _KINDS:
        if found := form.match(words):
            return said, found.groupdict().get("whom") or ""
    return "", ""


def cannot_do(words: str) -> bool:
    """Whether they order what nobody here carries out."""
    return bool(_read(words)[0])


async def say_what_cannot_be_done(run: Run) -> Outcome:
    """Which of it cannot be done; of a call, with the number if it was told or stands in a document."""
    said, whom = _read(run.words)
    if said == _NO_MAIL:
        return Outcome(said, "handed_over")
    question = f"What is the phone number of {whom}?"
    found = await sure_answer(run, question) if whom else None
    if whom and found is None and run.use_memory and not run.request.document_ids:
        recalled = await recall(run, question, question)
        found = Outcome("\n".join(recalled.lines), citations=tuple(recalled.citations)) if recalled.lines else None
    # An order tells nothing about who gives it.
    run.use_memory = False
    return Outcome(f"{said}\n{found.answer}", "answered", found.citations) if found else Outcome(said)
