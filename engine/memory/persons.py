"""Whose fact it is: whether a memory that fits a question tells of somebody else than the question asks about.

"When is my mother's birthday?" and "my sister's birthday is 3 May" share every word but one, and that one decides. A
score cannot know it: all words weigh alike to an embedding. So persons are read out of both texts, by form alone: words
of relation ("my mother"), names (a capital inside a sentence), and whose something is ("Anna's number", "my number",
"the birthday of my sister"). A memory is about another where the question's person is missing in it while one of the
same kind stands there. Nothing is concluded where a text names nobody, nor from a name to a relation: "my wife" may be
Maria. Read is English; in other languages little is recognised and nothing refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.search.terms import FUNCTION_WORDS, word_set, words_of

__all__ = ["RELATIONS", "is_about_another", "speaks_of_somebody", "tells_relation"]

# A line names one relation; words that may mean several stand in all of them.
_KIN_LINES = """
mother mum mom mummy mommy mama parents parent
father dad daddy papa parents parent
sister sibling siblings
brother sibling siblings
wife spouse partner
husband spouse partner hubby bloke fella
girlfriend partner
boyfriend partner bloke fella
fiancé fiancée fiance fiancee
son child children kid kids baby
daughter child children kid kids baby
grandmother grandma granny gran nan nana grandparents
grandfather grandpa granddad grandad gramps grandparents
grandson grandchild grandchildren
granddaughter grandchild grandchildren
aunt auntie
uncle
cousin
niece
nephew
mother-in-law
father-in-law
sister-in-law
brother-in-law
stepmother
stepfather
"""
_OTHER_LINES = """
friend
neighbour neighbor
colleague coworker co-worker
boss manager supervisor
doctor gp physician
dentist
vet
therapist
landlord landlady
tenant
lawyer solicitor attorney
accountant
teacher
flatmate roommate housemate
plumber
electrician
mechanic
hairdresser
cat pet
dog pet
horse pet
"""
_TOKEN = re.compile(r"(?P<word>[^\W\d_]+(?:-[^\W\d_]+)*)(?P<own>['’]s?(?!\w))?")
_SENTENCE_START = re.compile(r"(?:^|[.!?:\n]\s*)[\"'“”‘’(]*$")
# Behind these a capital is a name also in a question, where "Which Netflix plan" names a thing.
_BEFORE_A_NAME = word_set(
    """does did do is was are were has have had will would can could should to for with about of from by and when where
    name's friend"""
)
_MINE = word_set("my our")
# What "my …" names: the words before the verb.
_OF_MINE = re.compile(r"\W*my (?P<what>\w+(?: \w+){0,2}?) (?:is|are|was|were|has|have)\b", re.IGNORECASE)
_I = re.compile(r"\b(?:i|i['’]\w+|me|we|us)\b", re.IGNORECASE)
# "When was I born?" is no question for "grandad was born in 1941".
_OF_ME = re.compile(r"\b(?:(?:was|were) i born|how (?:old|tall) am i|am i (?:called|named))\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:i|i['’]?m|me|my|mine|we|us|our)\b", re.IGNORECASE)
# Somebody, however the name is typed, between the verb and what they do.
_OF_WHOM = re.compile(
    r"\W*(?:when|where|what time|which day|how long|how often)(?:['’]?s| is| does| did| will| has| was) "
    r"(?!(?:the|my|our|an?|it|that|this|there|your|his|her|their|i|we|you|he|she|they|next)\b)(?P<who>[a-z]{3,})"
    r" (?:at|going|having|go|goes|see|seeing|off|away|back|due|coming|come|get|leave|start|work|working|play|need)\b",
    re.IGNORECASE,
)
_NO_NAMES = word_set(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december english german french spanish italian dutch christmas easter"""
)
_ME = ("me",)
# Asked for "the dog", a neighbour's is one too; "my dog" is nobody else's.
_ANYBODYS = "the"
# Who a text is about stands at its beginning; each word is looked at with what stands before it.
_MOST_CHARACTERS = 2000

Person = tuple[str, ...]


def _read_relations() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in f"{_KIN_LINES}{_OTHER_LINES}".splitlines():
        words = line.split()
        for word in words:
            found.setdefault(word, set()).add(words[0])
    return {word: frozenset(meant) for word, meant in found.items()}


RELATIONS = _read_relations()
_KIN = frozenset(word for word in RELATIONS if RELATIONS[word] & set(_KIN_LINES.split()))
# What tells of a relation without its word, and from its other end: who has a son is a parent.
_TOLD_BY = tuple(
    word_set(line)
    for line in """
husband wife spouse partner girlfriend boyfriend fiancé fiancée fiance fiancee married marries marry engaged couple
mother mum mom mummy mommy mama father dad daddy papa parent parents son daughter child children kid kids baby adopted
sister brother sibling siblings twin twins
grandmother grandma granny gran nan nana grandfather grandpa granddad grandad gramps grandparents \
grandson granddaughter grandchild grandchildren
aunt auntie uncle niece nephew
mother-in-law father-in-law sister-in-law brother-in-law
boss manager supervisor works work worked working employs employed employee hired
landlord landlady tenant rents rent rented
teacher teaches taught teach lessons student pupil
doctor gp physician patient treats
friend friends
neighbour neighbor neighbours neighbors next
colleague coworker co-worker colleagues works work
""".strip().splitlines()
)


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    owns: bool  # "mother's"
    is_name: bool

    @property
    def relation(self) -> str:
        """The relation that it names, in the singular, or ""."""
        singular = self.text.removesuffix("s")
        return self.text if self.text in RELATIONS else singular if singular in RELATIONS else ""


@dataclass(slots=True)
class _Persons:
    """Who a text speaks of; a person is a chain, ("sister", "boss") for a sister's boss."""

    relations: set[Person] = field(default_factory=set)
    names: set[Person] = field(default_factory=set)
    owners: dict[str, set[Person]] = field(default_factory=dict)  # whose "birthday"
    called: dict[Person, Person] = field(default_factory=dict)  # Annika → sister, of "my sister Annika"

    def add(self, person: Person) -> None:
        (self.relations if person[-1] in RELATIONS else self.names).add(person)

    def as_asked(self, person: Person, asked: Person) -> Person:
        """Somebody named by name, as the relation that they are where the question asks by relation."""
        return self.called.get(person, person) if asked[-1] in RELATIONS else person


def is_about_another(question: str, memory: str, *, kin_only: bool = False) -> bool:
    """Whether a memory tells of somebody of the same kind as the question, but not of the same person.

    Args:
        kin_only: look at kinship alone: in a document a capital is no sign of a name, and tenant and landlord meet.
    """
    asked, told = _persons(question, asks=True), _persons(memory[:_MOST_CHARACTERS])
    if kin_only:
        return _differ(_kin(asked), _kin(told))
    if _OF_ME.search(question) and (told.relations or told.names) and not _FIRST_PERSON.search(memory):
        return True
    for thing, owners in asked.owners.items():
        if thing in told.owners:
            return not any(_may_be(a, told.as_asked(b, a)) for a in owners for b in told.owners[thing])
    if _overlap(asked.names, told.names):
        return False
    # "When is jago at the dentist" is no question for "I have a dentist appointment".
    of_whom = None if _FIRST_PERSON.search(question) else _OF_WHOM.match(question)
    if of_whom and _FIRST_PERSON.match(memory) and of_whom["who"].casefold() not in words_of(memory):
        return True
    of_theirs = (b for a in asked.names | asked.relations for b in told.relations if b[: len(a)] == a != b)
    # "What size feet has my husband got?" is no question for "my shoe size is 8".
    mine = _OF_MINE.match(memory) if asked.relations and not told.relations and not told.names else None
    if mine and not _I.search(question) and not set(words_of(mine["what"])).isdisjoint(words_of(question)):
        return True
    return (
        _differ(asked.relations, told.relations)
        or _differ(asked.names, told.names)
        or (not asked.relations and any(of_theirs))
    )


def speaks_of_somebody(text: str) -> bool:
    """Whether a text names a person, by name or by relation."""
    found = _persons(text[:_MOST_CHARACTERS])
    return bool(found.relations or found.names)


def tells_relation(memory: str, relation: str) -> bool:
    """Whether a memory has a word of a relation, by whatever end or word it is told."""
    told = {w for word in words_of(memory) for w in (word, re.sub(r"['’]s?$", "", word).removesuffix("s"))}
    groups = [group for group in _TOLD_BY if relation in group]
    return relation in told or any(not group.isdisjoint(told) for group in groups)


def _kin(persons: _Persons) -> set[Person]:
    return {p for p in persons.relations if all(word in _KIN for word in p)}


def _differ(asked: set[Person], told: set[Person]) -> bool:
    return bool(asked and told) and not _overlap(asked, told)


def _overlap(some: Iterable[Person], others: set[Person]) -> bool:
    return any(_is_same(a, b) for a in some for b in others)


def _is_same(one: Person, other: Person) -> bool:
    if one[0] == _ANYBODYS:
        one, other = one[1:], other[-1:]
    return len(one) == len(other) and all(_is_word(a, b) for a, b in zip(one, other, strict=True))


def _is_word(one: str, other: str) -> bool:
    # "Annas number" is written for "Anna's number".
    if one == other or one.removesuffix("s") == other.removesuffix("s"):
        return True
    return not RELATIONS.get(one, frozenset()).isdisjoint(RELATIONS.get(other, frozenset()))


def _may_be(one: Person, other: Person) -> bool:
    """The same, or a name and a relation, which may be the same person."""
    kinds = {len(p) == 1 and p[0] in RELATIONS for p in (one, other)}
    return _is_same(one, other) or (len(kinds) == 2 and _ME not in (one, other) and len(one) == len(other))


def _persons(text: str, *, asks: bool = False) -> _Persons:
    found = _Persons()
    words = list(_words(text, asks=asks))
    owner: Person = ()
    for i, word in enumerate(words):
        following = words[i + 1] if i + 1 < len(words) else None
        if word.relation or word.is_name:
            person = (*owner, word.relation or word.text)
            if word.is_name and i and words[i - 1].relation and not words[i - 1].owns:
                found.called[person] = (words[i - 1].relation,)
            if asks and word.relation and i and words[i - 1].text == "the":
                person = (_ANYBODYS, *person)
            owner = person if _owns(word, following) else ()
            if not owner:
                found.add(person)
                _note_of(found, words[:i], person)
        elif owner and not (following and following.relation):
            found.owners.setdefault(word.text, set()).add(owner)
            found.add(owner)
            owner = ()
        elif word.text in _MINE and following and not _leads_to_person(words[i + 1 : i + 3]):
            found.owners.setdefault(following.text, set()).add(_ME)
        elif word.owns and following and word.text not in FUNCTION_WORDS and not following.relation:
            found.owners.setdefault(following.text, set()).add((word.text,))
    if owner:
        found.add(owner)
    return found


def _owns(word: _Word, following: _Word | None) -> bool:
    """Whether something of theirs follows; "my sisters birthday" is written like that as well."""
    if following is None:
        return False
    plural = word.relation != "" and word.text == word.relation + "s" and following.text not in FUNCTION_WORDS
    return word.owns or plural


def _leads_to_person(words: list[_Word]) -> bool:
    """ "my mother", "my old mother", "my friend Tom"."""
    return any(word.relation or word.is_name for word in words)


def _note_of(found: _Persons, before: list[_Word], person: Person) -> None:
    """ "the birthday of my sister": whose it is."""
    if before and before[-1].text in ("my", "our", "the"):
        before = before[:-1]
    if len(before) > 1 and before[-1].text == "of":
        found.owners.setdefault(before[-2].text, set()).add(person)


def _words(text: str, *, asks: bool) -> Iterable[_Word]:
    before = ""
    for match in _TOKEN.finditer(text):
        word, owns = match["word"], match["own"] is not None
        lower = word.casefold()
        capital = word[0].isupper() and word[1:].islower() and lower not in _NO_NAMES and lower not in FUNCTION_WORDS
        opens = _SENTENCE_START.search(text[: match.start()]) is not None
        is_name = capital and (owns or _stands_as_name(text, match.end(), before, opens=opens, asks=asks))
        yield _Word(lower, owns, is_name)
        before = lower


def _stands_as_name(text: str, end: int, before: str, *, opens: bool, asks: bool) -> bool:
    if opens:
        return (
            not asks
            and re.match(r" (?:is|was|has|had|will|no|[a-z]+s|[a-z]+ed|[a-z]+n['’]t)\b", text[end : end + 20])
            is not None
        )
    return not asks or before in _BEFORE_A_NAME or before in RELATIONS
