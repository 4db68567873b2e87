"""Whether a message goes on from what was told: "it was moved to 9:10", "no, at 11", "she has two boys".

Read by form alone; which memory it goes on from is told_before.py's. What tells of something else ("it's raining",
"she said yes!") goes on from nothing.
"""

from __future__ import annotations

import re

from engine.agent.guide.understand.meaning import is_a_task, is_or_may_be_a_question
from engine.memory.persons import speaks_of_somebody
from engine.search.terms import FUNCTION_WORDS, words_of

__all__ = [
    "as_told",
    "fits",
    "is_another_value",
    "is_fragment",
    "is_labelled",
    "lacks_a_subject",
    "names_none_but",
    "only_corrects",
    "says_more_of",
    "says_otherwise",
    "tells_of_subject",
    "value_before",
]  # fmt: skip

_BEFORE_IT = (
    r"(?:(?:oh|sorry|no|nope|nah|ah|update|btw|well|actually|and|but|ok|okay|wait|also|so|now|oops"
    r"|i was wrong|my mistake|correction|scrap that|(?:that|this)['’]?s (?:wrong|not right)|i meant?)\b"
    r"[\s,:.!–-]*){0,3}"
)
# "It was moved to 9:10"; "it's my birthday" speaks of nothing that was told.
_OF_A_THING = re.compile(
    rf"{_BEFORE_IT}(?:(?:since|from|as of) [\w ]{{3,20}}?,? )?"
    r"(?!.*o['’]clock|(?:it|that|this)(?:['’]?s| is| was| has been)(?: (?:been|just|so|very|really|too|quite|a bit))* "
    r"(?:my|our|your|his|her|their|(?-i:[A-Z])\w+['’]s|raining|snowing|cold|hot|warm|freezing|sunny|late|early|dark|nice"
    r"|lovely|hard|sad|ok(?:ay)?|fine|good|great|bad|time|fun|funny|awful|terrible|easy|all|enough|why|what|how|because"
    r"|true|right|me|us|an? (?:shame|pity|good|nice|lovely|bad|long|beautiful|hard)|the (?:first|last|best|worst))\b)"
    r"(?:(?:it|that|this)(?:['’]?s|['’]ll| \w+) |its |they(?:['’]?re| are) "
    r"|(?:not|no longer) .*\b(?:any ?more|now|instead)\b"
    r"|(?:swapped|moved|changed|switched|cancell?ed|postponed|rescheduled|put back|brought forward)\b"
    r"|(?:they|we|i|he|she)(?:['’]ve|['’]s| have| has)? (?:just )?(?:changed|moved|swapped|cancell?ed"
    r"|sold|given|lent|put|left"
    r"|hidden|hid|taken|took|brought|returned|lost) (?:it|them|that)\b)",
    re.IGNORECASE,
)
# "She has two boys", "his extension is 417"; what somebody did yesterday says enough by itself.
_OF_A_PERSON = re.compile(
    rf"{_BEFORE_IT}(?:(?:she|he)(?:['’]?s|['’]ll)?(?! (?:just )?(?:gave|brought|sent|returned|lent|said|told|asked|rang"
    r"|came|went|left|died|made|wrote|called)\b) \w|(?:her|his) [a-z]+ )",
    re.IGNORECASE,
)
# A value alone, which only says it where something was just told: "platform 8 sorry", "no, 14:30", "other way round!".
_VALUE = (
    r"(?!(?:it|that|this|thanks?|you|i|my|we|wait|way|idea|problem|worries|need|doubt|chance|kidding|never|really|sorry"
    r"|stop|ok(?:ay)?|please|no|yes|worse|better|more|less)\b)[\w:.,’'-]+"
    r"(?: (?!(?:is|are|was|has|have|can|do)\b)[\w:.,’'-]+){0,4}?"
)
_CORRECTS = re.compile(
    rf"\W*(?:(?:no|nope|oops|sorry|i meant?|make (?:that|it)|correction|wait|actually|h[ao]ng on|hold on)[\s,:–-]+)+"
    rf"{_VALUE}(?:[.;] {_VALUE})?[\s.!]*"
    rf"|{_VALUE},? (?:sorry|i meant?|rather)[\s.!]*"
    r"|\W*(?:no,? |sorry,? )?(?:the )?other way (?:a)?round[\s.!]*|same (?:time|place|day|room)(?: as before)?[\s.!]*"
    # "No, not penicillin, ibuprofen", "it's not on the 12th but on the 13th".
    r"|\W*(?:(?:no|sorry|actually|wait)[\s,.]+)*(?:(?:it|they|that)(?:['’]?s|['’]?re| is| are) )?"
    r"not (?!(?:bad|sure|now|yet|really|much|too|that|at all|again|quite)\b)[^,;.?!]{1,40}(?:,|;| but) [^?]{1,40}",
    re.IGNORECASE,
)
# "The flight was cancelled", "the gate changed to C2".
_THE_CHANGED = re.compile(
    rf"{_BEFORE_IT}the (?P<thing>\w{{3,}}) (?:(?:was|is|has been|have been|got|has|have)(?: now| just)? )?"
    r"(?:cancell?ed|moved|postponed|delayed|put (?:off|back)|brought forward|rescheduled|changed)\b",
    re.IGNORECASE,
)
_SAYS_NO = re.compile(
    r"\W*(?:(?:no|nope|sorry|oh|wait|actually|oops)\b[\s,.!]*)+(?:i['’]?m |it['’]?s |its |it is |that['’]?s )", re.I
)
_LONGEST_DENIAL = 12
_I_MEANT = re.compile(r"\bi mean(?:t)?\b", re.IGNORECASE)
_HAS_VERB = r"(?!.*\b(?:is|are|was|were|has|have|had|do|does|did|will|can)\b|.*['’](?:s|m|re|ve|ll)\b)"
_AND_TOO = re.compile(rf"and {_HAS_VERB}(?!i\b|we\b|my\b|also my\b)[\w’' .,:-]{{3,40}}", re.IGNORECASE)
_WITHOUT_SUBJECT = re.compile(
    r"(?!.*\b(?:when|what|how|who|where|which|why)\b)(?:and )?"
    r"(?:(?:expires?|ends?|starts?|begins?|costs?|leaves|opens|closes|until|valid (?:until|till)|due|charges|comes|pays"
    r"|weighs|was|were|takes|arrives|(?:should|will|may) (?:arrive|come|start|be (?:here|there|ready))|is"
    r" due)\b(?=.*(?:\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\bfree\b))"
    r"|(?:lives|works|studies) (?:in|at|on|near|for|with|as)\b|(?:plays|speaks) the\b|speaks\b"
    r"|did (?:it|them|that) again\b) ?[\w .,:/£€$-]{0,40}",
    re.IGNORECASE,
)
# "And the one at uni is 57", "Fenella's is 01632 960 314": of what, only the one before says.
_THE_OTHER = re.compile(
    r"(?:(?:oh|and|also|but)\b[\s,]*)*(?:the (?:other|second|third|first|next|last|new|old)(?: one)?"
    r"|the one \w+ [\w ]{2,30}?|(?:mine|hers|his|theirs|ours)|(?-i:[A-Z])\w+['’]s) "
    r"(?:is|are) (?!(?:great|good|nice|lovely|better|best|bad)\b)",
    re.IGNORECASE,
)
# "Not 62, 68. They put it up": of what held the old value.
_NOT_BUT = re.compile(
    r"\W*(?:(?:no|sorry|actually|wait|oh)[\s,.]+)*(?:(?:it|that)(?:['’]?s| is) )?"
    r"not (?!(?:bad|sure|now|yet|really|much|too|that|at|again|quite|on|in|for|the|an?)\b)(?P<old>[\w.:/-]+)"
    r"(?:[,;]| but) (?P<new>[\w.:/-]+)",
    re.IGNORECASE,
)
# A name and a number.
_LABELLED = re.compile(rf"{_HAS_VERB}(?=[^\d]*[a-z])(?=.*\d)[a-z][\w’' .,:/-]{{3,50}}", re.IGNORECASE)
_I_WAS_WRONG = re.compile(
    r"\W*(?:i was wrong|my mistake|correction|(?:that|this)['’]?s (?:wrong|not right))\b[\s,:.;–-]+\w", re.IGNORECASE
)
_OWED = re.compile(r"\b(?:owes?|owed|lent|borrowed)\b", re.IGNORECASE)
_PAID_BACK = re.compile(
    rf"{_BEFORE_IT}(?:(?:he|she|they|i|we)(?:['’]s|['’]ve| has| have)?(?: just| been)? )?"
    r"(?:(?:gave|given|sent) (?:\w+ ){0,3}back\b|(?:paid|repaid)(?: (?:it|me|him|her|them|you|(?-i:[A-Z])\w+))?"
    r"(?: (?:back|off|up|all|everything|half|\w*\d\w*))*[\s.!,]*(?:all of it|today|yesterday|back|$))",
    re.IGNORECASE,
)
# "Jarek gave me a tenner back" of what Jarek owes.
_PAID_BY = re.compile(
    r"(?!(?:i|we|he|she|they|it|you|who|not)\b)(?P<who>[a-z]\w+)(?: has|['’]s)?(?: just)? (?:(?:gave|given|sent)"
    r" (?:\w+ ){1,4}back\b"
    r"|(?:paid|repaid)(?: (?:me|us|it|up|back|off|everything|all))*(?: (?:today|yesterday|now))?\W*$)",
    re.IGNORECASE,
)
_SCRAPPED = re.compile(
    r"\W*(?:no,? )?(?:scrap|forget|strike|cancel|scratch) (?:that|it|this)[\s,.;:–-]+"
    r"(?:it['’]?s|it is|its|make it|now)\b",
    re.IGNORECASE,
)
# "No actually Des found it, it's in my sewing box" of where something is kept.
_NOW_IN = re.compile(
    r"\W*(?:(?:no|sorry|actually|wait|oh)\b[\s,]*)+[^.?!]{0,60}?\b(?:it['’]?s|they['’]?re|it is|they are)(?: now)?"
    r" (?:in|on|at|under|behind|with|inside|next to|by) [^?]{3,40}",
    re.IGNORECASE,
)
# "Scrap that about Moira, she's on sweeteners"
_SCRAPPED_OF = re.compile(
    r"\W*(?:no,? )?(?:scrap|forget|strike|cancel|scratch) (?:that|it|what i said) (?:about|of) (?:the |my )?(?P<of>\w+)"
    r"[,;:.–-]+ ?(?:it|she|he|they|now)(?:['’]\w+| \w+)",
    re.IGNORECASE,
)
_MOVED = re.compile(
    rf"{_BEFORE_IT}(?:they|he|she)(?:['’]ve|['’]s| have| has)? (?:just )?(?:moved|changed|postponed|cancell?ed) it\b"
    rf"|{_BEFORE_IT}(?:it|that)(?:['’]?s|['’]ll| is| was| has| will| got)(?: (?:now|just|been|be|got))* "
    r"(?:moved|changed|postponed|delayed|cancell?ed|called off|put (?:off|back)|brought forward|pushed back|rescheduled"
    r"|shifted|swapped)\b",
    re.IGNORECASE,
)
# What tells the answer that was asked for: "on the 29th of February 1944", "the 3rd at St Luke's".
_FRAGMENT = re.compile(
    r"(?:it['’]?s|its|it is|(?:they|he|she)(?:['’]ve|['’]s)? (?:moved|changed) it|she['’]?s|he['’]?s)\b"
    rf"|(?=.*(?:\d|(?-i:\b[A-Z])))(?:on|at|in|since|until|from|the|about|around|every|\d+(?:st|nd|rd|th)?)\b{_HAS_VERB}",
    re.IGNORECASE,
)
# "At 45p a mile" is of a sum.
_PRICE_EACH = re.compile(r"at [€£$]?\d[\d.,]* ?(?:p|c|ct|€|£|\$|euros?|pounds?)?(?: (?:each|an?|per|the)\b|\W*$)", re.I)
_SHE, _HE = re.compile(r"\b(?:she|her)\b", re.IGNORECASE), re.compile(r"\b(?:he|his|him)\b", re.IGNORECASE)
_OF_HER = re.compile(
    r"\b(?:she|her|mum|mom|mother|sister|daughter|wife|girlfriend|aunt\w*|niece|gran|granny|grandma|grandmother|nana?"
    r"|mrs|ms|miss|woman|girl|lady|landlady)\b",
    re.IGNORECASE,
)
_OF_HIM = re.compile(
    r"\b(?:he|his|him|dad|father|brother|son|husband|boyfriend|uncle|nephew|grandad|granddad|grandpa|grandfather|mr"
    r"|man|boy|landlord)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:in|on|at|under|behind|with|inside|next to|by) (?:the|my|our|a|an|his|her)\b", re.IGNORECASE)
