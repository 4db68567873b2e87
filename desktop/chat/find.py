"""Find in this chat: a bar with the number of places, next and previous; all places in view are marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QTextEdit, QToolButton, QWidget

from desktop.chat.markdown import parse
from desktop.chat.prose import ProseView
from desktop.chat.turn import TurnData
from desktop.chat.view_answer import split_reasoning
from desktop.chat.view_turn import TurnView
from desktop.look.theme import Theme

if TYPE_CHECKING:
    from desktop.chat.panel import ChatPanel

# Marks of one view; more would slow the painting and help nobody.
_MARKED = 200
_TYPING_MS = 120
# Signs of Markdown that stand in the source of a text and not on the page.
_UNSEEN = str.maketrans("", "", "*_`")


def _shown_lines(turn: TurnData) -> Iterator[str]:
    """The lines of a turn as they stand on the page."""
    if turn.role == "user" or turn.is_guide:
        yield from turn.text.splitlines()
        return
    for block in parse(split_reasoning(turn.text)[1], max((c.number for c in turn.citations), default=0)):
        yield from block.text.splitlines()
        cells = [cell for row in block.rows for cell in row]
        for spans in (*(line.spans for line in block.lines), *cells):
            yield "".join(span.text for span in spans).replace("\u00a0", " ")


class FindBar(QFrame):
    """Signals: changed(text), stepped(by), closed."""

    changed = Signal(str)
    stepped = Signal(int)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "bar")
        self.setAccessibleName(self.tr("Find in this chat"))
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(self.tr("Find in this chat"))
        self.field.setAccessibleName(self.tr("Find in this chat"))
        self.count = QLabel(self)
        self.count.setProperty("look", "muted")
        self._timer = QTimer(
            self, singleShot=True, interval=_TYPING_MS, timeout=lambda: self.changed.emit(self.field.text())
        )
        self.field.textChanged.connect(lambda _: self._timer.start())
        layout = QHBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(self.field, 3)
        layout.addWidget(self.count)
        for icon, name, act in (
            ("up", self.tr("Previous place (Shift+Enter)"), lambda: self._step(-1)),
            ("down", self.tr("Next place (Enter)"), lambda: self._step(1)),
            ("close", self.tr("Close (Esc)"), self.closed.emit),
        ):
            button = QToolButton(self)
            button.setAccessibleName(name)
            button.setToolTip(name)
            button.clicked.connect(act)
            theme.bind_icon(button, icon)
            layout.addWidget(button)
        layout.setContentsMargins(theme.px(12), theme.px(6), theme.px(12), theme.px(6))
        self.hide()

    def show_count(self, index: int, total: int) -> None:
        """ "3 of 12", or that there is none."""
        number = QLocale().toString
        if not self.field.text():
            words = ""
        elif not total:
            words = self.tr("Not found")
        else:
            words = self.tr("{index} of {total}").format(index=number(index + 1), total=number(total))
        self.count.setText(words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self.changed.emit(self.field.text())
        else:
            self.stepped.emit(by)


class Finder(QObject):
    """Finds places in the turns of the chat in front."""

    def __init__(self, panel: ChatPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self.bar = FindBar(panel.context.theme, panel)
        panel.top.addWidget(self.bar)
        self.bar.changed.connect(self.search)
        self.bar.stepped.connect(self.step)
        self.bar.closed.connect(self.close)
        self._text = ""
        self._places: list[tuple[TurnData, int]] = []
        self._index = 0
        panel.turns.made.connect(self._on_made)

    def open(self) -> None:
        """Show the bar; what is selected there is found again by Enter."""
        self._panel.conversation.load_all()
        self.bar.show()
        self.bar.field.setFocus()
        self.bar.field.selectAll()
        if self.bar.field.text():
            self.search(self.bar.field.text())

    def close(self) -> None:
        """Hide the bar and the marks."""
        self._text, self._places = "", []
        for view in self._panel.turns.views:
            self._mark(view)
            for prose in view.text_views():
                prose.setTextCursor(QTextCursor(prose.document()))
        self.bar.hide()
        self._panel.composer.edit.setFocus()

    def search(self, text: str) -> None:
        """Find a text from the end of the chat upward: the newest place first."""
        self._text = text.strip()
        self._places = list(self._find())
        self._index = max(len(self._places) - 1, 0)
        for view in self._panel.turns.views:
            self._mark(view)
        self._show()

    def again(self) -> None:
        """The turns are others: find the same text in them."""
        if self.bar.isVisible() and self._text:
            current = self._places[self._index] if self._places else None
            self._places = list(self._find())
            self._index = self._places.index(current) if current in self._places else max(len(self._places) - 1, 0)
            self.bar.show_count(self._index, len(self._places))

    def step(self, by: int) -> None:
        """The next place (1) or the one before (-1); round at the ends."""
        if self._places:
            self._index = (self._index + by) % len(self._places)
            self._show()

    def _find(self) -> Iterator[tuple[TurnData, int]]:
        wanted = self._text.casefold()
        words = wanted.translate(_UNSEEN).split()
        for turn in self._panel.conversation.turns if wanted else ():
            written = turn.text.translate(_UNSEEN).casefold()
            # What is on the page is asked only of turns that may have it: to read Markdown takes its time.
            if all(word in written for word in words):
                for n in range(sum(line.casefold().count(wanted) for line in _shown_lines(turn))):
                    yield turn, n

    def _show(self) -> None:
        self.bar.show_count(self._index, len(self._places))
        if not self._places:
            return
        turn, n = self._places[self._index]
        view = self._panel.turns.go_to(turn)
        found = list(self._cursors(view)) if view is not None else []
        if view is None or not found:
            return
        prose, cursor = found[min(n, len(found) - 1)]
        prose.setTextCursor(cursor)
        rect = prose.cursorRect(cursor)
        self._panel.turns.show_rect(view, rect.translated(prose.viewport().mapTo(view, rect.topLeft() * 0)))

    def _cursors(self, view: TurnView) -> Iterator[tuple[ProseView, QTextCursor]]:
        for prose in view.text_views():
            cursor = QTextCursor(prose.document())
            while not (cursor := prose.document().find(self._text, cursor, QTextDocument.FindFlag(0))).isNull():
                yield prose, cursor

    def _on_made(self, view: TurnView) -> None:
        if self._text:
            self._mark(view)

    def _mark(self, view: TurnView) -> None:
        theme = self._panel.context.theme
        look = QTextCharFormat()
        look.setBackground(theme.color("mark"))
        look.setForeground(theme.color("on_mark"))
        marks: dict[ProseView, list[QTextEdit.ExtraSelection]] = {prose: [] for prose in view.text_views()}
        for i, (prose, cursor) in enumerate(self._cursors(view) if self._text else ()):
            if i == _MARKED:
                break
            selection = QTextEdit.ExtraSelection()
            selection.cursor, selection.format = cursor, look
            marks[prose].append(selection)
        for prose, found in marks.items():
            prose.setExtraSelections(found)
