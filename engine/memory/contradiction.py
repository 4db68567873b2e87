"""Do two memories say different things about the same? Then the newer one holds.

No model is asked: that would cost seconds per memory, and a small one guesses. What is recognised is the
form that facts about a person have: a subject with one value ("my favourite colour is …", "I live in …",
"the cat is called …"), said again with another value. Both sentences must begin alike up to the verb, and
differ after it. "My sister's birthday is …" and "my brother's birthday is …" begin differently; "I like tea"
and "I like coffee" can both be true and are left alone. Whatever is not recognised stays beside the other, and
recall shows both with their dates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.memory.entry import MemoryEntry
from engine.search.terms import word_set, words_of

_BE = "is are was were ist sind est es"


def _any_of(*phrases: str) -> str:
    """A regular expression for any of the phrases, the longest first."""
    alternatives = sorted((p for phrase in phrases for p in phrase.split(", ")), key=len, reverse=True)
    return "|".join(alternatives)


# Verbs after which there is one value at a time.
_VERBS = _any_of(
    r"(?:is|are|was|were)(?: now| currently| still)? (?:called|named|on|at|in|from|due on|due in|due)",
    "lives? (?:in|at|on|near|with), living in, moved to, works? (?:at|for|as|in), working (?:at|for|as), drives?",
    "costs?, weighs?, earns?, ends? (?:on|in), starts? (?:on|at|in), begins? (?:on|at|in), expires? (?:on|in)",
    "prefers?, changed to, heißt, heiße, wohnt, wohne, arbeitet, arbeite, kostet, habite, travaille, vive, trabaja",
)
_ONE_VALUE = re.compile(rf"\b(?P<verb>{_VERBS}|{_BE.replace(' ', '|')})\b", re.IGNORECASE)
# "is black" and "is hungry" are both true of a cat; "the colour is black" has one value. So the bare verb
# counts only after a noun that has one value.
_BARE = word_set(_BE)
_NOUNS = _any_of(
    "name, nickname, birthday, birth date, age, address, street, city, phone, phone number, number, e-?mail, job, home",
    "e-?mail address, colou?r, favou?rite \\w+, favou?rite \\w+ \\w+, profession, employer, boss, manager, doctor",
    "dentist, landlord, car, bike, size, weight, height, rent, salary, budget, price, cost, deadline, due date, date",
    "time, appointment, meeting, flight, train, period, password, deposit, rate, limit, language, currency, unit",
    "time ?zone, diet, goal, target, status, version, title, role, location, place, room, seat, gate, partner, wife",
    "husband, spouse, girlfriend, boyfriend, school, university, bank, insurance, provider, plan, username, blood type",
    "geburtstag, adresse, farbe, lieblings\\w+, miete, beruf, anniversaire, nombre, cumpleaños",
)
_ONE_VALUE_NOUN = re.compile(rf"\b(?:{_NOUNS})$", re.IGNORECASE)
_FILLERS = word_set(
    """
    now currently actually again today the a an my our i we user user's that from has have been no longer since really
    and so but then well new still correction corrected update sorry oops wait
    """
)
_SAME_VERB = {"living in": "live in", "moved to": "live in", "working at": "work at", "working for": "work for"}
_LONGEST_VALUE_WORDS = 12


@dataclass(frozen=True, slots=True)
class Claim:
    """A subject and its one value, as words."""

    subject: tuple[str, ...]
    value: tuple[str, ...]


def read_claim(text: str) -> Claim | None:
    """What a text claims, None where it has not the form of a subject with one value."""
    if "\n" in text.strip() or text.rstrip().endswith("?"):
        return None
    for match in _ONE_VALUE.finditer(text):
        before, verb = text[: match.start()], " ".join(match["verb"].lower().split())
        if verb in _BARE and not _ONE_VALUE_NOUN.search(before.strip()):
            continue
        subject = tuple(w for w in words_of(before) if w not in _FILLERS)
        value = tuple(w for w in words_of(text[match.end() :]) if w not in _FILLERS)
        if value and len(value) <= _LONGEST_VALUE_WORDS:
            return Claim((*subject, *_root(verb)), value)
        return None
    return None


def contradicts(one: str, other: str) -> bool:
    """Whether two texts give one subject two values."""
    return _differ(read_claim(one), read_claim(other))


def superseded_by(old: MemoryEntry, new: MemoryEntry) -> bool:
    """Whether one memory replaces another: the same scope, said later, another value."""
    return _later(old, new) and contradicts(old.text, new.text)


def superseded_among(entries: Sequence[MemoryEntry]) -> set[str]:
    """The ids of those that another one of them replaces; each text is read once."""
    claims = [(entry, read_claim(entry.text)) for entry in entries]
    claims = [(entry, claim) for entry, claim in claims if claim is not None]
    return {old.id for old, was in claims for new, now in claims if _later(old, new) and _differ(was, now)}


def _later(old: MemoryEntry, new: MemoryEntry) -> bool:
    same_scope = old.project == new.project and old.id not in (new.id, *new.links.refers_to)
    return same_scope and old.created_ms <= new.created_ms and not old.pinned


def _differ(a: Claim | None, b: Claim | None) -> bool:
    if a is None or b is None or a.subject != b.subject:
        return False
    # One that only says more ("in Ghent" and "in Ghent, Belgium") contradicts nothing.
    return not set(a.value) <= set(b.value) and not set(b.value) <= set(a.value)


def _root(verb: str) -> tuple[str, ...]:
    """The verb as both sentences may write it: "lives in" and "live in", "is" and "was"."""
    words = [w for w in _SAME_VERB.get(verb, verb).split() if w not in ("now", "currently", "still")]
    head = words[0]
    if words[1:] == ["on"]:  # "is on 4 May" is "is 4 May"
        words = words[:1]
    head = "be" if head in ("is", "are", "was", "were") else head.removesuffix("s") if len(head) > 3 else head
    return (head, *words[1:])
