"""What a person does to memories: one short function per action."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale, QObject

from desktop.bridge import Job
from desktop.context import Context

if TYPE_CHECKING:
    from engine import Engine
    from engine.memory.entry import MemoryEntry
    from engine.memory.journal import MemoryChange

# Changes that are looked through for the one just made.
LATEST = 10
# A change that is still there is among so many.
JOURNAL = 1000
# Words of a forgotten memory that are named.
WORDS_TOLD = 3


def tr(text: str, n: int = -1) -> str:
    return QCoreApplication.translate("MemoryOperations", text, None, n)


def add(context: Context, text: str, done: Callable[[MemoryEntry], None] | None = None) -> None:
    """Remember a text, with undo."""

    def told(entry: MemoryEntry) -> None:
        context.frame.offer_undo(
            tr("Remembered “{text}”").format(text=short(text)),
            lambda: _undo(context, entry.change),
            about=(entry.change, entry.id),
        )
        if done is not None:
            done(entry)

    context.bridge.run(lambda engine: engine.memory.add(text), told)


def edit(
    context: Context,
    id: str,
    done: Callable[[MemoryEntry], None] | None = None,
    *,
    failed: Callable[[Exception], None] | None = None,
    owner: QObject | None = None,
    **changes: Any,
) -> None:
    """Change an entry, with undo."""

    def told(entry: MemoryEntry) -> None:
        context.frame.offer_undo(
            tr("Changed “{text}”").format(text=short(entry.text)),
            lambda: _undo(context, entry.change),
            about=(entry.change, entry.id),
        )
        if done is not None:
            done(entry)

    context.bridge.run(lambda engine: engine.memory.edit(id, **changes), told, failed=failed, owner=owner)


def pin(context: Context, ids: Sequence[str], pinned: bool) -> None:
    """Pin entries or let them go, with undo."""

    async def work(engine: Engine) -> tuple[list[MemoryEntry], MemoryChange | None]:
        before = {change.id for change in await engine.memory.changes(limit=LATEST)}
        entries = await engine.memory.pin(list(ids), pinned)
        action = "pinned" if pinned else "unpinned"
        latest = [c for c in await engine.memory.changes(limit=LATEST) if c.id not in before and c.action == action]
        # None where all were so before.
        return entries, next((change for change in latest if not set(ids).isdisjoint(change.ids)), None)

    def told(found: tuple[list[MemoryEntry], MemoryChange | None]) -> None:
        entries, change = found
        if change is not None:
            about = (change.id, *ids) if len(ids) == 1 else (change.id,)
            sentence = _pinned_words(entries, pinned)
            context.frame.offer_undo(sentence, lambda: _undo(context, change.id), about=about)

    context.bridge.run(work, told)


def _pinned_words(entries: Sequence[MemoryEntry], pinned: bool) -> str:
    if len(entries) == 1:
        one = tr("Pinned “{text}”") if pinned else tr("Unpinned “{text}”")
        return one.format(text=short(entries[0].text))
    many = tr("Pinned {n} memories") if pinned else tr("Unpinned {n} memories")
    return many.format(n=QLocale().toString(len(entries)))


def trash(context: Context, ids: Sequence[str], title: str) -> None:
    """Put entries into the trash, with undo."""

    def told(change: MemoryChange) -> None:
        if len(ids) == 1:
            words = tr("Forgot “{text}”; it is in the trash for 30 days").format(text=short(title))
        else:
            words = tr("Forgot {n} memories; they are in the trash for 30 days").format(n=len(ids))
        back = tr("Remembered again: “{text}”").format(text=short(title))
        if len(ids) > 1:
            back = tr("{n} memories are remembered again").format(n=len(ids))
        about = (change.id, *ids) if len(ids) == 1 else (change.id,)
        context.frame.offer_undo(words, lambda: _undo(context, change.id, back), about=about)

    context.bridge.run(lambda engine: engine.memory.trash(list(ids)), told)


def restore(context: Context, ids: Sequence[str]) -> None:
    """Take entries out of the trash."""
    context.bridge.run(
        lambda engine: engine.memory.restore(list(ids)), lambda _: context.frame.say(tr("Back from the trash."))
    )


def forget(context: Context, ids: Sequence[str]) -> None:
    """Delete entries of the trash for good; asked for by name, so it is not asked again.

    Chats that have words of it are told of: a name in them is no reason to blank them.
    """

    async def work(engine: Any) -> dict[str, Any]:
        gone = await engine.memory.forget(list(ids))
        for entry in gone:
            context.bridge.changed.emit("memory", entry.id, "forgotten")
        return dict(await engine.memory.still_said([entry.text for entry in gone]))

    def told(left: dict[str, Any]) -> None:
        n, words = left["turns"], left["words"]
        if not n or not words:
            context.frame.say(tr("Deleted for good: nothing of it is left on this computer."))
            return
        some = ", ".join(f"“{short(word, 24)}”" for word in words[:WORDS_TOLD])
        sentence = tr(
            "Deleted for good. One message in a chat still has a word of it: {words}."
            if n == 1
            else "Deleted for good. {n} messages in chats still have words of it: {words}."
        ).format(n=QLocale().toString(n), words=some)
        context.frame.offer(sentence, tr("Show them"), lambda: find_in_chats(context, words[0]))

    context.bridge.run(work, told, title=tr("Deleting for good"))


def find_in_chats(context: Context, words: str) -> None:
    """Show the chats that have these words."""
    panel: Any = context.frame.open_panel("chat")
    column = context.actions["view.column"]
    if not column.isChecked() or not panel.column.isVisible():
        column.trigger()
    panel.column.search.setText(words)
    panel.column.search.setFocus()


def load_page(
    context: Context,
    show: Callable[[Any], None],
    *,
    trashed: bool,
    filters: dict[str, Any],
    offset: int,
    limit: int,
    owner: QObject,
    failed: Callable[[Exception], None],
) -> Job:
    """A page of the list, or of the trash."""

    async def work(engine: Any) -> Any:
        if trashed:
            return await engine.memory.trashed(offset=offset, limit=limit)
        return await engine.memory.list(offset=offset, limit=limit, **filters)

    return context.bridge.run(work, show, owner=owner, failed=failed)


def load_stats(context: Context, show: Callable[[dict[str, Any]], None], owner: QObject) -> None:
    """Counts by tier; "listed" is how many the list of all shows, which has no records of the loop's own."""

    async def work(engine: Any) -> dict[str, Any]:
        listed = await engine.memory.list(limit=1)
        return {**await engine.memory.stats(), "listed": listed.total}

    context.bridge.run(work, show, owner=owner)


