"""The body of an answer: blocks of text, code and tables below one another, whole or growing.

Pieces are collected and shown at most thirty times a second. A finished block is written once and stays; only
the open one changes, shown with its open marks closed (desktop/chat/unfinished.py). In the end the same blocks are
there as if the whole had been shown at once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.chat.markdown import Block, MarkdownStream, parse, parse_plain
from desktop.chat.prose import CodeView, ProseView, WideView, create_view
from desktop.chat.unfinished import close_marks
from desktop.look.theme import Theme

if TYPE_CHECKING:
    from engine.events import Citation

# At most so many repaints a second while text comes.
REPAINT_MS = 33
# Of the time, for showing what grows; and how late it may be shown for that reason.
MOST_SHARE, SLOWEST_MS = 0.1, 500
# A table is written anew when it has grown: by a row, or by this part where it is long.
TABLE_GROWTH = 0.125
_KINDS: dict[str, type[ProseView] | type[CodeView]] = {"prose": ProseView, "table": WideView, "code": CodeView}


class AnswerBody(QWidget):
    """Shows text that is Markdown, or the guide's plain lines.

    Signals: as in `ProseView`.
    """

    cite_asked = Signal(int)
    cite_pointed = Signal(int, QRect)
    link_asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.px(10))
        self._stream = MarkdownStream()
        self._blocks: list[Block] = []
        self._views: list[ProseView | CodeView] = []
        self._open: list[ProseView | CodeView] = []
        self._shown_table = Block("table")
        self._pending = ""
        self._timer = QTimer(self, singleShot=True, interval=REPAINT_MS, timeout=self.flush)

    def show_whole(self, text: str, n_citations: int = 0) -> None:
        """Show a complete Markdown text instead of what is there; blocks that are there already stay."""
        self._timer.stop()
        self._pending = ""
        self._replace(parse(text, n_citations))
        self._stream = MarkdownStream(n_citations)

    def show_lines(self, text: str, citations: Sequence[Citation]) -> None:
        """Show plain lines, with the numbers of the citations that they quote."""
        self._timer.stop()
        self._pending = ""
        self._replace(parse_plain(text, citations_of_lines(text, citations), has_items=True))

    def feed(self, piece: str) -> None:
        """Add a piece of Markdown; shown within `REPAINT_MS`."""
        self._pending += piece
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Show what has come."""
        piece, self._pending = self._pending, ""
        if not piece:
            return
        began = time.perf_counter()
        finished = self._stream.feed(piece)
        if finished:
            self._drop_open()
            for block in finished:
                self._append(block)
        self._show_open()
        # A list or a table that has become long is shown less often: so it never takes more than its share.
        took_ms = 1000 * (time.perf_counter() - began)
        self._timer.setInterval(min(max(REPAINT_MS, round(took_ms / MOST_SHARE)), SLOWEST_MS))

    def finish(self) -> None:
        """The text is complete: its last block is shown as what it is."""
        self._timer.stop()
        self.flush()
        self._drop_open()
        for block in self._stream.finish():
            self._append(block)

    def clear(self) -> None:
        """Show nothing."""
        self._timer.stop()
        self._pending = ""
        self._stream = MarkdownStream()
        self._drop_open()
        for view in self._views:
            self._remove(view)
        self._views, self._blocks = [], []

    @property
    def blocks(self) -> list[Block]:
        """The finished blocks that are shown."""
        return list(self._blocks)

    @property
    def views(self) -> list[ProseView | CodeView]:
        """The widgets in order."""
        return [*self._views, *self._open]

    def to_html(self) -> str:
        """What is shown, as Qt says it in HTML: equal for the same text, however it came."""
        parts = [v.view if isinstance(v, CodeView) else v for v in self.views]
        return "\n".join(view.document().toHtml() for view in parts)

    def _replace(self, blocks: list[Block]) -> None:
        if blocks == self._blocks and not self._open:
            return
        self.clear()
        for block in blocks:
            self._append(block)

    def _append(self, block: Block) -> None:
        """Prose goes into the view that holds the prose before it, so that a selection can span both."""
        last = self._views[-1] if self._views else None
        if block.kind == "prose" and type(last) is ProseView:
            last.writer.append(block)
            last.updateGeometry()
        else:
            view = create_view(block, self._theme, self)
            self._listen(view)
            self._views.append(view)
            self._layout.addWidget(view)
        self._blocks.append(block)

    def _show_open(self) -> None:
        """Show what no finished block holds yet, as it will most likely look."""
        if self._stream.in_fence:
            language, text = self._stream.open_code or ("", "")
            blocks = [Block("code", text=text, language=language)]
        else:
            blocks = parse(close_marks(self._stream.open), self._stream.n_citations)
        pieces = _pieces(blocks)
        for i, piece in enumerate(pieces):
            self._show_piece(i, piece)
        self._drop_open(len(pieces))

    def _show_piece(self, i: int, piece: list[Block]) -> None:
        kind = _KINDS[piece[0].kind]
        if i < len(self._open) and type(self._open[i]) is not kind:
            self._drop_open(i)
        if i == len(self._open):
            made = CodeView(self._theme, piece[0].language, self) if kind is CodeView else kind(self._theme, self)
            self._listen(made)
            self._open.append(made)
            self._shown_table = Block("table")
            self._layout.addWidget(made)
        view = self._open[i]
        if isinstance(view, CodeView):
            view.set_code(piece[0].text, complete=False)
            return
        if isinstance(view, WideView):
            n_shown = len(self._shown_table.rows)
            if piece[0] == self._shown_table or n_shown <= len(piece[0].rows) < n_shown * (1 + TABLE_GROWTH) - 4:
                return
            self._shown_table = piece[0]
            view.writer.clear()
            view.writer.append(piece[0])
        else:
            view.writer.rewrite([line for block in piece for line in block.lines])
        view.updateGeometry()

    def _drop_open(self, first: int = 0) -> None:
        for view in self._open[first:]:
            self._remove(view)
        del self._open[first:]

    def _remove(self, view: QWidget) -> None:
        self._layout.removeWidget(view)
        view.hide()
        view.deleteLater()

    def _listen(self, view: ProseView | CodeView) -> None:
        if not view.accessibleName():
            view.setAccessibleName(self.tr("Table") if isinstance(view, WideView) else self.tr("Answer"))
        if isinstance(view, ProseView | WideView):
            view.cite_asked.connect(self.cite_asked)
            view.cite_pointed.connect(self.cite_pointed)
            view.link_asked.connect(self.link_asked)


def _pieces(blocks: Sequence[Block]) -> list[list[Block]]:
    """What stands in one widget: prose with the prose after it, each table and code alone."""
    pieces: list[list[Block]] = []
    for block in blocks:
        if block.kind == "prose" and pieces and pieces[-1][0].kind == "prose":
            pieces[-1].append(block)
        else:
            pieces.append([block])
    return pieces


def citations_of_lines(text: str, citations: Sequence[Citation]) -> list[list[int]]:
    """For each line of the guide's answer the citations that it quotes: the next ones whose words stand in it."""
    found: list[list[int]] = []
    waiting = list(citations)
    for line in text.splitlines():
        words, numbers = " ".join(line.split()), []
        while waiting and waiting[0].text.strip() and " ".join(waiting[0].text.split())[:40] in words:
            numbers.append(waiting.pop(0).number)
        found.append(numbers)
    # A quote that lost invisible characters: its line is the one in its place.
    rest = [numbers for numbers in found if not numbers]
    for numbers, citation in zip(rest[-len(waiting) :] if waiting else [], waiting, strict=False):
        numbers.append(citation.number)
    return found
