"""The run of a chat model: thought, action, observation, again, until there is an answer.

What the model does wrong becomes an observation; it is never an exception.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from engine.agent.answer import apologise, find_citations
from engine.agent.gather import gather
from engine.agent.prompt import ANSWER_SHARE, build_prompt
from engine.agent.roles import load_role
from engine.agent.run import Outcome, Run
from engine.agent.steps import STOP, Step, StepParser, create_grammar, parse_action
from engine.answer_cache import KeptAnswer
from engine.errors import EngineError
from engine.events import NoteAdded, TokenGenerated
from engine.llm.backend import Generated, Message, Piece, Prefilled, Sampling
from engine.llm.sampler_settings import apply_sampling
from engine.security.taint import APP, join
from engine.tools.tool import Tool, ToolResult

__all__ = ["answer_by_steps"]

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


async def answer_by_steps(run: Run) -> Outcome:
    """Let the model think and call tools until it writes an answer; say why where it comes to none."""
    attempt = await _prepare(run)
    key = await _answer_key(run, attempt)
    if (answer := await _given_before(run, attempt, key)) is not None:
        return Outcome(answer, "answered", find_citations(answer, run.book))
    while True:
        step = await _generate(run, attempt)
        if step.answer:
            run.keep_thought(step.thought)
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
    outcome = apologise(run, why, attempt.results, "step_limit")
    run.transcript.append(Message("assistant", f"Answer: {outcome.answer}", run.labels | {APP}))
    return outcome


async def _prepare(run: Run) -> _Attempt:
    """Build the prompt, keep it as it is sent, and begin the loop with it."""
    role = load_role(run.request.role or run.chat.role or run.services.settings.role)
    tools = run.tools.offer(run.words, run.chat.offered)
    given = await gather(run, role.prompt, tools)
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


async def _generate(run: Run, attempt: _Attempt) -> Step:
    """One step of the model, streamed."""
    grammar = _grammar(run, attempt)
    parser = _parser(run, grammar)
    run.answer, text = "", ""
    run.transcript.append(Message("assistant", "", run.labels))
    try:
        async with aclosing(run.services.backend.generate(attempt.messages, _sampling(run), grammar=grammar)) as items:
            async for item in items:
                if isinstance(item, Piece):
                    text += item.text
                    # What a cancelled run leaves behind is what the model said until then.
                    run.transcript[-1] = Message("assistant", text, run.labels)
                    await _show(run, parser.feed(item.text))
                elif isinstance(item, Prefilled):
                    _note_reread(run, attempt, item)
                elif isinstance(item, Generated):
                    run.count(item)
                    attempt.reason = item.reason
                    run.transcript[-1] = Message("assistant", item.text, run.labels, item.ids)
    except EngineError:
        # The first words wait for the mark that says what they are; now none comes.
        await _show(run, parser.finish()[1])
        raise
    step, held = parser.finish()
    await _show(run, held)
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
    await _show(run, [*parts, *held])
    run.keep_thought(step.thought)
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


async def _show(run: Run, parts: Sequence[tuple[str, str]]) -> None:
    for kind, text in parts:
        if kind == "thought":
            run.think(text)
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
    return replace(sampling, max_tokens=min(sampling.max_tokens, max(_MIN_ANSWER_TOKENS, room)))


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
