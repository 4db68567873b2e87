"""What a message goes on from that says too little by itself, and what is said to who doubts an answer."""

from __future__ import annotations

import pytest

from engine.agent.guide.understand.going_on import says_more_of


async def chat(desk, *said: str) -> list[str]:
    """The answers to one message after the other of a chat."""
    return [(await desk.answer(words, chat_id="C")).answer for words in said]


async def test_what_says_nothing_by_itself_is_kept_with_what_it_is_told_of(reading_desk) -> None:
    reading_desk.answers(lambda messages: 'remember {"text": ""}', kind="guide")
    await reading_desk.ask("My flight to Lisbon leaves at 7:40 on Friday", chat_id="C")
    said = (await reading_desk.answer("No, it was moved to 9:10.", chat_id="C")).answer
    both = "My flight to Lisbon leaves at 7:40 on Friday. it was moved to 9:10."
    assert said == f'I will remember: "{both}"'
    (kept,) = await reading_desk.memory.list(tier="semantic")
    assert (kept.text, kept.trust, kept.provenance.chat) == (both, "trusted", "C")
    (change,) = [c for c in await reading_desk.memory.changes() if c.action == "superseded"]
    await reading_desk.memory.undo(change.id)
    assert {"My flight to Lisbon leaves at 7:40 on Friday", both} == {
        entry.text for entry in await reading_desk.memory.list(tier="semantic")
    }


@pytest.mark.parametrize(
    "told",
    [
        "It's my mum's birthday on 4 May",
        "It was hot today",
        "The flight home leaves at noon",
        "She gave me her old bicycle yesterday",
        "Their boiler was moved to the cellar",
    ],
)
def test_what_tells_of_something_else_stands_alone(told: str) -> None:
    assert not says_more_of(told, "My flight leaves at 7:40")


@pytest.mark.parametrize(
    "told", ["She has two boys", "Her number is 4471", "Actually she moved to Oslo", "She's 7 now"]
)
def test_what_is_told_of_somebody_needs_somebody(told: str) -> None:
    assert says_more_of(told, "My sister Liv lives in Bergen")
    assert not says_more_of(told, "The boiler is old")


@pytest.mark.parametrize(
    ("told", "then", "both"),
    [
        ("My dentist is on the 12th of March.", "no it's the 14th",
         "My dentist is on the 12th of March. no it's the 14th."),
        ("choir is on Mondays at half past seven", "scrap that, it's Tuesdays",
         "choir is on Mondays at half past seven. scrap that, it's Tuesdays."),
        ("My tablets are 5 mg.", "I was wrong, the doctor put me on 10 mg in October.",
         "My tablets are 5 mg. I was wrong, the doctor put me on 10 mg in October."),
        ("train to leeds 14:05 platform 6", "platform 8 sorry", "train to leeds 14:05 platform 6. platform 8 sorry."),
        ("Amir's inhaler is blue and Zoe's purple", "other way round!",
         "Amir's inhaler is blue and Zoe's purple. other way round!"),
        ("my shift on 2 december is a late", "swapped with jo, its an early now",
         "my shift on 2 december is a late. swapped with jo, its an early now."),
        ("the hut's password is gooseberry77", "nope they changed it, it's damson12 now",
         "the hut's password is gooseberry77. nope they changed it, it's damson12 now."),
        ("new lad at work, dario. his extension is 417", "he cant eat nuts btw",
         "new lad at work, dario. his extension is 417. he cant eat nuts btw."),
        ("marco owes me 20 euros", "he gave me 5 back", "marco owes me 20 euros. he gave me 5 back."),
        ("I'm allergic to penicillin", "no, not penicillin, ibuprofen",
         "I'm allergic to penicillin. no, not penicillin, ibuprofen."),
        ("My locker number is 118", "Not 118, 181", "My locker number is 118. Not 118, 181."),
        ("The plumber comes on Friday at 10", "no, at 11", "The plumber comes on Friday at 10. no, at 11."),
        ("My flight leaves at 6:40", "the flight was cancelled", "My flight leaves at 6:40. the flight was cancelled."),
        ("my keys are in the bowl", "No they're not, they are in my coat",
         "my keys are in the bowl. No they're not, they are in my coat."),
        ("the spare key is under the pot", "i've given it to Mrs Tanaka now",
         "the spare key is under the pot. i've given it to Mrs Tanaka now."),
        ("passport no is C4F822K91", "expires 14.8.2031", "passport no is C4F822K91. expires 14.8.2031."),
        ("lent my drill to Oskar", "and the ladder to Beate", "lent my drill to Oskar. and the ladder to Beate."),
    ],
)  # fmt: skip
async def test_a_correction_is_kept_behind_what_it_corrects(reading_desk, told: str, then: str, both: str) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    said = await chat(reading_desk, told, then)
    assert said[1].endswith(f'I will remember: "{both}"')
    assert [entry.text for entry in await reading_desk.memory.list(tier="semantic")] == [both]


