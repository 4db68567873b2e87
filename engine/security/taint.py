"""Where a text came from: labels that travel with it.

Filters do not stop an instruction that hides in a document; structure does. Every text that enters a
prompt, a memory or a stored turn carries the set of its origins. The set of a text made from others is
the union of theirs: nothing takes a label away, no summary, no embedding, no consolidation. What may be
done with a text is then decided from its labels alone (engine.security.approval), never from its words.

    user            typed by the person in this chat
    app             written by us: prompts, schemas, frames
    memory:user     a memory in the person's own words
    memory:derived  a memory that a model or an import worded
    doc:<id>        a passage of a document
    web:<host>      a page of the web
    tool:<name>     what one of our tools computed
    mcp:<server>    what a foreign tool returned
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Labels = frozenset[str]

USER = "user"
APP = "app"
MEMORY_USER = "memory:user"
MEMORY_DERIVED = "memory:derived"

NONE: Labels = frozenset()

# What cannot carry somebody else's instruction: the person, ourselves, the person's own words kept
# earlier, and tools whose output is a number or a date. A label that is not known is tainted.
_TRUSTED = frozenset({USER, APP, MEMORY_USER, "tool:calculator", "tool:current_time", "tool:remember"})
# What belongs to the person and must not leave the computer unseen. The words typed just now are not
# among them: a search of the web for what was typed is what the person asked for.
_PRIVATE_PREFIXES = ("doc:", "memory:", "chat:", "file:")


def document_label(document_id: str) -> str:
    """The label of a document's passages."""
    return f"doc:{document_id}"


def tool_label(name: str) -> str:
    """The label of what one of our tools computed."""
    return f"tool:{name}"


def join(*labels: Iterable[str]) -> Labels:
    """The labels of a text that was made from texts with these labels."""
    return frozenset().union(*labels)


def is_tainted(labels: Iterable[str]) -> bool:
    """True where the text may hold words of somebody who is not the person."""
    return any(label not in _TRUSTED for label in labels)


def is_private(labels: Iterable[str]) -> bool:
    """True where the text may hold what only the person should see."""
    return any(label.startswith(_PRIVATE_PREFIXES) for label in labels)


@dataclass(frozen=True, slots=True)
class Labeled:
    """A text with its origins; joining two joins both."""

    text: str
    labels: Labels = NONE

    def __add__(self, other: Labeled) -> Labeled:
        return Labeled(self.text + other.text, self.labels | other.labels)


def join_texts(separator: str, parts: Iterable[Labeled]) -> Labeled:
    """The texts with a separator between them, and the union of their labels."""
    kept = list(parts)
    return Labeled(separator.join(p.text for p in kept), join(*(p.labels for p in kept)))
