from __future__ import annotations

import asyncio
import dataclasses
from contextlib import aclosing

import pytest

from engine.agent.loop import RunRequest, run_agent
from engine.chat_edits import ChatEdits
from engine.errors import (
    ContextFullError,
    ModelNotFoundError,
    ServerError,
    StoreFullError,
    UnknownNameError,
    UsageError,
    WorkerCrashedError,
)
from engine.events import (
    CitationAdded,
    NoteAdded,
    RunFailed,
    RunFinished,
    RunStarted,
    ThoughtStreamed,
    TokenGenerated,
    ToolCalled,
    ToolReturned,
)
from engine.llm.backend import Prefilled, Sampling
from engine.llm.scripted import ScriptedBackend

SEARCH = 'Thought: I look.\nAction: search_documents {"query": "notice period"}'


async def test_a_question_is_answered_with_the_place_that_was_found(desk) -> None:
    await desk.add_document()
    desk.says(SEARCH, "Thought: found\nAnswer: Three months [1].")
    events = await desk.ask("What is the notice period?", chat_id="C", run_id="R", turn_id="T2", user_turn_id="T1")
    kinds = [type(e) for e in events if not isinstance(e, ThoughtStreamed)]
    assert kinds[:3] == [RunStarted, ToolCalled, ToolReturned]
    assert kinds[-2:] == [CitationAdded, RunFinished]
    assert {e.run_id for e in events} == {"R"}
    last = events[-1]
    assert (last.answer, last.reason, last.steps) == ("Three months [1].", "answered", 1)
    assert (last.citations[0].path, last.citations[0].page) == ("/home/eva/lease.pdf", 1)
    assert "".join(e.text for e in events if isinstance(e, TokenGenerated)) == last.answer
    assert "".join(e.text for e in events if isinstance(e, ThoughtStreamed) and e.step == 1).strip() == "I look."


@pytest.mark.parametrize("said", ["<think>Easy.</think>Answer: It is 4.", "Thought: Easy.\nAnswer: It is 4."])
async def test_the_chat_keeps_what_was_thought_before_the_answer_as_no_step(desk, said: str) -> None:
    desk.says(said)
    events = await desk.ask("What is the half of eight?", chat_id="C")
    assert (events[-1].answer, events[-1].steps) == ("It is 4.", 0)
    answer = (await desk.chats.turns("C"))[-1]
    assert [(step["tool"], step["thought"]) for step in answer.trace] == [("", "Easy.")]


async def test_the_chat_keeps_the_run(desk) -> None:
    document = await desk.add_document()
    desk.says(SEARCH, "Answer: Three months [1].")
    await desk.ask("What is the notice period?", chat_id="C", turn_id="T2", user_turn_id="T1")
    question, answer = await desk.chats.turns("C")
    assert (question.id, question.text, question.state) == ("T1", "What is the notice period?", "complete")
    assert (answer.id, answer.text, answer.state, answer.model) == ("T2", "Three months [1].", "complete", "scripted")
    assert answer.trace[0]["tool"] == "search_documents"
    assert [m.role for m in answer.transcript] == ["assistant", "tool", "assistant"]
    assert f"doc:{document.id}" in answer.labels
    assert answer.citations[0].number == 1


async def test_the_second_turn_begins_with_exactly_what_was_sent(desk) -> None:
    await desk.add_document()
    backend = desk.says(SEARCH, "Answer: Three months [1].", "Answer: 840 euros [1].")
    await desk.ask("What is the notice period?", chat_id="C")
    sent = backend.asked[-1].messages
    last = await desk.answer("And what is the rent?", chat_id="C")
    messages = backend.asked[-1].messages
    assert messages[: len(sent)] == sent
    assert [m.role for m in messages[len(sent) :]] == ["assistant", "user"]
    assert messages[-1].text == "And what is the rent?"
    assert last.citations[0].page == 1


async def test_numbers_of_places_go_on_in_the_next_turn(desk) -> None:
    await desk.add_document()
    desk.says(
        SEARCH, "Answer: a [1].", 'Action: search_documents {"query": "deposit returned"}', "Answer: b [2], c [9]."
    )
    await desk.ask("What is the notice period?", chat_id="C")
    last = await desk.answer("When is the deposit returned?", chat_id="C")
    assert [(c.number, c.page) for c in last.citations] == [(2, 2)]


async def test_the_grammar_allows_the_offered_tools_and_at_the_end_only_an_answer(desk) -> None:
    desk.with_settings(step_limit=1)
    backend = desk.says('Action: calculator {"expression": "1+1"}', "Answer: 2")
    await desk.ask("1+1?")
    assert "calculator" in backend.asked[0].grammar
    assert "calculator" not in backend.asked[1].grammar
    assert backend.asked[1].messages[-1].text.endswith("write your Answer now.)")


