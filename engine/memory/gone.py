"""Does a newer sentence say that what an older one tells of is gone: sold, lost, cancelled, left, separated, dead?

"My car is a red Skoda" and "I sold the Skoda and bought a blue Renault" give no subject two values, and nothing in the
second takes the first back by its words (contradiction.py, correction.py). Still the first is no answer any more. So
the verbs are known by which something goes, and what goes is read by form: the object of "I sold …", the subject of
"… was stolen", both of "Sandra and I broke up". An older sentence is touched where it has *every* word of what is gone:
"the lamp in the kitchen" is not the lamp in the hall, and "my old bike" is not the new one. Who moved out touches only
where somebody lives, who left a firm only who works there, who separated only who is whose partner. What was put
elsewhere, postponed, raised or replaced by a new one is gone in the same way: its old place, time or value is.

Nothing is deleted for it: the newer sentence is shown with the older one, and before it. Maybes and negations are left
alone. English and German.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine.memory.correction import tokens_of
from engine.search.terms import FUNCTION_WORDS, word_set, words_of

__all__ = ["takes_away", "tells_of_something_gone"]

_LONGEST_CHARACTERS = 300
_WAY = r"(?:(?:have|has|had|['’](?:ve|s|d)|just|already|finally|recently|now|also|then|both) )*"
_GIVEN = (
    r"(?:sold|lost|gave away|given away|threw (?:away|out)|thrown (?:away|out)|got rid of|scrapped|donated|pawned"
    r"|returned|sent back|gave back|given back|gave up|given up|cancell?ed|terminated|called off|smashed|wrecked"
    r"|totalled|crashed|deleted|discarded|traded in|swapped)"
)
_GOES = (
    r"(?:died|passed away|ran away|flew away|broke down|broke(?! (?:up|my|his|her|their|the|an?)\b)|burn(?:ed|t) down"
    r"|closed down|shut down|went bankrupt|disappeared|vanished|got lost|fell through)"
)
_IS_GONE = (
    rf"(?:{_GIVEN}|stolen|broken|gone|dead|demolished|destroyed|ruined|closed (?:down|for good)|put down|taken away"
    r"|run over|knocked down|torn down|dissolved|disbanded|abolished|replaced|rented out|no more"
    r"|postponed|rescheduled|delayed|shifted|brought forward|put off|moved (?:to|from|forward|back)"
    r"|out of order|over|finished|off(?=\s*(?:[.!,;]|$)))"
)
_WEG = (
    r"(?:verkauft|verloren|verschenkt|weggeworfen|weggegeben|gekündigt|abgesagt|zurückgegeben|entsorgt|storniert"
    r"|aufgegeben)"
)
_IST_WEG = rf"(?:{_WEG}|gestorben|tot|kaputt|gestohlen|weg|verschwunden|entlaufen|geschlossen)"
_END = (
    r"(?=,|;|:|\.(?:\s|$)|!|$|\b(?:and|but|so|because|since|to|for|on|at|when|after|last|this|yesterday|today|away|back"
    r"|off|two|three|a (?:week|month|year|day)|in (?:\d{4}|january|february|march|april|may|june|july|august|september"
    r"|october|november|december|spring|summer|autumn|winter))\b)"
)
_SOME = r"[^,;.!]+?"
_THING, _ALL, _WHO = rf"(?P<thing>[^,;!]+?)\s*{_END}", rf"(?P<thing>{_SOME})", rf"(?P<who>{_SOME})"
_HIS, _FIRED = "(?:my|his|her|their)", "(?:was|were|got) (?:fired|laid off|dismissed)"
_PARTED = r"(?:broke up|broken up|split(?: up)?|separated|(?:got |are |were )?divorced|parted|are no longer together)"
_GETRENNT = r"(?:haben uns (?:\w+ )?getrennt|sind (?:\w+ )?(?:geschieden|getrennt))"
_ANY, _HOME, _WORK, _LOVE, _PLACE = "a thing", "a home", "work", "love", "a place"

# How what is gone is said, and which older sentences it touches.
_SAID = (
    (_LOVE, rf"{_ALL} and (?P<who>I|me|[A-ZÀ-Þ]\w+) {_WAY}{_PARTED}\b"),
    (_LOVE, rf"(?P<who>I|we) {_WAY}(?:am |are |got )?(?:divorced(?: from)?|(?:broke|split) up with) {_THING}"),
    (_LOVE, rf"{_ALL} {_WAY}(?:left|dumped|divorced) (?:me|us)\b"),
    (_HOME, rf"{_WHO} {_WAY}moved (?:out of|away from) {_THING}"),
    (_HOME, rf"{_WHO} {_WAY}moved (?:out|away|house)\b(?! (?:of|from))"),
    (_WORK, rf"{_WHO} {_WAY}(?:left|quit|resigned from|retired from|stopped working (?:at|for)) {_THING}"),
    (_WORK, rf"{_WHO} {_WAY}(?:{_FIRED} (?:from|by)|(?:lost|quit|left|gave up) {_HIS} job (?:at|with)) {_THING}"),
    (_WORK, rf"{_WHO} {_WAY}(?:changed|switched|transferred|went over) to\b"),
    (_WORK, rf"{_WHO} {_WAY}(?:lost {_HIS} job|retired|resigned|{_FIRED})\b"),
    (_ANY, rf"{_WHO} {_WAY}{_GIVEN} {_THING}"),
    (_ANY, rf"{_WHO} {_WAY}(?:gave|threw|sent) {_ALL} (?:away|back|out)\b"),
    (_ANY, rf"(?P<who>I|we) {_WAY}(?:gave|handed|left) {_ALL} to\b"),
    (_ANY, rf"(?P<who>I|we) {_WAY}changed {_ALL} to\b"),
    (_ANY, rf"{_WHO} (?:have|has|got) a new {_THING}"),
    (_ANY, rf"{_ALL} (?:(?:goes|went|has gone) (?:up|down)|rises|rose|increased|was raised|falls|fell) to\b"),
    (_PLACE, rf"(?P<who>I|we) {_WAY}(?:put|moved|hid|hung|laid|stored) {_ALL} (?:in|into|to|on|onto|under|behind)\b"),
    (_ANY, rf"(?P<who>I|we) {_WAY}(?:closed|changed|switched) (?:my|our|the) (?:\w+ )?account (?:at|with) {_THING}"),
    (_ANY, rf"(?P<who>I|we) {_WAY}(?:changed|switched|moved) from {_ALL} to\b"),
    (
        _ANY,
        rf"{_ALL} (?:(?:was|were|is|are|got|has been|have been|has|have) )+(?:(?:now|just|already|all) )?{_IS_GONE}\b",
    ),
    (_ANY, rf"{_ALL} {_WAY}{_GOES}\b"),
    (_LOVE, rf"{_ALL} und (?P<who>ich) {_GETRENNT}\b"),
    (_LOVE, rf"(?P<who>ich|wir) (?:habe|haben) (?:mich|uns) von {_ALL} (?:getrennt|scheiden lassen)\b"),
    (_HOME, rf"{_WHO} (?:bin|ist|sind) (?:(?:aus|von) {_ALL} )?(?:aus|weg|um|fort)gezogen\b"),
    (_WORK, rf"{_WHO} (?:habe|hat|haben) (?:bei|im|beim) {_ALL} (?:gekündigt|aufgehört)\b"),
    (_ANY, rf"{_WHO} (?:habe|hat|haben) {_ALL} {_WEG}\b"),
    (_ANY, rf"{_ALL} (?:ist|sind|wurde|wurden) (?:\w+ ){{0,2}}?{_IST_WEG}\b"),
)
_BEGIN = r"(?:^|[,;.!]\s*|\b(?:and|but|because)\s+)"
_FORMS = tuple((kind, re.compile(_BEGIN + form, re.IGNORECASE)) for kind, form in _SAID)
# Most sentences have none of these words, and the forms, which take a tenth of a millisecond, are not tried on them.
_MAY_SAY = word_set(
    """
    sold lost gave given threw thrown rid scrapped donated pawned returned sent cancelled canceled terminated called
    smashed wrecked totalled crashed deleted discarded traded swapped died passed ran flew broke burned burnt closed
    shut went disappeared vanished got fell stolen broken gone dead demolished destroyed ruined put taken more order
    over finished left dumped divorced moved quit resigned retired stopped fired laid dismissed changed switched
    off new goes rises rose increased raised falls fell postponed rescheduled delayed shifted brought hid hung laid
    stored transferred split separated parted longer run knocked torn dissolved disbanded abolished replaced rented
    handed
    verkauft verloren verschenkt weggeworfen weggegeben gekündigt abgesagt zurückgegeben entsorgt storniert aufgegeben
    gestorben tot kaputt gestohlen weg verschwunden entlaufen geschlossen getrennt geschieden scheiden ausgezogen
    weggezogen umgezogen fortgezogen aufgehört
    """
)
_NOT_SURE = re.compile(
    r"\b(?:if|would|could|might|(?-i:may)|maybe|perhaps|wish|hope|think|almost|nearly|wants?|going to|will|plans?"
    r"|planning|not|never|should|must|unless|dreamt|dreamed|wenn|falls|würde\w*|könnte\w*|vielleicht|fast|beinahe|nicht|nie"
    r"|möchte|soll\w*|muss|will|hoffe|glaube)\b|n['’]t\b|\?\s*$",
    re.IGNORECASE,
)
_LIVES = re.compile(
    r"\b(?:live[sd]?|living|stays?|resides?|lodger|tenant|flatmate|roommate|flat|house|home|apartment|room|address"
    r"|street|wohn\w*|lebt?|lebe|adresse|haus|zimmer)\b|stra(?:ß|ss)e\b",
    re.IGNORECASE,
)
_WORKS = re.compile(
    r"\b(?:work\w*|job|employ\w*|member|stud\w+|plays?|teach\w*|boss|manager|office|colleagues?|club|choir|team|treasurer"
    r"|doctor|gp|dentist|hairdresser|lawyer|nurse|vet|therapist|am|at|for|arbeit\w*|beruf|mitglied|bei|beim|chef\w*|verein)\b",
    re.IGNORECASE,
)
_LOVES = re.compile(
    r"\b(?:wife|husband|spouse|partner|girlfriend|boyfriend|fianc\w+|married|marry|engaged|together|dating|couple|love"
    r"|live[sd]?|frau|mann|freundin?|partnerin|verheiratet|verlobt\w*|zusammen)\b",
    re.IGNORECASE,
)
_IS_MINE = re.compile(
    r"\b(?:i|we|ich|wir)\b|\b(?:my|our|mein\w*|unser\w*) (?:\w+ )?(?:flat|house|home|apartment|room|address|street"
    r"|job|work|office|boss|manager|employer|adresse|wohnung|haus|zimmer|arbeit|chef\w*|beruf)\b",
    re.IGNORECASE,
)
_LIES = re.compile(
    r"\b(?:is|are|lies?|hangs?|kept|keep|stored|put|stands?) (?:\w+ )?(?:in|on|under|behind|at|with|by|beside)\b",
    re.IGNORECASE,
)
_TOUCHED = {_HOME: _LIVES, _WORK: _WORKS, _LOVE: _LOVES, _PLACE: _LIES}
_PAST = re.compile(r"\b(?:was|were|born|birthday|war|waren|geboren|geburtstag)\b", re.IGNORECASE)
_NOT_TOLD = FUNCTION_WORDS | word_set("us uns beim im")
# An agreement about something goes with it, and is mostly not named: "the gym membership" and "our gym".
_AGREEMENT = word_set(
    "membership subscription contract policy account plan abo abonnement mitgliedschaft vertrag konto job"
)


@dataclass(frozen=True, slots=True)
class _Gone:
    """What a sentence says to be gone: all these words, in sentences of a kind."""

    kind: str
    words: frozenset[str]


def tells_of_something_gone(text: str) -> bool:
    """Whether a text says of anything that it is gone."""
    return bool(_read(text))


def takes_away(new: str, old: str) -> bool:
    """Whether a newer text says that what an older one tells of is gone."""
    found = _read(new)
    if not found or _read(old) or old.rstrip().endswith("?"):
        return False
    told = _words(old[:_LONGEST_CHARACTERS])
    return any(_touches(gone, old, told) for gone in found)


def _touches(gone: _Gone, old: str, told: frozenset[str]) -> bool:
    kind = _TOUCHED.get(gone.kind)
    if kind is None:
        return gone.words <= told and not _PAST.search(old)
    # "I moved out" names nothing that goes; it is where oneself lives.
    is_told = gone.words <= told if gone.words else _IS_MINE.search(old) is not None
    return is_told and kind.search(old) is not None


def _read(text: str) -> tuple[_Gone, ...]:
    return () if len(text) > _LONGEST_CHARACTERS else _read_short(text)


@lru_cache(maxsize=4096)
def _read_short(text: str) -> tuple[_Gone, ...]:
    if _MAY_SAY.isdisjoint(words_of(text)) or "\n" in text.strip() or _NOT_SURE.search(text):
        return ()
    return tuple(_found(text))


def _found(text: str) -> Iterator[_Gone]:
    for kind, form in _FORMS:
        for match in form.finditer(text.strip()):
            parts = match.groupdict()
            who, thing = _words(parts.get("who") or ""), _words(parts.get("thing") or "")
            thing = thing - _AGREEMENT or thing
            # Who sold something sold their own; who moved or left is named with what they left.
            words = who | thing
            if words or kind in (_HOME, _WORK):
                yield _Gone(kind, words)
                break


def _words(text: str) -> frozenset[str]:
    """The words that tell something, without endings: "Sandra", "keys", "umbrella's"."""
    lower = (token.lower() for token in tokens_of(text))
    return frozenset(re.sub(r"['’]s?$", "", word).removesuffix("s") for word in lower if word not in _NOT_TOLD)