_NAMES_ONLY = re.compile(r"(?:(?:my|our|the) )(?!.*\b(?:is|are|was|has|please|pls)\b)[\w’'-]+(?: [\w’'-]+){0,3}", re.I)
_VERB = re.compile(
    r"(?:is|are|was|has|had|will|lives|works|comes|wants|needs|likes|hates|can['’]?t|doesn['’]?t)\b", re.I
)
_NUMBERS = re.compile(r"\d[\d.:,/-]*\d|\d")
_IT_IS = re.compile(
    r"(?:oh |no,? )*(?:it['’]?s|it is|it should be|it['’]?s meant to be) (?:(?=\S*\d)\S+(?! o['’]?clock)"
    r"|(?:in|at|on|near|behind|under|next to|called|named|from|by)"
    r" (?!(?:fire|the way|my way|time|it)\b)[\w’'-]+(?: [\w’'-]+){0,3})[\s.!]*$",
    re.IGNORECASE,
)
_LONGEST_FRAGMENT, _LONGEST_CORRECTION = 10, 9


def as_told(words: str, text: str) -> str:
    """What is to be kept of the words, with the "no," and "and" by which it goes on."""
    words = words.strip()
    return words if _CORRECTS.fullmatch(words) or words.casefold() == f"and {text.casefold()}" else text


