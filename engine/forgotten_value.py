"""The value of a memory that is forgotten: the words that give it away wherever they stand.

"Is the wifi password qwwifi6666?", asked a week later in another chat, holds all that "The wifi password is QWWIFI6666"
held, and none of its sentence. So beside the sentence its value is looked for, word by word and in any case:

- *sure* where the memory speaks of a secret (a password, a code, a number): words of letters and digits, and long
  numbers. They are taken out of every turn.
- *likely*: short numbers ("7788"), what follows "is" in a secret ("correct horse battery"), and words of letters and
  digits in a memory of something else ("RFC2822"). They are taken out of turns that speak of the same ("Is my PIN
  7788?") or that say nothing else ("7788?"); the room 7788 stays.
- *names* ("Minka") are never taken out, because whoever forgets that the cat is called Minka does not want a chat
  about Minka full of holes. How many turns still have them is told.

Rejected: taking out every rare word (it blanks names), and asking the index for rare ones (what is rare today is not
tomorrow, and the index is a cache).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.memory.secrets import find_secret
from engine.search.terms import FUNCTION_WORDS, word_set, words_of

__all__ = ["Value", "compile_words", "value_of"]

_SECRET = re.compile(
    r"pass ?(?:words?|phrase|code|port)|passwort|kennwort|mot de passe|contraseña|senha|wachtwoord|parola|geheimzahl"
    r"|\b(?:pin|puk|cvv|cvc|tan|secret|code|key|token|combination|login|account|iban|card|serial|number|licen[cs]e"
    r"|plate|wi-?fi|wlan)\b",
    re.IGNORECASE,
)
# What a secret is: up to the end of its clause.
_IS = re.compile(
    r"(?:\b(?:is|are|was|were|ist|war|lautet|est|es|è)\b|[:=])\s*(\S.*?)(?:[.;,!?](?:\s|$)|$)", re.IGNORECASE
)
# What stands behind the word of a secret and ends its clause: "password Swordfish", "the PIN for the gate Rosebud".
_BEHIND = re.compile(
    r"(?:\s+(?:for|of|to|at)\s+(?:(?:the|my|our)\s+)?[\w-]+)?\s+(?P<mark>[\"“„'])?(?P<word>[^\s\"”“„']+)[\"”']?\s*(?:[.;,!?]|$)"
)
_NOTE_WORDS = 4
_NO_NAMES = word_set(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz
    mai juni juli oktober dezember mr mrs ms dr"""
)
# Longer ones are a clause of their own ("is in the drawer under the stairs").
_MOST_WORDS = 4
_LONG_NUMBER = re.compile(r"(?<![\w.])\+?\d(?:[ \-.]?\d){5,}(?!\w)")
# 10:30am, 100km/h, 2026-03-04: amounts and times, which many turns have.
_AMOUNT = re.compile(r"[\d.,:/×-]+[a-z%°€$£]{0,4}(?:/[a-z]+)?", re.IGNORECASE)
_EDGES = " .,;:!?\"'“”„‘’`()[]{}<>…"
_MIN_MIXED, _MIN_NUMBER, _MIN_NAME = 6, 4, 3


@dataclass(frozen=True, slots=True)
class Value:
    """Patterns of words that give a memory away.

    Attributes:
        sure: what is taken out of every turn.
        likely: what is taken out of turns that speak of the same or of nothing else.
        names: what is only told.
        about: words of the memory beside its value.
    """

    sure: frozenset[str] = frozenset()
    likely: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()

    def pattern_for(self, text: str) -> re.Pattern[str] | None:
        """What is to be taken out of a text and what belongs to it; None where there is nothing to look for."""
        found, likely = self.sure, compile_words(self.likely)
        if likely.search(text):
            rest = _subjects(likely.sub(" ", text))
            found |= self.likely if not rest or rest & self.about else frozenset()
        return compile_words(found) if found else None

    def without(self, words: Iterable[str]) -> Value:
        """The value without words that are to stay."""
        stay = frozenset(words)
        return Value(self.sure - stay, self.likely - stay, self.names | stay, self.about)


