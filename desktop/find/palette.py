"""Ctrl+K: one field over commands, chats, documents, memories and passages.

Commands and titles answer with each letter; what the engine finds comes a moment later and takes its place
among them. Arrows choose, Enter opens, Esc closes and gives the focus back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget
from shiboken6 import isValid

from desktop.actions import plain_text
from desktop.bridge import Job
from desktop.context import Context
from desktop.find.model import FoundDelegate, FoundModel
from desktop.find.results import Found, best_fits, in_sections, snippet
from desktop.look.tokens import FONT_LARGE
from desktop.operations import find as operations

if TYPE_CHECKING:
    from engine.search.types import Hit

# A pause in typing before the engine is asked; commands and titles do not wait for it.
TYPING_MS = 80
WIDTH = 640
HEIGHT = 460
# Of 255: how much of the window shows through.
VEIL = 150
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
RECENT = 6


def open_palette(context: Context) -> Palette:
    """Open it over the window; a second call closes it."""
    window = cast(QWidget, context.frame)
    old = window.findChild(Palette)
    if old is not None and isValid(old) and old.isVisible():
        old.close_palette()
        return old
    return Palette(context, window)


class Palette(QWidget):
    """A veil over the window with the field and its results in the middle."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self.context = context
        self._focus_before = window.focusWidget()
        self._job: Job | None = None
        self._chats: list[Any] = []
        self._documents: list[Any] = []
        self._hits: list[Hit] = []
        self._hits_for = ""
        self._build()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS, timeout=self._search)
        window.installEventFilter(self)
        context.theme.changed.connect(self._place)
        operations.load_titles(context, self._on_titles, self)
        self._place()
        self._show_rows()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _build(self) -> None:
        self.card = QFrame(self)
        self.card.setProperty("look", "palette")
        self.card.setAccessibleName(self.tr("Find everywhere"))
        self.field = QLineEdit(self.card)
        self.field.setPlaceholderText(self.tr("Find commands, chats, documents, memories…"))
        self.field.setAccessibleName(self.tr("Find everywhere"))
        self.field.textChanged.connect(self._on_typed)
        self.field.installEventFilter(self)
        self.model = FoundModel(self)
        self.list = QListView(self.card)
        self.list.setModel(self.model)
        self.list.setItemDelegate(FoundDelegate(self.context.theme, self.list))
        self.list.setAccessibleName(self.tr("Found"))
        self.list.setMouseTracking(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(lambda index: self.open_row(index.row()))
        self.list.activated.connect(lambda index: self.open_row(index.row()))
        self.nothing = QLabel(self.tr("Nothing is called that, and nothing says it."), self.card)
        self.nothing.setProperty("look", "muted")
        self.nothing.setWordWrap(True)
        self._layout = QVBoxLayout(self.card)
        self._layout.addWidget(self.field)
        self._layout.addWidget(self.nothing)
        self._layout.addWidget(self.list, 1)

    # What is found

    def _on_titles(self, titles: tuple[list[Any], list[Any]]) -> None:
        self._chats, self._documents = titles
        self._show_rows()

    def _on_typed(self, text: str) -> None:
        self._show_rows()
        self._typing.start()

    def _search(self) -> None:
        query = self.field.text().strip()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if query:
            self._job = operations.search(self.context, query, lambda hits: self._on_hits(query, hits), self)

    def _on_hits(self, query: str, hits: list[Hit]) -> None:
        self._hits, self._hits_for = hits, query
        self._show_rows()

    def _show_rows(self) -> None:
        query = self.field.text().strip()
        chosen = self.list.currentIndex().row()
        before = self.model.rows[chosen] if 0 <= chosen < len(self.model.rows) else None
        titles = self._titles(query)
        named = {row.title for row in titles if row.kind == "chat"}
        # A chat is called after its first question: one row says both.
        said = [row for row in self._found(query) if row.kind != "chat" or row.title not in named]
        rows = in_sections([*titles, *said, *self._ask(query)])
        self.model.show(rows)
        # Results that come later must not move what the person has chosen; a new letter begins at the top.
        same = [i for i, row in enumerate(rows) if before and (row.kind, row.title) == (before.kind, before.title)]
        self.list.setCurrentIndex(self.model.index(same[0] if same and chosen > 0 else 0, 0))
        self.list.setVisible(bool(rows))
        self.nothing.setVisible(not rows)
        self._place()

    def _titles(self, query: str) -> list[Found]:
        """Commands, chats and documents by name; without a query the chats used last."""
        chats = [self._chat(chat) for chat in self._chats]
        if not query:
            return chats[:RECENT]
        documents = [
            Found(
                "document",
                d.title or d.relative_path,
                d.path,
                lambda id=d.id: operations.open_document(self.context, id),
            )
            for d in self._documents
        ]
        return [*best_fits(query, self._commands()), *best_fits(query, chats), *best_fits(query, documents)]

    def _commands(self) -> list[Found]:
        actions = self.context.actions
        return [
            Found("command", plain_text(action.text()), "", action.trigger, keys_of(action))
            for id, action in ((id, actions[id]) for id in actions.commands)
            if action.isEnabled() and id != "edit.find_everywhere"
        ]

    def _chat(self, chat: Any) -> Found:
        title = chat.title or self.tr("Untitled chat")
        return Found("chat", title, "", lambda: operations.open_chat(self.context, chat.id))

    def _found(self, query: str) -> list[Found]:
        if not query or not self._hits_for:
            return []
        return [self._of_hit(hit, self._hits_for) for hit in self._hits]

    def _of_hit(self, hit: Hit, query: str) -> Found:
        context, words = self.context, snippet(hit.text, query)
        if hit.kind == "memory":
            return Found("memory", words, "", lambda: operations.open_memory(context, hit.id))
        if hit.kind == "chat":
            titles = {chat.id: chat.title for chat in self._chats}
            title = titles.get(hit.group) or self.tr("Chat")
            return Found("chat", words, title, lambda: operations.open_chat(context, hit.group, hit.id))
        name = hit.path.replace("\\", "/").rsplit("/", 1)[-1]
        if hit.page is not None:
            name = self.tr("{file}, page {n}").format(file=name, n=hit.page)
        return Found("passage", words, name, lambda: operations.open_passage(context, hit))

    def _ask(self, query: str) -> list[Found]:
        if not query:
            return []
        title = self.tr("Ask “{question}” in a new chat").format(question=query)
        return [Found("ask", title, "", lambda: operations.ask(self.context, query))]

    # Choosing

    def open_row(self, row: int) -> None:
        """Close, then open what stands in a row."""
        if 0 <= row < len(self.model.rows):
            found = self.model.rows[row]
            self.close_palette()
            found.act()

    def close_palette(self) -> None:
        """Close and give the focus back."""
        if self._job is not None:
            self._job.cancel()
        self._typing.stop()
        self.hide()
        if self._focus_before is not None and isValid(self._focus_before):
            self._focus_before.setFocus()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in MOVES:
                self.list.event(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.open_row(self.list.currentIndex().row())
                return True
        elif watched is self.parent() and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Esc, and no key goes through to the window below.
        if event.key() == Qt.Key.Key_Escape:
            self.close_palette()

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab stays within field and list."""
        other = self.list if self.field.hasFocus() else self.field
        other.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.card.geometry().contains(event.position().toPoint()):
            self.close_palette()

    # Look

    def _place(self) -> None:
        window, px = cast(QWidget, self.parent()), self.context.theme.px
        self.setGeometry(window.rect())
        margin = px(16)
        width = min(px(WIDTH), self.width() - 2 * margin)
        top = min(px(64), self.height() // 8)
        self._layout.setContentsMargins(px(12), px(12), px(12), px(12))
        self._layout.setSpacing(px(8))
        self.field.setFont(self.context.theme.font(FONT_LARGE))
        room = min(px(HEIGHT), self.height() - top - margin)
        rows = sum(self.list.sizeHintForRow(row) for row in range(self.model.rowCount()))
        below = rows + 4 if rows else self.nothing.heightForWidth(width - px(24))
        needed = self.field.sizeHint().height() + px(8 + 24) + below + 2
        self.card.setGeometry((self.width() - width) // 2, top, width, min(room, needed))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        veil = self.context.theme.color("page")
        veil.setAlpha(VEIL)
        painter.fillRect(self.rect(), veil)
        painter.end()


def keys_of(action: Any) -> str:
    """The keys of a command as the system writes them."""
    return str(action.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
