"""The run: thought, action, observation, again, until there is an answer. Always a last event, always an answer.

`run_agent` is the frame around both kinds of model. It holds the chat, saves what happens, and turns every way
to end into the right end:

- an answer → `RunFinished`, after it is saved for good
- the model cannot get there (steps, time, nonsense) → still `RunFinished`, with an answer that says why
- our own fault (store, worker, model file) → `RunFailed`, the partial answer kept
- cancelled, or nobody listens any more → the partial answer kept and marked, nothing more is sent

What the model does wrong becomes an observation; it is never an exception.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from engine.agent.answer import apologise, find_citations
from engine.agent.guide import answer_as_guide
from engine.agent.prompt import ANSWER_SHARE, Given, build_prompt
from engine.agent.roles import load_role
from engine.agent.run import Outcome, Run, RunRequest, Services, clean_words
from engine.agent.steps import STOP, Step, StepParser, create_grammar, parse_action
from engine.answer_cache import KeptAnswer
from engine.errors import EngineError
from engine.events import Event, NoteAdded, RunFailed, RunStarted, ThoughtStreamed, TokenGenerated
from engine.llm.backend import Generated, Message, Piece, Prefilled, Sampling
from engine.llm.sampler_settings import apply_sampling
from engine.memory.entry import MemoryEntry
from engine.memory.suggestions import is_statement
from engine.security.taint import APP, Labeled, document_label, join
from engine.tools.builtin.recall_memory import cite_memory, memory_line
from engine.tools.builtin.search_documents import MAX_PLACES, SENTENCES_EACH, by_place, find_sentences
from engine.tools.quoting import cite, file_name, place_of, shorten
from engine.tools.tool import Tool, ToolResult

__all__ = ["RunRequest", "Services", "run_agent"]

# Memories put before the model without being asked for.
_RECALLED = 5
# Of the context, at most so much; snippets get as much again (design.md section 5).
_RECALLED_SHARE = 0.1
_PINNED = 10
_PINNED_LOOKED_AT = 200
# Refused or misread calls in one run, after which only an answer is possible.
_MAX_MISTAKES = 3
# An observation may take this part of the context; a token has about four characters.
_OBSERVATION_SHARE = 0.2
_CHARACTERS_PER_TOKEN = 4
_MIN_ANSWER_TOKENS = 64

_ANSWER_NOW = "\n(No more tools: write your Answer now.)"
_REPEATED = (
    "You made exactly this call before; its observation is above. Use it, try other words, or write your Answer."
)
_REREAD = "This kind of model cannot go back in what it has read, so all {:,} tokens of the chat are read again."
_NOTHING_SAID = 'You wrote neither an Action nor an Answer. Write one: Action: tool {"argument": "value"} or Answer: …'


async def run_agent(request: RunRequest, services: Services) -> AsyncGenerator[Event, None]:
    """Answer one question in its chat; the last event is `RunFinished` or `RunFailed`.

    Closing the generator or cancelling its task stops the model; what was said stays in the chat.

    Raises:
        UsageError: the question is empty, the role unknown, or the chat still answers.
    """
    words = clean_words(request.question)
    if request.role:
        load_role(request.role)
    with services.chats.answering(request.chat_id):
        run = await _open(request, services, words)
        task = asyncio.create_task(_guarded(run), name=f"run {request.run_id}")
        task.add_done_callback(lambda _: run.events.put_nowait(None))
        try:
            while (event := await run.events.get()) is not None:
                yield event
            await task
        finally:
            # A task that is done does not mind; one that is not saves what there is and ends.
            task.cancel()
            await asyncio.wait({task})


async def _open(request: RunRequest, services: Services, words: str) -> Run:
    role = request.role or services.settings.role
    chat = await services.chats.create(project=request.project, id=request.chat_id, role=role)
    turns = await services.chats.turns(chat.id)
    # A request that is repeated after its owner died finds its own turns.
    mine = (request.user_turn_id, request.turn_id)
    return Run(request, services, words, chat, [turn for turn in turns if turn.id not in mine])


async def _guarded(run: Run) -> None:
    """The whole run; raises only for a cancel and for mistakes in our own code."""
    try:
        await run.finish(await _answer(run))
    except EngineError as exc:
        await run.give_up("failed", exc.kind)
        run.emit(RunFailed(run.request.run_id, exc.kind, str(exc), run.answer))
    except asyncio.CancelledError:
        await run.give_up("cancelled", "cancelled")
        raise
    except BaseException:
        await run.give_up("failed", "engine")
        raise


async def _answer(run: Run) -> Outcome:
    await run.begin(run.services.settings.model)
    info = await run.services.backend.load()
    run.writer.turn = replace(run.writer.turn, model=info.name, source=info.source, model_kind=info.kind)
    request = run.request
    run.emit(RunStarted(request.run_id, run.chat.id, request.turn_id, info.name, request.user_turn_id))
    if info.note and not run.earlier:
        run.emit(NoteAdded(run.request.run_id, info.note))
    limit_s = run.services.settings.run_limit_s
    timer = asyncio.timeout(limit_s)
    try:
        async with timer:
            return await (answer_as_guide(run) if info.kind == "guide" else _react(run))
    except TimeoutError:
        if not timer.expired():
            raise
    why = f"the time limit of {limit_s:g} s was reached"
    run.emit(NoteAdded(run.request.run_id, f"{why[0].upper()}{why[1:]}."))
    if run.answer.strip():
        return Outcome(run.answer, "length", find_citations(run.answer, run.book))
    return _apologised(run, why, [run.result], "length")


def _apologised(run: Run, why: str, results: Sequence[ToolResult], reason: str) -> Outcome:
    answer, citations = apologise(why, results)
    run.emit(TokenGenerated(run.request.run_id, answer))
    return Outcome(answer, reason, citations)


class _Attempt:
    """What the loop keeps between steps of one run."""

    def __init__(self, messages: Sequence[Message], tools: Sequence[Tool]) -> None:
        self.messages, self.tools = list(messages), list(tools)
        self.calls: set[str] = set()
        self.results: list[ToolResult] = []
        self.mistakes = 0
        self.may_call = bool(tools)
        self.noted_reread = False
        self.reason = "end"


async def _react(run: Run) -> Outcome:
    attempt = await _prepare(run)
    key = await _answer_key(run, attempt)
    if (answer := await _given_before(run, attempt, key)) is not None:
        return Outcome(answer, "answered", find_citations(answer, run.book))
    while True:
        step = await _generate(run, attempt)
        if step.answer:
            await _keep_answer(run, attempt, key)
            return _outcome(run, attempt, step.answer)
        if not attempt.may_call:
            break
        if step.action is None:
            _observe(run, attempt, ToolResult(_NOTHING_SAID, ok=False))
            attempt.mistakes += 1
        else:
            await _act(run, attempt, step.thought, step.action)
        await _close_when_due(run, attempt)
    why = f"{run.step_limit} steps were not enough" if run.steps >= run.step_limit else "the model came to no answer"
    outcome = _apologised(run, why, attempt.results, "step_limit")
    run.transcript.append(Message("assistant", f"Answer: {outcome.answer}", run.labels | {APP}))
    return outcome


async def _prepare(run: Run) -> _Attempt:
    """Build the prompt, keep it as it is sent, and begin the loop with it."""
    role = load_role(run.request.role or run.chat.role or run.services.settings.role)
    tools = run.tools.offer(run.words, run.chat.offered)
    given = Given(
        words=run.words,
        role_prompt=role.prompt,
        registry=run.tools,
        tools=tools,
        pinned=await _pinned(run),
        memories=await _memories(run),
        snippets=await _snippets(run),
        files=await _file_names(run),
    )
    await _enter_chat(run)
    prompt = await build_prompt(run.chat, run.earlier, given, run.services.backend)
    run.labels = join(*(message.labels for message in prompt.messages))
    await run.sent(prompt.user, replace(prompt.chat, role=role.name))
    if prompt.note:
        run.emit(NoteAdded(run.request.run_id, prompt.note))
    return _Attempt(prompt.messages, tools)


async def _enter_chat(run: Run) -> None:
    """Have what the model read of this chat before at hand, where its backend keeps such things."""
    enter = getattr(run.services.backend, "enter", None)
    if enter is not None:
        await enter(run.chat.id)


async def _pinned(run: Run) -> list[MemoryEntry]:
    if not run.use_memory or run.chat.system is not None:
        return []
    entries = await run.services.memory.list(pinned=True, trust="trusted", limit=_PINNED_LOOKED_AT)
    return [entry for entry in entries if entry.project in ("", run.chat.project)][:_PINNED]


async def _memories(run: Run) -> list[Labeled]:
    if not run.use_memory:
        return []
    recalled = await run.services.memory.recall(
        run.words,
        _RECALLED,
        project=run.chat.project,
        turns=[turn.text for turn in run.earlier if turn.role == "user"],
        # What was said in this chat stands before the model already, unless it was compacted away.
        without_chat="" if run.chat.visible_from else run.chat.id,
        max_tokens=int(_RECALLED_SHARE * run.info.n_ctx),
        # Nobody reads these before the model does: a memory that does not fit is worse than none.
        strict=True,
        # That a statement is like an earlier one is no use of it; a question that it answers is.
        touch=not is_statement(run.words),
    )
    lines = []
    for hit in recalled:
        citation = run.book.add(cite_memory(hit.entry))
        lines.append(Labeled(memory_line(citation.number, hit.entry), frozenset(hit.entry.labels)))
    return lines


async def _snippets(run: Run) -> list[Labeled]:
    """What the chosen documents say to the question; without chosen ones the model searches by itself."""
    if not run.request.document_ids:
        return []
    sentences = await find_sentences(run.words, run.words, run.context(), MAX_PLACES * SENTENCES_EACH)
    lines = []
    for found in by_place(sentences):
        hit = found[0].hit
        citation = run.book.add(cite(hit, hit.text[found[0].start : found[-1].end]))
        text = f"[{citation.number}] {place_of(hit)}: {' … '.join(shorten(s.text) for s in found)}"
        lines.append(Labeled(text, frozenset(hit.labels or (document_label(hit.group),))))
    return lines


async def _file_names(run: Run) -> list[str]:
    store = run.services.store
    records = await store.get_many([store.keys.document(id) for id in run.request.document_ids])
    return [file_name(str(record["path"])) for record in records if record is not None]


async def _generate(run: Run, attempt: _Attempt) -> Step:
    """One step of the model, streamed."""
    grammar = _grammar(run, attempt)
    parser, number = _parser(run, grammar), run.steps + 1
    run.answer, text = "", ""
    run.transcript.append(Message("assistant", "", run.labels))
    async with aclosing(run.services.backend.generate(attempt.messages, _sampling(run), grammar=grammar)) as items:
        async for item in items:
            if isinstance(item, Piece):
                text += item.text
                # What a cancelled run leaves behind is what the model said until then.
                run.transcript[-1] = Message("assistant", text, run.labels)
                await _show(run, parser.feed(item.text), number)
            elif isinstance(item, Prefilled):
                _note_reread(run, attempt, item)
            elif isinstance(item, Generated):
                run.count(item)
                attempt.reason = item.reason
                run.transcript[-1] = Message("assistant", item.text, run.labels, item.ids)
    step, held = parser.finish()
    await _show(run, held, number)
    attempt.messages.append(run.transcript[-1])
    return step


def _note_reread(run: Run, attempt: _Attempt, prefilled: Prefilled) -> None:
    """Say once why an answer begins late: what was read has to be read again."""
    if prefilled.n_reread and not attempt.noted_reread:
        attempt.noted_reread = True
        run.emit(NoteAdded(run.request.run_id, _REREAD.format(prefilled.n_prompt)))


async def _answer_key(run: Run, attempt: _Attempt) -> bytes | None:
    """What decides the answer of a run that uses no tool; None where chance or a server has a part in it."""
    answers, sampling = run.services.answers, _sampling(run)
    if answers is None or sampling.temperature > 0 or "://" in run.info.source:
        return None
    tell = getattr(run.services.backend, "prompt_ids", None)
    ids = await tell(attempt.messages) if tell is not None else None
    return await answers.key(run.info, ids or attempt.messages, sampling, _grammar(run, attempt))


async def _given_before(run: Run, attempt: _Attempt, key: bytes | None) -> str | None:
    """The answer to exactly this prompt, shown at once, if there is one and nobody asked for a fresh one."""
    answers = run.services.answers
    if answers is None or key is None or run.request.fresh:
        return None
    kept = await answers.find(key)
    if kept is None:
        return None
    parser = _parser(run, _grammar(run, attempt))
    parts = parser.feed(kept.text)
    step, held = parser.finish()
    if not step.answer:
        return None
    run.repeated = True
    run.transcript.append(Message("assistant", kept.text, run.labels, kept.ids))
    await _show(run, [*parts, *held], 1)
    return step.answer


async def _keep_answer(run: Run, attempt: _Attempt, key: bytes | None) -> None:
    """Remember an answer that came at once, without a tool and to its end."""
    written = run.transcript[-1]
    if run.services.answers is None or key is None or run.steps or attempt.mistakes or attempt.reason == "length":
        return
    await run.services.answers.keep(key, run.chat.id, KeptAnswer(written.text, written.ids))


def _grammar(run: Run, attempt: _Attempt) -> str | None:
    return create_grammar(attempt.tools if attempt.may_call else ()) if run.info.has_grammar else None


def _parser(run: Run, grammar: str | None) -> StepParser:
    """Reads what the model writes; under a grammar it writes in our form at once, wherever its template left off."""
    return StepParser(opened=run.info.opens_thought and grammar is None)


async def _show(run: Run, parts: Sequence[tuple[str, str]], number: int) -> None:
    for kind, text in parts:
        if kind == "thought":
            run.emit(ThoughtStreamed(run.request.run_id, number, text))
        else:
            run.emit(TokenGenerated(run.request.run_id, text))
            await run.show(text)


def _sampling(run: Run) -> Sampling:
    """As in the settings, then the role's, then the chat's own; never more tokens than there is room for."""
    settings = run.services.settings
    role = load_role(run.request.role or run.chat.role or settings.role)
    base = Sampling(temperature=settings.temperature, max_tokens=settings.max_tokens, stop=STOP)
    sampling = apply_sampling(base, role.sampling, run.chat.sampling)
    room = run.info.n_ctx - run.n_context if run.n_context else run.info.n_ctx
    return replace(sampling, max_tokens=max(_MIN_ANSWER_TOKENS, min(sampling.max_tokens, room)))


async def _act(run: Run, attempt: _Attempt, thought: str, raw: str) -> None:
    """Make the call that the model asked for, or tell it what is wrong with it."""
    call = parse_action(raw)
    if isinstance(call, str):
        _refuse(run, attempt, "", raw[:500], thought, call)
        return
    name, arguments = call
    same = name + json.dumps(arguments, sort_keys=True)
    if same in attempt.calls:
        _refuse(run, attempt, name, arguments, thought, _REPEATED)
        return
    attempt.calls.add(same)
    result = await run.call(name, arguments, thought)
    attempt.mistakes += not result.ok
    attempt.results.append(result)
    _observe(run, attempt, result)
    await run.writer.update(trace=tuple(run.trace))


def _refuse(run: Run, attempt: _Attempt, name: str, arguments: Any, thought: str, why: str) -> None:
    result = ToolResult(why, ok=False)
    attempt.mistakes += 1
    run.start_step(name, arguments)
    run.end_step(name, arguments, result, thought)
    _observe(run, attempt, result)


def _observe(run: Run, attempt: _Attempt, result: ToolResult) -> None:
    limit = int(_OBSERVATION_SHARE * run.info.n_ctx * _CHARACTERS_PER_TOKEN)
    text = result.observation
    if len(text) > limit:
        text = text[:limit].rsplit(" ", 1)[0] + " … (cut)"
    labels = result.labels | {APP}
    message = Message("tool", f"Observation: {text}", labels)
    run.transcript.append(message)
    attempt.messages.append(message)


async def _close_when_due(run: Run, attempt: _Attempt) -> None:
    """Take the tools away when steps, room or patience are used up, and tell the model so."""
    n_ctx = run.info.n_ctx
    used = run.n_context + await run.services.backend.count(attempt.messages[-1].text)
    no_room = used > (1 - ANSWER_SHARE) * n_ctx
    if run.steps < run.step_limit and attempt.mistakes < _MAX_MISTAKES and not no_room:
        return
    attempt.may_call = False
    last = attempt.messages[-1]
    attempt.messages[-1] = run.transcript[-1] = replace(last, text=last.text + _ANSWER_NOW)


def _outcome(run: Run, attempt: _Attempt, answer: str) -> Outcome:
    citations = find_citations(answer, run.book)
    if attempt.reason != "length":
        return Outcome(answer, "answered", citations)
    run.emit(NoteAdded(run.request.run_id, "The answer was cut at its longest length."))
    return Outcome(answer, "length", citations)