def fits(text: str, told: str, *, is_last: bool) -> bool:
    """Whether a text is of what was told; behind another answer it has to say so itself."""
    if (old := value_before(text)) and not re.search(rf"(?<!\w){re.escape(old)}(?!\w)", told, re.IGNORECASE):
        return False
    if (changed := _THE_CHANGED.match(text)) and changed["thing"].casefold() in told.casefold():
        return True
    if not is_last:
        return _MOVED.match(text) is not None or _denies(text, told)
    if old and (_SCRAPPED_OF.match(text) or (_PAID_BY.match(text) and _OWED.search(told))):
        return True
    is_place = _PLACE.search(told) is not None and _NOW_IN.match(text) is not None
    return is_place or says_more_of(text, told) or bool(_CORRECTS.fullmatch(text) or _I_WAS_WRONG.match(text))


def _denies(text: str, told: str) -> bool:
    """Whether a text says no to what was told, by a word of it: "sorry it's not blue, it's green"."""
    opening = _SAYS_NO.match(text)
    words = set(words_of(text[opening.end() :])) if opening else set()
    return bool((words - FUNCTION_WORDS) & set(words_of(told))) and len(text.split()) <= _LONGEST_DENIAL


def is_fragment(text: str) -> bool:
    told = re.sub(rf"^{_BEFORE_IT}", "", text, count=1, flags=re.IGNORECASE)
    is_one = _FRAGMENT.match(told) is not None and not _PRICE_EACH.match(told)
    return is_one and len(text.split()) <= _LONGEST_FRAGMENT and not _I_MEANT.search(text)


