"""The text of a message: grows to eight lines, takes files and text by paste, sends with Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

from desktop.frame.editing import is_spent_undo
from desktop.widgets.direction import begins_at_right

MAX_LINES = 8
# A longer paste is kept beside the text: one line of a megabyte takes seconds to lay out.
LONG_PASTE = 20_000


class MessageEdit(QPlainTextEdit):
    """The text itself.

    Attributes:
        invitation: what an empty field says, cut where there is no room for it.
        room: pixels that the text may take at most.

    Signals:
        send_asked: Enter.
        edit_asked: Up in the empty field.
        long_pasted(text): a paste that is too long to show.
        files_given(paths): files were dropped or pasted.
        picture_given: a picture was pasted.
    """

    send_asked = Signal()
    edit_asked = Signal()
    long_pasted = Signal(str)
    files_given = Signal(list)
    picture_given = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._composing = False
        self.invitation = ""
        self.room = 1 << 20
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("look", "message")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self.fit)
        self.textChanged.connect(self._align)
        self.document().documentLayout().documentSizeChanged.connect(self.fit)

    def fit(self) -> None:
        """As tall as the text, up to `MAX_LINES`."""
        lines = min(max(int(self.document().size().height()), 1), MAX_LINES)
        frame = 2 * int(self.document().documentMargin())
        spacing = self.fontMetrics().lineSpacing()
        self.setFixedHeight(max(min(spacing * lines, self.room), spacing) + frame + 2)
        self.setPlaceholderText(
            self.fontMetrics().elidedText(self.invitation, Qt.TextElideMode.ElideRight, self.width() - 2 * frame)
        )

    def _align(self) -> None:
        """The message stands at the side where its first strong letter begins, as it will when it is sent."""
        side = Qt.AlignmentFlag.AlignRight if begins_at_right(self.toPlainText()) else Qt.AlignmentFlag.AlignLeft
        option = self.document().defaultTextOption()
        if option.alignment() != side:
            option.setAlignment(side)
            self.document().setDefaultTextOption(option)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def event(self, event: QEvent) -> bool:
        """With nothing of its own to undo, the keys of Undo are the window's."""
        if is_spent_undo(event, self):
            event.ignore()
            return True
        return super().event(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Remember whether a word is being composed: Enter then ends the word."""
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain and not self._composing:
            self.send_asked.emit()
        elif event.key() == Qt.Key.Key_Up and plain and not self.toPlainText() and not self._composing:
            self.edit_asked.emit()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasUrls() or source.hasText() or source.hasImage()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Files are attached, a very long text is kept beside, all else is text."""
        files = local_files(source)
        if files:
            self.files_given.emit(files)
        elif source.hasImage() and not source.hasText():
            self.picture_given.emit()
        elif len(source.text()) > LONG_PASTE:
            self.long_pasted.emit(source.text())
        else:
            self.insertPlainText(source.text())


def local_files(source: QMimeData) -> list[str]:
    """Paths of the files in a drop or paste."""
    return [url.toLocalFile() for url in source.urls() if url.isLocalFile()]
