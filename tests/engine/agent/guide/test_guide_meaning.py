"""What somebody means by the form of their words, and what is kept of them."""

from __future__ import annotations

import pytest

from engine.agent.guide.understand.meaning import (
    asks_for_a_name,
    asks_for_a_time,
    asks_for_judgement,
    asks_not_to_remember,
    asks_of_us,
    asks_to_forget,
    asks_to_remember,
    asks_what_is_known_of,
    asks_what_was_told,
    begins_with_forgetting,
    has_a_name,
    is_a_question,
    is_a_task,
    means_everything,
    only_names_the_other,
    orders_and_asks,
    spelled_out,
    takes_back,
    tells_of_trouble,
    tells_something,
    told_besides,
    what_to_keep,
)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Remember that my sister's birthday is 3 May", "my sister's birthday is 3 May"),
        ("Remember my shoe size, 43", "my shoe size, 43"),
        ("remember three things: milk, stamps, call the bank", "three things: milk, stamps, call the bank"),
        ("I changed my mind about the sofa, it's green now", "I changed my mind about the sofa, it's green now"),
        ("My sister's birthday is 3 May, remember that", "My sister's birthday is 3 May"),
        ("can you please note down: the wifi is fish, thanks", "the wifi is fish"),
        ("I save 200 euros a month", "I save 200 euros a month"),
        ("hey scrubjay, remember the PIN is 4410 please", "the PIN is 4410"),
        ("don't forget my flight is at 9:40", "my flight is at 9:40"),
        ("Can you remember things for me? The car is parked on level 3.", "The car is parked on level 3."),
        ("Could you remember that my shoe size is 43?", "my shoe size is 43"),
        ("Would you kindly keep in mind that the meeting moved", "the meeting moved"),
        ("Never forget that Lena hates cilantro", "Lena hates cilantro"),
        ("Add to your memory that Omar owes me 20 euros", "Omar owes me 20 euros"),
        ("By the way, my passport is in the desk", "my passport is in the desk"),
        ("remember that remember that the key is red", "the key is red"),
        ("Remember: does the shop open at nine?", "does the shop open at nine?"),
        ("note to self: dentist tuesday 14:30", "dentist tuesday 14:30"),
        ("My landlord is Mr Dragomir, phone calls only. Got that?", "My landlord is Mr Dragomir, phone calls only"),
        ("Remember that my lock code is 4471, and what is 17% of 240?", "my lock code is 4471"),
        ("I moved to Linz last week, please summarise the minutes", "I moved to Linz last week"),
        ("My sister wants to help me with the move", "My sister wants to help me with the move"),
        ("They come on Mondays and help me in the garden", "They come on Mondays and help me in the garden"),
        ("I work as a vet, find cats easier than dogs", "I work as a vet, find cats easier than dogs"),
        ("I told mum that we come at nine", "I told mum that we come at nine"),
        ("Would you remember, if it isn't too much bother, that my vet moved?", "my vet moved"),
        ("I'm allergic to peanuts and penicillin, keep that in mind", "I'm allergic to peanuts and penicillin"),
        ("The invoice 2291 is due on the 30th. Could you store this for me?", "The invoice 2291 is due on the 30th"),
    ],
)
def test_all_is_kept_but_the_asking(words: str, kept: str) -> None:
    assert what_to_keep(words) == kept


@pytest.mark.parametrize(
    ("words", "is_against"),
    [
        ("Don't remember this: my salary is 4000", True),
        ("Do not remember that my bank code is 7788", True),
        ("Never store my phone number 0664 123", True),
        ("I don't want you to remember that Karl drinks", True),
        ("please don't keep what I say now", True),
        ("You must not save my address", True),
        ("remember nothing of this conversation, ok?", True),
        ("No need to write this down", True),
        ("Don't forget my flight is at 9:40", False),
        ("do not forget that the bins go out on Tuesday", False),
        ("I don't remember where I put the lease", False),
        ("I never remember names", False),
        ("Remember that I never save money", False),
        ("Why don't you remember my name?", False),
        ("I don't remember how to open the safe", False),
    ],
)
def test_who_wants_something_not_kept_is_told_from_who_does_not_remember(words: str, is_against: bool) -> None:
    assert asks_not_to_remember(words) is is_against


@pytest.mark.parametrize(
    ("words", "is_work"),
    [
        ("Write a thank you note to my neighbour Ruth", True),
        ("birthday message for my grandma turning 90", True),
        ("The recipe for the cake is in the blue book", False),
        ("Fix the grammar please: me and him was going to the shop", True),
        ("can you remind me at 5 to take the bread out of the oven", True),
        ("please translate this: the cat sat on the mat", True),
        ("write down that the bins go out on Tuesday", False),
        ("make a note that Karl owes me 20 euros", False),
        ("My neighbour Ruth writes thank you notes", False),
        ("I passed my driving test, third time lucky", False),
    ],
)
def test_work_that_is_asked_for_is_told_from_things_to_keep(words: str, is_work: bool) -> None:
    assert is_a_task(words) is is_work


