"""What is dropped on the window, or pasted where files belong, and a word beforehand about what will happen.

`read_mime` looks at a drop and says what it is; `DropTarget` shows an overlay that tells what letting go would
do, also where that is nothing, and why; `take_mime` does it. A widget that takes drops itself (the composer)
still gets them first.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QMimeData, QObject, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLabel, QMainWindow, QVBoxLayout

from desktop.context import Context
from desktop.look.icons import load_pixmap
from desktop.look.tokens import FOCUS_WIDTH, FONT_LARGE, RADIUS

Kind = Literal["files", "models", "link", "text", "image", "nothing"]
# Paths looked at before the drop: a network drive may take its time for each.
MAX_LOOKED_AT = 32
# A text this short without white space that begins so is a link that somebody drags.
LINK_STARTS = ("http://", "https://", "ftp://", "www.")
# Pixels at 100 %.
ICON_SIDE, MARGIN = 48, 16
# How much of the window the veil hides: the words on it must be read, the window be known again.
VEIL = 0.94


def tr(text: str) -> str:
    return QCoreApplication.translate("Drop", text)


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a drop is.

    Attributes:
        paths: local files and folders; model files are in `models`.
    """

    kind: Kind
    paths: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    text: str = ""


def read_mime(mime: QMimeData) -> Dropped:
    """What a drop or the clipboard holds."""
    paths = [url.toLocalFile() for url in mime.urls() if url.isLocalFile() and url.toLocalFile()]
    models = tuple(path for path in paths if path.lower().endswith(".gguf"))
    others = tuple(path for path in paths if path not in models)
    if paths:
        return Dropped("files" if others else "models", others, models)
    text = mime.text().strip() if mime.hasText() else ""
    if mime.urls() or (text.lower().startswith(LINK_STARTS) and not text.split()[1:]):
        return Dropped("link", text=text)
    if text:
        return Dropped("text", text=text)
    return Dropped("image") if mime.hasImage() else Dropped("nothing")


def words_for(dropped: Dropped) -> tuple[str, str, str]:
    """Icon, title and a line below: what letting go will do."""
    if dropped.kind == "files":
        return _words_for_files(dropped.paths)
    if dropped.kind == "models":
        name = os.path.basename(dropped.models[0])
        return (
            "models",
            tr("Add “{name}” to the models").format(name=name),
            tr("It stays where it is; it answers when you choose it."),
        )
    if dropped.kind == "link":
        return "link", tr("A link cannot be added"), link_sentence()
    if dropped.kind == "text":
        return "edit", tr("Put this text into your message"), tr("Nothing is sent until you send it.")
    return "warning", tr("This cannot be added"), _other_sentence(dropped)


def link_sentence() -> str:
    return tr("Scrubjay opens no web pages. Save the page as a file and add that.")


def _other_sentence(dropped: Dropped) -> str:
    if dropped.kind == "image":
        return image_sentence()
    return tr("Nothing that can be read came with it. Save it as a file and add that.")


def image_sentence() -> str:
    return tr("Scrubjay reads text, not pictures. Run a picture of a page through a text recogniser (OCR) first.")


def _words_for_files(paths: Sequence[str]) -> tuple[str, str, str]:
    folders = [path for path in paths[:MAX_LOOKED_AT] if os.path.isdir(path)]
    stays = tr("Read where it is; nothing leaves this computer.")
    name = os.path.basename(paths[0].rstrip("/\\"))
    if len(paths) == 1 and folders:
        return "folder", tr("Add the folder “{name}”").format(name=name), tr("Added once · keep in step later")
    if len(paths) == 1:
        return "file", tr("Add “{name}”").format(name=name), stays
    number = QLocale().toString(len(paths))
    if len(folders) == len(paths):
        return "folder", tr("Add {n} folders").format(n=number), tr("Added once · keep in step later")
    if folders:
        return "folder", tr("Add {n} files and folders").format(n=number), tr("Folders are added once.")
    return "file", tr("Add {n} files").format(n=number), stays


def take_mime(context: Context, mime: QMimeData, *, pasted: bool = False) -> None:
    """Do with a drop or the clipboard what can be done with it, or say why nothing can."""
    dropped = read_mime(mime)
    if dropped.models:
        panel: Any = context.frame.open_panel("models")
        panel.take_files(list(dropped.models))
    if dropped.paths:
        window: Any = context.frame
        window.take_files(list(dropped.paths))
    elif dropped.kind == "link":
        context.frame.say(link_sentence())
    elif dropped.kind == "text":
        chat: Any = context.frame.open_panel("chat")
        chat.composer.edit.insertFromMimeData(mime)
        chat.composer.edit.setFocus()
    elif dropped.kind == "image" or not pasted:
        context.frame.say(_other_sentence(dropped))


class DropOverlay(QFrame):
    """Covers the window while something is dragged over it; the pointer goes through."""

    def __init__(self, context: Context, window: QMainWindow) -> None:
        super().__init__(window)
        self._theme = context.theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._icon, self._title, self._words = QLabel(self), QLabel(self), QLabel(self)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        for label in (self._icon, self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(label is not self._icon)
            layout.addWidget(label)
        layout.addStretch(1)
        self._words.setProperty("look", "muted")
        self.hide()

    @property
    def title(self) -> str:
        """What letting go will do."""
        return self._title.text()

    def tell(self, dropped: Dropped) -> None:
        """Show what letting go will do."""
        icon, title, words = words_for(dropped)
        px = self._theme.px
        side = px(ICON_SIDE)
        colour = "accent" if dropped.kind in ("files", "models", "text") else "warning"
        shade = self._theme.color(colour).name()
        self._icon.setPixmap(load_pixmap(icon, shade, side, self.devicePixelRatioF()))
        self._title.setFont(self._theme.font(FONT_LARGE, bold=True))
        self._title.setText(title)
        self._words.setText(words)
        window = self.window()
        self.setGeometry(window.rect())
        self.setContentsMargins(px(48), px(48), px(48), px(48))
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = self._theme.color("page")
        veil.setAlphaF(VEIL)
        painter.fillRect(self.rect(), veil)
        pen = QPen(self._theme.color("accent"), FOCUS_WIDTH, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        margin, radius = self._theme.px(MARGIN), self._theme.px(2 * RADIUS)
        painter.drawRoundedRect(self.rect().adjusted(margin, margin, -margin, -margin), radius, radius)


class DropTarget(QObject):
    """Takes what is dropped on a window, wherever no widget of it does."""

    def __init__(self, context: Context, window: QMainWindow) -> None:
        super().__init__(window)
        self._context = context
        self.overlay = DropOverlay(context, window)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            self._on_enter(event)
        elif kind == QEvent.Type.DragMove and isinstance(event, QDragMoveEvent):
            event.acceptProposedAction()
        elif kind == QEvent.Type.DragLeave:
            self.overlay.hide()
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self._on_drop(event)
        else:
            return False
        return True

    def _on_enter(self, event: QDragEnterEvent) -> None:
        dropped = read_mime(event.mimeData())
        if dropped.kind != "nothing":
            # What cannot be taken is accepted as well, so that there is something to say.
            event.acceptProposedAction()
            self.overlay.tell(dropped)

    def _on_drop(self, event: QDropEvent) -> None:
        self.overlay.hide()
        event.acceptProposedAction()
        take_mime(self._context, event.mimeData())
