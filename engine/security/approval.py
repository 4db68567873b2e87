"""May this tool run with these arguments? One pure function, a table of rules, no rule = deny.

Goal: a model that obeys a stranger (an instruction in a document, a web page, a foreign tool) has no
side effect that the person did not see. The model's words are therefore never a reason to allow
anything; only these are looked at:

- what the tool *declares* (what it reads, writes, whether it sends),
- the labels of everything the model had read when it made the call,
- the person's own words of this turn.

Rules, the first that fits:

1. sends, and the context is tainted *and* private                      deny
2. sends                                                                ask, with the exact bytes
3. writes memory only: the text is a run of the person's own words      allow
4. writes memory only: any other text                                   ask (until then: a suggestion)
5. writes nothing, reads only what is the person's own and stays here   allow
6. anything else                                                        deny

A span of the person's words is compared without regard to case, kind of quotes and white space, and must
begin and end at the border of a word. It is not a proof of meaning ("not" can be cut off), but everything
in it was typed by the person in this very turn, and the whole turn stays in the entry's provenance.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from engine.security.taint import Labels, is_private, is_tainted

Verdict = Literal["allow", "ask", "deny"]

# Sources on this computer whose reading has no effect that anybody else could see.
READABLE = frozenset({"documents", "memory", "chats", "clock"})

_FOLD = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "`": "'"})
_EDGES = " \t\n\r\"'.,;:!?…"


class Declares(Protocol):
    """What a tool says about itself; engine.tools.tool.Tool has these."""

    @property
    def name(self) -> str: ...
    @property
    def reads(self) -> frozenset[str]: ...
    @property
    def writes(self) -> frozenset[str]: ...
    @property
    def sends(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Session:
    """What is known for certain about the person's side of this turn.

    Attributes:
        words: exactly what the person typed in this turn.
        memory: whether memories may be written at all.
    """

    words: str
    memory: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What `decide` says; `why` is one sentence for the model and the person."""

    verdict: Verdict
    why: str


def normalise(text: str) -> str:
    """The text as spans are compared: one kind of quotes, single spaces, no case."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_FOLD).casefold().split())


def is_own_words(text: str, words: str) -> bool:
    """True where the text is a run of whole words out of the person's words."""
    span, whole = normalise(text).strip(_EDGES), normalise(words)
    start = whole.find(span) if span else -1
    while start >= 0:
        end = start + len(span)
        before, after = whole[start - 1 : start], whole[end : end + 1]
        if not (before.isalnum() or after.isalnum()):
            return True
        start = whole.find(span, start + 1)
    return False


def decide(tool: Declares, arguments: Mapping[str, Any], labels: Labels, session: Session) -> Decision:
    """Whether a call may happen; depends on nothing but its arguments.

    Args:
        labels: of everything that was in the context when the call was made.
    """
    if tool.sends:
        return _decide_sending(tool, labels)
    if tool.writes == {"memory"}:
        return _decide_memory(arguments, session)
    if not tool.writes and tool.reads <= READABLE:
        return Decision("allow", "It only reads what is on this computer.")
    return Decision("deny", f"There is no rule that allows {tool.name} to do what it declares.")


def _decide_sending(tool: Declares, labels: Labels) -> Decision:
    if is_tainted(labels) and is_private(labels):
        return Decision("deny", f"{tool.name} would send away after private and foreign text were read together.")
    return Decision("ask", f"{tool.name} sends something away from this computer.")


def _decide_memory(arguments: Mapping[str, Any], session: Session) -> Decision:
    text = arguments.get("text")
    if not session.memory:
        return Decision("deny", "Memory is switched off.")
    if set(arguments) != {"text"} or not isinstance(text, str):
        return Decision("deny", "A memory is one text and nothing else.")
    if is_own_words(text, session.words):
        return Decision("allow", "These are the person's own words of this turn.")
    return Decision("ask", "These are not the person's own words of this turn.")
