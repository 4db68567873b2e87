"""What a person does in the models panel, one short function each; all of it through the bridge."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale, QObject

from desktop.bridge import Job
from desktop.chat.turn import STRUCK_OUT, is_local
from desktop.context import Context
from desktop.operations.settings import store_key

if TYPE_CHECKING:
    from engine import Engine
    from engine.models_face import DeletedModel, ModelEntry, ModelStates, SmallerPlan

Failed = Callable[[Exception], None]


def tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)


def list_models(context: Context, done: Callable[[list[ModelEntry]], None], *, failed: Failed, owner: QObject) -> None:
    """The guide, every model on this computer, the servers."""
    context.bridge.run(lambda engine: engine.models.list(), done, failed=failed, owner=owner)


def read_states(context: Context, done: Callable[[ModelStates], None], *, owner: QObject) -> None:
    """The chosen model and its state."""
    context.bridge.run(lambda engine: engine.models.states(), done, failed=lambda _: None, owner=owner)


def use_model(
    context: Context,
    source: str,
    *,
    anyway: bool = False,
    n_ctx: int | None = None,
    done: Callable[[], None] = lambda: None,
    failed: Failed | None = None,
) -> None:
    """Have questions go to a model, offer to undo it, and load it in the background.

    Args:
        n_ctx: tokens of context for it; 0 as in the settings, None as it was.
    """

    async def work(engine: Engine) -> tuple[str, str]:
        before = engine.models.chosen
        return before, await engine.models.use(source, anyway=anyway, n_ctx=n_ctx)

    def chosen(result: tuple[str, str]) -> None:
        before, name = result
        done()
        sentence = tr("{name} answers from now on").format(name=name)
        context.frame.offer_undo(
            sentence, partial(_use_again, context, before), partial(_use_again, context, source, n_ctx)
        )
        load_model(context, source, name)

    context.bridge.run(work, chosen, failed=failed)


def _use_again(context: Context, source: str, n_ctx: int | None = None) -> None:
    """Have questions go to a model that was chosen before; a step that is undone or redone is no new one."""
    context.bridge.run(
        lambda engine: engine.models.use(source, anyway=True, n_ctx=n_ctx),
        lambda name: load_model(context, source, name),
    )


def delete_model(context: Context, source: str) -> None:
    """Delete the file of a model of ours; can be undone."""

    def deleted(gone: DeletedModel) -> None:
        sentence = tr("{name} was deleted").format(name=gone.name)
        context.frame.offer_undo(sentence, lambda: _restore(context, gone))

    context.bridge.run(lambda engine: engine.models.delete(source), deleted)


def _restore(context: Context, gone: DeletedModel) -> None:
    async def work(engine: Engine) -> None:
        await engine.models.restore(gone.ticket)
        if gone.was_chosen:
            await engine.models.use(gone.source, anyway=True)

    context.bridge.run(work)


def plan_comparison(
    context: Context, sources: list[str], done: Callable[[bool, int, int], None], *, failed: Failed, owner: QObject
) -> None:
    """Whether models can be in memory at once; bytes that they need and that are free."""
    context.bridge.run(
        lambda engine: engine.models.fit_together(sources), lambda found: done(*found), failed=failed, owner=owner
    )


def try_model(
    context: Context,
    source: str,
    prompt: str,
    item: Callable[[dict[str, Any]], None],
    done: Callable[[], None],
    *,
    failed: Failed,
    owner: QObject,
) -> Job:
    """What one model says to a prompt, outside of every chat."""
    return context.bridge.stream(
        lambda engine: engine.models.try_prompt(source, prompt), item, done=done, failed=failed, owner=owner
    )


def release_quietly(context: Context, source: str, done: Callable[[], None], *, owner: QObject) -> None:
    """Give back the memory of a model for another one; whether or not it could be."""
    context.bridge.run(
        lambda engine: engine.models.unload(source), lambda _: done(), failed=lambda _: done(), owner=owner
    )


def load_model(context: Context, source: str, name: str) -> Job:
    """Load a model so that the next question need not wait; shown in the status line, and can be stopped."""

    async def work(engine: Engine) -> None:
        await context.bridge.prepared.wait()
        await engine.models.load(source)

    title = tr("Loading {name}").format(name=name)
    job = context.bridge.run(work, failed=lambda error: _on_not_loaded(context, source, error), title=title)

    def follow(kind: str, id: str, _how: str) -> None:
        if kind == "model" and id == source:
            read_states(context, lambda states: job.report(round(states.loaded_share * 100), 100), owner=job)

    connection = context.bridge.changed.connect(follow)
    job.ended.connect(lambda: context.bridge.changed.disconnect(connection))
    return job


def _on_not_loaded(context: Context, source: str, error: Exception) -> None:
    """Say why; of a model that crashed again and again also what can be used instead."""
    if getattr(error, "kind", "") != STRUCK_OUT:
        context.frame.show_error(error)
        return

    def offer(plans: list[SmallerPlan]) -> None:
        if not plans:
            context.frame.show_error(error)
            return
        plan = plans[0]
        n_ctx = QLocale().toString(plan.n_ctx)
        words = tr("Use {n} tokens of context").format(n=n_ctx) if plan.n_ctx else tr("Use {name} instead")
        use = partial(use_model, context, plan.source, n_ctx=plan.n_ctx)
        context.frame.show_error(error, use, words.format(name=plan.name))

    context.bridge.run(
        lambda engine: engine.models.smaller(source), offer, failed=lambda _: context.frame.show_error(error)
    )


def unload_model(context: Context, source: str, done: Callable[[list[str]], None] | None = None) -> None:
    """Give back the memory of a model, of all if ""."""

    def say(names: list[str]) -> None:
        if done is not None:
            done(names)
        words = ", ".join(names)
        context.frame.say(
            tr("Released: {names}. The next question loads it again.").format(names=words)
            if names
            else tr("Nothing was loaded.")
        )

    context.bridge.run(lambda engine: engine.models.unload(source), say)


def add_path(context: Context, path: str, done: Callable[[], None], *, failed: Failed | None = None) -> None:
    """Look for models in a folder, or take one file, where it is; can be undone."""

    def added(names: list[str]) -> None:
        done()
        count = len(names)
        sentence = (
            tr("{name} was added; it stays where it is").format(name=names[0])
            if count == 1
            else tr("{count} models were added; they stay where they are").format(count=count)
        )
        context.frame.offer_undo(sentence, lambda: remove_source(context, path, say=False))

    context.bridge.run(lambda engine: engine.models.add(path), added, failed=failed)


def remove_source(context: Context, source: str, name: str = "", *, say: bool = True) -> None:
    """Take a folder, a file or a server out of the list; can be undone, and nothing on the disk changes."""

    def removed(changed: bool) -> None:
        if not changed or not say:
            return
        sentence = tr("{name} is no longer in the list").format(name=name or source)
        context.frame.offer_undo(sentence, lambda: _put_back(context, source))

    context.bridge.run(lambda engine: engine.models.remove(source), removed)


def _put_back(context: Context, source: str) -> None:
    async def work(engine: Engine) -> None:
        if "://" not in source:
            await engine.models.add(source)
            return
        before = engine.models.chosen
        await engine.models.use(source)
        await engine.models.use(before, anyway=True)

    context.bridge.run(work)


def whole_address(typed: str) -> str:
    """An address with the http:// or https:// that people leave out: a server of one's own speaks http."""
    words = typed.strip()
    host = words.split("/", 1)[0].rsplit(":", 1)[0]
    if not words or "://" in words or " " in words or not host:
        return words
    is_own = is_local(f"//{words}") or "." not in host or host.endswith(".local") or host.replace(".", "").isdigit()
    return f"{'http' if is_own else 'https'}://{words}"