def test_what_is_told_only_to_ask_about_it_is_a_question() -> None:
    for words in (
        "my names come out as garbage in the pdf, why's that",
        "The import hangs. What do I do?",
        "any idea?",
        "is it ok to keep my gramps backups as gedcom",
        "the synonym window takes ages the first time, is that normal",
        "my language isn't on weblate for Safe Eyes, who adds it",
        "best way to get red wine out of a white carpet",
        "can you read this",
    ):
        assert is_a_question(words), words
    for words in (
        "I know why she left",
        "My idea was better",
        "I met Tom, who is a baker",
        "Call me on Monday, when I am back",
    ):
        assert not is_a_question(words), words


def test_asking_to_keep_is_seen_at_either_end() -> None:
    for words in (
        "Remember the key",
        "The invoice is due on the 30th. Could you store this for me?",
        "shoe size 43, save that",
    ):
        assert asks_to_remember(words), words
    for words in ("do you remember that", "is there a way to save this", "I never remember it"):
        assert not asks_to_remember(words), words


def test_an_order_to_forget_is_one_whatever_follows() -> None:
    for words in ("Don't remember my sister's birthday any more", "stop remembering Tom any longer"):
        assert begins_with_forgetting(words), words
        assert not asks_not_to_remember(words), words
    for words in ("forget that I live near Ghent, I moved to Bruges last week", "Please forget my PIN"):
        assert begins_with_forgetting(words), words
    for words in ("forget it", "forget me not", "don't forget the milk", "I forget names"):
        assert not begins_with_forgetting(words), words


def test_taking_back_is_seen_at_the_beginning() -> None:
    for words in (
        "no wait, bins are wednesday now",
        "lol i told you wrong, shes my cousin",
        "Correction: it is on 10 March",
    ):
        assert takes_back(words), words
    for words in ("no", "wait for me", "I was not wrong about the correction"):
        assert not takes_back(words), words


def test_asking_what_is_known_of_somebody_names_them() -> None:
    assert asks_what_is_known_of("What do you know about Ida?") == "Ida"
    assert asks_what_is_known_of("so what do you remember about the new boiler") == "the new boiler"
    assert asks_what_is_known_of("What do boilers know?") == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Forget my old address, we moved to 12 Harbour Row.", "we moved to 12 Harbour Row."),
        ("choir is back on thursdays, forget what I said about wednesdays", "choir is back on thursdays"),
        ("the bike is sold, you can forget its frame number", "the bike is sold"),
        ("My sister, forget her number", ""),
        ("forget that i live near ghent", ""),
    ],
)
def test_what_is_told_beside_an_order_to_forget(words: str, told: str) -> None:
    assert told_besides(words) == told


def test_nothing_is_forgotten_by_who_does_not_say_so() -> None:
    assert asks_to_forget("Forget that I like tea")
    assert asks_to_forget("I don't live in Ghent any more")
    assert not asks_to_forget("getting rid of the .aux clutter with texworks, which menu")


@pytest.mark.parametrize(
    ("words", "is_asked"),
    [
        ("ledger: can i delete an account that still has bookings", True),
        ("the boiler hums all night should i call someone", True),
        ("I like the red one and the blue one, which would you take?", True),
        ("I always call my mother when I should", False),
        ("note: buy milk on Friday", False),
        ("We are where the road ends", False),
    ],
)
def test_questions_without_a_mark_are_questions(words: str, is_asked: bool) -> None:
    assert is_a_question(words) is is_asked


@pytest.mark.parametrize(
    ("words", "tells"),
    [
        ("seven green winters hum under a spoon", False),
        ("I work nights as a baker", True),
        ("bins go out on Tuesday", True),
        ("tram stop Lindenplatz", True),
        ("Marco returned the ladder", True),
        ("mum allergic to nuts, pin 4410", True),
    ],
)
def test_a_play_of_words_tells_nothing(words: str, tells: bool) -> None:
    assert tells_something(words) is tells


def test_who_asks_what_they_told_is_told_from_who_tells() -> None:
    assert asks_what_was_told("where did i say i live")
    assert asks_what_was_told("Which of my tablets did I tell you I take at night?")
    assert asks_what_was_told("Have I mentioned my allergy?")
    assert asks_what_was_told("What am I allergic to?")
    assert not asks_what_was_told("What am I allowed to keep in the cellar?")
    assert asks_what_was_told("Do you still remember what car I drive?")
    assert not asks_what_was_told("I told you wrong, it's 43")
    assert not asks_what_was_told("what did the letter say")


def test_a_judgement_of_what_somebody_has_is_told_from_what_a_text_says() -> None:
    assert asks_for_judgement("I have a rash on my arm. Should I worry?")
    assert asks_for_judgement("is it ok to take aspirin and ibuprofen together")
    assert not asks_for_judgement("How often may the tablets be taken?")
    assert not asks_for_judgement("is it ok to keep my backups as gedcom")