def load_entry(context: Context, id: str, show: Callable[[Any], None], owner: QObject) -> None:
    """One entry with the changes it has seen."""

    async def work(engine: Any) -> Any:
        return await engine.memory.get(id), await engine.memory.history(id)

    context.bridge.run(work, show, owner=owner)


def undo_last(context: Context) -> None:
    """Take back the last change of memory."""

    def told(change: MemoryChange) -> None:
        context.bridge.changed.emit("change", change.undoes, "undone")
        context.frame.say(change.sentence)

    context.bridge.run(lambda engine: engine.memory.undo(), told)


def _undo(context: Context, change_id: str, words: str = "") -> Job:
    """Take a change back and say what is so now, with the change's own sentence where that says it best."""

    async def work(engine: Engine) -> MemoryChange:
        from engine.errors import UsageError

        try:
            return await engine.memory.undo(change_id or None)
        except UsageError:
            changes = await engine.memory.changes(limit=JOURNAL)
            if not any(change.id == change_id and change.can_undo for change in changes):
                # Never again: it was undone elsewhere.
                context.bridge.changed.emit("change", change_id, "undone")
            raise

    return context.bridge.run(work, lambda change: context.frame.say(words or change.sentence))


def short(text: str, limit: int = 48) -> str:
    """The beginning of a text, for a line."""
    words = " ".join(text.split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"
