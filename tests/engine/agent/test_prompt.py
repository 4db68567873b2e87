from __future__ import annotations

import dataclasses
from itertools import pairwise

from engine.agent.prompt import Given, build_prompt, messages_of
from engine.chats import Chat, Turn
from engine.events import NoteAdded
from engine.llm.backend import Message
from engine.llm.scripted import ScriptedBackend
from engine.security.taint import Labeled
from engine.tools.registry import create_registry

REGISTRY = create_registry()
GIVEN = Given("my words", "You are an assistant.", REGISTRY, REGISTRY.tools[:2])


async def test_a_new_prompt_is_system_and_the_newest_turn() -> None:
    prompt = await build_prompt(Chat("C"), [], GIVEN, ScriptedBackend([]))
    system, user = prompt.messages
    assert (system.role, user.role) == ("system", "user")
    assert system.text.startswith("You are an assistant.")
    assert "- documents: search_documents, read_document" in system.text
    assert user.text.startswith("[tools you may use now]\nsearch_documents {")
    assert user.text.endswith("\n\nmy words")
    assert prompt.chat.offered == ("search_documents", "recall_memory")


async def test_pinned_facts_stand_in_the_system_message_and_stay_there(desk) -> None:
    await desk.memory.add("Is allergic to nuts", pinned=True)
    backend = desk.says("Answer: a", "Answer: b")
    await desk.ask("one", chat_id="C")
    await desk.memory.add("Lives in Ghent", pinned=True)
    await desk.ask("two", chat_id="C")
    first, second = (asked.messages[0] for asked in backend.asked)
    assert first == second
    assert "- Is allergic to nuts" in first.text
    assert "memory:user" in first.labels


async def test_material_keeps_to_its_budget_and_the_best_comes_first() -> None:
    lines = [Labeled(f"[{n}] " + "word " * 50, frozenset({f"doc:{n}"})) for n in range(20)]
    given = dataclasses.replace(GIVEN, snippets=lines, memories=lines)
    backend = ScriptedBackend([], n_ctx=1000)
    user = (await build_prompt(Chat("C"), [], given, backend)).user
    assert "[0] word" in user.text
    assert await backend.count(user.text) <= 250 + 100
    assert {"doc:0", "user"} <= user.labels
    assert "doc:9" not in user.labels


async def test_schemas_are_sent_again_only_when_they_change() -> None:
    turns = [Turn("a", "C", "user", "x", 0), Turn("b", "C", "assistant", "y", 1)]
    chat = Chat("C", offered=("search_documents", "recall_memory"), n_turns=2)
    assert (await build_prompt(chat, turns, GIVEN, ScriptedBackend([]))).user.text == "my words"
    other = dataclasses.replace(GIVEN, tools=REGISTRY.tools[:3])
    assert "[tools" in (await build_prompt(chat, turns, other, ScriptedBackend([]))).user.text


def test_ids_belong_to_the_model_that_made_them() -> None:
    said = Message("assistant", "Answer: a", frozenset(), (1, 2))
    turn = Turn("T", "C", "assistant", "a", source="one.gguf", model_kind="chat", transcript=(said,))
    assert messages_of(turn, "one.gguf") == [said]
    assert messages_of(turn, "two.gguf") == [Message("assistant", "Answer: a")]


def test_turns_of_the_guide_are_shown_to_a_chat_model_as_they_were_read() -> None:
    choice = Message("assistant", "search_documents {}", frozenset(), (1,))
    turn = Turn("T", "C", "assistant", "lease.pdf: x", labels=("doc:1",), model_kind="guide", transcript=(choice,))
    assert messages_of(turn, "s") == [Message("assistant", "Answer: lease.pdf: x", frozenset({"doc:1"}))]


def test_a_turn_without_an_answer_still_has_an_assistant_message() -> None:
    broken = Turn("T", "C", "assistant", "", model_kind="chat", source="s")
    assert [m.role for m in messages_of(broken, "s")] == ["assistant"]
    tool = Message("tool", "Observation: x")
    cut = dataclasses.replace(broken, transcript=(Message("assistant", "Action: a {}"), tool))
    assert [m.role for m in messages_of(cut, "s")] == ["assistant", "tool", "assistant"]


async def test_a_long_chat_is_compacted_once_and_says_so(desk) -> None:
    words = "word " * 90
    backend = desk.answers(lambda messages: "Answer: " + words, n_ctx=1200)
    notes, prompts = [], []
    for n in range(8):
        events = await desk.ask(f"Question {n} {words}", chat_id="C")
        notes += [e for e in events if isinstance(e, NoteAdded) and "oldest" in e.text]
        prompts.append(backend.asked[-1].messages)
        assert await backend.count("".join(m.text for m in prompts[-1])) < 0.8 * 1200
    assert 1 <= len(notes) < 6
    assert prompts[-1][0].role == "system"
    assert "Question 0" not in "".join(m.text for m in prompts[-1])
    assert prompts[-1][-1].text.endswith(f"Question 7 {words}".strip())
    rebuilt = sum(later[: len(earlier)] != earlier for earlier, later in pairwise(prompts))
    assert rebuilt == len(notes)
    chat = await desk.chats.get("C")
    assert chat.visible_from % 2 == 0
    assert len(await desk.chats.turns("C")) == 16
