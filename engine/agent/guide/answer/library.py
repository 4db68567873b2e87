"""What the guide says of the documents as a whole: how many there are, and their names."""

from __future__ import annotations

import re
from pathlib import Path

from engine.agent.run import Outcome, Run
from engine.documents.library import list_documents
from engine.tools.quoting import plain

__all__ = ["asks_about_documents", "asks_to_take_out", "tell_documents"]

_NONE = "There are no documents yet. Drop a file or a folder on the window, and I can find what stands in it."
_NAMED = 10
_THINGS = r"(?:documents?|files?|pdfs?|papers|texts|folders?)"
_ASKS = re.compile(
    r"(?:(?:hi|hey|hello|ok|okay|so|and|please|scrubjay|can you|could you|tell me|show me|list)\b[\s,!.]*){0,4}"
    rf"(?:(?:what|which|how many)(?: of)?(?: all)?(?: my| the| your)? {_THINGS}"
    r"(?: (?:have|do|did|can|are|have you|has)(?: you| i| we| there)?(?: all)?"
    r"(?: have| got| know| know about| know of| see| read| added| here| given you| give you| in| loaded| available"
    r"| stored| been added| can you see| can you read| do you have)?)?"
    rf"|(?:all )?(?:of )?(?:my|the|your) {_THINGS}|(?:do you have|have you got|are there) (?:any|some) {_THINGS}"
    r")(?: (?:so far|already|right now|now|at the moment|currently|here|please|in here|to you|you have"
    r"|i added|there are))*",
    re.IGNORECASE,
)

_TAKE_OUT = re.compile(
    r"(?:(?:please|pls|can you|could you|now)\b[\s,]*){0,3}(?:delete|remove|erase|drop|take out"
    r"|throw (?:away|out))"
    r" (?:the |my |this )?(?:file |document |pdf )?(?!(?:\w+ )*(?:that|about|what|note|thing|memory|fact)\b)"
    r"[^?\n]{0,60}"
    r"\.(?:pdf|docx?|odt|md|txt|html?|csv|eml|epub|rtf|pages)"
    r"(?: from .{2,30})?[\s.!?]*",
    re.IGNORECASE,
)


def asks_to_take_out(words: str) -> bool:
    """Whether somebody orders to delete a file by its name, which no memory is."""
    return _TAKE_OUT.fullmatch(words.strip()) is not None


def asks_about_documents(words: str) -> bool:
    """Whether somebody asks which documents there are, rather than for something in them."""
    return _ASKS.fullmatch(" ".join(words.split()).rstrip(" ?!.")) is not None


async def tell_documents(run: Run) -> Outcome:
    """How many there are, and the names of the newest."""
    documents = await list_documents(run.services.store)
    if not documents:
        return Outcome(_NONE, "not_found")
    names = [plain(Path(document.path).name) for document in reversed(documents)][:_NAMED]
    if len(documents) == 1:
        return Outcome(f"There is one document: {names[0]}.")
    if len(documents) <= _NAMED:
        return Outcome(f"There are {len(documents)} documents: {', '.join(names)}.")
    return Outcome(
        f"There are {len(documents)} documents. The newest: {', '.join(names)}. The Documents panel lists them all."
    )