async def test_a_correction_finds_its_memory_behind_another_question(reading_desk) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    said = await chat(
        reading_desk, "the MOT is on 8 january 2027", "how many days until 8 january 2027?", "its been put back a week"
    )
    assert said[2] == 'I will remember: "the MOT is on 8 january 2027. its been put back a week."'


async def test_what_was_asked_and_not_known_is_kept_with_its_answer(reading_desk) -> None:
    reading_desk.answers(lambda messages: "recall_memory {}", kind="guide")
    said = await chat(reading_desk, "when's mum's operation", "its the 3rd of february at st lukes")
    assert said[0].endswith("Tell me, and I keep it.")
    assert said[1] == "I will remember: \"when's mum's operation? its the 3rd of february at st lukes.\""


async def test_who_says_that_it_is_wrong_is_asked_for_what_is_right(desk) -> None:
    await desk.memory.add("My dentist is Dr Marsh.")
    desk.says('recall_memory {"query": "my dentist"}', "hand_over", "forget {}", kind="guide")
    await desk.ask("Who is my dentist?", chat_id="C")
    said = (await desk.answer("No, that's wrong.", chat_id="C")).answer
    assert said.endswith('to have this forgotten: "My dentist is Dr Marsh."')
    assert "I have forgotten" in (await desk.answer("Forget that.", chat_id="C")).answer


async def test_a_quote_that_is_said_to_be_wrong_is_no_more_than_that(desk) -> None:
    await desk.add_document()
    desk.says('search_documents {"query": "notice period"}', "hand_over", kind="guide")
    await desk.ask("What is the notice period?", chat_id="C")
    assert "I only quote" in (await desk.answer("that's not what i asked", chat_id="C")).answer


@pytest.mark.parametrize(
    ("told", "then"),
    [
        ("I parked the car on level 3", "the meeting was moved to Friday"),
        ("My car is a blue Skoda", "she said yes!!"),
        ("My car is a blue Skoda", "it's raining"),
        ("My car is a blue Skoda", "no, thanks"),
        ("I parked on level 3, bay 77", "not bad, huh"),
        ("My cat is called Minka", "it's Friday at last"),
        ("My bike lock is 3914", "My gym card is 0093312"),
    ],
)
async def test_what_is_of_something_else_is_not_glued_on(reading_desk, told: str, then: str) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    await chat(reading_desk, told, then)
    assert told in [entry.text for entry in await reading_desk.memory.list(tier="semantic")]


@pytest.mark.parametrize(
    ("told", "then"),
    [("my car is a blue skoda", "sorry it's not blue, its green"), ("I parked on level 3", "no wait, it's level 2")],
)
async def test_what_denies_a_word_of_it_is_of_what_was_told_before(reading_desk, told: str, then: str) -> None:
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    said = await chat(reading_desk, told, "whats 17% of 240", then)
    assert said[2] == f'I will remember: "{told}. {then}."'


async def test_it_behind_another_question_is_not_what_was_told_long_before(reading_desk) -> None:
    reading_desk.answers(lambda messages: "search_documents {}", kind="guide")
    said = await chat(
        reading_desk, "I parked the car on level 3", "who waters the plants?", "actually it's Herr Huber's son Max now"
    )
    assert said[2] == "I will remember: \"who waters the plants? actually it's Herr Huber's son Max now.\""


