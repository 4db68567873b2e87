"""Questions for a place: "Where did I read about backups?", "Which letter mentions the deposit?".

Whoever asks so wants to see where it stands. What is searched is the subject alone: the words around it are of no
document, and a sentence that has "read" or "letter" in it would come first.
"""

from __future__ import annotations

import re

__all__ = ["place_subject"]

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


def place_subject(words: str) -> str | None:
    """What somebody wants the place of; empty where they do not name it, None where they ask for something else."""
    found = _ASKS.search(words)
    if found is None:
        return None
    subject = found["within"] or _BETWEEN.sub("", " " + words[found.end() :].strip() + " ").strip()
    return _BEHIND.sub("", subject)
