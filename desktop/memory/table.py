"""The table of memories."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from desktop.look.theme import Theme
from desktop.memory.model import IMPORTANCE, TIER, USED, tier_name
from desktop.widgets.direction import WordsDelegate
from desktop.widgets.quiet_focus import QuietFocus


class MemoryTable(QTableView):
    """The rows; Delete forgets, Enter opens.

    Signals:
        forget_asked: of what is selected.
        open_asked(index): by a key.
    """

    forget_asked = Signal()
    open_asked = Signal(QModelIndex)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "list")
        QuietFocus(self)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.setItemDelegate(WordsDelegate(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(self.tr("Memories"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.forget_asked.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_asked.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def sizeHintForColumn(self, column: int) -> int:
        # Never looks at the rows: there may be 65,000.
        metrics = self.fontMetrics()
        samples = {TIER: tier_name("short_term"), IMPORTANCE: "0.00", USED: "88/88/8888"}
        return metrics.horizontalAdvance(samples.get(column, "")) + self._theme.px(32)
