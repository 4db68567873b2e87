"""The run of a question, from its first event to its last: always a last event, always an answer.

`run_agent` is the frame around both kinds of model. It holds the chat, saves what happens, and turns every way
to end into the right end:

- an answer → `RunFinished`, after it is saved for good
- the model cannot get there (steps, time, nonsense) → still `RunFinished`, with an answer that says why
- no space is left to save it → it is answered all the same, and said that nothing of it is kept
- our own fault (store, worker, model file) → `RunFailed`, the partial answer kept
- cancelled, or nobody listens any more → the partial answer kept and marked, nothing more is sent
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

from engine.agent.answer import apologise, find_citations
from engine.agent.guide.turn import answer_as_guide
from engine.agent.react import answer_by_steps
from engine.agent.roles import load_role
from engine.agent.run import Outcome, Run, RunRequest, Services, clean_words, unkept
from engine.errors import EngineError, StoreFullError
from engine.events import Event, NoteAdded, RunFailed, RunStarted

__all__ = ["RunRequest", "Services", "run_agent"]

_NOT_KEPT = (
    "No space is left on the disk: this question and its answer are not kept, and what was written last may not be "
    "found. Free some and it goes on."
)


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
    turns = await services.chats.turns(request.chat_id)
    try:
        chat = await services.chats.create(project=request.project, id=request.chat_id, role=role)
    except StoreFullError:
        services = unkept(services, request.chat_id)
        chat = await services.chats.create(project=request.project, id=request.chat_id, role=role)
    # A request that is repeated after its owner died finds its own turns.
    mine = (request.user_turn_id, request.turn_id)
    return Run(request, services, words, chat, [turn for turn in turns if turn.id not in mine])


async def _guarded(run: Run) -> None:
    """The whole run; raises only for a cancel and for mistakes in our own code."""
    try:
        await run.finish(await _answer(run))
    except EngineError as exc:
        await run.give_up("failed", exc.kind, str(exc))
        run.emit(RunFailed(run.request.run_id, exc.kind, str(exc), run.answer))
    except asyncio.CancelledError:
        await run.give_up("cancelled", "cancelled")
        raise
    # A mistake of ours, whatever it is: the turn must not stay in the state `streaming`.
    except Exception:
        await run.give_up("failed", "engine")
        raise


async def _begin(run: Run) -> None:
    """Write the question to its chat; where no space is left, to one that ends with the run."""
    try:
        await run.begin(run.services.settings.model)
    except StoreFullError:
        run.services = unkept(run.services, run.chat.id)
        await run.services.chats.save(run.chat)
        await run.begin(run.services.settings.model)


async def _answer(run: Run) -> Outcome:
    await _begin(run)
    info = await run.services.backend.load()
    run.writer.turn = replace(run.writer.turn, model=info.name, source=info.source, model_kind=info.kind)
    request = run.request
    run.emit(RunStarted(request.run_id, run.chat.id, request.turn_id, info.name, request.user_turn_id))
    if info.note and not run.earlier:
        run.emit(NoteAdded(run.request.run_id, info.note))
    if run.is_unkept:
        run.emit(NoteAdded(request.run_id, _NOT_KEPT, "unkept"))
    limit_s = run.services.settings.run_limit_s
    timer = asyncio.timeout(limit_s)
    try:
        async with timer:
            return await (answer_as_guide(run) if info.kind == "guide" else answer_by_steps(run))
    except TimeoutError:
        if not timer.expired():
            raise
    why = f"the time limit of {limit_s:g} s was reached"
    run.emit(NoteAdded(run.request.run_id, f"{why[0].upper()}{why[1:]}."))
    if run.answer.strip():
        return Outcome(run.answer, "length", find_citations(run.answer, run.book))
    return apologise(run, why, [run.result], "length")
