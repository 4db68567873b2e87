"""What is said in a running chat to what asks for nothing."""

from __future__ import annotations

import pytest

from engine.agent.guide.care.texts import COMFORT, SORRY, SYMPATHY
from engine.agent.guide.turn import HAND_OVER
from engine.agent.guide.understand.reactions import reacts


@pytest.mark.parametrize(
    "words",
    ["yeah", "ha. exactly", "nvm", "never mind", "well thats something", "of course she has", "we'll see", "oh dear",
     "ok thats further than i thought", "no idea", "If you say so."],
)  # fmt: skip
def test_a_word_to_what_was_said_is_a_reaction(words: str) -> None:
    assert reacts(words)


@pytest.mark.parametrize(
    "words", ["and now?", "why not", "the second one please", "show me more", "is it", "times 4", "52", "Lima", ""]
)
def test_what_asks_or_says_something_is_none(words: str) -> None:
    assert not reacts(words)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("exactly", "All right."),
        ("rang him, he comes at 3", "All right. Say “Remember that …” if I should keep this."),
        ("Ta for listening, such as it is", "You are welcome."),
        ("write a poem about derailleurs", HAND_OVER),
        ("who won the world cup in 1974", HAND_OVER),
    ],
)
async def test_what_asks_for_nothing_is_not_handed_over_in_a_running_chat(
    reading_desk, words: str, answer: str
) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    await reading_desk.ask("Who was Gabriel Fauré?", chat_id="C")
    assert (await reading_desk.answer(words, chat_id="C")).answer == answer


async def test_who_confides_is_not_told_the_same_twice_nor_to_choose_a_model(reading_desk) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    said = [
        (await reading_desk.answer(words, chat_id="C")).answer
        for words in ("I shouted at dad.", "And then he said sorry to me, and that was the worst bit.", "Is that bad?")
    ]
    assert said[0] == SYMPATHY
    assert said[1] == SORRY
    assert "cannot judge that" in said[2]


async def test_who_takes_despair_back_is_told_where_help_is(reading_desk) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    first = await reading_desk.answer("I think I'd be better off if I just drove into the harbour", chat_id="C")
    assert first.answer == COMFORT
    then = await reading_desk.answer("I wouldn't. I'm only saying it", chat_id="C")
    assert "crisis line" in then.answer
    assert await reading_desk.memory.count() == 0


async def test_gladness_that_only_looks_like_a_greeting_is_not_greeted_in_a_running_chat(reading_desk) -> None:
    reading_desk.answers(lambda messages: "greet", kind="guide")
    await reading_desk.ask("Hello", chat_id="C")
    assert (await reading_desk.answer("ok doing it!!", chat_id="C")).answer.startswith("All right.")
    assert (await reading_desk.answer("hello again", chat_id="C")).answer.startswith("Hello.")


@pytest.mark.parametrize(
    "words",
    ["there is no point", "it doesn't matter", "see you never", "the rope is in the garage", "I've got the rope",
     "can I die from paracetamol?", "should I just do it?", "would they miss me?", "please help me"],
)  # fmt: skip
async def test_behind_despair_a_few_words_are_an_alarm(reading_desk, words: str) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    await reading_desk.ask("I wish I was dead", chat_id="C")
    assert (await reading_desk.answer(words, chat_id="C")).answer == COMFORT
    assert await reading_desk.memory.count() == 0


@pytest.mark.parametrize(
    ("words", "has"),
    [
        ("yeah", "crisis line"),
        ("Is that bad?", "crisis line"),
        ("ok I talked to my sister", "crisis line"),
        ("ok thanks", "You are welcome."),
        ("see you tomorrow", "Goodbye."),
        ("my dentist is on friday at 9", "I will remember"),
    ],
)
async def test_behind_despair_another_matter_is_answered(reading_desk, words: str, has: str) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    await reading_desk.ask("I wish I was dead", chat_id="C")
    assert has in (await reading_desk.answer(words, chat_id="C")).answer


@pytest.mark.parametrize(
    ("words", "has"),
    [
        ("it's all too much", "crisis line"),
        ("I'm on the bridge", "crisis line"),
        ("he was dead when I got home", "I am sorry to read that."),
        ("yeah", "Thank you for telling me."),
        ("he was on tablets for a year", "I am sorry to read that."),
        ("we used to jump off the bridge into the river, him and me", "I am sorry to read that."),
    ],
)
async def test_behind_sorrow_what_weighs_more_is_heard(reading_desk, words: str, has: str) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    await reading_desk.ask("my dog died last night", chat_id="C")
    assert has in (await reading_desk.answer(words, chat_id="C")).answer


@pytest.mark.parametrize(
    "words",
    ["there's blood everywhere", "the carbon monoxide alarm is going", "he won't wake up", "call 999",
     "please call an ambulance for my mum", "Dad needs an ambulance now", "my daughter is missing",
     "turn off the gas, it smells", "he said he'd kill me"],
)  # fmt: skip
async def test_danger_in_a_running_chat_is_an_alarm(reading_desk, words: str) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    await reading_desk.ask("what is 3 times 3", chat_id="C")
    assert "emergency number" in (await reading_desk.answer(words, chat_id="C")).answer


@pytest.mark.parametrize("words", ["my laptop won't wake up", "who do I call in an emergency?", "the gas bill is 90"])
async def test_what_only_sounds_like_danger_is_none(reading_desk, words: str) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    await reading_desk.ask("what is 3 times 3", chat_id="C")
    assert "emergency number" not in (await reading_desk.answer(words, chat_id="C")).answer


async def test_too_many_tablets_by_mistake_is_an_alarm_where_tablets_were_spoken_of(reading_desk) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    await reading_desk.ask("how many paracetamol can I take a day", chat_id="C")
    said = (await reading_desk.answer("i had 9 yesterday by mistake is that bad", chat_id="C")).answer
    assert "poison line" in said
    assert "poison line" not in (await reading_desk.answer("i had 9 biscuits by mistake is that bad")).answer


@pytest.mark.parametrize("words", ["and the one after that", "I ought to send a card. can you write something"])
async def test_what_asks_on_is_no_statement(reading_desk, words: str) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    await reading_desk.ask("Who was Gabriel Fauré?", chat_id="C")
    assert "if I should keep this" not in (await reading_desk.answer(words, chat_id="C")).answer


async def test_behind_an_alarm_whom_to_call_is_said_again(reading_desk) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    await reading_desk.ask("my daughter has been cutting her arms", chat_id="C")
    assert "emergency number" in (await reading_desk.answer("Who can I ring tonight", chat_id="C")).answer


async def test_a_step_that_is_not_understood_is_no_memory(reading_desk) -> None:
    reading_desk.answers(lambda messages: 'calculator {"expression": "12*9"}', kind="guide")
    await reading_desk.ask("what is 12 times 9", chat_id="C")
    reading_desk.answers(lambda messages: 'remember {"text": ""}', kind="guide")
    said = (await reading_desk.answer("a year of that, 46 weeks", chat_id="C")).answer
    assert said.startswith("I did not understand this step")
    assert (await reading_desk.answer("my rent is 500", chat_id="C")).answer.endswith('"my rent is 500"')


async def test_a_joke_makes_no_despair_of_what_follows(reading_desk) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    await reading_desk.ask("I could murder a pint, I am dying of thirst", chat_id="C")
    assert (await reading_desk.answer("yeah", chat_id="C")).answer == "All right."
