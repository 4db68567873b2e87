"""Read-only text as tall as its words: prose, tables that scroll sideways, code with its language and a copy button.

All of it is inert: nothing here ever opens a resource, and a link is only told to whoever listens.
"""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QRect, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QTextBrowser, QToolButton, QVBoxLayout, QWidget

from desktop.chat.document import DocumentWriter, Mark
from desktop.chat.highlight import Highlighter
from desktop.chat.markdown import CITE, Block
from desktop.frame.editing import is_spent_undo
from desktop.look.theme import Theme
from desktop.look.tokens import FOCUS_WIDTH, FONT_SMALL

# Keys that move the caret.
_MOVING = (
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip


class ProseView(QTextBrowser):
    """Text with a caret, without scroll bars of its own.

    Signals:
        cite_asked(number): a citation's number was clicked.
        cite_pointed(number, place): the pointer or the caret's focus is on a number; 0 when it left.
        link_asked(address): a link was clicked.
    """

    cite_asked = Signal(int)
    cite_pointed = Signal(int, QRect)
    link_asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.writer = DocumentWriter(self.document(), theme)
        self.setProperty("look", "prose")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.anchorClicked.connect(self._on_clicked)
        self.highlighted.connect(self._on_highlighted)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Nothing is ever loaded; a real image, because Qt opens the address itself when it is given none."""
        image = QImage(1, 1, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        return image

    def event(self, event: QEvent) -> bool:
        """There is never anything to undo here: the keys of Undo are the window's."""
        if is_spent_undo(event, self):
            event.ignore()
            return True
        return super().event(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab goes through the links; a citation that has the focus shows its card, as under the pointer."""
        moved = super().focusNextPrevChild(next)
        cursor = self.textCursor()
        self._on_highlighted(QUrl(cursor.charFormat().anchorHref() if moved and cursor.hasSelection() else ""))
        return moved

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The caret is for who selects with keys; elsewhere it looks as if one could write here."""
        keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self.setCursorWidth(1 if event.reason() in keys else 0)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _MOVING:
            self.setCursorWidth(1)
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._focused_mark() is not None and event.reason() != Qt.FocusReason.PopupFocusReason:
            self.cite_pointed.emit(0, QRect())

    def _focused_mark(self) -> Mark | None:
        """The citation that Tab has reached."""
        cursor = self.textCursor()
        return next(
            (
                m
                for m in self.writer.marks
                if m.number and (m.start, m.end) == (cursor.selectionStart(), cursor.selectionEnd())
            ),
            None,
        )

    def createMimeDataFromSelection(self) -> QMimeData:
        """Words, and formulas as they were written."""
        mime = QMimeData()
        mime.setText(self.writer.plain(self.textCursor()))
        return mime

    def heightForWidth(self, width: int) -> int:
        """As tall as the text is at this width."""
        self.document().setTextWidth(width)
        return math.ceil(self.document().size().height())

    def sizeHint(self) -> QSize:
        """Of the text at the width of now."""
        return QSize(self.width(), self.heightForWidth(max(self.width(), 1)))

    def minimumSizeHint(self) -> QSize:
        """Narrow: the words wrap."""
        return QSize(0, 0)

    def select_find(self, start: int, length: int) -> QRect:
        """Select a place and return where it is in this widget."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        return self.cursorRect(cursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The chat scrolls, not this."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Chips and bars behind the words."""
        if self.writer.marks:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            for mark in self.writer.marks:
                self._paint_mark(painter, mark, event.rect())
            painter.end()
        super().paintEvent(event)
        mark = self._focused_mark() if self.hasFocus() else None
        if mark is not None:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.color("accent"), FOCUS_WIDTH))
            half = FOCUS_WIDTH / 2
            rect = self.mark_rect(mark).adjusted(half, half, -half, -half)
            painter.drawRoundedRect(rect, rect.height() / 3, rect.height() / 3)
            painter.end()

    def _paint_mark(self, painter: QPainter, mark: Mark, clip: QRect) -> None:
        rect = self.mark_rect(mark)
        if rect.intersects(QRectF(clip)):
            painter.setBrush(self._theme.color("raised" if mark.kind == "chip" else "hairline"))
            # A palette of high contrast has borders instead of tones.
            bordered = mark.kind == "chip" and self._theme.tokens.raised == self._theme.tokens.page
            painter.setPen(self._theme.color("border") if bordered else Qt.PenStyle.NoPen)
            radius = min(rect.width(), rect.height()) / 3
            painter.drawRoundedRect(rect, radius, radius)

    def mark_rect(self, mark: Mark) -> QRectF:
        """Where a mark is drawn, in the viewport."""
        block = self.document().findBlock(mark.start)
        whole = self.document().documentLayout().blockBoundingRect(block)
        layout, px = block.layout(), self._theme.px
        if mark.kind == "quote":
            first = layout.lineAt(0)
            left = layout.position().x() + (first.x() if first.isValid() else 0)
            return QRectF(left - px(14), whole.top(), px(3), whole.height())
        if mark.kind == "rule":
            return QRectF(0, whole.center().y(), self.viewport().width(), 1)
        line = layout.lineForTextPosition(mark.start - block.position())
        if not line.isValid():
            return QRectF()
        left, right = (_cursor_x(line, p - block.position()) for p in (mark.start, mark.end))
        # The line is 40 % taller than its letters, which stand at its foot.
        height = line.ascent() + line.descent()
        top = layout.position().y() + line.y() + line.height() - height
        return QRectF(min(left, right) + layout.position().x(), top, abs(right - left), height)

    def _on_clicked(self, url: QUrl) -> None:
        address = url.toString()
        if address.startswith(CITE):
            self.cite_asked.emit(int(address.removeprefix(CITE)))
        else:
            self.link_asked.emit(address)

    def _on_highlighted(self, url: QUrl) -> None:
        address = url.toString()
        number = int(address.removeprefix(CITE)) if address.startswith(CITE) else 0
        mark = next((m for m in self.writer.marks if m.number == number), None)
        rect = self.mark_rect(mark).toAlignedRect() if number and mark else QRect()
        self.cite_pointed.emit(number, QRect(self.viewport().mapToGlobal(rect.topLeft()), rect.size()))


