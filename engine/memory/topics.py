"""What belongs to a topic that somebody asks about as a whole: "what do you know about my health?".

No memory has the word "health" in it, and the vectors of whole sentences put "I'm allergic to hazelnuts" as far from it
as "I like jazz" (0.21 and 0.15). The words that do belong to the few topics people ask for are listed here. English.
"""

from __future__ import annotations

import re

from engine.search.terms import FUNCTION_WORDS, word_set

__all__ = ["belongs_to"]

_HEALTH = word_set(
    """
    allergic allergy allergies asthma diabetes diabetic blood pressure tablet tablets pill pills medication medicine
    medicines doctor dentist hospital clinic surgery operation hip knee back pain ill illness sick disease pregnant
    pregnancy migraine migraines insulin inhaler injection therapy therapist glasses hearing deaf blind dyslexic
    dyslexia adhd coeliac celiac intolerant intolerance lactose gluten dose mg prescription antibiotics vaccine
    vaccinated cholesterol sugar heart stroke cancer epilepsy depression anxiety wheelchair crutches cataract weight
    """
)
_MEDICATION = word_set(
    """
    tablet tablets pill pills medication medicine medicines insulin inhaler injection dose mg prescription antibiotics
    penicillin aspirin ibuprofen paracetamol drops cream blood pressure thyroid statin statins
    """
)
_FAMILY = word_set(
    """
    mother father mum mom dad parents brother sister siblings son daughter kids children child baby wife husband
    partner girlfriend boyfriend fiance fiancee aunt uncle cousin cousins niece nephew grandmother grandfather grandma
    grandpa gran granny grandson granddaughter grandchildren family married divorced twins
    """
)
_WORK = word_set(
    """
    work works working job boss colleague colleagues office company employer salary shift shifts profession career
    teacher nurse engineer plumber roofer student retired employed freelancer business manager contract customer client
    """
)
_PETS = word_set(
    "dog cat rabbit hamster horse parrot goldfish budgie snake tortoise hen hens pony pet pets puppy kitten"
)
_FOOD = word_set(
    """
    eat eats food vegan vegetarian allergic allergy intolerant lactose gluten cook cooking recipe breakfast lunch dinner
    coffee tea meat fish cheese chocolate coriander restaurant diet sugar kosher halal
    """
)
_HOME = word_set(
    "live lives living flat house home address street rent landlord neighbour neighbor moved garden kitchen"
)
_TOPICS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("health", "illness", "illnesses", "condition", "conditions", "body"), frozenset(_HEALTH)),
    **dict.fromkeys(
        ("medication", "medicine", "medicines", "meds", "pills", "tablets", "drugs"), frozenset(_MEDICATION)
    ),
    **dict.fromkeys(("family", "relatives", "folks", "relations"), frozenset(_FAMILY)),
    **dict.fromkeys(("work", "job", "profession", "career"), frozenset(_WORK)),
    **dict.fromkeys(("pets", "pet", "animals"), frozenset(_PETS)),
    **dict.fromkeys(("food", "diet", "eating", "nutrition"), frozenset(_FOOD)),
    **dict.fromkeys(("home", "housing"), frozenset(_HOME)),
    **dict.fromkeys(("allergies", "allergy"), frozenset(word_set("allergic allergy allergies intolerant intolerance"))),
}
_WORD = re.compile(r"[^\W_]+")
# "My health and my diet" are two.
_AND = re.compile(r",| and | or ")


def belongs_to(topic: str, text: str) -> bool:
    """Whether a memory speaks of a topic: for each word of it, it has that word or one that belongs to it.

    "Katrin's husband's job" is not that of another, nor an office.

    Args:
        topic: as somebody names it ("my sister", "my health").
    """
    told = {word.lower() for word in _WORD.findall(text)}
    return any(_belongs_to(part, told) for part in _AND.split(topic))


def _belongs_to(topic: str, told: set[str]) -> bool:
    wanted = {word for word in map(str.lower, _WORD.findall(topic)) if word not in FUNCTION_WORDS and len(word) > 1}
    return bool(wanted) and all(
        any(_is_form_of(word, other) for other in told) or bool(told & _TOPICS.get(word, frozenset()))
        for word in wanted
    )


def _is_form_of(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    return long.startswith(short) and len(long) - len(short) <= (2 if len(short) > 3 else 0)