async def test_an_equal_call_is_refused_with_a_hint(desk) -> None:
    await desk.add_document()
    desk.says(SEARCH, SEARCH, "Answer: ok")
    events = await desk.ask("What is the notice period?")
    first, second = (e for e in events if isinstance(e, ToolReturned))
    assert first.ok
    assert not second.ok
    assert "exactly this call" in second.observation


async def test_there_is_an_answer_although_the_model_never_gives_one(desk) -> None:
    await desk.add_document()
    desk.with_settings(step_limit=3)
    desk.answers(lambda messages: f'Action: search_documents {{"query": "notice period {len(messages)}"}}')
    last = await desk.answer("What is the notice period?", chat_id="C")
    assert last.reason == "step_limit"
    assert last.answer.startswith("I could not answer this, because 3 steps were not enough.")
    assert "What I found stands in lease.pdf, page " in last.answer
    assert {c.page for c in last.citations} == {1, 2}
    assert (await desk.chats.turns("C"))[-1].transcript[-1].role == "assistant"


@pytest.mark.parametrize(
    "nonsense", ["", "Thought: hm", "Action: ", "Action: fly {}", 'Action: calculator {"a": }', "<think>"]
)
async def test_nonsense_ends_in_an_answer_that_says_so(desk, nonsense: str) -> None:
    desk.answers(lambda messages: nonsense)
    last = await desk.answer("What is the notice period?")
    assert last.answer == "I could not answer this, because the model came to no answer."
    assert last.reason == "step_limit"


async def test_a_mistake_of_the_model_is_an_observation_it_can_learn_from(desk) -> None:
    backend = desk.says(
        'Action: calculate {"expression": "6*7"}', 'Action: calculator {"expression": "6*7"}', "Answer: 42"
    )
    last = await desk.answer("6*7")
    assert last.answer == "42"
    assert "Did you mean 'calculator'?" in backend.asked[1].messages[-1].text


async def test_memories_are_put_before_the_model_with_their_labels(desk) -> None:
    await desk.memory.add("The cat is called Minka")
    backend = desk.says("Answer: Minka [1].")
    last = await desk.answer("What is the cat called?")
    user = backend.asked[0].messages[-1]
    assert "[1] remembered on 1 January 2026: The cat is called Minka" in user.text
    assert {"memory:user", "user", "app"} <= user.labels
    assert (last.citations[0].kind, last.citations[0].text) == ("memory", "The cat is called Minka")
    (hit,) = await desk.memory.recall("cat", touch=False)
    assert hit.entry.uses == 1


async def test_without_memory_nothing_is_recalled_or_offered(desk) -> None:
    await desk.memory.add("The cat is called Minka")
    backend = desk.says('Action: remember {"text": "the cat"}', "Answer: no")
    await desk.ask("Remember the cat", use_memory=False)
    assert "Minka" not in backend.asked[0].messages[-1].text
    assert "remember" not in backend.asked[0].grammar
    assert await desk.memory.count() == 1


async def test_chosen_documents_are_quoted_before_the_model(desk) -> None:
    document = await desk.add_document()
    backend = desk.says("Answer: Three months [1].")
    last = await desk.answer("What is the notice period?", document_ids=(document.id,))
    user = backend.asked[0].messages[-1]
    assert "[the question is about: lease.pdf]" in user.text
    assert "three months to the end of a quarter" in user.text
    assert f"doc:{document.id}" in user.labels
    assert last.citations[0].path == "/home/eva/lease.pdf"


async def test_a_server_without_grammar_is_read_leniently(desk) -> None:
    backend = desk.says('**Thought:** hm\n**Action:** calculator({"expression": "6*7"})', "It is 42.")
    backend._info = dataclasses.replace(backend.info, has_grammar=False)
    last = await desk.answer("6*7")
    assert backend.asked[0].grammar is None
    assert last.answer == "It is 42."


