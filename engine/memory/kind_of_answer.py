"""Whether a memory can hold the answer at all: a price, a time, a place, somebody, or nothing of that kind.

"How much does the boiler cost?" and "The boiler service is on 12 March" share their subject, and a score tells no more.
So the kind of thing that is asked for is read out of the question, by its first words, and looked for in the memory
(kinds_told.py): how much → a number that is no date; when → a time; where → a place; who → somebody who is not in the
question already; "Mr Novak's wife" → somebody who is said to be that. Beside the kind three things decide: the opposite
end of what is asked is no answer (opposites.py), a reason says that it is one, and "What did I give
her?" asks for something that happened. Only where a question surely asks for a kind, and the memory surely has nothing
of it, it cannot answer; it is still the nearest, and told as that. Read is English; nothing is concluded from any other
language.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.memory.kinds_told import (
    DAYS,
    MONTHS,
    tells_address,
    tells_age,
    tells_amount,
    tells_code,
    tells_colour,
    tells_count,
    tells_digits,
    tells_how_often,
    tells_length,
    tells_mail,
    tells_measure,
    tells_phone,
    tells_place,
    tells_price,
    tells_time,
    tells_weight,
    tells_work,
    words_for,
)
from engine.memory.opposites import tells_the_opposite
from engine.memory.persons import RELATIONS, tells_relation
from engine.search.terms import FUNCTION_WORDS, word_set, words_of

__all__ = ["MOVED", "asks_for_home", "cannot_answer", "shares_subject"]

_LEAD = r"^(?:(?:{})[\s,.!:…-]+)*".format(
    words_for(
        """
    hi hey hello ok okay so and but well now please scrubjay sorry do can could would you i remember know recall
    tell say remind me forgot wonder wondering again just ask to want like need am
    """
    ).pattern
)
_PAID = "(?:cost|costs|pay|paid|worth|price|charge|charged|owe|owed|spend|spent)"
_NO_PRICE = "(?:weight|height|size|distance|time|left|there|weigh|weighs)"
_WHAT_IS = r"(?:what|which)(?:['’]s| (?:is|was|are|were))\b"
_NUMBERED = r"(?:number of|(?:house|customer|policy|account) number|number\W*$)"
_OF_PHONES = r"(?:(?:phone|telephone|mobile|cell)(?: number)?|number (?:to call|(?:do|can) i (?:call|dial)))"

# How a question begins, and what looks for an answer of its kind.
_KINDS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (rf"how much\b.*\b{_PAID}\b|how expensive\b", tells_price),
    (rf"how much (?:is|was|are|were)\b(?!.*\b{_NO_PRICE}\b)", tells_price),
    (r"what (?:does|did|do|is|was)\b.*\bcosts?\b|what (?:is|was) the (?:price|cost)\b", tells_price),
    (rf"{_WHAT_IS}.*\b(?:price|rent|salary|fee|worth)\W*$", tells_price),
    (r"how (?:much\b.*\bweigh|heavy\b)|what (?:does|did|do)\b.*\bweigh\b", tells_weight),
    (rf"{_WHAT_IS}.*\bweight\b", tells_weight),
    (r"how much\b", tells_amount),
    (r"how old\b|what age\b", tells_age),
    (r"how often\b", tells_how_often),
    (r"how long (?:is|are|was|were|will|does|do|did|can|may|must|should|would)\b", tells_length),
    (r"how (?:big|large|tall|high|deep|wide|thick|far|small)\b|(?:what|which) size\b", tells_measure),
    (r"when\b|(?:what|which) (?:day|date|month|year|weekday|time)\b", tells_time),
    (r"(?:on|in|at|since|until|from|by) (?:what|which) (?:day|date|month|year|weekday|time)\b", tells_time),
    (rf"where\b.*\bfrom\W*$|{_WHAT_IS}.*(?<!mail )(?<!web )(?<!ip )\baddress\b", tells_address),
    (r"where\b", tells_place),
    (r"(?:what|which) colou?r\b", tells_colour),
    (r"what (?:is|was|are) (?:the colou?r of\b|.*\bcolou?r\W*$)", tells_colour),
    (r"(?:what|which) (?:is|was|are)\b.*\be-?mail\b|what mail\b", tells_mail),
    (rf"(?:what|which)\b.*\b{_OF_PHONES}\b|how (?:can|do) i (?:call|phone)\b", tells_phone),
    (rf"{_WHAT_IS}.*\b(?:code|pin|password|passcode|combination)\b", tells_code),
    (rf"{_WHAT_IS}.*\b(?:{_NUMBERED}|zip code|postcode)", tells_digits),
    (r"what (?:does|do|did)\b.*\b(?:for a living|for work|work as)\b", tells_work),
    (rf"{_WHAT_IS}.*\b(?:job|profession|occupation)\W*$", tells_work),
)
_ASKED = tuple((re.compile(rf"{_LEAD}(?:{begins})", re.IGNORECASE), answers) for begins, answers in _KINDS)
_HOW_MANY = re.compile(rf"{_LEAD}how many (?P<counted>[\w-]+)", re.IGNORECASE)
# "Who is Eva?" is answered by whatever is known of Eva; "Who is Eva's boss?" is not.
_WHO = re.compile(
    rf"{_LEAD}(?:who(?!['’]s (?-i:[A-Z])| (?:is|was|are|were) (?-i:[A-Z])[\w’' ]*\W*$)|whom)\b", re.IGNORECASE
)
_ASKS_NAME = re.compile(
    rf"{_LEAD}(?:{_WHAT_IS}.*\b(?:names?|called|named)\W*$|{_WHAT_IS} the names? of\b)", re.IGNORECASE
)
# "I can't stand being called Corey" is no name of theirs.
_ASKS_MY_NAME = re.compile(
    r"\b(?:what (?:am i|i['’]?m|i am) (?:called|named)|(?:what(?:['’]?s| is)|know) my name)\b", re.I
)
_NOT_CALLED = re.compile(
    r"\b(?:can['’]?t (?:stand|bear)|hates?|don['’]?t (?:like|call)|do not call|never call|stop calling|not)\b"
    r".{0,20}\bcall\w*",
    re.IGNORECASE,
)
_ASKS_MAKER = re.compile(rf"{_LEAD}(?:what|which) (?:brand|make|company|manufacturer)\b", re.IGNORECASE)
_ASKS_RELATION = re.compile(
    rf"{_LEAD}(?:who|what)(?:['’]s| (?:is|was|are|were))\b(?P<whom>.*?)"
    r"(?:['’]s? (?P<relation>[\w-]+)(?:['’]s name| called| named)?\W*$"
    r"|\b(?:the )?(?:name of the )?(?P<of>[\w-]+) of (?!my\b|our\b))",
    re.IGNORECASE,
)
_BIRTHDAY = re.compile(
    r"\b(?:when|(?:what|which) (?:date|day))\b.*['’]s (?:birthday|birth date|date of birth)\b"
    r"(?! (?:party|presents?|gift|cake|card|dinner|do|surprise|meal|lunch))",
    re.IGNORECASE,
)
_BORN = re.compile(r"\b(?:birthday|b-?day|birth|born|celebrat\w*|turn(?:s|ed|ing)?|\d{1,3} years old)\b", re.IGNORECASE)
_NAMED = re.compile(r"\b(?:called|named|names?|nicknamed?|known as)\b", re.IGNORECASE)
_WHY = re.compile(rf"{_LEAD}(?:why|for what reason|what is the reason)\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because|cause|since|as|due|for|reason|so|to (?!the\b|an?\b|my\b|our\b)(?-i:[a-z]+)|otherwise|after|thanks"
    r"|account|afraid|allergic|needs?|wants?|must|hates?|loves?|too)\b",
    re.IGNORECASE,
)
_ASKS_DEED = re.compile(
    rf"{_LEAD}(?:what|which \w+) did (?!.*\b(?:tell|say|said|mention|ask|want|decide)\b)\w+", re.IGNORECASE
)
_HAPPENED = re.compile(
    r"\b(?:was|were|did|had|been|\w+ed|ate|bought|brought|chose|came|cut|drank|drove|fell|found|gave|got|given|grew"
    r"|heard|held|kept|knew|left|lent|lost|made|met|paid|put|ran|read|rode|sang|saw|seen|sent|sold|spent|spoke|swam"
    r"|took|taken|taught|thought|told|went|won|wore|wrote|written|eaten)\b",
    re.IGNORECASE,
)
_QUESTION_WORDS = re.compile(r"\b(?:when|where|who|whom|whose|why|what|which|how)\b", re.IGNORECASE)
_ENGLISH = words_for(
    "the my our is are was were i i'm i’m we of and has have had he she they his her their it with for"
)
# Words that English has not; a sentence without words of the one or the other ("Clara studies in Graz") may be either.
_FOREIGN = words_for(
    """
    der die das den dem des ein eine einen einem ist sind war und mein meine meinen unser ich wir mit für hat habe wohnt
    heißt arbeitet kostet beginnt endet le la les un une est sont et mon ma mes notre je nous avec el los las es son mi
    mis nuestro con il lo gli è sono mio mia di che het een mijn onze ik wij zijn niet
    """
)
_ATTRIBUTE = r"(?:colou?r|size|price|weight|age|height|length)"
_ATTRIBUTE_OF = re.compile(
    rf"\bthe (?P<what>{_ATTRIBUTE}) of (?:my|our|the) (?P<of>[^?.,]+)"
    rf"|\b(?:my|our|the) (?P<of2>[\w ]+)['’]s (?P<what2>{_ATTRIBUTE})\b",
    re.IGNORECASE,
)
_NO_PERSON = word_set(f"{MONTHS} {DAYS}")
_SELF = word_set("i we me us i'm i've i'll we're he she they")
_PEOPLE = word_set(
    """girl boy woman man lady guy person people child children kid kids team company firm staff nurse caretaker janitor
    gardener cleaner guest guests everybody everyone nobody somebody someone anybody family couple student students"""
)
_OPENING = word_set(
    "the my our a an his her their your this that there it in on at every each no some all both only to"
)
_BEFORE_A_PLACE = word_set("in at from to near")
_CAPITAL = re.compile(r"(?:(?P<before>\w+)[\s\"“(]+)?\b(?P<name>[A-ZÀ-Þ][\w’'-]+)")
_IS_CALLED = re.compile(
    r"(?:my|our|the) (?P<thing>[\w ’'-]+?) (?:is|are|was)(?: called| named)? (?:the )?(?-i:[A-ZÀ-Þ])", re.IGNORECASE
)
# A longer memory has something of every kind.
_MOST_CHARACTERS = 2000
# What is asked of something, and not the thing: that a gym costs something tells nothing of a lesson's cost.
_ATTRIBUTES = word_set(
    """
    number numbers phone telephone mobile address mail email e-mail name names named called price prices cost costs
    much many colour color size weight weigh weighs heavy old age long big large tall high far open opens close closes
    start starts begin begins end ends finish leave leaves arrive time times day days date year years month months
    week weeks hour hours code pin password job kind type brand make favourite favorite best like work works use
    """
)
_OF_WHAT = re.compile(r"\b(?:the|an?) [\w ]+? of (?P<of>(?:the|my|our|your|his|her|their)\b[^?.,]+)", re.IGNORECASE)


def cannot_answer(question: str, memory: str) -> bool:
    """Whether a memory surely has nothing of the kind that a question surely asks for."""
    asked = question.strip()
    if len(memory) > _MOST_CHARACTERS:
        return False
    if len(_QUESTION_WORDS.findall(asked)) > 1 or (_FOREIGN.search(memory) and not _ENGLISH.search(memory)):
        return False
    # "Have I told you when Priya's birthday is?" asks for nothing else of hers.
    if _BIRTHDAY.search(asked) and not _BORN.search(memory):
        return True
    if _is_of_something_else(asked, memory) or tells_the_opposite(asked, memory):
        return True
    if match := _ASKS_RELATION.search(asked):
        relation = (match["relation"] or match["of"]).lower()
        if (
            relation in RELATIONS
            and match["whom"].strip().lower() not in ("my", "our")
            and not tells_relation(memory, relation)
        ):
            return True
    if _WHO.search(asked):
        return not _names_somebody(asked, memory) or _names_the_thing(asked, memory)
    if _ASKS_MAKER.search(asked):
        return _CAPITAL.search(memory.removeprefix("The ").removeprefix("My ").removeprefix("Our ")) is None
    if _ASKS_MY_NAME.search(asked) and _NOT_CALLED.search(memory):
        return True
    if _ASKS_NAME.search(asked):
        return not (_NAMED.search(memory) or _has_another_name(asked, memory) or _introduces(asked, memory))
    if _WHY.search(asked):
        return not _REASON.search(memory)
    if match := _HOW_MANY.search(asked):
        return not tells_count(memory, match["counted"].lower())
    answers = next((answers for begins, answers in _ASKED if begins.search(asked)), None)
    if answers is None and _ASKS_DEED.search(asked):
        return not _HAPPENED.search(memory)
    return answers is not None and not answers(memory)


# "We moved to Bremen" tells where one lives, and has no word of it: asked for like this it is found.
MOVED = "Where did I move to?"
_ASKS_FOR_HOME = re.compile(
    r"\bwhere (?:do|did|am|are) (?:i|we) (?:now )?(?:live|living|at home)\b|\b(?:my|our) (?:home )?address\b",
    re.IGNORECASE,
)


def asks_for_home(question: str) -> bool:
    """Whether somebody asks where they live."""
    return _ASKS_FOR_HOME.search(question) is not None


def shares_subject(question: str, memory: str) -> bool:
    """Whether a memory has a word of what a question is about: "the author of the contract" is about the contract."""
    match = _OF_WHAT.search(question)
    about = words_of(match["of"] if match else question)
    told = {_bare(word) for word in words_of(memory)}
    return any(_bare(w) in told for w in about if w not in FUNCTION_WORDS and w not in _ATTRIBUTES)


def _is_of_something_else(question: str, memory: str) -> bool:
    """Whether the same attribute is told, but not of that thing: "the colour of my bike", "my favourite colour"."""
    match = _ATTRIBUTE_OF.search(question)
    if match is None:
        return False
    attribute, thing = match["what"] or match["what2"], match["of"] or match["of2"]
    told, things = ({word.removesuffix("s") for word in words_of(text)} for text in (memory, thing))
    is_person = any(word in RELATIONS for word in things)
    return attribute.lower() in told and not is_person and things.isdisjoint(told)


def _names_somebody(question: str, told: str) -> bool:
    """Whether somebody stands there whom the question does not name already."""
    asked, words = {_bare(word) for word in words_of(question)}, words_of(told)
    # Who writes no capitals names people like that too.
    if told == told.lower() or not _SELF.isdisjoint(words) or not (_PEOPLE - asked).isdisjoint(words):
        return True
    if any(_bare(word) in RELATIONS and _bare(word) not in asked for word in words):
        return True
    return _has_another_name(question, told)


def _names_the_thing(question: str, told: str) -> bool:
    """Whether the name that stands there is what the question already speaks of: "Who directed my favourite film?"."""
    match = _IS_CALLED.match(told)
    if match is None or re.search(r"\bwho(?:['’]s| (?:is|was|are|were))\b", question, re.IGNORECASE):
        return False
    asked, things = ({_bare(w) for w in words_of(t)} - FUNCTION_WORDS for t in (question, match["thing"]))
    return bool(things) and things <= asked and things.isdisjoint(RELATIONS) and things.isdisjoint(_PEOPLE)


def _introduces(question: str, told: str) -> bool:
    """Whether a name stands behind the relation that is asked about: "my sister Liv" for "my sister's name"."""
    asked = {_bare(word) for word in words_of(question)}
    before = {(match["before"] or "").lower() for match in _CAPITAL.finditer(told)}
    return not asked.isdisjoint(before & frozenset(RELATIONS))


def _has_another_name(question: str, told: str) -> bool:
    """Whether a name stands there that the question has not; where no capitals are written any word may be one."""
    if told == told.lower():
        return True
    asked = {_bare(word) for word in words_of(question)}
    for match in _CAPITAL.finditer(told):
        name, before = match["name"].lower(), (match["before"] or "").lower()
        # "my niece Paula": she is the niece that is asked about.
        is_asked = _bare(name) in asked or (before in RELATIONS and before in asked)
        if is_asked or name in _NO_PERSON or name in _OPENING or before in _BEFORE_A_PLACE:
            continue
        return True
    return False


def _bare(word: str) -> str:
    """A word without what says whose or how many: "Eva's", "keys"."""
    return re.sub(r"['’]s?$", "", word).removesuffix("s")
