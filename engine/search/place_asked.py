"""Questions for a place: "Where did I read about backups?", "Which letter mentions the deposit?".

Whoever asks so wants to see where it stands. What is searched is the subject alone: the words around it are of no
document, and a sentence that has "read" or "letter" in it would come first. So with "What does the lease say about
pets?", for which no single sentence is the answer.
"""

from __future__ import annotations

import re

__all__ = ["place_subject", "topic_asked"]

_PAPER = r"(?:documents?|files?|pdfs?|papers?|pages?|sections?|chapters?|paragraphs?|clauses?|letters?)"
_TOLD = r"(?:mentioned|described|explained|discussed|covered|written|said|stated|listed)"
_ASKS = re.compile(
    r"\bwhere (?:did|have|do|can|could) (?:i|we) (?:read|seen?|find|learn|look)(?: up| it)?"
    r"(?: (?:some|any)thing| more| it| that)? (?:about|on)\b"
    rf"|\b(?:where|(?:which|what) {_PAPER}) (?:is|are|was|were|have|has) (?P<within>.{{2,80}}?) (?:been )?{_TOLD}\b"
    r"|\bwhere (?:does|do|did) (?:it|they|my \w+) (?:say|mention|explain|write|talk|speak)\b"
    rf"|\b(?:which|what)(?: of (?:my|the|these))? {_PAPER}(?: (?:is|are|do|does|that|here|have|has|i|say))*"
    r" (?:mention|describe|explain|discuss|cover|deal|talk|speak|about)(?:e?[sd]|ing)?\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"^(?:\s*\b(?:(?:some|any)thing|with|of|about|on|that|how|what|if|whether|to|the|it)\b)+ ", re.IGNORECASE
)
_BEHIND = re.compile(rf"(?:,? (?:again|please|in (?:my|the|our) {_PAPER}))*[\s?!.,]*$", re.IGNORECASE)
# What is asked of a person ("what did Annika say about …") is another thing.
_THE_PAPER = r"(?:(?:the|my|our|this|that|these|those|all|his|her|their) [\w'’-]+(?: [\w'’-]+){0,3}|it|they)"
_OF_IT = rf"(?: in {_THE_PAPER})? (?:about|on|regarding|concerning)"
_SAY = r"(?:say|state|mention|write|contain|(?:have|has)(?: to say)?|tell (?:me|us))"
_TOPIC = re.compile(
    r"\W*(?:(?:so|and|ok(?:ay)?|hi|hello|hey|please|can you|could you|tell me|do you know)\b[\s,]*)*(?:"
    rf"what(?: else)? (?:do|does) {_THE_PAPER} {_SAY}"
    r"|what(?:['’]?s| is| was| stands)(?: there)?(?: written| said| stated| mentioned|(?= in (?:the|my|our)\b))"
    rf"|does {_THE_PAPER} {_SAY} (?:anything|something|a word)"
    r"|(?:(?:is|are) there|do i have|have i got) (?:anything|something|a (?:section|chapter|part|clause|rule|word))"
    r"|(?:anything|something)(?= in (?:the|my|our)\b)"
    r"|(?:find|show|give|list|quote|look for|search for)(?: me)? (?:everything|all|anything|something"
    r"|the (?:parts?|sections?|passages?|places?|sentences?|paragraphs?))"
    rf"){_OF_IT} (?P<subject>.{{3,80}}?)(?:,? in {_THE_PAPER})?(?:,? please)?[\s?!.]*",
    re.IGNORECASE,
)
_NO_TOPIC = re.compile(
    r"(?:it|that|this|them|these|those|him|her|me|us|you|yourself|the (?:same|rest|other)|my memor\w+)\b(?! \w)",
    re.IGNORECASE,
)


def topic_asked(words: str) -> str:
    """Of what somebody wants to read what is said: "pets" of "What does the lease say about pets?"; "" else."""
    found = _TOPIC.fullmatch(words.strip())
    return found["subject"] if found and not _NO_TOPIC.match(found["subject"]) else ""


def place_subject(words: str) -> str | None:
    """What somebody wants the place of; empty where they do not name it, None where they ask for something else."""
    found = _ASKS.search(words)
    if found is None:
        return None
    subject = found["within"] or _BETWEEN.sub("", " " + words[found.end() :].strip() + " ").strip()
    return _BEHIND.sub("", subject)
