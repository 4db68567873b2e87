"""Whether a place is asked for, and of what; or what is said of something."""

import pytest

from engine.search.place_asked import place_subject, topic_asked


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


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("What does the lease say about pets?", "pets"),
        ("what do my documents say about subletting my room", "subletting my room"),
        ("What does it say about notice?", "notice"),
        ("So what does our tenancy agreement say regarding noise at night?", "noise at night"),
        ("What is written about the summer party?", "the summer party"),
        ("What's in the manual about cleaning?", "cleaning"),
        ("Is there anything about bicycles in the lease?", "bicycles"),
        ("Does the contract say anything about overtime?", "overtime"),
        ("Find everything about frost in my notes", "frost"),
        ("Can you show me the part about refunds, please?", "refunds"),
    ],
)
def test_what_is_said_of_something(words: str, subject: str) -> None:
    assert topic_asked(words) == subject


@pytest.mark.parametrize(
    "words",
    [
        "What did Annika say about heat patches?",
        "what did I say about my weight?",
        "What do ravens say about death in old stories?",
        "What does it say about that?",
        "What does the lease say?",
        "How much does the lease say the rent is?",
        "Tell me about yourself",
        "",
    ],
)
def test_what_asks_for_something_else(words: str) -> None:
    assert topic_asked(words) == ""
