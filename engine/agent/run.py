"""One run: the request, what it may use, and its state from the first event to the last.

The run writes to the chat before it begins (the question and an empty answer, in one transaction), while it
streams, and when it ends, whatever ends it. An event that says "finished" is sent after the barrier, so that
whoever sees it can kill the computer and finds the answer again.

Events go into a queue: the run is one plain task, and whoever reads the queue may stop at any moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from engine.answer_cache import AnswerCache
from engine.chat_records import Chat, Turn, TurnState, citations_of
from engine.chats import Chats, TurnWriter
from engine.clock import Clock
from engine.errors import StoreError, StoreFullError, UnknownNameError, UsageError
from engine.events import (
    ApprovalRequested,
    Citation,
    CitationAdded,
    Event,
    NoteAdded,
    RunFinished,
    ThoughtStreamed,
    ToolCalled,
    ToolReturned,
)
from engine.ids import create_id
from engine.llm.backend import Backend, Generated, Message, ModelInfo
from engine.memory.memory import Memory, SearchCall
from engine.memory.recorder import Recorder, Said
from engine.search.fusion import normalised
from engine.search.types import Embedder
from engine.security.approval import Session, decide
from engine.security.taint import USER, Labels
from engine.settings import Settings
from engine.store.store import Store
from engine.store.twin import MemoryStore
from engine.tools.registry import Registry
from engine.tools.tool import CitationBook, ToolContext, ToolResult

logger = logging.getLogger(__name__)

# Saving the end of a run that was cancelled or failed may take so long, then the run ends all the same.
SAVE_LIMIT_S = 5.0
# So much of what was thought before an answer is kept to be read; thoughts that go in circles are longer.
_THOUGHT_CHARACTERS = 20_000
# An observation is kept in the trace up to here; what the model saw is in the transcript.
_TRACE_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: an answer, the `reason` of `RunFinished`, and what the answer rests on."""

    answer: str
    reason: str = "answered"
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One question.

    Attributes:
        chat_id: of a chat; made if there is none of that id.
        run_id, user_turn_id, turn_id: made by the asker, so that a repeated request is the same run.
        role: how to behave; the chat's own if "".
        use_memory: recall and remember; as in the settings if None.
        document_ids: search these documents only; empty: all.
        project: of a new chat.
        fresh: generate the answer even where the same one was given before.
    """

    question: str
    chat_id: str = field(default_factory=create_id)
    run_id: str = field(default_factory=create_id)
    user_turn_id: str = field(default_factory=create_id)
    turn_id: str = field(default_factory=create_id)
    role: str = ""
    use_memory: bool | None = None
    document_ids: tuple[str, ...] = ()
    project: str = ""
    fresh: bool = False


@dataclass(slots=True)
class Services:
    """What a run may use.

    Attributes:
        recorder: writes turns and findings into memory; None in a chat that leaves no trace.
        approve: waits for the person's yes or no to an `ApprovalRequested`, by its id; None refuses.
        answers: what was answered before; None generates everything.
    """

    backend: Backend
    chats: Chats
    memory: Memory
    store: Store
    search: SearchCall
    embedder: Embedder | None
    tools: Registry
    settings: Settings
    clock: Clock
    approve: Callable[[str], Awaitable[bool]] | None = None
    recorder: Recorder | None = None
    answers: AnswerCache | None = None


def unkept(services: Services, chat_id: str) -> Services:
    """The services of a run of which nothing can be saved: its chat ends with it."""
    services.chats.unkept.add(chat_id)
    chats = Chats(MemoryStore(services.store.keys.space), services.clock)
    return replace(services, chats=chats, recorder=None, answers=None)


def clean_words(question: str) -> str:
    """The person's words as they can be stored: without white space around, no half characters.

    Raises:
        UsageError: nothing is left.
    """
    words = question.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
    if not words:
        raise UsageError("The question is empty; write one.")
    return words


class Run:
    """The state of one run.

    Attributes:
        earlier: turns of the chat before this one.
        labels: origins of everything the model has seen so far in this prompt.
        answer: what the person was shown so far.
        result: of the last tool call.
        repeated: the answer was given before and is shown again.
        is_request: the person's words ask for something and tell nothing.
        likely: how likely each choice is, as the guide's chooser sees it; empty where it was not asked.
        mood: of the words, as engine/agent/guide/care/moods.py names it.
        moods: how likely each is, 0…1; empty where nobody read them.
    """

    def __init__(self, request: RunRequest, services: Services, words: str, chat: Chat, earlier: list[Turn]) -> None:
        self.request, self.services, self.words, self.chat, self.earlier = request, services, words, chat, earlier
        self.use_memory = services.settings.memory if request.use_memory is None else request.use_memory
        self.tools = services.tools if self.use_memory else services.tools.without("memory")
        self.book = CitationBook(tuple(citations_of(earlier)) if services.backend.info.kind == "chat" else ())
        self.is_request = False
        self.likely: dict[str, float] = {}
        self.mood = "none"
        self.moods: dict[str, float] = {}
        self.labels: Labels = frozenset({USER})
        self.steps = 0
        self.trace: list[dict[str, Any]] = []
        self.answer = ""
        self.transcript: list[Message] = []
        self.result = ToolResult("")
        self.n_context = 0
        self.repeated = False
        self._began_s = services.clock.monotonic_s()
        self._figures = {"n_prompt": 0.0, "n_reused": 0.0, "n_generated": 0.0, "decode_ms": 0.0}
        self.events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._thinking = ""
        self._user_turn: Turn | None = None
        self._writer: TurnWriter | None = None

    @property
    def info(self) -> ModelInfo:
        """The model that answers."""
        return self.services.backend.info

    def emit(self, event: Event) -> None:
        """Tell what happened."""
        self.events.put_nowait(event)

    @property
    def is_unkept(self) -> bool:
        """Whether nothing of this run can be saved."""
        return self.services.chats.store is not self.services.store

    @property
    def writer(self) -> TurnWriter:
        """What writes the answer to the chat."""
        assert self._writer is not None, "begin comes first"
        return self._writer

    @property
    def step_limit(self) -> int:
        """Most tool calls of this run."""
        return self.services.settings.step_limit

    async def begin(self, model: str) -> None:
        """Write question and empty answer to the chat."""
        request = self.request
        user = Turn(request.user_turn_id, self.chat.id, "user", self.words, labels=(USER,), run_id=request.run_id)
        answer = Turn(request.turn_id, self.chat.id, "assistant", state="streaming", model=model, run_id=request.run_id)
        self._user_turn, answer = await self.services.chats.append(self.chat.id, user, answer)
        self.chat = await self.services.chats.get(self.chat.id)
        self._writer = TurnWriter(self.services.chats, answer)

    async def sent(self, user: Message, chat: Chat) -> None:
        """Keep the newest user turn as it is sent, and the chat's system message with it."""
        info = self.info
        self.chat = replace(
            self.chat, system=chat.system, offered=chat.offered, visible_from=chat.visible_from, model=info.name,
            role=chat.role,
        )  # fmt: skip
        assert self._user_turn is not None, "begin comes first"
        turn = replace(self._user_turn, transcript=(user,), source=info.source, model_kind=info.kind)
        await self.services.chats.save_turn(turn, self.chat)
        self.writer.turn = replace(self.writer.turn, model=info.name, source=info.source, model_kind=info.kind)

    async def show(self, text: str) -> None:
        """Add to the answer; saved now and then."""
        self.answer += text
        await self.writer.update(text=self.answer)

    def count(self, generated: Generated) -> None:
        """Add the figures of one generation."""
        for name in self._figures:
            self._figures[name] += getattr(generated, name)
        self.n_context = generated.n_prompt + generated.n_generated

    def context(self) -> ToolContext:
        """What a tool may use at this moment."""
        services, request = self.services, self.request
        return ToolContext(
            store=services.store,
            search=services.search,
            memory=services.memory,
            embedder=services.embedder,
            clock=services.clock,
            session=Session(self.words, self.use_memory),
            citations=self.book,
            labels=self.labels,
            project=self.chat.project,
            chat_id=self.chat.id,
            turn_id=request.turn_id,
            document_ids=request.document_ids,
        )

    async def call(self, name: str, arguments: Any, thought: str = "") -> ToolResult:
        """Make one tool call; its origins become those of everything that follows."""
        run_id, step = self.request.run_id, self.start_step(name, arguments)
        approval_id = create_id()
        if why := self._must_ask(name, arguments):
            self.emit(ApprovalRequested(run_id, step, approval_id, name, dict(arguments), why))
        before = self.services.clock.monotonic_s()
        result = await self.tools.call(name, arguments, self.context(), lambda *_: self._approved(approval_id))
        took_ms = (self.services.clock.monotonic_s() - before) * 1000
        self.end_step(name, arguments, result, thought, took_ms)
        await self._record_finding(name, result)
        return result

    async def _record_finding(self, name: str, result: ToolResult) -> None:
        recorder, request = self.services.recorder, self.request
        # What comes out of memory does not go back into it.
        if recorder is None or not self.use_memory or not result.ok or self.tools.get(name).family == "memory":
            return
        with contextlib.suppress(StoreError):
            text = f"{name}: {result.observation}"
            await recorder.finding(text, self.chat.id, request.turn_id, self.chat.project, result.labels)

    async def _record_turns(self) -> None:
        recorder, user, answer = self.services.recorder, self._user_turn, self.writer.turn
        if recorder is None or not self.use_memory or user is None:
            return
        said = [
            Said(user.id, "user", self.words, user.created_ms, frozenset({USER}),
                 verbatim=not (self.is_request or self._is_kept())),
            # What the guide says is frames and quotes.
            Said(answer.id, "assistant", self.answer, self.services.clock.now_ms(), self.labels,
                 verbatim=self.info.kind == "chat"),
        ]  # fmt: skip
        with contextlib.suppress(StoreError):
            await recorder.turns(self.chat.id, self.chat.project, said)

    def _is_kept(self) -> bool:
        """Whether a step of this run remembered the person's words as they are: one of the two is enough."""
        remembered = (s["arguments"].get("text", "") for s in self.trace if s["tool"] == "remember" and s["ok"])
        return normalised(self.words) in {normalised(str(text)) for text in remembered}

    def start_step(self, tool: str, arguments: Any) -> int:
        """Begin a step, say so, and return its number."""
        self.steps += 1
        self.emit(ToolCalled(self.request.run_id, self.steps, tool, _shown(arguments)))
        return self.steps

    def end_step(self, tool: str, arguments: Any, result: ToolResult, thought: str = "", took_ms: float = 0.0) -> None:
        """End a step, say so, and write it into the trace of the turn."""
        self.result = result
        self.labels |= result.labels
        self._thinking = ""
        self.trace.append(
            {
                "step": self.steps,
                "thought": thought,
                "tool": tool,
                "arguments": _shown(arguments),
                "observation": result.observation[:_TRACE_CHARACTERS],
                "ok": result.ok,
                "took_ms": round(took_ms, 1),
            }
        )
        self.emit(ToolReturned(self.request.run_id, self.steps, tool, result.observation, result.ok, took_ms))

    def think(self, text: str) -> None:
        """Show more of a thought; what is thought when the run breaks off is kept."""
        self._thinking += text
        self.emit(ThoughtStreamed(self.request.run_id, self.steps + 1, text))

    def keep_thought(self, thought: str) -> None:
        """Keep in the trace what was thought before the answer; an entry without a tool is no step."""
        self._thinking = ""
        if thought:
            kept = thought[:_THOUGHT_CHARACTERS]
            self.trace.append({"step": self.steps + 1, "thought": kept, "tool": "", "arguments": {}, "ok": True})

    def _must_ask(self, name: str, arguments: Any) -> str:
        """Why the person has to be asked before this call, "" if nobody has to or can be."""
        if self.services.approve is None or not isinstance(arguments, dict):
            return ""
        try:
            tool = self.tools.get(name)
        except UnknownNameError:
            return ""
        decision = decide(tool, arguments, self.labels, Session(self.words, self.use_memory))
        return decision.why if decision.verdict == "ask" and not tool.quarantines else ""

    async def _approved(self, approval_id: str) -> bool:
        return self.services.approve is not None and await self.services.approve(approval_id)

    async def finish(self, outcome: Outcome) -> None:
        """Save the answer for good, then say that the run is finished."""
        self.answer = outcome.answer
        try:
            await self._save("complete", outcome.reason, outcome.citations)
        except StoreFullError as exc:  # an answer that was given is shown
            self.emit(NoteAdded(self.request.run_id, f"This answer may not be kept. {exc}"))
        await self._record_turns()
        with contextlib.suppress(StoreError):
            await self.services.memory.flush()
        for citation in outcome.citations:
            self.emit(CitationAdded(self.request.run_id, citation))
        figures = self.figures()
        self.emit(
            RunFinished(
                self.request.run_id, outcome.answer, outcome.citations, self.steps, self.writer.turn.model,
                outcome.reason, int(figures["n_prompt"]), int(figures["n_reused"]), int(figures["n_generated"]),
                figures["tokens_per_s"], self.writer.turn.model_kind, self.repeated,
            )
        )  # fmt: skip

    def figures(self) -> dict[str, float]:
        """Tokens and speed of all generations of the run, and how long it took until now."""
        figures = dict(self._figures)
        decode_s = figures.pop("decode_ms") / 1000
        speed = figures["n_generated"] / decode_s if decode_s > 0 else 0.0
        took_ms = round((self.services.clock.monotonic_s() - self._began_s) * 1000, 1)
        whole = {"steps": self.steps, "repeated": float(self.repeated), "took_ms": took_ms}
        return {**figures, "tokens_per_s": round(speed, 2), **whole}

    async def give_up(self, state: TurnState, reason: str, problem: str = "") -> None:
        """Keep what was said and thought when a run is cancelled or fails; never raises, takes at most 5 s."""
        if self._writer is None or self._writer.finished:
            return
        self.keep_thought(self._thinking)
        # An answer that was complete stays so, even if its saving was interrupted.
        complete = self._writer.turn.state == "complete"
        saving = asyncio.ensure_future(
            self._writer.finish("complete") if complete else self._save(state, reason, (), problem)
        )
        try:
            await asyncio.wait_for(asyncio.shield(saving), SAVE_LIMIT_S)
        except (TimeoutError, StoreError) as exc:
            saving.cancel()
            logger.warning("the end of an answer could not be saved: %s", exc)

    async def _save(self, state: TurnState, reason: str, citations: tuple[Citation, ...], problem: str = "") -> None:
        await self.writer.finish(
            state,
            replace(self.chat, model=self.writer.turn.model or self.chat.model),
            text=self.answer,
            reason=reason,
            problem=problem,
            citations=citations,
            labels=tuple(sorted(self.labels)),
            trace=tuple(self.trace),
            transcript=tuple(self.transcript),
            n_context=self.n_context if state == "complete" else 0,
            figures=self.figures(),
        )


def _shown(arguments: Any) -> dict[str, Any]:
    return dict(arguments) if isinstance(arguments, dict) else {"": arguments}
