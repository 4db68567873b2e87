"""Whether a place is asked for, and of what."""

import pytest

from engine.search.place_asked import place_subject


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("Where did I read about backups?", "backups"),
        ("where can i find something on the deposit", "deposit"),
        ("Where is the spare key mentioned?", "the spare key"),
        ("Where have the prices been discussed?", "the prices"),
        ("In which file are the opening hours described?", "the opening hours"),
        ("Where does it say that I may keep a dog?", "I may keep a dog"),
        ("Which of my documents talk about insulation?", "insulation"),
        ("which pdf is about the heat pump", "heat pump"),
        ("Which letter mentions the refund, please?", "refund"),
        ("where did I read about parking in my documents?", "parking"),
        ("Where did I read about smoking in the boiler room?", "smoking in the boiler room"),
        ("Where does it say?", ""),
        ("Where do I find the spare fuses?", None),
        ("Which documents do I need to list for the visa?", None),
        ("What does the letter say about heating?", None),
        ("Where was she born?", None),
        ("What is the chapter on noise good for?", None),
    ],
)
def test_the_subject_of_a_question_for_a_place(words: str, subject: str | None) -> None:
    assert place_subject(words) == subject
