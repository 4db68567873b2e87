"""Which things a question names, and whether a memory speaks of each: a laptop, a driving licence, the hotel in Piran.

"What is the password of my laptop?" and "the wifi password is plum" are near in meaning and share a word, and a score
of whole sentences tells no more. What is asked about is what stands behind an article or a possessive ("my laptop",
"the hotel", "Tilde's birthday") and what has a name. Each of these must be in the memory, or a word that means the
same: the vectors of single words tell a doctor from a physician (0.86) and a bus from a train (0.47) well enough. Read
is English.
"""

from __future__ import annotations

import re

import numpy as np

from engine.errors import EmbedderError
from engine.search.terms import FUNCTION_WORDS, word_set
from engine.search.types import Embedder

__all__ = ["names_all_that_is_asked", "things_asked"]

# A word stands for another from this cosine of their vectors on. Of 27 pairs like "physician" and "doctor" 22 have
# more; of ten like "licence" and "passport" three, of which people are told apart by other means (persons.py).
_SAME_WORD = 0.55
# What is asked of a thing need only have to do with the memory, as eating has not with what a cat is called.
_RELATED = 0.35
_MOST_WORDS = 40
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_BEFORE_A_THING = word_set("my our his her their your the a an this that these those")
# They say which one, or are what is asked *of* a thing; the kind of the answer is looked at elsewhere.
_NO_THING = word_set(
    """
    new old next last first second third current previous former other same own best worst favourite favorite main only
    whole big small little large long short good bad great young exact full right left big name names code number
    numbers address price cost costs colour color size time date day days week month year place kind type sort brand
    make model age amount title reason plan way rest people person one ones most thing things stuff word end start
    beginning deadline weight height length value total sum owner maker author teacher password pin email mail
    """
)
_ENGLISH_TOO = word_set("hat die war")  # of the German function words
_QUESTION = word_set("what which who whom whose when where why how is are was were do does did can could")


def things_asked(question: str) -> list[str]:
    """The words for what is asked about, in their order."""
    found, after_article = [], False
    words = _WORD.findall(question)
    for at, word in enumerate(words):
        lower = word.lower()
        plain = re.sub(r"['’]s?$", "", lower)
        is_name = at > 0 and word[0].isupper() and plain not in _QUESTION and lower not in FUNCTION_WORDS
        is_owner = lower != plain and plain not in _QUESTION and plain not in FUNCTION_WORDS
        if lower in _BEFORE_A_THING:
            after_article = True
        elif after_article and plain in _NO_THING:
            continue
        elif (
            (plain not in FUNCTION_WORDS or plain in _ENGLISH_TOO)
            and plain not in _NO_THING
            and (after_article or is_name or is_owner)
        ):
            found.append(plain)
            # "Grandma's birthday": the birthday is asked about too.
            after_article = is_owner
        else:
            after_article = False
    return list(dict.fromkeys(found))


async def names_all_that_is_asked(question: str, memory: str, embedder: Embedder | None) -> bool:
    """Whether a memory speaks of everything that a question names; true where nobody can say."""
    told = [re.sub(r"['’]s?$", "", word.lower()) for word in _WORD.findall(memory)]
    told = [word for word in dict.fromkeys(told) if word not in FUNCTION_WORDS][:_MOST_WORDS]
    things = things_asked(question)
    others = [w for w in map(str.lower, _WORD.findall(question)) if w not in FUNCTION_WORDS | _NO_THING | _QUESTION]
    wanted = {word: _SAME_WORD if word in things else _RELATED for word in [*things, *others]}
    missing = [word for word in wanted if not any(_is_same(word, other) for other in told)]
    if not missing:
        return True
    if embedder is None or not told:
        return embedder is None
    try:
        vectors = np.asarray(await embedder.embed([*missing, *told], urgent=True))
    except EmbedderError:
        return True
    nearest = (vectors[: len(missing)] @ vectors[len(missing) :].T).max(axis=1)
    return all(near >= wanted[word] for word, near in zip(missing, nearest, strict=True))


def _is_same(word: str, other: str) -> bool:
    """Whether they are forms of one word: shoe and shoes, expire and expires, photographer and photographers."""
    short, long = sorted((word, other), key=len)
    return long.startswith(short) and len(long) - len(short) <= (2 if len(short) > 3 else 1)
