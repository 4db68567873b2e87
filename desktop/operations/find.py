"""What "find everywhere" asks of the engine, and how it opens what was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from desktop.bridge import Job
from desktop.context import Context

if TYPE_CHECKING:
    from engine import Engine
    from engine.search.types import Hit

# Titles that are searched without the index; more chats are found by what was said in them.
N_CHATS = 500
N_HITS = 24
N_BEGUN = 5
# A hit without a common word counts from this share of the score for its meaning, and this part of the best score.
NEAR = 0.12
NEAR_TO_BEST = 0.4


def load_titles(context: Context, done: Callable[[tuple[list[Any], list[Any]]], None], owner: QObject) -> Job:
    """Chats (last used first) and documents, for a search by title."""

    async def work(engine: Engine) -> tuple[list[Any], list[Any]]:
        return await engine.chats.list(limit=N_CHATS), await engine.documents.list()

    return context.bridge.run(work, done, failed=_ignore, owner=owner)


def search(context: Context, query: str, done: Callable[[list[Hit]], None], owner: QObject) -> Job:
    """Passages, memories and turns that fit, best first; memories also by the beginnings of words."""

    async def work(engine: Engine) -> list[Hit]:
        from engine.search.types import Hit

        begun = (await engine.memory.list(query=query, limit=N_BEGUN)).entries
        hits = worth_showing(await engine.search(query, k=N_HITS))
        known = {hit.id for hit in hits}
        return hits + [Hit(id=e.id, kind="memory", text=e.text, score=0.0) for e in begun if e.id not in known]

    return context.bridge.run(work, done, failed=_ignore, owner=owner)


def worth_showing(hits: list[Hit]) -> list[Hit]:
    """Hits that share a word with the query, and those near in meaning; the rest is only the least far."""
    best = max((hit.score for hit in hits), default=0.0)
    return [
        hit
        for hit in hits
        if hit.why.get("words", 0.0) > 0 or (hit.why.get("meaning", 0.0) >= NEAR and hit.score >= NEAR_TO_BEST * best)
    ]


def _ignore(_: Exception) -> None:
    """A search that fails finds nothing; its words stay, and the next letter searches again."""


def open_chat(context: Context, chat: str, turn: str = "") -> None:
    """A chat, at a turn if one is given."""
    panel: Any = context.frame.open_panel("chat")
    if turn:
        panel.show_turn(chat, turn)
    else:
        panel.open_chat(chat)


def ask(context: Context, question: str) -> None:
    """Ask it in a new chat."""
    panel: Any = context.frame.open_panel("chat")
    panel.new_chat()
    panel.ask(question)


def open_memory(context: Context, id: str) -> None:
    """A memory, in the memory panel."""
    panel: Any = context.frame.open_panel("memory")
    panel.open_entry(id)


def open_document(context: Context, id: str) -> None:
    """A document, in the documents panel."""
    panel: Any = context.frame.open_panel("documents")
    panel.open_document(id)


def open_passage(context: Context, hit: Hit) -> None:
    """The passage of a document, marked in the side sheet."""
    from desktop.operations.sources import open_source

    open_source(context, hit)
