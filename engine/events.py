"""What a run tells while it goes: frozen events, in the order in which they happened.

Every event crosses process borders as a dict (`to_wire`, `event_from_wire`), so that a face in
another process sees exactly what a face in the owner's process sees.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Citation:
    """A place that an answer rests on.

    Attributes:
        number: the n of `[n]` in the answer, from 1.
        path: file the passage came from; empty for a memory.
        page: page from 1, None where the format has none.
        heading: headings above the passage joined with " › ".
        text: the sentences quoted, verbatim.
        passage_id: the stored passage or memory entry.
        kind: document, memory or chat.
    """

    number: int
    path: str
    page: int | None
    heading: str
    text: str
    passage_id: str = ""
    kind: str = "document"


@dataclass(frozen=True, slots=True)
class Event:
    """Root of all events of a run."""

    name: ClassVar[str] = "event"
    run_id: str

    def to_wire(self) -> dict[str, Any]:
        """The event as a plain dict; its class under `event`."""
        return {"event": type(self).name, **asdict(self)}


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    name: ClassVar[str] = "run_started"
    chat_id: str
    turn_id: str
    model: str
    user_turn_id: str = ""


@dataclass(frozen=True, slots=True)
class ThoughtStreamed(Event):
    name: ClassVar[str] = "thought_streamed"
    step: int
    text: str


@dataclass(frozen=True, slots=True)
class ToolCalled(Event):
    name: ClassVar[str] = "tool_called"
    step: int
    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApprovalRequested(Event):
    """A tool call that waits for the person; answered with `Engine.approve`."""

    name: ClassVar[str] = "approval_requested"
    step: int
    approval_id: str
    tool: str
    arguments: dict[str, Any]
    why: str


@dataclass(frozen=True, slots=True)
class ToolReturned(Event):
    name: ClassVar[str] = "tool_returned"
    step: int
    tool: str
    observation: str
    ok: bool
    took_ms: float


@dataclass(frozen=True, slots=True)
class TokenGenerated(Event):
    """A piece of the answer."""

    name: ClassVar[str] = "token_generated"
    text: str


@dataclass(frozen=True, slots=True)
class CitationAdded(Event):
    name: ClassVar[str] = "citation_added"
    citation: Citation


@dataclass(frozen=True, slots=True)
class NoteAdded(Event):
    """One sentence that the person should see: search by words only, template unknown, …; `kind` is unkept
    where no space is left for the question and its answer, else empty."""

    name: ClassVar[str] = "note_added"
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class RunFinished(Event):
    """The end of a run that has an answer; `reason` is answered, uncertain (places to look at, no sure
    answer), not_found, handed_over, step_limit, cancelled or length; `model_kind` is guide or chat;
    `repeated` where the same answer was given before and was not generated again."""

    name: ClassVar[str] = "run_finished"
    answer: str
    citations: tuple[Citation, ...]
    steps: int
    model: str
    reason: str = "answered"
    n_prompt: int = 0
    n_reused: int = 0
    n_generated: int = 0
    tokens_per_s: float = 0.0
    model_kind: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class RunFailed(Event):
    """The end of a run that our own fault broke; `partial` is what was answered until then."""

    name: ClassVar[str] = "run_failed"
    kind: str
    sentence: str
    partial: str = ""


@dataclass(frozen=True, slots=True)
class FileIngested:
    """One file of an ingest, done or refused.

    Attributes:
        state: added, replaced, unchanged, scan, empty, encrypted, unsupported, too_large, failed,
            removed, cancelled; left_out for a folder in which `note` says that links were not followed.
        error: one sentence, empty when the file went in.
        note: one sentence on what was left out of a file that went in: scanned pages, text past a limit.
    """

    path: str
    state: str
    pages: int | None = None
    passages: int = 0
    error: str = ""
    document_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far an ingest is; `file` is the first that is not done, `page` of `pages` where its format tells.

    Attributes:
        share: of the work on that file, reading and understanding together, 0…1; None while nobody can tell.
    """

    done: int
    total: int
    file: str
    passages: int
    page: int | None = None
    pages: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """All files of an ingest in the order in which they ended."""

    files: tuple[FileIngested, ...] = field(default_factory=tuple)

    @property
    def failed(self) -> tuple[FileIngested, ...]:
        """The files that did not go in."""
        return tuple(f for f in self.files if f.error)


_EVENTS = {
    cls.name: cls
    for cls in (
        RunStarted, ThoughtStreamed, ToolCalled, ApprovalRequested, ToolReturned, TokenGenerated,
        CitationAdded, NoteAdded, RunFinished, RunFailed,
    )
}  # fmt: skip


def event_from_wire(payload: dict[str, Any]) -> Event:
    """The event that `to_wire` described in another process."""
    fields = dict(payload)
    cls = _EVENTS[fields.pop("event")]
    if "citation" in fields:
        fields["citation"] = Citation(**fields["citation"])
    if "citations" in fields:
        fields["citations"] = tuple(Citation(**c) for c in fields["citations"])
    return cls(**fields)
