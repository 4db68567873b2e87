"""What stands behind an answer, shown in the side sheet: the page, the passage, the memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from desktop.bridge import Job
from desktop.context import Context
from desktop.documents.words import name_of, tr

if TYPE_CHECKING:
    from engine import Engine
    from engine.documents.types import Document, FileState, Passage, RenderedPage
    from engine.events import Citation
    from engine.search.types import Hit

# Passages shown before and after the quoted one where there is no page to show.
REACH = 12


@dataclass(frozen=True, slots=True)
class Cited:
    """A place that something rests on.

    Attributes:
        text: the quoted sentences, verbatim; empty where a whole file is shown.
        id: of the passage, memory or turn.
    """

    kind: str
    path: str
    page: int | None
    heading: str
    text: str
    id: str = ""

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        if self.kind != "document":
            return tr("Memory") if self.kind == "memory" else tr("Chat")
        if self.page is not None:
            return tr("{name}, page {page}").format(name=name_of(self.path), page=self.page)
        last = self.heading.split(" › ")[-1]
        return f"{name_of(self.path)}, “{last}”" if last else name_of(self.path)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found behind a place.

    Attributes:
        state: of the file: there, changed, missing, or removed.
        passages: in order, where the text is shown.
        words: of a memory or a turn.
    """

    cited: Cited
    document: Document | None = None
    passage: Passage | None = None
    state: FileState = "there"
    path: str = ""
    passages: Sequence[Passage] = ()
    words: str = ""

    @property
    def has_pages(self) -> bool:
        """Whether the file can be shown as it looks."""
        is_pdf = self.document is not None and self.document.format == "pdf"
        return is_pdf and self.state in ("there", "changed")

    @property
    def before(self) -> str:
        """What stands before the quote in its passage."""
        if self.passage is None:
            return ""
        at = self.passage.text.find(self.cited.text)
        return self.passage.text[:at] if at > 0 else ""


def open_source(context: Context, sources: Sequence[Citation] | Citation | Hit, index: int = 0) -> None:
    """Show a source beside the panel, the others of its answer one key away."""
    from desktop.documents.source_sheet import SourceSheet

    many: Sequence[Any] = sources if isinstance(sources, Sequence) else [sources]
    cited = [_cited(each) for each in many]
    if cited:
        context.frame.show_sheet(SourceSheet(context, cited, min(max(index, 0), len(cited) - 1)), tr("Source"))


def open_file_in_sheet(context: Context, path: str) -> None:
    """Show a PDF that is in, or the one that came with us, beside the panel."""
    from desktop.documents.source_sheet import SourceSheet

    cited = Cited("document", path, 1, "", "")
    context.frame.show_sheet(SourceSheet(context, [cited], 0), name_of(path).rpartition(".")[0])


def warm(context: Context) -> None:
    """Somebody points at a source: make its page quick to open."""
    context.bridge.run(lambda engine: engine.documents.warm(), failed=lambda _: None)


def _cited(source: Any) -> Cited:
    id = getattr(source, "passage_id", "") or getattr(source, "id", "")
    return Cited(source.kind, source.path, source.page, source.heading, source.text, id)


def find(context: Context, cited: Cited, done: Callable[[Found], None], *, owner: QObject) -> Job:
    """What stands behind a place; never fails: what is gone is said in the sheet."""

    async def work(engine: Engine) -> Found:
        from engine.errors import EngineError

        try:
            return await _find(engine, cited)
        except EngineError:
            return await _find_by_path(engine, cited)

    return context.bridge.run(work, done, owner=owner)


async def _find(engine: Engine, cited: Cited) -> Found:
    if cited.kind == "memory":
        return Found(cited, words=(await engine.memory.get(cited.id)).text)
    if cited.kind != "document":
        return Found(cited, words=cited.text)
    if not cited.id:
        return await _find_file(engine, cited)
    source = await engine.documents.source(cited.id)
    found = Found(cited, source.document, source.passage, source.state, source.path)
    if found.has_pages and cited.page is not None:
        return found
    return await _with_passages(engine, found)


async def _with_passages(engine: Engine, found: Found) -> Found:
    """The passages around the quoted one; of a document that was taken out only that one."""
    passages = [found.passage] if found.passage is not None else []
    if found.document is not None and found.passage is not None and found.state != "removed":
        passages = await engine.documents.text(found.document.id, around=found.passage.id, reach=REACH)
    return Found(found.cited, found.document, found.passage, found.state, found.path, tuple(passages))


async def _find_file(engine: Engine, cited: Cited) -> Found:
    """A file by its path: a document that is in, or the one that came with us, which is not always in."""
    from engine.errors import UnknownNameError

    try:
        document = await engine.documents.find(cited.path)
    except UnknownNameError:
        document = _unlisted(cited.path)
    return Found(cited, document, path=cited.path)


async def _find_by_path(engine: Engine, cited: Cited) -> Found:
    """What is there of a passage that is gone: the file, if it was read anew since, else the quoted words."""
    from engine.errors import EngineError

    gone = Found(cited, state="removed", words=cited.text)
    try:
        document = await engine.documents.find(cited.path) if cited.kind == "document" and cited.path else None
    except EngineError:
        return gone
    again = Found(cited, document, state="changed", path=cited.path)
    return again if again.has_pages and cited.page is not None else gone


def _unlisted(path: str) -> Document:
    from engine.documents.types import Document

    return Document(
        id=path, path=path, folder="", relative_path="", title=name_of(path), format="pdf", size_bytes=0,
        modified_ms=0, content_hash="", added_ms=0, pages=None, n_passages=0,
    )  # fmt: skip


def render(
    context: Context,
    found: Found,
    page: int,
    width_px: int,
    done: Callable[[RenderedPage], None],
    *,
    failed: Callable[[Exception], None],
    owner: QObject,
) -> Job:
    """A page of the source as a picture, with the quoted sentences marked."""
    assert found.document is not None
    name = found.document.id
    quotes = [found.cited.text] if found.cited.text else []

    async def work(engine: Engine) -> RenderedPage:
        return await engine.documents.render(name, page, width_px, quotes, before=found.before)

    return context.bridge.run(work, done, failed=failed, owner=owner)


def load_passages(context: Context, found: Found, done: Callable[[Found], None], *, owner: QObject) -> Job:
    """The text around the quote, where the page cannot be shown."""
    return context.bridge.run(lambda engine: _with_passages(engine, found), done, failed=lambda _: None, owner=owner)
