"""What the guide says of documents as such: how many there are, their names, and how one of them begins."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from engine.agent.run import Outcome, Run
from engine.documents.library import list_documents, load_passages
from engine.documents.questions import sections_of
from engine.documents.types import Passage
from engine.search.sentences import split_sentences
from engine.security.taint import document_label, join
from engine.tools.builtin.search_documents import to_hit
from engine.tools.quoting import cite, located, place_of, plain, quoted

__all__ = ["asks_about_documents", "asks_to_take_out", "tell_beginning", "tell_documents"]

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

_BEGINS, _HEADINGS, _AND_MORE = "It begins so.", " Its headings are: {headings}.", "; and more"
_ASK_FOR_MORE = " Ask for something that stands in it; to have it summed up, choose a larger model."
_FIRST_SENTENCES = 3
_WHAT_IS_IN = re.compile(
    r"\W*(?:(?:so|and|please|can you tell me|tell me)\b[\s,]*){0,2}"
    r"(?:what(?:['’]?s| is| stands)(?: there)? in|what does|what is|what(?:['’]?s)|open|show me|read)"
    r" (?:the |my )?(?:file |document )?[\"“']?(?P<name>[^\"”?\n]{1,80}\.\w{2,5})[\"”']?"
    r"(?: (?:say|about|contain|tell me))?[\s.?!]*",
    re.IGNORECASE,
)
# "Open the booking terms"
_OPEN = re.compile(
    r"\W*(?:(?:so|and|please|can you|could you)\b[\s,]*){0,2}(?:open|show me|read me)(?: up)? (?:the |my |our )?"
    r"(?P<name>[^\W\d_][\w’' -]{2,60}?)(?: (?:file|document|please|pls))*[\s.?!]*",
    re.IGNORECASE,
)
_APART = re.compile(r"[\W_\d]+")
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


async def tell_beginning(run: Run) -> Outcome | None:
    """How the document begins whose name was asked about, and its headings: "What is in trip.txt?"; None otherwise."""
    asked, opened = _WHAT_IS_IN.fullmatch(run.words.strip()), _OPEN.fullmatch(run.words.strip())
    if asked is None and opened is None:
        return None
    store, documents = run.services.store, await list_documents(run.services.store)
    if asked:
        named_so = [d for d in documents if Path(d.path).name.casefold() == asked["name"].strip().casefold()]
    else:
        said = _words(opened["name"]) if opened else set()
        named_so = [d for d in documents if said and said <= _words(Path(d.path).stem)]
    document = named_so[0] if named_so and (asked or len(named_so) == 1) else None
    passages = await load_passages(store, document.id) if document else []
    if document is None or not passages:
        return None
    headings = [heading.split(" › ") for passage in passages for heading, _ in sections_of(passage) if heading]
    first, last = _first_lines(passages[0], {part for heading in headings for part in heading})
    hit = located(to_hit(document, passages[0]), passages[0], first)
    text = passages[0].text[first:last]
    run.labels |= join(hit.labels or (document_label(document.id),))
    citation = run.book.add(cite(hit, text))
    named = _outermost(headings)
    more = _AND_MORE if len(named) > _NAMED else ""
    of_parts = _HEADINGS.format(headings="; ".join(named[:_NAMED]) + more) if named else ""
    return Outcome(f"{place_of(hit)}: {quoted(text)}\n{_BEGINS}{of_parts}{_ASK_FOR_MORE}", "answered", (citation,))


def _words(name: str) -> set[str]:
    return set(_APART.sub(" ", name.casefold()).split())


def _first_lines(passage: Passage, headings: Collection[str]) -> tuple[int, int]:
    """Where its first sentences begin and end; headings are none unless there is nothing else."""
    lines = list(split_sentences(passage.text))
    told = [line for line in lines if passage.text[line.start : line.end].strip(" #*\n") not in headings] or lines
    last = told[0]
    for line in told[1:_FIRST_SENTENCES]:
        if passage.place_at(line.start) != passage.place_at(last.start):
            break
        last = line
    return told[0].start, last.end


def _outermost(headings: Sequence[Sequence[str]]) -> list[str]:
    """The headings of the outermost level that has several; a title above all of them names no part."""
    for level in range(max(map(len, headings), default=0)):
        if len(named := dict.fromkeys(plain(h[level]) for h in headings if len(h) > level)) > 1:
            return list(named)
    return []
