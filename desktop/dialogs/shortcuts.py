"""Keyboard shortcuts: every command with its keys; keys can be changed, and are kept in the window's state."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
)

from desktop.actions import plain_text
from desktop.context import Context
from desktop.dialogs.base import Dialog, text_label
from desktop.frame.menus import menu_titles
from desktop.widgets.direction import isolated
from desktop.widgets.search_field import SearchField

ID = Qt.ItemDataRole.UserRole
NATIVE = QKeySequence.SequenceFormat.NativeText
PORTABLE = QKeySequence.SequenceFormat.PortableText
MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class KeyRecorder(QLineEdit):
    """Shows the keys that are pressed in it; Tab and Esc leave it, as they leave every field.

    Signals:
        recorded(keys): in portable text.
    """

    recorded = Signal(str)

    def __init__(self, dialog: ShortcutsDialog) -> None:
        super().__init__(dialog)
        self.setReadOnly(True)
        self.setPlaceholderText(self.tr("Press the new keys here"))
        self.setAccessibleName(self.tr("New keys of the chosen command"))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_wanted(event):
            # Keys that are a shortcut already would else carry that one out.
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_wanted(event):
            self.recorded.emit(QKeySequence(event.keyCombination()).toString(PORTABLE))
        elif event.key() in (Qt.Key.Key_Escape, *MODIFIERS):
            event.ignore()


def _is_wanted(event: QKeyEvent) -> bool:
    """Keys with a modifier beside Shift, and function keys."""
    key = event.key()
    if key in MODIFIERS or key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape):
        return False
    strong = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
    return bool(event.modifiers() & strong) or Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35


class ShortcutsDialog(Dialog):
    """The list, and a field for new keys of the chosen command."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, QCoreApplication.translate("ShortcutsDialog", "Keyboard shortcuts"), (640, 620))
        self.search = SearchField(context.theme, self.tr("Search commands"), self)
        self.search.textChanged.connect(self._on_search)
        self.body.addWidget(self.search)
        self.table = self._build_table()
        self.body.addWidget(self.table, 1)
        self.recorder = KeyRecorder(self)
        self.recorder.recorded.connect(self.change)
        self.reset = QPushButton(self.tr("Reset to default"), self)
        self.reset.clicked.connect(lambda: self.change(""))
        row = QHBoxLayout()
        row.addWidget(self.recorder, 1)
        row.addWidget(self.reset)
        self.body.addLayout(row)
        self.message = text_label(self.tr("Choose a command, then press its new keys in the field."), self, "muted")
        self.body.addWidget(self.message)
        self.table.currentCellChanged.connect(lambda *_: self._on_chosen())
        self.table.setCurrentCell(0, 0)
        self.search.setFocus()
        self._on_theme_changed()

    def _build_table(self) -> QTableWidget:
        actions = self.context.actions
        table = QTableWidget(len(actions.commands), 3, self)
        table.setProperty("look", "list")
        table.setAccessibleName(self.tr("Commands"))
        table.setHorizontalHeaderLabels([self.tr("Command"), self.tr("Menu"), self.tr("Keys")])
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        menus = {key: plain_text(title) for key, title in menu_titles().items()}
        for row, command in enumerate(actions.commands.values()):
            words = (plain_text(command.text), menus.get(command.menu, ""), self._keys_of(command.id))
            for column, text in enumerate(words):
                item = QTableWidgetItem(text)
                item.setData(ID, command.id)
                table.setItem(row, column, item)
        return table

    def _keys_of(self, id: str) -> str:
        # Read from left to right in every language.
        return isolated(self.context.actions[id].shortcut().toString(NATIVE))

    @property
    def chosen(self) -> str:
        """Id of the command in the chosen row."""
        item = self.table.item(self.table.currentRow(), 0)
        return str(item.data(ID)) if item is not None else ""

    def change(self, keys: str) -> None:
        """Give the chosen command other keys; empty gives back its own. Keys of another command are refused."""
        id, actions = self.chosen, self.context.actions
        if not id:
            return
        other = actions.owner_of(keys, id) if keys else ""
        if other:
            self._say(
                self.tr("{keys} belongs to “{command}”; give that other keys first.").format(
                    keys=QKeySequence(keys).toString(NATIVE), command=plain_text(actions[other].text())
                ),
                "danger",
            )
            return
        actions.set_shortcut(id, keys)
        kept = dict(self.context.state.get("shortcuts", {}))
        kept.pop(id, None)
        self.context.state.set("shortcuts", ({**kept, id: keys} if keys else kept) or None)
        self.table.item(self.table.currentRow(), 2).setText(self._keys_of(id))
        self._say(self.tr("Changed.") if keys else self.tr("Back to its own keys."), "success")
        self._on_chosen()

    def _on_chosen(self) -> None:
        self.recorder.setText(self._keys_of(self.chosen) if self.chosen else "")
        self.reset.setEnabled(self.chosen in self.context.state.get("shortcuts", {}))

    def _on_search(self, words: str) -> None:
        for row in range(self.table.rowCount()):
            text = " ".join(self.table.item(row, column).text() for column in range(3))
            self.table.setRowHidden(row, words.casefold() not in text.casefold())

    def _say(self, sentence: str, look: str) -> None:
        self.message.setProperty("look", look)
        self.message.style().polish(self.message)
        self.message.setText(sentence)
        self.context.frame.announce(sentence)

    def _on_theme_changed(self) -> None:
        super()._on_theme_changed()
        if hasattr(self, "table"):
            self.table.verticalHeader().setDefaultSectionSize(self.context.theme.px(32))
