"""A chat and its turns, as they are handed around and as the store keeps them.

A turn is what a person reads (role, text, citations, what was done) together with its *transcript*: the
messages as they were sent and generated, token ids included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast

from engine.events import Citation
from engine.llm.backend import Message, Role

__all__ = ["Chat", "Turn", "TurnState", "citations_of", "message_from_record", "message_to_record"]

TurnState = Literal["streaming", "complete", "cancelled", "failed", "interrupted"]


def message_to_record(message: Message) -> dict[str, Any]:
    """A message as the store keeps it."""
    record: dict[str, Any] = {"role": message.role, "text": message.text, "labels": sorted(message.labels)}
    return {**record, "ids": list(message.ids)} if message.ids else record


def message_from_record(record: Mapping[str, Any]) -> Message:
    """The message that `message_to_record` made, equal to the one that was sent."""
    role = cast(Role, record["role"])
    return Message(role, record["text"], frozenset(record["labels"]), tuple(record.get("ids", ())))


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat.

    Attributes:
        title: from the first question.
        updated_ms: when something was last said in it.
        n_turns: turns that were ever begun; the next one's position.
        system: the system message as it is sent, fixed until a compaction; None before the first turn.
        offered: tools whose schemas the model saw last.
        visible_from: position of the first turn that the model still sees.
        streaming: id of the turn that is being written, "" when none is.
        sampling: sampler settings of this chat alone.
    """

    id: str
    title: str = ""
    project: str = ""
    role: str = "assistant"
    model: str = ""
    created_ms: int = 0
    updated_ms: int = 0
    n_turns: int = 0
    system: Message | None = None
    offered: tuple[str, ...] = ()
    visible_from: int = 0
    streaming: str = ""
    sampling: Mapping[str, float] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        """The chat as the store keeps it."""
        record = {name: getattr(self, name) for name in self.__dataclass_fields__}
        record["offered"] = list(self.offered)
        record["sampling"] = dict(self.sampling)
        record["system"] = message_to_record(self.system) if self.system else None
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Chat:
        """The chat that `to_record` made."""
        fields = {k: record[k] for k in cls.__dataclass_fields__ if k in record}
        fields["offered"] = tuple(fields.get("offered", ()))
        system = fields.get("system")
        fields["system"] = message_from_record(system) if system else None
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said.

    Attributes:
        position: 0, 1, 2 … within the chat.
        text: what a person reads.
        labels: origins of the text, sorted.
        model: name of the model that answered; `source` tells two of the same name apart.
        model_kind: guide or chat; the two keep transcripts of different forms.
        citations: what the answer rests on.
        trace: one mapping per step: thought, tool, arguments, observation, ok, took_ms.
        transcript: the messages as sent and generated, with token ids.
        n_context: tokens of the whole prompt at the end of this turn, 0 if unknown.
        reason: why it ended, as in `RunFinished`, or the kind of the error.
        figures: n_prompt, n_reused, n_generated, tokens_per_s, steps, repeated, took_ms.
        problem: what the person was told when it failed; "" otherwise.
        withdrawn: taken back by the person (edited, tried again); kept, not shown, not seen by the model.
    """

    id: str
    chat_id: str
    role: Literal["user", "assistant"]
    text: str = ""
    position: int = 0
    created_ms: int = 0
    state: TurnState = "complete"
    labels: tuple[str, ...] = ()
    model: str = ""
    source: str = ""
    model_kind: str = ""
    run_id: str = ""
    citations: tuple[Citation, ...] = ()
    trace: tuple[dict[str, Any], ...] = ()
    transcript: tuple[Message, ...] = ()
    n_context: int = 0
    reason: str = ""
    figures: Mapping[str, float] | None = None
    problem: str = ""
    withdrawn: bool = False

    def to_record(self) -> dict[str, Any]:
        """The turn as the store keeps it."""
        record = {name: getattr(self, name) for name in self.__dataclass_fields__}
        record["labels"] = list(self.labels)
        record["citations"] = [asdict(citation) for citation in self.citations]
        record["trace"] = [dict(step) for step in self.trace]
        record["transcript"] = [message_to_record(message) for message in self.transcript]
        record["figures"] = dict(self.figures or {})
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Turn:
        """The turn that `to_record` made."""
        fields = {k: record[k] for k in cls.__dataclass_fields__ if k in record}
        fields["labels"] = tuple(fields.get("labels", ()))
        fields["citations"] = tuple(Citation(**c) for c in fields.get("citations", ()))
        fields["trace"] = tuple(fields.get("trace", ()))
        fields["transcript"] = tuple(message_from_record(m) for m in fields.get("transcript", ()))
        return cls(**fields)


def citations_of(turns: Sequence[Turn]) -> list[Citation]:
    """Citations that a chat model still sees by their numbers; the guide's answers show none."""
    return [citation for turn in turns if turn.model_kind == "chat" for citation in turn.citations]
