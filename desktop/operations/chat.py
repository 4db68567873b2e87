"""What a person does in the chat panel, one short function each; all of it through the bridge."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject

from desktop.bridge import Job
from desktop.context import Context

if TYPE_CHECKING:
    from engine import Engine
    from engine.chats import Chat, Turn
    from engine.events import Event
    from engine.models_face import ModelEntry, SmallerPlan

Failed = Callable[[Exception], None]


class Question(NamedTuple):
    """What is asked.

    Attributes:
        chat: id of the chat to go on with, "" for a new one.
        withdraw: a turn that is taken back first, with all after it (edit, try again), "" for none.
        memory: recall and remember; as in the settings if None.
    """

    text: str
    chat: str = ""
    files: tuple[str, ...] = ()
    role: str = ""
    memory: bool | None = None
    withdraw: str = ""


def ask(
    context: Context,
    question: Question,
    on_event: Callable[[Event], None],
    *,
    taken_back: Callable[[list[str]], None],
    done: Callable[[], None],
    failed: Failed,
    owner: QObject,
) -> Job:
    """Ask; `taken_back` gets the ids of turns for `reinstate_turns`."""

    async def events(engine: Engine) -> AsyncGenerator[Event, None]:
        await context.bridge.prepared.wait()
        if question.withdraw:
            taken_back(await engine.chats.withdraw(question.chat, question.withdraw))
        asking = engine.ask(
            question.text,
            chat=question.chat or None,
            files=[Path(file) for file in question.files],
            role=question.role or None,
            memory=question.memory,
            # Who asks again wants it answered again.
            fresh=bool(question.withdraw),
        )
        async with contextlib.aclosing(asking):
            async for event in asking:
                yield event

    return context.bridge.stream(events, on_event, done=done, failed=failed, owner=owner)


def load_turns(
    context: Context,
    chat: str,
    before: int | None,
    limit: int,
    done: Callable[[list[Turn]], None],
    *,
    failed: Failed | None = None,
    owner: QObject,
) -> None:
    """The last turns before a position (None: the end)."""

    async def work(engine: Engine) -> list[Turn]:
        return await engine.chats.turns(chat, before=before, limit=limit)

    context.bridge.run(work, done, failed=failed, owner=owner)


def list_chats(
    context: Context, limit: int, done: Callable[[list[Chat]], None], *, failed: Failed, owner: QObject
) -> None:
    """Chats, the last used first."""
    context.bridge.run(lambda engine: engine.chats.list(limit=limit), done, failed=failed, owner=owner)


def search_chats(context: Context, query: str, done: Callable[[list[str]], None], *, owner: QObject) -> Job:
    """Ids of the chats in which something fits the query, best first."""

    async def work(engine: Engine) -> list[str]:
        hits = await engine.search(query, k=50, sources=("chats",))
        return list(dict.fromkeys(hit.group for hit in hits))

    return context.bridge.run(work, done, owner=owner)


def rename_chat(context: Context, chat: str, title: str) -> None:
    """Give a chat another title."""
    _change(context, lambda engine: engine.chats.rename(chat, title), chat, "changed")


def discard_chat(
    context: Context, chat: str, title: str, done: Callable[[], None], restored: Callable[[], None]
) -> None:
    """Put a chat into the trash and offer to undo it; told when it is there, and when it is back."""

    def discard(then: Callable[[], None]) -> None:
        def gone(_: Any) -> None:
            done()
            context.bridge.changed.emit("chat", chat, "removed")
            then()

        context.bridge.run(lambda engine: engine.chats.discard(chat), gone)

    def restore() -> Job:
        def back(_: Any) -> None:
            context.bridge.changed.emit("chat", chat, "added")
            restored()

        return context.bridge.run(lambda engine: engine.chats.restore(chat), back)

    sentence = context.bridge.tr("Deleted the chat “{title}”").format(title=title)
    discard(lambda: context.frame.offer_undo(sentence, restore, lambda: discard(lambda: None)))


def branch_chat(context: Context, chat: str, turn: str, done: Callable[[Chat], None]) -> None:
    """A new chat that begins with what was said up to a turn."""

    async def work(engine: Engine) -> Chat:
        old = next((c.title for c in await engine.chats.list(limit=1_000) if c.id == chat), "")
        title = context.bridge.tr("{title} (branch)").format(title=old) if old else ""
        return await engine.chats.branch(chat, turn, title=title)

    def told(made: Chat) -> None:
        context.bridge.changed.emit("chat", made.id, "added")
        done(made)

    context.bridge.run(work, told)


def reinstate_turns(context: Context, chat: str, turns: Sequence[str]) -> None:
    """Put back turns that were taken back; what was said instead is taken back."""
    _change(context, lambda engine: engine.chats.reinstate(chat, list(turns)), chat, "changed")


def approve(context: Context, approval_id: str, agreed: bool) -> None:
    """Answer a tool call that waits for the person."""
    context.bridge.run(lambda engine: engine.approve(approval_id, agreed))


def list_models(context: Context, done: Callable[[list[ModelEntry]], None], *, owner: QObject) -> None:
    """Up to three models on this computer that fit, the largest first."""

    async def work(engine: Engine) -> list[ModelEntry]:
        found = [m for m in await engine.models.list() if m.kind == "chat" and m.format != "server"]
        fit = [m for m in found if m.plan is not None and m.plan.verdict in ("fits", "fits_smaller")]
        return sorted(fit, key=lambda m: -m.size_bytes)[:3]

    context.bridge.run(work, done, failed=lambda _: done([]), owner=owner)


def use_model(context: Context, source: str) -> None:
    """Have questions go to a model from now on."""

    def told(name: str) -> None:
        context.frame.say(context.bridge.tr("Questions go to {name} now").format(name=name))
        context.bridge.changed.emit("model", source, "changed")

    context.bridge.run(lambda engine: engine.models.use(source), told)


def list_smaller(context: Context, done: Callable[[list[SmallerPlan]], None], *, owner: QObject) -> None:
    """What can be used instead of the chosen model, which crashed too often."""
    context.bridge.run(lambda engine: engine.models.smaller(), done, failed=lambda _: done([]), owner=owner)


def use_smaller(context: Context, source: str, n_ctx: int, done: Callable[[], None]) -> None:
    """Have questions go to a model with less context (as in the settings if 0); can be undone."""

    async def work(engine: Engine) -> tuple[str, str]:
        return engine.models.chosen, await engine.models.use(source, n_ctx=n_ctx)

    def use(model: str, n_tokens: int) -> None:
        context.bridge.run(lambda engine: engine.models.use(model, anyway=True, n_ctx=n_tokens))

    def told(used: tuple[str, str]) -> None:
        before, name = used
        sentence = context.bridge.tr("Questions go to {name} now").format(name=name)
        if n_ctx:
            sentence = context.bridge.tr("{name} answers with less context now").format(name=name)
        context.frame.offer_undo(sentence, lambda: use(before, 0), lambda: use(source, n_ctx))
        done()

    context.bridge.run(work, told)


def ask_which_model(context: Context, done: Callable[[bool], None], *, owner: QObject) -> None:
    """Whether questions go to another model than the guide."""

    async def work(engine: Engine) -> bool:
        return (await engine.models.states()).source != "guide"

    context.bridge.run(work, done, failed=lambda _: None, owner=owner)


def suggest_questions(context: Context, done: Callable[[list[str]], None], *, owner: QObject) -> Job:
    """Up to three questions from the headings of the documents that the person added last; none for the sample.

    They come when nothing is being read in any more.
    """
    return context.bridge.run(lambda engine: engine.documents.suggested_questions(), done, owner=owner)


def list_roles(context: Context, done: Callable[[list[str]], None], *, owner: QObject) -> None:
    """Names of the roles there are."""

    async def work(_: Engine) -> list[str]:
        from engine.agent.roles import list_roles as roles

        return roles()

    context.bridge.run(work, done, owner=owner)


def keep_pasted(context: Context, text: str) -> str:
    """Write a pasted text into a file of ours, so that it can be read like a document; its path."""
    name = f"pasted {time.strftime('%Y-%m-%d %H-%M-%S')}.txt"
    folder = context.data_dir / "pasted"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return str(path)


def _change(context: Context, work: Callable[[Engine], Any], chat: str, how: str) -> None:
    context.bridge.run(work, lambda _: context.bridge.changed.emit("chat", chat, how))
