"""What the guide says out of the memory, and that it says whose words they are."""

from __future__ import annotations

import re
from contextlib import aclosing
from dataclasses import replace

import pytest

from engine.agent.guide.answer import help as guide_help
from engine.agent.guide.answer.help import asks_about_privacy
from engine.agent.guide.answer.recall import asks_what_is_known
from engine.agent.guide.turn import HAND_OVER, HAND_OVER_LANGUAGE
from engine.agent.loop import RunRequest, run_agent
from engine.documents.library import path_hash
from engine.events import RunFinished
from engine.memory.recorder import Recorder, Said
from engine.security.taint import USER
from engine.store.store import Transaction

OWN = frozenset({USER})


async def test_what_was_told_of_a_sister_is_no_answer_about_a_mother(desk) -> None:
    await desk.memory.add("my sister's birthday is 3 May")
    desk.answers(lambda messages: 'recall_memory {"query": "birthday"}', kind="guide")
    last = await desk.answer("When is my mother's birthday?")
    assert last.reason == "uncertain"
    assert last.answer.startswith("I was not told this. The nearest that I remember is about somebody")
    assert "my sister's birthday is 3 May" in last.answer
    await desk.memory.add("my mother's birthday is 4 June")
    last = await desk.answer("When is my mother's birthday?")
    assert (last.answer, last.reason) == (
        'You told me on 1 January 2026: "my mother\'s birthday is 4 June"',
        "answered",
    )


async def test_asking_to_forget_my_birthday_does_not_forget_a_sisters(desk) -> None:
    await desk.memory.add("my sister's birthday is 3 May")
    desk.answers(lambda messages: 'forget {"text": "my birthday"}', kind="guide")
    assert (await desk.answer("Forget my birthday")).reason == "uncertain"
    assert await desk.memory.count() == 1


@pytest.mark.parametrize(
    "said", ["I'd like to know what my deposit is", "ok, what is my deposit", "I forgot what my deposit is"]
)
async def test_a_question_of_an_earlier_chat_is_no_answer(desk, said: str) -> None:
    await Recorder(desk.memory).turns("C", "", [Said("01T1", "user", said, 1000, OWN)])
    desk.answers(lambda messages: 'recall_memory {"query": "deposit"}', kind="guide")
    assert (await desk.answer("What is my deposit?")).reason == "not_found"


async def test_an_answer_of_a_model_is_not_told_as_the_persons_words(desk) -> None:
    await Recorder(desk.memory).turns("C", "", [Said("01T2", "assistant", "My guess is a deposit of 900.", 1000, OWN)])
    desk.answers(lambda messages: 'recall_memory {"query": "deposit"}', kind="guide")
    answer = (await desk.answer("What is my deposit?")).answer
    assert answer.startswith("I answered on")
    assert "You told me" not in answer


async def test_what_is_known_is_listed_the_most_important_first_and_said_to_be_so(desk) -> None:
    desk.answers(lambda messages: "help", kind="guide")
    assert (await desk.answer("What do you know about me?")).reason == "not_found"
    await desk.memory.add("I like tea", importance=0.9)
    await desk.memory.add("My cat is called Minka")
    last = await desk.answer("What do you know about me?")
    assert last.answer.splitlines()[0] == "This is all that I remember:"
    assert {citation.text for citation in last.citations} == {"I like tea", "My cat is called Minka"}
    for n in range(8):
        await desk.memory.add(f"I own book number {n}", importance=0.5)
    last = await desk.answer("what have I told you so far")
    assert last.answer.splitlines()[0] == "I remember 10 things. The 5 most important, the newest of them first:"
    assert (len(last.citations), '"I like tea"' in last.answer) == (5, True)


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("What have you got stored about me so far?", True),
        ("what have you got in the fridge", False),
        ("What do you know about me?", True),
        ("what do you remember", True),
        ("Tell me everything you know about me", True),
        ("Do you know anything about me?", True),
        ("Show me all my memories", True),
        ("What have I told you so far?", True),
        ("What do you know about my lease?", False),
        ("What did I tell you about the boiler?", False),
        ("Do you remember my birthday?", False),
        ("What do you remember about me and the boiler?", False),
    ],
)
def test_a_question_for_all_that_is_known_is_told_from_one_for_something(words: str, asks: bool) -> None:
    assert asks_what_is_known(words) is asks


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("Do you send my data anywhere?", True),
        ("Are my documents uploaded to the cloud?", True),
        ("Who can see my documents?", True),
        ("Are you connected to the internet?", True),
        ("Is it safe to give you my bank statements?", True),
        ("Does anything leave this computer?", True),
        ("Is what I tell you sent anywhere on the internet?", True),
        ("How do I share a chat?", False),
        ("Can the database live on an NFS share?", False),
        ("Are you ChatGPT?", False),
        ("Can you get online and look something up?", False),
        ("What can you do?", False),
        ("Is it safe to delete a document?", False),
        ("Can you read scans?", False),
    ],
)
def test_a_question_about_privacy_is_known(words: str, asks: bool) -> None:
    assert asks_about_privacy(words) is asks


