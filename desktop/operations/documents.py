"""What a person does with documents: add, stop, try again, take out, open."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from desktop.bridge import Job
from desktop.context import Context
from desktop.documents.words import n_documents, n_files, name_of, outcome, tr

if TYPE_CHECKING:
    from engine import Engine
    from engine.documents.types import Document, Passage, Trouble
    from engine.events import FileIngested, IngestProgress

# Documents fetched in one go while the list fills.
PAGE = 500


@dataclass
class Batch:
    """Files that were added together, and how far reading them is.

    Attributes:
        folders: those among the paths, by path.
        percent: of the work on the file that is being read; None while nobody can tell.
    """

    paths: list[str]
    folders: list[str]
    stopped: bool = False
    done: int = 0
    total: int = 0
    file: str = ""
    percent: int | None = None
    files: list[FileIngested] = field(default_factory=list)
    job: Job | None = None

    @property
    def words(self) -> str:
        """The file that is being read: with its percentage where it is all there is, else with its place among all.

        A folder's bar shows the whole; a percentage of one file beside it would be a second one that says another.
        """
        name = name_of(self.file)
        if self.total > 1:
            number = QLocale().toString
            at = tr("{n} of {total}").format(n=number(min(self.done + 1, self.total)), total=n_files(self.total))
            return f"{at} · {name}"
        return name if self.percent is None else f"{name}, {self.percent} %"


class Reading(QObject):
    """What is being read, for whoever shows it; one per window.

    Signals:
        changed: a batch began, moved or ended.
        ended(batch): a batch is done, or was stopped.
    """

    changed = Signal()
    ended = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__(context.bridge)
        self._context = context
        self.batches: list[Batch] = []

    def add(self, paths: Sequence[str]) -> Batch:
        """Read files and folders; what fails is kept by the engine with its sentence."""
        batch = Batch(list(paths), [path for path in paths if os.path.isdir(path)])
        self.batches.append(batch)

        async def work(engine: Engine) -> None:
            await engine.ingest(batch.paths, progress=lambda p: self._on_progress(batch, p), done=batch.files.append)

        batch.job = self._context.bridge.run(work, title=tr("Reading documents"))
        batch.job.ended.connect(lambda: self._on_ended(batch))
        self.changed.emit()
        return batch

    def stop(self) -> None:
        """Stop reading; what is in stays."""
        for batch in list(self.batches):
            if batch.job is not None:
                batch.stopped = True
                batch.job.cancel()

    def _on_progress(self, batch: Batch, progress: IngestProgress) -> None:
        batch.done, batch.total, batch.file = progress.done, progress.total, progress.file
        batch.percent = None if progress.share is None else int(100 * progress.share)
        if batch.job is not None:
            # In hundredths of a file, so that the bar moves while a single long one is read.
            batch.job.report(
                100 * progress.done + (batch.percent or 0),
                100 * progress.total,
                batch.words,
            )
        self.changed.emit()

    def _on_ended(self, batch: Batch) -> None:
        if batch in self.batches:
            self.batches.remove(batch)
            self.changed.emit()
            self.ended.emit(batch)
            _say_outcome(self._context, batch)


def reading_of(context: Context) -> Reading:
    """The reading of this window; made when it is first asked for."""
    found = context.bridge.findChild(Reading)
    return found if isinstance(found, Reading) else Reading(context)


def add(context: Context, paths: Sequence[str]) -> Batch | None:
    """Read files and folders into the documents."""
    return reading_of(context).add(paths) if paths else None


def _say_outcome(context: Context, batch: Batch) -> None:
    if not batch.files and not batch.stopped:
        return  # the error has been said
    sentence, more = outcome(batch.files, batch.total, batch.folders)
    if more and getattr(context.frame, "panel", "") != "documents":
        context.frame.offer(sentence, tr("Show"), lambda: context.frame.open_panel("documents"))
    else:
        context.frame.say(sentence)


# Listing


def load_all(
    context: Context,
    page: Callable[[list[Document]], None],
    done: Callable[[], None],
    *,
    failed: Callable[[Exception], None],
    owner: QObject,
) -> Job:
    """All documents, in pages, so that ten thousand hold nothing up."""

    async def pages(engine: Engine) -> AsyncGenerator[list[Document], None]:
        offset = 0
        while True:
            found = await engine.documents.list(offset=offset, limit=PAGE)
            yield found
            if len(found) < PAGE:
                return
            offset += PAGE

    return context.bridge.stream(pages, page, done=done, failed=failed, owner=owner)


def load_some(context: Context, ids: Sequence[str], done: Callable[[list[Document]], None], *, owner: QObject) -> None:
    """These documents as they are now."""
    context.bridge.run(lambda engine: engine.documents.get(ids), done, failed=lambda _: None, owner=owner)


def load_troubles(context: Context, done: Callable[[list[Trouble]], None], *, owner: QObject) -> None:
    """What could not be read."""
    context.bridge.run(lambda engine: engine.documents.troubles(), done, failed=lambda _: None, owner=owner)


def load_headings(context: Context, document: Document, done: Callable[[list[str]], None], *, owner: QObject) -> None:
    """The headings of a document in order, each once."""

    async def work(engine: Engine) -> list[str]:
        passages = await engine.documents.text(document.id, reach=400)
        return _headings(passages)

    context.bridge.run(work, done, failed=lambda _: done([]), owner=owner)


def _headings(passages: Sequence[Passage]) -> list[str]:
    found: dict[str, None] = {}
    for passage in passages:
        for heading in [place[2] for place in passage.places] or [passage.heading]:
            if heading:
                found.setdefault(heading)
    return list(found)


# Taking out, trying again


def discard(context: Context, documents: Sequence[Document]) -> None:
    """Take documents out, and offer to put them back."""
    ids = [document.id for document in documents]
    what = f"“{name_of(documents[0].path)}”" if len(documents) == 1 else n_documents(len(documents))
    sentence = tr("Took out {what}").format(what=what)

    async def work(engine: Engine) -> None:
        for id in ids:
            await engine.documents.discard(id)

    def again() -> None:
        context.bridge.run(work)

    context.bridge.run(work, lambda _: context.frame.offer_undo(sentence, lambda: restore(context, ids), again))


def restore(context: Context, ids: Sequence[str]) -> Job:
    """Put documents back."""

    async def work(engine: Engine) -> None:
        for id in ids:
            await engine.documents.restore(id)

    return context.bridge.run(
        work, lambda _: context.frame.say(tr("{what} put back.").format(what=n_documents(len(ids))))
    )


def retry(context: Context, troubles: Sequence[Trouble]) -> None:
    """Read once more what could not be read."""
    add(context, [trouble.path for trouble in troubles])


def dismiss(context: Context, troubles: Sequence[Trouble]) -> None:
    """Show these failures no longer."""
    ids = [trouble.id for trouble in troubles]
    context.bridge.run(lambda engine: engine.documents.dismiss(ids))


# Files


def open_file(context: Context, path: str, page: int | None = None) -> None:
    """Open a file with the program that the system has for it, at a page where that program can."""
    if not os.path.exists(path):
        context.frame.say(tr("{name} is not where it was when it was read.").format(name=name_of(path)))
        return
    url = QUrl.fromLocalFile(path)
    if page and sys.platform == "win32" and path.lower().endswith(".pdf"):
        url.setFragment(f"page={page}")  # browsers, which show PDFs there, go to the page
    if not QDesktopServices.openUrl(url):
        context.frame.say(tr("This computer has no program that opens {name}.").format(name=name_of(path)))


def show_in_folder(context: Context, path: str) -> None:
    """Show a file in the system's file manager."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        context.frame.say(tr("The folder of {name} is not there any more.").format(name=name_of(path)))
    elif sys.platform in ("darwin", "win32"):
        # Late, as what the first paint does not need.
        from PySide6.QtCore import QProcess

        if sys.platform == "darwin":
            QProcess.startDetached("open", ["-R", path])
        else:
            QProcess.startDetached("explorer", ["/select,", path.replace("/", "\\")])
    else:
        QDesktopServices.openUrl(QUrl.fromLocalFile(folder))


def ask_about(context: Context, paths: Sequence[str]) -> None:
    """Begin a question about these files in the chat."""
    panel: Any = context.frame.open_panel("chat")
    panel.composer.attach(list(paths))
    panel.composer.edit.setFocus()