def says_more_of(text: str, told: str) -> bool:
    """Whether a text says nothing by itself, and more of what was told."""
    of_somebody = (speaks_of_somebody(told) or told.islower()) and not _of_the_other(text, told)
    is_of_it = _OF_A_THING.match(text) or (of_somebody and _OF_A_PERSON.match(text))
    is_of_it = is_of_it or (_OWED.search(told) and _PAID_BACK.match(text)) or _THE_OTHER.match(text)
    # "And 152 in clothes", "expires 14.8.2031".
    return bool(is_of_it or _SCRAPPED.match(text) or _AND_TOO.fullmatch(text) or _WITHOUT_SUBJECT.fullmatch(text))


def says_otherwise(words: str) -> bool:
    """Whether it says of itself that something is not so any more."""
    forms = (_SCRAPPED, _SCRAPPED_OF, _PAID_BY, _NOW_IN, _MOVED, _THE_CHANGED, _SAYS_NO, _NOT_BUT)
    return any(form.match(words) for form in forms) or (_PAID_BACK.match(words) is not None and not is_a_task(words))


def value_before(words: str) -> str:
    """The value that is no longer so: the 62 of "not 62, 68", and who paid; "" where none is named."""
    if found := _SCRAPPED_OF.match(words):
        return found["of"]
    if found := _PAID_BY.match(words):
        return found["who"]
    found = _NOT_BUT.match(words)
    return found["old"] if found else ""