async def test_privacy_is_answered_from_the_sample_document(desk, tmp_path, monkeypatch) -> None:
    sample = tmp_path / "sample" / "welcome.pdf"
    sample.parent.mkdir()
    sample.touch()
    monkeypatch.setattr(guide_help, "resource_path", lambda *parts: tmp_path.joinpath(*parts))
    text = "Everything stays on this computer. What can leave it are questions to a server that you choose."
    shipped = await desk.add_document(str(sample), [text])
    transaction = Transaction()
    transaction.put(desk.store.keys.document_by_path(path_hash(str(sample))), {"document_id": shipped.id})
    await desk.store.commit(transaction)
    desk.answers(lambda messages: "help", kind="guide")
    assert "stays on this computer" in (await desk.answer("Do you spy on me?")).answer


async def test_who_writes_in_another_language_is_told_which_one_the_guide_knows(desk) -> None:
    desk.answers(lambda messages: "hand_over", kind="guide")
    for words in ("Wo steht die Kündigungsfrist?", "Schreib mir ein Gedicht", "合同在哪里？"):
        last = await desk.answer(words)
        assert (last.answer, last.reason) == (HAND_OVER_LANGUAGE, "handed_over")
    assert (await desk.answer("Write a poem about ducks")).answer == HAND_OVER
    assert "English only" in HAND_OVER_LANGUAGE


async def test_of_two_that_may_contradict_the_guide_tells_the_newer_first_and_when_each_was_said(desk) -> None:
    await desk.memory.add("my aunt Rosa lives in Madrid.")
    desk.clock.advance(3600)
    await desk.memory.add("Rosa doesn't live in Lisbon any more, she lives in Porto.")
    desk.answers(lambda messages: 'recall_memory {"query": "aunt Rosa live"}', kind="guide")
    lines = (await desk.answer("Where does my aunt Rosa live?")).answer.splitlines()
    assert [("Porto" in line, "Madrid" in line) for line in lines] == [(True, False), (False, True)]
    assert all(re.match(r"You told me on 1 January 2026, \d\d:00:00: ", line) for line in lines), lines


async def test_what_is_remembered_of_the_same_but_not_of_that_kind_is_told_as_the_nearest(desk) -> None:
    await desk.memory.add("The boiler service is on 12 March.")
    desk.answers(lambda messages: 'recall_memory {"query": "boiler"}', kind="guide")
    last = await desk.answer("How much does the boiler cost?")
    assert last.reason == "uncertain"
    assert last.answer.splitlines()[0] == "I am not sure that this answers it. The nearest that I remember:"
    assert (await desk.answer("When is the boiler service?")).reason == "answered"
    await desk.memory.add("The boiler cost 3,400 euros.")
    last = await desk.answer("How much does the boiler cost?")
    assert (last.answer, last.reason) == ('You told me on 1 January 2026: "The boiler cost 3,400 euros."', "answered")


async def test_what_was_remembered_as_it_was_said_is_in_the_memory_once(desk) -> None:
    desk.answers(lambda messages: 'remember {"text": "My PIN is 7788."}', kind="guide")
    services = replace(desk.services(), recorder=Recorder(desk.memory))
    async with aclosing(run_agent(RunRequest("My PIN is 7788.", chat_id="C"), services)) as events:
        assert isinstance([event async for event in events][-1], RunFinished)
    assert [(entry.tier, entry.text) for entry in await desk.memory.list()] == [("semantic", "My PIN is 7788.")]
    said = await desk.memory.list(tier="episodic")
    assert "My PIN is 7788." in [entry.text for entry in said]


async def test_a_question_is_read_as_it_is_meant_without_its_apostrophe(desk) -> None:
    await desk.memory.add("my name is Oskar btw")
    desk.answers(lambda messages: 'recall_memory {"query": "whats my name"}', kind="guide")
    assert "Oskar" in (await desk.answer("whats my name")).answer


async def test_a_question_about_oneself_that_the_guide_would_hand_over_is_recalled_first(desk) -> None:
    await desk.memory.add("I prefer tea over coffee")
    desk.answers(lambda messages: "hand_over", kind="guide")
    last = await desk.answer("Do I prefer tea or coffee?")
    assert (last.reason, "tea over coffee" in last.answer) == ("answered", True)
    assert (await desk.answer("Is tea better than coffee?")).reason == "handed_over"


async def test_what_was_asked_is_not_told_as_known(desk) -> None:
    said = ["is it ok to keep my backups as gedcom", "my dog is called Biscuit"]
    turns = [Said(f"01T{n}", "user", words, 1000, OWN) for n, words in enumerate(said)]
    await Recorder(desk.memory).turns("C", "", turns)
    desk.answers(lambda messages: "hand_over", kind="guide")
    answer = (await desk.answer("What do you remember about me?")).answer
    assert ("gedcom" in answer, "Biscuit" in answer) == (False, True)


