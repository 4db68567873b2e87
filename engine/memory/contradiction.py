"""Do two memories say different things about the same? Then the newer one holds.

No model is asked: that would cost seconds per memory, and a small one guesses. What is recognised is the
form that facts about a person have: a subject with one value ("my favourite colour is …", "I live in …",
"the cat is called …"), said again with another value. Both sentences must begin alike up to the verb, and
differ after it. What says so itself in other words ("… not any more", "Correction: …") is read by correction.py.
"My sister's birthday is …" and "my brother's birthday is …" begin differently; "I like tea"
and "I like coffee" can both be true and are left alone. Whatever is not recognised stays beside the other, and
recall shows both with their dates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.memory.correction import (
    Tokens,
    announces_itself,
    read_correction,
    same_subject,
    tokens_of,
    without_announcement,
)
from engine.memory.entry import MemoryEntry
from engine.memory.gone import takes_away
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
    "name, nickname, birthday, birth date, age, address, street, city, phone number, number, e-?mail",
    "e-?mail address, colou?r, favou?rite \\w+, favou?rite \\w+ \\w+, profession",
    "size, weight, height, rent, salary, budget, price, cost, deadline, due date, date",
    "time, period, password, deposit, rate, limit, language, currency, unit",
    "time ?zone, diet, goal, target, status, version, title, username, blood type",
    "geburtstag, adresse, farbe, lieblings\\w+, miete, beruf, anniversaire, nombre, cumpleaños",
)
_ONE_VALUE_NOUN = re.compile(rf"\b(?:{_NOUNS})$", re.IGNORECASE)
# A wife is Anna, and tired; a car is a Volvo, and clean: only what names them is their one value.
_PERSON_NOUN = re.compile(
    r"\b(?:employer|boss|manager|doctor|dentist|landlord|partner|wife|husband|spouse|girlfriend|boyfriend)$",
    re.IGNORECASE,
)
_THING_NOUN = re.compile(
    r"\b(?:phone|job|home|car|bike|appointment|meeting|flight|train|role|location|place|room|seat|gate|school|university"
    r"|bank|insurance|provider|plan)$",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\s*(?:(?:now|currently|still)\s+)?[A-ZÀ-Þ]")
_SAID_WHICH = re.compile(r"\s*(?:(?:now|currently|still)\s+)?(?:an?\b|the\b|my\b|our\b|[A-ZÀ-Þ\d])")
# March and May are names too.
_WHEN = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|april|june|july|august|september|october"
    r"|november|december|noon|midnight|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|\d{1,2}[:.]\d\d|\d{1,2} ?(?:am|pm|o['’]clock|uhr)|(?:19|20)\d\d|(?:mon|diens|donners|frei|sams|sonn)tags?"
    r"|mittwochs?|januar|februar|märz|juni|juli|oktober|dezember|\d{1,2}\.? (?:march|may|mai)"
    r"|(?:march|may|mai) \d{1,2})\b|^\W*(?:\d{1,2}|march|may|mai)\W*$",
    re.IGNORECASE,
)
_WHERE_OR_WHEN = re.compile(r" (?:on|at|in)$", re.IGNORECASE)
_NOT_SO = re.compile(r"\b(?:not|no longer|never|nicht|kein\w*|nie)\b|n['’]t\b", re.IGNORECASE)
_FILLERS = word_set(
    """
    now currently actually again today the a an my our i we user user's that from has have been no longer since really
    and so but then well new still correction corrected update sorry oops wait instead meanwhile jetzt nun inzwischen
    mittlerweile stattdessen eigentlich korrektur berichtigung
    """
)
_HOW = word_set("at in on with without by to for during until since every only never")
_SAME_VERB = {"living in": "live in", "moved to": "live in", "working at": "work at", "working for": "work for"}
_LONGEST_VALUE_WORDS = 12
# Words that a newer sentence must have of the older one to be shown before it.
_FEWEST_SHARED = 2
# What a sentence is about stands at its beginning: "my aunt Rosa …".
_SUBJECT_WORDS = 2
# Words of two sentences that are compared word for word.
_FEWEST_SAID = 3
# Characters of a text whose claim is kept in RAM.
_SHORT = 400


@dataclass(frozen=True, slots=True)
class Claim:
    """A subject and its one value, as words; `named` is the subject as it is written."""

    subject: tuple[str, ...]
    value: tuple[str, ...]
    verb: tuple[str, ...] = ()
    named: Tokens = ()


@lru_cache(maxsize=4096)
def _read_short(text: str, of_anything: bool) -> Claim | None:
    return _read(text, of_anything)


def read_claim(text: str, *, of_anything: bool = False) -> Claim | None:
    """What a text claims, None where it has not the form of a subject with one value.

    Args:
        of_anything: the bare verb counts after any noun.
    """
    # The same few hundred are read with every recall.
    return (_read_short if len(text) <= _SHORT else _read)(text, of_anything)


def _read(text: str, of_anything: bool) -> Claim | None:
    if "\n" in text.strip() or text.rstrip().endswith("?"):
        return None
    for match in _ONE_VALUE.finditer(text):
        before, verb = text[: match.start()], " ".join(match["verb"].lower().split())
        if not of_anything and verb in _BARE and not _has_one_value(before.strip(), text[match.end() :]):
            continue
        if _NOT_SO.search(text) or not _says_where_or_when(verb, text[match.end() :]):
            return None
        subject = tuple(w for w in words_of(before) if w not in _FILLERS)
        value = tuple(w for w in words_of(text[match.end() :]) if w not in _FILLERS)
        if value and len(value) <= _LONGEST_VALUE_WORDS:
            return Claim((*subject, *_root(verb)), value, _root(verb), tokens_of(before))
        return None
    return None


def _has_one_value(before: str, value: str) -> bool:
    """Whether what stands before "is" has one value, and this is of its kind."""
    if _PERSON_NOUN.search(before):
        return _NAMED.match(value) is not None
    if _THING_NOUN.search(before):
        return _SAID_WHICH.match(value) is not None
    return _ONE_VALUE_NOUN.search(before) is not None


def _says_where_or_when(verb: str, value: str) -> bool:
    """Whether "is on" is followed by a place or a time: a phone is on the desk, and on silent."""
    is_said = verb.split()[0] in _BARE and _WHERE_OR_WHEN.search(verb) is not None
    return not is_said or _SAID_WHICH.match(value) is not None or _WHEN.search(value) is not None


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
    replaced = {old.id for old, was in claims for new, now in claims if _later(old, new) and _differ(was, now)}
    return replaced | {old.id for new in entries for old in corrected_by(new, entries)}


def speaks_against(new: MemoryEntry, old: MemoryEntry) -> bool:
    """Whether a newer memory seems to say otherwise, though not so surely that it replaces the older one."""
    if not _later(old, new):
        return False
    if takes_away(new.text, old.text):
        return True
    was, now = read_claim(old.text, of_anything=True), read_claim(new.text, of_anything=True)
    if was is not None and now is not None and _is_same_verb(was, now) and same_subject(was.named, now.named):
        return not set(now.value) <= set(was.value)
    if not is_correction(new.text):
        return False
    told = [_word(token) for token in tokens_of(old.text)]
    shared = _words(old.text) & _words(new.text)
    return not shared.isdisjoint(told[:_SUBJECT_WORDS]) and len(shared) >= max(_FEWEST_SHARED, len(set(told)) / 2)


def _is_same_verb(was: Claim, now: Claim) -> bool:
    """Whether the same is told of: where somebody lives is said with "in", "at" or "on", and by their having moved."""
    return was.verb == now.verb or was.verb[:1] == now.verb[:1] == ("live",)


def newest_first(entries: Sequence[MemoryEntry]) -> list[MemoryEntry]:
    """The entries in their order, but before each the newer ones that speak against it."""
    ordered: list[MemoryEntry] = []
    for entry in entries:
        older = [i for i, other in enumerate(ordered) if speaks_against(entry, other)]
        ordered.insert(older[0] if older else len(ordered), entry)
    return ordered


def is_correction(text: str) -> bool:
    """Whether a text has the marks of one that says what is not so any more."""
    return announces_itself(text) is not False or read_correction(text) is not None


def corrected_by(new: MemoryEntry, entries: Sequence[MemoryEntry]) -> list[MemoryEntry]:
    """Those that a correction takes back; none where it may mean one or another of them."""
    if not is_correction(new.text):
        return []
    said = _words(new.text)
    older = [entry for entry in entries if _later(entry, new) and not said.isdisjoint(_words(entry.text))]
    correction = read_correction(new.text)
    found = [entry for entry in older if correction is not None and correction.holds_against(entry.text)]
    told = [tokens_of(entry.text) for entry in found]
    if found:
        return found if all(same_subject(a, b) for a in told for b in told) else []
    behind = tokens_of(without_announcement(new.text))
    moved = [] if announces_itself(new.text) is False else [e for e in older if _only_moves(tokens_of(e.text), behind)]
    if moved:
        return moved
    sure = announces_itself(new.text) is True
    return _other_values(read_claim(without_announcement(new.text), of_anything=sure), older, of_anything=sure)


def _other_values(now: Claim | None, older: Sequence[MemoryEntry], *, of_anything: bool) -> list[MemoryEntry]:
    """Those that give the subject of a claim another value, if that subject is one and the same."""
    if now is None or not now.named:
        return []
    claims = [(entry, read_claim(entry.text, of_anything=of_anything)) for entry in older]
    found = [(entry, was) for entry, was in claims if was is not None and _gives_another_value(was, now)]
    named = [was.named for _, was in found]
    if not all(same_subject(a, b) for a in named for b in named):
        return []
    # A cat is grey and old, so only its one colour can be meant.
    is_one = len({was.value for _, was in found}) <= 1 or not of_anything
    return [entry for entry, _ in found] if is_one else []


def _only_moves(told: Tokens, said: Tokens) -> bool:
    """Whether two say the same word for word but for one number, day or month."""
    differing = [pair for pair in zip(told, said, strict=False) if pair[0].lower() != pair[1].lower()]
    if len(told) != len(said) or len(told) < _FEWEST_SAID or len(differing) != 1:
        return False
    one, other = differing[0]
    return (one[0].isdigit() and other[0].isdigit()) or (bool(_WHEN.search(one)) and bool(_WHEN.search(other)))


def _words(text: str) -> frozenset[str]:
    return _words_among(tokens_of(text))


@lru_cache(maxsize=4096)
def _words_among(tokens: Tokens) -> frozenset[str]:
    return frozenset(_word(token) for token in tokens)


def _word(token: str) -> str:
    return token.lower().removesuffix("s")


def _gives_another_value(was: Claim, now: Claim) -> bool:
    values = [re.search(r"\d", " ".join(claim.value)) is not None for claim in (was, now)]
    return (
        was.verb == now.verb
        and same_subject(was.named, now.named)
        and values[0] == values[1]
        and _are_of_a_kind(was, now)
        and not set(was.value) <= set(now.value)
        and not set(now.value) <= set(was.value)
    )


def _later(old: MemoryEntry, new: MemoryEntry) -> bool:
    same_scope = old.project == new.project and old.id not in (new.id, *new.links.refers_to)
    return same_scope and old.created_ms <= new.created_ms and not old.pinned


def _differ(a: Claim | None, b: Claim | None) -> bool:
    if a is None or b is None or a.subject != b.subject:
        return False
    if not _are_of_a_kind(a, b):
        return False
    # One that only says more ("in Ghent" and "in Ghent, Belgium") contradicts nothing.
    return not set(a.value) <= set(b.value) and not set(b.value) <= set(a.value)


def _are_of_a_kind(a: Claim, b: Claim) -> bool:
    """Whether both tell a time, or neither; and both something, or how ("drives a Volvo", "drives at night")."""
    if a.verb[-1] in ("on", "at", "in", "be") and (_is_time(a) != _is_time(b)):
        return False
    return len({claim.value[0] in _HOW for claim in (a, b)}) == 1


def _is_time(claim: Claim) -> bool:
    return _WHEN.search(" ".join(claim.value)) is not None


def _root(verb: str) -> tuple[str, ...]:
    """The verb as both sentences may write it: "lives in" and "live in", "is" and "was"."""
    words = [w for w in _SAME_VERB.get(verb, verb).split() if w not in ("now", "currently", "still")]
    head = words[0]
    if words[1:] == ["on"]:  # "is on 4 May" is "is 4 May"
        words = words[:1]
    head = "be" if head in ("is", "are", "was", "were") else head.removesuffix("s") if len(head) > 3 else head
    return (head, *words[1:])