def ask_server(
    context: Context, url: str, key: str, done: Callable[[list[str]], None], *, failed: Failed, owner: QObject
) -> Job:
    """Ask a server for its models, now."""
    return context.bridge.run(lambda engine: engine.models.ask_server(url, key=key), done, failed=failed, owner=owner)


def use_server(
    context: Context, url: str, name: str, key: str, done: Callable[[str], None], *, failed: Failed, owner: QObject
) -> None:
    """Have questions go to a model at a server; its key, if there is one, goes into the keychain.

    Args:
        done: told why the key could not be kept, "" if it was.
    """

    async def work(engine: Engine) -> str:
        problem = await store_key(context, url, key) if key else ""
        if not problem:
            await engine.models.use(f"{url}#{name}" if name else url)
        return problem

    context.bridge.run(work, done, failed=failed, owner=owner)


def known_servers(done: Callable[[dict[str, str]], None], context: Context, owner: QObject) -> None:
    """Where the servers of other programs listen on this computer."""

    async def work(_: Engine) -> dict[str, str]:
        from engine.llm.server_models import known_servers as servers

        return servers()

    context.bridge.run(work, done, owner=owner)


def show_model(context: Context, source: str, done: Callable[[str], None], *, owner: QObject) -> None:
    """What is known about a model, as Markdown."""
    context.bridge.run(lambda engine: engine.models.show(source), done, owner=owner)


def show_in_folder(path: str) -> bool:
    """Open the folder of a file in the system's file manager."""
    # Here, because what the state of a model is called is said early.
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    place = Path(path)
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(place if place.is_dir() else place.parent)))


def state_words(state: Any, share: float, *, is_server: bool = False) -> str:
    """A state in a word or two."""
    words = {
        "asleep": tr("asleep"),
        "ready": tr("ready"),
        "thinking": tr("thinking"),
        "problem": tr("does not answer") if is_server else tr("problem"),
        "loading": tr("loading"),
    }
    if state == "loading" and share > 0:
        return tr("loading {percent} %").format(percent=round(share * 100))
    if state == "thinking" and share > 0:
        return tr("reading {percent} %").format(percent=round(share * 100))
    return words.get(str(state), str(state))