async def test_who_moved_is_told_where_to_before_where_they_lived(desk) -> None:
    await desk.memory.add("I live at Elm Street 12.")
    desk.clock.advance(60)
    await desk.memory.add("I moved to Oak Street 4.")
    desk.answers(lambda messages: 'recall_memory {"query": ""}', kind="guide")
    lines = (await desk.answer("Where do I live?")).answer.split("\n")
    assert ["Oak" in line for line in lines] == [True, False], lines


async def test_what_is_gone_is_told_before_what_was_told_of_it(desk) -> None:
    await desk.memory.add("My car is a red Skoda")
    desk.clock.advance(60)
    await desk.memory.add("I sold the Skoda and bought a blue Renault")
    desk.answers(lambda messages: 'recall_memory {"query": "car"}', kind="guide")
    lines = (await desk.answer("Which car do I have?")).answer.split("\n")
    assert ["Renault" in line for line in lines] == [True, False], lines


async def test_a_death_is_no_news_of_what_has_the_same_word(desk) -> None:
    await desk.memory.add("The spare van key is in the biscuit tin on top of the fridge")
    desk.clock.advance(60)
    await desk.memory.add("Biscuit died last night. So it's only Volt now")
    desk.answers(lambda messages: 'recall_memory {"query": "van key"}', kind="guide")
    assert "died" not in (await desk.answer("Where is the spare van key?")).answer


async def test_what_was_said_later_of_the_same_person_comes_along_though_the_question_does_not_find_it(desk) -> None:
    await desk.memory.add("My brother Tom lives in Rome")
    desk.clock.advance(60)
    await desk.memory.add("Tom moved to Oslo")
    assert "Oslo" not in str(await desk.memory.recall("Where does my brother live?"))
    desk.answers(lambda messages: 'recall_memory {"query": "brother live"}', kind="guide")
    lines = (await desk.answer("Where does my brother live?")).answer.split("\n")
    assert ["Oslo" in lines[0], "Rome" in lines[1]] == [True, True], lines


async def test_a_memory_of_the_same_without_what_is_asked_is_only_named_as_the_nearest(desk) -> None:
    await desk.memory.add("The plumber is called Mr Novak, phone 0699 1234")
    desk.answers(lambda messages: 'recall_memory {"query": "plumber"}', kind="guide")
    for question in ("What is the plumber's address?", "Who is the plumber's wife?"):
        last = await desk.answer(question)
        assert (last.reason, last.answer.split(". ")[0]) == ("uncertain", "I am not sure that this answers it")
    assert (await desk.answer("What is the plumber's number?")).reason == "answered"


async def test_of_a_very_long_memory_an_answer_shows_a_part_and_where_the_rest_is(desk) -> None:
    long = "The boiler manual says " + "kettle word boiler " * 20_000
    desk.answers(lambda messages: 'remember {"text": ""}', kind="guide")
    kept = (await desk.answer(f"Remember that {long}")).answer
    assert await desk.memory.count() == 1
    desk.answers(lambda messages: 'recall_memory {"query": "boiler manual"}', kind="guide")
    recalled = (await desk.answer("What does the boiler manual say?")).answer
    for answer in (kept, recalled):
        assert (len(answer) < 2000, "380,022 characters" in answer, "`scrubjay memory show`" in answer) == (True,) * 3


@pytest.mark.parametrize(
    ("told", "words", "tool"),
    [
        ("my ferret is called Admiral Biscuit", "One of them gave birth. Whose is the little one?", "recall_memory"),
        ("I got laid off from the cork factory", "how do I get a cork out that's broken", "hand_over"),
    ],
)
async def test_what_was_told_answers_nothing_that_only_sounds_alike(reading_desk, told: str, words: str, tool: str):
    await reading_desk.memory.add(told)
    reading_desk.answers(lambda messages: f"{tool} {{}}", kind="guide")
    assert not (await reading_desk.answer(words)).answer.startswith("You told me")


async def test_a_death_is_no_answer_to_what_asks_for_something_else(reading_desk) -> None:
    reading_desk.answers(lambda messages: 'recall_memory {"query": ""}', kind="guide")
    await reading_desk.memory.add("Pellet died this morning.")
    assert "died" not in (await reading_desk.answer("When was Pellet last vaccinated?")).answer
    assert "died" in (await reading_desk.answer("When did Pellet die?")).answer


async def test_what_changed_of_another_thing_is_not_told_before_what_is_asked(reading_desk) -> None:
    reading_desk.answers(lambda messages: 'recall_memory {"query": ""}', kind="guide")
    await reading_desk.memory.add("The spare key to the back door hangs under the third hen box.")
    await reading_desk.memory.add("I've moved the safe key. It's in the piano stool now.")
    answer = (await reading_desk.answer("where do I find the key for the back door?")).answer
    assert "hen box" in answer.splitlines()[0]
    assert "piano" not in answer
