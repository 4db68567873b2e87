"""Where the person writes: grows to eight lines, takes files and text by drop and paste, sends with Enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QLocale, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.chat import words
from desktop.chat.message_edit import LONG_PASTE, MessageEdit
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL

# Attachments with a row of their own.
MAX_ROWS = 4
# Keys that are held for another letter, not for a command.
_OF_LETTERS = (
    Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier
)


@dataclass(eq=False)
class Attachment:
    """What goes with a message: a file by its path, or a text that was pasted."""

    name: str
    path: str = ""
    text: str = ""


class Composer(QFrame):
    """The message, its attachments, and what can be done with it.

    Signals:
        sent: Enter or the Send button, with something to send.
        stopped: the Stop button.
        edit_asked: Up in the empty field.
        changed: text or attachments changed.
        refused(sentence): something was given that cannot be taken.
        resized: it became taller or lower.
    """

    sent = Signal()
    stopped = Signal()
    edit_asked = Signal()
    changed = Signal()
    refused = Signal(str)
    resized = Signal()

    def __init__(self, theme: Theme, keep_text: Callable[[str], str], parent: QWidget | None = None) -> None:
        """Args:
        keep_text: writes a pasted text into a file and returns its path.
        """
        super().__init__(parent)
        self._theme, self._keep_text = theme, keep_text
        self._answering = self._is_low = False
        self.attachments: list[Attachment] = []
        self.setProperty("look", "composer")
        # It gets the focus as it is shown; to ask for the style before the first paint brings all of Qt's names of it.
        self.setProperty("focused", True)
        self.setAcceptDrops(True)
        self._build()
        self.edit.textChanged.connect(self._on_changed)
        self.edit.send_asked.connect(self._on_send)
        self.edit.edit_asked.connect(self.edit_asked)
        self.edit.long_pasted.connect(self._on_long_pasted)
        self.edit.files_given.connect(self.attach)
        self.edit.picture_given.connect(
            lambda: self.refused.emit(self.tr("Pictures cannot be read yet; save the text in it as a file."))
        )
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._on_changed()

    def _build(self) -> None:
        self._hint = QLabel(self)
        self._hint.setProperty("look", "muted")
        self._hint.setWordWrap(True)
        self._hint.hide()
        self._files = QVBoxLayout()
        self.edit = MessageEdit(self)
        self.edit.setAccessibleName(self.tr("Message"))
        self.edit.installEventFilter(self)
        self.edit.invitation = self.tr("Ask about your documents, or tell me something to remember")
        self._attach = self._tool("attach", self.tr("Attach a file"), self.choose_files)
        self.role = QToolButton(self)
        self.role.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.role.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.role.setMenu(QMenu(self.role))
        self.role.menu().aboutToHide.connect(lambda: QTimer.singleShot(0, self._end_hover))
        self._theme.bind_icon(self.role, "person")
        self._send = QToolButton(self)
        self._send.setProperty("look", "send")
        self._send.clicked.connect(self._on_send_clicked)
        self._row = QHBoxLayout()
        self._row.addWidget(self._attach)
        self._row.addWidget(self.role)
        self._row.addStretch(1)
        self._row.addWidget(self._send)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self._hint)
        self._layout.addLayout(self._files)
        self._layout.addWidget(self.edit)
        self._layout.addLayout(self._row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The frame shows the focus of the field in it."""
        if watched is self.edit and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            has = event.type() == QEvent.Type.FocusIn
            if has != self.property("focused"):
                self.setProperty("focused", has)
                self.style().polish(self)
        return super().eventFilter(watched, event)

    def set_low(self, low: bool) -> None:
        """Where the window is low the message stands between its buttons."""
        if low == self._is_low:
            return
        self._is_low = low
        (self._row if low else self._layout).removeWidget(self.edit)
        if low:
            self._row.insertWidget(2, self.edit, 100)
        else:
            self._layout.insertWidget(2, self.edit)
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if low else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        self.role.setToolButtonStyle(style)

    def _tool(self, icon: str, name: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.clicked.connect(act)
        self._theme.bind_icon(button, icon)
        return button

    @property
    def tab_stops(self) -> list[QWidget]:
        """What Tab reaches, in order."""
        return [self.edit, self._attach, self.role, self._send]

    # What is written

    @property
    def text(self) -> str:
        """The message, with pasted texts behind it."""
        parts = [self.edit.toPlainText(), *(a.text for a in self.attachments if a.text)]
        return "\n\n".join(part for part in parts if part.strip())

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of the attached files."""
        return tuple(a.path for a in self.attachments if a.path)

    def set_text(self, text: str) -> None:
        """Replace the text; one that is very long stands beside the field."""
        if len(text) > LONG_PASTE:
            self.edit.clear()
            self._on_long_pasted(text)
            return
        self.edit.setPlainText(text)
        self.edit.moveCursor(self.edit.textCursor().MoveOperation.End)

    def take_typed(self, event: QKeyEvent) -> bool:
        """A letter that was typed elsewhere goes on here; neither shortcuts nor Space, which has a meaning there."""
        held = event.modifiers() & ~_OF_LETTERS
        if held or not event.text().isprintable() or not event.text().strip() or not self.edit.isVisible():
            return False
        if self.edit.hasFocus():
            return False
        self.edit.setFocus()
        self.edit.insertPlainText(event.text())
        return True

    def clear(self) -> None:
        """After sending."""
        self.attachments.clear()
        self._show_attachments()
        self.edit.clear()

    def set_hint(self, words: str) -> None:
        """A line above the text: that something is edited, that the engine still opens."""
        self._hint.setText(words)
        self._hint.setVisible(bool(words))

    def set_answering(self, answering: bool) -> None:
        """Stop replaces Send."""
        self._answering = answering
        self._on_changed()

    def attach(self, paths: list[str]) -> None:
        """Files that go with the message."""
        for path in paths:
            if path not in self.files:
                self.attachments.append(Attachment(path.replace("\\", "/").rsplit("/", 1)[-1], path))
        self._show_attachments()

    def choose_files(self) -> None:
        """Ask for files, without blocking."""
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(self, self.tr("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.attach)
        dialog.open()

    # Reacting

    def _on_changed(self) -> None:
        empty = not self.text.strip()
        stop = self._answering and empty
        self._theme.bind_icon(self._send, "stop" if self._answering else "send", "on_accent")
        name = self.tr("Stop answering") if self._answering else self.tr("Send")
        self._send.setAccessibleName(name)
        self._send.setToolTip(name)
        self._send.setEnabled(self._answering or not empty or stop)
        self.changed.emit()

    def _end_hover(self) -> None:
        """A menu that is closed by a key leaves its button as if the pointer were still there."""
        if not self.role.rect().contains(self.role.mapFromGlobal(QCursor.pos())):
            self.role.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
            self.role.update()

    def _on_send(self) -> None:
        if self.text.strip() and not self._answering:
            self.sent.emit()

    def _on_send_clicked(self) -> None:
        if self._answering:
            self.stopped.emit()
        else:
            self._on_send()

    def _on_long_pasted(self, text: str) -> None:
        n_bytes = len(text.encode("utf-8", "replace"))
        size = QLocale().formattedDataSize(n_bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
        self.attachments.append(Attachment(self.tr("Pasted text, {size}").format(size=size), text=text))
        self._show_attachments()

    def _show_attachments(self) -> None:
        while self._files.count():
            found = self._files.takeAt(0).widget()
            if found is not None:
                found.hide()
                found.deleteLater()
        for attachment in self.attachments[:MAX_ROWS]:
            self._files.addWidget(self._row_of(attachment.name, attachment))
        more = len(self.attachments) - MAX_ROWS
        if more > 0:
            self._files.addWidget(self._row_of(self.tr("%n more file(s)", None, more), None))
        self._on_changed()

    def _row_of(self, title: str, attachment: Attachment | None) -> QWidget:
        """A row with a button that removes it; without an attachment, all those that have no row."""
        row = QFrame(self)
        row.setProperty("look", "attachment")
        layout = QHBoxLayout(row)
        layout.setContentsMargins(self._theme.px(8), 0, self._theme.px(4), 0)
        icon, name = QLabel(row), QLabel(title, row)
        self._theme.bind_icon(icon, "file")
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setMinimumWidth(1)
        name.setToolTip(words.tip(attachment.path if attachment else ""))
        name.setFont(self._theme.font(FONT_SMALL))
        layout.addWidget(icon)
        layout.addWidget(name, 1)
        if attachment is not None and attachment.text:
            keep = QToolButton(row)
            keep.setText(self.tr("Attach as a file"))
            keep.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            keep.clicked.connect(lambda: self._on_keep(attachment))
            layout.addWidget(keep)
        remove = QToolButton(row)
        remove.setAccessibleName(self.tr("Remove {name}").format(name=title))
        remove.setToolTip(self.tr("Remove"))
        self._theme.bind_icon(remove, "close")
        remove.clicked.connect(lambda: self._on_remove(attachment))
        layout.addWidget(remove)
        return row

    def _on_keep(self, attachment: Attachment) -> None:
        attachment.path, attachment.text = self._keep_text(attachment.text), ""
        attachment.name = attachment.path.replace("\\", "/").rsplit("/", 1)[-1]
        self._show_attachments()
        self.edit.setFocus()

    def _on_remove(self, attachment: Attachment | None) -> None:
        if attachment is None:
            del self.attachments[MAX_ROWS:]
        else:
            self.attachments.remove(attachment)
        self._show_attachments()
        self.edit.setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.edit.insertFromMimeData(event.mimeData())
        event.acceptProposedAction()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def _on_theme_changed(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(10), px(8), px(8), px(8))
        self._layout.setSpacing(px(4))
        self._hint.setFont(self._theme.font(FONT_SMALL))
        self.role.setFont(self._theme.font(FONT_SMALL))
        self.edit.fit()
