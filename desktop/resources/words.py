"""Names of processes and operations, and their explanations."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from desktop.models.words import number


def tr(text: str) -> str:
    return QCoreApplication.translate("Resources", text)


def process_name(kind: str) -> str:
    """What a process does, in a word or two; of a model its name."""
    kind, _, name = kind.partition("/")
    return name or {
        "window": tr("Window"),
        "model": tr("Model"),
        "search": tr("Search by meaning"),
        "documents": tr("Reading documents"),
        "store": tr("Store"),
    }.get(kind, kind)


def line_name(name: str) -> str:
    """What a line of a plot is, for its legend."""
    kind, _, rest = name.partition("/")
    if kind == "gpu":
        return rest.partition(" ")[2]
    return {
        "generated": tr("written"),
        "limit": tr("what memory allows"),
        "kept": tr("kept, not read again"),
        "read": tr("read"),
    }.get(rest, process_name(rest))


def event_words(kind: str) -> str:
    """What happened to a model."""
    return {
        "loaded": tr("{name} was loaded"),
        "released": tr("{name} gave its memory back"),
        "stepped_down": tr("{name} took less, because memory ran short"),
        "stepped_up": tr("{name} took all it wants again"),
        "stand_in": tr("{name} stood in for a model that did not fit"),
        "crashed": tr("{name} had a problem"),
        "calibrated": tr("{name} was tried out, to run as fast as it can here"),
    }.get(kind, "{name}")


def saved_words(known: dict[str, int]) -> str:
    """What caches knew, so that it was not worked out again; "" if nothing."""
    one_and_many = {
        "answers": (tr("1 answer"), tr("{n} answers")),
        "recall": (tr("1 look into memory"), tr("{n} looks into memory")),
        "embedding": (tr("the meaning of 1 text"), tr("the meaning of {n} texts")),
    }
    parts = [
        (one if known[name] == 1 else many).format(n=number(known[name]))
        for name, (one, many) in one_and_many.items()
        if known.get(name)
    ]
    return QLocale().createSeparatedList(parts)


def operation_name(name: str) -> str:
    """What an operation is for the person; "" for those that nobody waits for."""
    return {
        "ask": tr("Answer, from question to end"),
        "ingest": tr("Reading documents"),
        "search": tr("Search"),
        "memory.add": tr("Remember"),
        "memory.recall": tr("Recall"),
        "memory.list": tr("List memories"),
        "memory.consolidate": tr("Tidy memories"),
        "chats.list": tr("List chats"),
        "chats.turns": tr("Open a chat"),
        "documents.list": tr("List documents"),
        "models.list": tr("Look for models"),
        "models.load": tr("Load a model"),
        "first_token": tr("First word of a model"),
    }.get(name, "")
