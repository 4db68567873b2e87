"""How places and quotes are written, for the model and for the person, in one way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath

from engine.documents.types import Passage
from engine.events import Citation
from engine.search.types import Hit
from engine.store.store import Store

# Longest quote in an observation, in characters; more is in the passage behind the citation.
MAX_QUOTE = 400
# Longest part of a memory in an answer: a screen of it. The whole is where memories are managed.
MAX_SHOWN = 1000
# Elsewhere a backslash may be part of a name.
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def plain(text: str) -> str:
    """The text in one line, without what would act on a terminal, a window or the reading direction."""
    return " ".join("".join(" " if c.isspace() else c for c in text if c.isspace() or _is_visible(c)).split())


def _is_visible(character: str) -> bool:
    # Cc: control; Cf: format (direction marks among them, but joiners are part of words); Cs: half a character.
    return character in "\u200c\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")


def file_name(path: str) -> str:
    """The last part of a path, safe to show."""
    is_windows = _WINDOWS.match(path) is not None
    return plain((PureWindowsPath(path) if is_windows else PurePosixPath(path)).name) or "a document"


def place(path: str, page: int | None, heading: str) -> str:
    """Where something stands: `lease.pdf, page 4`; without pages the last heading."""
    if page is not None:
        return f"{file_name(path)}, page {page}"
    last = plain(heading.split(" › ")[-1])
    return f"{file_name(path)}, “{last}”" if last else file_name(path)


def place_of(hit: Hit) -> str:
    """Where a hit stands."""
    return place(hit.path, hit.page, hit.heading)


def shorten(text: str, limit: int = MAX_QUOTE) -> str:
    """The text in one line, cut at a word; for models, never for quotes to the person."""
    line = plain(text)
    return line if len(line) <= limit else line[:limit].rsplit(" ", 1)[0] + " …"


def quoted(text: str) -> str:
    """A sentence between quotation marks: verbatim but for line breaks and invisible characters.

    A word that was divided at the end of a line stays divided: we add and take away nothing.
    """
    return f"“{plain(text)}”" if '"' in text else f'"{plain(text)}"'


def quoted_memory(text: str) -> str:
    """A memory between quotation marks; of a very long one its beginning, and where the whole of it stands."""
    if len(text) <= MAX_SHOWN:
        return quoted(text)
    whole = (
        f"{len(text):,} characters; the whole of it stands in the Memory panel, and `scrubjay memory show` prints it"
    )
    return f"{quoted(beginning_of(text) + ' …')} ({whole})"


def beginning_of(text: str) -> str:
    """What `quoted_memory` shows of a text, in one line."""
    return shorten(text[: 2 * MAX_SHOWN], MAX_SHOWN).removesuffix(" …")


def cite(hit: Hit, text: str) -> Citation:
    """A citation of this text out of a hit; its number comes from the book."""
    return Citation(0, hit.path, hit.page, hit.heading, text, passage_id=hit.id, kind=hit.kind)


def used_numbers(text: str) -> list[int]:
    """The n of each `[n]` in a text (also `[1, 2]`), in order, each once."""
    groups = re.findall(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]", text)
    return list(dict.fromkeys(int(n) for group in groups for n in group.split(",")))


async def from_store(store: Store, hits: Sequence[Hit]) -> list[tuple[Hit, Passage]]:
    """Document hits with the text as the store has it; what is gone from the store is left out.

    The index is a cache and may be a moment behind; what is quoted to a person is read where it lasts.
    """
    records = await store.get_many([store.keys.passage(hit.id) for hit in hits])
    passages = [Passage.from_record(record) if record is not None else None for record in records]
    return [(located(hit, p, 0), p) for hit, p in zip(hits, passages, strict=True) if p is not None]


def located(hit: Hit, passage: Passage, offset: int) -> Hit:
    """The hit with the passage's text, and with the page and heading of what stands at an offset of it."""
    page, heading = passage.place_at(offset)
    return replace(hit, text=passage.text, page=page, heading=heading)