async def test_a_number_behind_what_was_kept_is_told_as_well(reading_desk) -> None:
    reading_desk.answers(lambda messages: "search_documents {}", kind="guide")
    said = await chat(reading_desk, "the cabin's wifi password is Otter-Lamp-92", "door code 4471")
    assert said[1] == 'I will remember: "door code 4471"'


async def test_one_sentence_of_a_memory_is_forgotten_and_taken_back(desk) -> None:
    await desk.memory.add("Tomas is allergic to nuts. he lives in Graz. his girlfriend is Mireille.")
    desk.says('forget {"text": "where Tomas lives"}', "hand_over", kind="guide")
    said = await chat(desk, "Forget where Tomas lives", "take it back")
    assert said[0] == (
        'I have forgotten: "he lives in Graz." It can be taken back for 30 days.\n'
        'I still remember: "Tomas is allergic to nuts. his girlfriend is Mireille."'
    )
    assert said[1] == 'Taken back. I remember again: "he lives in Graz."'
    (kept,) = await desk.memory.list()
    assert "he lives in Graz" in kept.text


async def test_a_sum_that_is_doubted_is_shown_again(desk) -> None:
    desk.says('calculator {"expression": "12*8.50"}', "hand_over", kind="guide")
    said = await chat(desk, "12 * 8.50", "that can't be right")
    assert said[1] == "I calculated just this: 12 × 8.50 = 102"


async def test_who_told_it_is_said_with_the_day(desk) -> None:
    await desk.memory.add("My dentist is Dr Marsh.")
    desk.says('recall_memory {"query": "my dentist"}', "hand_over", "hand_over", kind="guide")
    said = await chat(desk, "Who is my dentist?", "are you sure?", "who told you that?")
    assert said[1] == "I only repeat what you told me. If it is not so any more, tell me what is."
    assert said[2].startswith("You did, on ")


async def test_all_that_was_told_of_somebody_is_forgotten_behind_it(desk) -> None:
    for text in ("Dario's extension is 417", "Dario can't eat nuts", "Anna is my boss"):
        await desk.memory.add(text)
    desk.says("hand_over", "hand_over", kind="guide")
    said = await chat(desk, "What do you know about Dario?", "forget all of it")
    assert said[1].startswith("I have forgotten: ")
    assert [entry.text for entry in await desk.memory.list()] == ["Anna is my boss"]


async def test_who_has_read_it_is_not_handed_over(desk) -> None:
    desk.says('remember {"text": ""}', "hand_over", "greet", kind="guide")
    said = await chat(desk, "The bins go out on Tuesday", "ok cool", "no worries")
    assert said[1:] == ["All right."] * 2


@pytest.mark.parametrize(
    ("said", "both"),
    [
        (["our boiler man is called Cuthbert", "charges 62 an hour"],
         "our boiler man is called Cuthbert. charges 62 an hour."),
        (["Cuthbert charges 62 an hour", "what does Vane charge?", "not 62, 68. put it up this month"],
         "Cuthbert charges 62 an hour. not 62, 68. put it up this month."),
        (["Jo's phone is 01632 960 341", "Fenella's is 01632 960 314"],
         "Jo's phone is 01632 960 341. Fenella's is 01632 960 314."),
        (["the shed key is in the jar", "raining sideways here", "oh and the other one is on dads hook"],
         "the shed key is in the jar. the other one is on dads hook."),
        (["my sister Henrike", "is coming on the 23rd of march"], "my sister Henrike is coming on the 23rd of march."),
        (["What's my resting heart rate?", "52", "was 58 in autumn though"],
         "What's my resting heart rate? 52. was 58 in autumn though."),
        (["I owe Piet 18 euros", "gave piet ten back today"], "I owe Piet 18 euros. gave piet ten back today."),
        (["we pumped the wheelchair tyres on 4 September", "did them again yesterday"],
         "we pumped the wheelchair tyres on 4 September. did them again yesterday."),
        (["The studio is let from 2 November", "until when did i say?", "until the 27th"],
         "The studio is let from 2 November. until the 27th."),
    ],
)  # fmt: skip
async def test_what_names_no_subject_goes_on_from_what_was_told(reading_desk, said: list[str], both: str) -> None:
    reading_desk.answers(lambda messages: 'remember {"text": ""}', kind="guide")
    answers = await chat(reading_desk, *said)
    assert answers[-1].endswith(f'I will remember: "{both}"')


