"""Orders to act that nobody here carries out: ring the plumber, book a table, wake me at six, play some music.

Whether something is an order at all was chosen before; its first words say of which kind it is.
"""

from __future__ import annotations

import re

from engine.agent.guide.answer.look_up import sure_answer
from engine.agent.guide.answer.recall import recall
from engine.agent.guide.care.texts import THERE
from engine.agent.run import Outcome, Run

__all__ = ["NO_REMINDER", "cannot_do", "say_what_cannot_be_done", "wants_a_reminder"]

_NO_ALARM = (
    "I cannot wake or remind you, and have no calendar; I only answer when you ask. What you want to be told again, I "
    "remember: “Remember that the bread comes out at five.”"
)
_NO_LIST = "I keep no lists. What you want to be told again, I remember: “Remember that we need milk.”"
# Behind what was kept all the same.
NO_REMINDER = "I cannot remind you of it by myself; I only answer when you ask."
_NO_CALL = "I cannot make calls; I only answer when you ask."
_NO_MAIL = "I cannot send anything; I only answer when you ask. To have the words written, choose a larger model."
_NO_SHOP = "I cannot book, order or buy anything; I only answer when you ask."
_NO_SWITCH = "I cannot play music, open programs or switch anything on or off; I only answer when you ask."
_ASKED = (
    r"\W*(?:(?:please|pls|hi|hey|hello|ok|okay|scrubjay|and|now|just|quick|right|can you|could you|would you|will you"
    r"|can u|i want you to|i need you to)\b[\s,!.]*){0,4}"
)
_WHOM = r"(?:(?:the|my|our) )?(?:(?:mr|mrs|ms|miss|dr)\.? )?[\w’'-]+(?: (?-i:[A-Z])[\w’'-]+)*"
_OF_TIME = (
    r"(?:at|in(?! (?-i:[A-Z]))|on|every|each|tomorrow|tmrw|tonight|later|next|this (?:morning|afternoon|evening)"
    r"|an hour|half)"
)
_FOR_WHOM = r"(?:(?:me|us) )?"
_POLITELY = re.compile(r"\W*(?:\w+[\s,]+){0,2}(?:can|could|would|will) (?:you|u)\b", re.IGNORECASE)
# Nobody has the number of these, and who orders such may be in need.
_NOBODY = re.compile(r"(?:some|any)(?:one|body)|help|him|her|them", re.IGNORECASE)
_IN_NEED = re.compile(
    r"\b(?:gun|rifle|rope|sleeping (?:pills|tablets)|poison|goodbye (?:note|letter)|sorry for everything|samaritans"
    r"|(?:crisis|suicide|help) ?line|when it['’]?s (?:all )?over)\b",
    re.IGNORECASE,
)
_KINDS = tuple(
    (re.compile(_ASKED + form, re.IGNORECASE | re.DOTALL), said)
    for form, said in (
        (
            r"(?:set|start|create|add|make|put|give me)(?: me)? (?:an?|the|my|another|one) (?:\w+ ){0,2}"
            r"(?:alarm|timer|reminder|countdown)\b(?! (?:code|number|is|was))",
            _NO_ALARM,
        ),
        (r"(?:an? )?(?:alarm|timer|reminder) (?:for|at|in) \w", _NO_ALARM),
        (rf"wake (?:me|us)\b|remind (?:me|us) (?:to \w|{_OF_TIME}\b)", _NO_ALARM),
        (r"(?:put|add|enter) .{2,80}\b(?:in|into|to|on) (?:my|the|our) (?:\w+ )?(?:calendar|diary)\b", _NO_ALARM),
        (
            r"(?:put|add) .{2,80}\b(?:to|on|onto) (?:my|the|our) (?:[\w-]+ ){0,2}list\b(?! of)",
            _NO_LIST,
        ),
        (
            r"(?:ring|phone|call|dial) (?!me\b|us\b|it\b|this\b|that\b|you|with\b|from\b|about\b|of\b|for\b|in\b"
            r"|sheet|log|centre|center|binder|road|tone|fence|main)"
            rf"(?P<whom>{_WHOM})"
            r"(?=\W*$| (?:for me|and|to (?:tell|ask|say)|now|quick\w*|please|pls|back|up|asap|would you|will you)\b)",
            _NO_CALL,
        ),
        (r"send (?!me\b|us\b|date|off\b|out\b|button|it to (?:trash|bin))\w", _NO_MAIL),
        (
            r"(?:e-?mail|text|message|whatsapp) (?!to\b|for\b|from\b|about\b|of\b|on\b|in\b|saying\b|me\b|an?\b"
            r"|address|number|asking\b|that\b)"
            rf"{_WHOM}(?=\W*$| (?:and|to|that|about|saying|asking|i['’]?m|we|im)\b)",
            _NO_MAIL,
        ),
        (
            r"book (?:me|us) \w|book (?:an?|some|two|three|four|five|six|\d+) (?!(?:was|is|were|of|in|about|by)\b)\w"
            r"|book (?:the|my|our) (?:next |same |usual )?(?:table|room|taxi|cab|flights?|tickets?|train|ferry|seats?"
            r"|appointment|hotel|slot|court|session|class|haircut|holiday|trip|coach|bus|boat|cabin|visit|van|car|dentist"
            r"|doctor|plumber)\b|book \w+ for (?:me|us|\w+day|tomorrow|tonight|next)\b",
            _NO_SHOP,
        ),
        (
            rf"(?:order|buy|purchase|reserve) {_FOR_WHOM}(?!of\b|to\b|by\b|is\b|was\b|these\b|them\b|form|number"
            r"|or\b|book\b|the following)(?!.*\b(?:by (?:date|size|name|price)|came|come|were|arrived|or)\b)\w",
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
    # "Turn on the timer of the boiler?" asks a manual.
    if words.rstrip().endswith("?") and not _POLITELY.match(words):
        return "", ""
    for form, said in _KINDS:
        if found := form.match(words):
            return said, found.groupdict().get("whom") or ""
    return "", ""


def cannot_do(words: str) -> bool:
    """Whether they order what nobody here carries out."""
    return bool(_read(words)[0])


def wants_a_reminder(words: str) -> bool:
    """Whether they want to be reminded at some time, of whatever they tell."""
    return _read(words)[0] == _NO_ALARM


async def say_what_cannot_be_done(run: Run) -> Outcome:
    """Which of it cannot be done; of a call, with the number if it was told or stands in a document."""
    said, whom = _read(run.words)
    if _IN_NEED.search(run.words):
        run.use_memory = False
        return Outcome(f"{said}\n{THERE}")
    if said == _NO_MAIL:
        return Outcome(said, "handed_over")
    whom = "" if _NOBODY.fullmatch(whom) else whom
    question = f"What is the phone number of {whom}?"
    found = await sure_answer(run, question) if whom else None
    if whom and found is None and run.use_memory and not run.request.document_ids:
        recalled = await recall(run, question, question)
        found = Outcome("\n".join(recalled.lines), citations=tuple(recalled.citations)) if recalled.lines else None
    # An order tells nothing about who gives it.
    run.use_memory = False
    return Outcome(f"{said}\n{found.answer}", "answered", found.citations) if found else Outcome(said)