def names_none_but(text: str) -> bool:
    """Whether whom or what it tells of was named before: "oh and she's vegan now", "the other one is upstairs"."""
    return _OF_A_PERSON.match(text) is not None or _THE_OTHER.match(text) is not None


def _of_the_other(text: str, told: str) -> bool:
    """Whether "she" is said behind what is told of a brother, or "he" behind a sister."""
    is_she, is_he = _SHE.search(text) is not None, _HE.search(text) is not None
    of_her, of_him = _OF_HER.search(told) is not None, _OF_HIM.search(told) is not None
    return (is_she and of_him and not of_her) or (is_he and of_her and not of_him)


def tells_of_subject(text: str, said: str) -> bool:
    """Whether it goes on from a few words that only name somebody: "my sister Henrike", "is coming on the 23rd"."""
    return _NAMES_ONLY.fullmatch(said) is not None and _VERB.match(text) is not None


def lacks_a_subject(text: str) -> bool:
    """Whether it tells of what was told and does not name it: "charges 62 an hour", "its 4419"."""
    return _WITHOUT_SUBJECT.fullmatch(text) is not None or _IT_IS.match(text) is not None


def is_another_value(text: str, told: str) -> bool:
    """Whether "its 4420" can be the value of what was told: of as many digits as the last that stands there, or new."""
    said, known = _NUMBERS.findall(text), _NUMBERS.findall(told)
    return not _IT_IS.match(text) or not said or not known or len(said[0]) == len(known[-1])


def only_corrects(words: str) -> bool:
    """Whether it is no more than another value: "no, at 11"."""
    return len(words.split()) <= _LONGEST_CORRECTION and _CORRECTS.fullmatch(words) is not None


def is_labelled(words: str) -> bool:
    """Whether it is a name and a number, and asks for nothing: "door code 4471"."""
    asks = is_or_may_be_a_question(words) or is_a_task(words)
    return len(words.split()) <= _LONGEST_CORRECTION and not asks and _LABELLED.fullmatch(words) is not None