async def test_what_has_a_subject_of_its_own_is_kept_alone(reading_desk) -> None:
    reading_desk.answers(lambda messages: 'remember {"text": ""}', kind="guide")
    said = await chat(
        reading_desk,
        "the Pedersens come on the 23rd",
        "when are the Pedersens here again?",
        "The Pedersen baby is called Alva",
    )
    assert said[-1] == 'I will remember: "The Pedersen baby is called Alva"'


async def test_a_telephone_number_is_looked_up_digit_by_digit(reading_desk) -> None:
    reading_desk.answers(lambda messages: 'remember {"text": ""}', kind="guide")
    for said in ("lotte's number is 0555 903 117", "hedda's number is 0555 903 171"):
        await reading_desk.ask(said)
    reading_desk.answers(lambda messages: 'recall_memory {"query": ""}', kind="guide")
    assert "lotte" in (await reading_desk.answer("who has 0555 903 117?")).answer
    assert (await reading_desk.answer("who has 0555 903 999?")).answer.startswith("I found nothing")


@pytest.mark.parametrize(
    ("told", "then"),
    [
        ("our cleaner is Ann", "gets on my nerves"),
        ("Leo owes me 20", "he gave me a hug"),
        ("Leo owes me 20", "they sent me a letter"),
        ("brother Ned lives in Hull", "she's vegan"),
        ("Tom's car is red", "Anna's has great pizza"),
        ("the alarm code is 4419", "its 5 o'clock"),
        ("the rent is 800", "no wait"),
        ("room 62 is mine", "not 500, 550"),
        ("Dad lives in Hull", "needs an ambulance now"),
    ],
)
async def test_what_only_looks_as_if_it_went_on_is_not_joined(reading_desk, told: str, then: str) -> None:
    reading_desk.answers(lambda messages: 'remember {"text": ""}', kind="guide")
    await reading_desk.ask(told, chat_id="C")
    reading_desk.answers(lambda messages: "hand_over", kind="guide")
    assert f'"{told}. ' not in (await reading_desk.answer(then, chat_id="C")).answer


async def test_what_is_right_is_kept_with_what_was_wrong(reading_desk) -> None:
    reading_desk.answers(lambda messages: 'remember {"text": ""}', kind="guide")
    said = await chat(reading_desk, "the shed code is 4471", "that's wrong", "4419")
    assert said[-1] == 'I will remember: "the shed code is 4471. 4419."'


async def test_a_name_answers_who_nobody_had_told(reading_desk) -> None:
    reading_desk.answers(lambda messages: 'recall_memory {"query": ""}', kind="guide")
    said = await chat(reading_desk, "who is my landlord", "Gary")
    assert said[-1] == 'I will remember: "who is my landlord? Gary."'


@pytest.mark.parametrize(
    ("said", "both"),
    [
        (["the pantry key is in the biscuit barrel", "no actually Des found it too easily, it's in my sewing box"],
         "the pantry key is in the biscuit barrel. no actually Des found it too easily, it's in my sewing box."),
        (["moira takes two sugars", "bin day is friday", "scrap that about moira, she's on sweeteners"],
         "moira takes two sugars. scrap that about moira, she's on sweeteners."),
        (["jarek owes me 15 quid", "winston owes me 8", "jarek gave me a tenner back"],
         "jarek owes me 15 quid. jarek gave me a tenner back."),
        (["I ordered a red life jacket", "should arrive on the 2nd"],
         "I ordered a red life jacket. should arrive on the 2nd."),
    ],
)  # fmt: skip
async def test_a_correction_finds_what_it_corrects(reading_desk, said: list[str], both: str) -> None:
    reading_desk.answers(lambda messages: 'remember {"text": ""}', kind="guide")
    assert (await chat(reading_desk, *said))[-1].endswith(f'I will remember: "{both}"')


async def test_what_broke_off_is_finished_by_the_next_message(reading_desk) -> None:
    reading_desk.answers(lambda messages: 'remember {"text": ""}', kind="guide")
    said = await chat(reading_desk, "i planted the earlies on the", "14th march")
    assert said[-1] == 'I will remember: "i planted the earlies on the 14th march."'