def test_text_that_somebody_needs_is_work() -> None:
    assert is_a_task("I need a short toast for my sister's wedding. She is a vet.")
    assert not is_a_task("I need a new passport by June")


@pytest.mark.parametrize(
    ("question", "text", "is_only_named"),
    [
        ("Who was tower captain before Hesper Quill?", "The tower captain is Hesper Quill, since 2011.", True),
        ("Who was tower captain before Hesper Quill?", "Before Hesper Quill, Ada Stone led the band.", False),
        ("Who was tower captain before Hesper Quill?", "Ada Stone led the band until 2011.", False),
        ("What happens before Christmas?", "The office closes at Christmas.", True),
        ("Who is the tower captain?", "The tower captain is Hesper Quill, since 2011.", False),
    ],
)
def test_who_is_asked_for_beside_somebody_is_not_that_one(question: str, text: str, is_only_named: bool) -> None:
    assert only_names_the_other(question, text) is is_only_named


@pytest.mark.parametrize(
    ("question", "text", "is_told"),
    [
        ("what was the name of the baker he bought the van off", "It was bought in May 1934 from a baker.", False),
        ("what was the name of the baker he bought the van off", "It was bought from Ansel Furrow in 1934.", True),
        ("What's the dog's name?", "The dog sleeps in the kitchen on Sundays.", False),
        ("What's the dog's name?", "Biscuit, the dog, sleeps in the kitchen.", True),
        ("What is a young hare called?", "A young hare is called a leveret.", True),
        ("What is the network called?", 'The network is "meadow-guest".', True),
    ],
)
def test_only_a_name_answers_who_asks_for_one(question: str, text: str, is_told: bool) -> None:
    assert asks_for_a_name(question)
    assert has_a_name(text, question) is is_told


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("whats my name", "what's my name"),
        ("when is the plumber coming, I've forgotten", "when is the plumber coming"),
        ("my blood group?? i can't remember", "my blood group"),
        ("where did I park - remind me", "where did I park"),
        ("I've forgotten", "I've forgotten"),
        ("what have I forgotten to pay", "what have I forgotten to pay"),
    ],
)
def test_a_question_is_spelled_out(words: str, asked: str) -> None:
    assert spelled_out(words) == asked


@pytest.mark.parametrize(
    ("words", "everything"),
    [
        ("Forget everything I've told you.", True),
        ("wipe everything you know about me", True),
        ("please forget all that I asked you to remember", True),
        ("can you delete all my memories", True),
        ("Forget everything. All of it.", True),
        ("Forget all of it, every single thing I ever told you.", True),
        ("Forget everything about my ex", False),
        ("forget everything I told you about Tom", False),
        ("delete my memory of the trip", False),
        ("forget it all", False),
    ],
)
def test_whether_all_is_to_be_forgotten(words: str, everything: bool) -> None:
    assert means_everything(words) is everything


@pytest.mark.parametrize(
    ("form", "words", "holds"),
    [
        (asks_of_us, "can u keep a secret", True),
        (asks_of_us, "Can I ask you something a bit personal?", True),
        (asks_of_us, "could you find the date of the meeting", False),
        (asks_of_us, "can I tell the landlord by mail", False),
        (tells_of_trouble, "my calf hurts since this morning", True),
        (tells_of_trouble, "the boiler shows E03", True),
        (tells_of_trouble, "I like coriander", False),
        (orders_and_asks, "I parked on level 4, remember that, and what level did I park on?", True),
        (orders_and_asks, "Remember my plate is KX21 and tell me what it is.", True),
        (orders_and_asks, "Remember that my sister can show me where it is", False),
        (orders_and_asks, "My passport is K552, keep it safe, and by the way when does the plumber come?", True),
        (orders_and_asks, "Remember that I lent my drill to Casper. So who has my drill now?", True),
        (asks_to_remember, "I lent my ladder to Winston. Remember it for me, will you?", True),
        (asks_to_remember, "remeber that the bins go out on wensday", True),
        (asks_to_remember, "Remembrance Day is in November", False),
        (asks_for_a_time, "which day is it", True),
        (asks_for_a_time, "which day is it for the brown bin?", False),
        (asks_for_judgement, "Is it bad to eat pasta at midnight", True),
        (asks_for_judgement, "where did I leave the car", True),
        (asks_for_judgement, "Is it OK to paint the walls?", False),
    ],
)
def test_forms_of_words(form, words: str, holds: bool) -> None:
    assert form(words) is holds


@pytest.mark.parametrize(
    "told", ["the bike has a flat and Ole will fix it", "the alarm code is 4412 and only Piet can change it"]
)
def test_what_only_ends_like_an_order_is_kept_whole(told: str) -> None:
    assert what_to_keep(f"Remember that {told}") == told