def value_of(texts: Iterable[str]) -> Value:
    """The value of a memory in all that it ever said."""
    sure: set[str] = set()
    likely: set[str] = set()
    names: set[str] = set()
    texts = tuple(texts)
    for text in texts:
        words = [word.strip(_EDGES) for word in text.split()]
        is_secret = bool(_SECRET.search(text) or find_secret(text))
        (sure if is_secret else likely).update(word for word in words if _is_mixed(word))
        numbers = {m.group() for m in _LONG_NUMBER.finditer(text) if not re.fullmatch(r"\d{4}-\d\d-\d\d", m.group())}
        (sure if is_secret else likely).update(numbers)
        likely.update(word for word in words if is_secret and word.isdigit() and len(word) >= _MIN_NUMBER)
        if is_secret and (phrase := _phrase(text)):
            likely.add(phrase)
        names.update(_names_in(text))
    likely -= sure
    beside = compile_words(sure | likely).sub(" ", " ".join(texts))
    return Value(frozenset(sure), frozenset(likely), frozenset(names - sure - likely), _subjects(beside))


def _is_mixed(word: str) -> bool:
    digits = sum(c.isdigit() for c in word)
    return bool(len(word) >= _MIN_MIXED and digits and any(c.isalpha() for c in word) and not _AMOUNT.fullmatch(word))


def _phrase(text: str) -> str:
    """What follows "is", or the secret's own word ("wifi password Swordfish"); "" where that is no value."""
    secret = _SECRET.search(text)
    found = _IS.search(text, secret.end() if secret else 0)
    if found is None:
        return _without_is(text)
    words = found.group(1).strip(_EDGES).split()
    if not 0 < len(words) <= _MOST_WORDS or words[0].lower() in FUNCTION_WORDS:
        return ""
    phrase = " ".join(words)
    return phrase if len(phrase) >= _MIN_NUMBER else ""


def _without_is(text: str) -> str:
    """A last word that is no word of the language as it is written: it has a capital or quotation marks."""
    for secret in reversed(list(_SECRET.finditer(text))):
        match = _BEHIND.match(text, secret.end())
        # "wifi password swordfish" is a note; "the password changed" is a sentence.
        is_note = len(text.split()) <= _NOTE_WORDS and match is not None and not match["word"].endswith(("ed", "s"))
        if match and (match["mark"] or match["word"][:1].isupper() or is_note):
            word = match["word"].strip(_EDGES)
            return word if len(word) >= _MIN_NUMBER and word.lower() not in FUNCTION_WORDS else ""
    return ""


def _names_in(text: str) -> set[str]:
    """Words with a capital that do not owe it to the beginning of a sentence, the calendar or what they are."""
    found = set()
    for before, word in itertools.pairwise(text.split()):
        bare = word.strip(_EDGES)
        ordinary = bare.lower() in FUNCTION_WORDS | _NO_NAMES or _SECRET.fullmatch(bare)
        if len(bare) >= _MIN_NAME and bare[:1].isupper() and not ordinary and before[-1] not in ".!?:":
            found.add(bare)
    return found


def _subjects(text: str) -> frozenset[str]:
    return frozenset(words_of(text)) - FUNCTION_WORDS


def compile_words(words: Iterable[str]) -> re.Pattern[str]:
    """The words in any case, with any white space in them, and not as parts of others; of none what finds nothing."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(_source, longest_first)) or "(?!)", re.IGNORECASE)


def _source(word: str) -> str:
    if _LONG_NUMBER.fullmatch(word):
        return r"(?<!\d)" + r"[ \-.]?".join(c for c in word if c.isdigit()) + r"(?!\d)"
    return r"(?<!\w)" + r"\s+".join(map(re.escape, word.split())) + r"(?!\w)"
