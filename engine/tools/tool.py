"""What a tool is: a name, a schema, what it touches, and one coroutine.

A tool declares; it does not decide. Whether a call may happen is asked of `engine.security.approval` in the
one place through which every call goes (`engine.tools.registry.Registry.call`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.clock import Clock
from engine.events import Citation
from engine.memory.memory import Memory, SearchCall
from engine.search.terms import subject_words, words_of
from engine.search.types import Embedder, Hit
from engine.security.approval import Decision, Session
from engine.security.taint import NONE, Labels
from engine.store.store import Store

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool found.

    Attributes:
        observation: short text for the model.
        hits: what the observation rests on, best first, whole passages.
        citations: places with the numbers that the observation uses.
        labels: origins of the observation.
        ok: False where the call was wrong or refused; the observation says why.
        data: plain facts for a caller that writes the frame itself (the guide).
    """

    observation: str
    hits: tuple[Hit, ...] = ()
    citations: tuple[Citation, ...] = ()
    labels: Labels = NONE
    ok: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)


class CitationBook:
    """Gives each place that is shown to the model its number.

    Numbers go on through a chat: an earlier `[2]` that the model still sees stays what it was.
    """

    def __init__(self, earlier: tuple[Citation, ...] = ()) -> None:
        self._by_number = {citation.number: citation for citation in earlier}
        self._next = max(self._by_number, default=0) + 1

    def add(self, citation: Citation) -> Citation:
        """The citation with its number; the same words of the same place keep theirs."""
        for known in self._by_number.values():
            if (known.passage_id, known.text) == (citation.passage_id, citation.text):
                return known
        numbered = replace(citation, number=self._next)
        self._by_number[self._next] = numbered
        self._next += 1
        return numbered

    def of(self, text: str) -> Citation | None:
        """The place in a document that has most words of a text, the first of several; None where none has any."""
        words = set(subject_words(text))
        shared = {n: len(words & set(words_of(c.text))) for n, c in self._by_number.items() if c.kind == "document"}
        best = max(shared, key=lambda number: shared[number], default=0)
        return self._by_number[best] if shared.get(best) else None

    def get(self, number: int) -> Citation | None:
        """The citation of that number."""
        return self._by_number.get(number)


@dataclass(slots=True)
class ToolContext:
    """What a tool may use while it runs.

    Attributes:
        session: the person's side of this turn.
        labels: of everything in the model's context when the call was made.
        document_ids: search these documents only; empty: all.
        decision: what `decide` said about this call; set by the registry.
    """

    store: Store
    search: SearchCall
    memory: Memory
    embedder: Embedder | None
    clock: Clock
    session: Session
    citations: CitationBook
    labels: Labels = NONE
    project: str = ""
    chat_id: str = ""
    turn_id: str = ""
    document_ids: tuple[str, ...] = ()
    decision: Decision = field(default_factory=lambda: Decision("deny", "Nobody asked."))


Run = Callable[[dict[str, Any], ToolContext], Awaitable[ToolResult]]


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool.

    Attributes:
        description: one sentence for the model, in the imperative.
        parameters: JSON schema of the arguments, an object.
        family: what it belongs to: documents, memory, arithmetic, time.
        keywords: words of questions that need this tool; used to offer it.
        reads, writes: what it touches: documents, memory, chats, clock.
        sends: whether anything leaves the computer.
        quarantines: where the person would have to be asked, it runs all the same and keeps what it
            writes apart until the person agrees (`context.decision` tells it so).
    """

    name: str
    description: str
    parameters: Schema
    family: str
    run: Run
    keywords: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    sends: bool = False
    quarantines: bool = False

    def signature(self) -> str:
        """The tool in one line, as a model reads it: `name {"query": text} - what it does`."""
        properties = self.parameters.get("properties", {})
        required = self.parameters.get("required", ())
        parts = [
            f'"{name}": {_type_word(schema)}' + ("" if name in required else " (optional)")
            for name, schema in properties.items()
        ]
        return f"{self.name} {{{', '.join(parts)}}} - {self.description}"


def _type_word(schema: Schema) -> str:
    if "enum" in schema:
        return " or ".join(f'"{value}"' for value in schema["enum"])
    return {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}.get(
        str(schema.get("type")), "value"
    )
