"""A turn as the panel shows it, made from a stored turn or grown from the events of a run."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from engine.chats import Turn
    from engine.events import Citation

# live: being answered; waiting: asked, nothing heard yet. The others are those of the engine.
# `kind` of engine.errors.ModelStruckOutError, which is not imported before the first paint.
STRUCK_OUT = "model_struck_out"
State = Literal["waiting", "live", "complete", "cancelled", "failed", "interrupted"]


@dataclass(eq=False)
class TurnData:
    """What one side said.

    Attributes:
        id: "" until the engine has told it.
        position: in the chat; -1 until it is known.
        steps: one mapping per tool call: tool, arguments, observation, ok, took_ms; the last may be without result.
        error: the sentence of a run that failed.
        asks: tool calls that wait for the person.
        was_handed_over: the guide could not answer it before.
        is_followed: another question came after it, so that it is not asked again by itself.
        is_repeated: the same answer was given before and was not generated again.
        is_kept: it is in the store, or will be; a turn for which no space was left is here alone.
        took_ms: from the question to the end; 0 if unknown.
    """

    role: Literal["user", "assistant"]
    text: str = ""
    id: str = ""
    position: int = -1
    created_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    state: State = "complete"
    reason: str = ""
    model: str = ""
    source: str = ""
    is_guide: bool = False
    citations: tuple[Citation, ...] = ()
    steps: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str = ""
    asks: list[Any] = field(default_factory=list)
    files: tuple[str, ...] = ()
    took_ms: float = 0.0
    n_context: int = 0
    was_handed_over: bool = False
    is_followed: bool = False
    is_repeated: bool = False
    is_kept: bool = True

    @property
    def is_running(self) -> bool:
        return self.state in ("waiting", "live")

    @property
    def thought(self) -> str:
        """What was thought before the answer; what led to a call stands with its step."""
        thoughts = (str(step.get("thought", "")).strip() for step in self.steps if not step.get("tool"))
        return "\n\n".join(thought for thought in thoughts if thought)

    @property
    def left_computer(self) -> bool:
        """Whether a server on another computer gave this answer."""
        return self.source.startswith(("http://", "https://")) and not is_local(self.source)

    @property
    def server(self) -> str:
        """Host of the server that answered, "" where none did."""
        return self.source.split("://", 1)[1].split("/")[0] if "://" in self.source else ""


def is_local(url: str) -> bool:
    """Whether a server's address is this computer."""
    host = url.split("://", 1)[-1].split("/")[0]
    return host.rsplit(":", 1)[0] in ("localhost", "127.0.0.1", "[::1]")


def _took_ms(turn: Turn) -> float:
    """From the question to the end; of turns from before that was kept, the steps together."""
    whole = (turn.figures or {}).get("took_ms", 0.0)
    return whole or sum(float(step.get("took_ms", 0)) for step in turn.trace)


def from_turn(turn: Turn) -> TurnData:
    """A stored turn; one that still streams elsewhere counts as live."""
    return TurnData(
        role=turn.role,
        text=turn.text,
        id=turn.id,
        position=turn.position,
        created_ms=turn.created_ms,
        state="live" if turn.state == "streaming" else turn.state,
        reason=turn.reason,
        model=turn.model,
        source=turn.source,
        # What ended before its end was known names the guide all the same.
        is_guide=(turn.model_kind or turn.model) == "guide",
        citations=turn.citations,
        steps=[dict(step) for step in turn.trace],
        error=turn.problem,
        took_ms=_took_ms(turn),
        n_context=turn.n_context,
        is_repeated=bool((turn.figures or {}).get("repeated")),
    )