class WideView(ProseView):
    """A table or code: as wide as its lines, scrolled sideways where that is wider than the chat."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, wraps: bool = True) -> None:
        super().__init__(theme, parent)
        self._wraps = wraps
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        if not wraps:
            self.setLineWrapMode(QTextBrowser.LineWrapMode.NoWrap)

    def heightForWidth(self, width: int) -> int:
        """With room for the scroll bar where there is one."""
        document = self.document()
        document.setTextWidth(width if self._wraps else -1)
        size = document.size()
        bar = self.horizontalScrollBar().sizeHint().height() if size.width() > width else 0
        return math.ceil(size.height()) + bar

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Sideways is ours, up and down the chat's."""
        if abs(event.angleDelta().x()) > abs(event.angleDelta().y()):
            super().wheelEvent(event)
        else:
            event.ignore()


class CodeView(QFrame):
    """Code with its language and a copy button; coloured once it is complete."""

    copied = Signal()

    def __init__(self, theme: Theme, language: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._language = theme, language
        self.setProperty("look", "code")
        self._label = QLabel(language or self.tr("text"), self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setProperty("look", "muted")
        copy = QToolButton(self)
        copy.setAccessibleName(self.tr("Copy the code"))
        copy.setToolTip(self.tr("Copy the code"))
        copy.clicked.connect(self._on_copy)
        theme.bind_icon(copy, "copy")
        self.view = WideView(theme, self, wraps=False)
        self.view.setAccessibleName(self.tr("Code in {language}").format(language=language or self.tr("text")))
        head = QHBoxLayout()
        head.addWidget(self._label, 1)
        head.addWidget(copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(12), theme.px(4), theme.px(8), theme.px(8))
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.view)
        self._label.setFont(theme.font(FONT_SMALL))
        self.view.document().setDefaultFont(theme.font(0.92, fixed=True))

    def set_code(self, text: str, *, complete: bool) -> None:
        """Show code; what only got longer is added."""
        # The line break before the closing fence is no line of the code.
        text = text.removesuffix("\n") if complete else text
        shown = self.view.toPlainText()
        if text.startswith(shown) and shown:
            self.view.writer.append_text(text[len(shown) :])
        else:
            self.view.setPlainText(text)
        if complete:
            Highlighter(self.view.document(), self._theme, text, self._language)
        self.view.updateGeometry()

    def text(self) -> str:
        """The code."""
        return self.view.toPlainText()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())
        self.copied.emit()


def create_view(block: Block, theme: Theme, parent: QWidget) -> ProseView | CodeView:
    """The widget of a block, filled."""
    if block.kind == "code":
        code = CodeView(theme, block.language, parent)
        code.set_code(block.text, complete=True)
        return code
    view = WideView(theme, parent) if block.kind == "table" else ProseView(theme, parent)
    view.writer.append(block)
    return view


def _cursor_x(line: Any, position: int) -> float:
    found = line.cursorToX(position)
    return float(found[0] if isinstance(found, tuple) else found)
