"""Which things a question names, and whether a memory speaks of them."""

from __future__ import annotations

import pytest
import pytest_asyncio

from engine.memory.asked_things import names_all_that_is_asked, things_asked
from engine.memory.gone import takes_away
from engine.memory.opposites import tells_the_opposite
from engine.search.embedding import create_embedder_by_name


@pytest.mark.parametrize(
    ("question", "things"),
    [
        ("What is the password of my laptop?", ["laptop"]),
        ("When does my new driving licence expire?", ["driving"]),
        ("When is Tilde's birthday?", ["tilde", "birthday"]),
        ("What does the hotel in Piran cost?", ["hotel", "piran"]),
        ("Where do I live?", []),
        ("Which bank am I with?", []),
    ],
)
def test_what_stands_behind_an_article_or_has_a_name_is_asked_about(question: str, things: list[str]) -> None:
    assert things_asked(question) == things


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def embedder():  # type: ignore[no-untyped-def]
    embedder = create_embedder_by_name("onnx")
    yield embedder
    await embedder.aclose()


@pytest.mark.parametrize(
    ("question", "memory", "names"),
    [
        ("Who is my physician?", "My doctor is Dr. Vik", True),
        ("What is the password of my laptop?", "the wifi password is plum", False),
        ("What is the wifi password?", "the wifi password is plum", True),
        ("When does my bus leave?", "my train leaves at 7:42", False),
        ("When is Tilde's birthday?", "Grandma's birthday is on 19 May", False),
        ("What size are my shoes?", "my shoe size is 43", True),
        ("What is my hat size?", "my shoe size is 43", False),
        ("What does Biscuit eat?", "our cat is called Biscuit", False),
        ("When do Marek and Ines marry?", "the wedding of Marek and Ines is on 12 September", True),
        ("Where do I work?", "I am at the harbour office", True),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_memory_speaks_of_all_that_is_asked_or_not(embedder, question: str, memory: str, names: bool) -> None:
    assert await names_all_that_is_asked(question, memory, embedder) is names


async def test_without_an_embedder_nobody_can_say() -> None:
    assert await names_all_that_is_asked("When does my bus leave?", "my train leaves at 7:42", None)


@pytest.mark.parametrize(
    ("question", "memory"),
    [
        ("How much do I owe Lars?", "Lars owes me 60 euros"),
        ("How strong are my glasses on the right?", "my glasses are minus 2.5 on the left"),
        ("What is our dog called?", "the dog next door is called Rufus"),
    ],
)
def test_the_other_side_is_no_answer(question: str, memory: str) -> None:
    assert tells_the_opposite(question, memory)


@pytest.mark.parametrize(
    ("new", "old", "takes"),
    [
        ("I quit my job at Siemens", "I work at Siemens", True),
        ("I put the keys in the red box", "the keys are in the blue drawer", True),
        ("The flight to Lisbon was postponed to 3 June", "our flight to Lisbon leaves on 2 June", True),
        ("I changed my password for the library to stork-66", "my password for the library is heron-55", True),
        ("The trip to Oslo is off", "the trip to Oslo is on 3 June", True),
        ("Dr. Lamm has retired", "my GP is Dr. Lamm", True),
        ("The rent goes up to 910 euros from January", "the rent is 840 euros", True),
        ("Ben has a new number: 0160 4455", "Ben's number is 0171 2233", True),
        ("I have a new car", "my bike is red", False),
        ("The light in the hall is off-white", "the light in the hall is by Anglepoise", False),
        ("I put the milk in the fridge", "I like milk", False),
        ("I moved the sofa to the cellar", "the sofa is blue", False),
        ("The flight to Oslo was postponed to 3 June", "our flight to Lisbon leaves on 2 June", False),
    ],
)
def test_who_puts_or_moves_something_takes_its_old_place_or_time_away(new: str, old: str, takes: bool) -> None:
    assert takes_away(new, old) is takes
