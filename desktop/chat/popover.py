"""Small cards that stand beside a word: the source behind a number, the address behind a link. Esc closes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, QUrl
from PySide6.QtGui import QCursor, QDesktopServices, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.chat import words
from desktop.look.theme import Theme
from desktop.look.tokens import FONT_SMALL

if TYPE_CHECKING:
    from engine.events import Citation

# The pointer may leave the number for so long on its way to the card.
_LEAVE_MS = 250
_PASSAGE_SHOWN = 420


class Popover(QFrame):
    """A card over the panel, next to a place on the screen."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "popover")
        self._layout = QVBoxLayout(self)
        self.hide()

    def label(self, look: str = "", *, small: bool = False, bold: bool = False) -> QLabel:
        """A line of plain text."""
        found = QLabel(self)
        found.setTextFormat(Qt.TextFormat.PlainText)
        found.setWordWrap(True)
        found.setProperty("look", look)
        self._layout.addWidget(found)
        found.setFont(self._theme.font(FONT_SMALL if small else 1.0, bold=bold))
        return found

    def stand_at(self, rect: QRect) -> None:
        """Show it below a place (global), or above where there is no room."""
        px, parent = self._theme.px, self.parentWidget()
        self._layout.setContentsMargins(px(14), px(10), px(14), px(12))
        self._layout.setSpacing(px(6))
        width = min(px(380), parent.width() - px(16))
        height = self._layout.totalHeightForWidth(width)
        place = QRect(parent.mapFromGlobal(rect.topLeft()), rect.size())
        x = min(max(place.center().x() - width // 2, px(8)), parent.width() - width - px(8))
        below = place.bottom() + px(4)
        y = below if below + height < parent.height() else max(place.top() - height - px(4), 0)
        self.setGeometry(x, y, width, height)
        self.raise_()
        self.show()
        QApplication.instance().installEventFilter(self)

    def hideEvent(self, event: QEvent) -> None:  # type: ignore[override]
        QApplication.instance().removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc closes the card and nothing else; a press elsewhere closes it too."""
        if event.type() == QEvent.Type.ShortcutOverride and _is_escape(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and _is_escape(event):
            self.hide()
            return True
        pressed = event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.Wheel)
        if pressed and not self.rect().contains(self.mapFromGlobal(QCursor.pos())):
            self.hide()
        return False


class SourceCard(Popover):
    """File, page or heading, and the passage."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._place = self.label(bold=True)
        self._heading = self.label("muted", small=True)
        self._text = self.label()
        self._timer = QTimer(self, singleShot=True, interval=_LEAVE_MS, timeout=self._on_left)

    def show_source(self, citation: Citation, rect: QRect) -> None:
        """Show a citation beside its number."""
        self._timer.stop()
        self._place.setText(words.place_of(citation))
        show_heading = citation.kind == "document" and bool(citation.heading) and citation.page is not None
        self._heading.setText(citation.heading if show_heading else "")
        self._heading.setVisible(show_heading)
        text = " ".join(citation.text.split())
        self._text.setText(f"“{text[:_PASSAGE_SHOWN]}{'…' if len(text) > _PASSAGE_SHOWN else ''}”")
        self.setAccessibleName(f"{self._place.text()}: {self._text.text()}")
        self.stand_at(rect)

    def leave(self) -> None:
        """The pointer left the number; the card stays while it is pointed at."""
        if self.isVisible():
            self._timer.start()

    def _on_left(self) -> None:
        if self.rect().contains(self.mapFromGlobal(QCursor.pos())):
            self._timer.start()
        else:
            self.hide()


class LinkCard(Popover):
    """The whole address of a link, and a button that opens it: nothing opens before it was seen."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._words = self.label("muted", small=True)
        self._words.setText(self.tr("This link leads to"))
        self._address = self.label()
        self._open = QPushButton(self.tr("Open"), self)
        self._open.clicked.connect(self._on_open)
        copy = QPushButton(self.tr("Copy"), self)
        copy.clicked.connect(self._on_copy)
        row = QHBoxLayout()
        row.addWidget(copy)
        row.addWidget(self._open)
        row.addStretch(1)
        self._layout.addLayout(row)
        self._url = QUrl()

    def show_link(self, address: str) -> None:
        """Show where a link leads."""
        self._url = QUrl(address)
        # Zero-width spaces let a long address wrap.
        self._address.setText("\u200b".join(address[i : i + 12] for i in range(0, len(address), 12)))
        self.setAccessibleName(self.tr("This link leads to {address}").format(address=address))
        pointer = QCursor.pos()
        inside = self.parentWidget().rect().contains(self.parentWidget().mapFromGlobal(pointer))
        place = pointer if inside else self.parentWidget().mapToGlobal(self.parentWidget().rect().center())
        self.stand_at(QRect(place + QPoint(0, 8), place + QPoint(1, 9)))
        self._open.setFocus()

    def _on_open(self) -> None:
        self.hide()
        if self._url.scheme() in ("http", "https", "mailto"):
            QDesktopServices.openUrl(self._url)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._url.toString())
        self.hide()


def _is_escape(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