@pytest.mark.parametrize("question", ["", "  \n\t"])
async def test_an_empty_question_is_refused(desk, question: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        await desk.ask(question)
    assert await desk.chats.list() == []


async def test_an_unknown_role_is_refused(desk) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'assistant'"):
        await desk.ask("a", role="asistant")


async def test_half_characters_in_a_question_are_replaced(desk) -> None:
    desk.says("Answer: ok")
    await desk.ask("a\ud800b", chat_id="C")
    assert (await desk.chats.turns("C"))[0].text == "a\ufffdb"


class Stoppable:
    """Lets so many pieces through, then holds the model."""

    def __init__(self, n: int) -> None:
        self.n, self.held = n, asyncio.Event()

    async def __call__(self) -> None:
        self.n -= 1
        if self.n < 0:
            self.held.set()
            await asyncio.Event().wait()


async def test_closing_the_events_stops_the_model_and_keeps_what_was_said(desk) -> None:
    pace = Stoppable(4)
    backend = desk.says("Answer: one two three four five six", pace=lambda: pace())
    async with aclosing(run_agent(RunRequest("Count", chat_id="C"), desk.services())) as events:
        async for event in events:
            if isinstance(event, TokenGenerated) and "three" in event.text:
                break
    question, answer = await desk.chats.turns("C")
    assert (answer.state, answer.text, answer.reason) == ("cancelled", "one two three", "cancelled")
    assert answer.transcript[-1].text == "Answer: one two three"
    assert (question.state, backend.n_cancelled) == ("complete", 1)
    desk.says("Answer: again")
    assert (await desk.answer("Go on", chat_id="C")).answer == "again"


async def test_cancelling_the_task_does_the_same(desk) -> None:
    pace = Stoppable(3)
    desk.says("Answer: one two three", pace=lambda: pace())
    task = asyncio.create_task(desk.ask("Count", chat_id="C"))
    await asyncio.wait_for(pace.held.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(t.state, t.text) for t in await desk.chats.turns("C")][-1] == ("cancelled", "one two")
    assert not [t for t in asyncio.all_tasks() if t.get_name().startswith("run ")]


async def test_a_chat_that_answers_refuses_a_second_question(desk) -> None:
    pace = Stoppable(1)
    desk.says("Answer: one two", pace=lambda: pace())
    task = asyncio.create_task(desk.ask("Count", chat_id="C"))
    await asyncio.wait_for(pace.held.wait(), 10)
    with pytest.raises(UsageError, match="still answering"):
        await desk.ask("More", chat_id="C")
    task.cancel()
    await asyncio.wait({task})


async def test_the_time_limit_ends_a_run_with_what_there_is(desk) -> None:
    desk.with_settings(run_limit_s=0.2)
    pace = Stoppable(2)
    desk.says("Answer: one two three", pace=lambda: pace())
    events = await desk.ask("Count")
    assert isinstance(events[-1], RunFinished)
    assert (events[-1].answer, events[-1].reason) == ("one", "length")
    assert any(isinstance(e, NoteAdded) and "time limit" in e.text for e in events)
    pace.n = 0
    desk.says("Answer: one two three", pace=lambda: pace())
    last = await desk.answer("Count")
    assert last.answer == "I could not answer this, because the time limit of 0.2 s was reached."


class Failing(ScriptedBackend):
    """Says its words, then breaks."""

    def __init__(self, error: Exception, *replies: str) -> None:
        super().__init__(replies)
        self._error = error

    async def generate(self, messages, sampling, *, grammar=None, sequence="chat"):
        async for item in super().generate(messages, sampling, grammar=grammar, sequence=sequence):
            if type(item).__name__ == "Generated":
                raise self._error
            yield item


async def test_a_worker_that_dies_ends_the_run_and_the_partial_answer_is_kept(desk) -> None:
    desk.backend = Failing(WorkerCrashedError("The model ended by itself; ask again."), "Answer: one two")
    last = (await desk.ask("Count", chat_id="C"))[-1]
    assert isinstance(last, RunFailed)
    assert (last.kind, last.partial) == ("worker_crashed", "one two")
    answer = (await desk.chats.turns("C"))[-1]
    assert (answer.state, answer.text, answer.reason) == ("failed", "one two", "worker_crashed")


async def test_first_words_without_a_mark_are_kept_when_a_server_breaks_off(desk) -> None:
    desk.backend = Failing(ServerError("The server broke off; ask again."), "This answer dies ")
    events = await desk.ask("Count", chat_id="C")
    assert (events[-1].kind, events[-1].partial) == ("server", "This answer dies")
    assert "".join(e.text for e in events if isinstance(e, TokenGenerated)) == "This answer dies"
    answer = (await desk.chats.turns("C"))[-1]
    assert (answer.state, answer.text) == ("failed", "This answer dies")


async def test_a_model_that_cannot_be_loaded_keeps_the_question(desk) -> None:
    class Missing(ScriptedBackend):
        async def load(self):
            raise ModelNotFoundError("There is no such file; choose another model.")

    desk.backend = Missing([])
    last = (await desk.ask("Count", chat_id="C"))[-1]
    assert (type(last), last.kind) == (RunFailed, "model_not_found")
    assert [(t.role, t.state) for t in await desk.chats.turns("C")] == [("user", "complete"), ("assistant", "failed")]


async def test_a_question_longer_than_the_context_fails_in_words(desk) -> None:
    desk.says("Answer: no", n_ctx=300)
    last = (await desk.ask("word " * 400))[-1]
    assert (type(last), last.kind) == (RunFailed, ContextFullError.kind)


async def _refuse(*_) -> str:
    raise StoreFullError("There is no space left; free some and ask again.")


@pytest.mark.parametrize("is_new", [True, False])
async def test_a_full_disk_is_answered_from_what_is_there_and_said_to_keep_nothing(desk, is_new: bool) -> None:
    desk.says("Answer: first", "Answer: one two three")
    if not is_new:
        await desk.ask("Count", chat_id="C")
    commit, desk.store.commit = desk.store.commit, _refuse
    if is_new:
        desk.says("Answer: one two three")
    events = await desk.ask("Count on", chat_id="C")
    desk.store.commit = commit
    assert isinstance(events[-1], RunFinished)
    assert events[-1].answer == "one two three"
    assert [e.text for e in events if isinstance(e, NoteAdded) and "not kept" in e.text]
    assert [t.text for t in await desk.chats.turns("C")] == ([] if is_new else ["Count", "first"])
    assert "C" in desk.chats.unkept


async def test_a_chat_goes_on_when_there_is_space_again(desk) -> None:
    desk.says("Answer: one", "Answer: two")
    commit, desk.store.commit = desk.store.commit, _refuse
    await desk.ask("Count", chat_id="C")
    desk.store.commit = commit
    assert (await desk.answer("Count on", chat_id="C")).answer == "two"
    assert [t.text for t in await desk.chats.turns("C")] == ["Count on", "two"]


async def test_an_answer_that_cannot_be_saved_at_its_end_is_shown_with_a_word_about_that(desk) -> None:
    def fill_the_disk(messages) -> str:
        desk.store.barrier = _refuse
        return "Answer: one"

    desk.answers(fill_the_disk)
    events = await desk.ask("Count", chat_id="C")
    assert isinstance(events[-1], RunFinished)
    assert events[-1].answer == "one"
    assert any("may not be kept" in e.text for e in events if isinstance(e, NoteAdded))


async def test_a_repeated_request_is_the_same_turns(desk) -> None:
    desk.says("Answer: one", "Answer: two")
    ids = {"chat_id": "C", "run_id": "R", "user_turn_id": "T1", "turn_id": "T2"}
    await desk.ask("Count", **ids)
    await desk.ask("Count", **ids)
    assert [(t.id, t.text, t.position) for t in await desk.chats.turns("C")] == [("T1", "Count", 0), ("T2", "two", 1)]


async def test_an_answer_cut_at_its_length_says_so(desk) -> None:
    desk.with_settings(max_tokens=64)
    desk.says("Answer: " + "word " * 200)
    events = await desk.ask("Write")
    assert events[-1].reason == "length"
    assert any(isinstance(e, NoteAdded) for e in events)


async def test_figures_are_those_of_all_steps(desk) -> None:
    await desk.add_document()
    backend = desk.says(SEARCH, "Answer: a")
    last = await desk.answer("What is the notice period?")
    n_prompt = [sum(len(m.text.split()) for m in asked.messages) for asked in backend.asked]
    assert last.n_prompt >= sum(n_prompt)
    assert last.n_reused >= n_prompt[0] * 0.9
    assert last.n_generated > 0


async def test_a_chat_chooses_its_tokens_in_its_own_way(desk) -> None:
    seen: list[Sampling] = []

    class Watched(ScriptedBackend):
        def generate(self, messages, sampling, **how):
            seen.append(sampling)
            return super().generate(messages, sampling, **how)

    desk.backend = Watched(["Answer: yes", "Answer: yes"])
    chat = await desk.chats.create()
    await desk.answer("Is it?", chat_id=chat.id)
    await ChatEdits(desk.chats).set_sampling(chat.id, {"temperature": 0.1, "top_k": 3})
    await desk.answer("Is it still?", chat_id=chat.id)
    assert (seen[0].temperature, seen[0].top_k) == (desk.settings.temperature, 40)
    assert (seen[1].temperature, seen[1].top_k) == (0.1, 3)
    with pytest.raises(UsageError, match="from 0 to 2"):
        await ChatEdits(desk.chats).set_sampling(chat.id, {"temperature": 3})


async def test_a_model_that_must_read_all_again_says_so_once(desk) -> None:
    class Rereads(ScriptedBackend):
        async def generate(self, messages, sampling, **how):
            yield Prefilled(0, 4000, 0, 3900)
            yield Prefilled(2000, 4000, 0, 3900)
            async for item in super().generate(messages, sampling, **how):
                yield item

    desk.backend = Rereads(["Answer: yes"])
    notes = [event.text for event in await desk.ask("Is it?") if isinstance(event, NoteAdded)]
    assert len([note for note in notes if "4,000 tokens" in note]) == 1
