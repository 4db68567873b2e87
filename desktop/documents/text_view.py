"""A passage in its text, for what has no pages or whose pages cannot be shown: inert, with the quote marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from desktop.documents.words import tr
from desktop.look.theme import Theme

if TYPE_CHECKING:
    from engine.documents.types import Passage


class TextView(QTextEdit):
    """Plain text with one mark; takes nothing from outside and opens nothing."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("look", "source")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName(tr("Passage"))
        self._marked = (0, 0)
        self._shown: tuple[Sequence[Passage], str, str] = ((), "", "")
        theme.changed.connect(self._fill)

    @property
    def marked(self) -> str:
        """The text that is marked."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._marked[0])
        cursor.setPosition(self._marked[1], QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText().replace("\u2029", "\n")

    def show_words(self, words: str) -> None:
        """A text alone, all of it the quote."""
        self._shown = ((), words, "")
        self._fill()

    def show_passages(self, passages: Sequence[Passage], quoted: str, quote: str) -> None:
        """Passages in order; `quote` is marked in the passage with the id `quoted`."""
        self._shown = (passages, quote, quoted)
        self._fill()

    def _fill(self) -> None:
        passages, quote, quoted = self._shown
        self.clear()
        self.document().setDocumentMargin(self._theme.px(12))
        self._marked = (0, 0)
        cursor = QTextCursor(self.document())
        if not passages:
            cursor.insertText(quote, self._words())
        for text, passage in _parts(passages, quoted):
            self._insert_text(cursor, text, quote if passage == quoted else "")
        self._mark()

    def _insert_text(self, cursor: QTextCursor, text: str, quote: str) -> None:
        start = cursor.position()
        cursor.insertText(text, self._words())
        at = text.find(quote) if quote else -1
        if at >= 0:
            # Positions of Qt count UTF-16 units.
            first = start + _units(text[:at])
            self._marked = (first, first + _units(quote))

    def _mark(self) -> None:
        """Mark the quote and bring it into view."""
        if self._marked[1] <= self._marked[0]:
            return
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._marked[0])
        cursor.setPosition(self._marked[1], QTextCursor.MoveMode.KeepAnchor)
        mark = QTextCharFormat()
        mark.setBackground(self._theme.color("mark"))
        mark.setForeground(self._theme.color("on_mark"))
        cursor.mergeCharFormat(mark)
        self.show_mark()

    def show_mark(self) -> None:
        """Bring the quote into view, at a third of the height."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._marked[0])
        self.setTextCursor(cursor)
        top = self.cursorRect(cursor).top() - self.viewport().height() // 3
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + top)

    def _words(self) -> QTextCharFormat:
        words = QTextCharFormat()
        words.setFont(self._theme.font())
        words.setForeground(self._theme.color("text"))
        return words


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _parts(passages: Sequence[Passage], quoted: str) -> Iterator[tuple[str, str]]:
    """The text of each passage with its id, what two share only once; the quoted passage is whole.

    The headings are part of the text.
    """
    end, last = -1, ""
    for passage, following in zip_longest(passages, passages[1:]):
        first = max(0, end - passage.start) if passage.id != quoted and end >= 0 else 0
        stop = len(passage.text)
        if following is not None and following.id == quoted:
            stop = min(stop, following.start - passage.start)
        gap = "" if end < 0 else "\n\n" if first == 0 and last != " " else " "
        text = passage.text[first:stop].strip("\n")
        yield gap + text, passage.id
        end, last = passage.end, text[-1:]
