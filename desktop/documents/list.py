"""The rows of the documents panel, and what keys and clicks do with them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu, QWidget

from desktop.context import Context
from desktop.documents.delegate import DocumentDelegate
from desktop.documents.model import DocumentsModel, Row
from desktop.widgets.quiet_focus import QuietFocus
from desktop.widgets.scroll_room import keep_scroll_room


class DocumentList(QListView):
    """Signals: opened(row), discard_asked, pasted(mime)."""

    opened = Signal(object)
    discard_asked = Signal()
    pasted = Signal(object)

    def __init__(self, context: Context, model: DocumentsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.setModel(model)
        self.setItemDelegate(DocumentDelegate(context.theme, self))
        self.setProperty("look", "list")
        QuietFocus(self)
        self.setAccessibleName(self.tr("Documents"))
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        keep_scroll_room(self)
        # Ten thousand rows are laid out in parts, so that the window never waits for them.
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(200)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.doubleClicked.connect(lambda index: self.opened.emit(model.row(index)))
        context.theme.changed.connect(self.scheduleDelayedItemsLayout)

    def rows(self) -> list[Row]:
        """The chosen rows, in their order."""
        model = self.model()
        assert isinstance(model, DocumentsModel)
        found = [model.row(index) for index in sorted(self.selectedIndexes(), key=lambda index: index.row())]
        return [row for row in found if row is not None]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        model = self.model()
        assert isinstance(model, DocumentsModel)
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.discard_asked.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(model.row(self.currentIndex()))
        else:
            super().keyPressEvent(event)

    def paste(self) -> None:
        """Edit → Paste while the list has the focus."""
        mime: QMimeData = QGuiApplication.clipboard().mimeData()
        self.pasted.emit(mime)

    def show_menu(self, at: QPoint, acts: list[tuple[str, Callable[[], None]]]) -> None:
        """A menu of what can be done with the chosen rows."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, act in acts:
            action = QAction(words, menu)
            action.triggered.connect(lambda _=False, act=act: act())
            menu.addAction(action)
        menu.popup(self.viewport().mapToGlobal(at))
